"""Everything a DigitalFTE's spec refers to: read, checked, and turned into `References`."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fte_operator.api.knowledge import KnowledgeSource
from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel, parse_support_channel
from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CONFIG_MAP, SUPPORT_CHANNEL, Object
from fte_operator.desired.digital_fte import DIGEST_KEY, RUNTIME_KEYS
from fte_operator.desired.knowledge import content_of, source_digest, volume_digest
from fte_operator.desired.references import (
    CHANNELS,
    DATABASE,
    EMBEDDING,
    KAFKA,
    MANAGEMENT,
    MODEL,
    RUNTIME,
    WORKER_CHANNELS,
    References,
)
from fte_operator.desired.secret_refs import SecretUse, channel_secrets, secret_refs
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile import conflicts, database_url, secret_values
from fte_operator.reconcile.children import Children
from fte_operator.reconcile.kafka_access import kafka_access
from fte_operator.reconcile.mounted import running_channels
from fte_operator.reconcile.revisions import runnable_revisions
from fte_operator.reconcile.secret_values import HINT, SecretValues, digest, is_watched
from fte_operator.status.observed import Problem
from fte_transport.access import KafkaAccess

_EARLIER_DIGEST_KEY = "management-token"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What was found, and what is missing; `references` is None while nothing can be built without the missing.

    `kafka` is known with `references`, and is no part of them: nothing that is built may hold it. `late_knowledge` and
    `late_secrets` name ConfigMaps and Secrets without the label that has changes noticed at once.

    A channel that is missing or not accepted, or whose Secret is missing, does not silence the others: it is left out.
    One that pods already serve is not taken from them because its Secret became unreadable: nothing is rolled out until
    that is mended.
    """

    references: References | None
    problems: tuple[Problem, ...]
    kafka: KafkaAccess | None = None
    late_knowledge: tuple[str, ...] = ()
    late_secrets: tuple[str, ...] = ()


async def read(
    cluster: Cluster,
    fte: DigitalFTE,
    children: Children,
    runtime: Object,
    image: str,
    *,
    namespaces: Sequence[str],
    home: str,
) -> Dependencies:
    """Read Secrets, ConfigMaps and channels by name; `runtime` is the generated Secret as it is in the cluster.

    `namespaces` are those watched, for `conflicts`; `home` is the operator's own.
    """
    silent: list[Problem] = []
    seen = [await _channel(cluster, fte, binding.channel_ref, namespaces, silent) for binding in fte.spec.channels]
    bound = [channel for channel in seen if channel is not None]
    secrets = await secret_values.read(cluster, fte.namespace, secret_refs(fte, bound))
    problems = [*_damages(runtime), *secrets.problems(secret_refs(fte, ()))]
    ports = database_url.ports(secrets, secret_refs(fte, ())[0], problems)
    late: list[str] = []
    knowledge = {
        source.name: await _source(cluster, fte, source, problems, late) for source in fte.spec.knowledge.sources
    }
    channels = tuple(channel for channel in bound if not secrets.problems(channel_secrets(channel)))
    silent += [problem for channel in bound for problem in secrets.problems(channel_secrets(channel))]
    running = running_channels(fte, children)
    unreadable = {channel.name for channel in bound} - {channel.name for channel in channels}
    nothing_yet = running is None and silent and not channels
    if problems or nothing_yet or unreadable & set(running or ()):
        return Dependencies(None, (*problems, *silent))
    references = References(
        image=image,
        channels=channels,
        digests=_digests(runtime.get("data") or {}, secrets, secret_refs(fte, channels)),
        knowledge=knowledge,
        database_ports=ports,
        operator_namespace=home,
        revisions=runnable_revisions(fte, children),
    )
    return Dependencies(
        references,
        tuple(silent),
        kafka_access(fte, secrets),
        late_knowledge=tuple(dict.fromkeys(late)),
        late_secrets=secrets.unwatched(),
    )


def _digests(generated: Mapping[str, str], secrets: SecretValues, uses: Iterable[SecretUse]) -> dict[str, str]:
    """Digests by what is mounted: the generated Secret, the database's, Kafka's, the hosted models', management's, the
    channels'."""
    key = base64.b64decode(_digest_key(generated) or "")
    values = {use: value for use in uses if (value := secrets.value(use)) is not None}
    found = {RUNTIME: digest(key, generated)}
    for group in (DATABASE, KAFKA, MODEL, EMBEDDING, MANAGEMENT, CHANNELS, WORKER_CHANNELS):
        mounted = {f"{use.channel or ''}/{use.file}": value for use, value in values.items() if use.group == group}
        found |= {group: digest(key, mounted)} if mounted else {}
    return found


def _digest_key(generated: Mapping[str, str]) -> str | None:
    """The key of the digests; a Secret of an earlier release has it under another name, and the same digests."""
    return generated.get(DIGEST_KEY) or generated.get(_EARLIER_DIGEST_KEY)


def _damages(runtime: Object) -> list[Problem]:
    """What is missing in the generated Secret, which is never written twice."""
    name, data = runtime["metadata"]["name"], runtime.get("data") or {}
    remedy = "delete the Secret, it is made anew"
    return [
        Problem("SecretKeyMissing", f"Secret {name} has no key {key}: {remedy}", stalled=True)
        for key in RUNTIME_KEYS
        if key not in data and not (key == DIGEST_KEY and _digest_key(data))
    ]


async def _source(
    cluster: Cluster, fte: DigitalFTE, source: KnowledgeSource, problems: list[Problem], late: list[str]
) -> str:
    """The digest of a source; of one on a volume it is what the spec says."""
    if source.config_map_ref is not None:
        return await _documents(cluster, fte, source.config_map_ref.name, problems, late)
    return volume_digest(source.persistent_volume_claim_ref) if source.persistent_volume_claim_ref else ""


async def _documents(cluster: Cluster, fte: DigitalFTE, name: str, problems: list[Problem], late: list[str]) -> str:
    """The digest of what a ConfigMap holds, which is kept no longer: sixteen of them may be large."""
    read = Allowance(f"ConfigMap {name} (spec.knowledge.sources)", "put its texts into fewer, larger files")
    config_map = await cluster.get(CONFIG_MAP, fte.namespace, name, within=read)
    if config_map is None:
        message = f"ConfigMap {name} (spec.knowledge.sources) does not exist: create it"
        problems.append(Problem("ConfigMapNotFound", message, hint=HINT))
        return ""
    if not is_watched(config_map):
        late.append(name)
    return source_digest(content_of(config_map))


async def _channel(
    cluster: Cluster, fte: DigitalFTE, name: str, namespaces: Sequence[str], problems: list[Problem]
) -> SupportChannel | None:
    raw = await cluster.get(SUPPORT_CHANNEL, fte.namespace, name)
    if raw is None:
        message = f"SupportChannel {name} (spec.channels) does not exist: create it or take it off the list"
        problems.append(Problem("ChannelNotFound", message))
        return None
    refused = f"SupportChannel {name} (spec.channels) is not accepted"
    try:
        channel = parse_support_channel(raw)
    except InvalidSpec as error:
        problems.append(Problem("ChannelNotReady", f"{refused}: {error}"))
        return None
    if taken := await conflicts.sender_taken(cluster, channel, namespaces):
        problems.append(Problem(taken.reason, f"{refused}: {taken.message}", taken.stalled))
        return None
    if taken := await conflicts.channel_taken(cluster, channel, fte):
        problems.append(taken)
        return None
    return channel
