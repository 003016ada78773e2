"""Who is in a room as what, and what changes when a host says so."""

import asyncio
from datetime import timedelta

import pytest

from algoroom.access.caller import Caller, Kind
from algoroom.access.policy import Forbidden, Refusal
from algoroom.access.roles import Deed, Outside, Role, Strangers
from algoroom.access.secrets import guest_id, new_secret
from algoroom.clock import utc_now
from algoroom.errors import InviteNotFound, InviteRefused, PersonNotFound, TooManyWait
from algoroom.rooms import members
from algoroom.rooms.events import AccessChanged, Event, Knocked, Removed, SeatChanged
from algoroom.rooms.invitations import Invitations
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.sessions.model import Origin, Session
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer

HOST = "user:host"


class Ears:
    """Hears what a room tells."""

    reads_text = True

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def tell(self, event: Event, source: object) -> None:
        del source
        self.heard.append(event)


@pytest.fixture
def ears(room: Room) -> Ears:
    return room.audience(Ears, Ears)


@pytest.fixture
def invitations(database: Database, writer: Writer, rooms: Rooms) -> Invitations:
    return Invitations(database, writer, rooms, utc_now)


def guest() -> Caller:
    return Caller("192.0.2.1", guest_token=new_secret())


def known(caller: Caller) -> str:
    return guest_id(caller.guest_token)


async def reloaded(rooms: Rooms, session: Session) -> None:
    """The room leaves memory; whoever enters next reads it from the database."""
    await rooms.unload_idle()
    assert session.id not in rooms._loaded


async def test_a_role_holds_from_its_moment_on_and_after_a_restart(
    rooms: Rooms, session: Session
) -> None:
    ann = guest()
    async with rooms.enter(session.id) as room:
        room.members.enter("socket", ann)
        assert room.members.may("socket", Deed.EDIT)
        room.members.seat(known(ann), Role.VIEWER, by=HOST)
        assert not room.members.may("socket", Deed.EDIT)
        room.members.leave("socket")
    assert (await rooms.standing(session.id, ann)).role is Role.VIEWER
    await reloaded(rooms, session)
    assert (await rooms.standing(session.id, ann)).role is Role.VIEWER
    async with rooms.enter(session.id) as room:
        assert room.members.standing_of(ann).role is Role.VIEWER


async def test_whatever_holds_for_the_session_is_told_and_stays(
    rooms: Rooms, session: Session
) -> None:
    async with rooms.enter(session.id) as room:
        ears = room.audience(Ears, Ears)
        room.members.rule(by=HOST, ended=True, strangers=Strangers.VIEWER)
        room.members.rule(by=HOST, ended=True)
        [told] = ears.heard
        assert isinstance(told, AccessChanged)
        assert told.access.ended_at is not None
        with pytest.raises(Forbidden) as refused:
            room.rewrite("other", user_id="ann")
        assert refused.value.refusal is Refusal.SESSION_ENDED
        with pytest.raises(Forbidden):
            room.rename("other", user_id="ann")
    await reloaded(rooms, session)
    async with rooms.enter(session.id) as room:
        assert room.session.access.ended_at == told.access.ended_at
        assert room.members.standing_of(guest()).role is Role.VIEWER
        room.members.rule(by=HOST, ended=False)
        room.rewrite("other", user_id="ann")
        assert room.text == "other"


async def test_whoever_asks_waits_until_a_host_lets_them_in(room: Room, ears: Ears) -> None:
    room.members.rule(by=HOST, strangers=Strangers.ASK)
    ann = guest()
    assert room.members.standing_of(ann).seat is Outside.STRANGER
    assert room.members.knock(ann, "Ann").seat is Outside.WAITING
    assert room.members.knock(ann, "Ann").seat is Outside.WAITING
    room.members.seat(known(ann), Role.EDITOR, by=HOST)
    assert room.members.standing_of(ann).role is Role.EDITOR
    knocked, seated = ears.heard[1:]
    assert isinstance(knocked, Knocked)
    assert (knocked.person_id, knocked.name) == (known(ann), "Ann")
    assert isinstance(seated, SeatChanged)
    assert seated.person.name == "Ann"


async def test_who_waits_may_be_refused_and_ask_again(room: Room) -> None:
    room.members.rule(by=HOST, strangers=Strangers.ASK)
    ann = guest()
    room.members.knock(ann, "Ann")
    room.members.remove(known(ann), for_good=False, by=HOST)
    assert room.members.standing_of(ann).seat is Outside.STRANGER
    assert room.members.knock(ann, "Ann").seat is Outside.WAITING


