"""Run the real worker with one method that kills the process: no hook in the product.

``python tests/faults.py --config PATH --kill tickets.ingest:1:after`` runs ``fte-worker`` and sends
itself SIGKILL just after the first call of `Ports.tickets.ingest` returned (``before``: just before it
starts). A port that is a mapping stands for everything in it: ``senders.send`` is any channel's and
``senders[whatsapp].send`` that one's. What is behind no port is named by its class, as in
``fte_runtime.channels.gmail.account.Account.history``; with ``[gmail-sync]`` after the class only calls that are given
that argument count. ``--mutate NAME`` takes a safeguard away (tests/mutations.py). ``--stop`` stops
the process by SIGSTOP instead, until somebody lets it go on. ``--trace FILE`` appends a line per call of that
method, so a test sees how far it came. ``--poll SECONDS`` is how often mailboxes are read without a push. Mailboxes
are read as fast as they answer: the double's quota is one for a hurried day, and so is this process's.
"""

import argparse
import asyncio
import dataclasses
import signal
import sys
from pathlib import Path

from deaths import Kill, arm, wrapped
from mutations import MUTATIONS

from fte_runtime import logs
from fte_runtime.channels.gmail import quota, sync
from fte_runtime.commands.worker import work
from fte_runtime.config import WorkerConfig, load
from fte_runtime.wiring.worker import worker_ports


async def main() -> bool:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--kill", type=Kill.parse)
    parser.add_argument("--mutate", choices=sorted(MUTATIONS))
    parser.add_argument("--stop", action="store_true", help="SIGSTOP instead of SIGKILL")
    parser.add_argument("--trace", type=Path)
    parser.add_argument("--poll", type=float, default=sync.POLL_SECONDS)
    arguments = parser.parse_args()
    kill: Kill | None = arguments.kill
    if kill and arguments.stop:
        kill = dataclasses.replace(kill, signal=signal.SIGSTOP)
    if arguments.mutate:
        MUTATIONS[arguments.mutate]()
    sync.POLL_SECONDS = arguments.poll
    quota.BURST = quota.PER_MINUTE = 10**6
    if kill and kill.of_class:
        arm(kill, arguments.trace)
    config = load(WorkerConfig, arguments.config)
    logs.configure(config.log_level)
    async with worker_ports(config) as ports:
        return await work(config, wrapped(ports, kill, arguments.trace) if kill and not kill.of_class else ports)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main()) else 1)
