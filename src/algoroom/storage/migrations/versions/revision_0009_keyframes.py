"""Keyframes: what documents were after some of their updates."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keyframes",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_keyframes"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_keyframes_session_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("keyframes")
