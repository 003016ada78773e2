"""One change to the database, not yet made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values for it.

    Whoever builds many of one kind shares the `sql` object among them: the writer sends neighbours
    that share it as one.
    """

    sql: Executable
    values: Mapping[str, Any] = field(default_factory=dict)
