"""What a namespace lets be read, and the secret values that must not be in it."""

import base64
from urllib.parse import urlsplit

from cluster import Cluster


def canaries(cluster: Cluster, namespace: str) -> set[str]:
    """Every secret value of the namespace, and the password inside a database URL."""
    found: set[str] = set()
    for secret in cluster.get("secret", namespace):
        for encoded in secret["data"].values():
            value = base64.b64decode(encoded).decode()
            password = urlsplit(value).password if "://" in value else None
            found |= {value, encoded} | ({password} if password else set())
    return found


def everything_said(cluster: Cluster, namespace: str) -> dict[str, str]:
    """Each readable thing of a namespace but its Secrets: objects, events, logs, environments."""
    kinds = cluster.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    said = {kind: cluster.kubectl("get", kind, "-n", namespace, "-o", "json") for kind in kinds if kind != "secrets"}
    for pod in cluster.get("pod", namespace):
        name = pod["metadata"]["name"]
        said[f"log {name}"] = cluster.kubectl("-n", namespace, "logs", name, "--all-containers")
        if pod["status"]["phase"] == "Running":
            said[f"environment {name}"] = cluster.kubectl("-n", namespace, "exec", name, "--", "cat", "/proc/1/environ")
    return said
