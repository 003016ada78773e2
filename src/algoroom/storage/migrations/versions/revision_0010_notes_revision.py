"""A revision of hosts' notes, by which one host learns that another was quicker."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "host_notes", sa.Column("revision", sa.Integer, server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("host_notes", "revision")
