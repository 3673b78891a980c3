"""The OpenAI double as a process beside a data plane."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from data_plane import ROOT, DataPlane, until
from ports import free_port


@dataclass(frozen=True)
class Endpoint:
    """Where it is, and what it keeps a journal in."""

    base_url: str
    journal: Path

    def answers(self) -> list[dict[str, Any]]:
        """What it has answered, in order."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [entry["data"] for entry in map(json.loads, lines) if entry["kind"] == "answer"]


async def an_endpoint(plane: DataPlane, key: str) -> Endpoint:
    """One that takes that key; it ends with the data plane."""
    port, journal = free_port(), plane.folder / "model.jsonl"
    server = ROOT / "tests" / "doubles" / "openai_server.py"
    plane.start(sys.executable, server, "--journal", journal, "--port", str(port), "--key", key)
    made = Endpoint(f"http://127.0.0.1:{port}/v1", journal)

    async def serves() -> bool:
        try:
            return (await plane.http.get(f"{made.base_url}/models")).status_code == 401
        except httpx.TransportError:
            return False

    await until(serves, 60, "the endpoint")
    return made
