"""An error as a log or a report may tell it: where it arose and of what type, never in words we did not write.

Drivers, parsers and providers quote what they were given, and that is what a customer wrote.
"""

import traceback
from collections.abc import Iterator

from fte_database.errors import DatabaseError
from fte_runtime.errors import BusUnavailable, NewerVersion, ProviderError, public_sentence

OUR_PACKAGES = ("fte_runtime", "fte_agent", "fte_database", "fte_transport")


def sentence(error: BaseException) -> str:
    """What is in the way, by whose error it is; never what a driver or a customer wrote."""
    if isinstance(error, NewerVersion):
        return "a record is of a newer release; upgrade the workers"
    if isinstance(error, DatabaseError):
        return f"the database {public_sentence(error)}"
    if isinstance(error, BusUnavailable):
        return f"Kafka: {public_sentence(error)}"
    if isinstance(error, ProviderError):
        return f"the provider {public_sentence(error)}"
    if isinstance(error, TimeoutError):
        return "had no answer in time"
    return "failed unexpectedly; its log says why"


def summary(error: BaseException) -> str:
    """The error's type, with its text if the error is of one of `OUR_PACKAGES`."""
    kind = type(error)
    ours = kind.__module__.partition(".")[0] in OUR_PACKAGES
    return f"{kind.__name__}: {error}" if ours and str(error) else kind.__name__


def account(error: BaseException) -> str:
    """The error and what led to it, latest first: a line each with its summary and the code it passed."""
    return "\n".join(f"{summary(link)} at {_path(link)}" for link in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _path(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames)
