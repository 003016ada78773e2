"""The first tables: sessions, their documents and journal, history, attendance and runs."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import AnyText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("title", AnyText),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("lifetime_s", sa.Double, nullable=False),
        sa.Column("code_changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "journal",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("author", AnyText, nullable=False),
        sa.Column("update", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_journal"),
        _of_session("journal"),
    )
    op.create_table(
        "documents",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_documents"),
        _of_session("documents"),
    )
    op.create_table(
        "history",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("user_id", AnyText, nullable=False),
        sa.Column("change_type", sa.String(32), nullable=False),
        sa.Column("description", AnyText, nullable=False),
        sa.Column("code", AnyText),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_history"),
        sa.UniqueConstraint("id", name="uq_history_id"),
        _of_session("history"),
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("user_id", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("left_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
        _of_session("attendance"),
    )
    op.create_index("ix_attendance_session_id_joined_at", "attendance", ["session_id", "joined_at"])
    op.create_table(
        "runs",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("author", AnyText, nullable=False),
        sa.Column("language", sa.String(64), nullable=False),
        sa.Column("source", AnyText, nullable=False),
        sa.Column("stdin", sa.LargeBinary, nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("exit_code", sa.Integer),
        sa.Column("signal", sa.Integer),
        sa.Column("wall_ms", sa.Double, nullable=False),
        sa.Column("cpu_ms", sa.Double, nullable=False),
        sa.Column("peak_memory_bytes", sa.BigInteger, nullable=False),
        sa.Column("stdout", sa.LargeBinary, nullable=False),
        sa.Column("stderr", sa.LargeBinary, nullable=False),
        sa.Column("compiler_output", sa.LargeBinary, nullable=False),
        sa.Column("detail", AnyText),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        _of_session("runs"),
    )
    op.create_index("ix_runs_session_id_started_at", "runs", ["session_id", "started_at"])


def downgrade() -> None:
    for table in ("runs", "attendance", "history", "documents", "journal", "sessions"):
        op.drop_table(table)


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id"], ["sessions.id"], name=f"fk_{table}_session_id", ondelete="CASCADE"
    )
