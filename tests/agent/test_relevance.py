"""What the comparisons see, and that the shipped calibration is what the script fits."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fte_agent.domain.knowledge import Section
from fte_agent.offline.calibration import CALIBRATIONS, SURE, Calibration
from fte_agent.offline.embedder import OfflineEmbedder
from fte_agent.offline.relevance import Relevance, compare

SCRIPT = Path(__file__).resolve().parents[2] / "hack/calibrate"
EXPORT = Section("kb/a.md#export", "A", "Exporting data", "Choose **Workspace**, Export and pick CSV or JSON.")
IMPORT = Section("kb/a.md#import", "A", "Importing data", "Choose **Workspace**, Import and pick a CSV file.")


def _script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("calibrate", str(SCRIPT))
    spec = importlib.util.spec_from_loader("calibrate", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibrate"] = module  # dataclasses look their module up
    loader.exec_module(module)
    return module


async def test_a_question_is_nearer_to_the_section_that_answers(embedder: OfflineEmbedder) -> None:
    compared = await compare("How do I get my data out as JSON?", [IMPORT, EXPORT], embedder)
    assert compared.shape == (2, 4)
    assert (compared <= 1 + 1e-3).all()
    assert (compared[1] > compared[0]).all()


async def test_a_known_question_brings_its_section_near(embedder: OfflineEmbedder) -> None:
    question = "can i take all my stuff with me when i leave"
    taught = Section(EXPORT.uri, EXPORT.title, EXPORT.heading, EXPORT.content, ("can I take my stuff with me?",))
    plain, known = [await compare(question, [IMPORT, each], embedder) for each in (EXPORT, taught)]
    assert known[1, 2] > plain[1, 2] + 0.2


async def test_marks_alone_are_like_nothing(embedder: OfflineEmbedder) -> None:
    judged = await Relevance(embedder).nearest("", [IMPORT, EXPORT])
    assert judged is not None
    assert judged[1] < SURE


def test_confidence_grows_with_how_far_the_best_stands_out() -> None:
    calibration = Calibration((1.0, 0.0, 0.0, 0.0), (1.0, 1.0, *[0.0] * 7), -1.0)
    rows = np.array([[0.9, 0.1, 0.2, 0.3], [0.1] * 4])
    close = np.array([[0.9, 0.1, 0.2, 0.3], [0.8] * 4])
    clear, near, alone = (calibration.confidence("q", each) for each in (rows, close, rows[:1]))
    assert alone < near < clear < 1  # alone it stands out of nothing
    told = calibration.standing("two words", rows)
    assert told == pytest.approx((0.8, 0.4, np.log(3), 0.4, 0.0, 0.05, 0.1, 0.2, 0.3))


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_calibration_is_what_the_script_fits_and_holds_on_companies_it_was_not_fitted_on(
    embedder: OfflineEmbedder,
) -> None:
    calibrate = _script()
    cases = {name: await calibrate.measure(name, embedder) for name in calibrate.SUITES}
    fitted = calibrate.fit([case for each in cases.values() for case in each])
    shipped = CALIBRATIONS[embedder.identity]
    assert shipped.weights == pytest.approx(fitted.weights, abs=0.3)
    assert [*shipped.line, shipped.bias] == pytest.approx([*fitted.line, fitted.bias], abs=0.3)
    for name, own in cases.items():
        precision, coverage, spoilt = calibrate.quality(own, calibrate.fit_others(cases, name), SURE)
        assert precision >= 0.85, name
        assert coverage >= 0.5, name
        assert spoilt <= 0.25, name
