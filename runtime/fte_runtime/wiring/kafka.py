"""How Kafka is reached, with the secrets that the document names."""

from pathlib import Path

from fte_runtime.config import Kafka, KafkaAuthentication, read_secret
from fte_transport.access import KafkaAccess


def kafka_access(settings: Kafka) -> KafkaAccess:
    """The access of this process, for as long as it lives: another Secret is another process.

    Raises:
        ConfigError: a secret file is missing or empty.
    """
    how = settings.authentication or KafkaAuthentication(type="None")
    return KafkaAccess(
        settings.bootstrap_servers,
        tls=settings.tls is not None,
        ca=_read(settings.tls.ca_file) if settings.tls else None,
        authentication=how.type,
        username=how.username,
        password=_read(how.password_file),
        certificate=_read(how.certificate_file),
        key=_read(how.key_file),
    )


def _read(path: Path | None) -> str | None:
    return None if path is None else read_secret(path)
