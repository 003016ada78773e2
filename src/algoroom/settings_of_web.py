"""The settings of the web: by which names the server is called, who stands before it, and how many
connections it holds."""

import ipaddress
import re
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from algoroom.settings_of_runs import RunSettings

_HOST_NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")


class WebSettings(RunSettings):
    """What the environment says of names, proxies and connections."""

    allowed_hosts: Annotated[tuple[str, ...] | None, NoDecode] = Field(
        default=None,
        description="Names by which the server may be called (the `Host` of a request), separated "
        "by commas. `*.example.org` stands for every name below; `*` alone for any. Addresses are "
        "always answered.",
        json_schema_extra={
            "default_in_words": "`localhost` and the host of `ALGOROOM_PUBLIC_URL`; any where "
            "others can reach the server and that is not set"
        },
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses and networks of proxies, separated by commas, from which "
        "`X-Forwarded-For`, `X-Forwarded-Proto` and `Forwarded` are believed.",
        json_schema_extra={"default_in_words": "none"},
    )

    max_connections: int = Field(
        default=10_000,
        ge=16,
        description="Connections of all clients together, no more than half of the files that the "
        "server may open (`ulimit -Hn`). Where one more comes, the one goes that has been waited "
        "for the longest; sockets and requests under way stay.",
    )

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _are_entries(cls, value: object) -> object:
        return entries_in(value)

    @field_validator("allowed_hosts", mode="after")
    @classmethod
    def _are_names(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for entry in value or ():
            if entry != "*" and not _HOST_NAME.fullmatch(entry):
                raise ValueError(
                    f"{entry!r} must be a name such as rooms.example.org or *.example.org, "
                    "without a port"
                )
        return value

    @field_validator("trusted_proxies", mode="after")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError as error:
                raise ValueError(
                    f"{entry!r} must be an address or a network, such as 192.0.2.7 or 10.0.0.0/8"
                ) from error
        return value


def entries_in(value: object) -> object:
    """The entries of a list that is written with commas."""
    if isinstance(value, str):
        return tuple(entry.strip() for entry in value.split(",") if entry.strip())
    return value
