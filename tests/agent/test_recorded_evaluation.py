"""A recorded evaluation, played without a key, a network or a model."""

import json

from doubles.openai.double import KEY
from recorded_evaluation import TRAFFIC, endings, evaluated


async def test_it_ends_as_it_did_when_it_was_recorded():
    """After a change that is meant to change requests: ``hack/record-evaluation``, and read the endings."""
    report = await evaluated(replay=TRAFFIC)
    assert endings(report) == {
        "amex": "answer docs/billing.md#payment-methods",
        "invoices": "answer docs/billing.md#download-invoices",
        "dark-mode": "clarify",
        "kilimanjaro": "escalate not_found",
        "lawyer": "escalate legal",
        "hello": "social",
    }
    assert report.spending is not None
    assert report.spending.unknown == 0
    assert (report.spending.total or 0) > 0
    assert all(record.ending.text for record in report.records)


def test_the_recording_holds_no_key_and_the_digests_alone_of_requests():
    text = TRAFFIC.read_text("utf-8")
    assert KEY not in text
    assert "messages_to_answer" not in text
    asked = [line for line in map(json.loads, text.splitlines()[1:]) if line["exchanges"]]
    assert len(asked) == 4
