"""The application: settings wired to parts. `algoroom.main:app` is made when it is asked for."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from algoroom.api import documents, health, languages, middleware, pages, problems, socket
from algoroom.api.access import invites
from algoroom.api.access import routes as access
from algoroom.api.events import sessions as events_sessions
from algoroom.api.interview import collaboration, execution, sessions
from algoroom.api.limits import RateLimits
from algoroom.api.me import routes as me
from algoroom.api.me import signing_in
from algoroom.api.rooms import export, playback
from algoroom.api.rooms import routes as rooms
from algoroom.api.runs import routes as runs
from algoroom.api.runs import sessions as session_runs
from algoroom.api.sync import routes as sync
from algoroom.api.tasks import routes as tasks
from algoroom.api.windows import Seconds
from algoroom.clock import Clock, utc_now
from algoroom.environment import load_settings
from algoroom.node import running_node
from algoroom.settings import Settings


def create_app(
    settings: Settings, clock: Clock = utc_now, seconds: Seconds = time.monotonic
) -> FastAPI:
    """A node's application. Its parts live from the start of its lifespan to the end.

    Limits of rate count by `seconds`, which never go back.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running_node(settings, clock) as node:
            app.state.node = node
            _unfold(app)
            yield

    limits = RateLimits(settings, seconds)
    app = FastAPI(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        strict_content_type=False,
        **documents.DESCRIPTION,
    )
    app.state.settings = settings
    app.state.limits = limits
    for routes in (
        sessions,
        collaboration,
        execution,
        runs,
        session_runs,
        rooms,
        playback,
        export,
        tasks,
        access,
        invites,
        events_sessions,
        me,
        signing_in,
        languages,
        health,
        socket,
        sync,
    ):
        app.include_router(routes.router)
    pages.install(app)
    documents.install(app)
    problems.install(app)
    middleware.install(app, settings, limits)
    return app


def _unfold(app: FastAPI) -> None:
    """Have what routes take and give made up now. FastAPI does it when it first looks for one,
    and whoever came first would wait for all of them."""
    nowhere = {"type": "http", "method": "GET", "path": "", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nowhere)


def __getattr__(name: str) -> FastAPI:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app: FastAPI = globals().setdefault("app", create_app(load_settings()))
    return app
