"""Roles over HTTP: tokens and cookies, invites, the waiting room, removal, ending, notes."""

import asyncio

import httpx2
import pytest

from tests.access.rooms import Hosted, hosted
from tests.contracts.wire import (
    assert_events_error,
    assert_interview_error,
    client,
    code_of,
)
from tests.serving import Server

ORIGIN = "http://localhost:3000"


@pytest.fixture
async def room(http: httpx2.AsyncClient) -> Hosted:
    return await hosted(http, language="python")


async def save(room: Hosted, headers: dict[str, str] | None = None) -> httpx2.Response:
    body = {"code": "print(1)"}
    return await room.http.post(f"{room.path}/code", json=body, headers=headers)


@pytest.mark.parametrize("path", ["/api/sessions", "/sessions"])
async def test_the_answer_to_a_creation_has_the_host_token_and_its_body_has_not(
    http: httpx2.AsyncClient, path: str
) -> None:
    answer = await http.post(path)
    assert answer.headers["x-host-token"] not in answer.text
    assert "set-cookie" not in answer.headers
    session = answer.json().get("sessionId") or answer.json()["id"]
    room = Hosted(http, session, answer.headers["x-host-token"])
    assert (await room.access(room.host))["role"] == "host"
    assert (await room.access())["role"] == "editor"


async def test_a_fork_is_of_whoever_made_it(room: Hosted) -> None:
    answer = await room.http.post(f"{room.path}/fork")
    fork = Hosted(room.http, answer.json()["id"], answer.headers["x-host-token"])
    assert (await fork.access(fork.host))["role"] == "host"
    assert (await fork.access(room.host))["role"] == "editor"


async def test_a_browser_is_the_host_of_what_it_made_by_a_cookie(server: Server) -> None:
    async with client(server, headers={"Origin": server.url}) as browser, client(server) as other:
        made = await browser.post("/api/sessions")
        [cookie] = made.headers.get_list("set-cookie")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert made.json()["sessionId"] not in cookie
        path = f"/api/sessions/{made.json()['sessionId']}"
        assert (await browser.get(f"{path}/access")).json()["role"] == "host"
        assert (await other.get(f"{path}/access")).json()["role"] == "editor"
        again = await browser.post("/api/sessions")
        assert "set-cookie" not in again.headers
        second = f"/api/sessions/{again.json()['sessionId']}/access"
        assert (await browser.get(second)).json()["role"] == "host"


async def test_a_page_of_another_site_has_nothing_of_the_cookie(server: Server) -> None:
    async with client(server, headers={"Origin": server.url}) as browser:
        made = await browser.post("/api/sessions")
        path = f"/api/sessions/{made.json()['sessionId']}/access"
        foreign = await browser.get(path, headers={"Origin": "https://evil.example"})
        assert foreign.json()["role"] == "editor"


async def test_the_host_token_of_another_session_is_worth_nothing(room: Hosted) -> None:
    other = await hosted(room.http)
    answer = await room.http.patch(f"{room.path}/access", json={"ended": True}, headers=other.host)
    assert_interview_error(answer, 403, "NOT_ALLOWED")
    assert (await room.access())["endedAt"] is None


async def test_the_guest_token_of_another_session_is_worth_nothing(room: Hosted) -> None:
    other = await hosted(room.http)
    assert (await room.access(await other.guest("host")))["role"] == "editor"


async def test_deletion_takes_a_host_where_the_maker_asked_for_it(
    http: httpx2.AsyncClient,
) -> None:
    free, kept = await hosted(http), await hosted(http, deletionTakesHost=True)
    assert (await http.delete(free.path)).status_code == 204
    assert_interview_error(await http.delete(kept.path), 403, "NOT_ALLOWED")
    assert (await http.delete(kept.path, headers=kept.host)).status_code == 204


