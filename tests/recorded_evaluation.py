"""The recorded evaluation: a suite, a behaviour document and the traffic of both with a model."""

from dataclasses import replace
from pathlib import Path

from fte_agent.composition import ModelAccess
from fte_agent.evaluation.report import Report
from fte_runtime.behaviour import load_behaviour
from fte_runtime.evaluation import read_documents, read_rules, read_suite
from fte_runtime.evaluation_run import Manner
from fte_runtime.examinee import Examinee
from fte_runtime.wiring.evaluation import evaluate

ROOT = Path(__file__).resolve().parents[1]
RECORDING = ROOT / "tests/data/recordings/desk"
TRAFFIC = RECORDING / "traffic.jsonl"
KNOWLEDGE = ROOT / "tests/data/suites/desk/knowledge"


async def evaluated(
    *, record: Path | None = None, replay: Path | None = None, url: str | None = None, key: str = "none"
) -> Report:
    """The evaluation, its model at ``url`` unless it is where the document says."""
    behaviour = load_behaviour(RECORDING / "behaviour.yaml")
    assert behaviour.endpoint is not None
    if url is not None:
        behaviour = replace(behaviour, endpoint=replace(behaviour.endpoint, base_url=url))
    documents, rules = read_documents(KNOWLEDGE), read_rules(ROOT / "context/escalation-rules.md")
    examinee = Examinee(behaviour, documents, rules, ModelAccess(key, 15))
    return await evaluate([read_suite(RECORDING / "tickets.json")], examinee, Manner(record=record, replay=replay))


def endings(report: Report) -> dict[str, str]:
    """How each ticket ended, in words."""
    return {
        record.ticket.id: " ".join(
            map(str, filter(None, (record.ending.outcome, record.ending.reason, *record.ending.citations)))
        )
        for record in report.records
    }
