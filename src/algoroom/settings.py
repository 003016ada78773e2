"""Settings: what the environment may say, what it means, and what holds where it says nothing.

`Settings` is the one list of them; those of runs, of the web and of signing in are in modules of
their own.
"""

import re
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import NoDecode

from algoroom import places
from algoroom.access.policy import DeletionTakesHost
from algoroom.access.roles import Strangers
from algoroom.errors import SettingsError
from algoroom.settings_of_runs import MIB
from algoroom.settings_of_sign_in import SignInSettings, is_here
from algoroom.settings_of_web import entries_in

# A whole text travels inside a JSON object: room for the other keys, and six bytes for a character
# in the worst case (an escape such as \u0001).
ENVELOPE_BYTES = 32_768
ESCAPED_UNIT_BYTES = 6

CORS_ORIGINS = (
    "http://localhost:3000",
    "http://localhost:3001",
    "http://localhost:5173",
    "http://127.0.0.1:3000",
    "http://127.0.0.1:5173",
    "https://*.github.dev",
    "https://*.githubpreview.dev",
)
ORIGIN = re.compile(r"https?://[A-Za-z0-9.*\-\[\]:]+")
LABELS = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"


def _on_or_off(value: object) -> object:
    if isinstance(value, bool):
        return value
    words = {"on": True, "off": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise ValueError("must be on or off")


def _default_data_dir() -> Path:
    try:
        return places.share()
    except RuntimeError as error:
        raise SettingsError(
            ["ALGOROOM_DATA_DIR: must be set here, as this user has no home directory"]
        ) from error


def _default_database_url(validated: dict[str, Any]) -> str:
    return f"sqlite:///{validated['data_dir']}/algoroom.db"


OnOff = Annotated[bool, BeforeValidator(_on_or_off)]


class Settings(SignInSettings):
    """All settings of a node. Reads the environment; keyword arguments win over it."""

    host: str = Field(
        default="127.0.0.1", validation_alias="HOST", description="Address to listen on."
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65_535,
        validation_alias="PORT",
        description="Port; 0 takes any free one.",
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Directory of everything that is kept on this machine. "
        "`make run` sets it to `./data`.",
        json_schema_extra={"default_in_words": "`algoroom` in the XDG data home, `~/.local/share`"},
    )
    cache_dir: Path = Field(
        default_factory=places.cache,
        description="Directory of what is made anew where it is missing: precompiled headers and "
        "libraries. Every program can read it. Servers may share it.",
        json_schema_extra={
            "default_in_words": "`algoroom` in the XDG cache home, `~/.cache`; as root "
            "`/var/cache/algoroom`"
        },
    )
    database_url: str = Field(
        default_factory=_default_database_url,
        repr=False,
        description="Where sessions are kept: `sqlite:///path` or "
        "`postgresql://user:password@host/database`.",
        json_schema_extra={"default_in_words": "SQLite, `algoroom.db` in the data directory"},
    )
    public_url: str | None = Field(
        default=None,
        description="Address by which browsers reach the server, where a proxy stands before it.",
        json_schema_extra={"default_in_words": "taken from each request"},
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=CORS_ORIGINS,
        description="Origins whose pages may call the server, separated by commas. `*` inside one "
        "stands for any number of labels; `*` alone allows every origin.",
    )
    rate_limits: OnOff = Field(
        default=True, description="Whether clients are held to the limits of rate: `on` or `off`."
    )
    requests_per_minute: int = Field(
        default=1_200,
        ge=1,
        description="Requests in a minute, of one client address where nobody is signed in. A "
        "socket's handshake is one too.",
    )
    requests_per_minute_signed_in: int = Field(
        default=6_000, ge=1, description="Requests in a minute of one user or key."
    )
    runs_per_minute: int = Field(default=120, ge=1, description="Runs of one client in a minute.")
    new_rooms_per_hour: int = Field(
        default=1_000, ge=1, description="Sessions that one client may open in an hour."
    )
    sockets_per_client: int = Field(
        default=200,
        ge=1,
        description="Sockets that one client may hold open at once, and runs that it follows.",
    )
    frames_per_10_seconds: int = Field(
        default=1_000,
        ge=1,
        description="Frames that one socket may send in ten seconds. One of 16 KiB counts as two, "
        "and so on.",
    )
    messages_per_second: int = Field(
        default=1_000,
        ge=10,
        description="Messages that one sync socket may send in a second; more are read later. One "
        "of 16 KiB counts as two, and so on.",
    )
    max_room_connections: int = Field(
        default=2_000, ge=1, description="Connections that one room may have."
    )
    max_body_bytes: int = Field(
        default=MIB,
        ge=65_536,
        description="Largest body of a request. It also bounds the code of a session: any text "
        "that a session can hold fits a request, however much of it JSON has to escape.",
    )
    max_frame_bytes: int = Field(
        default=MIB, ge=65_536, description="Largest frame that a socket accepts, in bytes."
    )
    max_update_bytes: int = Field(
        default=MIB,
        ge=1_024,
        description="Largest update of a document that a client of the sync socket may send, in "
        "bytes.",
    )
    max_state_bytes: int = Field(
        default=16 * MIB,
        ge=65_536,
        description="Largest document of a session, in bytes: its code, and what has to be known "
        "of all that was removed. Then text can only be removed; a fork begins anew.",
    )
    paste_units: int = Field(
        default=200,
        ge=1,
        description="Text inserted in one piece that counts as pasted, in UTF-16 units. The first "
        "text of a session never does.",
    )
    journal_tail_entries: int = Field(
        default=2_048,
        ge=16,
        description="Entries of a session's journal after which its document is stored as a whole "
        "and the entries are packed. Fewer make a start after a crash quicker, more make the "
        "journal smaller.",
    )
    session_hours: float = Field(
        default=24,
        gt=0,
        le=876_000,
        allow_inf_nan=False,
        description="Life of a session after its last activity, where its creator does not say.",
    )
    session_max_days: float = Field(
        default=0,
        ge=0,
        le=36_500,
        allow_inf_nan=False,
        description="Longest life of a session, however active it is: then it is removed, even "
        "while somebody is in it. 0 sets no bound.",
    )
    audit_days: float = Field(
        default=90,
        ge=0,
        le=36_500,
        allow_inf_nan=False,
        description="Days for which the audit is kept (who did what, when, from which address); 0 "
        "keeps it for ever.",
    )
    sweep_seconds: float = Field(
        default=60,
        gt=0,
        allow_inf_nan=False,
        description="Time between two removals of expired sessions.",
    )
    room_idle_seconds: float = Field(
        default=30,
        ge=0,
        allow_inf_nan=False,
        description="Time after which a room with nobody in it leaves memory.",
    )
    socket_idle_seconds: float = Field(
        default=60,
        gt=0,
        allow_inf_nan=False,
        description="Time for which a socket may be silent. After a third of it the other side is "
        "asked (a WebSocket ping); after the whole the socket is closed.",
    )
    strangers: Strangers = Field(
        default=Strangers.EDITOR,
        description="What those may who have a session's link and nothing else: `editor`, "
        "`viewer`, or `ask` (a host lets them in). Hosts can say otherwise for their session.",
    )
    delete_takes_host: DeletionTakesHost = Field(
        default=DeletionTakesHost.OWN,
        description="Which sessions only a host may delete: `own` (those whose maker asked for "
        "it), `always` or `never`.",
    )
    log_level: Literal["critical", "error", "warning", "info", "debug"] = Field(
        default="info", description="Least severity of the lines in the log."
    )

    @field_validator("host", mode="after")
    @classmethod
    def _is_one_word(cls, value: str) -> str:
        if not value or any(character.isspace() or character == "/" for character in value):
            raise ValueError("must be a host name or an address, such as 127.0.0.1")
        # As in a web address; what listens takes it bare.
        return value[1:-1] if value.startswith("[") and value.endswith("]") else value

    @field_validator("data_dir", "cache_dir", mode="after")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url", mode="after")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if scheme in ("postgresql", "postgres") and rest:
            return value
        if scheme == "sqlite" and separator and rest.startswith("/") and len(rest) > 1:
            if rest == "/:memory:":
                raise ValueError("must name a file: what is in memory alone would be lost")
            return value
        raise ValueError("must be sqlite:///path or postgresql://user:password@host/database")

    @field_validator("public_url", mode="after")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("must be an address such as https://rooms.example.org")
        return value.rstrip("/")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _are_separated_by_commas(cls, value: object) -> object:
        return entries_in(value)

    @field_validator("cors_origins", mode="after")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if entry != "*" and not ORIGIN.fullmatch(entry):
                raise ValueError(
                    f"{entry!r} must be an origin such as https://example.org, without a path"
                )
        return value

    @property
    def max_document_units(self) -> int:
        """Longest code of a session, in UTF-16 code units."""
        return (self.max_body_bytes - ENVELOPE_BYTES) // ESCAPED_UNIT_BYTES

    @property
    def longest_life(self) -> timedelta | None:
        """How long a session may live at most; None: as long as there is activity in it."""
        return timedelta(days=self.session_max_days) if self.session_max_days else None

    @property
    def audit_kept(self) -> timedelta | None:
        """How long rows of the audit are kept; None: for ever."""
        return timedelta(days=self.audit_days) if self.audit_days else None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_here(self.host)

    @cached_property
    def cors_pattern(self) -> re.Pattern[str]:
        """Matches, as a whole (`fullmatch`), each origin that may call the server."""
        entries = [
            r".*" if entry == "*" else LABELS.join(map(re.escape, entry.split("*")))
            for entry in self.cors_origins
        ]
        return re.compile("|".join(entries) or r"(?!)")


def variable(field: str) -> str:
    """The environment variable of a field."""
    return str(Settings.model_fields[field].validation_alias)
