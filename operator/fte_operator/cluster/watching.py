"""The session on which lists and watches run that only need to know which objects there are.

Whoever may label a ConfigMap can have it watched, 1 MB at a time: of everything but our own two kinds only the metadata
is asked for.
"""

import ssl
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from fte_operator.cluster.access import Connection
from fte_operator.cluster.apply import ADOPT
from fte_operator.cluster.client import METADATA_OF_LIST, lean
from fte_operator.cluster.kinds import CHILDREN, Object

_METADATA_OF_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_CHILDREN = frozenset(kind.plural for kind in CHILDREN)


def accept_of(url: str) -> str | None:
    """What to ask for at `url`: metadata of a child's kind, alone or as a list; None for whole objects."""
    path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
    if path.rpartition("/")[2] not in _CHILDREN:
        return None
    return _METADATA_OF_ONE if query.get("watch") == ["true"] else METADATA_OF_LIST


def open_session(connection: Connection) -> aiohttp.ClientSession:
    """A session with the access of `connection`; the caller closes it."""
    context = ssl.create_default_context(cafile=connection.ca_path)
    if connection.certificate_path:
        context.load_cert_chain(connection.certificate_path, connection.private_key_path)
    headers = {"Authorization": f"Bearer {connection.token}"} if connection.token else {}
    connector = aiohttp.TCPConnector(limit=0, ssl=context)
    return aiohttp.ClientSession(
        connector=connector, headers=headers, middlewares=(_metadata_only,), response_class=_Answer
    )


class _Answer(ClientResponse):
    async def json(self, **options: Any) -> Any:
        """A list without what of its objects' metadata may be large: kopf keeps a page until its events are handled.

        An empty list of metadata comes with null for its items, which kopf takes for a list.
        """
        found = await super().json(**options)
        self._body = None
        if not isinstance(found, dict) or "items" not in found:
            return found
        return found | {"items": [_routable(item) for item in found["items"] or ()]}


def _routable(item: Object) -> Object:
    """What a list's event is routed by."""
    metadata = item["metadata"]
    owners = [each for each in metadata.get("ownerReferences", ()) if each.get("controller")]
    given = {name: text for name, text in metadata.get("annotations", {}).items() if name == ADOPT}
    return item | {"metadata": lean(item)["metadata"] | {"ownerReferences": owners, "annotations": given}}


async def _metadata_only(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    accept = accept_of(str(request.url))
    if accept is not None:
        request.headers["Accept"] = accept
    return await handler(request)
