"""How one employee's Kafka is reached, as a value: equal accesses are the same principal on the same brokers."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from fte_transport import tls

Authentication = Literal["None", "ScramSha512", "ScramSha256", "Plain", "TLS"]
CA_SOURCE = "kafka.tls.caSecretRef"

_MECHANISMS = MappingProxyType({"ScramSha512": "SCRAM-SHA-512", "ScramSha256": "SCRAM-SHA-256", "Plain": "PLAIN"})


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Brokers, trust and credentials; plain text throughout, so ``asdict`` carries it to another process.

    `ca`, `certificate` (the chain) and `key` are PEM; no `ca` with `tls` means the system's. `username` and
    `password` go with SCRAM and Plain, `certificate` and `key` with TLS.
    """

    bootstrap_servers: str
    tls: bool = False
    ca: str | None = field(default=None, repr=False)
    authentication: Authentication = "None"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)

    def client_arguments(self) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes, which from then on makes checked connections.

        Raises:
            AccessRefused: a certificate or key cannot be used.
        """
        from fte_transport import connection  # noqa: PLC0415  # the operator holds accesses and loads no client

        connection.install()
        mechanism = _MECHANISMS.get(self.authentication)
        protocol = ("SASL_" if mechanism else "") + ("SSL" if self.tls else "PLAINTEXT")
        arguments: dict[str, Any] = {"bootstrap_servers": self.bootstrap_servers, "security_protocol": protocol}
        if self.tls:
            made = tls.context(self.ca, source=CA_SOURCE, certificate=self.certificate, key=self.key)
            arguments["ssl_context"] = made
        if mechanism:
            arguments["sasl_mechanism"] = mechanism
            arguments["sasl_plain_username"], arguments["sasl_plain_password"] = self.username, self.password
        return arguments
