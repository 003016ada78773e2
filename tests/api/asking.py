"""Small applications with all that surrounds ours, and clients that ask them without a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from fastapi import APIRouter, FastAPI

from algoroom.api import middleware, problems
from algoroom.api.limits import RateLimits
from algoroom.settings import Settings

URL = "http://rooms.example:8000"


def settings(**fields: Any) -> Settings:
    """Settings that depend on no environment."""
    default = {
        "data_dir": Path("/nowhere"),
        "database_url": "sqlite:////nowhere/x.db",
        "allowed_hosts": ("rooms.example", "testserver"),
    }
    return Settings.model_construct(runs_at_once=1, **{**default, **fields})


def application(
    *routers: APIRouter, clock: Callable[[], float] = lambda: 0.0, **fields: Any
) -> FastAPI:
    """An application with these routes, and everything around them as in ours."""
    wanted = settings(**fields)
    app = FastAPI(strict_content_type=False)
    app.state.settings = wanted
    for router in routers:
        app.include_router(router)
    problems.install(app)
    middleware.install(app, wanted, RateLimits(wanted, clock))
    return app


def client(app: Any, address: str = "192.0.2.1", url: str = URL) -> httpx2.AsyncClient:
    """A client at this address, which calls the application by this one."""
    transport = httpx2.ASGITransport(app=app, client=(address, 50_000))
    return httpx2.AsyncClient(transport=transport, base_url=url)
