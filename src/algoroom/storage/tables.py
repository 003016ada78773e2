"""The tables. The revisions in `migrations` build them; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

from algoroom.storage.types import ID_LENGTH, AnyText, UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_Id = String(ID_LENGTH)


def _session_id(*, primary_key: bool = False) -> Column[str]:
    """The session that a row belongs to and goes with."""
    return Column(
        "session_id",
        _Id,
        ForeignKey("sessions.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


sessions = Table(
    "sessions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("origin", String(32), nullable=False),
    Column("language", String(64), nullable=False),
    Column("title", AnyText),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("lifetime_s", Double, nullable=False),
    Column("code_changed_at", UtcDateTime, nullable=False),
    Column("owner", AnyText),
    Column("host_token", String(64)),
    Column("strangers", String(16)),
    Column("editing_locked", Boolean, server_default=false(), nullable=False),
    Column("running_locked", Boolean, server_default=false(), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("deletion_takes_host", Boolean, server_default=false(), nullable=False),
    Index(None, "expires_at"),
    Index(None, "owner", "created_at"),
)

people = Table(
    "people",
    metadata,
    _session_id(primary_key=True),
    Column("id", AnyText, primary_key=True),
    Column("name", AnyText, nullable=False),
    Column("seat", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

invites = Table(
    "invites",
    metadata,
    Column("id", _Id, primary_key=True),
    _session_id(),
    Column("secret", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("is_single_use", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", AnyText, nullable=False),
    Column("expires_at", UtcDateTime),
    UniqueConstraint("secret"),
    Index(None, "session_id", "made_at"),
)

invite_uses = Table(
    "invite_uses",
    metadata,
    Column("invite_id", _Id, ForeignKey("invites.id", ondelete="CASCADE"), primary_key=True),
    Column("person", AnyText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

host_notes = Table(
    "host_notes",
    metadata,
    _session_id(primary_key=True),
    Column("text", AnyText, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", AnyText, nullable=False),
    Column("revision", Integer, server_default="1", nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    _session_id(primary_key=True),
    Column("text", AnyText, nullable=False),
    Column("is_shared", Boolean, nullable=False),
    Column("starters", AnyText, nullable=False),
    Column("cases", AnyText, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", AnyText, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", AnyText, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("scopes", String(255), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    UniqueConstraint("digest"),
)

logins = Table(
    "logins",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("user_id", AnyText, nullable=False),
    Column("name", AnyText, nullable=False),
    Column("email", AnyText),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    UniqueConstraint("digest"),
    Index(None, "expires_at"),
)

journal = Table(
    "journal",
    metadata,
    _session_id(primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("update", LargeBinary, nullable=False),
    Column("pasted", BigInteger, server_default="0", nullable=False),
)

journal_blocks = Table(
    "journal_blocks",
    metadata,
    _session_id(primary_key=True),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

journal_notes = Table(
    "journal_notes",
    metadata,
    _session_id(primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", AnyText, nullable=False),
    Column("detail", AnyText, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    _session_id(primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("checksum", BigInteger),
)

keyframes = Table(
    "keyframes",
    metadata,
    _session_id(primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", _Id, primary_key=True),
    _session_id(),
    Column("name", AnyText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", AnyText, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Index(None, "session_id", "at"),
)

history = Table(
    "history",
    metadata,
    _session_id(primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", _Id, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", AnyText, nullable=False),
    Column("change_type", String(32), nullable=False),
    Column("description", AnyText, nullable=False),
    Column("code", AnyText),
    UniqueConstraint("id"),
)

attendance = Table(
    "attendance",
    metadata,
    Column("id", _Id, primary_key=True),
    _session_id(),
    Column("user_id", AnyText, nullable=False),
    Column("name", AnyText, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Index(None, "session_id", "joined_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _Id, primary_key=True),
    _session_id(),
    Column("author", AnyText, nullable=False),
    Column("language", String(64), nullable=False),
    Column("source", AnyText, nullable=False),
    Column("stdin", LargeBinary, nullable=False),
    Column("verdict", String(32), nullable=False),
    Column("exit_code", Integer),
    Column("signal", Integer),
    Column("wall_ms", Double, nullable=False),
    Column("cpu_ms", Double, nullable=False),
    Column("peak_memory_bytes", BigInteger, nullable=False),
    Column("stdout", LargeBinary, nullable=False),
    Column("stderr", LargeBinary, nullable=False),
    Column("compiler_output", LargeBinary, nullable=False),
    Column("detail", AnyText),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("files", AnyText),
    Column("arguments", AnyText),
    Column("cases", AnyText),
    Column("stdout_cut", Boolean, server_default=false(), nullable=False),
    Column("stderr_cut", Boolean, server_default=false(), nullable=False),
    Index(None, "session_id", "started_at"),
)

# Of no session: it outlives them.
audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", AnyText, nullable=False),
    Column("address", AnyText, nullable=False),
    Column("deed", String(32), nullable=False),
    Column("session_id", _Id),
    Column("subject", AnyText, nullable=False),
    Column("detail", AnyText, nullable=False),
    Index(None, "at"),
    Index(None, "session_id", "at"),
)

# A transaction that may change rows of the audit has one here while it does.
audit_opened = Table(
    "audit_opened",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
)
