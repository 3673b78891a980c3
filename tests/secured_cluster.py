"""An employee on a cluster, and beside it a Kafka that asks who one is and a PostgreSQL that proves its name."""

import asyncio
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from certificates import Authority
from cluster import Cluster, Customer, Instance, outside, replies, sample
from own_kafka import LISTENERS, SecuredKafka, secured_kafka
from own_postgres import SecuredPostgres, secured_postgres
from ports import free_ports
from visitors import QUESTION

from fte_transport.access import KafkaAccess

USER, NEIGHBOUR = "shop", "desk"
"""Principals of the broker: the employee's, and one with the same rights under another prefix."""
LOGIN = "kafka-user"


@dataclass
class Secured:
    """`url` leads to the employee's form; `user` is who it logs in as at Kafka, with the password in Secret `login`."""

    instance: Instance
    kafka: SecuredKafka
    postgres: SecuredPostgres
    url: str
    user: str = USER
    login: str = LOGIN

    @property
    def incoming(self) -> str:
        """The topic with what customers wrote."""
        return f"{self.instance.prefix}.tickets.incoming"

    def access(self, user: str) -> KafkaAccess:
        """How a pod comes to Kafka as one of the users."""
        return self.kafka.scram(user, listener="PODS", host=self.kafka.name)

    def server(self, name: str) -> SecuredKafka | SecuredPostgres:
        """``kafka`` or ``postgres``."""
        return {"kafka": self.kafka, "postgres": self.postgres}[name]

    def trust(self, server: str, *authorities: Authority) -> None:
        """Put into a server's CA Secret these and no others."""
        self.put(f"{server}-ca", **{"ca.crt": "".join(each.certificate for each in authorities)})

    def put(self, name: str, **values: str) -> None:
        """Write a Secret of the employee's; it is labelled, so that it counts at once."""
        manifest = yaml.safe_dump(_secret(self.instance.namespace, name, values))
        self.instance.cluster.kubectl("apply", "-f", "-", stdin=manifest)

    def log_in_as(self, user: str, login: str) -> None:
        """Have the employee come as another user, with the password in another Secret: both at once."""
        reference = {"name": login, "key": "password"}
        spec = {"kafka": {"authentication": {"username": user, "passwordSecretRef": reference}}}
        arguments = ["patch", "dfte", self.instance.name, "--type=merge", "-p", json.dumps({"spec": spec})]
        self.instance.cluster.kubectl("-n", self.instance.namespace, *arguments)
        self.user, self.login = user, login

    def answers(self) -> bool:
        """Whether a customer who asks now is answered from knowledge."""
        answer = Customer(self.url).ask(QUESTION, seconds=60)
        return [reply["author"] for reply in replies(answer)] == ["ai"] and "30 days" in str(answer["messages"])


@contextmanager
def secured_employee(cluster: Cluster, address: str, folder: Path) -> Iterator[Secured]:
    """The sample, with both servers at `address`, which is this machine as pods see it; all of it goes afterwards."""
    name = f"e2e-{secrets.token_hex(4)}"
    with (
        secured_kafka(_made(folder / "kafka"), free_ports(len(LISTENERS)), address, f"kafka.{name}") as kafka,
        secured_postgres(_made(folder / "postgres"), free_ports(1), address, f"postgres.{name}") as postgres,
    ):
        instance = Instance(cluster, name, f"{name}.helper")
        kafka.grant(USER, instance.prefix)
        kafka.grant(NEIGHBOUR, f"{name}.neighbour")
        asyncio.run(postgres.execute(f'CREATE DATABASE "{name}"'))
        try:
            cluster.kubectl("apply", "-f", "-", stdin=_manifest(instance, address, kafka, postgres))
            yield Secured(instance, kafka, postgres, outside(instance))
        finally:
            cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


def _manifest(instance: Instance, address: str, kafka: SecuredKafka, postgres: SecuredPostgres) -> str:
    name = instance.namespace
    objects = list(yaml.safe_load_all(sample(name, database_url=postgres.url(name, host=postgres.name))))
    objects += _leads_to(name, "kafka", address, kafka.ports["PODS"])
    objects += _leads_to(name, "postgres", address, postgres.port)
    secret = {LOGIN: {"password": kafka.passwords[USER]}}
    secret |= {"kafka-ca": {"ca.crt": kafka.authority.certificate}}
    secret |= {"postgres-ca": {"ca.crt": postgres.authority.certificate}}
    objects += [_secret(name, *one) for one in secret.items()]
    spec = next(each for each in objects if each["kind"] == "DigitalFTE")["spec"]
    spec["kafka"] |= {
        "bootstrapServers": kafka.at("PODS", kafka.name),
        "tls": {"caSecretRef": {"name": "kafka-ca", "key": "ca.crt"}},
        "authentication": {
            "type": "ScramSha512",
            "username": USER,
            "passwordSecretRef": {"name": LOGIN, "key": "password"},
        },
    }
    spec["database"] |= {"caSecretRef": {"name": "postgres-ca", "key": "ca.crt"}}
    return yaml.safe_dump_all(objects)


def _leads_to(namespace: str, name: str, address: str, port: int) -> list[dict[str, Any]]:
    """A Service that ends at an address outside the cluster, as hack/services makes them."""
    ports = [{"name": "tcp", "port": port}]
    metadata = {"name": name, "namespace": namespace}
    labels = {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "tests"}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": ports}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata | {"labels": labels},
            "addressType": "IPv4",
            "ports": ports,
            "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        },
    ]


def _secret(namespace: str, name: str, values: Mapping[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"digitalfte.dev/watch": "true"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": dict(values)}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
