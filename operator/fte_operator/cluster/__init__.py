"""The only code that calls the API server.

May live here: a narrow Protocol over get, list, create, apply, replace and delete; its one
implementation on ``kubernetes.aio`` with raw JSON; the skip rule of server-side apply; the
classification of errors.

May not live here: what to apply or why (that is `desired` and `reconcile`), or retries (the queue's).
"""