async def test_an_operator_says_which_sessions_take_a_host_and_what_strangers_are() -> None:
    settings = {"ALGOROOM_DELETE_TAKES_HOST": "always", "ALGOROOM_STRANGERS": "viewer"}
    async with Server(settings) as own, client(own) as http:
        room = await hosted(http)
        assert_interview_error(await save(room), 403, "NOT_ALLOWED")
        assert (await save(room, room.host)).status_code == 200
        assert (await room.access())["strangers"] == "viewer"
        await room.rule(strangers="editor")
        assert (await save(room)).status_code == 200
        assert_interview_error(await http.delete(room.path), 403, "NOT_ALLOWED")


async def test_an_ended_session_is_read_by_everybody_and_written_by_nobody(room: Hosted) -> None:
    await save(room)
    assert (await room.rule(ended=True))["endedAt"] is not None
    for headers in ({}, room.host):
        assert_interview_error(await save(room, headers), 409, "SESSION_ENDED")
    events = f"/sessions/{room.id}"
    answer = await room.http.put(f"{events}/code", json={"code": "x"})
    assert_events_error(answer, 409, "SESSION_ENDED")
    answer = await room.http.post(f"{events}/execute", headers=room.host)
    assert_events_error(answer, 409, "SESSION_ENDED")
    run = {"code": "print(1)", "language": "python", "sessionId": room.id}
    for path in ("/api/execute", "/api/runs"):
        answer = await room.http.post(path, json=run)
        assert_interview_error(answer, 409, "SESSION_ENDED")
    assert await code_of(room.http, room.id) == "print(1)"
    assert (await room.http.get(f"{room.path}/playback")).status_code == 200
    await room.rule(ended=False)
    assert (await save(room)).status_code == 200


async def test_ending_a_session_ends_what_runs_in_it(room: Hosted) -> None:
    body = {"code": "input()", "language": "python", "interactive": True}
    run = (await room.http.post(f"{room.path}/runs", json=body)).json()["id"]
    await room.rule(ended=True)
    async with room.http.stream("GET", f"/api/runs/{run}/events") as events:
        told = "".join([text async for text in events.aiter_text()])
    assert '"verdict":"cancelled"' in told.replace(" ", "")


async def test_no_other_spelling_of_its_id_runs_anything_in_a_session(room: Hosted) -> None:
    await room.rule(runningLocked=True)
    program = {"language": "python", "code": "print(1)"}
    for path in ("/api/runs", "/api/execute"):
        refused = await room.http.post(path, json={**program, "sessionId": room.id})
        assert refused.status_code == 409, path
        for spelling in ("session_id", "SessionId", "sessionid"):
            answer = await room.http.post(path, json={**program, spelling: room.id})
            assert answer.is_success, (path, spelling)
    runs = await room.http.get(f"{room.path}/runs")
    assert runs.json()["runs"] == []


async def test_locks_hold_all_but_hosts(room: Hosted) -> None:
    await room.rule(editingLocked=True, runningLocked=True)
    assert_interview_error(await save(room), 409, "EDITING_LOCKED")
    run = await room.http.post(f"{room.path}/runs")
    assert_interview_error(run, 409, "RUNNING_LOCKED")
    assert (await save(room, room.host)).status_code == 200
    run = await room.http.post(f"{room.path}/runs", headers=room.host)
    assert run.status_code == 202


async def test_an_invite_gives_a_role_to_whoever_has_its_link(room: Hosted) -> None:
    await room.rule(strangers="viewer")
    made = await room.invite("editor", expiresIn=2)
    assert f"/interview/{room.id}#invite=" in made["url"]
    body = {"invite": made["secret"], "name": "Ann"}
    answer = await room.http.post(f"{room.path}/invites/redeem", json=body)
    assert answer.json()["role"] == "editor"
    ann = {"X-Guest-Token": answer.headers["x-guest-token"]}
    assert (await save(room, ann)).status_code == 200
    assert_interview_error(await save(room), 403, "NOT_ALLOWED")
    listed = (await room.http.get(f"{room.path}/invites", headers=room.host)).json()["invites"]
    assert [(each["role"], each["usedBy"]) for each in listed] == [("editor", None)]
    assert made["secret"] not in str(listed)
    [person] = [each for each in await room.people() if each["role"] == "editor"]
    assert person["name"] == "Ann"


