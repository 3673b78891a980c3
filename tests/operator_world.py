"""A namespace on a real API server, a stand-in for kubelets, and topics in memory."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from kubernetes.aio import client as api

from fte_operator.cluster.client import ApiServer
from fte_operator.cluster.kinds import DIGITAL_FTE, POD, SUPPORT_CHANNEL, Kind, Object
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.topics.base import Claim, KafkaUnreachable, OwnedByAnother, TopicsError, Wanted
from fte_operator.workqueue import Key, Result
from fte_transport.access import KafkaAccess

IMAGE = "registry.invalid/digital-fte:test"
SECONDS = 90
OURS = "app.kubernetes.io/part-of=digital-fte"
"""Selects whatever the operator makes, whole: a list without a selector comes without labels and owners."""


class MemoryTopics:
    """`Topics` in memory: `down` makes it unreachable, `fault` is raised, `accesses` are what it was asked with."""

    def __init__(self) -> None:
        self.down = False
        self.fault: TopicsError | None = None
        self.topics: dict[str, Wanted] = {}
        self.owners: dict[tuple[str, str], str] = {}
        self.accesses: list[KafkaAccess] = []

    async def ensure(
        self, access: KafkaAccess, claim: Claim, wanted: Sequence[Wanted], *, anew: bool = False
    ) -> Mapping[str, int]:
        self.accesses.append(access)
        if self.fault is not None:
            raise self.fault
        if self.down:
            raise KafkaUnreachable(f"Kafka at {access.bootstrap_servers} cannot be reached")
        if self.owners.setdefault((access.bootstrap_servers, claim.topic), claim.owner) != claim.owner:
            raise OwnedByAnother(f"{claim.topic} is another's")
        self.topics |= {topic.name: topic for topic in wanted}
        return {topic.name: topic.partitions for topic in wanted}


class Raw:
    """Calls the product never makes: namespaces, and what a kubelet writes."""

    def __init__(self, client: api.ApiClient) -> None:
        self._client = client

    async def call(self, verb: str, path: str, body: Object | None = None, kind: str = "application/json") -> Object:
        request = await self._client.param_serialize(
            verb, path, header_params={"Accept": "application/json", "Content-Type": kind}, body=body, auth_settings=[]
        )
        response = await self._client.call_api(*request, _request_timeout=aiohttp.ClientTimeout(total=10))
        content = await response.read()
        assert response.status < 400, content
        return json.loads(content)

    async def patch(self, path: str, body: Object) -> Object:
        return await self.call("PATCH", path, body, "application/merge-patch+json")


@dataclass
class Kubelet:
    """Runs pods in name only: Jobs end as `jobs` says for their component, everything else becomes ready.

    What of them succeeds may say so in words of `succeeded`.
    """

    raw: Raw
    cluster: ApiServer
    namespace: str
    jobs: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    succeeded: dict[str, tuple[str, str]] = field(default_factory=dict)
    ready: bool = True

    async def tick(self) -> None:
        for pod in await self.cluster.list(POD, self.namespace, OURS):
            status = self._status(pod)
            if status and pod.get("status", {}).get("phase") in (None, "Pending"):
                name = pod["metadata"]["name"]
                await self.raw.patch(POD.path(self.namespace, name, "status"), {"status": status})

    async def run(self) -> None:
        while True:
            await self.tick()
            await asyncio.sleep(0.05)

    def _status(self, pod: Object) -> Object | None:
        labels = pod["metadata"]["labels"]
        component = labels["app.kubernetes.io/component"]
        if "batch.kubernetes.io/controller-uid" not in labels:
            ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
            return {"phase": "Running", "conditions": [ready]} if self.ready else None
        if component not in self.jobs:
            return _ended(component, 0, _words(self.succeeded.get(component)))
        outcome = self.jobs[component]
        return _ended(component, 1, _words(outcome)) if outcome else None


def _words(outcome: tuple[str, str] | None) -> str | None:
    return json.dumps({"reason": outcome[0], "message": outcome[1]}) if outcome else None


def _ended(container: str, code: int, message: str | None) -> Object:
    terminated = {"exitCode": code, "finishedAt": "2026-01-01T00:00:00Z"} | ({"message": message} if message else {})
    state = {"name": container, "image": IMAGE, "imageID": "", "ready": False, "restartCount": 0}
    return {
        "phase": "Failed" if code else "Succeeded",
        "containerStatuses": [state | {"state": {"terminated": terminated}}],
    }


@dataclass
class World:
    """One test's namespace, and its only reconciler."""

    cluster: ApiServer
    raw: Raw
    namespace: str
    kubelet: Kubelet
    topics: MemoryTopics
    audit_log: Path
    kubeconfig: Path
    later: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.reconciler = Reconciler(self.cluster, self.topics, IMAGE, self.now)

    @property
    def hands(self) -> ApiServer:
        """The user's access, told from the product's in the audit log."""
        return self.kubelet.cluster

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    async def apply(self, *manifests: Object) -> None:
        for manifest in manifests:
            placed = {**manifest, "metadata": {**manifest["metadata"], "namespace": self.namespace}}
            await self.hands.apply(placed, "somebody")

    async def get(self, kind: Kind, name: str) -> Object | None:
        return await self.cluster.get(kind, self.namespace, name)

    async def names(self, kind: Kind) -> set[str]:
        return {obj["metadata"]["name"] for obj in await self.cluster.list(kind, self.namespace)}

    async def delete(self, kind: Kind, name: str) -> None:
        live = await self.get(kind, name)
        assert live is not None
        await self.hands.delete(kind, self.namespace, name, live["metadata"]["uid"])

    async def reconcile(self, kind: Kind = DIGITAL_FTE, name: str = "helper") -> Result:
        return await self.reconciler(Key(kind.name, self.namespace, name))

    async def conditions(self, kind: Kind = DIGITAL_FTE, name: str = "helper") -> dict[str, Object]:
        live = await self.get(kind, name)
        assert live is not None
        return {c["type"]: c for c in live.get("status", {}).get("conditions", ())}

    async def until(self, met: Callable[[], Any], *, reconcile: bool = True) -> Any:
        """Poll (and reconcile in between) until the coroutine function `met` gives something true."""
        async with asyncio.timeout(SECONDS):
            while True:
                if reconcile:
                    await self.reconcile()
                    await self.kubelet.tick()
                if found := await met():
                    return found
                await asyncio.sleep(0.02)

    async def until_condition(self, condition: str, reason: str, *, reconcile: bool = True) -> Object:
        async def met() -> Object | None:
            found = (await self.conditions()).get(condition, {})
            return found if found.get("reason") == reason else None

        return await self.until(met, reconcile=reconcile)

    async def until_ready(self, *, reconcile: bool = True) -> None:
        """Until it is what its spec asks for: ready, and nothing under way."""

        async def met() -> bool:
            found = await self.conditions()
            return found.get("Ready", {}).get("status") == "True" and "Reconciling" not in found

        await self.until(met, reconcile=reconcile)

    def audited(self) -> list[Object]:
        """The API server's events of this namespace; its last line may be half written."""
        lines = self.audit_log.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in lines if self.namespace in line]

    def writes(self) -> list[str]:
        """Every mutating request for this namespace by the product or by kopf, Leases apart."""
        return [
            f"{event['verb']} {event['objectRef']['resource']}/{event['objectRef'].get('name')}"
            for event in self.audited()
            if event["userAgent"].startswith(("fte-operator", "kopf"))
            and event["verb"] not in ("get", "list", "watch")
            and event["objectRef"]["resource"] != "leases"
        ]


