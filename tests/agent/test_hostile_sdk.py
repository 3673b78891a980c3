"""The hostile model behind the SDK: what leaves a turn keeps its structure whatever the SDK makes of the calls."""

import random
from dataclasses import dataclass
from typing import Any

import pytest
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from hostile import FIRST_SEED, RUNS, Hostile
from hostile_oracle import faults
from hostile_world import COMPANY, Broken

from fte_agent.domain.turns import Outcome, Usage
from fte_agent.errors import ModelFailed, ToolFailed
from fte_agent.ports import ModelRequest, ToolPort
from fte_agent.sdk.model import MAX_MODEL_CALLS, SdkModel
from fte_agent.turn.decide import MAX_ATTEMPTS, run_turn

SDK_RUNS = max(RUNS // 20, min(RUNS, 60))
CHUNKS = 4
STEPS = 2 * MAX_MODEL_CALLS
"""What a run and its repair ask for at most."""


@dataclass
class Counted:
    """`SdkModel` with a count of its runs."""

    model: SdkModel
    asked: int = 0
    fails: bool = False
    name: str = "hostile"
    prompt_version: str = "hostile-1"

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        self.asked += 1
        return await self.model.run(request, tools)


def a_script(hostile: Hostile) -> list[Any]:
    """Answers of a model: calls, often several at once, plain words among them, nothing at all, or an error."""
    steps: list[Any] = []
    for step in range(STEPS):
        calls = [function_call(*call, call_id=f"{step}_{at}") for at, call in enumerate(hostile.calls())]
        chance = hostile.random.random()
        if chance < 0.1:
            calls.insert(hostile.random.randint(0, len(calls)), assistant_message("Your refund is on its way."))
        if chance > 0.98:
            steps.append(ModelStep.raise_error(Broken()))
        else:
            steps.append(calls)
    return steps


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_no_answer_of_a_model_breaks_the_structure(chunk: int) -> None:
    broken, answers = {}, 0
    for seed in range(FIRST_SEED + chunk, FIRST_SEED + SDK_RUNS, CHUNKS):
        hostile = Hostile(random.Random(seed))
        case = hostile.case(seed)
        script = a_script(hostile)
        case.mind = Counted(SdkModel(ScriptedModel(script), name="hostile", company=COMPANY, mode=case.mode))  # type: ignore[assignment]
        try:
            decision = await run_turn(case.context, case.ports())
        except (ModelFailed, ToolFailed) as error:
            assert case.context.attempt < MAX_ATTEMPTS or error.retryable, f"seed {seed}"
            continue
        answers += decision.outcome is Outcome.ANSWER
        if found := faults(case, decision):
            broken[seed] = found
    assert not broken, f"replay by FTE_HOSTILE_RUNS=1 FTE_HOSTILE_SEED=<seed>: {broken}"
    assert answers or RUNS < CHUNKS, "the model is too clumsy to test anything"
