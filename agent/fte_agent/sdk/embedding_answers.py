"""What an endpoint's embeddings are, before and after the client reads them."""

import numpy as np
import openai
from openai.types import CreateEmbeddingResponse

from fte_agent.errors import EmbeddingFailed, ModelFault
from fte_agent.sdk.answers import told_in
from fte_agent.sdk.errors import UnusableAnswer


def examine_embeddings(body: bytes) -> None:
    """Let a list of embeddings pass; the client reads a page and an empty body as text.

    Raises:
        UnusableAnswer: it is none.
        FailedAnswer: it says that it came to nothing.
    """
    data = told_in(body).get("data")
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise UnusableAnswer("the answer has no data")
    if not all(_is_entry(entry.get("index"), entry.get("embedding")) for entry in data):
        raise UnusableAnswer("the answer's data are no embeddings")


def _is_entry(index: object, embedding: object) -> bool:
    return type(index) is int and isinstance(embedding, list) and all(type(each) in (int, float) for each in embedding)


def unit_vectors(answer: CreateEmbeddingResponse, count: int, dimensions: int) -> list[list[float]]:
    """The vectors in the order of what was asked, each of length one.

    Raises:
        UnusableAnswer: not one for each text, or one of no direction.
        EmbeddingFailed: they have other dimensions than ``dimensions``.
    """
    by_index = {entry.index: entry.embedding for entry in answer.data}
    if len(answer.data) != count or by_index.keys() != set(range(count)):
        raise UnusableAnswer("the answer has not one embedding for each text")
    sizes = {len(vector) for vector in by_index.values()}
    if sizes != {dimensions}:
        given = ", ".join(map(str, sorted(sizes)))
        told = f"the embedder gives {given} dimensions, not {dimensions}; name one that does in spec.embedding"
        raise EmbeddingFailed(told, retryable=True, reason=ModelFault.MISCONFIGURED)
    try:
        vectors = np.array([by_index[index] for index in range(count)], dtype=np.float64)
    except OverflowError:  # of a whole number
        raise UnusableAnswer("the answer has a number without measure") from None
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise UnusableAnswer("the answer has an embedding of no direction")
    unit: list[list[float]] = (vectors / lengths).tolist()
    return unit


def tokens_of(answer: CreateEmbeddingResponse) -> int | None:
    """What the endpoint says that the texts had; None where it says nothing that can be."""
    usage = getattr(answer, "usage", None)
    tokens = getattr(usage, "total_tokens", None)
    return tokens if type(tokens) is int and tokens >= 0 else None


def takes_no_dimensions(error: openai.BadRequestError) -> bool:
    """Whether a request is refused for naming dimensions, which older models and other hosts do not take."""
    return error.param == "dimensions" or "dimensions" in str(error.message).lower()
