"""Pods that run as nobody in particular, may write nowhere but to ``/tmp``, and know nothing of Kubernetes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fte_operator.api.quantity import canonical
from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.api.workloads import Resources
from fte_operator.desired import Object, image_contract, metadata, mounts
from fte_operator.desired.mounts import Mount
from fte_operator.desired.references import References

_USER = 10001
INNER = "metrics"
"""The port of probes, counts and health."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its `command` in the image with its `arguments`, what it sees, and what it costs.

    `digests` are annotations that change when a Secret's content does. `serving` programs answer probes, and `public`
    ones requests from outside besides.
    """

    component: str
    account: str
    command: str
    mounts: Sequence[Mount]
    resources: Resources
    digests: Mapping[str, str]
    arguments: Sequence[str] = ()
    serving: bool = False
    public: bool = False


def template(fte: DigitalFTE, image: str, program: Program, **spec: object) -> Object:
    """A pod template of one container; `spec` adds to the pod's spec."""
    metadata_ = {"labels": metadata.labels(fte, program.component)}
    if program.digests:
        metadata_["annotations"] = dict(program.digests)
    every_mount = [*program.mounts, mounts.temporary()]
    return {
        "metadata": metadata_,
        "spec": {
            "serviceAccountName": program.account,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": _pod_security(),
            "containers": [_container(image, program, every_mount)],
            "volumes": [mount.volume for mount in every_mount],
            **spec,
        },
    }


def digests(references: References, *mounted: str) -> dict[str, str]:
    """Annotations for the Secrets a pod mounts, named as in `References.digests`; none for what was not read."""
    known = references.digests
    return {digest_annotation(name): known[name] for name in mounted if name in known}


def digest_annotation(name: str) -> str:
    """Where a pod template says the digest of a Secret."""
    return f"digitalfte.dev/{name}-digest"


def _container(image: str, program: Program, every_mount: Sequence[Mount]) -> Object:
    container: Object = {
        "name": program.component,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [program.command, *program.arguments],
        "env": [{"name": "HOME", "value": "/tmp"}],  # noqa: S108 - a volume
        "resources": _resources(program.resources),
        "securityContext": _container_security(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [mount.volume_mount for mount in every_mount],
    }
    return container | _serving(program) if program.serving else container


def _serving(program: Program) -> Object:
    """Ports and probes. Start-up may take two minutes on a busy node; a serving process answers within seconds.

    Probes go to the port that visitors do not reach, where no crowd is in their way.
    """
    public = [_port("http", image_contract.PORT)] if program.public else []
    return {
        "ports": [*public, _port(INNER, image_contract.METRICS_PORT)],
        "startupProbe": _probe("/healthz", period=2, failures=60),
        "livenessProbe": _probe("/healthz", period=10, failures=3),
        "readinessProbe": _probe("/readyz", period=5, failures=2),
    }


def _port(name: str, number: int) -> Object:
    return {"name": name, "containerPort": number, "protocol": "TCP"}


def _probe(path: str, *, period: int, failures: int) -> Object:
    get = {"path": path, "port": INNER}
    return {"httpGet": get, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 5}


def _resources(resources: Resources) -> Object:
    return {
        "requests": {name: canonical(value) for name, value in resources.requests},
        "limits": {name: canonical(value) for name, value in resources.limits if value is not None},
    }


def _pod_security() -> Object:
    return {
        "runAsNonRoot": True,
        "runAsUser": _USER,
        "runAsGroup": _USER,
        "fsGroup": _USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _container_security() -> Object:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
