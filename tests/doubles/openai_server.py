"""The OpenAI double as a process that a test may kill.

``python tests/doubles/openai_server.py --journal FILE [--port 0] [--host ADDRESS] [--script FILE] [--key KEY]…
[--model NAME]… [--able JSON]``
The first line on standard output is its URL; clients are given that with ``/v1``. Orders: see
doubles/openai/control.py.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from doubles.openai.double import KEY, MODELS, OpenAIDouble
from doubles.openai.misbehaviour import Rule
from doubles.openai.parameters import Capabilities


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--journal", type=Path, required=True, help="written line by line, and gone on from")
    parser.add_argument("--script", type=Path, help="JSON: a list of rules (doubles/openai/misbehaviour.py)")
    parser.add_argument("--key", action="append", default=[], help="one that is good")
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--able", type=json.loads, default={}, help="JSON: {store: false, …}")
    return parser.parse_args()


async def serve(given: argparse.Namespace) -> None:
    rules = json.loads(given.script.read_text()) if given.script else []
    double = OpenAIDouble(
        keys=given.key or [KEY],
        models=given.model or MODELS,
        able=Capabilities(**given.able),
        rules=[Rule.of(rule) for rule in rules],
        journal=given.journal,
    )
    await double.start(given.port, given.host)
    sys.stdout.write(f"{double.url}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
