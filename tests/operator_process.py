"""``fte-operator run`` as a process, and what it takes of memory."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import MappingProxyType

import aiohttp
from operator_world import IMAGE


class Process:
    """``fte-operator run`` in the test's namespace, and for those `beside` it."""

    command = ("-m", "fte_operator", "run")
    settings = MappingProxyType({})

    def __init__(self, world, kubeconfig, identity, beside=()):
        self.world, self.kubeconfig, self.identity = world, kubeconfig, identity
        self.namespaces = (*beside, world.namespace)
        self.port = 0
        self.lines = []

    async def start(self, port):
        self.port = port
        environment = os.environ | {
            "FTE_OPERATOR_RUNTIME_IMAGE": IMAGE,
            "FTE_OPERATOR_NAMESPACE": self.world.namespace,
            "FTE_OPERATOR_WATCH_NAMESPACES": ",".join(self.namespaces),
            "FTE_OPERATOR_IDENTITY": self.identity,
            "FTE_OPERATOR_PORT": str(port),
            "FTE_OPERATOR_HEALTH_URL": "http://127.0.0.1:1",  # no pod runs, so nobody answers
            "FTE_OPERATOR_HEALTH_SECONDS": "0.5",
            "KUBECONFIG": str(self.kubeconfig),
            **{f"FTE_OPERATOR_{name}": value for name, value in self.settings.items()},
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *self.command, env=environment, stderr=asyncio.subprocess.PIPE
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

    def peak(self):
        """The most memory it ever had, in MiB; its children apart."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
