"""Questions to a provider of identities over HTTP."""

import json
import ssl
from typing import Any, Final

import httpx2

from algoroom.access.refusals import ProviderUnavailable

WITHIN_S: Final = 5.0
MOST_BYTES: Final = 2**20


class Asking:
    """Reads JSON objects from addresses that the operator named, or that those led to."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None

    async def json(self, url: str) -> dict[str, Any]:
        """The object at an address. Raises `ProviderUnavailable`; redirections are not followed."""
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=WITHIN_S)
        body = b""
        try:
            async with self._client.stream("GET", url) as answer:
                if answer.status_code != httpx2.codes.OK:
                    raise ProviderUnavailable(f"{url} answered {answer.status_code}")
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise ProviderUnavailable(f"{url} answered with too much")
            found = json.loads(body)
        except (httpx2.HTTPError, ssl.SSLError, ValueError, RecursionError) as error:
            raise ProviderUnavailable(f"{url}: {type(error).__name__}: {error}") from error
        if not isinstance(found, dict):
            raise ProviderUnavailable(f"{url} answered with no JSON object")
        return found

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
