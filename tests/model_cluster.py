"""A model beside a cluster: an endpoint that pods reach, and the spec that sends an employee to it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from cluster import ROOT, Instance
from doubles.openai.journal import Journal

SECRET, KEY = "model", "api-key"


@dataclass(frozen=True)
class Endpoint:
    """The double as a process that takes one key; its journal is the oracle of what it was asked."""

    url: str
    key: str
    journal: Path

    def asked(self) -> int:
        """How many answers of a model were asked of it."""
        return len(Journal.read(self.journal).requests("chat"))


@contextmanager
def endpoint(folder: Path, address: str, key: str, model: str) -> Iterator[Endpoint]:
    """An endpoint at ``address`` of this machine."""
    journal = folder / "model.jsonl"
    command = [sys.executable, ROOT / "tests" / "doubles" / "openai_server.py", "--host", address]
    command += ["--journal", journal, "--key", key, "--model", model]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Endpoint(process.stdout.readline().strip(), key, journal)
        finally:
            process.terminate()


def put_key(instance: Instance, key: str) -> None:
    """Write the Secret with the endpoint's key; it is labelled, so that it counts at once."""
    metadata = {"name": SECRET, "namespace": instance.namespace, "labels": {"digitalfte.dev/watch": "true"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {KEY: key}}
    instance.cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(secret))


def ask_hosted(instance: Instance, url: str, model: str) -> None:
    """Have the employee ask that model."""
    reference = {"name": SECRET, "key": KEY}
    hosted = {"provider": "OpenAICompatible", "name": model, "baseURL": f"{url}/v1", "apiKeySecretRef": reference}
    _patch(instance, {"model": hosted, "extraEgress": [{"port": urlsplit(url).port}]})


def ask_offline(instance: Instance) -> None:
    """Have the employee ask nobody."""
    fields = ("name", "baseURL", "apiKeySecretRef")
    _patch(instance, {"model": {"provider": "Offline"} | dict.fromkeys(fields)})


def _patch(instance: Instance, spec: dict[str, Any]) -> None:
    arguments = ["patch", "dfte", instance.name, "--type=merge", "-p", json.dumps({"spec": spec})]
    instance.cluster.kubectl("-n", instance.namespace, *arguments)
