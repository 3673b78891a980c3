"""``spec.api`` and ``spec.worker``: the processes of an employee, their size and their number."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import SecretRef, Url
from fte_operator.api.quantity import Quantity, amount

Percent = Annotated[int, Field(ge=1, le=100)]
Replicas = Annotated[int, Field(ge=1, le=1000)]


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


class Management(ApiModel):
    """The management API: the Secret has its tokens in keys `reader`, `agent` and `admin`, one on each line."""

    tokens_secret_ref: SecretRef


class Api(ApiModel):
    """The processes customers reach. `trusted_proxy_hops` counts the proxies before them that name whom they heard.
    Without `management` there is no management API.
    """

    public_url: Annotated[Url | None, Field(alias="publicURL")] = None
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=8)] | None = None
    management: Management | None = None
    autoscaling: ApiAutoscaling = ApiAutoscaling()
    resources: Resources = Resources()


class Worker(ApiModel):
    """The processes that answer. `concurrency` counts turns at the same time in one pod."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    autoscaling: WorkerAutoscaling = WorkerAutoscaling()
    resources: Resources = Resources()
