"""One level-based coroutine per kind: read, validate, desired, apply, prune, topics, observe, status.

May live here: the order of these steps and the gates between them. May not live here: manifests
(`desired`), wording of conditions (`status`), HTTP (`cluster`), or knowledge of which event woke us.
"""
