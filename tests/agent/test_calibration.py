import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio

from fte_agent.domain.knowledge import Passage, Section
from fte_agent.offline.embedder import OfflineEmbedder

SCRIPT = Path(__file__).resolve().parents[2] / "hack/calibrate"


def _script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("calibrate", str(SCRIPT))
    spec = importlib.util.spec_from_loader("calibrate", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibrate"] = module  # dataclasses look their module up
    loader.exec_module(module)
    return module


calibrate = _script()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cases(embedder: OfflineEmbedder) -> list:
    return await calibrate.measure(embedder)


def test_the_labelled_set_is_large_and_names_existing_sections(cases: list) -> None:
    sections = calibrate.read_sections()
    known = {section.uri for section in sections}
    assert len(sections) >= 20
    assert len(cases) >= 40
    assert {uri for case in cases for uri in case.accepts} <= known
    assert all(bool(case.accepts) == (case.kind == "answerable") for case in cases)


def test_the_floor_in_the_code_is_what_the_script_computes(cases: list, embedder: OfflineEmbedder) -> None:
    chosen = calibrate.choose_floor([case for case in cases if case.part == "calibration"])
    assert embedder.floor == pytest.approx(chosen, abs=3 * calibrate.STEP)


def test_the_floor_holds_on_questions_it_was_not_chosen_on(cases: list, embedder: OfflineEmbedder) -> None:
    held_out = [case for case in cases if case.part == "held_out"]
    found = calibrate.quality(held_out, embedder.floor)
    assert found.precision >= 0.9
    assert found.recall >= 0.6
    assert [case.question for case in held_out if case.kind == "off_topic" and case.score >= embedder.floor] == []


def test_the_right_section_comes_first(cases: list) -> None:
    answerable = [case for case in cases if case.accepts]
    assert sum(case.hit() for case in answerable) / len(answerable) >= 0.9


def test_quality_counts_wrong_answers_and_missed_ones() -> None:
    def case(score: float, accepts: str, found: str) -> object:
        passage = Passage(Section(found, "", "", ""), score)
        return calibrate.Case("held_out", "answerable", "q", tuple(accepts.split()), (passage,))

    cases = [case(0.9, "a", "a"), case(0.8, "a", "b"), case(0.7, "", "b"), case(0.2, "c", "c")]
    found = calibrate.quality(cases, 0.5)
    assert (found.precision, found.recall) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert calibrate.quality(cases, 1.0).recall == 0
    assert 0.8 < calibrate.choose_floor(cases) <= 0.9
