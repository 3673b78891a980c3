"""One log line for every object that the operator makes, changes or deletes."""

import logging
from collections.abc import Mapping
from typing import Any

_log = logging.getLogger(__name__)


def wrote(what: str, obj: Mapping[str, Any]) -> None:
    """Log `what` happened to `obj`, and whose it is; nothing of its content."""
    metadata = obj["metadata"]
    owners = metadata.get("ownerReferences", ())
    owner = next((f"{each['kind']} {each['name']}" for each in owners if each.get("controller")), "nobody")
    _log.info("%s %s %s/%s of %s", what, obj["kind"], metadata["namespace"], metadata["name"], owner)
