"""Card and account numbers are masked by their check digits; other numbers stay."""

import pytest

from fte_agent.redaction import redact


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("My card 4111 1111 1111 1111 was charged", "My card [card number] was charged"),
        ("5500-0055-5555-5559.", "[card number]."),
        ("378282246310005", "[card number]"),
        ("pay to DE89 3704 0044 0532 0130 00 please", "pay to [account number] please"),
        ("gb82west12345698765432", "[account number]"),
    ],
)
def test_masked(text, masked):
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",  # the check digit does not fit
        "DE89 3704 0044 0532 0130 02",
        "call +49 30 1234567",
        "on 2026-11-25 at 10:30",
        "tracking 00340434161094042557-B",
        "",
    ],
)
def test_kept(text):
    assert redact(text) == text
