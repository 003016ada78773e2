"""Whether a run printed more than is kept of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


COLUMNS = ("stdout_cut", "stderr_cut")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column(
            "runs", sa.Column(name, sa.Boolean, server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("runs", name)
