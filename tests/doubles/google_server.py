"""The Google double as a process that a test may kill.

``python tests/doubles/google_server.py --journal FILE --folder DIR [--port 0] [--host ADDRESS] [--script FILE]
[--mailbox ADDRESS]… [--alias ADDRESS]… [--subscription JSON]``
The first line on standard output is its base URL. ``DIR/service-account.json`` then holds a key that it knows, and
``DIR/authorised-user.json`` a consent for the first mailbox. Orders: see doubles/google/control.py.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from doubles.google.double import GoogleDouble
from doubles.google.identities import Consent
from doubles.google.misbehaviour import Rule
from doubles.google.pubsub import Subscription


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--journal", type=Path, required=True, help="written line by line, and gone on from")
    parser.add_argument("--folder", type=Path, required=True, help="where credentials are written to")
    parser.add_argument("--script", type=Path, help="JSON: a list of rules (doubles/google/misbehaviour.py)")
    parser.add_argument("--mailbox", action="append", default=[])
    parser.add_argument("--alias", action="append", default=[])
    parser.add_argument("--subscription", type=json.loads, help="JSON: endpoint, audience, …")
    return parser.parse_args()


async def serve(given: argparse.Namespace) -> None:
    rules = json.loads(given.script.read_text()) if given.script else []
    mailboxes = given.mailbox or ["desk@example.org"]
    double = GoogleDouble(
        mailboxes=mailboxes,
        aliases=given.alias,
        rules=[Rule.of(rule) for rule in rules],
        journal=given.journal,
    )
    double.identities.consents.append(Consent(mailboxes[0]))
    if given.subscription:
        double.pubsub.subscription = Subscription(**given.subscription)
    await double.start(given.port, given.host)
    account = double.identities.service_accounts[0]
    (given.folder / "service-account.json").write_text(account.file(double.token_url))
    (given.folder / "authorised-user.json").write_text(double.identities.consents[0].file())
    sys.stdout.write(f"{double.url}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
