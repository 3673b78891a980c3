"""Manifests in files, standing in for the API server: objects by kind, namespace and name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from fte_operator.api.base import Resource
from fte_operator.api.knowledge import KnowledgeSource
from fte_operator.api.v1alpha1 import DigitalFTE, parse_digital_fte, parse_support_channel
from fte_operator.desired import Object
from fte_operator.desired.knowledge import content_of, source_digest, volume_digest
from fte_operator.desired.references import References
from fte_operator.errors import InvalidSpec, OperatorError

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_Key = tuple[str, str, str]
_Parsed = TypeVar("_Parsed", bound=Resource)


class ManifestError(OperatorError):
    """A file or an object in it cannot be used; the message names it, and what is missing or wrong."""

    retryable = False
    reason = "InvalidManifest"


class Manifests:
    """Every object of some files and folders (not of their subfolders)."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._where = ", ".join(map(str, paths))
        self._objects = {_key(raw): raw for path in _files(paths) for raw in _objects(path)}

    def digital_ftes(self) -> list[DigitalFTE]:
        """Every DigitalFTE, in the order of the files.

        Raises:
            ManifestError: one is invalid, or there is none.
        """
        found = [raw for (kind, _, _), raw in self._objects.items() if kind == "DigitalFTE"]
        if not found:
            raise ManifestError(f"no DigitalFTE in {self._where}")
        return [_parsed(parse_digital_fte, raw) for raw in found]

    def references(self, fte: DigitalFTE, image: str) -> References:
        """What `fte` refers to.

        Raises:
            ManifestError: something it refers to is missing or invalid.
        """
        bound = [self._find(fte, "SupportChannel", binding.channel_ref) for binding in fte.spec.channels]
        return References(
            image=image,
            channels=tuple(_parsed(parse_support_channel, raw) for raw in bound),
            knowledge={source.name: self._digest(fte, source) for source in fte.spec.knowledge.sources},
        )

    def _digest(self, fte: DigitalFTE, source: KnowledgeSource) -> str:
        if source.config_map_ref is not None:
            return source_digest(content_of(self._find(fte, "ConfigMap", source.config_map_ref.name)))
        return volume_digest(source.persistent_volume_claim_ref) if source.persistent_volume_claim_ref else ""

    def _find(self, fte: DigitalFTE, kind: str, name: str) -> Object:
        found = self._objects.get((kind, fte.namespace, name))
        if found is None:
            raise ManifestError(
                f"DigitalFTE {fte.key} refers to {kind} {name}, which is not in {self._where}: add its file"
            )
        return found


def _parsed(parse: Callable[..., _Parsed], raw: Object) -> _Parsed:
    try:
        return parse(raw, strict=True)
    except InvalidSpec as error:
        kind, namespace, name = _key(raw)
        raise ManifestError(f"{kind} {namespace}/{name}: {error}") from error


def _key(raw: Mapping[str, Any]) -> _Key:
    metadata = raw["metadata"]
    return raw["kind"], metadata.get("namespace", "default"), metadata["name"]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
        else:
            yield path


def _objects(path: Path) -> Iterator[Object]:
    """The objects in a file, those inside a List too."""
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ManifestError(f"{path}: cannot be read: {error}") from error
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "List":
            documents.extend(document.get("items") or ())
        elif document is not None:
            yield _checked(path, document)


def _checked(path: Path, document: Any) -> Object:
    match document:
        case {"apiVersion": str(), "kind": str(), "metadata": {"name": str()}}:
            return dict(document)
        case _:
            raise ManifestError(f"{path}: every document needs apiVersion, kind and metadata.name")
