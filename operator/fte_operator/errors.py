"""Every error of the operator, with the retry decision on it.

    OperatorError
    ├── InvalidSpec            a stored object breaks a rule; a person must change it
    ├── cluster.errors.*       the API server's answers, classified once
    └── topics.base.*          Kafka's answers

`reason` is CamelCase and fits a condition's reason; `str(error)` is the message and names the thing
and the remedy. A message never carries the content of a Secret.
"""

from typing import ClassVar


class OperatorError(Exception):
    """Base of the operator's errors.

    `retryable` says whether trying the same again may help; the work queue reads it for its metrics and logs,
    and never gives a key up.
    """

    retryable: ClassVar[bool] = True
    reason: ClassVar[str] = "Error"


class InvalidSpec(OperatorError):
    """A custom resource breaks a rule of its schema; the message names the field and the remedy."""

    retryable = False
    reason = "InvalidSpec"
