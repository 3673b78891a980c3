"""The operator's own settings, from environment variables named ``FTE_OPERATOR_*``; frozen once read."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation may choose. Times are in seconds.

    `runtime_image` is the image of every pod the operator makes. `namespace` holds the Lease. The lease's times
    follow client-go's defaults; `request_seconds` must stay below `renew_seconds`, so that one slow call
    cannot outlive leadership. `watch_namespaces` (separated by commas) narrows the operator; ``*`` or none means all.
    `topic_prefixes` (``PREFIX=NAMESPACE``, separated by commas) grants a prefix that does not begin with its namespace.
    `kubeconfig` is used outside a cluster. `health_url` is where an employee's API answers ``/health``, by its
    ``{name}`` and ``{namespace}`` and the ``{address}`` of each of its pods.
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
    topic_prefixes: Annotated[dict[str, str], NoDecode] = {}
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    resync_seconds: Annotated[float, Field(ge=1)] = 600
    staleness_seconds: Annotated[float, Field(ge=1)] = 300
    reconcile_seconds: Annotated[float, Field(gt=0)] = 60
    request_seconds: Annotated[float, Field(gt=0)] = 5
    lease_seconds: Annotated[int, Field(ge=1)] = 15
    renew_seconds: Annotated[float, Field(gt=0)] = 10
    retry_seconds: Annotated[float, Field(gt=0)] = 2
    kafka_seconds: Annotated[float, Field(gt=0)] = 5
    health_seconds: Annotated[float, Field(ge=0.1)] = 10
    health_url: str = "http://{address}:9090"
    log_level: str = "INFO"

    @field_validator("watch_namespaces", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = tuple(part for part in value.replace(" ", "").split(",") if part)
        return () if "*" in parts else parts

    @field_validator("topic_prefixes", mode="before")
    @classmethod
    def _granted(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        grants: dict[str, str] = {}
        for part in filter(None, value.replace(" ", "").split(",")):
            prefix, _, namespace = part.partition("=")
            if not namespace or grants.setdefault(prefix, namespace) != namespace:
                raise ValueError(f"{part}: write PREFIX=NAMESPACE, each prefix for one namespace")
        return grants

    @field_validator("health_url")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        try:
            parts = urlsplit(value.format(name="name", namespace="namespace", address="address"))
            if parts.scheme != "http" or not parts.hostname or parts.port == 0:
                raise ValueError(value)
        except (LookupError, ValueError, AttributeError) as error:
            fields = "{name}, {namespace} and {address}"
            raise ValueError(
                f"health_url is to be http://HOST:PORT and may hold {fields}, and no other field"
            ) from error
        return value

    @model_validator(mode="after")
    def _deadlines_are_nested(self) -> Self:
        if not self.request_seconds < self.renew_seconds < self.lease_seconds:
            raise ValueError("request_seconds must be below renew_seconds, and that below lease_seconds")
        return self
