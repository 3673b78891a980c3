"""What a pod mounts, as folders of this machine, and its document moved to them."""

import base64
import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml
from data_plane import ROOT
from ports import free_port

from fte_operator.cluster.client import ApiServer
from fte_operator.cluster.kinds import CONFIG_MAP, SECRET, Object

MOVED = ("/etc/fte", "/run/fte", "/dev/termination-log")


async def mounted(cluster: ApiServer, pod: Object, folder: Path) -> bool:
    """Every volume as a folder; False while something it needs is not there."""
    shutil.rmtree(folder, ignore_errors=True)
    paths = {mount["name"]: mount["mountPath"] for mount in pod["spec"]["containers"][0]["volumeMounts"]}
    for volume in pod["spec"]["volumes"]:
        place = folder / paths[volume["name"]].removeprefix("/")
        place.mkdir(parents=True, exist_ok=True)
        for source in volume.get("projected", {}).get("sources", [volume]):
            files = await _files(cluster, pod["metadata"]["namespace"], source)
            if files is None:
                return False
            for name, content in files.items():
                (place / name).write_bytes(content)
    return True


async def _files(cluster: ApiServer, namespace: str, source: Object) -> dict[str, bytes] | None:
    kind, chosen = (CONFIG_MAP, source["configMap"]) if "configMap" in source else (SECRET, source.get("secret"))
    if chosen is None:
        return {}
    live = await cluster.get(kind, namespace, chosen.get("name") or chosen["secretName"]) or {}
    texts = {} if kind is SECRET else {key: text.encode() for key, text in (live.get("data") or {}).items()}
    encoded = (live.get("data") if kind is SECRET else live.get("binaryData")) or {}
    data = texts | {key: base64.b64decode(value) for key, value in encoded.items()}
    named = {item["key"]: item["path"] for item in chosen.get("items", [{"key": key, "path": key} for key in data])}
    if not (live and named.keys() <= data.keys()) and not chosen.get("optional"):
        return None
    return {path: data[key] for key, path in named.items() if key in data}


def moved(folder: Path, component: str, serving: Sequence[str]) -> dict[str, int]:
    """The document's paths below the folder, and for those of the ``serving`` that it has ports that are free."""
    path = folder / "etc/fte/config.yaml"
    text = path.read_text()
    for place in MOVED:
        text = text.replace(place, f"{folder}{place}")
    (folder / "dev").mkdir(exist_ok=True)
    document = yaml.safe_load(text)
    ports = {name: free_port() for name in serving if name in document}
    if component == "message-processor":
        document["escalation_rules"] = str(ROOT / "context" / "escalation-rules.md")
    path.write_text(yaml.safe_dump(document | ports))
    return ports
