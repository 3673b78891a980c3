"""A real model behind llama.cpp's own server: a turn through the real SDK, by either of the two APIs.

What so small a model says does not matter. That the wire is right does: the request is taken, a call comes back that
the turn understands, and the server says what it used.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from endpoint_world import QUESTION, ports_of
from model_server import KEY, NAME, ModelServer, model_server
from sdk_doubles import COMPANY

from fte_agent.domain.turns import Outcome
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.evaluation.plan import Play, playing
from fte_agent.evaluation.traffic import Recorder
from fte_agent.sdk.check import open_check
from fte_agent.sdk.endpoint import Api, Capabilities, Endpoint, open_model
from fte_agent.sdk.messages import Preload
from fte_agent.testing import a_context
from fte_agent.turn.decide import run_turn

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

PLAY = Play("real", 1)
SECONDS = 300.0
"""Of one request: the machine may be shared, and the model's 270 million weights are read for every token."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    with model_server(tmp_path_factory.mktemp("model")) as found:
        yield found


def endpoint(server: ModelServer, api: Api = Api.CHAT_COMPLETIONS, key: str = KEY) -> Endpoint:
    able = Capabilities(store=False, preload=Preload.MESSAGE)
    return Endpoint(f"{server.url}/v1", key, NAME, api, able, SECONDS, max_output_tokens=256, retries=0)


def calls_in(api: Api, answer: dict[str, Any]) -> list[str]:
    """The tools that an answer of the server calls."""
    if api is Api.RESPONSES:
        return [item["name"] for item in answer["output"] if item["type"] == "function_call"]
    return [call["function"]["name"] for call in answer["choices"][0]["message"].get("tool_calls", ())]


@pytest.mark.parametrize("api", list(Api))
async def test_a_turn_goes_through_calls_of_the_model_and_the_servers_count_agrees(
    server: ModelServer, api: Api
) -> None:
    before, recorder = server.ended, Recorder([])
    playing.set(str(PLAY))
    asked = open_model(endpoint(server, api), company=COMPANY, timeout_seconds=SECONDS * 2, traffic=recorder)
    async with asked as model:
        decision = await run_turn(a_context(QUESTION, subject="Export", attempt=5), ports_of(model))
    assert decision.outcome in (Outcome.ANSWER, Outcome.CLARIFY, Outcome.ESCALATE)
    assert decision.parts
    assert decision.model == NAME
    answers = [answer for _, answer in recorder.take(PLAY)]
    assert {answer.status for answer in answers} == {200}
    assert server.ended - before == len(answers) > 0
    called = [call.name for call in decision.tool_calls]
    assert called[:3] == ["create_ticket", "get_customer_history", "search_knowledge_base"], "the turn's own"
    told = [json.loads(answer.body or b"") for answer in answers]
    asked_for = [name for each in told for name in calls_in(api, each)]
    assert asked_for, "it called a tool"
    assert called[3 : 3 + len(asked_for)] == asked_for, "and the turn took each, or refused it by name"
    assert all((each["usage"].get("prompt_tokens") or each["usage"].get("input_tokens")) > 500 for each in told)


async def test_the_server_refuses_a_wrong_key_in_words_that_are_understood(server: ModelServer) -> None:
    async with open_model(endpoint(server, key="another"), company=COMPANY) as model:
        with pytest.raises(ModelFailed) as raised:
            await run_turn(a_context(QUESTION, subject="Export"), ports_of(model))
    assert raised.value.reason is ModelFault.CREDENTIALS


async def test_the_servers_list_of_models_says_that_the_key_is_good(server: ModelServer) -> None:
    async with open_check(endpoint(server)) as check:
        await check()
