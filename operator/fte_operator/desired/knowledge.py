"""Knowledge as the operator sees it: bytes by name, and the name of a snapshot, the hash of everything in it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fte_operator.desired.references import KnowledgeContent


def content_of(config_map: Mapping[str, Any]) -> dict[str, bytes]:
    """The documents in a ConfigMap, as a pod finds them in its mounted folder."""
    text = {name: value.encode() for name, value in (config_map.get("data") or {}).items()}
    binary = {name: base64.b64decode(value) for name, value in (config_map.get("binaryData") or {}).items()}
    return text | binary


def snapshot_of(sources: KnowledgeContent) -> str:
    """SHA-256, as 64 hex digits, over the sorted ``[source, file, sha256 of the file]`` of every file.

    The knowledge program computes the same over what it finds mounted, and refuses to ingest anything else.
    """
    files = sorted(
        [source, name, hashlib.sha256(content).hexdigest()]
        for source, contents in sources.items()
        for name, content in contents.items()
    )
    text = json.dumps(files, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
