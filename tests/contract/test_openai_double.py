"""The OpenAI double's models against the vendor's own client library, and against a SIGKILL.

Whoever tests against the double trusts it to be an endpoint; this is where that is earned.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import httpx
import openai
import pytest
from doubles.openai.conversation import Answer, Call, Text
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.journal import Journal, key_mark
from doubles.openai.misbehaviour import Rule
from doubles.openai.parameters import CHAT, EMBEDDINGS, RESPONSES, Capabilities
from doubles.openai_world import (
    CALL,
    CHAT_CALL,
    CHAT_RESULT,
    CHAT_SEND,
    MODEL,
    RESULT,
    SEND,
    USER,
    ask,
    chat,
    client,
)
from openai.types import EmbeddingCreateParams
from openai.types import chat as chat_types
from openai.types import responses as response_types

pytestmark = pytest.mark.slow

SERVER = Path(__file__).resolve().parent.parent / "doubles" / "openai_server.py"
ANSWER = Answer((Call("send_response", {"message": "Open Settings.", "citations": ["a#b"]}, "call_9"),))
BOTH = pytest.mark.parametrize("way", [ask, chat])


@pytest.fixture
async def endpoint() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


def strict(told: Any) -> None:
    """Every field as the vendor's types have it, which the client itself does not look at."""
    type(told).model_validate(told.model_dump(by_alias=True, exclude_unset=True))


# Answers


@pytest.mark.parametrize("answer", [ANSWER, Answer((Text("Hello."),)), Answer((Text("No.", refusal=True),))])
async def test_answers_have_the_shape_of_the_vendor_s_types(endpoint: OpenAIDouble, answer: Answer) -> None:
    endpoint.mind.plan(answer, answer)
    response, completion = await ask(endpoint), await chat(endpoint)
    strict(response)
    strict(completion)
    (item,), message = response.output, completion.choices[0].message
    if isinstance(said := answer.items[0], Call):
        (call,) = message.tool_calls
        assert (item.call_id, item.name, item.arguments) == (call.id, call.function.name, call.function.arguments)
        assert json.loads(item.arguments) == said.arguments
        assert completion.choices[0].finish_reason == "tool_calls"
    else:
        part = item.content[0]
        assert (part.refusal if said.refusal else part.text) == (message.refusal or message.content) == said.text


