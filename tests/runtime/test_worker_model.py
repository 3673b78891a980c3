"""What workers know of a hosted model: what counts, for how long, and who is believed."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from runtime_doubles import FakeClock
from worker_documents import worker_documents

from fte_agent.domain.turns import Usage
from fte_agent.errors import ModelFailed, ModelFault
from fte_database.repositories.health import WorkerReport
from fte_runtime.answering import said_by
from fte_runtime.behaviour import load_behaviour
from fte_runtime.config import ConfigError, WorkerConfig
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring.worker import _model
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.model import FORGOTTEN_SECONDS, WORDS, ModelHealth, ModelLook, ModelWatch, WatchedModel

DEFINITE = (ModelFault.CREDENTIALS, ModelFault.QUOTA, ModelFault.MISCONFIGURED)
PASSING = (ModelFault.RATE_LIMITED, ModelFault.UNAVAILABLE, ModelFault.TIMEOUT, ModelFault.UNUSABLE)
ENDPOINT = {
    "base_url": "https://models.example/v1",
    "api": "Responses",
    "max_output_tokens": 700,
    "store": True,
    "parallel_tool_calls": True,
    "tool_choice": True,
    "preload": "Calls",
}


def failed(reason: ModelFault, *, retryable: bool = True) -> ModelFailed:
    return ModelFailed("said so", retryable=retryable, reason=reason)


def health() -> tuple[ModelHealth, FakeClock]:
    clock = FakeClock()
    return ModelHealth(clock), clock


def fault(of: ModelHealth) -> str | None:
    told = of.findings()["model"]
    return None if told is None else told.partition(":")[0]


@pytest.mark.parametrize("reason", DEFINITE)
def test_a_definite_refusal_counts_at_once(reason):
    for tell in (ModelHealth.turned, ModelHealth.looked):
        found, _ = health()
        assert found.findings() == {}, "not known yet"
        tell(found, failed(reason))
        assert found.findings() == {"model": f"{reason}: {WORDS[reason]}"}
        tell(found, None)
        assert found.findings() == {"model": None}


@pytest.mark.parametrize("reason", PASSING)
def test_what_may_pass_counts_from_the_second_time_in_a_row(reason):
    found, _ = health()
    found.turned(failed(reason))
    assert fault(found) is None
    found.turned(None)
    found.turned(failed(reason))
    assert fault(found) is None
    found.turned(failed(reason))
    assert fault(found) == reason


def test_what_is_about_one_conversation_says_nothing_of_the_model():
    found, _ = health()
    for _ in range(3):
        found.turned(failed(ModelFault.REJECTED, retryable=False))
        found.turned(failed(ModelFault.UNUSABLE, retryable=False))
    assert found.findings() == {}


def test_a_look_that_goes_well_takes_no_turn_s_failure_back():
    """Endpoints exist whose list of models anybody may read."""
    found, clock = health()
    found.turned(failed(ModelFault.CREDENTIALS))
    found.looked(None)
    assert fault(found) == "credentials"
    clock.advance(FORGOTTEN_SECONDS)
    assert fault(found) is None, "nobody has written for long: nothing is known"


def test_a_look_that_fails_on_between_turns_that_succeed_is_not_believed():
    found, _ = health()
    found.turned(None)
    found.looked(failed(ModelFault.CREDENTIALS))
    assert fault(found) == "credentials", "the turn may have been before the key was taken back"
    found.turned(None)
    assert fault(found) is None
    found.looked(failed(ModelFault.CREDENTIALS))
    found.looked(failed(ModelFault.CREDENTIALS))
    assert fault(found) is None
    found.looked(None)
    found.looked(failed(ModelFault.CREDENTIALS))
    assert fault(found) == "credentials", "it went well meanwhile"


class FixedModel:
    name, prompt_version = "m", "1"

    def __init__(self, *outcomes: Usage | ModelFailed) -> None:
        self._outcomes = list(outcomes)

    async def run(self, request: Any, tools: Any) -> Usage:
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, ModelFailed):
            raise outcome
        return outcome


async def test_a_watched_model_tells_how_each_run_ended_and_changes_nothing():
    found, _ = health()
    model = WatchedModel(FixedModel(failed(ModelFault.QUOTA), Usage(1, 2)), found)
    with pytest.raises(ModelFailed):
        await model.run(None, None)  # type: ignore[arg-type]
    assert (fault(found), model.name, model.prompt_version) == ("quota", "m", "1")
    assert await model.run(None, None) == Usage(1, 2)  # type: ignore[arg-type]
    assert fault(found) is None


async def test_a_look_is_made_at_once_and_again_and_a_stop_cuts_it_short():
    found, _ = health()
    outcomes = [failed(ModelFault.CREDENTIALS), None]
    looked, stopping = asyncio.Event(), asyncio.Event()

    async def check() -> None:
        if not outcomes:
            looked.set()
            await asyncio.Event().wait()
        if error := outcomes.pop(0):
            raise error

    loop = Loop("model-look", 0.001, asyncio.Event(), stopping, WorkerMetrics())
    role = asyncio.create_task(ModelLook(ModelWatch(found, check), loop).run())
    await asyncio.wait_for(looked.wait(), 20)
    assert fault(found) is None and loop.pulse.findings() == {"model-look": None}
    stopping.set()
    await asyncio.wait_for(role, 20)


def test_the_model_is_a_part_of_its_own_and_no_role():
    told = "credentials: the model's endpoint refuses the key"
    found = said_by(
        [WorkerReport("a", {"process": None, "model": None}, 1), WorkerReport("b", {"model": told, "process": None}, 1)]
    )
    assert found["model"] == {"ok": False, "error": told}
    assert found["roles"] == {"ok": True, "error": None, "roles": {"process": None}}
    assert "model" not in said_by([WorkerReport("a", {"process": None}, 1)])


def documents(folder: Path, *, key: str | None, model: dict[str, Any]) -> WorkerConfig:
    return worker_documents(folder, "model", key, {"model": model})


async def test_a_worker_watches_the_model_that_its_documents_name(tmp_path):
    config = documents(tmp_path, key=" a-key\n", model={"provider": "OpenAI", "name": "gpt-4o", "endpoint": ENDPOINT})
    async with AsyncExitStack() as resources:
        chosen, watch = await _model(config, load_behaviour(config.behaviour_file), resources)
        assert watch is not None and isinstance(chosen.model, WatchedModel)
        assert (chosen.model.name, chosen.secrets) == ("gpt-4o", ("a-key",))


async def test_without_a_hosted_model_nothing_is_watched(tmp_path):
    config = documents(tmp_path, key=None, model={"provider": "Offline", "name": "offline"})
    async with AsyncExitStack() as resources:
        chosen, watch = await _model(config, load_behaviour(config.behaviour_file), resources)
        assert watch is None and chosen.secrets == ()


@pytest.mark.parametrize(("key", "says"), [(None, "needs a key"), ("two words", "visible ASCII"), ("", "is empty")])
async def test_a_hosted_model_without_a_usable_key_stops_the_worker_with_a_word(tmp_path, key, says):
    config = documents(tmp_path, key=key, model={"provider": "OpenAI", "name": "gpt-4o", "endpoint": ENDPOINT})
    async with AsyncExitStack() as resources:
        with pytest.raises(ConfigError, match=says) as caught:
            await _model(config, load_behaviour(config.behaviour_file), resources)
        assert not key or key not in str(caught.value)


async def test_a_key_is_sent_to_no_other_address_than_the_one_it_is_for(tmp_path):
    """A worker may be made with an earlier behaviour, while the knowledge of the new one is not ingested."""
    elsewhere = ENDPOINT | {"base_url": "https://before.example/v1"}
    config = documents(tmp_path, key="k", model={"provider": "OpenAI", "name": "gpt-4o", "endpoint": elsewhere})
    async with AsyncExitStack() as resources:
        with pytest.raises(ConfigError, match="another address"):
            await _model(config, load_behaviour(config.behaviour_file), resources)


@pytest.mark.parametrize("model", [{"provider": "OpenAI", "name": "m"}, {"provider": "Offline", "endpoint": ENDPOINT}])
def test_a_document_has_an_endpoint_for_a_hosted_model_and_for_no_other(tmp_path, model):
    config = documents(tmp_path, key=None, model={"name": "m"} | model)
    with pytest.raises(ConfigError, match="endpoint must be set"):
        load_behaviour(config.behaviour_file)
