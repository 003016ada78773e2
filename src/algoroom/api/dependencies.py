"""What routes are given: the node they work with, and who asks."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from algoroom.access.caller import Caller
from algoroom.api.callers import OfCaller, caller_in
from algoroom.api.limits import RateLimits, client_key
from algoroom.node import Node
from algoroom.runs.model import party_of_session


def node_of(connection: HTTPConnection) -> Node:
    """The node that this application serves."""
    return cast(Node, connection.app.state.node)


def limits_of(connection: HTTPConnection) -> RateLimits:
    """The rate limits of this node."""
    return cast(RateLimits, connection.app.state.limits)


async def count_room(connection: HTTPConnection, caller: OfCaller) -> None:
    """Count a new room of this client. Raises `RateLimitExceeded`."""
    await limits_of(connection).room(caller)


@dataclass(frozen=True, slots=True)
class Runner:
    """Who asks for a run, which has been counted, and the node that it is asked of."""

    node: Node
    caller: Caller

    @property
    def client(self) -> str:
        """Who asks, as far as limits and queues can tell."""
        return client_key(self.caller)


def party_of(session_id: str | None, client: str) -> str:
    """Between whom the queue of runs is fair: sessions, and clients that run without one."""
    return f"client {client}" if session_id is None else party_of_session(session_id)


async def _runner(connection: HTTPConnection) -> Runner:
    caller = caller_in(connection.scope)
    await limits_of(connection).run(caller)
    return Runner(node_of(connection), caller)


async def _limits_of(connection: HTTPConnection) -> RateLimits:
    return limits_of(connection)


async def _node_of(connection: HTTPConnection) -> Node:
    return node_of(connection)


# Coroutines, since FastAPI calls plain functions in a thread, which takes longer than they do.
OfNode = Annotated[Node, Depends(_node_of)]
OfLimits = Annotated[RateLimits, Depends(_limits_of)]
OfRunner = Annotated[Runner, Depends(_runner)]
"""Counts a run of whoever asks: one thing for routes that are asked so often, as each dependency
takes as long as half of a middleware. Raises `RateLimitExceeded`."""