@pytest.mark.parametrize(("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_an_answer_that_was_cut_says_so(endpoint: OpenAIDouble, finish: Any, reason: str) -> None:
    endpoint.mind.plan(Answer((), finish), Answer((), finish))
    response, completion = await ask(endpoint), await chat(endpoint)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
    assert completion.choices[0].finish_reason == finish


@pytest.mark.parametrize("answer", [ANSWER, Answer((Text("Hello."),)), Answer((Text("No.", refusal=True),))])
async def test_a_stream_adds_up_to_the_answer(endpoint: OpenAIDouble, answer: Answer) -> None:
    endpoint.mind.plan(answer, answer)
    async with client(endpoint) as made:
        events = [event async for event in await made.responses.create(model=MODEL, input="Hello", stream=True)]
        async with made.chat.completions.stream(
            model=MODEL, messages=[USER], stream_options={"include_usage": True}
        ) as stream:
            completion = await stream.get_final_completion()
    for event in events:
        strict(event)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")
    deltas = "".join(event.delta for event in events if event.type.endswith(".delta"))
    message = completion.choices[0].message
    if isinstance(said := answer.items[0], Call):
        assert deltas == message.tool_calls[0].function.arguments == said.raw
    else:
        assert deltas == (message.refusal or message.content) == said.text
    assert completion.usage.prompt_tokens > 0


@BOTH
async def test_usage_is_reported_unless_the_script_says_no(endpoint: OpenAIDouble, way: Any) -> None:
    endpoint.script.add(Rule(usage=False))
    assert (await way(endpoint)).usage is None
    assert (await way(endpoint)).usage.total_tokens > 0
    assert [answer["reported"] for answer in endpoint.journal.of("answer")] == [False, True]
    assert min(endpoint.journal.tokens()) > 0


async def test_a_long_prefix_is_cached_for_who_asked_before(endpoint: OpenAIDouble) -> None:
    endpoint.keys.add("other")
    told = [{"role": "developer", "content": "rule " * 2000}, USER]
    for key in (KEY, KEY, "other"):
        await ask(endpoint, key, input=told)
    first, again, other = endpoint.journal.cached()
    assert (first, other) == (0, 0)
    assert again >= 1024 and again % 128 == 0
    assert (await ask(endpoint, input=told)).usage.input_tokens_details.cached_tokens == again


async def test_the_clerk_answers_from_the_passages_and_gives_up_without(endpoint: OpenAIDouble) -> None:
    question = json.dumps({"messages_to_answer": [{"author": "customer", "text": "How do I export my data?"}]})
    passages = [{"uri": "a#b", "content": "Export your data under Settings. It takes a minute."}]
    found = json.dumps({"passages": passages})
    said = [{"role": "user", "content": question}, CALL, RESULT | {"output": found}]
    (call,) = (await ask(endpoint, input=said, tools=[SEND])).output
    assert json.loads(call.arguments) == {"message": passages[0]["content"], "citations": ["a#b"]}
    said[-1] = RESULT | {"output": '{"passages": []}'}
    (search,) = (await ask(endpoint, input=said, tools=[SEND])).output
    more = [CALL | {"call_id": "call_2"}, {"type": "function_call_output", "call_id": "call_2"} | {"output": "{}"}]
    more[-1]["output"] = '{"passages": []}'
    (gone,) = (await ask(endpoint, input=said + more, tools=[SEND])).output
    assert (search.name, gone.name) == ("search_knowledge_base", "escalate_to_human")


async def test_plans_are_for_conversations(endpoint: OpenAIDouble) -> None:
    endpoint.mind.plan(Answer((Text("one"),)), Answer((Text("two"),)), about="Ada")
    endpoint.mind.plan(Answer((Text("other"),)), about="Bob")
    said = [(await ask(endpoint, input=who)).output_text for who in ("Bob", "Ada", "Eve", "Ada")]
    assert (said, endpoint.mind.unused) == (["other", "one", "How can I help?", "two"], 0)


# What is refused


def names(params: Any) -> set[str]:
    """The fields of both forms of a request, with a stream and without."""
    return {name for form in get_args(params) for name in form.__annotations__}


def test_parameters_are_those_of_the_vendor_s_types() -> None:
    assert names(response_types.ResponseCreateParams) == RESPONSES
    assert names(chat_types.CompletionCreateParams) == CHAT
    assert set(EmbeddingCreateParams.__annotations__) == EMBEDDINGS


@BOTH
@pytest.mark.parametrize(("key", "code"), [("wrong-key-1234", "invalid_api_key"), ("", None)])
async def test_a_key_that_is_not_good_is_refused(endpoint: OpenAIDouble, way: Any, key: str, code: str | None) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        await way(endpoint, key or "unused", extra_headers={} if key else {"Authorization": "Basic x"})
    assert (refused.value.code, refused.value.type) == (code, "invalid_request_error")
    assert endpoint.journal.keys() == {key_mark(key)}
    assert key not in json.dumps([dict(request) for request in endpoint.journal.requests()]) or not key


STRICT = SEND["parameters"]
OPEN = {**STRICT, "additionalProperties": True}
LOOSE = {**STRICT, "required": ["message"]}
DEFAULT = {**STRICT, "properties": {**STRICT["properties"], "citations": {"type": "array", "default": []}}}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"input": 3}, "invalid_type"),
        ({"extra_body": {"colour": "red"}}, "unknown_parameter"),
        ({"temperature": 3}, "invalid_value"),
        ({"max_output_tokens": 3}, "integer_below_min_value"),
        ({"tool_choice": "required"}, "invalid_value"),
        ({"tools": [SEND], "tool_choice": {"type": "function", "name": "none_such"}}, "invalid_value"),
        ({"tools": [SEND, SEND]}, "invalid_value"),
        ({"tools": [SEND | {"name": "a b"}]}, "invalid_value"),
        ({"tools": [SEND | {"parameters": OPEN}]}, "invalid_function_parameters"),
        ({"tools": [SEND | {"parameters": LOOSE}]}, "invalid_function_parameters"),
        ({"tools": [SEND | {"parameters": DEFAULT}]}, "invalid_function_parameters"),
        ({"tools": [SEND | {"parameters": {"anyOf": [STRICT]}}]}, "invalid_function_parameters"),
        ({"input": [USER, CALL]}, None),
        ({"input": [USER, RESULT]}, None),
        ({"input": [USER, CALL | {"id": "x"}, RESULT]}, "invalid_value"),
        ({"input": [USER, CALL | {"call_id": "c" * 65}, RESULT]}, "invalid_value"),
        ({"input": [{"role": "customer", "content": "x"}]}, "invalid_value"),
        ({"input": "word " * 110_000}, "context_length_exceeded"),
    ],
)
async def test_a_wrong_request_for_a_response_is_refused(
    endpoint: OpenAIDouble, changes: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(endpoint, **changes)
    assert refused.value.code == code
    assert endpoint.journal.decisions() == [f"refused 400 {code}"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"messages": []}, "empty_array"),
        ({"messages": [{"role": "user", "content": None}]}, "invalid_value"),
        ({"extra_body": {"input": "x"}}, "unknown_parameter"),
        ({"parallel_tool_calls": False}, "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "invalid_value"),
        ({"max_tokens": 9, "max_completion_tokens": 9}, "invalid_value"),
        ({"tools": [{"type": "function", "function": SEND | {"parameters": OPEN}}]}, "invalid_function_parameters"),
        ({"messages": [USER, CHAT_CALL]}, None),
        ({"messages": [USER, CHAT_CALL, USER]}, None),
        ({"messages": [USER, CHAT_RESULT]}, None),
    ],
)
async def test_a_wrong_request_for_a_completion_is_refused(
    endpoint: OpenAIDouble, changes: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await chat(endpoint, **changes)
    assert refused.value.code == code


async def test_right_requests_are_taken(endpoint: OpenAIDouble) -> None:
    await ask(endpoint, input=[USER, CALL, RESULT], tools=[SEND], tool_choice="required", store=False)
    loose = {"type": "function", "function": SEND | {"parameters": OPEN, "strict": False}}
    await chat(endpoint, messages=[USER, CHAT_CALL, CHAT_RESULT], tools=[CHAT_SEND], parallel_tool_calls=False)
    await chat(endpoint, tools=[loose])
    assert endpoint.journal.decisions() == ["answered"] * 3


@BOTH
async def test_a_model_nobody_has_is_not_found(endpoint: OpenAIDouble, way: Any) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        await way(endpoint, model="gpt-0")
    assert refused.value.code == "model_not_found"


@pytest.mark.parametrize("name", ["store", "parallel_tool_calls", "tool_choice", "prompt_cache_key"])
async def test_an_endpoint_refuses_what_it_lacks_by_name(name: str) -> None:
    given = {"store": False, "parallel_tool_calls": False, "tool_choice": "required", "prompt_cache_key": "k"}
    async with OpenAIDouble(able=Capabilities(**{name: False})) as endpoint:
        for way, tool in ((ask, SEND), (chat, CHAT_SEND)):
            with pytest.raises(openai.BadRequestError) as refused:
                await way(endpoint, tools=[tool], **{name: given[name]})
            assert (refused.value.code, refused.value.param) == ("unsupported_parameter", name)


async def test_an_endpoint_without_a_route_has_no_such_url() -> None:
    async with OpenAIDouble(able=Capabilities(responses=False, chat=False)) as endpoint:
        for way in (ask, chat):
            with pytest.raises(openai.NotFoundError):
                await way(endpoint)


async def test_an_endpoint_may_refuse_calls_that_its_model_did_not_make() -> None:
    async with OpenAIDouble(able=Capabilities(foreign_calls=False)) as endpoint:
        with pytest.raises(openai.BadRequestError):
            await ask(endpoint, input=[USER, CALL, RESULT])
        endpoint.mind.plan(ANSWER)
        (own,) = (await ask(endpoint)).output
        result = {"type": "function_call_output", "call_id": own.call_id, "output": "Accepted."}
        await ask(endpoint, input=[USER, own.model_dump(exclude_none=True), result])


# Misbehaviour


@BOTH
@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (Rule(status=403, code="unsupported_country_region_territory"), openai.PermissionDeniedError),
        (Rule(status=409), openai.ConflictError),
        (Rule(status=429, code="insufficient_quota"), openai.RateLimitError),
        (Rule(status=500), openai.InternalServerError),
        (Rule(status=307, location="/elsewhere"), openai.APIStatusError),
        (Rule(cut="reset"), openai.APIConnectionError),
        (Rule(cut="close"), openai.APIConnectionError),
        (Rule(cut="half"), openai.APIConnectionError),
        (Rule(cut="hang"), openai.APITimeoutError),
    ],
)
async def test_a_fault_is_what_the_client_makes_of_the_real_one(
    endpoint: OpenAIDouble, way: Any, rule: Rule, error: type[Exception]
) -> None:
    endpoint.script.add(rule)
    plain = httpx_without_redirects()
    seconds = 0.3 if rule.cut == "hang" else 20
    async with client(endpoint, seconds=seconds, http_client=plain) as made:
        with pytest.raises(error) as failed:
            if way is ask:
                await made.responses.create(model=MODEL, input="Hello")
            else:
                await made.chat.completions.create(model=MODEL, messages=[USER])
    assert getattr(failed.value, "code", None) == rule.code
    assert endpoint.script.unused == []


