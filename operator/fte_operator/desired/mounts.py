"""Volumes and the folders they appear as, at the paths of `image_contract`."""

from collections.abc import Sequence
from dataclasses import dataclass

from fte_operator.api.knowledge import KnowledgeSource
from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, image_contract, metadata
from fte_operator.desired.references import DATABASE, EMBEDDING, KAFKA, MANAGEMENT, MODEL
from fte_operator.desired.secret_refs import SecretUse

_OWNER_READS = 0o400


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume and the folder it appears as; `source` is the volume without its name."""

    name: str
    path: str
    source: Object
    read_only: bool = True

    @property
    def volume(self) -> Object:
        """As it stands in a pod."""
        return {"name": self.name, **self.source}

    @property
    def volume_mount(self) -> Object:
        """As it stands in a container."""
        mount = {"name": self.name, "mountPath": self.path}
        return mount | {"readOnly": True} if self.read_only else mount


def temporary() -> Mount:
    """The only folder a process may write to."""
    return Mount("tmp", "/tmp", {"emptyDir": {"sizeLimit": "64Mi"}}, read_only=False)  # noqa: S108 - a volume


def config(*names: str) -> Mount:
    """The documents of ConfigMaps `names`, together in one folder."""
    return Mount(
        "config", image_contract.CONFIG, {"projected": {"sources": [{"configMap": {"name": name}} for name in names]}}
    )


def database(uses: Sequence[SecretUse]) -> Mount:
    """The database's URL as a file, and the CA of its server if one is given."""
    return _secrets(DATABASE, image_contract.DATABASE_SECRET, [use for use in uses if use.group == DATABASE])


def kafka(uses: Sequence[SecretUse]) -> Sequence[Mount]:
    """The files that the brokers are reached with; no folder if it takes none."""
    found = [use for use in uses if use.group == KAFKA]
    return [_secrets(KAFKA, image_contract.KAFKA_SECRETS, found)] if found else []


def model(uses: Sequence[SecretUse]) -> Sequence[Mount]:
    """The key of a hosted model; no folder for one without."""
    found = [use for use in uses if use.group == MODEL]
    return [_secrets(MODEL, image_contract.MODEL_SECRETS, found)] if found else []


def embedding(uses: Sequence[SecretUse]) -> Sequence[Mount]:
    """The key of a hosted embedder; no folder for one without."""
    found = [use for use in uses if use.group == EMBEDDING]
    return [_secrets(EMBEDDING, image_contract.EMBEDDING_SECRETS, found)] if found else []


def management(uses: Sequence[SecretUse]) -> Sequence[Mount]:
    """The management API's tokens, a file for each role; no folder where there is no such API."""
    found = [use for use in uses if use.group == MANAGEMENT]
    return [_secrets(MANAGEMENT, image_contract.MANAGEMENT_SECRETS, found)] if found else []


def channels(uses: Sequence[SecretUse], *groups: str) -> Sequence[Mount]:
    """The Secrets of `groups` of every channel, a folder each; an optional key is a file once it is there."""
    found: dict[str, list[SecretUse]] = {}
    for use in uses:
        if use.channel is not None and use.group in groups:
            found.setdefault(use.channel, []).append(use)
    return [_secrets(f"channel-{name}", image_contract.channel_folder(name), each) for name, each in found.items()]


def runtime(fte: DigitalFTE) -> Mount:
    """The generated keys, a file each."""
    name = metadata.derived_name(fte, metadata.RUNTIME)
    return Mount(
        "runtime", image_contract.RUNTIME_SECRETS, {"secret": {"secretName": name, "defaultMode": _OWNER_READS}}
    )


def knowledge(fte: DigitalFTE) -> Sequence[Mount]:
    """Every source's documents in a folder of its own."""
    return [
        Mount(
            f"source-{source.name}",
            f"{image_contract.KNOWLEDGE}/{source.name}",
            _source(source),
        )
        for source in fte.spec.knowledge.sources
    ]


def _source(source: KnowledgeSource) -> Object:
    if (claim := source.persistent_volume_claim_ref) is not None:
        return {"persistentVolumeClaim": {"claimName": claim.name, "readOnly": True}}
    return {"configMap": {"name": source.config_map_ref.name}} if source.config_map_ref else {}


def _secrets(name: str, folder: str, uses: Sequence[SecretUse]) -> Mount:
    sources = [{"secret": _projection(use)} for use in uses]
    return Mount(name, folder, {"projected": {"defaultMode": _OWNER_READS, "sources": sources}})


def _projection(use: SecretUse) -> Object:
    projection = {"name": use.secret, "items": [{"key": use.key, "path": use.file}]}
    return projection | {"optional": True} if use.optional else projection
