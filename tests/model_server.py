"""A model that nobody here wrote, behind llama.cpp's own server, as ``hack/model-server`` made them."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cluster import until
from ports import free_port

NAME = "gemma-3-270m"
KEY = "real-model-key-0815"
_BRIEF = ("--repeat-penalty", "1.2", "--dry-multiplier", "1", "--dry-allowed-length", "2")
"""So small a model says one sentence again and again unless repetition is made unlikely."""

_CALLS = [word for token in (712, 514, 236746) for word in ("--logit-bias", f"{token}-100")]
"""By the template each message begins with a tool's name, or with ``all`` where it is text. With these tokens out of
reach, ``all`` and its beginnings, the model calls a tool where it must; so small a one seldom does by itself."""

_BEGUN = re.compile(r"new prompt, .*task\.n_tokens = \d+")
_ENDED = re.compile(r"total time = .* / +(\d+) tokens")


@dataclass(frozen=True)
class ModelServer:
    """The server as a process. ``url`` ends before ``/v1``; its log is the oracle of what it was asked."""

    url: str
    log: Path

    @property
    def begun(self) -> int:
        """How many prompts it began to read."""
        return len(_BEGUN.findall(self._said))

    @property
    def ended(self) -> int:
        """How many answers it wrote to their end."""
        return len(_ENDED.findall(self._said))

    @property
    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def model_server(folder: Path, address: str = "127.0.0.1") -> Iterator[ModelServer]:
    """The server at an address of this machine; skips the test where it is not to be had."""
    program, model, template = (os.environ.get(f"FTE_MODEL_{name}") for name in ("SERVER", "FILE", "TEMPLATE"))
    if not (program and model and template):
        pytest.skip(os.environ.get("FTE_MODEL_MISSING", "hack/test-model says where a real model's server is"))
    port, log = free_port(), folder / "llama-server.log"
    command = [program, "--model", model, "--alias", NAME, "--host", address, "--port", str(port), "--api-key", KEY]
    command += ["--jinja", "--chat-template-file", template, "--ctx-size", "8192", "--parallel", "1"]
    command += ["--threads", "1", "--poll", "0"]  # more wait for each other on a machine that is shared
    command += ["--temp", "0.2", *_BRIEF, *_CALLS, "--verbosity", "3"]  # warmer, it talks up to its limit
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL) as process:
        try:
            until("the model's server", lambda: _serves(f"http://{address}:{port}"), 120)
            yield ModelServer(f"http://{address}:{port}", log)
        finally:
            process.terminate()


def _serves(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
