"""Addresses that the server hands out."""

from starlette.requests import Request

from algoroom.api.dependencies import node_of


def base_url(request: Request) -> str:
    """The address by which browsers reach the server, without a slash at its end."""
    return node_of(request).settings.public_url or str(request.base_url).rstrip("/")


def room_url(request: Request, session_id: str) -> str:
    """The link to share: opening it shows the room."""
    return f"{base_url(request)}/interview/{session_id}"
