"""The configuration documents: one per process, written by whoever deploys it.

The operator renders them as ConfigMaps (a contract test feeds every rendered document in here);
``make dev`` writes the same documents to files. Secrets are never in a document: it names files.
Unknown keys are refused, so a document and a program that disagree stop at start, not at noon.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationError, model_validator

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Channel
from fte_runtime.channels import registry


class ConfigError(Exception):
    """A configuration document is missing, unreadable or wrong; the message names file and field."""


class StrictModel(BaseModel):
    """A part of a document; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaTls(StrictModel):
    """TLS to the brokers; ``ca_file`` (PEM) holds whom to trust, None means the system's CAs."""

    ca_file: Path | None = None


class KafkaAuthentication(StrictModel):
    """Who we are to the brokers: a user and a password, or a client certificate and its key (PEM)."""

    type: Literal["None", "ScramSha512", "ScramSha256", "Plain", "TLS"]
    username: str | None = None
    password_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class Kafka(StrictModel):
    """Where the bus is and how it is reached; topics are ``<topic_prefix>.<name>``."""

    bootstrap_servers: str
    topic_prefix: str
    tls: KafkaTls | None = None
    authentication: KafkaAuthentication | None = None


class Database(StrictModel):
    """Where the DSN stands. ``owner`` is ``namespace/name`` of the employee the database belongs to.

    With ``ca_file`` (PEM) the server must prove its name to that CA, whatever the DSN says of TLS.
    """

    url_file: Path
    ca_file: Path | None = None
    owner: str
    pool_size: Annotated[int, Field(ge=1, le=100)] = 10


class ChannelSettings(StrictModel):
    """One bound SupportChannel, as every process reads it.

    ``settings`` are those of the type's plug-in, in the document under the plug-in's own name, such as ``web_form``.
    ``quiet_seconds`` is how long a burst may settle before its turn, ``max_chars`` bounds a reply; None means what
    the kind of channel has. A paused channel takes nothing in and still answers what it took.
    """

    name: str
    type: str
    settings: SerializeAsAny[BaseModel]
    run_state: Literal["Active", "Paused"] = "Active"
    quiet_seconds: Annotated[float, Field(ge=0)] | None = None
    max_chars: Annotated[int, Field(ge=300)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _settings_of_the_type(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "settings" in given:
            return given
        channel_type = given.get("type")
        if channel_type not in registry.PLUGINS:
            raise ValueError(f"type must be one of {', '.join(sorted(registry.PLUGINS))}")
        rest = dict(given)
        settings = registry.plugin(channel_type, "settings").Settings
        rest["settings"] = settings.model_validate(rest.pop(registry.member(channel_type), {}))
        return rest

    @property
    def kind(self) -> Channel:
        """Its kind, a key of `fte_agent.channels.TRAITS`."""
        kind: Channel = registry.plugin(self.type, "settings").KIND
        return kind

    @property
    def reply_chars(self) -> int:
        """The limit of a whole reply."""
        return self.max_chars or TRAITS[self.kind].style.max_chars

    @property
    def quiet(self) -> float:
        """The quiet time of a burst, in seconds."""
        return TRAITS[self.kind].quiet.total_seconds() if self.quiet_seconds is None else self.quiet_seconds

    @property
    def paused(self) -> bool:
        """Whether nothing is taken in now."""
        return self.run_state == "Paused"


class KnowledgeEmbedding(StrictModel):
    """A hosted embedder and how it is reached. ``price`` is of a million tokens in micro-dollars, None if not known."""

    api_key_file: Path
    base_url: str
    model: str
    dimensions: Annotated[int, Field(ge=1)]
    price: Annotated[int, Field(ge=0)] | None = None


class Management(StrictModel):
    """The management API: ``tokens`` is a folder with a file for each role, ``embedding`` what embeds its searches.

    Without ``embedding`` the embedder is the one that ships.
    """

    tokens: Path
    embedding: KnowledgeEmbedding | None = None


class ApiConfig(StrictModel):
    """Document of ``fte-api``. ``runtime_secrets`` is a folder with the status-token keys.

    ``metrics_port`` serves probes and ``/metrics``, for nobody outside; 0 takes any free one. Without ``management``
    there is no management API.
    """

    kafka: Kafka
    database: Database
    channels: tuple[ChannelSettings, ...]
    runtime_secrets: Path
    public_url: str | None = None
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=8)] | None = None
    management: Management | None = None
    port: int = 8080
    metrics_port: int = 9090
    log_level: str = "INFO"