def httpx_without_redirects() -> Any:
    return openai.DefaultAsyncHttpxClient(follow_redirects=False)


async def test_the_client_waits_as_long_as_it_is_told(endpoint: OpenAIDouble) -> None:
    endpoint.script.add(Rule(status=429, code="rate_limit_exceeded", retry_after="0.01"))
    async with client(endpoint, max_retries=1) as made:
        assert (await made.responses.create(model=MODEL, input="Hello")).status == "completed"
    assert endpoint.journal.decisions() == ["refused 429 rate_limit_exceeded", "answered"]


async def test_a_stream_may_break_off(endpoint: OpenAIDouble) -> None:
    endpoint.script.add(Rule(cut="half"))
    async with client(endpoint) as made:
        stream = await made.responses.create(model=MODEL, input="Hello", stream=True)
        with pytest.raises(openai.APIConnectionError):
            [event async for event in stream]


@pytest.mark.parametrize("rule", [Rule(body="<html>Log in</html>", content_type="text/html"), Rule(body="")])
async def test_what_is_no_answer_comes_through_as_it_is(endpoint: OpenAIDouble, rule: Rule) -> None:
    endpoint.script.add(rule)
    async with httpx.AsyncClient() as plain:
        told = await plain.post(f"{endpoint.base_url}/responses", json={"model": MODEL, "input": "Hello"})
    assert (told.status_code, told.text) == (200, rule.body)


