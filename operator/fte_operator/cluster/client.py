"""The API server behind a narrow Protocol; raw JSON on ``kubernetes.aio``.

Decoding into the package's model classes costs thirty times as much, and its retries, discovery and default
deadline of five minutes are not ours: every call here has one deadline, is tried once, and raises the family
of `fte_operator.cluster.errors`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from kubernetes.aio import client as api
from kubernetes.aio import config

from fte_operator.cluster.errors import NotFound, Unreachable, classify
from fte_operator.cluster.kinds import Kind, Object, kind_of
from fte_operator.metrics import API_REQUESTS

_PAGE = 500
_JSON = "application/json"
_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_APPLY = "application/apply-patch+yaml"


class Cluster(Protocol):
    """What the operator needs of an API server; every method may raise `ClusterError`."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """One object, or None."""

    async def list(self, kind: Kind, namespace: str | None, selector: str = "") -> list[Object]:
        """Every object of a kind, of all namespaces with None, narrowed by a label selector."""

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


@dataclass(frozen=True, slots=True)
class Connection:
    """Address and credentials of the API server, for clients other than ours (kopf's)."""

    server: str
    ca_path: str | None
    token: str | None
    certificate_path: str | None
    private_key_path: str | None


async def configuration(kubeconfig: Path | None) -> api.Configuration:
    """Access from `kubeconfig`, or without one from the pod's service account."""
    loaded = api.Configuration()
    if kubeconfig is None:
        config.load_incluster_config(client_configuration=loaded)
    else:
        await config.load_kube_config(config_file=str(kubeconfig), client_configuration=loaded, persist_config=False)
    return loaded


async def connection(kubeconfig: Path | None) -> Connection:
    """The same access as plain values; a service account's token is read anew at every call."""
    loaded = await configuration(kubeconfig)
    token = loaded.api_key.get("BearerToken")
    return Connection(
        server=loaded.host,
        ca_path=loaded.ssl_ca_cert,
        token=token.split(" ", 1)[-1] if token else None,
        certificate_path=loaded.cert_file,
        private_key_path=loaded.key_file,
    )


class ApiServer:
    """`Cluster` over HTTPS."""

    def __init__(self, client: api.ApiClient, request_seconds: float) -> None:
        self._client = client
        self._timeout = aiohttp.ClientTimeout(total=request_seconds)

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """See `Cluster`."""
        try:
            return await self._call("GET", kind, kind.path(namespace, name))
        except NotFound:
            return None

    async def list(self, kind: Kind, namespace: str | None, selector: str = "") -> list[Object]:
        """See `Cluster`; read in pages."""
        typed = {"apiVersion": kind.api_version, "kind": kind.name}  # items of a list come without
        return [typed | item async for item in self._items(kind, namespace, selector, _JSON)]

    async def versions(self, kind: Kind, namespace: str | None, selector: str = "") -> dict[str, str]:
        """See `Cluster`."""
        metadata = [item["metadata"] async for item in self._items(kind, namespace, selector, _METADATA_ONLY)]
        return {each["uid"]: each["resourceVersion"] for each in metadata}

    async def create(self, manifest: Object) -> Object:
        """See `Cluster`."""
        kind = kind_of(manifest)
        return await self._call("POST", kind, kind.path(manifest["metadata"]["namespace"]), body=manifest)

    async def replace(self, manifest: Object) -> Object:
        """See `Cluster`."""
        kind, metadata = kind_of(manifest), manifest["metadata"]
        return await self._call("PUT", kind, kind.path(metadata["namespace"], metadata["name"]), body=manifest)

    async def apply(self, manifest: Object, manager: str, subresource: str | None = None) -> Object:
        """See `Cluster`."""
        kind, metadata = kind_of(manifest), manifest["metadata"]
        path = kind.path(metadata["namespace"], metadata["name"], subresource)
        query = {"fieldManager": manager, "force": "true"}
        return await self._call("PATCH", kind, path, query=query, body=manifest, content_type=_APPLY)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """See `Cluster`."""
        options = {"propagationPolicy": "Background", "preconditions": {"uid": uid}}
        try:
            await self._call("DELETE", kind, kind.path(namespace, name), body=options)
        except NotFound:
            return

    async def _items(self, kind: Kind, namespace: str | None, selector: str, accept: str) -> AsyncIterator[Object]:
        query = {"limit": str(_PAGE)} | ({"labelSelector": selector} if selector else {})
        while True:
            page = await self._call("GET", kind, kind.path(namespace), query=query, accept=accept)
            for item in page["items"] or ():  # an empty list of metadata comes as null
                yield item
            following = page["metadata"].get("continue")
            if not following:
                return
            query["continue"] = following

    async def _call(
        self,
        verb: str,
        kind: Kind,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = _JSON,
        accept: str = _JSON,
    ) -> Object:
        what = f"{verb} {path}"
        request = await self._client.param_serialize(
            verb,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": accept, "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            response = await self._client.call_api(*request, _request_timeout=self._timeout)
            content: bytes = await response.read()
        except TimeoutError as error:
            API_REQUESTS.labels(verb, kind.name, "timeout").inc()
            raise Unreachable(f"{what}: no answer within {self._timeout.total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            API_REQUESTS.labels(verb, kind.name, "unreachable").inc()
            raise Unreachable(f"{what}: {error}") from error
        API_REQUESTS.labels(verb, kind.name, str(response.status)).inc()
        if response.status >= 400:
            raise classify(what, response.status, content, response.headers)
        return _decode(content)


def _decode(content: bytes) -> Object:
    decoded: Any = json.loads(content)
    return decoded if isinstance(decoded, dict) else {}


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
