"""Who may do what, as values: roles, locks, endings, strangers, tokens, scopes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from algoroom.access.caller import Caller, Kind, Scope
from algoroom.access.model import ANYBODY, Access, Person
from algoroom.access.policy import (
    DeletionTakesHost,
    Forbidden,
    Refusal,
    Rules,
    Standing,
    may_be_called,
    person_id,
    standing_of,
)
from algoroom.access.roles import CHANGING, DEEDS, Deed, Outside, Role, Seat, Strangers
from algoroom.access.secrets import digest, guest_id, new_secret

NOW = datetime(2026, 1, 31, tzinfo=UTC)
STRANGER = Caller("192.0.2.1")
ANN = Caller("192.0.2.1", Kind.USER, "user:ann")
RULES = Rules()


def person(seat: Seat, caller: Caller = ANN) -> Person:
    return Person(caller.id, "Ann", seat, NOW)


def of(
    caller: Caller = STRANGER,
    access: Access = ANYBODY,
    known: Person | None = None,
    rules: Rules = RULES,
) -> Standing:
    return standing_of(caller, access, known, rules)


def test_each_role_may_what_the_next_may_and_more() -> None:
    assert DEEDS[Role.HOST] > DEEDS[Role.EDITOR] > DEEDS[Role.VIEWER] > DEEDS[Outside.STRANGER]
    assert DEEDS[Role.HOST] == set(Deed)


@pytest.mark.parametrize(
    ("strangers", "seat"),
    [
        (Strangers.EDITOR, Role.EDITOR),
        (Strangers.VIEWER, Role.VIEWER),
        (Strangers.ASK, Outside.STRANGER),
    ],
)
def test_a_stranger_is_what_the_session_says_and_else_what_the_server_says(
    strangers: Strangers, seat: Seat
) -> None:
    assert of(rules=Rules(strangers)).seat is seat
    assert of(access=Access(strangers=strangers), rules=Rules(Strangers.VIEWER)).seat is seat


def test_whoever_made_a_session_signed_in_is_its_host_whatever_happens() -> None:
    owned = Access(owner="user:ann")
    assert of(ANN, owned).role is Role.HOST
    assert of(ANN, owned, person(Role.VIEWER)).role is Role.HOST
    assert of(replace(ANN, id="user:bob"), owned).role is Role.EDITOR


def test_an_anonymous_caller_owns_nothing() -> None:
    assert of(STRANGER, ANYBODY).role is Role.EDITOR


def test_a_host_token_is_for_its_own_session() -> None:
    token = new_secret()
    shown = replace(STRANGER, host_tokens=("another", token))
    assert of(shown, Access(host_token=digest(token))).role is Role.HOST
    assert of(shown, Access(host_token=digest(new_secret()))).role is Role.EDITOR
    assert of(shown, ANYBODY).role is Role.EDITOR
    assert of(replace(STRANGER, host_tokens=("",)), ANYBODY).role is Role.EDITOR


@pytest.mark.parametrize("seat", [*Role, Outside.BANNED])
def test_a_person_is_what_a_host_said_they_are(seat: Seat) -> None:
    assert of(ANN, known=person(seat)).seat is seat


def test_who_waits_comes_in_once_nobody_has_to_ask() -> None:
    waiting = person(Outside.WAITING)
    assert of(ANN, Access(strangers=Strangers.ASK), waiting).seat is Outside.WAITING
    assert of(ANN, Access(strangers=Strangers.VIEWER), waiting).seat is Role.VIEWER


def test_who_is_outside_may_only_knock() -> None:
    for standing in (
        of(access=Access(strangers=Strangers.ASK)),
        of(ANN, known=person(Outside.BANNED)),
    ):
        assert [deed for deed in Deed if standing.may(deed)] == [Deed.KNOCK]
        assert standing.refusal(Deed.READ) is Refusal.NOT_ADMITTED


@pytest.mark.parametrize("role", Role)
def test_a_session_that_has_ended_is_only_read_by_hosts_too(role: Role) -> None:
    standing = of(ANN, Access(ended_at=NOW), person(role))
    assert {deed for deed in CHANGING if standing.may(deed)} == set()
    assert standing.may(Deed.READ)
    assert standing.may(Deed.RULE) is (role is Role.HOST)


def test_an_editor_is_told_that_the_session_has_ended_and_not_that_it_is_locked() -> None:
    over = Access(ended_at=NOW, editing_locked=True, running_locked=True)
    assert of(access=over).refusal(Deed.EDIT) is Refusal.SESSION_ENDED


def test_locks_hold_everybody_but_hosts() -> None:
    editing, running = Access(editing_locked=True), Access(running_locked=True)
    assert of(access=editing).refusal(Deed.EDIT) is Refusal.EDITING_LOCKED
    assert of(access=editing).refusal(Deed.RESTORE) is Refusal.EDITING_LOCKED
    assert of(access=editing).may(Deed.RUN)
    assert of(access=running).refusal(Deed.TYPE) is Refusal.RUNNING_LOCKED
    assert of(access=running).may(Deed.EDIT)
    assert of(access=running).may(Deed.CANCEL)
    for locked in (editing, running):
        assert DEEDS[Role.HOST] == {
            deed for deed in Deed if of(ANN, locked, person(Role.HOST)).may(deed)
        }


@pytest.mark.parametrize(
    ("setting", "asked", "allowed"),
    [
        (DeletionTakesHost.OWN, False, True),
        (DeletionTakesHost.OWN, True, False),
        (DeletionTakesHost.ALWAYS, False, False),
        (DeletionTakesHost.NEVER, True, True),
    ],
)
def test_deletion_takes_a_host_where_the_maker_or_the_operator_says(
    setting: DeletionTakesHost, asked: bool, allowed: bool
) -> None:
    access = Access(deletion_takes_host=asked)
    rules = Rules(deletion_takes_host=setting)
    assert of(access=access, rules=rules).may(Deed.DELETE) is allowed
    assert of(ANN, access, person(Role.HOST), rules).may(Deed.DELETE)
    assert not of(ANN, access, person(Role.VIEWER), rules).may(Deed.DELETE)


def test_a_credential_allows_no_more_than_it_is_for() -> None:
    reader = replace(ANN, scopes=frozenset({Scope.READ.value}))
    standing = of(reader, Access(owner="user:ann"))
    assert standing.may(Deed.READ)
    assert standing.refusal(Deed.EDIT) is Refusal.INSUFFICIENT_SCOPE


def test_a_refusal_says_why() -> None:
    with pytest.raises(Forbidden, match="Your role") as raised:
        of(ANN, known=person(Role.VIEWER)).check(Deed.EDIT)
    assert raised.value.refusal is Refusal.NOT_ALLOWED


def test_a_guest_is_known_by_a_token_that_the_id_does_not_tell() -> None:
    token = new_secret()
    guest = replace(STRANGER, guest_token=token)
    assert person_id(guest) == guest_id(token)
    assert token not in person_id(guest)
    assert person_id(replace(ANN, guest_token=token)) == "user:ann"
    assert person_id(STRANGER) == ""


@pytest.mark.parametrize("taken", ["user:bob", "key:1", "guest:0123"])
def test_nobody_goes_by_the_id_of_somebody_known(taken: str) -> None:
    assert not may_be_called(taken, STRANGER)
    assert may_be_called("ann", STRANGER)
    assert not may_be_called("ann", ANN)
