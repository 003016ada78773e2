"""Where things lie on this machine when nobody says: the directories of the XDG specification."""

import os
from pathlib import Path

SHARED_CACHE = Path("/var/cache/algoroom")


def share() -> Path:
    """For what must last. Raises RuntimeError where the user has no home directory."""
    if named := os.environ.get("XDG_DATA_HOME"):
        return Path(named) / "algoroom"
    return Path.home() / ".local" / "share" / "algoroom"


def cache() -> Path:
    """For what can be made again. Root's home is closed to the users that compilers run as."""
    if os.geteuid() == 0:
        return SHARED_CACHE
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "algoroom"
    try:
        return Path.home() / ".cache" / "algoroom"
    except RuntimeError:
        return SHARED_CACHE
