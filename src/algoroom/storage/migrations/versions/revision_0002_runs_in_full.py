"""What there is to a run beside its program, and how its test cases ended."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import AnyText

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


COLUMNS = ("files", "arguments", "cases")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("runs", sa.Column(name, AnyText))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("runs", name)
