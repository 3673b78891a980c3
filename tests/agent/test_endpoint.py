"""A model behind an endpoint: what leaves, what it may not take, and what stays here."""

import json
from collections.abc import AsyncIterator

import pytest
from doubles.openai import parameters
from doubles.openai.conversation import Answer, Call
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.journal import key_mark
from doubles.openai.misbehaviour import Rule
from endpoint_world import MODEL, OPERATION, PAST, QUESTION, SENT, an_endpoint, decide
from sdk_doubles import COMPANY, PASSAGE, PREAMBLE, lines

from fte_agent.domain.turns import Outcome, Usage
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.prompts.loader import load_prompt
from fte_agent.sdk.endpoint import Api, Capabilities, Endpoint, open_model
from fte_agent.sdk.messages import Preload
from fte_agent.testing import FixedSearch, a_context, a_passage

APIS = pytest.mark.parametrize("api", list(Api))
PLAIN = {"host", "accept", "accept-encoding", "authorization", "content-length", "content-type", "user-agent"}


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


@APIS
async def test_a_question_is_answered_from_a_passage_in_one_request(double: OpenAIDouble, api: Api) -> None:
    passage = a_passage("Export your ledger under Settings. It takes a minute.", uri="docs/export.md#ledger")
    decision = await decide(an_endpoint(double, api), found=FixedSearch([PASSAGE, passage]))
    assert decision.outcome is Outcome.ANSWER
    assert [citation.uri for citation in decision.citations] == ["docs/export.md#ledger"]
    assert double.journal.decisions() == ["answered"]
    (answer,) = double.journal.of("answer")
    assert decision.usage == Usage(answer["input_tokens"], answer["output_tokens"], answer["cached_tokens"])
    assert (decision.model, decision.prompt_version) == (MODEL, load_prompt().version)


@APIS
async def test_a_question_without_a_passage_is_searched_once_more_and_asked_back_or_handed_over(
    double: OpenAIDouble, api: Api
) -> None:
    decision = await decide(an_endpoint(double, api), found=FixedSearch())
    assert lines(decision)[:2] == [("search_knowledge_base", "ok"), ("escalate_to_human", "ok")]
    assert double.journal.decisions() == ["answered"] * 2


async def test_a_response_is_asked_for_as_the_endpoint_is_set(double: OpenAIDouble) -> None:
    double.mind.plan(SENT)
    await decide(an_endpoint(double, max_output_tokens=999))
    (body,) = double.journal.bodies("responses")
    told = {name: body[name] for name in ("model", "store", "tool_choice", "parallel_tool_calls", "max_output_tokens")}
    assert told == {
        "model": MODEL,
        "store": False,
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "max_output_tokens": 999,
    }
    assert [item["name"] for item in body["input"] if item.get("type") == "function_call"] == PREAMBLE
    assert all(tool["strict"] for tool in body["tools"])
    assert "stream" not in body


@pytest.mark.parametrize(
    ("able", "bound"), [({}, "max_tokens"), ({"max_completion_tokens": True}, "max_completion_tokens")]
)
async def test_a_completion_is_asked_for_as_the_endpoint_is_set(
    double: OpenAIDouble, able: dict[str, bool], bound: str
) -> None:
    double.mind.plan(SENT)
    await decide(an_endpoint(double, Api.CHAT_COMPLETIONS, able=able, max_output_tokens=999))
    (body,) = double.journal.bodies("chat")
    assert {name for name in body if "tokens" in name} == {bound}
    assert (body[bound], body["store"], body["tool_choice"], body["parallel_tool_calls"]) == (
        999,
        False,
        "required",
        False,
    )


@APIS
@pytest.mark.parametrize("name", ["store", "parallel_tool_calls", "tool_choice"])
async def test_what_an_endpoint_lacks_is_left_out(api: Api, name: str) -> None:
    async with OpenAIDouble(able=parameters.Capabilities(**{name: False})) as double:
        with pytest.raises(ModelFailed) as caught:
            await decide(an_endpoint(double, api))
        assert (caught.value.reason, caught.value.retryable) == (ModelFault.MISCONFIGURED, True)
        double.mind.plan(SENT)
        assert (await decide(an_endpoint(double, api, able={name: False}))).outcome is Outcome.ANSWER
        refused, body = double.journal.bodies()
        assert name in refused and name not in body


