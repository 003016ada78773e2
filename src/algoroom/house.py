"""What goes on for ever beside everything else, and must not end because it failed once."""

import logging
from collections.abc import Awaitable, Callable

from algoroom.errors import AlgoroomError

logger = logging.getLogger(__name__)


async def attempt(what: str, step: Callable[[], Awaitable[object]]) -> None:
    """One step of something that is repeated. Where it fails, the log says `what` did and why; the
    next time may go better."""
    try:
        await step()
    except AlgoroomError as error:
        logger.error("%s failed: %s", what, error)
    except Exception:  # nobody else would hear of it: the task would end, and its work with it
        logger.exception("%s failed", what)
