"""``spec.kafka``: the bus, and how it is reached. Names follow Strimzi's where it has some."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import ObjectName, SecretKey, SecretKeyRef
from fte_operator.api.shape import Shape

# host:port; an IPv6 address stands in brackets
_BROKER = r"(\[[0-9A-Fa-f:.]+\]|[-A-Za-z0-9_.]+):[0-9]{1,5}"
_BROKERS = Shape(
    rf"^{_BROKER}(,{_BROKER})*$",
    "must be HOST:PORT, several with commas and no spaces between, such as kafka-0.kafka:9092,kafka-1.kafka:9092",
)
_PREFIX = Shape(
    r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
    "must be lower-case letters, digits, '-' and '.', with a letter or digit at both ends",
)
_USERNAME = Shape(r"^[!-~]+$", "must be printable ASCII without spaces")
_BY_PASSWORD = ("ScramSha512", "ScramSha256", "Plain")


class KafkaTls(ApiModel):
    """TLS to the brokers; without a CA the image's own are trusted."""

    ca_secret_ref: SecretKeyRef | None = None


class CertificateAndKeyRef(ApiModel):
    """The keys of a Secret that hold a client certificate and its private key, both PEM."""

    name: ObjectName
    certificate: SecretKey
    key: SecretKey


class KafkaAuthentication(ApiModel):
    """Who the employee is to the brokers; `type` says which of the others are set."""

    type: Literal["None", "ScramSha512", "ScramSha256", "Plain", "TLS"]
    username: Annotated[str, Field(min_length=1, max_length=255), _USERNAME] | None = None
    password_secret_ref: SecretKeyRef | None = None
    certificate_and_key_secret_ref: CertificateAndKeyRef | None = None

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        needed = self.type in _BY_PASSWORD
        if any((given is not None) != needed for given in (self.username, self.password_secret_ref)):
            raise ValueError(
                "username and passwordSecretRef must be set with ScramSha512, ScramSha256 and Plain, and with no other "
                "type: add or remove them"
            )
        if (self.certificate_and_key_secret_ref is not None) != (self.type == "TLS"):
            raise ValueError("certificateAndKeySecretRef must be set with type TLS and with no other: add or remove it")
        return self


class Kafka(ApiModel):
    """The bus. Absent fields have derived defaults, see `fte_operator.desired.defaults`."""

    bootstrap_servers: Annotated[str, Field(max_length=1024), _BROKERS]
    topic_prefix: Annotated[str, Field(max_length=104), _PREFIX] | None = None
    partitions: Annotated[int, Field(ge=1, le=1000)] | None = None
    tls: KafkaTls | None = None
    authentication: KafkaAuthentication | None = None

    @model_validator(mode="after")
    def _nothing_secret_goes_in_the_clear(self) -> Self:
        if self.authentication is not None and self.authentication.type in ("Plain", "TLS") and self.tls is None:
            raise ValueError(
                "kafka.authentication of type Plain or TLS needs kafka.tls: add it, with the CA in caSecretRef"
            )
        return self
