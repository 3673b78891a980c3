"""Which channels pods already serve: what stands in the document that they mount."""

from collections.abc import Collection

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, Object
from fte_operator.desired import metadata
from fte_operator.desired.documents import CONFIG_KEY, documents_in_use
from fte_operator.desired.readback import channels_in
from fte_operator.reconcile.children import Children


def document_of(fte: DigitalFTE, api: Object) -> str | None:
    """The name of the ConfigMap with the document that the pods of the API's Deployment mount."""
    prefix = metadata.derived_name(fte, metadata.API, "")
    return next((name for name in sorted(documents_in_use([api])) if name.startswith(prefix)), None)


def running_channels(fte: DigitalFTE, children: Children) -> Collection[str] | None:
    """Names of the channels that the employee's API serves; None when there is no API yet."""
    api = children.get(DEPLOYMENT, metadata.derived_name(fte, metadata.API))
    if api is None:
        return None
    name = document_of(fte, api)
    return channels_in(children.get(CONFIG_MAP, name) if name else None, CONFIG_KEY).keys()
