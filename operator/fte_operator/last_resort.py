"""The end of a process that must not go on, whatever in it still waits."""

import logging
import os
import threading

_log = logging.getLogger(__name__)


def end_within(seconds: float) -> None:
    """End this process with status 1 unless it has ended by itself by then.

    An interpreter waits for every thread of its executors, and one that looks a name up may take a minute.
    """
    timer = threading.Timer(seconds, _end, (seconds,))
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    _log.error("something waits for more than %g s: ended without it", seconds)
    os._exit(1)
