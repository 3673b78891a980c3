"""An error as a log may tell it: where it arose and of what type, never in words we did not write.

Drivers, parsers and providers quote what they were given, and that is what a customer wrote.
"""

import traceback
from collections.abc import Iterator

OUR_PACKAGES = ("fte_runtime", "fte_agent", "fte_database", "fte_transport")


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
