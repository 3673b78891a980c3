"""What of the database's URL follows into the objects that are made: its ports, within bounds."""

import base64

from fte_operator.desired import network
from fte_operator.desired.secret_refs import SecretUse
from fte_operator.reconcile.secret_values import HINT, SecretValues
from fte_operator.status.observed import Problem

LONGEST = 8192
"""Bytes of a URL; the token of a cloud's log-in, the longest part there is, takes some 2,000."""

MOST_PORTS = 32
"""Each is a line of three NetworkPolicies."""


def ports(secrets: SecretValues, use: SecretUse, problems: list[Problem]) -> tuple[int, ...]:
    """The ports in the URL that `use` names; none where it is missing, or too large, which is added to `problems`."""
    if secrets.problem(use) is not None:
        return ()
    url = base64.b64decode(secrets.value(use) or "").decode()
    found = network.database_ports(url) if len(url.encode()) <= LONGEST else ()
    if 0 < len(found) <= MOST_PORTS:
        return found
    remedy = f"write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, of at most {LONGEST} bytes and {MOST_PORTS} ports"
    message = f"Secret {use.secret} ({use.field}) holds a URL without end in key {use.key}: {remedy}"
    hint = HINT if use.secret in secrets.unwatched() else ""
    problems.append(Problem("InvalidURL", message, stalled=True, hint=hint))
    return ()
