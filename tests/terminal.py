"""A program of ours on a pseudo-terminal."""

import signal
import sys
from collections.abc import Sequence

import pexpect

DEADLINE = 60.0  # learning the rules takes a second; far more on a busy machine


def on_a_terminal(module: str, arguments: Sequence[str]) -> pexpect.spawn:
    """``python -m module``, where Ctrl-C works: a background job hands down that interrupts are ignored, and what a
    program inherits ignored it may not hear of."""
    return pexpect.spawn(
        sys.executable,
        ["-m", module, *arguments],
        timeout=DEADLINE,
        encoding="utf-8",
        echo=False,
        dimensions=(50, 400),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
