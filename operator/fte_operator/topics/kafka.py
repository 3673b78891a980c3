"""`Topics` on aiokafka's AdminClient.

Its calls mostly do not raise: the error code is inside the response and is read here. One client per
bootstrap address is kept; it is dropped after any failure, so the next try connects anew.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import BrokerResponseError, KafkaError, for_code

from fte_operator.topics.base import KafkaUnreachable, TopicsError, Unauthorized, Wanted

_log = logging.getLogger(__name__)
_EXISTS = 36
_UNKNOWN_TOPIC = 3
_AUTHORIZATION = frozenset({29, 30, 31})  # topic, group, cluster authorization failed
_RETENTION = "retention.ms"


class KafkaTopics:
    """`Topics` on real brokers; `deadline` (seconds) bounds one `ensure`, waiting for its turn aside."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._clients: dict[str, AIOKafkaAdminClient] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._failures: dict[str, tuple[float, str]] = {}

    async def ensure(self, bootstrap_servers: str, wanted: Sequence[Wanted]) -> Mapping[str, int]:
        """See `Topics`."""
        async with self._client(bootstrap_servers) as client:
            existing = await _partitions(client, [topic.name for topic in wanted])
            await _create(client, [topic for topic in wanted if topic.name not in existing])
            known = [topic for topic in wanted if topic.name in existing]
            small = [topic for topic in known if topic.grow and topic.partitions > existing[topic.name]]
            await _grow(client, small)
            await _repair_retention(client, known)
            return {topic.name: topic.partitions for topic in wanted} | {
                topic.name: existing[topic.name] for topic in known if topic not in small
            }

    async def close(self) -> None:
        """Close every connection."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()

    @asynccontextmanager
    async def _client(self, servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
        """The connected client of `servers`, one user at a time, each within a deadline of its own.

        Brokers that were out of reach are not asked again for a while, so that many employees of one dead cluster
        do not take every worker of the queue.
        """
        async with self._locks.setdefault(servers, asyncio.Lock()):
            self._raise_recent(servers)
            try:
                async with asyncio.timeout(self._deadline):
                    yield await self._connected(servers)
            except BrokerResponseError as error:
                await self._drop(servers)
                raise _refusal(error.errno, "a change at", servers, str(error)) from error
            except (TimeoutError, KafkaError, OSError, ValueError) as error:  # ValueError: an address that is none
                await self._drop(servers)
                _log.warning("Kafka at %s: %s: %s", servers, type(error).__name__, error)
                unreachable = KafkaUnreachable(self._words(servers, error))
                self._failures[servers] = (asyncio.get_running_loop().time() + self._deadline, str(unreachable))
                raise unreachable from error

    def _words(self, servers: str, error: Exception) -> str:
        """Our own words: the library's name the brokers in another order at every try."""
        if isinstance(error, ValueError):
            return f"{servers} are no addresses; write spec.kafka.bootstrapServers as HOST:PORT,HOST:PORT"
        if isinstance(error, OSError) or getattr(error, "retriable", False):
            what = f"no broker of {servers} answered within {self._deadline:g} s"
        else:
            what = f"the brokers of {servers} do not work with us: {type(error).__name__}"
        return f"{what}; check spec.kafka.bootstrapServers and that the brokers run"

    def _raise_recent(self, servers: str) -> None:
        until, message = self._failures.get(servers, (0.0, ""))
        if asyncio.get_running_loop().time() < until:
            raise KafkaUnreachable(message)

    async def _connected(self, servers: str) -> AIOKafkaAdminClient:
        client = self._clients.get(servers)
        if client is None:
            client = AIOKafkaAdminClient(
                bootstrap_servers=servers,
                client_id="fte-operator",
                request_timeout_ms=int(self._deadline * 1000),
            )
            self._clients[servers] = client
            try:
                await client.start()
            except asyncio.CancelledError:  # by the deadline, or by a reconcile that ran out of time
                await self._drop(servers)
                raise
        return client

    async def _drop(self, servers: str) -> None:
        client = self._clients.pop(servers, None)
        if client is not None:
            await client.close()


async def _partitions(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """Partitions of those topics that exist."""
    found = {}
    for topic in await client.describe_topics(list(names)):
        if topic["error_code"] not in (0, _UNKNOWN_TOPIC):
            raise _refusal(topic["error_code"], "describing topic", topic["topic"], "")
        if topic["error_code"] == 0:
            found[topic["topic"]] = len(topic["partitions"])
    return found


async def _create(client: AIOKafkaAdminClient, missing: Sequence[Wanted]) -> None:
    if not missing:
        return
    new = [
        NewTopic(
            topic.name,
            topic.partitions,
            -1,
            replica_assignments={},
            topic_configs={_RETENTION: str(topic.retention_ms)},
        )
        for topic in missing
    ]
    response = await client.create_topics(new)
    for name, code, *rest in response.topic_errors:
        if code not in (0, _EXISTS):
            raise _refusal(code, "creating topic", name, rest[0] if rest else "")


async def _grow(client: AIOKafkaAdminClient, small: Sequence[Wanted]) -> None:
    if small:
        await client.create_partitions({topic.name: NewPartitions(topic.partitions) for topic in small})


async def _repair_retention(client: AIOKafkaAdminClient, known: Sequence[Wanted]) -> None:
    """Set ``retention.ms`` where it differs; the other settings a topic was given are sent along unchanged.

    The AdminClient only has AlterConfigs, which resets every setting that is not in the request.
    """
    if not known:
        return
    live = await _overrides(client, [topic.name for topic in known])
    drifted = [topic for topic in known if live[topic.name].get(_RETENTION) != str(topic.retention_ms)]
    if not drifted:
        return
    changes = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, {**live[topic.name], _RETENTION: str(topic.retention_ms)})
        for topic in drifted
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
