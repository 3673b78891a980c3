"""The OpenAI double's embeddings and list of models against the vendor's own client library."""

import math
from base64 import b64decode
from collections.abc import AsyncIterator
from struct import unpack
from typing import Any

import httpx
import openai
import pytest
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.misbehaviour import Rule
from doubles.openai_world import SMALL, client, embed


@pytest.fixture
async def endpoint() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


def product(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_vectors_are_of_length_one_and_near_where_words_are_shared(endpoint: OpenAIDouble) -> None:
    told = await embed(endpoint, ["export my data", "how do I export data", "opening hours on Sunday"])
    one, near, far = (entry.embedding for entry in told.data)
    assert [len(vector) for vector in (one, near, far)] == [1536] * 3
    assert math.isclose(product(one, one), 1, abs_tol=1e-5)
    assert product(one, near) > 0.3 > product(one, far)
    assert (told.usage.prompt_tokens, told.object) == (4 + 5 + 6, "list")


async def test_both_encodings_say_the_same(endpoint: OpenAIDouble) -> None:
    floats = (await embed(endpoint, "export", encoding_format="float")).data[0].embedding
    told = (await embed(endpoint, "export", encoding_format="base64")).data[0].embedding
    assert unpack("<1536f", b64decode(told)) == pytest.approx(floats, abs=1e-6)
    assert (await embed(endpoint, "export")).data[0].embedding == pytest.approx(floats, abs=1e-6)
    assert [body.get("encoding_format") for body in endpoint.journal.bodies()] == ["float", "base64", "base64"]


async def test_dimensions_are_given_by_newer_models_alone(endpoint: OpenAIDouble) -> None:
    short = (await embed(endpoint, "export", dimensions=256)).data[0].embedding
    assert (len(short), math.isclose(product(short, short), 1, abs_tol=1e-5)) == (256, True)
    for changes in ({"model": "text-embedding-ada-002", "dimensions": 256}, {"dimensions": 1537}, {"dimensions": 0}):
        with pytest.raises(openai.BadRequestError):
            await embed(endpoint, "export", **changes)


async def test_answers_may_come_in_another_order(endpoint: OpenAIDouble) -> None:
    straight = await embed(endpoint, ["one", "two", "three"])
    endpoint.script.add(Rule(on="embeddings", shuffled=True))
    turned = await embed(endpoint, ["one", "two", "three"])
    assert [entry.index for entry in turned.data] == [2, 1, 0]
    assert {entry.index: entry.embedding for entry in turned.data} == {e.index: e.embedding for e in straight.data}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "invalid_value"),
        ([], "invalid_value"),
        (["one", ""], "invalid_value"),
        (["one"] * 2049, "array_above_max_length"),
        ("x" * 4 * 8193, None),
        ([list(range(8193))], None),
        (["x" * 4 * 8000] * 38, "max_tokens_per_request"),
    ],
    ids=["nothing", "no text", "an empty text", "too many", "too long", "too many numbers", "too much"],
)
async def test_what_is_beyond_the_limits_is_refused(endpoint: OpenAIDouble, given: Any, code: str | None) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await embed(endpoint, given)
    assert refused.value.code == code


async def test_what_just_keeps_the_limits_is_taken(endpoint: OpenAIDouble) -> None:
    assert len((await embed(endpoint, ["one"] * 2048, dimensions=8)).data) == 2048
    assert len((await embed(endpoint, "x" * 4 * 8192)).data) == 1
    assert len((await embed(endpoint, [[1, 2], [3]])).data) == 2


async def test_usage_may_be_left_out_and_answers_may_be_empty(endpoint: OpenAIDouble) -> None:
    endpoint.script.add(Rule(on="embeddings", usage=False), Rule(on="embeddings", nothing=True))
    assert (await embed(endpoint, "one")).usage is None
    with pytest.raises(ValueError, match="No embedding data"):
        await embed(endpoint, "one")


async def test_models_are_listed_for_who_has_a_key(endpoint: OpenAIDouble) -> None:
    async with client(endpoint) as made:
        assert SMALL in [model.id async for model in await made.models.list()]
    async with httpx.AsyncClient() as plain:
        stranger = await plain.get(f"{endpoint.base_url}/models")
        known = await plain.get(f"{endpoint.base_url}/models", headers={"Authorization": f"Bearer {KEY}"})
        nowhere = await plain.get(f"{endpoint.base_url}/nowhere")
    assert (stranger.status_code, known.json()["object"], nowhere.status_code) == (401, "list", 404)
