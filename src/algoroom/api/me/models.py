"""What somebody is told about themselves."""

from pydantic import Field

from algoroom.access.caller import Kind, Scope
from algoroom.api.camel import CamelModel
from algoroom.api.timestamps import Timestamp


class Me(CamelModel):
    """Who asks, as far as their credential shows it."""

    kind: Kind
    user_id: str = Field(description="The id by which rooms show what they do.")
    name: str | None
    email: str | None
    scopes: list[Scope] = Field(description="What the credential may be used for.")
    expires_at: Timestamp | None = Field(description="When the credential ends.")


class SignInProvider(CamelModel):
    """A provider of identities at which browsers sign in."""

    name: str = Field(description="What people know it by.")
    url: str = Field(description="A path of this server that leads there; takes `next`.")


class SignInProviders(CamelModel):
    """Where browsers sign in, and whether they have to."""

    required: bool
    providers: list[SignInProvider]


class OwnSession(CamelModel):
    """A session that the caller created."""

    session_id: str
    title: str | None
    language: str
    created_at: Timestamp
    expires_at: Timestamp
    active_participants: int = Field(ge=0)
    url: str = Field(description="The link to share.")


class OwnSessions(CamelModel):
    """A page of them, the newest first."""

    sessions: list[OwnSession]
    next: str | None = Field(description="With it as `after` comes the next page; null: none.")
