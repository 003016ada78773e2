"""The settings of signing in: whether it is needed, and whose word is taken for who somebody is."""

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from algoroom.settings_of_web import WebSettings

LEAST_SECRET_BYTES = 32


def _is_private_enough(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be an address such as https://accounts.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here(parts.hostname)):
        raise ValueError("must begin with https://: anybody on the way could forge the answer")
    return url


def is_here(host: str) -> bool:
    """Whether a host is the machine itself, which nobody can come between."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


PrivateAddress = Annotated[str, AfterValidator(_is_private_enough)]


class SignInSettings(WebSettings):
    """What the environment says of signing in."""

    auth: Literal["open", "required"] = Field(
        default="open",
        description="Who may use the server: everybody (`open`), or who signs in (`required`). A "
        "credential that is shown is checked in both.",
    )
    jwt_secret: str | None = Field(
        default=None,
        repr=False,
        description="The secret that bearer tokens are signed with (HS256), of 32 bytes or more.",
        json_schema_extra={"default_in_words": "none: no such tokens are taken"},
    )
    jwt_audience: str | None = Field(
        default=None,
        description="What the claim `aud` of a bearer token has to name.",
        json_schema_extra={"default_in_words": "not looked at"},
    )
    jwt_issuer: str | None = Field(
        default=None,
        description="What the claim `iss` of a bearer token has to be.",
        json_schema_extra={"default_in_words": "not looked at"},
    )
    jwt_jwks_url: PrivateAddress | None = Field(
        default=None,
        description="Address of the public keys that bearer tokens are signed with. It takes "
        "`ALGOROOM_JWT_AUDIENCE` and `ALGOROOM_JWT_ISSUER`.",
        json_schema_extra={"default_in_words": "none: no such tokens are taken"},
    )

    oidc_client_id: str | None = Field(
        default=None,
        description="What the server is called at its provider of identities.",
        json_schema_extra={"default_in_words": "none"},
    )
    oidc_client_secret: str | None = Field(
        default=None,
        repr=False,
        description="How the server shows its provider of identities that it is itself.",
        json_schema_extra={"default_in_words": "none: it is a public client"},
    )
    oidc_issuer: PrivateAddress | None = Field(
        default=None,
        description="The provider of identities (OpenID Connect) where people sign in, as it names "
        "itself. It takes `ALGOROOM_OIDC_CLIENT_ID`.",
        json_schema_extra={"default_in_words": "none: browsers cannot sign in"},
    )
    login_hours: float = Field(
        default=12,
        gt=0,
        le=8_760,
        allow_inf_nan=False,
        description="Time after which somebody who signed in by a browser has to do so again.",
    )

    @field_validator("jwt_secret", mode="after")
    @classmethod
    def _is_a_secret(cls, value: str | None) -> str | None:
        if value is not None and len(value.encode()) < LEAST_SECRET_BYTES:
            raise ValueError(f"must have at least {LEAST_SECRET_BYTES} bytes, all of them random")
        if value is not None and ("-----BEGIN" in value or value.startswith(("ssh-", "ecdsa-"))):
            raise ValueError("must be a secret; this is a key that others may know")
        return value

    @field_validator("jwt_jwks_url", mode="after")
    @classmethod
    def _is_of_somebody(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not (
            info.data.get("jwt_audience") and info.data.get("jwt_issuer")
        ):
            raise ValueError(
                "needs ALGOROOM_JWT_AUDIENCE and ALGOROOM_JWT_ISSUER: whoever holds the keys signs "
                "tokens for others too"
            )
        return value

    @field_validator("oidc_issuer", mode="after")
    @classmethod
    def _is_a_provider(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not info.data.get("oidc_client_id"):
            raise ValueError("needs ALGOROOM_OIDC_CLIENT_ID")
        return value
