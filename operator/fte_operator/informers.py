"""kopf as informer and nothing more: every event becomes keys in the work queue.

Only ``on.event`` handlers: kopf then writes nothing (no finalizer, annotation or Event). No index either: one
unreadable indexed kind would hold back every handler. Label selectors are per kind and joined by "and", so one
selector serves both our children and the user's watched objects; our builders label ConfigMaps and Secrets with
both labels.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

import kopf

from fte_operator.cluster.access import Connection
from fte_operator.cluster.kinds import (
    CHILDREN,
    CONFIG_MAP,
    DIGITAL_FTE,
    SECRET,
    SUPPORT_CHANNEL,
    Kind,
)
from fte_operator.cluster.watching import open_session
from fte_operator.router import Router

_PAGE = 5  # of 1.5 MB at most, ten times that once decoded, and each kind lists at the same time
_IDLE_SECONDS = 0.1  # kopf keeps an object's last event for so long

MANAGED = "app.kubernetes.io/managed-by=fte-operator"
WATCHED = "digitalfte.dev/watch=true"

WATCHES: Mapping[Kind, str] = {
    DIGITAL_FTE: "",
    SUPPORT_CHANNEL: "",
    **{kind: WATCHED if kind in (CONFIG_MAP, SECRET) else MANAGED for kind in CHILDREN},
}
"""What is watched, with its label selector."""


class _Endless(Iterable[float]):
    """Seconds between attempts, without end: a namespace that is gone, and our rights in it, ends no watch of another.

    kopf asks for the times anew with each request, and counts the attempts of what has a length.
    """

    def __iter__(self) -> Iterator[float]:
        return chain((1, 2, 3, 5, 8, 13), repeat(30))


def registry(router: Router, connection: Callable[[], Awaitable[Connection]]) -> kopf.OperatorRegistry:
    """Handlers for every watched kind. `connection` is awaited for credentials, again whenever they are refused."""
    handlers = kopf.OperatorRegistry()

    async def login(**_: Any) -> kopf.AiohttpSession:
        access = await connection()
        return kopf.AiohttpSession(server=access.server, aiohttp_session=open_session(access))

    kopf.on.login(registry=handlers)(login)
    for kind in WATCHES:
        group, _, version = kind.api_version.rpartition("/")
        decorate = kopf.on.event(group, version, kind.plural, registry=handlers, id=f"watch-{kind.plural}")
        decorate(_handler(router, kind))
    return handlers


def settings() -> kopf.OperatorSettings:
    """kopf's settings: no peering, no discovery, no Events; timeouts that end dead connections."""
    chosen = kopf.OperatorSettings()
    chosen.peering.standalone = True
    chosen.scanning.disabled = True
    chosen.posting.enabled = False
    chosen.watching.chunk_size = _PAGE
    chosen.queueing.idle_timeout = _IDLE_SECONDS
    chosen.watching.server_timeout = 300
    chosen.watching.client_timeout = 310
    chosen.watching.connect_timeout = 30
    chosen.watching.reconnect_backoff = 2
    chosen.networking.request_timeout = 30
    chosen.networking.error_backoffs = _Endless()
    chosen.networking.connect_timeout = 10
    chosen.process.ultimate_exiting_timeout = 25
    for kind, selector in WATCHES.items():
        if selector:
            group, _, version = kind.api_version.rpartition("/")
            chosen.watching.label_selectors[group, version, kind.plural] = selector
    return chosen


async def watch(
    router: Router,
    connection: Callable[[], Awaitable[Connection]],
    *,
    namespaces: Sequence[str],
    stop: asyncio.Event,
    ready: asyncio.Event,
) -> None:
    """Feed `router` until `stop`; of all namespaces when `namespaces` is empty.

    kopf cancels every task born after this call when it ends, and takes the signals until `ready` is set.
    """
    await kopf.operator(
        registry=registry(router, connection),
        settings=settings(),
        standalone=True,
        clusterwide=not namespaces,
        namespaces=namespaces,
        stop_flag=stop,
        ready_flag=ready,
    )


def _handler(router: Router, kind: Kind) -> Any:
    async def handle(event: Any, **_: Any) -> None:
        router.event(kind, event["object"], deleted=event["type"] == "DELETED")

    return handle
