"""The journal: packed blocks, pastes, what happened beside the text; named versions."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import AnyText, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("journal", sa.Column("pasted", sa.BigInteger, server_default="0", nullable=False))
    op.add_column("documents", sa.Column("checksum", sa.BigInteger))
    op.create_table(
        "journal_blocks",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("first_seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "first_seq", name="pk_journal_blocks"),
        _of_session("journal_blocks"),
    )
    op.create_table(
        "journal_notes",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("author", AnyText, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", AnyText, nullable=False),
        sa.Column("detail", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "number", name="pk_journal_notes"),
        _of_session("journal_notes"),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("author", AnyText, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        _of_session("versions"),
    )
    op.create_index("ix_versions_session_id_at", "versions", ["session_id", "at"])


def downgrade() -> None:
    """Packed entries go with their blocks: an older version knows only rows."""
    for table in ("versions", "journal_notes", "journal_blocks"):
        op.drop_table(table)
    op.drop_column("documents", "checksum")
    op.drop_column("journal", "pasted")


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id"], ["sessions.id"], name=f"fk_{table}_session_id", ondelete="CASCADE"
    )
