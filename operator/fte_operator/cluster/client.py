"""The API server behind a narrow Protocol; raw JSON on ``kubernetes.aio``.

Decoding into the package's model classes costs thirty times as much, and its retries, discovery and default
deadline of five minutes are not ours: every call here has one deadline, is tried once, and raises the family
of `fte_operator.cluster.errors`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kubernetes.aio import client as api

from fte_operator.cluster.access import configuration
from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.errors import NotFound, TooLarge
from fte_operator.cluster.exchange import JSON, Exchange
from fte_operator.cluster.flights import Flights
from fte_operator.cluster.kinds import Kind, Object, kind_of

_PAGE = 50
_PAGE_BYTES = 2 * 1024 * 1024  # of what anybody may fill: an object of 1.5 MB is ten times that once decoded
_AT_ONCE = 4  # lists of what anybody may fill, each of another namespace
_KEPT = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp")
METADATA_OF_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_APPLY = "application/apply-patch+yaml"
Row = TypeVar("Row")


class Cluster(Protocol):
    """What the operator needs of an API server; every method may raise `ClusterError`."""

    async def get(self, kind: Kind, namespace: str, name: str, *, within: Allowance | None = None) -> Object | None:
        """One object, or None; `TooLarge` if it is not `within` what is left to read."""

    async def list(
        self,
        kind: Kind,
        namespace: str | None,
        selector: str = "",
        fields: str = "",
        *,
        within: Allowance | None = None,
    ) -> list[Object]:
        """Every object of a kind, of all namespaces with None, narrowed by a label and a field selector.

        What is read whole is ours, or speaks of it, and small; `TooLarge` if it is not, since anybody can write a
        label: it has an allowance of its own unless it is `within` one.
        """

    async def scan(self, kind: Kind, namespace: str | None, row: Callable[[Object], Row | None]) -> Sequence[Row]:
        """What `row` makes of every object of a kind that anybody may fill, without those it makes None of.

        Only the rows are kept. Who asks for the same while one waits shares the answer: `row` is to be one function,
        not made for each call.
        """

    async def versions(self, kind: Kind, namespace: str | None, selector: str = "") -> dict[str, str]:
        """``resourceVersion`` by uid of what `list` would give, without reading the objects."""

    async def create(self, manifest: Object) -> Object:
        """POST; `Conflict` when it exists."""

    async def replace(self, manifest: Object) -> Object:
        """PUT; `Conflict` when ``metadata.resourceVersion`` is not the newest."""

    async def apply(self, manifest: Object, manager: str, subresource: str | None = None) -> Object:
        """Server-side apply, forced, as `manager`."""

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete exactly that object, its dependents in the background; gone already is success."""


