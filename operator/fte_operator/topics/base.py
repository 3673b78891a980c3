"""Topics behind a Protocol, so that gating can be tested without a broker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from fte_operator.errors import OperatorError
from fte_transport.access import KafkaAccess
from fte_transport.errors import AUTHENTICATION_FAILED, HOST_NOT_FOUND, TLS_FAILED


class Wanted(Protocol):
    """One topic as desired."""

    @property
    def name(self) -> str:
        """Full name, prefix included."""

    @property
    def partitions(self) -> int:
        """Partitions at creation."""

    @property
    def retention_ms(self) -> int:
        """``retention.ms``: how long a record is kept, in milliseconds."""

    @property
    def grow(self) -> bool:
        """Whether an existing topic with fewer partitions is grown."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose topics they are: `owner` is ``namespace/name``, and stands in the first record of `topic`."""

    topic: str
    owner: str


class TopicsError(OperatorError):
    """A broker refused; the message names servers and topic.

    `stalled`: only a person can mend it. `retry_after` are the seconds to wait, where nobody was asked because of what
    was found out a moment ago.
    """

    reason = "TopicsFailed"
    stalled: ClassVar[bool] = False

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class KafkaUnreachable(TopicsError):
    """No broker answered within the deadline; the message names the bootstrap servers."""

    reason = "KafkaUnreachable"


class HostNotFound(TopicsError):
    """No address belongs to a broker's name; the message names the bootstrap servers."""

    reason = HOST_NOT_FOUND
    stalled = True


class Unauthorized(TopicsError):
    """The cluster does not let us; the message names the topic or the cluster."""

    reason = "Unauthorized"


class OwnedByAnother(TopicsError):
    """The topics are another employee's; the message names that one only within its namespace."""

    reason = "OwnedByAnother"
    stalled = True


class TLSFailed(TopicsError):
    """No TLS with the brokers; the message says which of certificate, name, CA and port is at fault."""

    reason = TLS_FAILED
    stalled = True


class AuthenticationFailed(TopicsError):
    """The brokers do not know us; the message names servers and remedy."""

    reason = AUTHENTICATION_FAILED
    stalled = True


class Topics(Protocol):
    """What the operator needs of Kafka."""

    async def ensure(
        self, access: KafkaAccess, claim: Claim, wanted: Sequence[Wanted], *, anew: bool = False
    ) -> Mapping[str, int]:
        """Claim the topics, create what is missing, grow what is too small and may grow, repair drifted retention.

        Nothing is ever deleted or shrunk, and nothing is made before the claim holds. Gives each topic's effective
        partitions. A good outcome of a moment ago may be given again, unless it is asked for `anew`.

        Raises:
            TopicsError: with the reason for the condition.
        """
