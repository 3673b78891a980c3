"""Where an employee's API is asked for its health: at each of its pods, for one may be unwell while others are not."""

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import TooLarge
from fte_operator.cluster.kinds import POD, SERVICE, Object
from fte_operator.desired import metadata
from fte_operator.reconcile.children import Children

MOST = 16


async def addresses(cluster: Cluster, fte: DigitalFTE, children: Children) -> tuple[str, ...]:
    """The addresses of the pods that serve, of at most `MOST`; the Service's while none is known, or they are too many.

    Nobody is asked where a Service leads to a name: a tenant chose that.
    """
    selector = ",".join(f"{name}={value}" for name, value in metadata.selector(fte, metadata.API).items())
    running = "status.phase=Running"
    try:
        pods = await cluster.list(POD, fte.namespace, selector, fields=running, within=Allowance())
    except TooLarge:
        pods = []
    ready = sorted((pod for pod in pods if _serves(pod)), key=lambda pod: str(pod["metadata"]["name"]))
    service = children.get(SERVICE, metadata.derived_name(fte, metadata.API))
    return tuple(pod["status"]["podIP"] for pod in ready[:MOST]) or _of_service(service)


def _serves(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", ())
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and bool(pod["status"].get("podIP")) and "deletionTimestamp" not in pod["metadata"]


def _of_service(service: Object | None) -> tuple[str, ...]:
    address = service["spec"].get("clusterIP") if service else None
    return (address,) if address and address != "None" else ()
