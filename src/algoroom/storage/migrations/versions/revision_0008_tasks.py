"""Tasks of sessions: a text, starter code, test cases."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import AnyText, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("text", AnyText, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("starters", AnyText, nullable=False),
        sa.Column("cases", AnyText, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_tasks"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_tasks_session_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("tasks")