@APIS
async def test_an_endpoint_that_takes_only_its_own_calls_is_told_the_same_facts_in_the_message(api: Api) -> None:
    async with OpenAIDouble(able=parameters.Capabilities(foreign_calls=False)) as double:
        with pytest.raises(ModelFailed):
            await decide(an_endpoint(double, api))
        able = {"preload": Preload.MESSAGE}
        passage = a_passage("Export your ledger under Settings.")
        decision = await decide(an_endpoint(double, api, able=able), found=FixedSearch([passage]))
        assert decision.outcome is Outcome.ANSWER
        body = double.journal.bodies()[1]
        (user,) = [item for item in body.get("input", body.get("messages")) if item.get("role") == "user"]
        told = json.loads(user["content"])
        assert (told["customer_history"], told["passages"][0]["sentences"]) == (
            PAST,
            {"a.1": passage.section.content},
        )
        assert "function_call" not in json.dumps(body.get("input", "")) and "tool_calls" not in json.dumps(
            body.get("messages", "")
        )


@APIS
async def test_after_a_search_of_its_own_such_an_endpoint_still_answers(api: Api) -> None:
    async with OpenAIDouble(able=parameters.Capabilities(foreign_calls=False)) as double:
        double.mind.plan(Answer((Call("search_knowledge_base", {"query": "x", "max_results": 3}),)), SENT)
        decision = await decide(an_endpoint(double, api, able={"preload": Preload.MESSAGE}))
        assert (decision.outcome, double.journal.decisions()) == (Outcome.ANSWER, ["answered"] * 2)


@APIS
async def test_the_prefix_is_the_same_and_shares_one_cache(double: OpenAIDouble, api: Api) -> None:
    double.mind.plan(Answer((Call("search_knowledge_base", {"query": "x", "max_results": 3}),)), SENT, SENT)
    one, other = a_context(QUESTION), a_context("And invite?", history=["Hi"])
    found = FixedSearch([a_passage("Fact. " * 200, uri="docs/a"), PASSAGE])
    await decide(an_endpoint(double, api, able={"prompt_cache_key": True}), one, other, found=found)
    first, again, second = double.journal.bodies()
    for name in ("tools", "prompt_cache_key"):
        assert first[name] == again[name] == second[name]
    assert first["prompt_cache_key"] == load_prompt().version
    assert double.journal.cached()[1] >= 1024
    await decide(an_endpoint(double, api))
    assert "prompt_cache_key" not in double.journal.bodies()[-1]


@APIS
async def test_usage_that_is_not_reported_is_unknown(double: OpenAIDouble, api: Api) -> None:
    double.mind.plan(SENT)
    double.script.add(Rule(usage=False))
    assert (await decide(an_endpoint(double, api))).usage == Usage(None, None)


@APIS
async def test_the_environment_says_nothing(double: OpenAIDouble, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other\nX-Other: other")
    for name in ("OPENAI_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    double.mind.plan(SENT)
    await decide(an_endpoint(double, api))
    (request,) = double.journal.requests()
    assert set(request["headers"]) <= PLAIN | {"connection"}
    assert (request["key"], request["operation"]) == (key_mark(KEY), OPERATION[api])
    assert "from-the-environment" not in json.dumps(dict(request))


def test_the_key_is_shown_by_nothing(double: OpenAIDouble) -> None:
    endpoint = Endpoint("http://127.0.0.1/v1", KEY, MODEL)
    assert KEY not in repr(endpoint) + str(endpoint)


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": "key\n"},
        {"api_key": ""},
        {"api_key": "kéy"},
        {"base_url": "ftp://model.example/v1"},
        {"base_url": "model.example/v1"},
        {"base_url": "https://user:pass@model.example/v1"},
        {"base_url": "https://model.example/v1?key=1"},
    ],
)
def test_what_is_no_endpoint_is_refused_without_being_repeated(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="the model's") as refused:
        Endpoint(**{"base_url": "https://model.example/v1", "api_key": KEY, "model": MODEL} | changes)
    assert not any(value and value in str(refused.value) for value in changes.values())


async def test_connections_end_with_the_block(double: OpenAIDouble) -> None:
    double.mind.plan(SENT)
    async with open_model(an_endpoint(double), company=COMPANY) as model:
        client = model._agent.model._client
        assert not client.is_closed()
    assert client.is_closed()


def test_capabilities_default_to_those_of_the_vendor() -> None:
    assert Capabilities() == Capabilities(True, True, True, Preload.CALLS, prompt_cache_key=False)
