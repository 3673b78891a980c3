"""What the cluster should hold, as pure functions of a custom resource and of what it refers to.

May live here: manifests, names, labels, documents, digests, derived defaults. May not live here: clients,
clocks, randomness, environment, or a look at what exists. A manifest carries exactly what the operator owns,
in the form in which the API server gives it back (``paused: false`` alone it gives back as nothing); never
``replicas``, never the content of a Secret.
"""

from typing import Any

Object = dict[str, Any]
"""A manifest."""
