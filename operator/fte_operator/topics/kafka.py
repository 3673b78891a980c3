"""The work on topics itself, on aiokafka's AdminClient: one connection, one `ensure`, within a deadline.

It reads what brokers send, and a tenant chooses the brokers: it runs only in the child process of `confined`. The
AdminClient's calls mostly do not raise: the error code is inside the response and is read here.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import BrokerResponseError, KafkaError, for_code
from aiokafka.protocol.metadata import MetadataRequest

from fte_operator.topics import owner
from fte_operator.topics.base import (
    AuthenticationFailed,
    Claim,
    HostNotFound,
    KafkaUnreachable,
    TLSFailed,
    TopicsError,
    Unauthorized,
    Wanted,
)
from fte_transport.access import KafkaAccess
from fte_transport.errors import AccessRefused
from fte_transport.kafka import refusal

_EXISTS = 36
_UNKNOWN_TOPIC = 3
_AUTHORIZATION = frozenset({29, 30, 31})  # topic, group, cluster authorization failed
_RETENTION = "retention.ms"
_FOR_EVER = {_RETENTION: "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
_REFUSALS = {each.reason: each for each in (TLSFailed, AuthenticationFailed, HostNotFound)}
_REASON_SECONDS = 1.0
"""To hear why it failed, for what failed at the last moment; `confined` waits that long as well."""


async def ensure(access: KafkaAccess, claim: Claim, wanted: Sequence[Wanted], deadline: float) -> Mapping[str, int]:
    """See `Topics`; `deadline` is in seconds. What is left of it is used to hear the reason of a failure."""
    servers, end = access.bootstrap_servers, asyncio.get_running_loop().time() + deadline
    try:
        async with asyncio.timeout(deadline):
            return await _connected(access.client_arguments(), claim, wanted, deadline)
    except AccessRefused as error:
        raise _refused(servers, error) from error
    except BrokerResponseError as error:
        raise _refusal(error.errno, "a change at", servers, str(error)) from error
    except (TimeoutError, KafkaError, OSError, ValueError) as error:
        left = end - asyncio.get_running_loop().time()
        if refused := await refusal(access, max(left, _REASON_SECONDS)):
            raise _refused(servers, refused) from error
        raise KafkaUnreachable(_words(servers, error)) from error


async def _connected(
    arguments: Mapping[str, Any], claim: Claim, wanted: Sequence[Wanted], deadline: float
) -> Mapping[str, int]:
    client = AIOKafkaAdminClient(**arguments, client_id="fte-operator", request_timeout_ms=int(deadline * 1000))
    await client.start()
    partitions = await _ensure(client, arguments, claim, wanted)
    await client.close()
    return partitions


async def _ensure(
    client: AIOKafkaAdminClient, arguments: Mapping[str, Any], claim: Claim, wanted: Sequence[Wanted]
) -> Mapping[str, int]:
    existing = await _partitions(client, [claim.topic, *(topic.name for topic in wanted)])
    if claim.topic in existing:  # made by whom, with what settings?
        await _repair(client, {claim.topic: _FOR_EVER})
    else:
        await _create(client, [NewTopic(claim.topic, 1, -1, replica_assignments={}, topic_configs=_FOR_EVER)])
    await owner.check(arguments, claim)
    missing = [topic for topic in wanted if topic.name not in existing]
    await _create(client, [_new(topic) for topic in missing])
    known = [topic for topic in wanted if topic.name in existing]
    small = [topic for topic in known if topic.grow and topic.partitions > existing[topic.name]]
    await _grow(client, small)
    await _repair(client, {topic.name: {_RETENTION: str(topic.retention_ms)} for topic in known})
    return {topic.name: topic.partitions for topic in wanted} | {
        topic.name: existing[topic.name] for topic in known if topic not in small
    }


def _refused(servers: str, refused: AccessRefused) -> TopicsError:
    who = "a broker of" if refused.reason == HostNotFound.reason else "what answers at"
    return _REFUSALS[refused.reason](f"{who} {servers} {refused}")


def _words(servers: str, error: Exception) -> str:
    """Our own words: the library's name the brokers in another order at every try.

    A port that is closed and one that is silent have the same: nobody learns of ports by naming them as brokers.
    """
    if isinstance(error, OSError) or getattr(error, "retriable", False):
        what = f"no broker of {servers} answers"
    else:
        what = f"the brokers of {servers} do not work with us: {type(error).__name__}"
    return f"{what}; check spec.kafka.bootstrapServers and that the brokers run"


async def _partitions(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """Partitions of those topics that exist; to ask makes none, whatever the brokers do for those who ask otherwise."""
    found = {}
    asked = MetadataRequest(list(names), allow_auto_topic_creation=False)  # describe_topics has no such argument
    for topic in (await client._send_request(asked)).to_object()["topics"]:
        if topic["error_code"] not in (0, _UNKNOWN_TOPIC):
            raise _refusal(topic["error_code"], "describing topic", topic["topic"], "")
        if topic["error_code"] == 0:
            found[topic["topic"]] = len(topic["partitions"])
    return found


async def _create(client: AIOKafkaAdminClient, new: Sequence[NewTopic]) -> None:
    if not new:
        return
    response = await client.create_topics(list(new))
    for name, code, *rest in response.topic_errors:
        if code not in (0, _EXISTS):
            raise _refusal(code, "creating topic", name, rest[0] if rest else "")


def _new(topic: Wanted) -> NewTopic:
    return NewTopic(
        topic.name,
        topic.partitions,
        -1,
        replica_assignments={},
        topic_configs={_RETENTION: str(topic.retention_ms)},
    )


async def _grow(client: AIOKafkaAdminClient, small: Sequence[Wanted]) -> None:
    if small:
        await client.create_partitions({topic.name: NewPartitions(topic.partitions) for topic in small})


async def _repair(client: AIOKafkaAdminClient, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Set the settings of topics where they differ; the others a topic was given are sent along unchanged.

    The AdminClient only has AlterConfigs, which resets every setting that is not in the request.
    """
    if not wanted:
        return
    live = await _overrides(client, list(wanted))
    drifted = {name: settings for name, settings in wanted.items() if not settings.items() <= live[name].items()}
    if not drifted:
        return
    changes = [
        ConfigResource(ConfigResourceType.TOPIC, name, {**live[name], **settings}) for name, settings in drifted.items()
    ]
    for response in await client.alter_configs(changes):
        for code, message, _, name in response.resources:
            if code:
                raise _refusal(code, "changing retention of topic", name, message or "")


async def _overrides(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """The settings given to each topic itself, without the broker's defaults."""
    found: dict[str, dict[str, str]] = {}
    for response in await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names]):
        for code, message, _, name, entries in response.resources:
            if code:
                raise _refusal(code, "reading settings of topic", name, message or "")
            found[name] = {entry[0]: entry[1] for entry in entries if _is_override(entry)}
    return found


def _is_override(entry: Sequence[Any]) -> bool:
    """An entry is (name, value, read_only, is_default | source, …); source 1 is the topic's own setting."""
    source = entry[3]
    return source is False if isinstance(source, bool) else source == 1


def _refusal(code: int, doing: str, name: str, message: str) -> TopicsError:
    text = f"Kafka refused {doing} {name}: {message or for_code(code).__name__}"
    return Unauthorized(text) if code in _AUTHORIZATION else TopicsError(text)
