"""The whole operator as a process, on a real API server and a real broker, with the rights of its manifest."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import yaml
from operator_world import IMAGE, channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, LEASE, SUPPORT_CHANNEL

pytestmark = [pytest.mark.control_plane, pytest.mark.kafka]
ROOT = Path(__file__).resolve().parents[2]
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class Process:
    """``fte-operator run`` in the test's namespace."""

    def __init__(self, world, kubeconfig, identity):
        self.world, self.kubeconfig, self.identity = world, kubeconfig, identity
        self.port = 0
        self.lines = []

    async def start(self, port):
        self.port = port
        environment = os.environ | {
            "FTE_OPERATOR_RUNTIME_IMAGE": IMAGE,
            "FTE_OPERATOR_NAMESPACE": self.world.namespace,
            "FTE_OPERATOR_WATCH_NAMESPACES": self.world.namespace,
            "FTE_OPERATOR_IDENTITY": self.identity,
            "FTE_OPERATOR_PORT": str(port),
            "KUBECONFIG": str(self.kubeconfig),
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fte_operator", "run", env=environment, stderr=asyncio.subprocess.PIPE
        )
        self.reader = asyncio.create_task(self._read())

    async def _read(self):
        while line := await self.process.stderr.readline():
            self.lines.append(line.decode())

    async def stop(self, number=signal.SIGTERM):
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(20):
            code = await self.process.wait()
            await self.reader
        return code

    async def metric(self, name):
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if line.startswith(name):
                    return float(line.rsplit(" ", 1)[1])
        return 0.0


@pytest.fixture
async def alive(world):
    """A namespace whose pods run by themselves."""
    task = asyncio.create_task(world.kubelet.run())
    yield world
    task.cancel()


@pytest.fixture
async def kubeconfig(world, tmp_path, request):
    """Access with exactly the rights in deploy/operator.yaml, its objects moved to the test's namespace.

    As "namespaced", the ClusterRole is bound in that namespace alone, as docs/operations.md describes it.
    """
    namespaced = getattr(request, "param", "") == "namespaced"
    paths = {
        "ServiceAccount": f"/api/v1/namespaces/{world.namespace}/serviceaccounts",
        "ClusterRole": f"{RBAC}/clusterroles",
        "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
        "Role": f"{RBAC}/namespaces/{world.namespace}/roles",
        "RoleBinding": f"{RBAC}/namespaces/{world.namespace}/rolebindings",
    }
    clusterwide = []
    for manifest in yaml.safe_load_all((ROOT / "deploy/operator.yaml").read_text()):
        path = paths.get(manifest["kind"])
        if path is None:
            continue
        text = json.dumps(manifest).replace("fte-system", world.namespace)
        if manifest["kind"].startswith("Cluster"):
            moved = json.loads(text.replace('"fte-operator"', f'"{world.namespace}"'))
            moved = moved | ({"subjects": json.loads(text)["subjects"]} if "subjects" in moved else {})
            if namespaced and manifest["kind"] == "ClusterRoleBinding":
                await world.raw.call("POST", paths["RoleBinding"], moved | {"kind": "RoleBinding"})
                continue
            clusterwide.append(f"{path}/{world.namespace}")
        else:
            moved = json.loads(text)
        await world.raw.call("POST", path, moved)
    account = f"{paths['ServiceAccount']}/fte-operator/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = (await world.raw.call("POST", account, request))["status"]["token"]
    access = yaml.safe_load(world.kubeconfig.read_text())
    access["users"] = [{"name": access["users"][0]["name"], "user": {"token": token}}]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(access))
    yield path
    for path in clusterwide:
        await world.raw.call("DELETE", path)


@pytest.fixture
async def run(alive, kubeconfig, unused_tcp_port_factory):
    @asynccontextmanager
    async def running(identity):
        process = Process(alive, kubeconfig, identity)
        await process.start(unused_tcp_port_factory())
        try:
            yield process
        finally:
            await process.stop(signal.SIGKILL)
            log = "".join(process.lines)
            assert "Traceback" not in log and "unexpected" not in log, log

    return running


async def holder(world):
    lease = await world.get(LEASE, "fte-operator")
    return lease and lease["spec"]["holderIdentity"]


def refused(world):
    """Requests of the operator that its rights did not cover."""
    events = [json.loads(line) for line in world.audit_log.read_text().splitlines() if world.namespace in line]
    return [
        event["requestURI"]
        for event in events
        if event["user"]["username"].endswith(f":{world.namespace}:fte-operator")
        and event["responseStatus"]["code"] in (401, 403)
    ]


@pytest.mark.parametrize("kubeconfig", ["everywhere", "namespaced"], indirect=True)
async def test_from_apply_to_ready_and_a_restart_that_writes_nothing(alive, run, kafka_bootstrap):
    world = alive
    async with run("one") as first:
        await world.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await world.until_ready(reconcile=False)

        async def channel_ready():
            found = await world.conditions(SUPPORT_CHANNEL, "website")
            return found.get("Ready", {}).get("status") == "True"

        await world.until(channel_ready, reconcile=False)
        bound = await world.get(SUPPORT_CHANNEL, "website")
        assert bound["status"]["boundTo"] == [{"name": "helper"}]
        assert bound["status"]["endpointURL"].endswith("/support/submit")

        told = world.writes().count("patch digitalftes/helper")
        await world.delete(DEPLOYMENT, "helper-message-processor")
        await world.until(lambda: world.get(DEPLOYMENT, "helper-message-processor"), reconcile=False)

        async def told_again():  # Ready is what it was before the deletion until then
            return world.writes().count("patch digitalftes/helper") > told

        await world.until(told_again, reconcile=False)
        await world.until_ready(reconcile=False)
        assert await first.stop() == 0
    assert not await holder(world), "a graceful stop gives the Lease up"

    before = world.writes()
    assert before, "the audit log must show the writes of the first process"
    async with run("two") as second:

        async def reconciled():
            name = 'fte_operator_reconciles_total{kind="%s",result="success"}'
            kinds = (DIGITAL_FTE.name, SUPPORT_CHANNEL.name)
            return all([await second.metric(name % kind) >= 1 for kind in kinds])

        await world.until(lambda: holder(world), reconcile=False)
        await world.until(reconciled, reconcile=False)
        assert await second.stop() == 0
    assert world.writes() == before
    assert refused(world) == []


async def test_a_follower_takes_over_when_the_leader_stops(alive, run):
    async with run("one") as one:
        await alive.until(lambda: holder(alive), reconcile=False)
        async with run("two") as two:

            async def serves():
                try:
                    return await two.metric("fte_operator_leader") == 0
                except aiohttp.ClientError:
                    return False

            await alive.until(serves, reconcile=False)
            assert await holder(alive) == "one"
            assert await one.stop() == 0

            async def taken():
                return await holder(alive) == "two"

            await alive.until(taken, reconcile=False)


async def test_a_lost_lease_ends_the_process(alive, run):
    async with run("one") as one:
        await alive.until(lambda: holder(alive), reconcile=False)
        path = LEASE.path(alive.namespace, "fte-operator")
        await alive.raw.patch(path, {"spec": {"holderIdentity": "intruder"}})
        async with asyncio.timeout(20):
            assert await one.process.wait() == 1
        assert await holder(alive) == "intruder"
