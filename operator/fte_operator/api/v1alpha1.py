"""``digitalfte.dev/v1alpha1``: `DigitalFTE`, one AI employee, and `SupportChannel`, one address it listens on.

The published schema is ``crds/*.yaml``; a contract test compares the two field for field, defaults included.
A rule stands in both, in the same words.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from fte_operator.api.base import ApiModel, Resource, parse
from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.company import Company
from fte_operator.api.embedding import Embedding
from fte_operator.api.fields import LabelName, ObjectName, SecretKeyRef, Url
from fte_operator.api.kafka import Kafka
from fte_operator.api.model import Model
from fte_operator.api.policy import Budget, Policy
from fte_operator.api.quantity import Quantity, amount
from fte_operator.api.shape import Shape

Percent = Annotated[int, Field(ge=1, le=100)]
Replicas = Annotated[int, Field(ge=1, le=1000)]

_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_CIDR_V4 = rf"({_BYTE}\.){{3}}{_BYTE}/(3[0-2]|[12]?[0-9])"
_CIDR_V6 = "(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:)/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"
_CIDR = Shape(
    rf"^({_CIDR_V4}|{_CIDR_V6})$",
    "must be a block of addresses such as 10.20.0.0/16 or fd00:20::/32, in lower case",
)
# link-local, and where clouds answer pods besides: `fte_operator.desired.network`
_CLOUD = re.compile(
    "169[.]254[.]|168[.]63[.]129[.]16/|100[.]100[.]100[.]200/|192[.]0[.]0[.]192/|fe[89ab][0-9a-f]:|fd00:0?ec2:"
)


class ConfigMapRef(ApiModel):
    """A ConfigMap of the same namespace."""

    name: ObjectName


class KnowledgeSource(ApiModel):
    """A set of Markdown documents: every key of a ConfigMap is one."""

    name: LabelName
    config_map_ref: ConfigMapRef


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


class Requests(ApiModel):
    """What a pod is promised."""

    cpu: Quantity = "250m"
    memory: Quantity = "512Mi"


class Limits(ApiModel):
    """What a pod cannot exceed; without `cpu` its cores are not limited."""

    cpu: Quantity | None = None
    memory: Quantity = "1Gi"


class Resources(ApiModel):
    """Compute of one pod."""

    requests: Requests = Requests()
    limits: Limits = Limits(cpu="500m")

    @model_validator(mode="after")
    def _requests_within_limits(self) -> Self:
        for what in ("cpu", "memory"):
            limit = getattr(self.limits, what)
            if limit is not None and amount(getattr(self.requests, what)) > amount(limit):
                raise ValueError(f"requests.{what} must not exceed limits.{what}: raise the limit or lower the request")
        return self


class Autoscaling(ApiModel):
    """Bounds of a HorizontalPodAutoscaler."""

    min_replicas: Replicas = 3
    max_replicas: Replicas
    target_cpu_percent: Annotated[Percent, Field(alias="targetCPUPercent")] = 70

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_replicas > self.max_replicas:
            raise ValueError(
                "autoscaling.minReplicas must not exceed autoscaling.maxReplicas: lower it or raise maxReplicas"
            )
        return self


class ApiAutoscaling(Autoscaling):
    """Bounds of the API's autoscaler."""

    max_replicas: Replicas = 20


class WorkerAutoscaling(Autoscaling):
    """Bounds of the workers' autoscaler."""

    max_replicas: Replicas = 30


class Api(ApiModel):
    """The processes customers reach. `trusted_proxy_hops` counts the proxies before them that name whom they heard."""

    public_url: Annotated[Url | None, Field(alias="publicURL")] = None
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=8)] | None = None
    autoscaling: ApiAutoscaling = ApiAutoscaling()
    resources: Resources = Resources()


class Worker(ApiModel):
    """The processes that answer. `concurrency` counts turns at the same time in one pod."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    autoscaling: WorkerAutoscaling = WorkerAutoscaling()
    resources: Resources = Resources()


class Egress(ApiModel):
    """A TCP port that pods may connect to, at the addresses of `cidr` or, without one, at all but a cloud's own."""

    port: Annotated[int, Field(ge=1, le=65535)]
    cidr: Annotated[str, Field(max_length=43), _CIDR] | None = None

    @model_validator(mode="after")
    def _not_of_the_cloud(self) -> Self:
        if self.cidr is not None and _CLOUD.match(self.cidr):
            raise ValueError(
                "extraEgress.cidr must not be a cloud's metadata address or link-local: who reaches it may get the "
                "node's credentials; name the address that is needed"
            )
        return self


class DigitalFTESpec(ApiModel):
    """Desired state of one employee. `extra_egress` is allowed besides what `network_policy` finds by itself."""

    model: Model
    embedding: Embedding | None = None
    company: Company
    policy: Policy = Policy()
    budget: Budget | None = None
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
