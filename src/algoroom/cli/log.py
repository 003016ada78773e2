"""Where the log goes and how its lines look."""

import logging.config
import re

LINE = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"

# What strangers can cause as often as they like, and is answered.
CAUSED_BY_CLIENTS = frozenset(
    {
        "Invalid UTF-8 sequence received from client.",
        "Invalid HTTP request received.",
        "Unsupported upgrade request.",
    }
)
# Control characters move a terminal's cursor and begin lines; others turn what is beside them.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN_IN_TRACE = re.compile(_UNSEEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


class OneLine(logging.Formatter):
    """Writes each record as one line, and of a traceback each line indented: whatever text of a
    client is in it begins no line and does nothing to a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        # Others may have formatted the record before, in their own way.
        record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return _UNSEEN.sub(_escaped, super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802
        return _indented(super().formatException(ei))  # type: ignore[arg-type]

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    return "    " + _UNSEEN_IN_TRACE.sub(_escaped, text).replace("\n", "\n    ")


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _is_ours(record: logging.LogRecord) -> bool:
    return record.getMessage() not in CAUSED_BY_CLIENTS


def log_to_stderr(level: str) -> None:
    """Send the lines of at least this severity to standard error.

    The server beneath says little that its start screen does not, so it is heard from `warning` on,
    and from `info` at `debug`: below that it writes the headers of clients, secrets among them.
    """
    beneath = "INFO" if level == "debug" else "WARNING"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": lambda: OneLine(LINE)}},
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
