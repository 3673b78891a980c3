"""``fte-operator run`` (the default) and ``fte-operator render -f FILE``."""

import asyncio
import logging
import sys

from pydantic import ValidationError

from fte_operator import logs, render
from fte_operator.errors import OperatorError
from fte_operator.process import Operator, take_signals
from fte_operator.settings import Settings

_log = logging.getLogger(__name__)


def main() -> None:
    """The program; exits 0 after a graceful stop, 1 after a lost Lease or a failure, 2 for wrong usage."""
    command, *rest = sys.argv[1:] or ["run"]
    if command == "render":
        sys.exit(render.main(rest))
    if command != "run" or rest:
        sys.exit("usage: fte-operator [run] | fte-operator render -f FILE")
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit("; ".join(_fault(fault["loc"], fault["msg"]) for fault in error.errors()))
    logs.configure(settings.log_level)
    try:
        asyncio.run(_run(settings))
    except OperatorError as error:
        _log.error("stopped: %s: %s", error.reason, error)
        sys.exit(1)


def _fault(location: tuple[int | str, ...], message: str) -> str:
    variables = [f"FTE_OPERATOR_{part}".upper() for part in location[:1]]
    return ": ".join([*variables, message])


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    take_signals(stop)
    await Operator(settings, stop).run()


if __name__ == "__main__":
    main()
