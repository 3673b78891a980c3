"""JSON log lines on standard error: one object a line, no message bodies, no addresses of people.

Callers log ids and codes, never content. What third parties put into an error's text is the risk
left, so every line is also searched for e-mail addresses and masked.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType

from fte_runtime.failures import account

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
# Possessive, and begun only where an address can begin: linear in the text, whatever it holds.
_EMAIL = re.compile(r"(?:(?<![\w.+%-])|(?<=%40))(?:[\w.+-]|%(?!40))++(?:@|%40|\\u0040)[\w-]++(?:\.[\w-]++)++")
_MAX_CHARS = 20_000
_LONGEST_ADDRESS = 320


def redact(text: str) -> str:
    """``text`` with every e-mail address masked, cut after about 20,000 characters and never inside one."""
    if len(text) <= _MAX_CHARS:
        return _EMAIL.sub("[email]", text)
    return _EMAIL.sub("[email]", text[:_MAX_CHARS])[:-_LONGEST_ADDRESS] + "…"


class JsonFormatter(logging.Formatter):
    """A record as one JSON line: time, level, logger, message, then what ``extra`` held."""

    def formatException(  # noqa: N802 - the base class's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Where an exception arose and of what types it is: the words of others quote customers."""
        return account(ei[1]) if ei[1] else ""

    def format(self, record: logging.LogRecord) -> str:
        """One line; values that are no JSON are shown as text."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(_clean(line))  # in ASCII: some readers end a line at U+0085 or U+2028


def _clean(value: object) -> object:
    """Every text in ``value`` redacted before it is JSON, whose escapes hide where an address begins."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return redact(str(value))


def configure(level: str) -> None:
    """Send every logger of this process to standard error as JSON, at ``level`` and above."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # its connection warnings repeat without end in an outage
    logging.captureWarnings(True)
