"""The contract with the image: paths, port and times that documents and pods must agree on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, metadata

CONFIG: Final = "/etc/fte"
DATABASE_SECRET: Final = "/run/fte/secrets/database"  # noqa: S105 - a path
DATABASE_FILE: Final = "url"
CHANNEL_SECRETS: Final = "/run/fte/secrets/channels"
RUNTIME_SECRETS: Final = "/run/fte/secrets/runtime"
KNOWLEDGE: Final = "/run/fte/knowledge"
TERMINATION_LOG: Final = "/dev/termination-log"
PORT: Final = 8080
WORKER_SHUTDOWN_SECONDS: Final = 20
WORKER_GRACE_SECONDS: Final = 30

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


def channel_folder(name: str) -> str:
    """Where the Secrets of channel `name` are, a file each."""
    return f"{CHANNEL_SECRETS}/{name}"


def temporary() -> Mount:
    """The only folder a process may write to."""
    return Mount("tmp", "/tmp", {"emptyDir": {"sizeLimit": "64Mi"}}, read_only=False)  # noqa: S108 - a volume


def config(*names: str) -> Mount:
    """The documents of ConfigMaps `names`, together in one folder."""
    return Mount("config", CONFIG, {"projected": {"sources": [{"configMap": {"name": name}} for name in names]}})


def database(fte: DigitalFTE) -> Mount:
    """The database's URL as a file."""
    ref = fte.spec.database.url_secret_ref
    items = [{"key": ref.key, "path": DATABASE_FILE}]
    source = {"secretName": ref.name, "defaultMode": _OWNER_READS, "items": items}
    return Mount("database", DATABASE_SECRET, {"secret": source})


def runtime(fte: DigitalFTE) -> Mount:
    """The generated keys, a file each."""
    name = metadata.derived_name(fte, metadata.RUNTIME)
    return Mount("runtime", RUNTIME_SECRETS, {"secret": {"secretName": name, "defaultMode": _OWNER_READS}})


def knowledge(fte: DigitalFTE) -> Sequence[Mount]:
    """Every source's documents in a folder of its own."""
    return [
        Mount(
            f"source-{source.name}", f"{KNOWLEDGE}/{source.name}", {"configMap": {"name": source.config_map_ref.name}}
        )
        for source in fte.spec.knowledge.sources
    ]