async def test_an_invite_is_no_token_and_a_token_no_invite(room: Hosted) -> None:
    secret = (await room.invite("host"))["secret"]
    for headers in ({"X-Host-Token": secret}, {"X-Guest-Token": secret}):
        assert (await room.access(headers))["role"] == "editor"
    body = {"invite": room.token}
    answer = await room.http.post(f"{room.path}/invites/redeem", json=body)
    assert_interview_error(answer, 403, "INVITE_REFUSED")


async def test_an_invite_that_was_used_revoked_or_made_elsewhere_is_refused(room: Hosted) -> None:
    other = await hosted(room.http)
    once, revoked = await room.invite("host", singleUse=True), await room.invite("host")
    foreign = await other.invite("host")
    redeem = f"{room.path}/invites/redeem"
    first = await room.http.post(redeem, json={"invite": once["secret"]})
    assert first.json()["role"] == "host"
    answer = await room.http.delete(f"{room.path}/invites/{revoked['id']}", headers=room.host)
    assert answer.status_code == 204
    for invite in (once, revoked, foreign):
        answer = await room.http.post(redeem, json={"invite": invite["secret"]})
        assert_interview_error(answer, 403, "INVITE_REFUSED")
        assert "x-guest-token" not in answer.headers
    answer = await room.http.delete(f"{room.path}/invites/{foreign['id']}", headers=room.host)
    assert_interview_error(answer, 404, "INVITE_NOT_FOUND")


async def test_a_browser_keeps_the_role_of_an_invite_by_its_cookie(
    server: Server, room: Hosted
) -> None:
    secret = (await room.invite("host"))["secret"]
    async with client(server, headers={"Origin": server.url}) as browser:
        answer = await browser.post(f"{room.path}/invites/redeem", json={"invite": secret})
        assert "x-guest-token" not in answer.headers
        assert (await browser.get(f"{room.path}/access")).json()["role"] == "host"


async def test_who_has_to_ask_is_let_in_by_a_host(room: Hosted) -> None:
    await save(room)
    await room.rule(strangers="ask")
    for path in ("", "/code", "/playback", "/participants", "/history", "/runs", "/versions"):
        answer = await room.http.get(f"{room.path}{path}")
        assert_interview_error(answer, 403, "NOT_ADMITTED")
    assert_events_error(await room.http.get(f"/sessions/{room.id}"), 403, "NOT_ADMITTED")
    page = await room.http.get(f"/interview/{room.id}", headers={"Accept": "text/html"})
    # It tells nothing of the session; what it shows it has to ask for.
    assert page.status_code == 200
    assert room.id not in page.text
    asked = await room.http.post(f"{room.path}/knock", json={"name": "Ann"})
    assert (asked.json()["role"], asked.json()["outside"]) == (None, "waiting")
    assert asked.json()["deeds"] == ["knock"]
    ann = {"X-Guest-Token": asked.headers["x-guest-token"]}
    assert_interview_error(await room.http.get(room.path, headers=ann), 403, "NOT_ADMITTED")
    [waiting] = await room.people()
    assert (waiting["name"], waiting["outside"]) == ("Ann", "waiting")
    answer = await room.http.patch(
        f"{room.path}/people/{waiting['id']}", json={"role": "viewer"}, headers=room.host
    )
    assert answer.json()["people"][0]["role"] == "viewer"
    assert (await room.access(ann))["role"] == "viewer"
    assert (await room.http.get(room.path, headers=ann)).status_code == 200


