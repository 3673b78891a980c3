"""Defaults that follow from other fields; constants default in the schema."""

from fte_operator.api.embedding import Embedding
from fte_operator.api.model import Capabilities
from fte_operator.api.policy import Budget
from fte_operator.api.v1alpha1 import DigitalFTE

_LEAST_PARTITIONS = 12
_NAMES = {"OpenAI": "gpt-4o", "Offline": "offline"}
_OPENAI_URL = "https://api.openai.com/v1"
_REQUEST_TIMEOUT_SECONDS = 15
_MAX_OUTPUT_TOKENS = 4096
_EMBEDDING_MODEL = "text-embedding-3-small"
_DIMENSIONS = 1536
_DAYS = 30
MICRO = 1_000_000
"""Micro-dollars of a US dollar."""


def topic_prefix(fte: DigitalFTE) -> str:
    """What the names of the employee's topics begin with: asked for, or ``<namespace>.<name>``."""
    return fte.spec.kafka.topic_prefix or f"{fte.namespace}.{fte.name}"


def partitions(fte: DigitalFTE) -> int:
    """Partitions of ``tickets.incoming``: asked for, or enough that every worker may have one, at least 12."""
    return fte.spec.kafka.partitions or max(_LEAST_PARTITIONS, fte.spec.worker.autoscaling.max_replicas)


def public_url(fte: DigitalFTE) -> str | None:
    """Where the outside reaches the API, ready to be followed by a path; None if it does not."""
    url = fte.spec.api.public_url
    return None if url is None else url.rstrip("/")


def api_url(fte: DigitalFTE) -> str:
    """Where the employee's API answers: the public URL, or the Service's inside the cluster."""
    return public_url(fte) or f"http://{fte.name}-api.{fte.namespace}.svc"


def model_name(fte: DigitalFTE) -> str:
    """What the model is called: asked for (and always asked for at a compatible endpoint), or the provider's."""
    return fte.spec.model.name or _NAMES[fte.spec.model.provider]


def model_url(fte: DigitalFTE) -> str:
    """Where a hosted model's API begins: asked for, or OpenAI's own."""
    return (fte.spec.model.base_url or _OPENAI_URL).rstrip("/")


def model_api(fte: DigitalFTE) -> str:
    """Asked for, or the newer API at OpenAI and elsewhere the one that everybody speaks."""
    return fte.spec.model.api or ("Responses" if fte.spec.model.provider == "OpenAI" else "ChatCompletions")


def request_timeout_seconds(fte: DigitalFTE) -> int:
    """How long one request to a hosted model may take."""
    return fte.spec.model.request_timeout_seconds or _REQUEST_TIMEOUT_SECONDS


def max_output_tokens(fte: DigitalFTE) -> int:
    """The bound of each answer of a hosted model."""
    return fte.spec.model.max_output_tokens or _MAX_OUTPUT_TOKENS


def capabilities(fte: DigitalFTE) -> Capabilities:
    """What the endpoint takes. Only OpenAI keeps answers, and so only it is told not to: others refuse the word."""
    asked = fte.spec.model.capabilities or Capabilities()
    return asked if asked.store is not None else asked.model_copy(update={"store": fte.spec.model.provider == "OpenAI"})


def embedding_model(embedding: Embedding) -> str:
    """What a hosted embedder is called: asked for (and always asked for at a compatible endpoint), or OpenAI's."""
    return embedding.model or _EMBEDDING_MODEL


def embedding_url(embedding: Embedding) -> str:
    """Where a hosted embedder's API begins: asked for, or OpenAI's own."""
    return (embedding.base_url or _OPENAI_URL).rstrip("/")


def dimensions(embedding: Embedding) -> int:
    """Of a hosted embedder's vectors."""
    return embedding.dimensions or _DIMENSIONS


def budget(fte: DigitalFTE) -> Budget | None:
    """Asked for, or the usual one where what is hosted has prices; None is no limit."""
    hosted = [each for each in (fte.spec.model, fte.spec.embedding) if each is not None and each.is_hosted]
    priced = bool(hosted) and all(each.prices is not None for each in hosted)
    return fte.spec.budget or (Budget() if priced else None)


def daily_micro_usd(budget: Budget) -> int:
    """What a day may cost: asked for, or a thirtieth of the year and at least a US dollar."""
    if budget.daily_usd is not None:
        return budget.daily_usd * MICRO
    return max(MICRO, budget.yearly_usd * MICRO // _DAYS)
