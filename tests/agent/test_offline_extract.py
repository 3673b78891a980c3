import itertools
from pathlib import Path

from fte_agent.domain.knowledge import Passage
from fte_agent.gate.checks import Evidence, violations
from fte_agent.knowledge.sections import sections_of
from fte_agent.offline.extract import best_spans, quote, spans

KNOWLEDGE = Path(__file__).resolve().parents[1] / "data/suites/desk/knowledge"

CONTENT = "First fact. Second fact.\n\nDo this:\n\n1. Open it.\n2. Close it.\n\nLast fact."


def texts(content: str) -> list[str]:
    return [content[span.start : span.end] for span in spans(content)]


def test_prose_is_cut_into_sentences_and_a_list_keeps_its_introduction() -> None:
    assert texts(CONTENT) == ["First fact.", "Second fact.", "Do this:\n\n1. Open it.\n2. Close it.", "Last fact."]


def test_content_from_elsewhere_is_one_piece() -> None:
    assert texts("a line\nbroken  oddly") == ["a line\nbroken  oddly"]


def test_neighbours_are_quoted_with_what_stands_between_and_order_is_the_section_s() -> None:
    first, second, steps, last = spans(CONTENT)
    assert quote(CONTENT, [second, first]) == "First fact. Second fact."
    assert quote(CONTENT, [last, first]) == "First fact.\n\nLast fact."
    assert quote(CONTENT, [steps, last]) == "Do this:\n\n1. Open it.\n2. Close it.\n\nLast fact."
    assert quote(CONTENT, spans(CONTENT)) == CONTENT


def test_whatever_is_quoted_of_the_sample_knowledge_passes_the_gate() -> None:
    for file in KNOWLEDGE.glob("*.md"):
        for section in sections_of("data", file.name, file.read_text(encoding="utf-8")):
            evidence = Evidence({section.uri: Passage(section, 1.0)}, (), 10_000)
            pieces = spans(section.content)
            for chosen in itertools.chain(
                [pieces], itertools.combinations(pieces, 1), itertools.combinations(pieces, 2)
            ):
                assert violations(quote(section.content, chosen), [section.uri], evidence) == []


def test_the_best_pieces_within_the_limit_are_chosen() -> None:
    pieces = spans(CONTENT)
    scores = [0.1, 0.9, 0.2, 0.5]
    assert best_spans(scores, pieces, 30) == [pieces[1], pieces[3]]
    assert best_spans(scores, pieces, 15) == [pieces[1]]
    assert best_spans(scores, pieces, 5) == []