async def test_who_is_banned_stays_out(room: Hosted) -> None:
    ann = await room.guest("editor")
    [person] = await room.people()
    answer = await room.http.delete(
        f"{room.path}/people/{person['id']}", params={"ban": "true"}, headers=room.host
    )
    assert answer.status_code == 204
    assert (await room.access(ann))["outside"] == "banned"
    assert_interview_error(await save(room, ann), 403, "NOT_ADMITTED")
    knocked = await room.http.post(f"{room.path}/knock", headers=ann)
    assert knocked.json()["outside"] == "banned"
    secret = (await room.invite("editor"))["secret"]
    answer = await room.http.post(
        f"{room.path}/invites/redeem", json={"invite": secret}, headers=ann
    )
    assert_interview_error(answer, 403, "NOT_ADMITTED")


async def test_nobody_is_found_who_is_not_there(room: Hosted) -> None:
    for method, body in (("GET", None), ("PATCH", {"role": "host"}), ("DELETE", None)):
        answer = await room.http.request(
            method, f"{room.path}/people/nobody", json=body, headers=room.host
        )
        assert_interview_error(answer, 404, "PERSON_NOT_FOUND")


async def test_notes_are_for_hosts_and_in_nothing_that_others_get(room: Hosted) -> None:
    told = "strong in graphs"
    path = f"{room.path}/notes"
    assert (await room.http.get(path, headers=room.host)).json()["changedAt"] is None
    answer = await room.http.put(path, json={"text": told}, headers=room.host)
    assert (answer.status_code, answer.json()["text"]) == (200, told)
    assert (await room.http.get(path, headers=room.host)).json()["text"] == told
    for headers in ({}, await room.guest("viewer"), await room.guest("editor")):
        assert_interview_error(await room.http.get(path, headers=headers), 403, "NOT_ALLOWED")
        answer = await room.http.put(path, json={"text": "mine"}, headers=headers)
        assert_interview_error(answer, 403, "NOT_ALLOWED")
    for shown in ("", "/code", "/playback", "/history", "/versions", "/at"):
        answer = await room.http.get(f"{room.path}{shown}", headers=room.host)
        assert answer.status_code == 200
        assert told not in answer.text


async def test_of_notes_made_of_the_same_revision_the_first_are_kept(room: Hosted) -> None:
    path = f"{room.path}/notes"
    begun = (await room.http.get(path, headers=room.host)).json()["revision"]
    assert begun == 0

    async def write(text: str) -> httpx2.Response:
        wanted = {"text": text, "revision": begun}
        return await room.http.put(path, json=wanted, headers=room.host)

    answers = await asyncio.gather(*(write(str(number)) for number in range(5)))
    (kept,) = (answer.json() for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer.status_code != 200:
            assert_interview_error(answer, 409, "NOTES_CHANGED")
    assert kept["revision"] == 1
    assert (await room.http.get(path, headers=room.host)).json() == kept
    answer = await room.http.put(path, json={"text": "anyhow"}, headers=room.host)
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)


async def test_tokens_and_notes_survive_a_crash() -> None:
    async with Server() as own:
        async with client(own) as http:
            room = await hosted(http)
            ann = await room.guest("viewer")
            await room.rule(editingLocked=True)
            await http.put(f"{room.path}/notes", json={"text": "kept"}, headers=room.host)
        own.restart()
        async with client(own) as http:
            again = Hosted(http, room.id, room.token)
            assert (await again.access(again.host))["role"] == "host"
            assert (await again.access(ann))["role"] == "viewer"
            assert (await again.access())["editingLocked"] is True
            notes = await http.get(f"{again.path}/notes", headers=again.host)
            assert notes.json()["text"] == "kept"


async def test_a_viewer_reads_over_both_contracts_and_writes_over_neither(room: Hosted) -> None:
    viewer = await room.guest("viewer")
    events = f"/sessions/{room.id}"
    for path in (room.path, events):
        assert (await room.http.get(path, headers=viewer)).status_code == 200
    answer = await room.http.put(f"{events}/code", json={"code": "x"}, headers=viewer)
    assert_events_error(answer, 403, "NOT_ALLOWED")
    assert_interview_error(await save(room, viewer), 403, "NOT_ALLOWED")
