"""A question answered over Kafka with SASL_SSL, SCRAM and ACLs, and PostgreSQL with a private CA."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from data_plane import FACT, DataPlane, until
from own_kafka import SecuredKafka
from own_postgres import SecuredPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(600)]


class SecuredPlane(DataPlane):
    """The administrator makes its topics and looks at them; its processes log in as shop, and trust two CAs alone."""

    def __init__(self, folder: Path, database_url: str, kafka: SecuredKafka, postgres: SecuredPostgres) -> None:
        super().__init__(folder, database_url, kafka.at("INTERNAL"))
        self.prefix = f"shop.{self.prefix}"
        self.secured = kafka
        files = {"postgres-ca": postgres.authority.certificate, "kafka-ca": kafka.authority.certificate}
        for name, text in (files | {"password": kafka.passwords["shop"]}).items():
            (folder / name).write_text(f"{text}\n")

    def _database(self) -> dict[str, object]:
        return super()._database() | {"ca_file": str(self.folder / "postgres-ca")}

    @property
    def kafka(self) -> dict[str, object]:
        how = {"type": "ScramSha512", "username": "shop", "password_file": str(self.folder / "password")}
        return {
            "bootstrap_servers": self.secured.at("SCRAM"),
            "topic_prefix": self.prefix,
            "tls": {"ca_file": str(self.folder / "kafka-ca")},
            "authentication": how,
        }


@pytest.fixture
async def plane(
    tmp_path: Path, secured_kafka: SecuredKafka, granted: None, secured_postgres: SecuredPostgres
) -> AsyncIterator[SecuredPlane]:
    name = f"test_{secrets.token_hex(8)}"
    await secured_postgres.execute(f"CREATE DATABASE {name}")
    made = SecuredPlane(tmp_path, secured_postgres.url(name), secured_kafka, secured_postgres)
    try:
        await made.create()
        yield made
    finally:
        await made.close()
        await secured_postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_question_is_answered_by_those_who_may(plane: SecuredPlane) -> None:
    await plane.api(kafka=plane.kafka)
    await plane.worker(kafka=plane.kafka)
    ticket = await plane.submit()
    page = await plane.answered(ticket, seconds=60)
    assert FACT in page["messages"][-1]["text"]
    health = (await plane.http.get("/health")).json()
    assert health["status"] == "ok", health

    async def known() -> bool:
        """A first look at the group takes longer than a report waits for it."""
        answering = (await plane.http.get(f"{plane.inner}/health")).json()["answering"]
        return {part for part, found in answering.items() if found["ok"]} >= {"workers", "roles", "readers", "unread"}

    await until(known, what="a report of who reads the topic")
    told = plane.logs() + "".join(path.read_text() for path in plane.folder.glob("*.yaml"))
    for secret in (plane.secured.passwords["shop"], plane.database_url):
        assert secret not in told
