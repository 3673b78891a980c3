"""Pods of a test's own, beside those of the product."""

import json
from dataclasses import dataclass

import yaml
from cluster import Cluster, Object

SERVED = 8000
LISTEN = f"import http.server as h; h.test(h.BaseHTTPRequestHandler, port={SERVED}, bind='0.0.0.0')"
TRY = """
import json, socket, sys
def connects(target):
    host, _, port = target.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 3).close()
        return True
    except OSError:
        return False
print(json.dumps({target: connects(target) for target in sys.argv[1:]}))
"""


@dataclass(frozen=True)
class Place:
    """A pod from which things are tried."""

    cluster: Cluster
    namespace: str
    pod: str

    @property
    def address(self) -> str:
        status = self.cluster.get("pod", self.namespace, self.pod)["status"]
        return str(status["podIP"])

    def connects(self, *targets: str) -> dict[str, bool]:
        """Which of some ``host:port`` answer."""
        found: dict[str, bool] = json.loads(self.python(TRY, *targets))
        return found

    def python(self, program: str, *arguments: str, stdin: str | None = None) -> str:
        """What a program prints that the pod's own Python runs."""
        command = ["exec", "-i", "-n", self.namespace, self.pod, "--", "python3", "-c", program, *arguments]
        return self.cluster.kubectl(*command, stdin=stdin)


def pod(cluster: Cluster, namespace: str, name: str) -> Place:
    """A pod of the product's image, which the node has, that serves `SERVED`."""
    operator = cluster.get("deploy", "fte-system", "fte-operator")["spec"]["template"]["spec"]
    container = {
        "name": "main",
        "image": operator["containers"][0]["image"],
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", LISTEN],
        "securityContext": operator["containers"][0]["securityContext"],
    }
    spec: Object = {"containers": [container], "securityContext": operator["securityContext"]}
    spec |= {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0}
    metadata = {"name": name, "namespace": namespace, "labels": {"app": "stranger"}}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(manifest))
    cluster.kubectl("-n", namespace, "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=120s")
    return Place(cluster, namespace, name)
