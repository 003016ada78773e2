"""Signing in by a browser, at a real provider of identities."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from algoroom.access.asking import Asking
from algoroom.access.provider import Attempt, Provider
from algoroom.access.refusals import ProviderUnavailable
from algoroom.api.me.signing_in import is_local
from algoroom.clock import utc_now
from tests.access.accounts import CLIENT_ID, CLIENT_SECRET, Browser, browser, signing_in
from tests.access.people import as_ann
from tests.contracts.wire import client, interview_session, participants_of, socket
from tests.serving import Server
from tests.sync.peer import Peer

NOT_SIGNED_IN = 4401


@pytest.fixture(scope="module")
def closed() -> Iterator[Server]:
    client = {"token_endpoint_auth_method": "none"}
    with signing_in(client, ALGOROOM_AUTH="required") as server:
        yield server


@pytest.fixture(scope="module")
def opened() -> Iterator[Server]:
    client = {"client_secret": CLIENT_SECRET}
    with signing_in(client, ALGOROOM_OIDC_CLIENT_SECRET=CLIENT_SECRET) as server:
        yield server


async def test_a_browser_signs_in_works_and_signs_out(closed: Server) -> None:
    async with browser(closed) as ann:
        assert (await ann.http.get("/api/me")).status_code == 401
        offered = (await ann.http.get("/auth/providers")).json()
        assert offered == {
            "required": True,
            "providers": [{"name": "127.0.0.1", "url": "/auth/login"}],
        }
        page = await ann.open("/interview/nothing?x=1")
        assert page.status_code == 200
        back = await ann.sign_in("ann", "/auth/login?next=%2Finterview%2Fnothing%3Fx%3D1")
        assert (back.status_code, back.headers["location"]) == (303, "/interview/nothing?x=1")
        kept, forgotten = back.headers.get_list("set-cookie")
        assert re.fullmatch(
            r"algoroom-login=[\w-]{43}; Max-Age=43200; Path=/; HttpOnly; SameSite=Lax", kept
        )
        assert "Max-Age=0" in forgotten
        me = await ann.me()
        assert (me["kind"], me["userId"], me["name"]) == ("user", "user:ann", "Ann Ö")
        assert me["email"] == "ann@example.org"

        session = await interview_session(ann.http)
        own = (await ann.http.get("/api/me/sessions")).json()["sessions"]
        assert [found["sessionId"] for found in own] == [session]
        cookies = {"Cookie": ann.cookies}
        peer = Peer()
        async with (
            socket(closed, session, headers=cookies) as one,
            peer.joined(closed, session, headers=cookies),
        ):
            await one.expect("welcome")
            assert (await one.until("user-joined"))["userId"] == "user:ann"
            await one.join("eve", "Eve")
            people = await participants_of(ann.http, session)
            assert [(who["userId"], who["name"]) for who in people] == [("user:ann", "Ann Ö")]
            out = await ann.http.post("/auth/logout")
            assert out.status_code == 204
            assert await one.closed() == (NOT_SIGNED_IN, "The credential was revoked")
            with pytest.raises(ConnectionError):
                await peer.until(lambda: False)
            assert peer.closed == (NOT_SIGNED_IN, "The credential was revoked")
        assert (await ann.http.get("/api/me")).status_code == 401
        async with client(closed, headers=cookies) as http:
            stale = await http.get("/api/me")
            page = await http.get("/session/x", headers={"Accept": "text/html"})
        assert stale.headers["set-cookie"].startswith("algoroom-login=; Max-Age=0")
        assert page.status_code == 200
        log = closed.log_path.read_text()
        assert kept.split(";")[0].partition("=")[2] not in log


async def test_in_an_open_server_signing_in_is_a_choice(opened: Server) -> None:
    async with browser(opened) as bob:
        assert (await bob.me())["kind"] == "anonymous"
        back = await bob.sign_in("bob")
        assert back.headers["location"] == "/"
        me = await bob.me()
        assert (me["userId"], me["name"], me["email"]) == ("user:bob", "bob", None)
        first = bob.cookies
        await bob.sign_in("bob")
        assert bob.cookies != first
        async with client(opened, headers={"Cookie": first}) as http:
            assert (await http.get("/api/me")).status_code == 401
    assert CLIENT_SECRET not in opened.log_path.read_text()


async def test_what_another_began_nobody_ends(opened: Server) -> None:
    """Login CSRF, replays, mixed-up providers: none of them begins a login."""
    async with browser(opened) as ann, browser(opened) as eve:
        begun = await ann.open("/auth/login")
        query = parse_qs(urlsplit(begun.headers["location"]).query)
        assert query["code_challenge_method"] == ["S256"]
        assert query["scope"] == ["openid profile email"]
        state = query["state"][0]

        async def refused(who: Browser, asked: str) -> str:
            answer = await who.open(f"/auth/callback?{asked}")
            assert answer.status_code == 403
            assert not any("login=" in one for one in answer.headers.get_list("set-cookie"))
            assert (await who.me())["kind"] == "anonymous"
            return answer.text

        assert "not begun here" in await refused(eve, f"code=x&state={state}")
        assert "not begun here" in await refused(eve, "")
        await eve.open("/auth/login")
        assert "not begun here" in await refused(eve, f"code=x&state={state}")
        assert "another provider" in await refused(
            ann, f"code=x&state={state}&iss=https://evil.example"
        )
        for asked, why in (
            ("code=x&state={}", "does not vouch"),
            ("error=access_denied&state={}", "has not signed you in"),
            ("code=x&state=wrong", "not begun here"),
        ):
            begun = await ann.open("/auth/login")
            state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
            assert why in await refused(ann, asked.format(state))

        back = await ann.sign_in("ann")
        assert (await ann.me())["userId"] == "user:ann"
        replayed = await ann.open(str(back.url))
        assert replayed.status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/interview/1", "/interview/1?a=b#c", "/a/../b", "/:80", "/@x"]
)
def test_a_path_of_this_server_is_gone_on_to(path: str) -> None:
    assert is_local(path)


@pytest.mark.parametrize(
    "path",
    [
        "", "x", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/a\\b",
        "/x\r\nSet-Cookie: a=b", "/\u2215evil.example", "/" + "x" * 1_000, "javascript:alert(1)",
    ],
)  # fmt: skip
def test_a_path_of_another_server_is_not(path: str) -> None:
    assert not is_local(path)


async def test_an_open_redirect_leads_home(opened: Server) -> None:
    async with browser(opened) as ann:
        back = await ann.sign_in("ann", "/auth/login?next=//evil.example")
        assert back.headers["location"] == "/"


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9", "http://127.0.0.1:9/"])
async def test_a_provider_that_is_away_is_told(issuer: str) -> None:
    asking = Asking()
    away = Provider(utc_now, asking, issuer=issuer, client_id=CLIENT_ID, client_secret=None)
    with pytest.raises(ProviderUnavailable):
        await away.address(Attempt("x"), "http://localhost/auth/callback")
    await asking.close()


async def test_a_provider_that_speaks_for_another_is_not_believed(opened: Server) -> None:
    asking = Asking()
    issuer = opened.settings["ALGOROOM_OIDC_ISSUER"] + "/"
    other = Provider(utc_now, asking, issuer=issuer, client_id=CLIENT_ID, client_secret=None)
    with pytest.raises(ProviderUnavailable) as caught:
        await other.address(Attempt("x"), "http://localhost/auth/callback")
    assert "another issuer" in caught.value.reason
    await asking.close()


async def test_without_a_provider_browsers_sign_in_nowhere(open_server: Server) -> None:
    async with as_ann(open_server) as http:
        offered = (await http.get("/auth/providers")).json()
        assert offered == {"required": False, "providers": []}
        assert (await http.get("/auth/login")).status_code == 404
        assert (await http.get("/auth/callback")).status_code == 404
        assert (await http.post("/auth/logout")).status_code == 204
        assert (await http.get("/auth/logout")).status_code == 405


def test_the_parts_of_an_attempt_tell_nothing_of_each_other() -> None:
    one, other = Attempt("one"), Attempt("other")
    parts = {part for each in (one, other) for part in (each.state, each.nonce, each.verifier)}
    assert len(parts) == 6
    assert {len(part) for part in parts} == {43}
    assert "one" not in repr(one)