def secret(name: str = "helper-database", **data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {"digitalfte.dev/watch": "true"}},
        "stringData": data or {"url": "postgresql://canary-5f1c@nowhere/db"},
    }


def documents(name: str = "helper-knowledge", **data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"digitalfte.dev/watch": "true"}},
        "data": data or {"handbook.md": "# Handbook\n\nWe open at nine.\n"},
    }


def channel(name: str = "website") -> Object:
    return {
        "apiVersion": SUPPORT_CHANNEL.api_version,
        "kind": SUPPORT_CHANNEL.name,
        "metadata": {"name": name},
        "spec": {"type": "WebForm", "webForm": {}},
    }


def whatsapp(name: str = "whatsapp", run_state: str = "Active", **settings: Any) -> Object:
    required = {
        "sender": f"+49{uuid4().int % 10**10:010}",  # the control plane is shared, and a sender is one channel's
        "accountSidSecretRef": {"name": "twilio", "key": "account-sid"},
        "authTokenSecretRef": {"name": "twilio", "key": "auth-token", "previousKey": "auth-token-previous"},
    }
    spec = {"type": "TwilioWhatsApp", "runState": run_state, "twilioWhatsApp": required | settings}
    return channel(name) | {"spec": spec}


def twilio(**data: str) -> Object:
    return secret("twilio", **({"account-sid": "canary-sid", "auth-token": "canary-token"} | data))


def gmail(name: str = "mail", run_state: str = "Active", **settings: Any) -> Object:
    """A mailbox nobody else has: the control plane is shared."""
    required = {
        "mailbox": f"m{uuid4().hex[:12]}@northwind.example",
        "credentialsSecretRef": {"name": "gmail", "key": "key.json"},
    }
    return channel(name) | {"spec": {"type": "Gmail", "runState": run_state, "gmail": required | settings}}


def pushes(**members: Any) -> Object:
    return {"topic": "projects/shop/topics/mail", "serviceAccountEmail": "push@shop.iam.example.com"} | members


def google(key: str = "canary-key") -> Object:
    return secret("gmail", **{"key.json": key})


def employee(kafka: str = "127.0.0.1:9", **changes: Any) -> Object:
    spec = {
        "model": {"provider": "Offline"},
        "company": {"name": "Example"},
        "knowledge": {"sources": [{"name": "handbook", "configMapRef": {"name": "helper-knowledge"}}]},
        "channels": [{"channelRef": "website"}],
        "kafka": {"bootstrapServers": kafka},
        "database": {"urlSecretRef": {"name": "helper-database", "key": "url"}},
        "api": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}},
        "worker": {"autoscaling": {"minReplicas": 1, "maxReplicas": 2}},
    }
    return {
        "apiVersion": DIGITAL_FTE.api_version,
        "kind": DIGITAL_FTE.name,
        "metadata": {"name": "helper"},
        "spec": spec | changes,
    }
