"""``fte-evaluate`` with the model of a behaviour document: the real SDK against the OpenAI double."""

import sys

import pytest
import yaml
from doubles.openai.journal import Journal
from hosted_desk import ASKED, PLAYS, Hosted


def test_a_suite_is_played_with_the_model_of_a_document_and_its_cost_is_told(hosted: Hosted) -> None:
    report = hosted.desk.folder / "report"
    assert hosted.run("--report", report, "--no-removal") == 0
    out, err = hosted.desk.read()
    assert hosted.requests() == ASKED
    assert "tiny: 4 tickets, 2 sections, model gpt-4o" in out
    answers = Journal.read(hosted.journal).of("answer")[-ASKED:]
    told = hosted.report()
    spent = told["spending"]
    assert (spent["input_tokens"], spent["output_tokens"]) == (
        sum(a["input_tokens"] for a in answers),
        sum(a["output_tokens"] for a in answers),
    )
    assert spent["total"] > 0 and spent["ticket"] == spent["total"] / PLAYS
    assert spent["year"] == round(spent["ticket"] * 33 * 365)
    assert told["company"] == "Acme" and len(told["revision"]) == 10
    assert "Forecast: USD" in out and "at 33 such tickets a day" in out
    assert "4 turns to play" in err and "4 of 4 turns" in err
    page = (report / "report.html").read_text("utf-8")
    assert "micro-dollars a ticket" in page and told["revision"] in page


def test_a_model_that_does_not_say_what_it_used_costs_an_unknown_amount_and_not_nothing(hosted: Hosted) -> None:
    hosted.order("script", [{"usage": False, "times": None}])
    assert hosted.run("--report", hosted.desk.folder / "report", "--no-removal") == 0
    spent = hosted.report()["spending"]
    assert (spent["unknown"], spent["priced"], spent["input_tokens"]) == (ASKED, PLAYS - ASKED, 0)
    assert "unknown for 2 of 4 turns" in hosted.desk.read()[0]


def test_without_prices_the_cost_is_unknown(hosted: Hosted) -> None:
    hosted.run("--no-removal", config=hosted.config(prices=None))
    out, err = hosted.desk.read()
    assert "a cost that is not known" in err
    assert "Forecast: USD 0" in out or "Cost: unknown" in out


def test_tickets_are_played_several_times_several_at_a_time(hosted: Hosted) -> None:
    assert (
        hosted.run("--repeats", 3, "--concurrency", 4, "--no-removal", "--report", hosted.desk.folder / "report") == 0
    )
    assert hosted.requests() == 3 * ASKED
    told = hosted.report()
    assert told["pass_hat"] == [1.0, 1.0, 1.0]
    assert [len(ticket["plays"]) for ticket in told["tickets"]] == [3] * PLAYS
    assert "pass^3 100.0%" in hosted.desk.read()[0]


def test_a_play_that_goes_wrong_shows_in_pass_and_in_the_rates(hosted: Hosted) -> None:
    gone = {"name": "escalate_to_human", "arguments": {"reason": "human", "summary": "x", "draft": None}}
    hosted.order("plan", {"answers": [{"parts": [gone]}], "about": "reset my password"})
    hosted.run("--repeats", 2, "--no-removal", "--report", hosted.desk.folder / "report")
    told = hosted.report()
    assert told["pass_hat"] == [1 - 1 / (2 * PLAYS), 1 - 1 / PLAYS]
    assert {t["id"]: t["ending"]["outcome"] for t in told["tickets"]}["password"] == "escalate"


def test_a_wrong_key_is_told_before_anything_is_played(hosted: Hosted) -> None:
    hosted.order("keys", ["another"])
    assert hosted.run() == 4
    assert "the model's endpoint refuses the key (credentials)" in hosted.desk.read()[1]
    assert hosted.requests() == 0


@pytest.mark.parametrize(("answer", "status", "requests"), [("y\n", 0, ASKED), ("\n", 4, 0), ("no\n", 4, 0)])
def test_at_a_terminal_it_asks_before_it_begins(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, answer: str, status: int, requests: int
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return answer

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert hosted.run("--no-removal") == status
    assert hosted.requests() == requests
    assert "Begin? [y/N]" in hosted.desk.read()[1]
    assert hosted.run("--no-removal", "--yes") == 0
    assert "Begin?" not in hosted.desk.read()[1]


def test_an_offline_document_needs_no_key_and_names_the_company(hosted: Hosted) -> None:
    document = {"image": "x", "company": {"name": "Acme"}, "model": {"provider": "Offline", "name": "offline"}}
    config = hosted.desk.write("behaviour.yaml", yaml.safe_dump(document | {"knowledge_snapshot": None}))
    assert hosted.run("--report", hosted.desk.folder / "report", config=config, key=False) in (0, 1)
    told = hosted.report()
    assert (told["company"], told["model"], told["spending"]) == ("Acme", "offline", None)
    assert "Acme Support" in told["tickets"][0]["ending"]["text"]


def test_a_hosted_embedder_that_is_not_asked_is_told(hosted: Hosted) -> None:
    embedding = {"base_url": "http://127.0.0.1:1/v1", "model": "embed-large", "dimensions": 1536}
    assert hosted.run("--no-removal", config=hosted.config(embedding=embedding)) == 0
    assert "and not by the document's embed-large" in hosted.desk.read()[1]
