"""``digitalfte.dev/v1alpha1``: `DigitalFTE`, one AI employee, and `SupportChannel`, one address it listens on.

The published schema is ``crds/*.yaml``; a contract test compares the two field for field, defaults included.
A rule stands in both, in the same words.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from fte_operator.api.base import ApiModel, Resource, parse
from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.company import Company
from fte_operator.api.egress import Egress
from fte_operator.api.embedding import Embedding
from fte_operator.api.fields import LabelName, SecretKeyRef
from fte_operator.api.kafka import Kafka
from fte_operator.api.knowledge import KnowledgeSource
from fte_operator.api.model import Model
from fte_operator.api.policy import Budget, Policy
from fte_operator.api.retention import Retention
from fte_operator.api.workloads import Api, Worker


class ChannelBinding(ApiModel):
    """A SupportChannel of the same namespace."""

    channel_ref: LabelName


Item = TypeVar("Item", KnowledgeSource, ChannelBinding)


def _unique(field: str) -> AfterValidator:
    """The rule of a list that is a map by `field`."""

    def check(items: tuple[Item, ...]) -> tuple[Item, ...]:
        keys = [getattr(item, field) for item in items]
        if repeated := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"{', '.join(repeated)} is listed more than once")
        return items

    return AfterValidator(check)


class Knowledge(ApiModel):
    """What the employee may answer from."""

    sources: Annotated[tuple[KnowledgeSource, ...], Field(max_length=16), _unique("name")] = ()


class Database(ApiModel):
    """Where the employee keeps its customers, conversations and tickets. With a CA its server must prove its name."""

    url_secret_ref: SecretKeyRef
    ca_secret_ref: SecretKeyRef | None = None


class DigitalFTESpec(ApiModel):
    """Desired state of one employee. `extra_egress` is allowed besides what `network_policy` finds by itself."""

    model: Model
    embedding: Embedding | None = None
    company: Company
    policy: Policy = Policy()
    budget: Budget | None = None
    retention: Retention = Retention()
    knowledge: Knowledge = Knowledge()
    channels: Annotated[tuple[ChannelBinding, ...], Field(max_length=16), _unique("channel_ref")] = ()
    kafka: Kafka
    database: Database
    api: Api = Api()
    worker: Worker = Worker()
    network_policy: Literal["Managed", "None"] = "Managed"
    extra_egress: Annotated[tuple[Egress, ...], Field(max_length=16)] = ()

    @property
    def hosted_embedding(self) -> Embedding | None:
        """What embeds over the network; None where Offline does."""
        return self.embedding if self.embedding is not None and self.embedding.is_hosted else None

    @model_validator(mode="after")
    def _every_worker_gets_a_partition(self) -> Self:
        partitions = self.kafka.partitions
        if partitions is not None and self.worker.autoscaling.max_replicas > partitions:
            raise ValueError(
                "worker.autoscaling.maxReplicas must not exceed kafka.partitions: a worker without a partition idles; "
                "raise kafka.partitions or lower maxReplicas"
            )
        return self

    @model_validator(mode="after")
    def _a_model_words_what_is_grounded(self) -> Self:
        if self.policy.reply_mode == "Grounded" and not self.model.is_hosted:
            raise ValueError(
                "policy.replyMode must not be Grounded with model.provider Offline: it copies sentences; name another "
                "provider, or Verbatim"
            )
        if self.policy.verifier is not None and self.policy.reply_mode != "Grounded":
            raise ValueError(
                "policy.verifier must be set with replyMode Grounded alone: other replies are copied; remove it"
            )
        return self

    @model_validator(mode="after")
    def _what_has_a_budget_has_prices(self) -> Self:
        if self.budget is not None and self.model.is_hosted and self.model.prices is None:
            raise ValueError(
                "model.prices must be set with a budget: what a token costs is not known otherwise; add model.prices, "
                "or remove budget"
            )
        embedding = self.hosted_embedding
        if self.budget is not None and embedding is not None and embedding.prices is None:
            raise ValueError(
                "embedding.prices must be set with a budget: what a token costs is not known otherwise; add "
                "embedding.prices, or remove budget"
            )
        return self


class DigitalFTE(Resource):
    """One AI employee."""

    kind: Literal["DigitalFTE"]
    spec: DigitalFTESpec


class SupportChannel(Resource):
    """One address customers write to."""

    kind: Literal["SupportChannel"]
    spec: SupportChannelSpec


def parse_digital_fte(raw: Mapping[str, Any], *, strict: bool = False) -> DigitalFTE:
    """A stored DigitalFTE as a value; see `parse`.

    Raises:
        InvalidSpec: naming the field.
    """
    return parse(DigitalFTE, raw, strict=strict)


def parse_support_channel(raw: Mapping[str, Any], *, strict: bool = False) -> SupportChannel:
    """A stored SupportChannel as a value; see `parse`.

    Raises:
        InvalidSpec: naming the field.
    """
    return parse(SupportChannel, raw, strict=strict)
