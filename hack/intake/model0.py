"""``fte-worker`` whose model takes no time: what is left is the path around it. usage: model0.py --config DOCUMENT"""

import argparse
import dataclasses
from pathlib import Path

import uvloop

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Outcome, Reason, TurnContext
from fte_runtime.commands.worker import work
from fte_runtime.config import WorkerConfig, load
from fte_runtime.wiring.worker import worker_ports

ANSWER = Decision(outcome=Outcome.SOCIAL, author=Author.SYSTEM, parts=("You are welcome.",))


class Instant:
    """An employee with one answer to everything."""

    revision = "model0"

    async def decide(self, context: TurnContext) -> Decision:
        """The answer."""
        return ANSWER

    def escalate(self, context: TurnContext, reason: Reason) -> Decision:
        """The answer."""
        return ANSWER


async def main() -> bool:
    """Work until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    config = load(WorkerConfig, parser.parse_args().config)
    async with worker_ports(config) as ports:
        return await work(config, dataclasses.replace(ports, employee=Instant()))


if __name__ == "__main__":
    uvloop.run(main())
