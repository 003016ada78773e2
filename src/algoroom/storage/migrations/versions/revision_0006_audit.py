"""The audit, which the database keeps from being changed."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import AnyText, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Rows in `audit_opened` are there only inside of transactions that may change the audit.
_SQLITE = """
CREATE TRIGGER audit_refuses_{deed} BEFORE {deed} ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_opened)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_opened) THEN
    RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""
_POSTGRESQL = """
CREATE TRIGGER audit_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()
"""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", AnyText, nullable=False),
        sa.Column("address", AnyText, nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("session_id", sa.String(36)),
        sa.Column("subject", AnyText, nullable=False),
        sa.Column("detail", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_session_id_at", "audit", ["session_id", "at"])
    op.create_table(
        "audit_opened",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_opened"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(deed=deed))
    else:
        op.execute(_POSTGRESQL_FUNCTION)
        op.execute(_POSTGRESQL)


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("audit_opened")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_refuses()")
