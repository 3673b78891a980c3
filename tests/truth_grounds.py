"""Where the truth test runs.

On a control plane without nodes, the operator as a process, and `pods.Pods` in the place of kubelets; or on the cluster
that KUBECONFIG names with the operator installed in it, whose pods reach the services at this machine's address on
docker's network.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from chaos_services import PODS_OFFSET, Services
from data_plane import ROOT, DataPlane
from kubernetes.aio import client as api
from operator_world import IMAGE, Raw
from pod_service import served
from pods import INNER, PUBLIC, Pods
from ports import free_port, free_ports
from truth_world import NAME, ROLE, World

from fte_operator.cluster.access import configuration
from fte_operator.cluster.client import ApiServer


@asynccontextmanager
async def open_world(folder: Path, *, kind: bool) -> AsyncIterator[World]:
    """The whole of it, ready; everything started here is ended on leaving."""
    async with AsyncExitStack() as stack:
        services = Services(folder)
        stack.push_async_callback(services.stop)
        await services.start()
        addresses = await services.addresses()
        kubeconfig = Path(os.environ["KUBECONFIG"]) if kind else await _control_plane(stack)
        client = api.ApiClient(configuration=await configuration(kubeconfig))
        client.user_agent = "tests"
        stack.push_async_callback(client.close)
        raw, cluster, namespace = Raw(client), ApiServer(client, 10), f"truth-{secrets.token_hex(4)}"
        await raw.call("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        stack.push_async_callback(raw.call, "DELETE", f"/api/v1/namespaces/{namespace}")
        own, bootstrap = _addresses(addresses, kind)
        plane = DataPlane(folder, own, addresses["FTE_KAFKA"])
        stack.push_async_callback(plane.http.aclose)
        admin = addresses["FTE_DATABASE_URL"]
        world = World(raw, cluster, namespace, services, plane, admin, own, bootstrap, None, "")
        await _database(world)
        await (_forwarded if kind else _processes)(stack, world, folder, kubeconfig)
        await world.employ()
        if await world.until_well(180) is None:
            raise AssertionError(f"never ready: {json.dumps(await world.conditions(), indent=1)}")
        yield world


def _addresses(addresses: dict[str, str], kind: bool) -> tuple[str, str]:
    """The employee's URL and brokers, as its pods reach them."""
    given = urlsplit(addresses["FTE_DATABASE_URL"])
    host, port = addresses["FTE_KAFKA"].split(":")
    if kind:
        host, port = addresses["FTE_PODS_TO_HOST"], str(int(port) + PODS_OFFSET)
    netloc = f"{ROLE}:{secrets.token_hex(8)}@{host}:{given.port}"
    return urlunsplit(given._replace(netloc=netloc, path="/truth")), f"{host}:{port}"


async def _database(world: World) -> None:
    password = urlsplit(world.database_url).password
    await world.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{password}'", f"CREATE DATABASE {world.database} OWNER {ROLE}")
    await world.sql("CREATE EXTENSION vector", own=True)


async def _control_plane(stack: AsyncExitStack) -> Path:
    environment = os.environ | {"PORT": str(free_ports(3))}

    def run(verb: str) -> str:
        command = [str(ROOT / "hack" / "control-plane"), verb]
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    stack.callback(run, "down")
    lines = dict(line.split("=", 1) for line in (await asyncio.to_thread(run, "up")).splitlines())
    for verb in (("apply", "--server-side"), ("wait", "--for=condition=Established", "--timeout=30s")):
        command = [lines["KUBECTL"], "--kubeconfig", lines["KUBECONFIG"], *verb, "-f", str(ROOT / "crds")]
        await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
    return Path(lines["KUBECONFIG"])


async def _processes(stack: AsyncExitStack, world: World, folder: Path, kubeconfig: Path) -> None:
    """The operator and the pods as processes of this machine."""
    world.pods = pods = Pods(world.raw, world.cluster, world.namespace, folder / "pods")
    await _background(stack, pods.run)
    world.base_url = await served(stack, pods, PUBLIC)
    environment = os.environ | {
        "FTE_OPERATOR_RUNTIME_IMAGE": IMAGE,
        "FTE_OPERATOR_NAMESPACE": world.namespace,
        "FTE_OPERATOR_WATCH_NAMESPACES": world.namespace,
        "FTE_OPERATOR_PORT": str(free_port()),
        "FTE_OPERATOR_HEALTH_URL": await served(stack, pods, INNER),
        "KUBECONFIG": str(kubeconfig),
    }
    log = stack.enter_context((folder / "operator.log").open("wb"))
    command = [sys.executable, "-m", "fte_operator", "run"]
    operator = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    stack.push_async_callback(operator.wait)
    stack.callback(operator.terminate)


async def _forwarded(stack: AsyncExitStack, world: World, folder: Path, kubeconfig: Path) -> None:
    """The API's Service at a port of this machine, forwarded again whenever its pod has gone."""
    port = free_port()
    world.base_url = f"http://127.0.0.1:{port}"
    command = ["kubectl", "--kubeconfig", str(kubeconfig), "-n", world.namespace]
    command += ["port-forward", f"svc/{NAME}-api", f"{port}:80"]
    log = stack.enter_context((folder / "forward.log").open("wb"))

    async def forward() -> None:
        while True:
            process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
            try:
                await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
            await asyncio.sleep(0.5)

    await _background(stack, forward)


async def _background(stack: AsyncExitStack, work: Callable[[], Awaitable[Any]]) -> None:
    task = asyncio.ensure_future(work())

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
