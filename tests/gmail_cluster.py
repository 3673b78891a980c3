"""Gmail beside a cluster: a Google that pods reach, and the objects that connect an employee to a mailbox."""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import yaml
from cluster import ROOT, Instance, until
from doubles.google.journal import Journal
from whatsapp_cluster import PUBLIC_URL

DESK = "desk@e2e.example"
AUDIENCE = f"{PUBLIC_URL}/webhooks/gmail"
PROOF = "mx.google.com; dkim=pass header.i=@{domain}; dmarc=pass (p=REJECT) header.from={domain}"
"""What Gmail's receiving server writes on top of a mail whose sender it believes."""


@dataclass(frozen=True)
class Google:
    """The double as a process; its journal is the oracle of what was sent."""

    url: str
    journal: Path
    folder: Path

    def order(self, name: str, **what: Any) -> Any:
        """Have it do something (doubles/google/control.py)."""
        response = httpx.post(f"{self.url}/_double/{name}", json=what, timeout=30)
        response.raise_for_status()
        return response.json()

    def arrives(self, mail: EmailMessage, **what: Any) -> dict[str, str]:
        """A mail comes in; its id and thread."""
        found: dict[str, str] = self.order("deliver", raw=b64encode(mail.as_bytes()).decode(), **what)
        return found

    def sent(self, to: str) -> list[EmailMessage]:
        """What the mailbox sent to an address by the API, in order."""
        return [_read(entry) for entry in self.entries(to)]

    def entries(self, to: str) -> list[Mapping[str, Any]]:
        """The same as the journal has it."""
        return Journal.read(self.journal).sent(to)

    def answers(self, to: str, count: int, seconds: float = 60) -> list[EmailMessage]:
        """The first ``count`` mails to an address, once there are that many; there are no more."""
        found = until(f"{count} mails", lambda: (told := self.sent(to))[count - 1 :] and told, seconds)
        assert len(found) == count
        return found

    def statuses(self) -> list[Any]:
        """What each push was answered with."""
        return [push["outcome"] for push in Journal.read(self.journal).of("push")]

    @property
    def credentials(self) -> str:
        """A service account's key that opens the mailbox."""
        return (self.folder / "service-account.json").read_text()


def _read(entry: Mapping[str, Any]) -> EmailMessage:
    return message_from_bytes(b64decode(entry["raw"]), policy=default)  # type: ignore[return-value]


@contextmanager
def google(folder: Path, address: str, api: str) -> Iterator[Google]:
    """A Google at ``address`` of this machine, whose Pub/Sub pushes to ``api``."""
    journal = folder / "google.jsonl"
    subscription = json.dumps({"endpoint": f"{api}/webhooks/gmail", "audience": AUDIENCE})
    command = [sys.executable, ROOT / "tests" / "doubles" / "google_server.py", "--host", address, "--mailbox", DESK]
    command += ["--journal", journal, "--folder", folder, "--subscription", subscription]
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Google(process.stdout.readline().strip(), journal, folder)
        finally:
            process.terminate()


def written(sender: str, said: str, *, before: EmailMessage | None = None, **headers: str) -> EmailMessage:
    """A customer's mail that Gmail believes; ``before`` is the mail it answers, which it quotes as programs do."""
    mail = EmailMessage(policy=default.clone(max_line_length=200))
    mail["Authentication-Results"] = PROOF.format(domain=sender.rpartition("@")[2])
    facts = {"From": f"Ada Example <{sender}>", "To": DESK, "Subject": "A deleted task"}
    if before is not None:
        quoted = "\n".join(f"> {line}" for line in text(before).splitlines())
        said = f"{said}\n\nOn Mon, 4 May 2026 at 10:02, {before['From']} wrote:\n\n{quoted}\n"
        facts |= {"Subject": before["Subject"], "In-Reply-To": before["Message-ID"]}
        facts |= {"References": f"{before['References'] or ''} {before['Message-ID']}".strip()}
    for name, value in (facts | headers).items():
        mail[name.replace("_", "-")] = value
    mail.set_content(said)
    return mail


def text(mail: EmailMessage) -> str:
    """Its plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    plain: str = body.get_content()
    return plain


def secret(instance: Instance, credentials: str) -> str:
    """The mailbox's Secret, as YAML."""
    metadata = {"name": "gmail", "namespace": instance.namespace, "labels": {"digitalfte.dev/watch": "true"}}
    told = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    return yaml.safe_dump(told | {"stringData": {"credentials.json": credentials}})


def channel(instance: Instance, google_url: str) -> str:
    """The SupportChannel ``mail``, as YAML."""
    pushes = {
        "topic": "projects/desk-project/topics/mail",
        "subscription": "projects/desk-project/subscriptions/mail",
        "pushAudience": AUDIENCE,
        "serviceAccountEmail": "push@project.iam.gserviceaccount.com",
        "certsURL": f"{google_url}/oauth2/v1/certs",
    }
    settings = {
        "mailbox": DESK,
        "credentialsSecretRef": {"name": "gmail", "key": "credentials.json"},
        "pubSub": pushes,
        "apiURL": google_url,
        "tokenURL": f"{google_url}/token",
    }
    metadata = {"name": "mail", "namespace": instance.namespace}
    told = {"apiVersion": "digitalfte.dev/v1alpha1", "kind": "SupportChannel", "metadata": metadata}
    return yaml.safe_dump(told | {"spec": {"type": "Gmail", "gmail": settings}})