class ModelAccess(StrictModel):
    """How a hosted model is reached. The key is for ``base_url``: a behaviour that names another address gets none.

    ``request_timeout_seconds`` bounds one request of a turn.
    """

    api_key_file: Path
    base_url: str
    request_timeout_seconds: Annotated[float, Field(gt=0, le=45)] = 15


class Budget(StrictModel):
    """What may be spent in micro-dollars, by the day and the calendar year in UTC; None is no limit."""

    daily: Annotated[int, Field(gt=0)] | None = None
    yearly: Annotated[int, Field(gt=0)]


class EmbeddingAccess(StrictModel):
    """How a hosted embedder is reached; the key is for ``base_url`` alone, as a model's."""

    api_key_file: Path
    base_url: str


class WorkerConfig(StrictModel):
    """Document of ``fte-worker``.

    ``concurrency`` bounds turns; ``ingest_window`` the unanswered conversations this worker took in
    (None: ``max(64, 8 * concurrency)``). A burst unanswered for ``answer_deadline_seconds`` goes to a person, whatever
    the cause. ``send_seconds`` bounds one call of a provider, ``lookup_seconds`` lie between two looks for a part
    of unknown fate. ``shutdown_seconds`` must stay below the pod's grace period. ``metrics_port`` as in
    `ApiConfig`. A hosted ``model`` or ``embedding`` is named by the behaviour; here stands how it is reached. Without
    a ``budget`` nothing limits what answers cost; ``fees`` are what a message sent costs, in micro-dollars, by channel.
    """

    kafka: Kafka
    database: Database
    channels: tuple[ChannelSettings, ...]
    behaviour_file: Path = Path("/etc/fte/behaviour.yaml")
    escalation_rules: Path = Path("/opt/fte/context/escalation-rules.md")
    public_url: str | None = None
    answer_deadline_seconds: Annotated[float, Field(gt=0)] = 600
    concurrency: Annotated[int, Field(ge=1, le=256)] = 4
    ingest_window: Annotated[int, Field(ge=1)] | None = None
    lease_seconds: Annotated[float, Field(gt=0)] = 30
    send_seconds: Annotated[float, Field(gt=0)] = 20
    lookup_seconds: Annotated[float, Field(gt=0)] = 60
    shutdown_seconds: Annotated[float, Field(gt=0)] = 20
    model: ModelAccess | None = None
    embedding: EmbeddingAccess | None = None
    budget: Budget | None = None
    fees: dict[str, Annotated[int, Field(ge=0)]] = {}
    metrics_port: int = 9090
    log_level: str = "INFO"

    @property
    def window(self) -> int:
        """The effective ingest window."""
        return self.ingest_window or max(64, 8 * self.concurrency)


class MigrateConfig(StrictModel):
    """Document of ``fte-migrate``."""

    database: Database
    termination_log: Path = Path("/dev/termination-log")
    log_level: str = "INFO"


class KnowledgeSource(StrictModel):
    """One folder of documents. With a ``digest`` it lies on a volume, and that stands for what is in it."""

    name: str
    path: Path
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class KnowledgeConfig(StrictModel):
    """Document of ``fte-knowledge``: ingest ``sources`` as the snapshot of that content's hash.

    Without ``embedding`` the embedder is the one that ships.
    """

    database: Database
    snapshot: str
    sources: tuple[KnowledgeSource, ...]
    embedding: KnowledgeEmbedding | None = None
    termination_log: Path = Path("/dev/termination-log")
    log_level: str = "INFO"


class Retention(StrictModel):
    """For how many days each kind of data is kept; None for ever. See `fte_database`'s ``Ages``."""

    messages_days: Annotated[int, Field(ge=1)] | None = None
    raw_events_days: Annotated[int, Field(ge=1)] | None = None
    runs_days: Annotated[int, Field(ge=1)] | None = None
    audit_days: Annotated[int, Field(ge=1)] | None = None
    customers_days: Annotated[int, Field(ge=1)] | None = None


class RetentionConfig(StrictModel):
    """Document of ``fte-privacy retain``."""

    database: Database
    retention: Retention
    termination_log: Path = Path("/dev/termination-log")
    log_level: str = "INFO"


Document = TypeVar("Document", bound=StrictModel)


def load(kind: type[Document], path: Path) -> Document:
    """Read one document.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or has a missing, unknown or wrong field.
    """
    try:
        return kind.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise ConfigError(f"{path}: {faults}") from error


def read_secret(path: Path) -> str:
    """A secret from its file, without the trailing newline editors add.

    Raises:
        ConfigError: the file is missing, empty or no text; the message names the file, never the content.
    """
    try:
        value = path.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is no text in UTF-8") from None
    if not value:
        raise ConfigError(f"{path}: is empty")
    return value
