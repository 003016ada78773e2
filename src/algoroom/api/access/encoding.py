"""What somebody is and may do, as it is on the wire."""

from algoroom.access.model import Person
from algoroom.access.policy import Standing, takes_host
from algoroom.access.roles import Deed, Outside, Role, Seat
from algoroom.api.access import models


def access_of(session_id: str, standing: Standing) -> models.Access:
    """What somebody is in a session and may do now."""
    access = standing.access
    return models.Access(
        session_id=session_id,
        role=standing.role,
        outside=outside_of(standing.seat),
        deeds=[deed for deed in Deed if standing.may(deed)],
        strangers=standing.strangers,
        editing_locked=access.editing_locked,
        running_locked=access.running_locked,
        ended_at=access.ended_at,
        deletion_takes_host=takes_host(access, standing.rules),
    )


def person_of(person: Person, user_ids: list[str]) -> models.Person:
    """Somebody, with the ids by which they go in the room."""
    return models.Person(
        id=person.id,
        user_ids=user_ids,
        name=person.name,
        role=role_of(person.seat),
        outside=outside_of(person.seat),
        since=person.at,
    )


def role_of(seat: Seat) -> Role | None:
    """The role of somebody who has been let in."""
    return seat if isinstance(seat, Role) else None


def outside_of(seat: Seat) -> Outside | None:
    """What somebody is who has not."""
    return seat if isinstance(seat, Outside) else None
