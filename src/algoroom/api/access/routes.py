"""What one may do in a session, who else is in it as what, and asking to be let in."""

from fastapi import APIRouter, Query, Request, Response

from algoroom.access.roles import Deed
from algoroom.api.access import models
from algoroom.api.access.deeds import may
from algoroom.api.access.encoding import access_of, person_of
from algoroom.api.access.founding import OfDoer, known_guest
from algoroom.api.access.problems import documented
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfCaller
from algoroom.api.dependencies import OfNode
from algoroom.api.tags import ACCESS

router = APIRouter(prefix="/api/sessions/{session_id}", tags=[ACCESS], route_class=JsonRoute)


@router.get("/access", responses=documented(403, 404), dependencies=[may(Deed.KNOCK)])
async def get_access(node: OfNode, caller: OfCaller, session_id: str) -> models.Access:
    """What the caller is in the session and may do now."""
    return access_of(session_id, await node.rooms.standing(session_id, caller))


@router.patch("/access", responses=documented(403, 404, 413, 422), dependencies=[may(Deed.RULE)])
async def change_access(
    node: OfNode, caller: OfCaller, doer: OfDoer, session_id: str, body: models.Rule
) -> models.Access:
    """Lock or unlock editing and running, end and reopen the session, say what strangers are. It
    holds at once, on every socket. Ending also cancels what runs."""
    async with node.rooms.enter(session_id) as room:
        room.members.rule(
            by=doer,
            editing_locked=body.editing_locked,
            running_locked=body.running_locked,
            ended=body.ended,
            strangers=body.strangers,
            deletion_takes_host=body.deletion_takes_host,
        )
        if body.ended:
            for run in node.runs.under_way(session_id):
                run.cancel()
        await room.saved()
        return access_of(session_id, room.members.standing_of(caller))


@router.post(
    "/knock", responses=documented(403, 404, 409, 413, 422), dependencies=[may(Deed.KNOCK)]
)
async def knock(
    request: Request,
    response: Response,
    node: OfNode,
    session_id: str,
    body: models.Knock | None = None,
) -> models.Access:
    """Ask to be let in, where strangers have to. Hosts are told; once one has decided, the answer
    of `GET access` is another."""
    guest = known_guest(request, response)
    async with node.rooms.enter(session_id) as room:
        standing = room.members.knock(guest, (body or models.Knock()).name)
        await room.saved()
    return access_of(session_id, standing)


@router.get("/people", responses=documented(403, 404), dependencies=[may(Deed.SEAT)])
async def get_people(node: OfNode, session_id: str) -> models.People:
    """Everybody who is more or less than a stranger here, who waits to be let in, and strangers
    who are present."""
    async with node.rooms.enter(session_id) as room:
        people = [person_of(person, ids) for person, ids in room.members.everyone()]
    return models.People(session_id=session_id, people=people)


@router.get("/people/{person_id}", responses=documented(403, 404), dependencies=[may(Deed.SEAT)])
async def get_person(node: OfNode, session_id: str, person_id: str) -> models.People:
    """Somebody by their id, or whoever goes by it in the room: usually one, by an id that is
    chosen freely there may be more."""
    async with node.rooms.enter(session_id) as room:
        meant = room.members.persons(person_id)
        found = [(person, ids) for person, ids in room.members.everyone() if person.id in meant]
    people = [person_of(person, ids) for person, ids in found]
    return models.People(session_id=session_id, people=people)


@router.patch(
    "/people/{person_id}", responses=documented(403, 404, 413, 422), dependencies=[may(Deed.SEAT)]
)
async def seat_person(
    node: OfNode, doer: OfDoer, session_id: str, person_id: str, body: models.Seat
) -> models.People:
    """Give somebody a role, at once on all they have open. Who waits is let in by that."""
    async with node.rooms.enter(session_id) as room:
        meant = room.members.persons(person_id)
        for each in meant:
            room.members.seat(each, body.role, by=doer)
        await room.saved()
        found = [(person, ids) for person, ids in room.members.everyone() if person.id in meant]
    people = [person_of(person, ids) for person, ids in found]
    return models.People(session_id=session_id, people=people)


@router.delete(
    "/people/{person_id}",
    status_code=204,
    responses=documented(403, 404, 422),
    dependencies=[may(Deed.REMOVE)],
)
async def remove_person(
    node: OfNode,
    doer: OfDoer,
    session_id: str,
    person_id: str,
    ban: bool = Query(default=False, description="Whether they may never come again."),
) -> None:
    """Close all that somebody has open in the room. They are a stranger again: who waits is
    refused, and where strangers are let in they may come back, unless they are banned."""
    async with node.rooms.enter(session_id) as room:
        for each in room.members.persons(person_id):
            room.members.remove(each, for_good=ban, by=doer)
        await room.saved()
