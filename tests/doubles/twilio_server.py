"""The Twilio double as a process that a test may kill.

``python tests/doubles/twilio_server.py --journal FILE [--port 0] [--host ADDRESS] [--script FILE] [--reach A=B]…``
The first line on standard output is its base URL. Orders: see doubles/twilio/control.py.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from doubles.twilio.account import Account, Sender
from doubles.twilio.double import TwilioDouble
from doubles.twilio.misbehaviour import Rule


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--journal", type=Path, required=True, help="written line by line, and gone on from")
    parser.add_argument("--script", type=Path, help="JSON: a list of rules (doubles/twilio/misbehaviour.py)")
    parser.add_argument("--reach", action="append", default=[], metavar="PUBLIC=ACTUAL")
    parser.add_argument("--account-sid", default=Account().sid)
    parser.add_argument("--auth-token", default=Account().auth_token)
    parser.add_argument("--sender", default="+14155238886", help="E.164")
    parser.add_argument("--webhook", type=json.loads, default={}, help="JSON: callback_url, fallback_url, …")
    return parser.parse_args()


async def serve(given: argparse.Namespace) -> None:
    rules = json.loads(given.script.read_text()) if given.script else []
    sender = Sender(f"whatsapp:{given.sender}", webhook=given.webhook)
    double = TwilioDouble(
        Account(given.account_sid, given.auth_token, [sender]),
        rules=[Rule.of(rule) for rule in rules],
        journal=given.journal,
        reach=dict(pair.split("=", 1) for pair in given.reach),
    )
    await double.start(given.port, given.host)
    sys.stdout.write(f"{double.url}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
