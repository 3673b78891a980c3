"""The operator's own settings, from environment variables named ``FTE_OPERATOR_*``; frozen once read."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation may choose. Times are in seconds.

    `runtime_image` is the image of every pod the operator makes. `namespace` holds the Lease. The lease's times
    follow client-go's defaults; `request_seconds` must stay below `renew_seconds`, so that one slow call
    cannot outlive leadership. `watch_namespaces` (separated by commas) narrows the operator; empty means all.
    `kubeconfig` is used outside a cluster. `health_url` is where an employee's API answers ``/health``, by its
    ``{name}`` and ``{namespace}``.
    """

    model_config = SettingsConfigDict(env_prefix="FTE_OPERATOR_", frozen=True, extra="ignore", populate_by_name=True)

    runtime_image: Annotated[str, Field(min_length=1)] = ""
    namespace: str = "fte-system"
    identity: str | None = None
    kubeconfig: Annotated[
        Path | None, Field(validation_alias=AliasChoices("FTE_OPERATOR_KUBECONFIG", "KUBECONFIG"))
    ] = None
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    watch_namespaces: Annotated[tuple[str, ...], NoDecode] = ()
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    resync_seconds: Annotated[float, Field(ge=1)] = 600
    staleness_seconds: Annotated[float, Field(ge=1)] = 300
    reconcile_seconds: Annotated[float, Field(gt=0)] = 60
    request_seconds: Annotated[float, Field(gt=0)] = 5
    lease_seconds: Annotated[int, Field(ge=1)] = 15
    renew_seconds: Annotated[float, Field(gt=0)] = 10
    retry_seconds: Annotated[float, Field(gt=0)] = 2
    kafka_seconds: Annotated[float, Field(gt=0)] = 5
    health_seconds: Annotated[float, Field(ge=0.1)] = 15
    health_url: str = "http://{name}-api.{namespace}.svc"
    log_level: str = "INFO"

    @field_validator("watch_namespaces", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        return tuple(part for part in value.replace(" ", "").split(",") if part) if isinstance(value, str) else value

    @field_validator("health_url")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        try:
            value.format(name="name", namespace="namespace")
        except (LookupError, ValueError, AttributeError) as error:
            raise ValueError("health_url may hold {name} and {namespace}, and no other field") from error
        return value

    @model_validator(mode="after")
    def _deadlines_are_nested(self) -> Self:
        if not self.request_seconds < self.renew_seconds < self.lease_seconds:
            raise ValueError("request_seconds must be below renew_seconds, and that below lease_seconds")
        return self
