"""docs/knowledge.md: its example is read, and it has every field and reason."""

import json
import re
from pathlib import Path

from custom_resources import schema

from fte_agent.errors import ModelFault
from fte_agent.knowledge.json_sections import json_sections
from fte_agent.learning.exchange import ALWAYS_A_PERSONS, Unproposed
from fte_operator.status.embedder import REASONS
from fte_runtime.ingestion import EMBEDDING_REASONS
from fte_runtime.knowledge import DOCUMENTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "knowledge.md").read_text(encoding="utf-8")


def test_its_json_is_read() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (section,) = json_sections("docs", "faq.json", example)
    assert json.loads(example)[0]["content"] == section.content


def test_it_has_every_field_reason_and_ending() -> None:
    spec = schema("digitalftes")["properties"]["spec"]["properties"]
    source = spec["knowledge"]["properties"]["sources"]["items"]["properties"]
    claim = source["persistentVolumeClaimRef"]["properties"]
    words = {*spec["embedding"]["properties"], *spec["embedding"]["properties"]["provider"]["enum"], *claim}
    words |= {"configMapRef", "persistentVolumeClaimRef", *DOCUMENTS, *(reason for reason, _ in REASONS.values())}
    assert [word for word in sorted(words) if not re.search(rf"\b{re.escape(word.lstrip('.'))}\b", PAGE)] == []


def test_it_has_every_reason_for_which_nothing_is_proposed() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Learning from people")[2], re.MULTILINE))
    assert told == set(Unproposed)
    assert {f"`{reason}`" for reason in ALWAYS_A_PERSONS} <= set(re.findall(r"`\w+`", PAGE))


def test_the_job_s_reasons_are_those_that_the_operator_has_a_remedy_for() -> None:
    assert {fault.value: reason for fault, reason in EMBEDDING_REASONS.items()} == {
        word: reason for word, (reason, _) in REASONS.items()
    }
    assert REASONS.keys() == {fault.value for fault in ModelFault}
