"""Whether the server is there."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from algoroom.api.tags import EVENTS, INTERVIEW


class Health(BaseModel):
    """It is there."""

    status: Literal["healthy"] = "healthy"


router = APIRouter()


@router.get("/health", tags=[INTERVIEW, EVENTS])
@router.get("/api/health", tags=[INTERVIEW])
async def health() -> Health:
    """Answers as long as the server does."""
    return Health()
