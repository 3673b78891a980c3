"""The knowledge job in one process: what it stores, and what it points at."""

import logging

import pytest

from fte_agent.gate.prohibited_phrases import matching_rules
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_runtime.config import Database, KnowledgeConfig, KnowledgeSource
from fte_runtime.ingestion import ingest
from fte_runtime.knowledge import read_files, snapshot_of

DOCUMENT = """# Help

## Export

<!-- asked: can i get a discount? -->

Choose Export.

## Upgrades

We will call you tomorrow and give you a discount.
"""


class LetterEmbedder:
    """Embeds a text by two of its letters."""

    identity = "letters"
    dimensions = 2

    async def embed(self, texts):
        return [[1.0 + text.count("e"), 1.0 + text.count("d")] for text in texts]


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "help.md").write_text(DOCUMENT, encoding="utf-8")
    sources = (KnowledgeSource(name="docs", path=folder),)
    database = Database(url_file=tmp_path / "url", owner="ns/helper")
    return KnowledgeConfig(database=database, snapshot=snapshot_of(read_files(sources)), sources=sources)


async def test_approved_text_that_touches_a_rule_is_pointed_at_and_stored(config, caplog):
    knowledge = InMemoryKnowledge()
    with caplog.at_level(logging.WARNING):
        await ingest(config, knowledge, LetterEmbedder())
    [record] = [record for record in caplog.records if "NEVER" in record.message]
    assert (record.section, record.rules) == ("docs/help.md#upgrades", ("promise", "pricing"))
    found = await knowledge.candidates(config.snapshot, "letters", [1.0, 1.0], ["export"], 5)
    assert {candidate.section.heading for candidate in found} == {"Export", "Upgrades"}
    assert found[0].section.example_questions or found[1].section.example_questions


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Choose Export.", ()),
        ("We will fix it by tomorrow.", ("promise",)),
        ("You get your money back.", ("refund",)),
        ("Ask the second line, it is in our playbook.", ("internal",)),
    ],
)
def test_suspicious_words(text, rules):
    assert matching_rules(text) == rules
