"""What the OpenAPI document says beyond the routes themselves."""

from typing import Any, Final

from fastapi import FastAPI

import algoroom
from algoroom.api import tags

_ABOUT: Final = """\
Open a room, share the link, write code together, run it for real.

Two contracts lead to the same sessions: one made through either can be read, written, run and
joined through the other. They differ in their bodies, in the shape of their errors, and in their
frames on the socket `/ws/sessions/{id}`, which [the AsyncAPI document](/asyncapi.json) describes.

Every answer carries `X-Request-ID` and the `X-RateLimit-*` headers. A body is JSON in UTF-8.
Requests that change something are refused where their `Origin` is neither this server's own nor
one that it is set to allow.
"""

_TAGS: Final = [
    {
        "name": tags.INTERVIEW,
        "description": "Sessions with titles, participants, a history and any language that runs "
        "here. Errors are `{detail, error, message, statusCode}`.",
    },
    {
        "name": tags.EVENTS,
        "description": "Sessions whose clients write by `PUT` and listen on the socket. "
        "Errors are `{message, code, status}`.",
    },
    {
        "name": tags.RUNS,
        "description": "Programs that are followed and talked to while they run, of several files, "
        "on a terminal, or over test cases. Errors are `{detail, error, message, statusCode}`.",
    },
    {
        "name": tags.ROOMS,
        "description": "What a session was and how it came to be: playback, its text at any "
        "moment, forks, versions, who wrote what. Of sessions of both contracts. Errors are "
        "`{detail, error, message, statusCode}`.",
    },
    {
        "name": tags.ACCESS,
        "description": "Who may do what in a session: roles, people, the waiting room, invites, "
        "the hosts' notes. Of sessions of both contracts. Errors are "
        "`{detail, error, message, statusCode}`.",
    },
    {
        "name": tags.SIGN_IN,
        "description": "Who asks. A credential is a bearer token, an API key (`X-API-Key`) or the "
        "login of a browser; one that is shown and does not hold is refused, never passed over.",
    },
    {"name": tags.SERVER, "description": "The server itself."},
]

_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "X-Request-ID": {
        "description": "The id that the request carried in the same header, else a new one.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    },
    "X-RateLimit-Limit": {
        "description": "Requests that one client has in a minute.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "X-RateLimit-Remaining": {
        "description": "Requests that are left.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-RateLimit-Reset": {
        "description": "Seconds until there is at least one more.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Retry-After": {
        "description": "Seconds after which the same request may succeed.",
        "schema": {"type": "integer", "minimum": 1},
    },
}
_CREDENTIALS: Final[dict[str, dict[str, Any]]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JSON web token whose `scope` names what it is for.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key that `algoroom keys create` has made.",
    },
}
_ON_EVERY_ANSWER: Final = tuple(name for name in _HEADERS if name != "Retry-After")


DESCRIPTION: Final[dict[str, Any]] = {
    "title": "Algoroom",
    "version": algoroom.__version__,
    "summary": "Two contracts, one server, real programs.",
    "description": _ABOUT,
    "openapi_tags": _TAGS,
}
"""What the application is made with."""


def install(app: FastAPI) -> None:
    """Have the document name the headers of every answer, the credentials, and no errors but
    ours."""
    describe_routes = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = _with_headers(_without_foreign_errors(describe_routes()))
            described["components"]["securitySchemes"] = _CREDENTIALS
            # Whether one is needed is a setting; so is who may do what with it.
            described["security"] = [{}, *({name: []} for name in _CREDENTIALS)]
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _without_foreign_errors(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI presumes a 422 of its own shape for whatever has a parameter, even an id that may be
    any text. Routes declare theirs where there can be one."""
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            schema = operation["responses"].get("422", {}).get("content", {})
            if "HTTPValidationError" in str(schema):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return document


def _with_headers(document: dict[str, Any]) -> dict[str, Any]:
    document.setdefault("components", {})["headers"] = _HEADERS
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                names = [*_ON_EVERY_ANSWER, *(["Retry-After"] if status == "429" else [])]
                answer.setdefault("headers", {}).update(
                    {name: {"$ref": f"#/components/headers/{name}"} for name in names}
                )
    return document
