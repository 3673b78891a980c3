"""The embedder behind an endpoint: what is sent, what is taken for an answer, and what each misbehaviour comes to."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.embeddings import vector
from doubles.openai.misbehaviour import Rule

from fte_agent.domain.knowledge import EmbeddingUsage
from fte_agent.errors import EmbeddingFailed, ModelFault
from fte_agent.sdk.embeddings import MAX_CHARS, MAX_TEXT_CHARS, MAX_TEXTS, EmbeddingEndpoint, batches, open_embedder

pytestmark = pytest.mark.slow

DEADLINE = 30.0
SMALL = "text-embedding-3-small"


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fte_agent.sdk.retries.FIRST_WAIT_SECONDS", 0.0)


def an_endpoint(double: OpenAIDouble, **changes: Any) -> EmbeddingEndpoint:
    return EmbeddingEndpoint(
        **{"base_url": double.base_url, "api_key": KEY, "model": SMALL, "dimensions": 64, "retries": 0} | changes
    )


async def embed(double: OpenAIDouble, *texts: str, spent: list[EmbeddingUsage] | None = None, **changes: Any) -> Any:
    heard = [] if spent is None else spent

    async def hear(usage: EmbeddingUsage) -> None:
        heard.append(usage)

    async with asyncio.timeout(DEADLINE), open_embedder(an_endpoint(double, **changes), hear) as embedder:
        return await embedder.embed(texts or ("one", "two"))


def answer(vectors: list[Any], **changes: Any) -> Rule:
    data = [{"object": "embedding", "index": at, "embedding": each} for at, each in enumerate(vectors)]
    return Rule(on="embeddings", body=json.dumps({"object": "list", "data": data, "model": SMALL} | changes))


async def test_texts_become_unit_vectors_in_their_order_of_the_dimensions_asked_for(double: OpenAIDouble) -> None:
    double.script.add(Rule(on="embeddings", shuffled=True))
    texts = ["export my data", "opening hours", "export my data"]
    made = await embed(double, *texts)
    for text, found in zip(texts, made, strict=True):
        assert found == pytest.approx(vector(text, 64), abs=1e-6)
        assert math.isclose(math.hypot(*found), 1, abs_tol=1e-9)
    [sent] = double.journal.bodies()
    assert (sent["model"], sent["dimensions"], sent["input"]) == (SMALL, 64, texts)


async def test_the_identity_names_model_and_dimensions_and_no_address(double: OpenAIDouble) -> None:
    async with open_embedder(an_endpoint(double)) as embedder:
        assert (embedder.identity, embedder.dimensions) == (f"{SMALL}@64", 64)


async def test_many_texts_go_in_requests_that_the_api_takes(double: OpenAIDouble) -> None:
    texts = [f"text {number}" for number in range(MAX_TEXTS * 2 + 1)]
    assert len(await embed(double, *texts, dimensions=1536)) == len(texts)
    assert [len(body["input"]) for body in double.journal.bodies()] == [MAX_TEXTS, MAX_TEXTS, 1]


def test_a_request_is_bounded_in_texts_and_characters_and_holds_no_empty_text() -> None:
    long = "x" * (MAX_TEXT_CHARS + 7)
    sent = list(batches([long] * 60))
    assert max(sum(map(len, batch)) for batch in sent) <= MAX_CHARS
    assert {len(text) for batch in sent for text in batch} == {MAX_TEXT_CHARS}
    assert list(batches(["", " \n", "\x00", "a\ud800b"])) == [[".", ".", ".", "a?b"]]
    assert list(batches([])) == []


async def test_what_was_used_is_told_as_the_endpoint_says_it_and_as_unknown_where_it_does_not(
    double: OpenAIDouble,
) -> None:
    double.script.add(Rule(on="embeddings", usage=False))
    spent: list[EmbeddingUsage] = []
    await embed(double, "four characters", "two", spent=spent)
    await embed(double, "four characters", "two", spent=spent)
    unknown, known = spent
    assert unknown == EmbeddingUsage(None, ceiling=18)
    assert known.tokens is not None and 0 < known.tokens <= known.ceiling == 18


async def test_a_model_that_takes_no_dimensions_is_asked_without_and_must_have_as_many(double: OpenAIDouble) -> None:
    made = await embed(double, "one", model="text-embedding-ada-002", dimensions=1536)
    assert len(made[0]) == 1536
    assert ["dimensions" in body for body in double.journal.bodies()] == [True, False]
    with pytest.raises(EmbeddingFailed, match=r"1536 dimensions, not 384;.* spec\.embedding") as failed:
        await embed(double, "one", model="text-embedding-ada-002", dimensions=384)
    assert (failed.value.reason, failed.value.retryable) == (ModelFault.MISCONFIGURED, True)


REFUSALS = {
    "wrong key": (Rule(on="embeddings", status=401, code="invalid_api_key"), ModelFault.CREDENTIALS, True),
    "quota": (Rule(on="embeddings", status=429, code="insufficient_quota"), ModelFault.QUOTA, True),
    "limited": (Rule(on="embeddings", status=429), ModelFault.RATE_LIMITED, True),
    "no such model": (Rule(on="embeddings", status=404, code="model_not_found"), ModelFault.MISCONFIGURED, True),
    "refused": (Rule(on="embeddings", status=400), ModelFault.REJECTED, False),
    "away": (Rule(on="embeddings", status=503), ModelFault.UNAVAILABLE, True),
    "redirect": (
        Rule(on="embeddings", status=307, location="https://elsewhere.example/"),
        ModelFault.MISCONFIGURED,
        True,
    ),
    "reset": (Rule(on="embeddings", cut="reset"), ModelFault.UNAVAILABLE, True),
    "half": (Rule(on="embeddings", cut="half"), ModelFault.UNAVAILABLE, True),
    "page": (Rule(on="embeddings", body="<html>", content_type="text/html"), ModelFault.UNUSABLE, True),
    "empty body": (Rule(on="embeddings", body=""), ModelFault.UNUSABLE, True),
    "error in 200": (answer([], error={"code": "rate_limit_exceeded"}), ModelFault.RATE_LIMITED, True),
    "no data": (Rule(on="embeddings", nothing=True), ModelFault.UNUSABLE, True),
    "compressed": (Rule(on="embeddings", gzip=True), ModelFault.UNUSABLE, True),
    "endless": (Rule(on="embeddings", padding=8 * 1024 * 1024), ModelFault.UNUSABLE, True),
    "one too few": (answer([[1.0] * 64]), ModelFault.UNUSABLE, True),
    "one too many": (answer([[1.0] * 64] * 3), ModelFault.UNUSABLE, True),
    "another length": (answer([[1.0] * 64, [1.0] * 63]), ModelFault.MISCONFIGURED, True),
    "zero": (answer([[1.0] * 64, [0.0] * 64]), ModelFault.UNUSABLE, True),
    "no number": (answer([[1.0] * 64, [math.nan] * 64]), ModelFault.UNUSABLE, True),
    "endless number": (answer([[1.0] * 64, [math.inf] * 64]), ModelFault.UNUSABLE, True),
    "huge number": (answer([[1.0] * 64, [10**400] * 64]), ModelFault.UNUSABLE, True),
    "words": (answer([[1.0] * 64, ["1"] * 64]), ModelFault.UNUSABLE, True),
    "truths": (answer([[1.0] * 64, [True] * 64]), ModelFault.UNUSABLE, True),
    "nothing for one": (answer([[1.0] * 64, None]), ModelFault.UNUSABLE, True),
    "same place twice": (
        answer([], data=[{"index": 0, "embedding": [1.0] * 64}] * 2),
        ModelFault.UNUSABLE,
        True,
    ),
    "no place": (answer([], data=[{"embedding": [1.0] * 64}] * 2), ModelFault.UNUSABLE, True),
    "data of another kind": (answer([], data="none"), ModelFault.UNUSABLE, True),
}


@pytest.mark.parametrize(("rule", "reason", "retryable"), REFUSALS.values(), ids=REFUSALS)
async def test_each_misbehaviour_has_its_reason_and_no_vector(
    double: OpenAIDouble, rule: Rule, reason: ModelFault, retryable: bool
) -> None:
    double.script.add(rule)
    with pytest.raises(EmbeddingFailed) as failed:
        await embed(double, "a customer's secret words", "two")
    assert (failed.value.reason, failed.value.retryable) == (reason, retryable)
    assert "embedder" in str(failed.value) and "secret" not in str(failed.value) and KEY not in str(failed.value)
    assert not double.script.unused


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize(
    "rule",
    [
        Rule(on="embeddings", status=429, retry_after="0.01"),
        Rule(on="embeddings", status=503),
        Rule(on="embeddings", cut="reset"),
        Rule(on="embeddings", cut="half"),
    ],
    ids=["limited", "away", "reset", "half"],
)
async def test_what_passes_is_asked_again_and_paid_for_once(double: OpenAIDouble, rule: Rule) -> None:
    double.script.add(rule)
    spent: list[EmbeddingUsage] = []
    assert len(await embed(double, retries=1, spent=spent)) == 2
    assert (len(double.journal.requests()), len(spent)) == (2, 1)


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("retries", [0, 1, 4])
async def test_further_requests_are_counted(double: OpenAIDouble, retries: int) -> None:
    double.script.add(Rule(on="embeddings", status=503, times=None))
    with pytest.raises(EmbeddingFailed):
        await embed(double, retries=retries)
    assert len(double.journal.requests()) == retries + 1


@pytest.mark.parametrize("asked", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT"])
async def test_an_endpoint_that_asks_for_a_longer_wait_is_left_alone(double: OpenAIDouble, asked: str) -> None:
    double.script.add(Rule(on="embeddings", status=429, retry_after=asked, times=None))
    with pytest.raises(EmbeddingFailed):
        await embed(double, retries=5)
    assert len(double.journal.requests()) == 1


async def test_an_endpoint_that_hangs_is_given_up_in_time(double: OpenAIDouble) -> None:
    double.script.add(Rule(on="embeddings", cut="hang", times=None))
    for seconds in ({"request_timeout_seconds": 0.3}, {"timeout_seconds": 0.3}):
        with pytest.raises(EmbeddingFailed) as failed:
            await embed(double, **seconds)
        assert (failed.value.reason, failed.value.retryable) == (ModelFault.TIMEOUT, True)


async def test_what_hears_of_the_cost_may_refuse_and_is_heard(double: OpenAIDouble) -> None:
    async def refuse(_: EmbeddingUsage) -> None:
        raise LookupError("no budget")

    async with open_embedder(an_endpoint(double, retries=3), refuse) as embedder:
        with pytest.raises(LookupError):
            await embedder.embed(["one"])
    assert len(double.journal.requests()) == 1


@pytest.mark.parametrize("changes", [{"base_url": "ftp://x/v1"}, {"api_key": "a b"}, {"api_key": ""}])
async def test_an_address_or_key_that_is_none_is_refused_before_anything_is_sent(
    double: OpenAIDouble, changes: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="model's"):
        await embed(double, **changes)
