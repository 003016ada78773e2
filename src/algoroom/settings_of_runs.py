"""The settings of runs: how many at once, what each may have, what is kept ready and afterwards."""

import os
from typing import Literal

from pydantic import AliasGenerator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from algoroom.runs.limits import HIGHEST

PREFIX = "ALGOROOM_"
MIB = 1024 * 1024


def _cores() -> int:
    return len(os.sched_getaffinity(0))


class RunSettings(BaseSettings):
    """What the environment says of runs."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=lambda name: PREFIX + name.upper()),
        case_sensitive=True,
        env_ignore_empty=True,
        populate_by_name=True,
        validate_default=True,
        frozen=True,
        extra="forbid",
    )

    runs_at_once: int = Field(
        default_factory=_cores,
        ge=1,
        description="Programs that run at the same time.",
        json_schema_extra={"default_in_words": "the number of processor cores"},
    )
    starters_memory_bytes: int = Field(
        default=300 * MIB,
        ge=0,
        description="Memory of everything that waits ready for the next runs: sandboxes, runtimes, "
        "a Java compiler. 0 starts every program cold.",
    )
    runs_at_once_each: int | None = Field(
        default=None,
        ge=1,
        description="Programs of one room, or of one client without a room, that run at the same "
        "time.",
        json_schema_extra={"default_in_words": "as many as run at all"},
    )
    runs_at_once_per_client: int = Field(
        default=60,
        ge=1,
        description="Programs of one client (a user, a key, an address) that run or wait at the "
        "same time, in all rooms together.",
    )
    runs_waiting: int = Field(
        default=64, ge=0, description="Programs that may wait for their turn; more are refused."
    )
    runs_waiting_each: int = Field(
        default=16,
        ge=0,
        description="Programs of one room, or of one client without a room, that may wait.",
    )
    runs_interactive_at_once: int = Field(
        default=8,
        ge=1,
        description="Programs that wait for somebody to type, at the same time and beside the "
        "others; one room, or one client, may have half of them.",
    )
    runs_grace_seconds: float = Field(
        default=5,
        ge=0,
        allow_inf_nan=False,
        description="Time that running programs have to end when the server stops. A second "
        "signal cuts it short.",
    )
    runs_kept: int = Field(
        default=1_000, ge=0, description="Runs that can be read by their ids after their end."
    )
    runs_kept_bytes: int = Field(
        default=64 * MIB, ge=0, description="Memory of all runs that are kept so, their output."
    )
    runs_kept_seconds: float = Field(
        default=900,
        ge=0,
        allow_inf_nan=False,
        description="Time for which a run is kept so. A session's runs are stored as well, and "
        "stay as long as it does.",
    )
    interactive_seconds: float = Field(
        default=300,
        gt=0,
        le=HIGHEST.wall_s,
        allow_inf_nan=False,
        description="Time on the clock of a run that somebody types to.",
    )
    run_cpu_seconds: float = Field(
        default=10,
        gt=0,
        le=HIGHEST.cpu_s,
        allow_inf_nan=False,
        description="The most processor time that a run may have, all its processes together.",
    )
    run_wall_seconds: float = Field(
        default=30,
        gt=0,
        le=HIGHEST.wall_s,
        allow_inf_nan=False,
        description="The most time on the clock of a run that nobody types to.",
    )
    run_memory_bytes: int = Field(
        default=512 * MIB,
        ge=16 * MIB,
        le=HIGHEST.memory_bytes,
        description="The most memory of a run.",
    )
    run_processes: int = Field(
        default=256,
        ge=1,
        le=HIGHEST.processes,
        description="The most processes and threads of a run.",
    )
    run_output_bytes: int = Field(
        default=MIB,
        ge=1_024,
        le=HIGHEST.output_bytes,
        description="The most output of a run, both streams together.",
    )
    run_file_bytes: int = Field(
        default=64 * MIB,
        ge=4_096,
        le=HIGHEST.file_bytes,
        description="The largest file that a run may write.",
    )
    run_open_files: int = Field(
        default=1_024,
        ge=16,
        le=HIGHEST.open_files,
        description="The most files that each process of a run may open.",
    )
    compile_seconds: float = Field(
        default=20,
        gt=0,
        allow_inf_nan=False,
        description="Processor time of a compilation, and its time on the clock.",
    )
    compile_memory_bytes: int = Field(
        default=1_024 * MIB, ge=64 * MIB, description="Memory of a compilation."
    )
    build_cache_bytes: int = Field(
        default=64 * MIB,
        ge=0,
        description="Memory for compiled programs: the same source is not compiled twice while it "
        "is kept. The one that nobody asked for the longest goes first; 0 keeps none.",
    )
    weak_sandbox: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="What a server that others can reach does where programs cannot be held by "
        "control groups, or not by the system call filter: `refuse` to start, or `allow` it.",
    )