class ApiServer:
    """`Cluster` over HTTPS."""

    def __init__(self, client: api.ApiClient, request_seconds: float) -> None:
        self._calls = Exchange(client, request_seconds)
        self._flights: Flights[Sequence[Any]] = Flights(_AT_ONCE)

    async def get(self, kind: Kind, namespace: str, name: str, *, within: Allowance | None = None) -> Object | None:
        """See `Cluster`."""
        try:
            return (await self._calls.read("GET", kind, kind.path(namespace, name), within=within))[0]
        except NotFound:
            return None

    async def list(
        self,
        kind: Kind,
        namespace: str | None,
        selector: str = "",
        fields: str = "",
        *,
        within: Allowance | None = None,
    ) -> list[Object]:
        """See `Cluster`; read in pages."""
        typed = {"apiVersion": kind.api_version, "kind": kind.name}  # items of a list come without
        found = await self._selected(kind, namespace, selector, fields, within or Allowance())
        return [typed | item for item in found]

    async def scan(self, kind: Kind, namespace: str | None, row: Callable[[Object], Row | None]) -> Sequence[Row]:
        """See `Cluster`; one list of a namespace at a time, and few of all."""
        return await self._rows(kind, namespace, "", JSON, row)

    async def versions(self, kind: Kind, namespace: str | None, selector: str = "") -> dict[str, str]:
        """See `Cluster`."""
        return dict(await self._rows(kind, namespace, selector, METADATA_OF_LIST, _version))

    async def create(self, manifest: Object) -> Object:
        """See `Cluster`."""
        kind = kind_of(manifest)
        return await self._calls.call("POST", kind, kind.path(manifest["metadata"]["namespace"]), body=manifest)

    async def replace(self, manifest: Object) -> Object:
        """See `Cluster`."""
        kind, metadata = kind_of(manifest), manifest["metadata"]
        return await self._calls.call("PUT", kind, kind.path(metadata["namespace"], metadata["name"]), body=manifest)

    async def apply(self, manifest: Object, manager: str, subresource: str | None = None) -> Object:
        """See `Cluster`."""
        kind, metadata = kind_of(manifest), manifest["metadata"]
        path = kind.path(metadata["namespace"], metadata["name"], subresource)
        query = {"fieldManager": manager, "force": "true"}
        return await self._calls.call("PATCH", kind, path, query=query, body=manifest, content_type=_APPLY)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """See `Cluster`."""
        options = {"propagationPolicy": "Background", "preconditions": {"uid": uid}}
        try:
            await self._calls.call("DELETE", kind, kind.path(namespace, name), body=options)
        except NotFound:
            return

    async def _selected(
        self, kind: Kind, namespace: str | None, selector: str, fields: str, within: Allowance
    ) -> Sequence[Object]:
        query = {"limit": str(_PAGE)} | ({"labelSelector": selector} if selector else {})
        query |= {"fieldSelector": fields} if fields else {}
        found = []
        while True:
            page, _ = await self._calls.read("GET", kind, kind.path(namespace), query=query, within=within)
            found += page["items"]
            if not page["metadata"].get("continue"):
                return found
            query["continue"] = page["metadata"]["continue"]

    async def _rows(
        self, kind: Kind, namespace: str | None, selector: str, accept: str, row: Callable[[Object], Row | None]
    ) -> Sequence[Row]:
        query = {"limit": str(_PAGE)} | ({"labelSelector": selector} if selector else {})
        key = (kind, namespace, selector, accept, row)
        return await self._flights.join(key, lambda: self._pages(kind, namespace, query, accept, row), lane=namespace)

    async def _pages(
        self,
        kind: Kind,
        namespace: str | None,
        query: dict[str, str],
        accept: str,
        row: Callable[[Object], Row | None],
    ) -> Sequence[Row]:
        """In pages of what fits `_PAGE_BYTES`, one object at least; after large ones they grow again."""
        rows: list[Row] = []
        while True:
            most = _PAGE_BYTES if query["limit"] != "1" else None
            try:
                page, size = await self._calls.read(
                    "GET", kind, kind.path(namespace), query=query, accept=accept, most=most
                )
            except TooLarge:
                query["limit"] = str(max(1, int(query["limit"]) // 4))
                continue
            if 2 * size <= _PAGE_BYTES:
                query["limit"] = str(min(_PAGE, 2 * int(query["limit"])))
            rows += [made for item in page["items"] or () if (made := row(item)) is not None]  # null of metadata
            after = page["metadata"].get("continue")
            del page  # no decoded page is held while the next one is waited for
            if not after:
                return rows
            query["continue"] = after


def lean(item: Object) -> Object:
    """An object without what of its metadata may be large and is its owner's alone."""
    return item | {"metadata": {name: item["metadata"][name] for name in _KEPT if name in item["metadata"]}}


def _version(item: Object) -> tuple[str, str]:
    return item["metadata"]["uid"], item["metadata"]["resourceVersion"]


@asynccontextmanager
async def open_cluster(kubeconfig: Path | None, request_seconds: float) -> AsyncIterator[ApiServer]:
    """A connected client, closed at the end; `request_seconds` bounds every call."""
    client = api.ApiClient(configuration=await configuration(kubeconfig))
    client.user_agent = "fte-operator"
    try:
        yield ApiServer(client, request_seconds)
    finally:
        await client.close()
        await asyncio.sleep(0)  # the TLS transports close in the loop's next turn
