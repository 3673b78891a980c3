"""``DatabaseReady``: the migration's end, and what the API meets since."""

from collections.abc import Mapping

from fte_operator.status.conditions import FALSE, TRUE, Condition, ConditionType
from fte_operator.status.health import DATABASE, WRITES, Faults
from fte_operator.status.shares import divided
from fte_transport import tls
from fte_transport.errors import TLS_FAILED

REMEDIES: Mapping[str, str] = {
    "WrongCredentials": "correct user or password, in the Secret of spec.database.urlSecretRef or on the server",
    "DatabaseMissing": "create the database, or correct its name in the Secret of spec.database.urlSecretRef",
    "InvalidURL": "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE into the Secret of spec.database.urlSecretRef",
    "HostNotFound": "correct the host in the Secret of spec.database.urlSecretRef, or the DNS",
    "TimedOut": "check host and port in the Secret of spec.database.urlSecretRef, firewalls, and the server",
    "Unreachable": "check host and port in the Secret of spec.database.urlSecretRef, and that the server runs",
    TLS_FAILED: "",  # the program's own words hold it, here and below
    "OwnedByAnother": "",
    "PgvectorMissing": "",
    "MigrationFailed": "see the logs of the Job's pod; delete the Job to try again",
}
"""What to do, by the reason that ``fte-migrate`` and ``fte-knowledge`` end with."""

_REPORT_REMEDIES: Mapping[str, str] = {
    **REMEDIES,
    TLS_FAILED: "make spec.database.caSecretRef, and sslmode in the Secret of urlSecretRef, fit the server's",
    "OwnedByAnother": "give this employee one of its own",
    "PgvectorMissing": "install it in the server, or have its administrator create the extension",
}
"""What to do about the sentences of the API's report, which hold no remedy."""

PASSING = frozenset({"Unreachable", "TimedOut"})
"""Reasons that may go away by themselves; the others wait for a person."""

SENTENCES: Mapping[str, str] = {
    "refuses the log-in": "WrongCredentials",
    "does not exist": "DatabaseMissing",
    "has a URL that cannot be understood": "InvalidURL",
    "has a host name without an address": "HostNotFound",
    **dict.fromkeys(sorted(tls.SENTENCES), TLS_FAILED),
    "does not answer in time": "TimedOut",
    "belongs to another employee": "OwnedByAnother",
    "lacks pgvector": "PgvectorMissing",
}
"""Reason by what the API's report says of the database; a contract test compares them with `fte_database.errors`."""


def faulty(faults: Faults) -> Condition | None:
    """What the API reports of a database that was migrated; None when that is nothing."""
    kind = ConditionType.DATABASE_READY
    if DATABASE in faults:
        reason = SENTENCES.get(divided(faults[DATABASE])[0], "Unreachable")
        message = with_remedy(f"the API cannot use the database: it {faults[DATABASE]}", _REPORT_REMEDIES[reason])
        return Condition(kind, FALSE, reason, message, stalled=reason not in PASSING)
    if WRITES in faults:
        message = f"the API cannot write to the database: it {faults[WRITES]}; nothing is answered until it can"
        return Condition(kind, FALSE, "NotWritable", message)
    return None


def migrated(job: str) -> Condition:
    """All is well."""
    return Condition(ConditionType.DATABASE_READY, TRUE, "Migrated", f"Job {job} is complete")


def with_remedy(said: str, remedy: str) -> str:
    """A message that says what to do."""
    return f"{said}; {remedy}" if remedy else said
