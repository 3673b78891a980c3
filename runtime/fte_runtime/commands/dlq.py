"""``fte-dlq``: what could not be processed, and playing it again once its cause is cured."""

import argparse
import asyncio
import json
import sys
from contextlib import aclosing

from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.bus.kafka_reader import KafkaReader
from fte_runtime.commands.arguments import argument_parser, read_document
from fte_runtime.config import ConfigError, WorkerConfig
from fte_runtime.dead_letters import DeadLetters
from fte_runtime.errors import DataPlaneError
from fte_runtime.events import Topics
from fte_runtime.wiring.kafka import kafka_access

CLIENT = "fte-dlq"


def main() -> None:
    """Entry point; exits with 2 for a wrong document, 1 when the bus or a dead letter is not there."""
    arguments = _arguments()
    config = read_document(WorkerConfig, arguments.config, CLIENT)
    try:
        asyncio.run(_run(config, arguments))
    except (ConfigError, DataPlaneError) as error:
        sys.stderr.write(f"{CLIENT}: {error}\n")
        raise SystemExit(1) from error


async def _run(config: WorkerConfig, arguments: argparse.Namespace) -> None:
    access, topics = kafka_access(config.kafka), Topics(config.kafka.topic_prefix)
    async with aclosing(KafkaPublisher(access, client_id=CLIENT)) as publisher:
        reader = KafkaReader(access, client_id=CLIENT)
        letters = DeadLetters(topic=topics.dlq, prefix=topics.prefix, reader=reader, publisher=publisher)
        match arguments.command:
            case "list":
                for letter in await letters.all():
                    _tell(letter.as_json())
            case "show":
                for letter in await letters.find([arguments.place]):
                    _tell(letter.as_json(body=arguments.body))
            case "replay":
                for letter in await letters.find(arguments.places):
                    await letters.replay(letter)
                    _tell({"place": letter.place, "replayed": True})


def _arguments() -> argparse.Namespace:
    parser = argument_parser(CLIENT, "Show and replay dead letters, a line of JSON each.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all of them, without what customers wrote")
    show = commands.add_parser("show", help="one of them")
    show.add_argument("place", help="partition:offset, as listed")
    show.add_argument("--body", action="store_true", help="with what the customer wrote")
    replay = commands.add_parser("replay", help="publish again where they came from")
    replay.add_argument("places", nargs="+", metavar="place", help="partition:offset, as listed")
    return parser.parse_args()


def _tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
