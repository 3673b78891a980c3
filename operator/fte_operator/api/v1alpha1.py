"""``digitalfte.dev/v1alpha1``: `DigitalFTE`, one AI employee, and `SupportChannel`, one address it listens on.

The published schema is ``crds/*.yaml``; a contract test compares the two field for field, defaults included.
A rule over several fields stands in both, in the same words.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from fte_operator.api.base import ApiModel, Resource, parse
from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.fields import LabelName, ObjectName, SecretKeyRef, Url
from fte_operator.api.quantity import Quantity, amount

Percent = Annotated[int, Field(ge=1, le=100)]
Replicas = Annotated[int, Field(ge=1, le=1000)]

# host:port; an IPv6 address stands in brackets
_BROKER = r"(\[[0-9A-Fa-f:.]+\]|[-A-Za-z0-9_.]+):[0-9]{1,5}"


class Model(ApiModel):
    """Model that answers."""

    provider: Literal["Offline"]


class Company(ApiModel):
    """The company the employee speaks for; these strings may stand in a reply."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    support_email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    website: Url | None = None


class Policy(ApiModel):
    """What a person wants to see before a customer does."""

    escalation_keywords: Annotated[
        tuple[Annotated[str, Field(min_length=2, max_length=80)], ...], Field(max_length=64)
    ] = ()


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


class Kafka(ApiModel):
    """The bus. Absent fields have derived defaults, see `fte_operator.desired.defaults`."""

    bootstrap_servers: Annotated[str, Field(max_length=1024, pattern=rf"^{_BROKER}(,{_BROKER})*$")]
    topic_prefix: Annotated[str, Field(max_length=104, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")] | None = None
    partitions: Replicas | None = None


class Database(ApiModel):
    """Where the employee keeps its customers, conversations and tickets."""

    url_secret_ref: SecretKeyRef


class Requests(ApiModel):
    """What a pod is promised."""

    cpu: Quantity = "250m"
    memory: Quantity = "512Mi"


class Limits(ApiModel):
    """What a pod cannot exceed."""

    cpu: Quantity = "500m"
    memory: Quantity = "1Gi"


class Resources(ApiModel):
    """Compute of one pod."""

    requests: Requests = Requests()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _requests_within_limits(self) -> Self:
        for what in ("cpu", "memory"):
            if amount(getattr(self.requests, what)) > amount(getattr(self.limits, what)):
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
    """The processes customers reach."""

    public_url: Annotated[Url | None, Field(alias="publicURL")] = None
    autoscaling: ApiAutoscaling = ApiAutoscaling()
    resources: Resources = Resources()


class Worker(ApiModel):
    """The processes that answer. `concurrency` counts turns at the same time in one pod."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    autoscaling: WorkerAutoscaling = WorkerAutoscaling()
    resources: Resources = Resources()


class DigitalFTESpec(ApiModel):
    """Desired state of one employee."""

    model: Model
    company: Company
    policy: Policy = Policy()
    knowledge: Knowledge = Knowledge()
    channels: Annotated[tuple[ChannelBinding, ...], Field(max_length=16), _unique("channel_ref")] = ()
    kafka: Kafka
    database: Database
    api: Api = Api()
    worker: Worker = Worker()

    @model_validator(mode="after")
    def _every_worker_gets_a_partition(self) -> Self:
        partitions = self.kafka.partitions
        if partitions is not None and self.worker.autoscaling.max_replicas > partitions:
            raise ValueError(
                "worker.autoscaling.maxReplicas must not exceed kafka.partitions: a worker without a partition idles; "
                "raise kafka.partitions or lower maxReplicas"
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
