"""Whether the server is there."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from algoroom.api.events import problems as events
from algoroom.api.interview import problems as interview
from algoroom.api.tags import EVENTS, INTERVIEW


class Health(BaseModel):
    """It is there."""

    status: Literal["healthy"] = "healthy"


router = APIRouter()


@router.head("/health", include_in_schema=False)
@router.head("/api/health", include_in_schema=False)
@router.get("/health", tags=[INTERVIEW, EVENTS], responses=events.documented())
@router.get("/api/health", tags=[INTERVIEW], responses=interview.documented())
async def health() -> Health:
    """Answers as long as the server does."""
    return Health()
