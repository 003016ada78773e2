"""Links that give a role, and the hosts' notes."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from algoroom.access.host_notes import HostNotes
from algoroom.access.model import Invite
from algoroom.access.roles import Deed
from algoroom.api.access import models
from algoroom.api.access.deeds import may
from algoroom.api.access.encoding import access_of
from algoroom.api.access.founding import OfDoer, known_guest
from algoroom.api.access.problems import documented
from algoroom.api.bodies import JsonRoute
from algoroom.api.dependencies import OfNode
from algoroom.api.links import room_url
from algoroom.api.tags import ACCESS

router = APIRouter(prefix="/api/sessions/{session_id}", tags=[ACCESS], route_class=JsonRoute)


@router.post(
    "/invites",
    status_code=201,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.INVITE)],
)
async def make_invite(
    request: Request, node: OfNode, doer: OfDoer, session_id: str, body: models.MakeInvite
) -> models.MadeInvite:
    """Make a link that gives a role to whoever opens it. Its secret stands in the fragment, which
    browsers send to nobody, and is told only here. A session may have 200 invites."""
    invite, secret = await node.invitations.make(
        session_id,
        body.role,
        is_single_use=body.single_use,
        lifetime=None if body.expires_in is None else timedelta(hours=body.expires_in),
        by=doer,
    )
    url = f"{room_url(request, session_id)}#invite={secret}"
    return models.MadeInvite(**_invite(invite).model_dump(), url=url)


@router.get("/invites", responses=documented(403, 404), dependencies=[may(Deed.INVITE)])
async def get_invites(node: OfNode, session_id: str) -> models.Invites:
    """The invites that are not revoked, expired and used ones included."""
    found = await node.invitations.of_session(session_id)
    return models.Invites(session_id=session_id, invites=[_invite(each) for each in found])


@router.delete(
    "/invites/{invite_id}",
    status_code=204,
    responses=documented(403, 404),
    dependencies=[may(Deed.INVITE)],
)
async def revoke_invite(node: OfNode, session_id: str, invite_id: str) -> None:
    """Have an invite give nothing any more. What it gave stays with those who have it."""
    await node.invitations.revoke(session_id, invite_id)


@router.post(
    "/invites/redeem", responses=documented(403, 404, 413, 422), dependencies=[may(Deed.KNOCK)]
)
async def redeem_invite(
    request: Request, response: Response, node: OfNode, session_id: str, body: models.Redeem
) -> models.Access:
    """Take the role that an invite gives. Who is signed in has it from then on; anybody else by
    the guest token of the answer: a cookie in a browser, else the header `X-Guest-Token`."""
    guest = known_guest(request, response)
    await node.invitations.redeem(session_id, body.invite, guest, body.name)
    return access_of(session_id, await node.rooms.standing(session_id, guest))


@router.get("/notes", responses=documented(403, 404), dependencies=[may(Deed.NOTES)])
async def get_notes(node: OfNode, session_id: str) -> models.Notes:
    """What the hosts wrote for themselves."""
    return _notes(session_id, await node.invitations.notes(session_id))


@router.put("/notes", responses=documented(403, 404, 409, 413, 422), dependencies=[may(Deed.NOTES)])
async def put_notes(
    node: OfNode, doer: OfDoer, session_id: str, body: models.WriteNotes
) -> models.Notes:
    """Replace the hosts' notes. No document, no playback and no one else has them."""
    notes = await node.invitations.write_notes(session_id, body.text, doer, based_on=body.revision)
    return _notes(session_id, notes)


def _invite(invite: Invite) -> models.Invite:
    return models.Invite(
        id=invite.id,
        role=invite.role,
        single_use=invite.is_single_use,
        created_at=invite.made_at,
        created_by=invite.made_by,
        expires_at=invite.expires_at,
        used_by=invite.used_by,
    )


def _notes(session_id: str, notes: HostNotes) -> models.Notes:
    return models.Notes(
        session_id=session_id,
        revision=notes.revision,
        text=notes.text,
        changed_at=notes.changed_at,
        user_id=notes.changed_by or None,
    )
