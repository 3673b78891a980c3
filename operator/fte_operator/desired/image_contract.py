"""The contract with the image: paths, port and times that documents and pods must agree on."""

from typing import Final

CONFIG: Final = "/etc/fte"
DATABASE_SECRET: Final = "/run/fte/secrets/database"  # noqa: S105 - a path
DATABASE_FILE: Final = "url"
KAFKA_SECRETS: Final = "/run/fte/secrets/kafka"
CA_FILE: Final = "ca.crt"
PASSWORD_FILE: Final = "password"  # noqa: S105 - a name
CERTIFICATE_FILE: Final = "tls.crt"
KEY_FILE: Final = "tls.key"
MODEL_SECRETS: Final = "/run/fte/secrets/model"
EMBEDDING_SECRETS: Final = "/run/fte/secrets/embedding"
MANAGEMENT_SECRETS: Final = "/run/fte/secrets/management"
MANAGEMENT_FILES: Final = ("reader", "agent", "admin")
API_KEY_FILE: Final = "api-key"
CHANNEL_SECRETS: Final = "/run/fte/secrets/channels"
RUNTIME_SECRETS: Final = "/run/fte/secrets/runtime"
KNOWLEDGE: Final = "/run/fte/knowledge"
TERMINATION_LOG: Final = "/dev/termination-log"
PORT: Final = 8080
METRICS_PORT: Final = 9090
WORKER_SHUTDOWN_SECONDS: Final = 20
WORKER_GRACE_SECONDS: Final = 30


def channel_folder(name: str) -> str:
    """Where the Secrets of channel `name` are, a file each."""
    return f"{CHANNEL_SECRETS}/{name}"
