"""Settings to parts, for whoever needs the same part: a server's node and the command line."""

import contextlib

from algoroom.errors import SandboxUnavailable
from algoroom.runs.admission import OfEachParty
from algoroom.runs.engine import Engine
from algoroom.runs.limits import Ceilings
from algoroom.runs.model import Limits
from algoroom.settings import Settings

LANGUAGES_FILE = "languages.json"


def engine_from(settings: Settings) -> Engine:
    """What runs programs, not started. Makes the data directory where it may."""
    # The engine keeps only there what it would find out again.
    with contextlib.suppress(OSError):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Engine(
        at_once=settings.runs_at_once,
        waiting=settings.runs_waiting,
        each=OfEachParty(settings.runs_at_once_each, settings.runs_waiting_each),
        typed_at_once=settings.runs_interactive_at_once,
        starters_memory_bytes=settings.starters_memory_bytes,
        compile_s=settings.compile_seconds,
        compile_memory_bytes=settings.compile_memory_bytes,
        build_cache_bytes=settings.build_cache_bytes,
        cache_folder=settings.cache_dir / "prepared",
        state_file=settings.data_dir / LANGUAGES_FILE,
        hidden=(settings.data_dir,),
    )


def ceilings_from(settings: Settings) -> Ceilings:
    """What no run may exceed."""
    most = Limits(
        cpu_s=settings.run_cpu_seconds,
        wall_s=settings.run_wall_seconds,
        memory_bytes=settings.run_memory_bytes,
        processes=settings.run_processes,
        output_bytes=settings.run_output_bytes,
        file_bytes=settings.run_file_bytes,
        open_files=settings.run_open_files,
    )
    return Ceilings(most, settings.interactive_seconds)


def too_weak(settings: Settings, engine: Engine) -> str | None:
    """Why a server with these settings must not start, or None where it may.

    `engine` is started. Where there is no sandbox at all no program runs, which is safe.
    """
    if settings.loopback or settings.weak_sandbox == "allow":
        return None
    try:
        strength = engine.strength
    except SandboxUnavailable:
        return None
    if strength.enough_for_strangers:
        return None
    return f"others can reach {settings.host}, and programs are held weakly: {strength.explanation}"
