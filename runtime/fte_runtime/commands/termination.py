"""How a job tells how it ended: one JSON object where Kubernetes picks it up."""

import json
import logging
from pathlib import Path

logger = logging.getLogger(__name__)

_LIMIT = 2000  # Kubernetes keeps 4096 bytes


def failed(path: Path, reason: str, message: str) -> int:
    """Log the failure, write ``{"reason", "message"}`` to ``path``, return the exit status."""
    logger.error("job failed", extra={"reason": reason, "error": message})
    _told(path, reason, message)
    return 1


def succeeded(path: Path, reason: str, message: str) -> int:
    """Write ``{"reason", "message"}`` of a success to ``path``, return the exit status."""
    logger.info("job done", extra={"reason": reason, "outcome": message})
    _told(path, reason, message)
    return 0


def _told(path: Path, reason: str, message: str) -> None:
    try:
        path.write_text(json.dumps({"reason": reason, "message": message[:_LIMIT]}), encoding="utf-8")
    except OSError as error:
        logger.warning("termination message not written", extra={"error": str(error)})
