"""A Kafka with TLS, log-in and ACLs: a process of one test run alone, everything about it made anew."""

import asyncio
import re
import secrets
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from certificates import Authority
from own_services import HOST, ROOT, Process, programs, ran, running, started, written

from fte_transport.access import Authentication, KafkaAccess

USERS = ("shop", "desk", "porter")
"""Who logs in by password: shop and desk by SCRAM, porter by PLAIN. courier comes by certificate."""
_TOOLS = {
    "kafka-acls.sh": "org.apache.kafka.tools.AclCommand",
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
}
_SMALL = ("-Xms32m", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LISTENERS = ("SCRAM", "MTLS", "EXPIRED", "CLEAR", "PODS", "INTERNAL", "CONTROLLER")


@dataclass
class SecuredKafka:
    """One broker, a port for each way in; ``INTERNAL`` is the administrator's, ``PODS`` is SCRAM at another `address`.

    Certificates are for 127.0.0.1 alone, that of ``PODS`` for `name`. `authority` issued what new connections see.
    """

    folder: Path
    jars: str
    ports: Mapping[str, int]
    address: str = HOST
    name: str = HOST
    authority: Authority = field(default_factory=lambda: Authority("kafka-ca"))
    passwords: dict[str, str] = field(default_factory=lambda: {user: secrets.token_hex(12) for user in USERS})

    def at(self, listener: str, host: str = HOST) -> str:
        return f"{host}:{self.ports[listener]}"

    def scram(self, user: str = "shop", listener: str = "SCRAM", host: str = HOST, **changes: str) -> KafkaAccess:
        how: Authentication = "Plain" if user == "porter" else "ScramSha512"
        ca = self.authority.certificate
        given = {"password": self.passwords[user], "ca": ca, **changes}
        return KafkaAccess(self.at(listener, host), tls=True, authentication=how, username=user, **given)

    def mtls(self, certificate: str, key: str) -> KafkaAccess:
        ca = self.authority.certificate
        return KafkaAccess(self.at("MTLS"), tls=True, ca=ca, authentication="TLS", certificate=certificate, key=key)

    def run(self, command: str) -> str:
        """A documented command of Kafka's, as the administrator."""
        words = shlex.split(command.replace("\\\n", " "))
        tool, arguments = _TOOLS[words[0]], words[1:]
        given = arguments.index("--command-config")
        del arguments[given : given + 2]
        arguments[arguments.index("--bootstrap-server") + 1] = self.at("INTERNAL")
        return ran(["java", *_SMALL, "-cp", f"{self.jars}/*", _log4j(), tool, *arguments])

    def set_password(self, user: str, password: str) -> None:
        """Of a user, who is made if need be."""
        self.passwords[user] = password
        self._alter("users", user, f"SCRAM-SHA-512=[password={password}]")

    def grant(self, user: str, prefix: str) -> None:
        """Give a user the documented rights under a prefix."""
        for command in documented("kafka.md", "ACLs", PRINCIPAL=f"User:{user}", PREFIX=prefix):
            self.run(command)

    async def present(self, authority: Authority) -> None:
        """Show new connections at ``PODS`` a certificate of `authority`, a moment later."""
        certificate, key = authority.issue("kafka", self.name)
        store = written(self.folder, f"pods-{secrets.token_hex(4)}.pem", key + certificate)
        await asyncio.to_thread(self._alter, "brokers", "1", f"listener.name.pods.ssl.keystore.location={store}")
        self.authority = authority

    def _alter(self, kind: str, name: str, config: str) -> None:
        command = f"kafka-configs.sh --bootstrap-server BROKER --command-config - --alter --entity-type {kind}"
        self.run(f"{command} --entity-name {name} --add-config {config}")

    def properties(self) -> str:
        """The broker's own configuration."""
        served = self.authority.issue("kafka", HOST)
        stores = dict.fromkeys(("SCRAM", "MTLS"), served)
        stores |= {"EXPIRED": self.authority.issue("kafka", HOST, expired=True)}
        stores |= {"PODS": self.authority.issue("kafka", self.name)}
        trust = written(self.folder, "trust.pem", self.authority.certificate)
        lines = [_BROKER.format(folder=self.folder, address=self.address, name=self.name, **self.ports)]
        for name, (certificate, key) in stores.items():
            store = written(self.folder, f"{name.lower()}.pem", key + certificate)
            prefix = f"listener.name.{name.lower()}.ssl"
            lines += [f"{prefix}.keystore.type=PEM", f"{prefix}.keystore.location={store}"]
            lines += [f"{prefix}.truststore.type=PEM", f"{prefix}.truststore.location={trust}"]
        for name in ("scram", "expired", "clear", "pods"):
            lines.append(f"listener.name.{name}.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN")
            for mechanism in ("scram-sha-512", "scram-sha-256"):
                module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                lines.append(f"listener.name.{name}.{mechanism}.sasl.jaas.config={module}")
            porter = f'user_porter="{self.passwords["porter"]}"'
            module = f"org.apache.kafka.common.security.plain.PlainLoginModule required {porter};"
            lines.append(f"listener.name.{name}.plain.sasl.jaas.config={module}")
        return "\n".join(lines)

    def start(self) -> Process:
        file = written(self.folder, "server.properties", self.properties())
        users = [
            f"{mechanism}=[name={user},password={self.passwords[user]}]"
            for user in ("shop", "desk")
            for mechanism in ("SCRAM-SHA-512", "SCRAM-SHA-256")
        ]
        java = ["java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-cp", f"{self.jars}/*", _log4j()]
        scram = [word for user in users for word in ("--add-scram", user)]
        layout = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", file, *scram]
        ran(layout)
        return started([*java, "kafka.Kafka", file], self.folder / "log", "Kafka Server started")


_BROKER = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{CONTROLLER}
controller.listener.names=CONTROLLER
listeners=SCRAM://127.0.0.1:{SCRAM},MTLS://127.0.0.1:{MTLS},EXPIRED://127.0.0.1:{EXPIRED},CLEAR://127.0.0.1:{CLEAR},\
PODS://{address}:{PODS},INTERNAL://127.0.0.1:{INTERNAL},CONTROLLER://127.0.0.1:{CONTROLLER}
advertised.listeners=SCRAM://127.0.0.1:{SCRAM},MTLS://127.0.0.1:{MTLS},EXPIRED://127.0.0.1:{EXPIRED},\
CLEAR://127.0.0.1:{CLEAR},PODS://{name}:{PODS},INTERNAL://127.0.0.1:{INTERNAL}
listener.security.protocol.map=SCRAM:SASL_SSL,MTLS:SSL,EXPIRED:SASL_SSL,CLEAR:SASL_PLAINTEXT,PODS:SASL_SSL,INTERNAL:PLAINTEXT,\
CONTROLLER:PLAINTEXT
listener.name.mtls.ssl.client.auth=required
inter.broker.listener.name=INTERNAL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=false
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.segment.bytes=16777216
log.index.size.max.bytes=262144
"""


@contextmanager
def secured_kafka(folder: Path, first_port: int, address: str = HOST, name: str = HOST) -> Iterator[SecuredKafka]:
    ports = {listener: first_port + number for number, listener in enumerate(LISTENERS)}
    kafka = SecuredKafka(folder, programs()["FTE_KAFKA_JARS"], ports, address, name)
    with running(kafka.start):
        yield kafka


def documented(page: str, heading: str, **words: str) -> list[str]:
    """The commands under a heading of a page of docs/, with `words` in the place of what stands in capitals."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    blocks = "\n".join(re.findall(r"```\n(.*?)```", section, re.DOTALL))
    for name, value in words.items():
        blocks = re.sub(rf"\b{name}\b", value, blocks)
    return [command.strip() for command in re.split(r"(?<!\\)\n", blocks) if command.startswith("kafka-")]


def _log4j() -> str:
    return f"-Dlog4j2.configurationFile=file:{ROOT}/hack/kafka/log4j2.properties"
