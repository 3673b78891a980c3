"""`Topics` in child processes: an address that a tenant names is never read in the operator itself.

Each `ensure` is a process of its own with bounded memory and time (`child`), a few at once. What a broker does there,
up to a frame of 2 GiB, costs its own employee an answer and nobody else anything.
"""

import asyncio
import hashlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any
from weakref import WeakValueDictionary

from fte_operator.topics.base import (
    AuthenticationFailed,
    Claim,
    HostNotFound,
    KafkaUnreachable,
    OwnedByAnother,
    TLSFailed,
    TopicsError,
    Unauthorized,
    Wanted,
)
from fte_transport.access import KafkaAccess

_log = logging.getLogger(__name__)

AT_ONCE = 4
SUSPECTS_AT_ONCE = 2
NAMESPACE_AT_ONCE = 2
GRACE_SECONDS = 3.0
_START_SECONDS = 20.0
_REMEMBERED_SECONDS = 10.0
_MAX_ANSWER = 64 * 1024
_MAX_SUSPECTS = 10_000
_REMEMBERED = (KafkaUnreachable.reason, HostNotFound.reason, TLSFailed.reason, AuthenticationFailed.reason)
_KINDS = (KafkaUnreachable, HostNotFound, Unauthorized, OwnedByAnother, TLSFailed, AuthenticationFailed)
_REASONS = {each.reason: each for each in (TopicsError, *_KINDS)}

Outcome = Mapping[str, Any]


class ConfinedTopics:
    """`Topics` on real brokers; `deadline` (seconds) bounds one `ensure`, waiting for its turn aside.

    Brokers that were out of reach or refused a log-in are not asked again for a while, and then by few children at
    once, so that many dead addresses do not keep a good one waiting; nor does one namespace have more than half the
    children. That is remembered of whom it happened to, by namespace and log-in, and of nobody else: what a namespace
    asks of brokers may fail where another's does not. A good outcome is remembered for a moment: reconciles come in
    bunches. What is remembered has no credentials in it, nor their size.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._turns, self._suspects = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(SUSPECTS_AT_ONCE)
        self._namespaces: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._good: dict[bytes, tuple[float, Mapping[str, int]]] = {}
        self._bad: dict[bytes, tuple[float, str, str]] = {}

    async def ensure(
        self, access: KafkaAccess, claim: Claim, wanted: Sequence[Wanted], *, anew: bool = False
    ) -> Mapping[str, int]:
        """See `Topics`."""
        _check(access.bootstrap_servers)
        request, namespace = _request(access, claim, wanted, self._deadline), claim.owner.partition("/")[0]
        asked, who = _digest(request), _who(namespace, access)
        until, partitions = self._good.get(asked, (0.0, {}))
        if _now() < until and not anew:
            return partitions
        self._raise_recent(who)
        places = self._namespaces.setdefault(namespace, asyncio.Semaphore(NAMESPACE_AT_ONCE))
        async with places, self._turn(who):
            outcome = await _run(request, self._deadline)
        if "partitions" not in outcome:
            _log.warning("Kafka at %s: %s: %s", access.bootstrap_servers, outcome["reason"], outcome["cause"])
            raise self._failure(who, outcome)
        self._bad.pop(who, None)
        self._good = {before: known for before, known in self._good.items() if known[0] > _now()}
        self._good[asked] = (_now() + _REMEMBERED_SECONDS, outcome["partitions"])
        return self._good[asked][1]

    @asynccontextmanager
    async def _turn(self, who: bytes) -> AsyncIterator[None]:
        """One of the children's places; raises what `who` found out a moment ago."""
        async with AsyncExitStack() as places:
            if who in self._bad:
                await places.enter_async_context(self._suspects)
            await places.enter_async_context(self._turns)
            self._raise_recent(who)
            yield

    def _raise_recent(self, who: bytes) -> None:
        until, reason, message = self._bad.get(who, (0.0, "", ""))
        if (left := until - _now()) > 0:
            raise _REASONS[reason](message, left)  # nobody was asked: who came because all is well comes again

    def _failure(self, who: bytes, outcome: Outcome) -> TopicsError:
        """The error of an outcome; what stays so for a while is remembered of whom it concerns."""
        reason, message = outcome["reason"], outcome["message"]
        if reason in _REMEMBERED:
            self._bad.pop(who, None)
            self._bad[who] = (_now() + self._deadline, reason, message)
            while len(self._bad) > _MAX_SUSPECTS:
                del self._bad[next(iter(self._bad))]
        return _REASONS[reason](message)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _check(servers: str) -> None:
    for server in servers.split(","):
        host, _, port = server.rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 65536):
            raise KafkaUnreachable(
                f"{servers} are no addresses; write spec.kafka.bootstrapServers as HOST:PORT,HOST:PORT"
            )


def _request(access: KafkaAccess, claim: Claim, wanted: Sequence[Wanted], deadline: float) -> bytes:
    topics = [
        {"name": each.name, "partitions": each.partitions, "retention_ms": each.retention_ms, "grow": each.grow}
        for each in wanted
    ]
    return _json({"access": asdict(access), "claim": asdict(claim), "wanted": topics, "deadline": deadline})


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _who(namespace: str, access: KafkaAccess) -> bytes:
    """Whom a failure concerns: who logs in there in the same way, from the same namespace."""
    return _digest(_json({"namespace": namespace, "access": asdict(access)}))


def _digest(given: bytes) -> bytes:
    """What stands for `given` where it is remembered."""
    return hashlib.sha256(given).digest()


async def _run(request: bytes, deadline: float) -> Outcome:
    """What a child makes of a request; one that dies or hangs was made to by what it read."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fte_operator.topics.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        answer = await _exchange(process, request, deadline)
    except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
        answer = b""
        _log.warning("a child of the topics was stopped: %r", error)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    outcome = _outcome(answer)
    if outcome is None:
        servers = json.loads(request)["access"]["bootstrap_servers"]
        what = f"what answers at {servers} takes more memory or time than Kafka does"
        message = f"{what}; check that spec.kafka.bootstrapServers names brokers"
        return {"reason": KafkaUnreachable.reason, "message": message, "cause": f"status {process.returncode}"}
    return outcome


def _outcome(answer: bytes) -> Outcome | None:
    """What a child answered; None for nothing, and for what was cut off."""
    try:
        outcome: Outcome = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return outcome


async def _exchange(process: asyncio.subprocess.Process, request: bytes, deadline: float) -> bytes:
    """All that the child says; empty if it dies first. Its deadline counts from its own start."""
    source, sink = process.stdout, process.stdin
    assert source is not None and sink is not None, "both are pipes"  # noqa: S101
    async with asyncio.timeout(_START_SECONDS + deadline):
        sink.write(request)
        sink.close()
        await source.readexactly(1)
    async with asyncio.timeout(deadline + GRACE_SECONDS):
        answer = await _all(source)
        await process.wait()  # a signal to one that ended would take its status from the loop
        return answer


async def _all(source: asyncio.StreamReader) -> bytes:
    try:
        return await source.readexactly(_MAX_ANSWER)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
