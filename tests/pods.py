"""Pods of a control plane without nodes, run as processes of this machine: the product's own programs and documents.

What it does of a kubelet: mounts as folders, readiness by ``/readyz``, restarts, a Job's end with its termination
message, and an address for each port that leads to whichever API pod is ready. Paths and ports in ``config.yaml`` are
moved; the behaviour document is not touched, its hash is its revision.
"""

import asyncio
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from data_plane import PROGRAMS
from operator_world import Raw
from pod_folders import mounted, moved

from fte_operator.cluster.client import ApiServer
from fte_operator.cluster.kinds import POD, Object

PUBLIC, INNER = "port", "metrics_port"
"""Names of ports in documents: customers are led to the one, the operator to the other, which has the probes, too."""
COMPONENT = "app.kubernetes.io/component"
TICK_SECONDS = 0.2
PROBE_SECONDS = 1.0
MISSED_PROBES = 2
RESTART_SECONDS = 1.0


@dataclass
class Running:
    """One pod: its folder, its process, the ports that were chosen, and what was last said of it."""

    pod: Object
    folder: Path
    command: list[str]
    ports: dict[str, int]
    process: subprocess.Popen[bytes]
    ready: bool = False
    missed: int = 0
    probed: float = 0.0
    again: float = 0.0

    @property
    def component(self) -> str:
        return str(self.pod["metadata"]["labels"][COMPONENT])

    @property
    def is_job(self) -> bool:
        return "batch.kubernetes.io/controller-uid" in self.pod["metadata"]["labels"]

    @property
    def name(self) -> str:
        return str(self.pod["metadata"]["name"])


@dataclass
class Pods:
    """Every pod of a namespace. ``held`` components are killed and not started; ``unscheduled`` stay Pending."""

    raw: Raw
    cluster: ApiServer
    namespace: str
    folder: Path
    held: set[str] = field(default_factory=set)
    unscheduled: dict[str, str] = field(default_factory=dict)
    _running: dict[str, Running] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _number: int = 0

    async def run(self) -> None:
        """Until cancelled; the processes end with it."""
        async with httpx.AsyncClient(timeout=1.5) as http:
            try:
                while True:
                    await self._tick(http)
                    await asyncio.sleep(TICK_SECONDS)
            finally:
                for each in self._running.values():
                    each.process.kill()
                    each.process.wait()

    def of(self, component: str) -> list[Running]:
        """Pods of a component that run now."""
        return [each for each in self._running.values() if each.component == component]

    def send(self, component: str, number: signal.Signals) -> None:
        """A signal to each of its processes."""
        for each in self.of(component):
            each.process.send_signal(number)

    def api_port(self, name: str) -> int | None:
        """Where a ready API pod serves the port of that name."""
        return next((each.ports[name] for each in self.of("api") if each.ready), None)

    async def _tick(self, http: httpx.AsyncClient) -> None:
        pods = {pod["metadata"]["uid"]: pod for pod in await self.cluster.list(POD, self.namespace, COMPONENT)}
        for uid in self._running.keys() - pods.keys():
            asyncio.get_running_loop().run_in_executor(None, _stop, self._running.pop(uid).process)
        for uid, pod in pods.items():
            if uid in self._running:
                await self._look(http, self._running[uid])
            elif uid not in self._ended:
                await self._begin(uid, pod)

    async def _begin(self, uid: str, pod: Object) -> None:
        component = pod["metadata"]["labels"][COMPONENT]
        if component in self.unscheduled:
            told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
            await self._say(pod, {"conditions": [told | {"message": self.unscheduled[component]}]})
            return
        if component in self.held:
            return
        folder = self.folder / f"{self._number}-{component}"
        if not await mounted(self.cluster, pod, folder):
            return  # ContainerCreating
        self._number += 1
        command = [str(PROGRAMS / pod["spec"]["containers"][0]["command"][0])]
        command += ["--config", str(folder / "etc/fte/config.yaml")]
        ports = moved(folder, component, (PUBLIC, INNER))
        self._running[uid] = Running(pod, folder, command, ports, _start(command, folder))

    async def _look(self, http: httpx.AsyncClient, each: Running) -> None:
        now = asyncio.get_running_loop().time()
        if each.component in self.held:
            each.process.kill()
        code = each.process.poll()
        if code is not None and each.is_job:
            self._ended.add(each.pod["metadata"]["uid"])
            del self._running[each.pod["metadata"]["uid"]]
            await self._say(each.pod, _outcome(each, code))
        elif code is not None:
            await self._ready(each, False)
            each.again = each.again or now + RESTART_SECONDS
            if each.component not in self.held and now >= each.again:
                each.again, each.process = 0.0, _start(each.command, each.folder)
        elif not each.is_job and now >= each.probed + PROBE_SECONDS:
            each.probed = now
            each.missed = 0 if await _answers(http, each.ports[INNER]) else each.missed + 1
            if each.missed in (0, MISSED_PROBES):
                await self._ready(each, each.missed == 0)

    async def _ready(self, each: Running, ready: bool) -> None:
        if ready == each.ready:
            return
        each.ready = ready
        told = {"type": "Ready", "status": str(ready), "lastTransitionTime": "2026-01-01T00:00:00Z"}
        scheduled = {"type": "PodScheduled", "status": "True"}
        await self._say(each.pod, {"phase": "Running", "conditions": [scheduled, told]})

    async def _say(self, pod: Object, status: Object) -> None:
        with suppress(AssertionError):  # it is gone
            await self.raw.patch(POD.path(self.namespace, pod["metadata"]["name"], "status"), {"status": status})


def _start(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _outcome(each: Running, code: int) -> Object:
    log = each.folder / "dev/termination-log"
    terminated: Object = {"exitCode": code, "finishedAt": "2026-01-01T00:00:00Z"}
    terminated |= {"message": log.read_text()} if log.exists() else {}
    container = {"name": each.component, "image": "i", "imageID": "", "ready": False, "restartCount": 0}
    status = container | {"state": {"terminated": terminated}}
    return {"phase": "Failed" if code else "Succeeded", "containerStatuses": [status]}


async def _answers(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx.HTTPError:
        return False
