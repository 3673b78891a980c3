"""One employee whose status is watched while the world around it is broken and mended."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
from chaos_services import Services
from data_plane import FACTS, QUESTION, DataPlane, until
from operator_world import Raw, channel, documents, employee, secret
from pods import Pods

from fte_operator.cluster.client import ApiServer
from fte_operator.cluster.kinds import DIGITAL_FTE, POD, Kind, Object

ROLE = "truth"
_DISCONNECT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'truth'"
NAME = "helper"
LOOK_SECONDS, STEADY_SECONDS = 0.2, 6.0
DATABASE, KNOWLEDGE = "helper-database", "helper-knowledge"


@dataclass
class World:
    """What a fault may touch. Every method that mends returns when the thing itself is well again."""

    raw: Raw
    cluster: ApiServer
    namespace: str
    services: Services
    plane: DataPlane
    admin_url: str
    database_url: str
    bootstrap: str
    pods: Pods | None
    base_url: str

    @property
    def prefix(self) -> str:
        """That of the topics; one that does not begin with the namespace would have to be granted."""
        return f"{self.namespace}.{NAME}"

    @property
    def outside(self) -> str:
        """The brokers, as this machine reaches them."""
        return self.plane.bootstrap

    @property
    def database(self) -> str:
        return urlsplit(self.database_url).path.removeprefix("/")

    async def apply(self, *manifests: Object) -> None:
        for manifest in manifests:
            placed = {**manifest, "metadata": {**manifest["metadata"], "namespace": self.namespace}}
            await self.cluster.apply(placed, "somebody")

    async def patch(self, kind: Kind, name: str, body: Object) -> None:
        await self.raw.patch(kind.path(self.namespace, name), body)

    async def delete(self, kind: Kind, name: str) -> None:
        await self.raw.call("DELETE", kind.path(self.namespace, name))

    async def employ(self) -> None:
        """The employee with everything it refers to."""
        few = {"autoscaling": {"minReplicas": 1, "maxReplicas": 1}}
        fte = employee(self.bootstrap, api=few, worker=few)
        fte["spec"]["kafka"] |= {"topicPrefix": self.prefix, "partitions": 3}
        await self.apply(secret(DATABASE, url=self.database_url), documents(KNOWLEDGE, **{"help.md": FACTS}))
        await self.apply(channel(), fte)

    async def url(self, **parts: str) -> None:
        """The employee's Secret with another URL; with none the right one."""
        await self.apply(secret(DATABASE, url=changed(self.database_url, **parts)))

    async def sql(self, *statements: str, own: bool = False) -> None:
        """Statements by the server's administrator, in the employee's database if it is its ``own``."""
        url = self.admin_url if not own else urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{self.database}"))
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def disconnect(self) -> None:
        """End every session of the employee."""
        await self.sql(_DISCONNECT)

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Somebody holds a table for as long as this lasts."""
        url = urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{self.database}"))
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()

    async def delete_pods(self, component: str) -> None:
        """Every pod of a component; its Deployment makes others."""
        pods = await self.cluster.list(POD, self.namespace, f"app.kubernetes.io/component={component}")
        for pod in pods:
            await self.delete(POD, pod["metadata"]["name"])

    async def ready_pods(self, component: str) -> None:
        """Until a pod of a component is ready."""

        async def ready() -> bool:
            pods = await self.cluster.list(POD, self.namespace, f"app.kubernetes.io/component={component}")
            told = [c for pod in pods for c in (pod.get("status") or {}).get("conditions", ())]
            return any((each["type"], each["status"]) == ("Ready", "True") for each in told)

        await until(ready, 90, f"a ready {component}")

    async def conditions(self) -> dict[str, Object]:
        live = await self.cluster.get(DIGITAL_FTE, self.namespace, NAME)
        return {c["type"]: c for c in ((live or {}).get("status") or {}).get("conditions", ())}

    async def until_told(self, seconds: float) -> Object | None:
        """``Ready`` once it is False, looked for five times a second; None if it never was."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ready = (await self.conditions()).get("Ready", {})
            if ready.get("status") == "False":
                return ready
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def until_well(self, seconds: float) -> float | None:
        """After how many seconds ``Ready`` is True with nothing under way, and stays so; None if never."""
        began, since = time.monotonic(), None
        while time.monotonic() < began + seconds + STEADY_SECONDS:
            found = await self.conditions()
            well = found.get("Ready", {}).get("status") == "True" and "Reconciling" not in found
            since = (since or time.monotonic()) if well else None
            if since is not None and time.monotonic() >= since + STEADY_SECONDS:
                return since - began
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def submit(self) -> dict[str, str] | None:
        """A ticket by the form; None when nothing takes it in."""
        try:
            async with httpx.AsyncClient(base_url=self.base_url, timeout=5) as http:
                answer = await http.post("/support/submit", json=self.plane.form(QUESTION))
            return answer.json() if answer.status_code == 202 else None
        except httpx.HTTPError:
            return None

    async def refuses(self) -> bool:
        """Whether nothing takes a ticket in."""
        return await self.submit() is None

    async def answered(self, ticket: dict[str, str]) -> bool:
        """Whether a ticket's page shows a reply."""
        try:
            async with httpx.AsyncClient(base_url=self.base_url, timeout=5) as http:
                headers = {"authorization": f"Bearer {ticket['token']}"}
                page = (await http.get(urlsplit(ticket["status_url"]).path, headers=headers)).json()
        except (httpx.HTTPError, ValueError):
            return False
        return any(message["author"] != "customer" for message in page.get("messages", ()))

    async def until_answered(self, seconds: float) -> float | None:
        """In how many seconds somebody who writes now, and again until it is taken, is answered."""
        began, ticket = time.monotonic(), None
        while time.monotonic() < began + seconds:
            ticket = ticket or await self.submit()
            if ticket is not None and await self.answered(ticket):
                return time.monotonic() - began
            await asyncio.sleep(0.2)
        return None


def changed(url: str, **parts: str) -> str:
    """A URL of PostgreSQL with another ``password``, ``host``, ``port``, ``database`` or ``query``."""
    given = urlsplit(url)
    host, port = parts.get("host", given.hostname), parts.get("port", given.port)
    netloc = f"{given.username}:{parts.get('password', given.password)}@{host}:{port}"
    path = f"/{parts['database']}" if "database" in parts else given.path
    return urlunsplit(given._replace(netloc=netloc, path=path, query=parts.get("query", "")))
