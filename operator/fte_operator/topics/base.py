"""Topics behind a Protocol, so that gating can be tested without a broker."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from fte_operator.errors import OperatorError


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


class TopicsError(OperatorError):
    """A broker refused; the message names servers and topic."""

    reason = "TopicsFailed"


class KafkaUnreachable(TopicsError):
    """No broker answered within the deadline; the message names the bootstrap servers."""

    reason = "KafkaUnreachable"


class Unauthorized(TopicsError):
    """The cluster does not let us; the message names the topic or the cluster."""

    reason = "Unauthorized"


class Topics(Protocol):
    """What the operator needs of Kafka."""

    async def ensure(self, bootstrap_servers: str, wanted: Sequence[Wanted]) -> Mapping[str, int]:
        """Create what is missing, grow what is too small and may grow, repair drifted retention.

        Nothing is ever deleted or shrunk. Gives each topic's effective partitions.

        Raises:
            TopicsError: with the reason for the condition.
        """
