"""``fte-evaluate`` with the model of a behaviour document: a desk beside a double of the model's endpoint."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from doubles.openai.journal import Journal
from evaluation_desk import TICKETS, Desk

ROOT = Path(__file__).resolve().parents[1]
KEY = "key-canary-4711"
PRICES = {"input": 2_500_000, "cached": 1_250_000, "output": 10_000_000}
PASSWORD = TICKETS[0] | {
    "id": "password",
    "messages": ["I forgot my password, how can I reset my password?"],
    "accepted_sections": ["help.md#resetting-a-password"],
}
SUITE = [*TICKETS, PASSWORD]
ASKED = 2
"""Tickets of the suite that a model is asked about: the others end by a rule."""

PLAYS = len(SUITE)


@dataclass
class Hosted:
    """The desk, a double of the model's endpoint as a process, and a document that names it."""

    desk: Desk
    url: str
    journal: Path
    asked_before: int = 0
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def suite(self) -> Path:
        return self.desk.suite(*SUITE)

    def order(self, name: str, what: object) -> None:
        httpx.post(f"{self.url}/_double/{name}", json=what, timeout=30).raise_for_status()

    def config(self, *, embedding: object = None, **endpoint: object) -> Path:
        told = {
            "base_url": f"{self.url}/v1",
            "api": "ChatCompletions",
            "max_output_tokens": 512,
            "store": False,
            "parallel_tool_calls": True,
            "tool_choice": True,
            "preload": "Calls",
            "prices": PRICES,
        }
        model = {"provider": "OpenAICompatible", "name": "gpt-4o", "endpoint": told | endpoint}
        document = {
            "image": "digital-fte:dev",
            "company": {"name": "Acme"},
            "model": model,
            "embedding": embedding,
            "knowledge_snapshot": None,
        }
        return self.desk.write("behaviour.yaml", yaml.safe_dump(document))

    def run(self, *arguments: object, config: Path | None = None, key: bool = True) -> int:
        """The command's status; with the key unless told otherwise."""
        given: list[object] = ["--suite", self.suite, "--config", config or self.config()]
        if key:
            given += ["--key-file", self.desk.write("key", f"{KEY}\n")]
        return self.desk.run(*given, *arguments)

    def requests(self) -> int:
        """How often the model was asked since the last call of this."""
        found = sum(r["operation"] == "chat" for r in Journal.read(self.journal).requests())
        new, self.asked_before = found - self.asked_before, found
        return new

    def report(self) -> Any:
        return json.loads((self.desk.folder / "report" / "report.json").read_text("utf-8"))


@contextmanager
def model_endpoint(folder: Path) -> Iterator[tuple[str, Path]]:
    """The double's URL and its journal, while it runs."""
    journal = folder / "journal.jsonl"
    command = [sys.executable, ROOT / "tests/doubles/openai_server.py", "--journal", journal, "--key", KEY]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), journal
        finally:
            process.terminate()