async def test_whoever_is_banned_may_not_even_ask(room: Room) -> None:
    room.members.rule(by=HOST, strangers=Strangers.ASK)
    ann = guest()
    room.members.remove(known(ann), for_good=True, by=HOST)
    assert room.members.knock(ann, "Ann").seat is Outside.BANNED


async def test_not_everybody_can_wait(room: Room) -> None:
    room.members.rule(by=HOST, strangers=Strangers.ASK)
    for _ in range(members.MOST_WAITING):
        room.members.knock(guest(), "")
    with pytest.raises(TooManyWait):
        room.members.knock(guest(), "")


async def test_being_sent_away_closes_all_that_somebody_has_open_and_nothing_else(
    room: Room, ears: Ears
) -> None:
    ann, bob = guest(), guest()
    for connection, caller in (("ann 1", ann), ("ann 2", ann), ("bob", bob)):
        room.members.enter(connection, caller)
    room.join("ann 1", "ann", "Ann")
    [person] = room.members.persons("ann")
    room.members.remove(person, for_good=False, by=HOST)
    removed = ears.heard[-1]
    assert isinstance(removed, Removed)
    assert removed.name == "Ann"
    out = [each for each in ("ann 1", "ann 2", "bob") if room.members.is_out(each, removed)]
    assert out == ["ann 1", "ann 2"]
    # Who has the link of a session that is open to strangers can come back.
    assert room.members.standing_of(ann).role is Role.EDITOR


async def test_closing_a_session_to_strangers_closes_those_of_strangers(
    room: Room, ears: Ears
) -> None:
    ann, bob = guest(), guest()
    room.members.enter("ann", ann)
    room.members.enter("bob", bob)
    room.members.seat(known(ann), Role.VIEWER, by=HOST)
    room.members.rule(by=HOST, strangers=Strangers.ASK)
    told = ears.heard[-1]
    assert isinstance(told, AccessChanged)
    assert not room.members.is_out("ann", told)
    assert room.members.is_out("bob", told)


async def test_nobody_is_named_by_an_id_that_nobody_has(room: Room) -> None:
    with pytest.raises(PersonNotFound):
        room.members.persons("nobody")


async def test_an_id_of_somebody_known_cannot_be_taken(room: Room) -> None:
    ann, eve = guest(), guest()
    signed_in = Caller("192.0.2.1", Kind.USER, "user:sam")
    for connection, caller in (("ann", ann), ("eve", eve), ("sam", signed_in)):
        room.members.enter(connection, caller)
    assert room.members.user_id("sam", "ann", "other") == "user:sam"
    assert room.members.user_id("eve", "user:sam", "other") == "other"
    assert room.members.user_id("ann", "ann", "other") == "ann"
    room.join("ann", "ann", "Ann")
    # Of two that nothing is known of nobody can say whose the id is.
    assert room.members.user_id("eve", "ann", "other") == "ann"
    room.members.seat(known(ann), Role.EDITOR, by=HOST)
    assert room.members.user_id("eve", "ann", "other") == "other"
    assert room.members.user_id("ann", "ann", "other") == "ann"


async def test_hosts_see_who_is_known_and_who_is_here(room: Room) -> None:
    ann, bob = guest(), guest()
    room.members.enter("bob", bob)
    room.join("bob", "bob", "Bob")
    room.members.seat(known(ann), Role.VIEWER, by=HOST)
    seen = [(person.id, person.seat, ids) for person, ids in room.members.everyone()]
    assert seen == [(known(ann), Role.VIEWER, []), (known(bob), Role.EDITOR, ["bob"])]


async def test_what_another_node_changed_is_read_and_told(
    rooms: Rooms, database: Database, writer: Writer, session: Session
) -> None:
    ann, bob = guest(), guest()
    other = Rooms(database, writer, utc_now, limits=rooms._limits, idle_s=0, sweep_s=60)
    async with rooms.enter(session.id) as here, other.enter(session.id) as there:
        ears = here.audience(Ears, Ears)
        there.members.rule(by=HOST, editing_locked=True, strangers=Strangers.ASK)
        there.members.seat(known(ann), Role.HOST, by=HOST)
        there.members.knock(bob, "Bob")
        await there.saved()
        await rooms.reread_access(session.id, HOST)
        assert [type(event) for event in ears.heard] == [AccessChanged, SeatChanged, Knocked]
        assert here.members.standing_of(ann).role is Role.HOST
        assert here.session.access == there.session.access
        there.members.remove(known(ann), for_good=True, by=HOST)
        there.members.remove(known(bob), for_good=False, by=HOST)
        await there.saved()
        await rooms.reread_access(session.id, HOST)
        assert [type(event) for event in ears.heard[3:]] == [Removed, Removed]
        await rooms.reread_access(session.id, HOST)
        assert len(ears.heard) == 5
    await rooms.reread_access(str(session.id)[::-1], HOST)


