"""One request to the API server and its answer: a deadline, bounds, a count, errors as `ClusterError`."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from kubernetes.aio import client as api

from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.errors import TooLarge, Unreachable, classify
from fte_operator.cluster.kinds import Kind, Object
from fte_operator.metrics import API_REQUESTS

JSON = "application/json"


class Exchange:
    """Requests through `client`, each tried once and ended after `seconds`."""

    def __init__(self, client: api.ApiClient, seconds: float) -> None:
        self._client = client
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def call(
        self,
        verb: str,
        kind: Kind,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = JSON,
    ) -> Object:
        """The answer alone."""
        return (await self.read(verb, kind, path, query=query, body=body, content_type=content_type))[0]

    async def read(
        self,
        verb: str,
        kind: Kind,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        most: int | None = None,
        within: Allowance | None = None,
    ) -> tuple[Object, int]:
        """The answer and its size in bytes, of which no more than `most` are read, nor decoded what is not `within`."""
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
            content = await _content(response.response, max(within.left, 0) if within else most)
        except TimeoutError as error:
            API_REQUESTS.labels(verb, kind.name, "timeout").inc()
            raise Unreachable(f"{what}: no answer within {self._timeout.total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            API_REQUESTS.labels(verb, kind.name, "unreachable").inc()
            raise Unreachable(f"{what}: {error}") from error
        API_REQUESTS.labels(verb, kind.name, str(response.status)).inc()
        if content is None:
            raise within.exceeded(what) if within else TooLarge(f"{what}: more than {most} bytes")
        if response.status >= 400:
            raise classify(what, response.status, content, response.headers)
        if within:
            within.take(what, content)
        return _decode(content), len(content)


async def _content(response: aiohttp.ClientResponse, most: int | None) -> bytes | None:
    """The whole answer, an error's in any case; None for one of more than `most` bytes, which is read no further."""
    if most is None or response.status >= 400:
        return await response.read()
    try:
        await response.content.readexactly(most + 1)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    response.close()
    return None


def _decode(content: bytes) -> Object:
    decoded: Any = json.loads(content)
    return decoded if isinstance(decoded, dict) else {}
