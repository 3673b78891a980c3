"""Knowledge as the operator sees it: bytes by name, and the name of a snapshot, the hash of everything in it."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fte_operator.api.knowledge import PersistentVolumeClaimRef


def content_of(config_map: Mapping[str, Any]) -> dict[str, bytes]:
    """The documents in a ConfigMap, as a pod finds them in its mounted folder."""
    text = {name: value.encode() for name, value in (config_map.get("data") or {}).items()}
    binary = {name: base64.b64decode(value) for name, value in (config_map.get("binaryData") or {}).items()}
    return text | binary


def source_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256, as 64 hex digits, over the sorted ``[file, sha256 of the file]`` of one source; empty without files.

    A JSON file's row also says how it is read: an earlier release read it as Markdown.
    """
    rows = sorted(_row(name, content) for name, content in files.items())
    return _digest(rows) if rows else ""


def _row(name: str, content: bytes) -> list[str]:
    row = [name, hashlib.sha256(content).hexdigest()]
    return [*row, "sections"] if name.lower().endswith(".json") else row


def volume_digest(claim: PersistentVolumeClaimRef) -> str:
    """The digest of a source on a volume, by where it is and the version that a person gives: nobody reads it here."""
    return _digest([["persistentVolumeClaim", claim.name, claim.path or "", claim.version or ""]])


def snapshot_of(sources: Mapping[str, str]) -> str:
    """SHA-256, as 64 hex digits, over the sorted ``[source, digest of the source]`` of every source with files.

    The knowledge program computes the same over what it finds mounted, and refuses to ingest anything else; of a
    source on a volume it is given the digest.
    """
    return _digest(sorted([source, digest] for source, digest in sources.items() if digest))


def _digest(rows: Sequence[Sequence[str]]) -> str:
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
