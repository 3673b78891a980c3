"""A PostgreSQL with TLS, a private CA and pgvector: a process of one test run alone, everything about it made anew."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from certificates import Authority
from own_services import HOST, Process, programs, ran, running, started, written


@dataclass
class SecuredPostgres:
    """One server that takes TLS connections alone, here and at `address`; its certificate is for 127.0.0.1 and `name`.

    `authority` issued the certificate that new connections are shown.
    """

    folder: Path
    programs: dict[str, str]
    port: int
    address: str = HOST
    name: str = HOST
    authority: Authority = field(default_factory=lambda: Authority("postgres-ca"))
    password: str = field(default_factory=lambda: secrets.token_hex(12))

    def url(self, database: str = "postgres", host: str = HOST, password: str | None = None, query: str = "") -> str:
        return f"postgresql://fte:{password or self.password}@{host}:{self.port}/{database}{query}"

    def start(self) -> Process:
        where, vector = self.programs["FTE_POSTGRES_TLS_BIN"], self.programs["FTE_PGVECTOR"]
        words = written(self.folder, "password", self.password)
        init = [f"{where}/initdb", "-D", str(self.data), "-U", "fte", "--auth=scram-sha-256", "--no-sync"]
        ran(_unprivileged([*init, f"--pwfile={words}", "--locale=C.UTF-8", "-E", "UTF8"]))
        (self.data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
        self._show(self.authority)
        options = {"listen_addresses": ",".join({HOST, self.address}), "port": self.port, "fsync": "off"}
        options |= {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"}
        options |= {"unix_socket_directories": "", "dynamic_library_path": f"$libdir:{vector}/lib/postgresql"}
        options |= {"extension_control_path": f"$system:{vector}/share/postgresql"}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        server = _unprivileged([f"{where}/postgres", "-D", str(self.data), *settings])
        return started(server, self.folder / "log", "ready to accept connections")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    async def execute(self, statement: str) -> None:
        """A statement of the administrator's."""
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def present(self, authority: Authority, *, expired: bool = False) -> None:
        """Show new connections a certificate of `authority`, a moment later."""
        self._show(authority, expired=expired)
        await self.execute("SELECT pg_reload_conf()")
        self.authority = authority

    def _show(self, authority: Authority, *, expired: bool = False) -> None:
        certificate, key = authority.issue("postgres", *{HOST, self.name}, expired=expired)
        written(self.data, "server.crt", certificate)
        written(self.data, "server.key", key)


@contextmanager
def secured_postgres(folder: Path, port: int, address: str = HOST, name: str = HOST) -> Iterator[SecuredPostgres]:
    postgres = SecuredPostgres(folder, programs(), port, address, name)
    with running(postgres.start):
        yield postgres


def _unprivileged(command: list[str]) -> list[str]:
    """See hack/services: the server refuses root."""
    root = subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout.strip() == "0"
    return ["unshare", "--user", "--map-user=65534", "--map-group=65534", *command] if root else command
