"""One node: the parts of a server, made from its settings, started and stopped together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from algoroom.access.asking import Asking
from algoroom.access.credentials import Credentials
from algoroom.access.key_set import PublicKeys
from algoroom.access.policy import Rules
from algoroom.access.provider import Provider
from algoroom.access.retention import Retention
from algoroom.access.tokens import Expected, Tokens
from algoroom.assembly import ceilings_from, engine_from
from algoroom.clock import Clock, utc_now
from algoroom.rooms.execution import by_itself, in_room
from algoroom.rooms.invitations import Invitations
from algoroom.rooms.limits import RoomLimits
from algoroom.rooms.past import Past
from algoroom.rooms.registry import Rooms
from algoroom.rooms.tasks import Tasks
from algoroom.rooms.turns import Turns
from algoroom.runs.engine import Engine
from algoroom.runs.limits import NO_LIMITS, Ceilings, SomeLimits
from algoroom.runs.model import Limits, RunRequest
from algoroom.runs.registry import Runs, Through
from algoroom.settings import Settings
from algoroom.storage.database import Database
from algoroom.storage.writer import Writer


@dataclass(frozen=True, slots=True)
class Node:
    """What the API and the command line work with."""

    settings: Settings
    clock: Clock
    database: Database
    rooms: Rooms
    past: Past
    invitations: Invitations
    tasks: Tasks
    engine: Engine
    runs: Runs
    credentials: Credentials
    provider: Provider | None
    """Where browsers sign in; None: nowhere."""
    ceilings: Ceilings
    """What no run may exceed."""
    turns: Turns

    def limits(
        self,
        language: str,
        *,
        contract: SomeLimits = NO_LIMITS,
        asked: SomeLimits = NO_LIMITS,
        is_interactive: bool = False,
    ) -> Limits:
        """The limits of a run in a language: its contract's come before the language's own.

        Raises LanguageUnavailable, and LimitNotAllowed where the run asks for what it may not have.
        """
        usual = self.engine.languages.get(language).declaration.limits
        return self.ceilings.limits(usual, contract, asked=asked, is_interactive=is_interactive)

    def in_room(self, session_id: str, request: RunRequest) -> Through:
        """What shows a run of this request to the room of a session, and stores it."""
        return in_room(self.rooms, session_id, request, self.clock)

    async def close_rooms(self) -> None:
        """Tell every connection that the server stops, and store what is open."""
        await self.rooms.close()


@asynccontextmanager
async def running_node(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Node]:
    """A node from its migrated database to its last commit.

    Raises `DatabaseUnavailable` where the database cannot be used.
    """
    database = Database(settings.database_url)
    try:
        await database.migrate()
        writer = Writer(database)
        engine = engine_from(settings)
        rooms = Rooms(
            database,
            writer,
            clock,
            limits=RoomLimits(
                most_units=settings.max_document_units,
                most_state_bytes=settings.max_state_bytes,
                paste_units=settings.paste_units,
                tail_entries=settings.journal_tail_entries,
                is_language=engine.languages.names.__contains__,
                rules=Rules(settings.strangers, settings.delete_takes_host),
                longest_life=settings.longest_life,
                most_connections=settings.max_room_connections,
            ),
            idle_s=settings.room_idle_seconds,
            sweep_s=settings.sweep_seconds,
        )
        runs = Runs(
            engine,
            clock,
            most_kept=settings.runs_kept,
            most_kept_bytes=settings.runs_kept_bytes,
            kept_s=settings.runs_kept_seconds,
            alone=by_itself(writer, clock),
            most_of_client=settings.runs_at_once_per_client,
        )
        rooms.removals.append(runs.forget)
        await engine.start()
        past = Past(database, writer, rooms, clock)
        retention = Retention(database, writer, clock, settings.audit_kept)
        asking = Asking()
        credentials = Credentials(database, writer, clock, _tokens(settings, asking, clock))
        house = {
            asyncio.create_task(rooms.keep_house(), name="rooms keep house"),
            asyncio.create_task(retention.keep(), name="audit is shortened"),
            asyncio.create_task(credentials.live.keep_watch(), name="credentials keep watch"),
        }
        try:
            invitations = Invitations(database, writer, rooms, clock)
            tasks = Tasks(database, writer, rooms, clock, engine.languages.is_untouched)
            provider = _provider(settings, asking, clock)
            yield Node(
                settings,
                clock,
                database,
                rooms,
                past,
                invitations,
                tasks,
                engine,
                runs,
                credentials,
                provider,
                ceilings_from(settings),
                Turns(),
            )
        finally:
            for task in house:
                task.cancel()
            await asyncio.wait(house)
            await asking.close()
            # The runs that this ends are told to their rooms, and stored.
            await engine.drain(settings.runs_grace_seconds)
            await engine.close()
            await runs.close()
            await rooms.close()
            await writer.close()
    finally:
        await database.close()


def _tokens(settings: Settings, asking: Asking, clock: Clock) -> Tokens:
    url = settings.jwt_jwks_url
    return Tokens(
        clock,
        Expected(issuer=settings.jwt_issuer, audience=settings.jwt_audience),
        secret=settings.jwt_secret,
        keys=None if url is None else PublicKeys(url, asking),
    )


def _provider(settings: Settings, asking: Asking, clock: Clock) -> Provider | None:
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    if issuer is None or client_id is None:
        return None
    return Provider(
        clock,
        asking,
        issuer=issuer,
        client_id=client_id,
        client_secret=settings.oidc_client_secret,
    )
