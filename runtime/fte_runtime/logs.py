"""JSON log lines on standard error: one object a line, no message bodies, no addresses of people.

Callers log ids and codes, never content. What third parties put into an error's text is the risk
left, so every line is also searched for e-mail addresses and masked.
"""

import json
import logging
import re
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_EMAIL = re.compile(r"[\w.+%-]+(?:@|%40|\\u0040)[\w-]+(?:\.[\w-]+)+")


def redact(text: str) -> str:
    """``text`` with every e-mail address masked."""
    return _EMAIL.sub("[email]", text)


class JsonFormatter(logging.Formatter):
    """A record as one JSON line: time, level, logger, message, then what ``extra`` held."""

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
        return redact(json.dumps(line, ensure_ascii=False, default=str))


def configure(level: str) -> None:
    """Send every logger of this process to standard error as JSON, at ``level`` and above."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # its connection warnings repeat without end in an outage
    logging.captureWarnings(True)
