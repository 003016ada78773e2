"""Sessions whose host is known, and people in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Hosted:
    """A session and its host token."""

    http: httpx2.AsyncClient
    id: str
    token: str

    @property
    def host(self) -> Headers:
        """What its host sends along."""
        return {"X-Host-Token": self.token}

    @property
    def path(self) -> str:
        return f"/api/sessions/{self.id}"

    async def rule(self, **rules: Any) -> dict[str, Any]:
        """Change what holds for the session, as its host."""
        answer = await self.http.patch(f"{self.path}/access", json=rules, headers=self.host)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def invite(self, role: str, **options: Any) -> dict[str, Any]:
        """A new invite; `secret` is what stands in its link."""
        answer = await self.http.post(
            f"{self.path}/invites", json={"role": role, **options}, headers=self.host
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return {**made, "secret": made["url"].partition("#invite=")[2]}

    async def guest(self, role: str) -> Headers:
        """What somebody sends along who has a role by an invite."""
        secret = (await self.invite(role))["secret"]
        answer = await self.http.post(f"{self.path}/invites/redeem", json={"invite": secret})
        assert answer.status_code == 200, answer.text
        return {"X-Guest-Token": answer.headers["x-guest-token"]}

    async def access(self, headers: Headers | None = None) -> dict[str, Any]:
        """What somebody is there."""
        answer = await self.http.get(f"{self.path}/access", headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def people(self) -> list[dict[str, Any]]:
        """Whom the host sees."""
        answer = await self.http.get(f"{self.path}/people", headers=self.host)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["people"])


async def hosted(http: httpx2.AsyncClient, **fields: Any) -> Hosted:
    """A new session of the Interview API."""
    answer = await http.post("/api/sessions", json=fields)
    assert answer.status_code == 201, answer.text
    return Hosted(http, answer.json()["sessionId"], answer.headers["x-host-token"])
