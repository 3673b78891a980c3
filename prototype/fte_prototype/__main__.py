"""``fte-prototype``: the employee in a terminal or behind a form on this machine."""

import argparse
import sys
from pathlib import Path

from fte_agent.channels import WHATSAPP
from fte_agent.domain.behaviour import Company
from fte_prototype import repl, serve
from fte_prototype.clock import SystemClock
from fte_prototype.customer import DEFAULT_NAME
from fte_prototype.errors import PrototypeError
from fte_prototype.knowledge import DOCUMENTS, RULES
from fte_prototype.sandbox import COMPANY, Sandbox

PROGRAM = "fte-prototype"


def main() -> None:
    """Entry point; exits with 2 when the sandbox cannot be opened."""
    given = _parser().parse_args()
    company = COMPANY if given.company is None else Company(given.company)
    clock = SystemClock()
    opening = Sandbox.open(knowledge=given.knowledge, rules=given.rules, company=company, clock=clock)
    try:
        if given.command == "chat":
            repl.run(opening, given.channel, name=given.name, clock=clock)
        else:
            serve.run(opening, given.port, clock=clock)
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    except PrototypeError as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        raise SystemExit(2) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Try an AI support employee on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    chat = commands.add_parser("chat", help="write to the employee in the terminal, and see why it answers so")
    chat.add_argument("--channel", choices=repl.CHANNELS, default=WHATSAPP)
    chat.add_argument("--name", default=DEFAULT_NAME, metavar="CUSTOMER", help="the customer's name")
    form = commands.add_parser("serve", help="offer a web form on this machine alone")
    form.add_argument("--port", type=int, default=serve.PORT, help=f"default: {serve.PORT}")
    for command in (chat, form):
        command.add_argument(
            "--knowledge", type=Path, default=DOCUMENTS, metavar="PATH", help="a Markdown file, or a folder of them"
        )
        command.add_argument("--rules", type=Path, default=RULES, metavar="PATH", help="the escalation rules")
        command.add_argument("--company", metavar="NAME", help="whom the employee speaks for")
    return parser


if __name__ == "__main__":
    main()
