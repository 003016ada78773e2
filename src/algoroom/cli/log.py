"""Where the log goes and how its lines look."""

import logging.config

LINE = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"


# What strangers can cause as often as they like, and is answered with a close code.
CAUSED_BY_CLIENTS = "Invalid UTF-8 sequence received from client."


def _is_ours(record: logging.LogRecord) -> bool:
    return record.getMessage() != CAUSED_BY_CLIENTS


def log_to_stderr(level: str) -> None:
    """Send the lines of at least this severity to standard error.

    The server beneath says little that its start screen does not, so it is heard from `warning` on,
    and whole at `debug`.
    """
    beneath = "DEBUG" if level == "debug" else "WARNING"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"format": LINE}},
            "filters": {"ours": {"()": lambda: _is_ours}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "line",
                    "filters": ["ours"],
                }
            },
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "algoroom": {"level": level.upper()},
                "uvicorn": {"level": beneath},
            },
        }
    )
