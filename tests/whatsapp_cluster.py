"""WhatsApp beside a cluster: a Twilio that pods reach, and the objects that connect an employee to it."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from cluster import ROOT, Cluster, Instance
from doubles.twilio.journal import Journal

PUBLIC_URL = "https://support.e2e.example"
SENDER = "+14155238886"
ACCOUNT = "AC" + "0" * 32


@dataclass(frozen=True)
class Twilio:
    """The double as a process; its journal is the oracle of what the provider accepted."""

    url: str
    journal: Path

    def order(self, name: str, **what: Any) -> Any:
        """Have it do something (doubles/twilio/control.py)."""
        response = httpx.post(f"{self.url}/_double/{name}", json=what, timeout=30)
        response.raise_for_status()
        return response.json()

    def writes(self, customer: str, body: str) -> list[int]:
        """A customer writes; the statuses that the webhook was answered with."""
        return [outcome["status"] for outcome in self.order("inbound", customer=customer, body=body)["outcomes"]]

    def accepted(self, customer: str) -> list[str]:
        """What the provider took for a customer, in order."""
        return [message["body"] for message in Journal.read(self.journal).accepted(customer)]


@contextmanager
def twilio(folder: Path, address: str, api: str) -> Iterator[Twilio]:
    """A Twilio at ``address`` of this machine, whose webhooks to `PUBLIC_URL` arrive at ``api``."""
    journal = folder / "twilio.jsonl"
    webhook = json.dumps({"callback_url": f"{PUBLIC_URL}/webhooks/whatsapp"})
    command = [sys.executable, ROOT / "tests" / "doubles" / "twilio_server.py", "--host", address, "--sender", SENDER]
    command += ["--journal", journal, "--reach", f"{PUBLIC_URL}={api}", "--webhook", webhook]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Twilio(process.stdout.readline().strip(), journal)
        finally:
            process.terminate()


def secret(instance: Instance, **tokens: str) -> str:
    """The account's Secret with these keys beside the SID, as YAML."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "twilio",
                "namespace": instance.namespace,
                "labels": {"digitalfte.dev/watch": "true"},
            },
            "stringData": {"account-sid": ACCOUNT} | {name.replace("_", "-"): token for name, token in tokens.items()},
        }
    )


def channel(instance: Instance, twilio_url: str) -> str:
    """The SupportChannel ``whatsapp``, as YAML."""
    reference = {"name": "twilio", "key": "auth-token", "previousKey": "auth-token-previous"}
    settings = {
        "sender": SENDER,
        "accountSidSecretRef": {"name": "twilio", "key": "account-sid"},
        "authTokenSecretRef": reference,
        "apiURL": twilio_url,
    }
    return yaml.safe_dump(
        {
            "apiVersion": "digitalfte.dev/v1alpha1",
            "kind": "SupportChannel",
            "metadata": {"name": "whatsapp", "namespace": instance.namespace},
            "spec": {"type": "TwilioWhatsApp", "twilioWhatsApp": settings},
        }
    )


def bind(instance: Instance, *channels: str, vendors: Iterable[str]) -> None:
    """Have the employee listen on these channels, be reached at `PUBLIC_URL`, and reach the ``vendors``' own ports."""
    spec: dict[str, Any] = {"channels": [{"channelRef": name} for name in channels], "api": {"publicURL": PUBLIC_URL}}
    spec |= {"extraEgress": [{"port": urlsplit(vendor).port} for vendor in vendors]}
    arguments = ["patch", "dfte", instance.name, "--type=merge", "-p", json.dumps({"spec": spec})]
    instance.cluster.kubectl("-n", instance.namespace, *arguments)


def condition(cluster: Cluster, namespace: str, kind: str, channel: str = "whatsapp") -> dict[str, str]:
    """One condition of a channel; empty while there is none."""
    status = cluster.get("sch", namespace, channel).get("status", {})
    return next((found for found in status.get("conditions", []) if found["type"] == kind), {})
