"""How often an employee's workloads were rolled out, as Kubernetes counts it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from cluster import Instance, until

Templates = dict[str, frozenset[str]]


def revisions(instance: Instance) -> dict[str, int]:
    """How often each Deployment's pod template was changed."""
    number = "deployment.kubernetes.io/revision"
    found = instance.cluster.get("deploy", instance.namespace)
    return {each["metadata"]["name"]: int(each["metadata"]["annotations"].get(number, 0)) for each in found}


def templates(instance: Instance) -> Templates:
    """The pod templates that each Deployment had, by the hash in its ReplicaSets' labels."""
    found: dict[str, set[str]] = {}
    for each in instance.cluster.get("rs", instance.namespace):
        metadata = each["metadata"]
        found.setdefault(metadata["ownerReferences"][0]["name"], set()).add(metadata["labels"]["pod-template-hash"])
    return {name: frozenset(hashes) for name, hashes in found.items()}


def settled(instance: Instance) -> None:
    """Until the newest pods are all there are, and the employee is Ready."""
    for name in revisions(instance):
        instance.cluster.kubectl("-n", instance.namespace, "rollout", "status", f"deploy/{name}", "--timeout=180s")
    until("old pods gone", lambda: not _ending(instance), 90)
    instance.wait_ready()


@contextmanager
def one_rollout(instance: Instance, seconds: float = 240, of: Collection[str] = ()) -> Iterator[None]:
    """What is done inside makes one new pod template of each workload, which replaces the old; no more and no fewer.

    Of those named by ``of``, where some are: the others get none.
    """
    before, known = revisions(instance), templates(instance)
    expected = {name: int(not of or name in of) for name in before}
    yield
    until("a rollout", lambda: _rolled(instance, before, known) == expected, seconds)
    settled(instance)
    assert _rolled(instance, before, known) == expected, _said(instance, before, known)


@contextmanager
def no_rollout(instance: Instance) -> Iterator[None]:
    """What is done inside changes no pod template."""
    before, known = revisions(instance), templates(instance)
    yield
    assert not any(_rolled(instance, before, known).values()), _said(instance, before, known)


def _rolled(instance: Instance, before: dict[str, int], known: Templates) -> dict[str, int]:
    """How many new revisions, or new templates where those are more, of each workload there have been since."""
    now, made = revisions(instance), templates(instance)
    new = {name: len(made.get(name, frozenset()) - known.get(name, frozenset())) for name in now}
    return {name: max(number - before.get(name, 0), new[name]) for name, number in now.items()}


def _said(instance: Instance, before: dict[str, int], known: Templates) -> str:
    return f"revisions {before} became {revisions(instance)}, templates {known} became {templates(instance)}"


def _ending(instance: Instance) -> list[str]:
    """Pods that were told to stop and may still answer."""
    pods = instance.cluster.get("pod", instance.namespace)
    return [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" in pod["metadata"]]
