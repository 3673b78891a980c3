"""What end-to-end tests need of a cluster: kubectl, an applied employee, and a customer in front of its form."""

import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "quickstart"
Answer = TypeVar("Answer")
Object = dict[str, Any]


def until(what: str, probe: Callable[[], Answer | None], seconds: float) -> Answer:
    """The first truthy answer of `probe`; fails with the last one when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s; last answer: {answer!r}"
        time.sleep(0.2)  # polling interval of a wait that has a deadline


@dataclass(frozen=True)
class Cluster:
    """kubectl on one cluster."""

    kubeconfig: Path

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Run kubectl; its standard output. Fails with its standard error."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments]
        result = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=240, check=False)
        assert not check or result.returncode == 0, f"{' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def get(self, kind: str, namespace: str, name: str = "", *, selector: str = "") -> Any:
        """One object, or the list of items when no name is given."""
        words = [word for word in ("get", kind, name, "-n", namespace, "-o", "yaml") if word]
        answer = yaml.safe_load(self.kubectl(*words, *(["-l", selector] if selector else [])))
        return answer if name else answer["items"]

    def exists(self, kind: str, namespace: str, name: str) -> bool:
        """Whether the object is there."""
        return bool(self.kubectl("get", kind, name, "-n", namespace, "-o", "name", "--ignore-not-found").strip())

    @contextmanager
    def forward(self, namespace: str, target: str, port: int = 80) -> Iterator[str]:
        """A port-forward to `target` for as long as the context lasts; its base URL."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "-n", namespace, "port-forward", target, f":{port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            try:
                assert "Forwarding from 127.0.0.1:" in line, f"port-forward to {target}: {line!r}"
                yield "http://127.0.0.1:" + line.split("127.0.0.1:")[1].split(" ")[0]
            finally:
                process.terminate()
                process.wait(timeout=10)


@dataclass(frozen=True)
class Instance:
    """One applied employee: the sample's `helper`, in `namespace`, with topics under `prefix`."""

    cluster: Cluster
    namespace: str
    prefix: str
    name: str = "helper"

    def wait_ready(self, seconds: int = 180) -> None:
        """Until Ready and rolled out, as a user would wait."""
        rolled_out = "jsonpath={.status.conditions[?(@.type=='Progressing')].reason}=NewReplicaSetAvailable"
        for what in ("condition=Ready", rolled_out):
            arguments = ["wait", f"--for={what}", f"dfte/{self.name}", f"--timeout={seconds}s"]
            self.cluster.kubectl("-n", self.namespace, *arguments)

    def condition(self, kind: str) -> dict[str, str]:
        """One condition of the employee; empty while there is none."""
        status = self.cluster.get("dfte", self.namespace, self.name).get("status", {})
        return next((c for c in status.get("conditions", []) if c["type"] == kind), {})


@dataclass(frozen=True)
class Ticket:
    """What a submission was answered with."""

    ticket_id: str
    token: str


@dataclass(frozen=True)
class Customer:
    """Somebody in front of the form at `url`; a proxy heard them at `address`, if one stands before it."""

    url: str
    address: str | None = None

    def form(self, message: str, **changes: object) -> Object:
        """A valid submission."""
        form: Object = {
            "submission_id": str(uuid.uuid4()),
            "name": "Ada Example",
            "email": f"ada-{uuid.uuid4().hex[:8]}@example.org",
            "subject": "A question",
            "category": "general",
            "message": message,
            "consent": True,
            "hp": "",
            "t0": int((time.time() - 60) * 1000),
        }
        return form | changes

    def post(self, form: Object) -> httpx.Response:
        """Send the form."""
        headers = {"X-Forwarded-For": self.address} if self.address else {}
        return httpx.post(f"{self.url}/support/submit", json=form, headers=headers, timeout=15)

    def submit(self, form: Object) -> Ticket:
        """Send the form and expect it accepted."""
        response = self.post(form)
        assert response.status_code == 202, f"{response.status_code} {response.text}"
        body = response.json()
        return Ticket(body["ticket_id"], body["token"])

    def status(self, ticket: Ticket) -> Object:
        """The status page's answer."""
        headers = {"Authorization": f"Bearer {ticket.token}"}
        response = httpx.get(f"{self.url}/support/ticket/{ticket.ticket_id}", headers=headers, timeout=15)
        assert response.status_code == 200, f"{response.status_code} {response.text}"
        answer: Object = response.json()
        return answer

    def ask(self, message: str, *, seconds: float = 30, **changes: object) -> Object:
        """Submit and wait for the ticket to be answered or handed over; the status page's answer."""
        ticket = self.submit(self.form(message, **changes))

        def settled() -> Object | None:
            answer = self.status(ticket)
            spoken = any(m["author"] != "customer" for m in answer["messages"]) if "messages" in answer else False
            return answer if spoken and answer["status"] in {"waiting", "escalated"} else None

        return until(f"ticket {ticket.ticket_id} settled", settled, seconds)


def outside(instance: Instance) -> str:
    """A Service that leads from this machine to every ready pod of the API; its URL."""
    cluster, name = instance.cluster, f"{instance.name}-outside"
    labels = {"app.kubernetes.io/instance": instance.name, "app.kubernetes.io/component": "api"}
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": instance.namespace},
        "spec": {"type": "NodePort", "selector": labels, "ports": [{"port": 80, "targetPort": "http"}]},
    }
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(manifest))
    port = cluster.get("svc", instance.namespace, name)["spec"]["ports"][0]["nodePort"]
    query = "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}"
    url = f"http://{cluster.kubectl('get', 'nodes', '-o', query).strip()}:{port}"
    until(f"{url} leads there", lambda: _answers(url), 120)  # kube-proxy takes a moment
    return url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/support/", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def replies(answer: Object) -> list[Object]:
    """The messages of a status answer that the customer did not write."""
    return [message for message in answer["messages"] if message["author"] != "customer"]


def sample(namespace: str, *, database_url: str) -> str:
    """samples/quickstart moved into a namespace and database of its own, as one YAML stream."""
    objects: list[Object] = []
    for path in sorted(SAMPLE.glob("*.yaml")):
        objects += [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]
    for item in objects:
        if item["kind"] == "Namespace":
            item["metadata"]["name"] = namespace
        else:
            item["metadata"]["namespace"] = namespace
        if item["kind"] == "Secret" and "url" in item.get("stringData", {}):
            item["stringData"]["url"] = database_url
    return yaml.safe_dump_all(objects)