async def test_an_error_may_come_with_status_200(endpoint: OpenAIDouble) -> None:
    endpoint.script.add(Rule(error="server_error", times=2))
    response, completion = await ask(endpoint), await chat(endpoint)
    assert (response.status, response.error.code, response.output) == ("failed", "server_error", [])
    assert completion.choices is None and completion.error["code"] == "server_error"


async def test_rules_fit_by_operation_and_text(endpoint: OpenAIDouble) -> None:
    endpoint.script.add(Rule(status=500, on="chat"), Rule(status=503, about="Ada", times=None))
    assert (await ask(endpoint)).status == "completed"
    for told in ({"input": "Ada"}, {"input": "Ada again"}):
        with pytest.raises(openai.InternalServerError) as refused:
            await ask(endpoint, **told)
        assert refused.value.status_code == 503
    assert [rule.on for rule in endpoint.script.unused] == ["chat"]


# As a process


async def test_a_killed_process_goes_on_with_its_journal_and_takes_orders(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    decisions = []
    for times in (1, 2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, SERVER, "--journal", journal, "--key", "one", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        async with httpx.AsyncClient(base_url=url) as plain:
            await plain.post("/_double/script", json=[{"status": 503, "code": "server_is_overloaded"}])
            await plain.post("/_double/plan", json={"about": "Ada", "answers": [{"items": [{"text": "Planned."}]}]})
            await plain.post("/_double/keys", json=["two"])
            await plain.post("/_double/able", json={"store": False})
            headers = {"Authorization": "Bearer two"}
            asked = [{"model": MODEL, "input": "Ada"}, {"model": MODEL, "input": "Ada"}, {"model": MODEL, "input": "B"}]
            asked.append({"model": MODEL, "input": "Ada", "store": False})
            told = [await plain.post("/v1/responses", json=body, headers=headers) for body in asked]
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert [answer.status_code for answer in told] == [503, 200, 200, 400]
        assert told[1].json()["output"][0]["content"][0]["text"] == "Planned."
        decisions = Journal.read(journal).decisions()
        assert len(decisions) == 4 * times
    assert decisions[0] == "refused 503 server_is_overloaded"
