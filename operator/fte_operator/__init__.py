"""The control plane: turns `DigitalFTE` and `SupportChannel` objects into running software.

May live here: informers (kopf and nothing more), the work queue, leader election, one level-based
reconcile per kind, pure builders of desired objects and of conditions, the cluster and topic
adapters.

May not live here: imports of the other packages (the runtime is an image, paths and ports to the
operator; a contract test holds the two together), vendor clients, finalizers, or state outside the
API server. Status is written, never read as an input.
"""
