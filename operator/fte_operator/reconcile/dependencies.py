"""Everything a DigitalFTE's spec refers to: read, checked, and turned into `References`."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel, parse_support_channel
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CONFIG_MAP, SECRET, SUPPORT_CHANNEL, Object
from fte_operator.desired import metadata
from fte_operator.desired.digital_fte import RUNTIME_KEYS
from fte_operator.desired.references import References
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile.children import Children
from fte_operator.reconcile.revisions import showable
from fte_operator.status.observed import Problem

_KEY = "management-token"
_DIGEST_DIGITS = 16
_HINT = f"; label it {metadata.WATCH}=true to have changes noticed at once"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What was found, and what is missing; `references` is None while nothing can be built without the missing.

    A channel that is missing does not silence the others.
    """

    references: References | None
    problems: tuple[Problem, ...]


async def read(cluster: Cluster, fte: DigitalFTE, children: Children, runtime: Object, image: str) -> Dependencies:
    """Read Secrets, ConfigMaps and channels by name; `runtime` is the generated Secret as it is in the cluster."""
    problems = _damages(runtime)
    generated = runtime.get("data") or {}
    key = base64.b64decode(generated.get(_KEY, ""))
    digests = {runtime["metadata"]["name"]: digest(key, generated)}
    digests |= await _database(cluster, fte, key, problems)
    knowledge = {
        source.name: await _documents(cluster, fte, source.config_map_ref.name, problems)
        for source in fte.spec.knowledge.sources
    }
    silent: list[Problem] = []
    seen = [await _channel(cluster, fte, binding.channel_ref, silent) for binding in fte.spec.channels]
    channels = tuple(channel for channel in seen if channel is not None)
    if problems or (silent and not channels):
        return Dependencies(None, (*problems, *silent))
    references = References(
        image=image,
        channels=channels,
        secret_digests=digests,
        knowledge=knowledge,
        revisions=showable(fte, children),
    )
    return Dependencies(references, tuple(silent))


def digest(key: bytes, data: Mapping[str, str]) -> str:
    """HMAC-SHA256 over a Secret's entries, shortened: changes with them and tells nothing about them.

    `key` is the employee's own generated management token: stable for as long as the employee lives, and unknown
    to everybody who may read pod templates but not Secrets, so that a weak password cannot be guessed from it.
    """
    content = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()[:_DIGEST_DIGITS]


def _damages(runtime: Object) -> list[Problem]:
    """What is missing in the generated Secret, which is never written twice."""
    name, data = runtime["metadata"]["name"], runtime.get("data") or {}
    remedy = "delete the Secret, it is made anew"
    return [
        Problem("SecretKeyMissing", f"Secret {name} has no key {key}: {remedy}", stalled=True)
        for key in RUNTIME_KEYS
        if key not in data
    ]


async def _database(cluster: Cluster, fte: DigitalFTE, key: bytes, problems: list[Problem]) -> dict[str, str]:
    reference = fte.spec.database.url_secret_ref
    secret = await cluster.get(SECRET, fte.namespace, reference.name)
    where = "spec.database.urlSecretRef"
    if secret is None:
        message = f"Secret {reference.name} ({where}) does not exist: create it{_HINT}"
        problems.append(Problem("SecretNotFound", message))
        return {}
    value = (secret.get("data") or {}).get(reference.key)
    if not value:
        hint = "" if secret["metadata"].get("labels", {}).get(metadata.WATCH) == "true" else _HINT
        message = f"Secret {reference.name} ({where}) has no key {reference.key}: add it{hint}"
        problems.append(Problem("SecretKeyMissing", message))
        return {}
    return {reference.name: digest(key, {reference.key: value})}


async def _documents(cluster: Cluster, fte: DigitalFTE, name: str, problems: list[Problem]) -> dict[str, bytes]:
    config_map = await cluster.get(CONFIG_MAP, fte.namespace, name)
    if config_map is None:
        message = f"ConfigMap {name} (spec.knowledge.sources) does not exist: create it{_HINT}"
        problems.append(Problem("ConfigMapNotFound", message))
        return {}
    texts = {file: text.encode() for file, text in (config_map.get("data") or {}).items()}
    return texts | {file: base64.b64decode(raw) for file, raw in (config_map.get("binaryData") or {}).items()}


async def _channel(cluster: Cluster, fte: DigitalFTE, name: str, problems: list[Problem]) -> SupportChannel | None:
    raw = await cluster.get(SUPPORT_CHANNEL, fte.namespace, name)
    if raw is None:
        message = f"SupportChannel {name} (spec.channels) does not exist: create it or take it off the list"
        problems.append(Problem("ChannelNotFound", message))
        return None
    try:
        return parse_support_channel(raw)
    except InvalidSpec as error:
        problems.append(Problem("ChannelNotReady", f"SupportChannel {name} (spec.channels) is not accepted: {error}"))
        return None
