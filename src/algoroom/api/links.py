"""Addresses that the server hands out."""

from starlette.requests import Request

from algoroom.api.dependencies import node_of


def room_url(request: Request, session_id: str) -> str:
    """The link to share: opening it shows the room."""
    base = node_of(request).settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}/interview/{session_id}"
