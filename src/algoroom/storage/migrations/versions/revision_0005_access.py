"""Who may do what: owners and locks of sessions, people, invites, the hosts' notes."""

import sqlalchemy as sa
from alembic import op

from algoroom.storage.types import AnyText, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FLAGS = ("editing_locked", "running_locked", "deletion_takes_host")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("owner", AnyText))
    op.add_column("sessions", sa.Column("host_token", sa.String(64)))
    op.add_column("sessions", sa.Column("strangers", sa.String(16)))
    op.add_column("sessions", sa.Column("ended_at", UtcDateTime))
    for flag in _FLAGS:
        column = sa.Column(flag, sa.Boolean, server_default=sa.false(), nullable=False)
        op.add_column("sessions", column)
    op.create_index("ix_sessions_owner_created_at", "sessions", ["owner", "created_at"])
    op.create_table(
        "people",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("seat", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "id", name="pk_people"),
        _of_session("people"),
    )
    op.create_table(
        "invites",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("is_single_use", sa.Boolean, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_invites"),
        sa.UniqueConstraint("secret", name="uq_invites_secret"),
        _of_session("invites"),
    )
    op.create_index("ix_invites_session_id_made_at", "invites", ["session_id", "made_at"])
    op.create_table(
        "invite_uses",
        sa.Column("invite_id", sa.String(36), nullable=False),
        sa.Column("person", AnyText, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("invite_id", name="pk_invite_uses"),
        sa.ForeignKeyConstraint(
            ["invite_id"], ["invites.id"], name="fk_invite_uses_invite_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "host_notes",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("text", AnyText, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_host_notes"),
        _of_session("host_notes"),
    )


def downgrade() -> None:
    for table in ("host_notes", "invite_uses", "invites", "people"):
        op.drop_table(table)
    op.drop_index("ix_sessions_owner_created_at", "sessions")
    for column in (*_FLAGS, "ended_at", "strangers", "host_token", "owner"):
        op.drop_column("sessions", column)


def _of_session(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id"], ["sessions.id"], name=f"fk_{table}_session_id", ondelete="CASCADE"
    )
