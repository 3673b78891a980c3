"""Card and account numbers are masked by their check digits; other numbers stay."""

import pytest

from fte_agent.text.redaction import redact


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("My card 4111 1111 1111 1111 was charged", "My card [card number] was charged"),
        ("5500-0055-5555-5559.", "[card number]."),
        ("378282246310005", "[card number]"),
        ("pay to DE89 3704 0044 0532 0130 00 please", "pay to [account number] please"),
        ("gb82west12345698765432", "[account number]"),
        ("4111 1111 1111 1111 123", "[card number] 123"),
        ("4111 1111 1111 1111 12/26 123", "[card number] 12/26 123"),
        ("4111111111111111 12/27", "[card number] 12/27"),
        ("4111.1111.1111.1111", "[card number]"),
        ("order 12 4111-1111-1111-1111-123", "order 12 [card number]-123"),
        ("4111 1111 1111 1111 5500 0055 5555 5559", "[card number] [card number]"),
        ("BE68 5390 0754 7034 this is it", "[account number] this is it"),
        ("AT61 1904 3002 3457 3201 from me", "[account number] from me"),
        (
            "ref AB12 made DE89370400440532013000 or NO93 8601 1117 947",
            "ref AB12 made [account number] or [account number]",
        ),
        ("SC18 SSCB 1101 0000 0000 0000 1497 USD to me", "[account number] to me"),  # a country not in the table
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
        "item 4111-1111-1111-1111x",
        "DE89 3704 0044 0532 0130 00x",
        "DE89 3704 0044 0532 0130 0\u212a",
        "D\u013089 3704 0044 0532 0130 00 \u0130\u0130\u0130",
        "G\u212a82 WEST 1234 5698 7654 32",
        "",
    ],
)
def test_kept(text):
    assert redact(text) == text