async def test_an_invite_gives_its_role_at_once(
    invitations: Invitations, room: Room, ears: Ears
) -> None:
    _, secret = await invitations.make(
        room.session.id, Role.VIEWER, is_single_use=False, lifetime=None, by=HOST
    )
    for caller in (guest(), guest()):
        room.members.enter("socket", caller)
        assert await invitations.redeem(room.session.id, secret, caller, "Ann") is Role.VIEWER
        assert not room.members.may("socket", Deed.EDIT)
    assert [type(event) for event in ears.heard] == [SeatChanged, SeatChanged]


async def test_whoever_has_a_higher_role_keeps_it(invitations: Invitations, room: Room) -> None:
    ann, session_id = guest(), room.session.id
    room.members.seat(known(ann), Role.HOST, by=HOST)
    _, secret = await invitations.make(
        session_id, Role.VIEWER, is_single_use=False, lifetime=None, by=HOST
    )
    assert await invitations.redeem(session_id, secret, ann, "") is Role.HOST


async def test_an_invite_for_a_single_use_cannot_be_replayed(
    invitations: Invitations, room: Room
) -> None:
    ann, session_id = guest(), room.session.id
    _, secret = await invitations.make(
        session_id, Role.HOST, is_single_use=True, lifetime=None, by=HOST
    )
    await invitations.redeem(session_id, secret, ann, "Ann")
    # The same link opened once more by the one who has its role already.
    await invitations.redeem(session_id, secret, ann, "Ann")
    with pytest.raises(InviteRefused):
        await invitations.redeem(session_id, secret, guest(), "Eve")
    room.members.remove(known(ann), for_good=False, by=HOST)
    with pytest.raises(InviteRefused):
        await invitations.redeem(session_id, secret, ann, "Ann")


async def test_of_many_who_redeem_an_invite_for_a_single_use_at_once_one_has_its_role(
    invitations: Invitations, room: Room
) -> None:
    session_id, people = room.session.id, [guest() for _ in range(10)]
    _, secret = await invitations.make(
        session_id, Role.HOST, is_single_use=True, lifetime=None, by=HOST
    )
    redeemed = await asyncio.gather(
        *(invitations.redeem(session_id, secret, each, "") for each in people),
        return_exceptions=True,
    )
    assert [each for each in redeemed if not isinstance(each, InviteRefused)] == [Role.HOST]
    roles = [room.members.standing_of(each).role for each in people]
    assert roles.count(Role.HOST) == 1


async def test_an_invite_that_is_expired_revoked_or_of_another_session_is_refused(
    invitations: Invitations, rooms: Rooms, room: Room
) -> None:
    session_id = room.session.id
    other = await rooms.create(Origin.EVENTS, "python", None, timedelta(hours=1), "")
    _, expired = await invitations.make(
        session_id, Role.HOST, is_single_use=False, lifetime=timedelta(0), by=HOST
    )
    revoked, secret = await invitations.make(
        session_id, Role.HOST, is_single_use=False, lifetime=timedelta(hours=1), by=HOST
    )
    for where, what in ((session_id, expired), (other.id, secret), (session_id, revoked.id)):
        with pytest.raises(InviteRefused):
            await invitations.redeem(where, what, guest(), "")
    with pytest.raises(InviteNotFound):
        await invitations.revoke(other.id, revoked.id)
    await invitations.revoke(session_id, revoked.id)
    with pytest.raises(InviteRefused):
        await invitations.redeem(session_id, secret, guest(), "")


async def test_an_invite_lets_nobody_in_who_is_banned(invitations: Invitations, room: Room) -> None:
    ann, session_id = guest(), room.session.id
    room.members.remove(known(ann), for_good=True, by=HOST)
    _, secret = await invitations.make(
        session_id, Role.EDITOR, is_single_use=False, lifetime=None, by=HOST
    )
    with pytest.raises(Forbidden):
        await invitations.redeem(session_id, secret, ann, "")


async def test_notes_of_hosts_are_no_part_of_the_document(
    invitations: Invitations, room: Room
) -> None:
    before = room.document.state()
    await invitations.write_notes(room.session.id, "strong in graphs", HOST)
    assert (await invitations.notes(room.session.id)).text == "strong in graphs"
    assert room.document.state() == before
