"""Which languages there are, on the wire."""

from functools import cache
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from algoroom.api.camel import CamelModel
from algoroom.api.dependencies import OfNode
from algoroom.api.interview.problems import documented
from algoroom.api.tags import INTERVIEW
from algoroom.runs.languages.catalogue import Catalogue


@cache
def declared_languages() -> tuple[str, ...]:
    """The names of every language that this version knows, whether it can be run here or not."""
    return Catalogue().names


def _is_declared(name: str) -> str:
    known = declared_languages()
    if name not in known:
        raise PydanticCustomError(
            "unknown_language",
            "There is no such language; use one of {known}",
            {"known": ", ".join(known)},
        )
    return name


LanguageName = Annotated[
    str,
    StringConstraints(strict=True),
    AfterValidator(_is_declared),
    WithJsonSchema({"type": "string", "enum": list(declared_languages())}),
]
"""The name of a language, as `GET /api/languages` lists them."""


class Language(CamelModel):
    """A language that runs here. `version` is that of its toolchain, `fileName` what a program is
    called, `template` a short one to begin with."""

    name: str
    display_name: str
    version: str
    file_name: str
    template: str


class Languages(BaseModel):
    """Every language that runs here."""

    languages: list[Language]


router = APIRouter(prefix="/api/languages", tags=[INTERVIEW])


@router.get("", responses=documented())
async def get_languages(node: OfNode) -> Languages:
    """The languages whose programs run on this server."""
    await node.engine.languages.settled()
    return Languages(
        languages=[
            Language(
                name=language.name,
                display_name=language.display_name,
                version=language.version or "",
                file_name=language.declaration.file,
                template=language.template,
            )
            for language in node.engine.languages
            if language.available
        ]
    )
