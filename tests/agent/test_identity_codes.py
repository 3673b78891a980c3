"""The one code in a message, and what is none."""

import pytest

from fte_agent.identity.codes import code_in

CODES = [
    "482913",
    " 482913\n",
    "my code is 482 913.",
    "482-913",
    "482\u2011913",
    "482\u00a0913",
    "The code: 482913, thanks!",
    "**482913**",
    "(482913)",
    "code:482913",
    "482913.",
    "482913\n\nSent from my phone",
    "482913\n+49 170 5550199",
    "I got 482913 on 12.03.2026",
    "482913 (I repeat: 482913)",
    "\u0664\u0668\u0662\u0669\u0661\u0663",
    "\uff14\uff18\uff12\uff19\uff11\uff13",
    "482\u200b913",
    "Mein Code lautet 482913!",
]
NONE = [
    "",
    "hello",
    "48291",
    "4829133",
    "+49 170 5550199",
    "+482913",
    "0170 482913",
    "call 1 482 913",
    "order A482913",
    "order #482913",
    "AB-482913",
    "482913-B",
    "482913 555 01",
    "12.03.2026",
    "2026-03-12",
    "12 03 26",
    "48.29.13",
    "12:34:56",
    "482,913",
    "482.913",
    "482913.50",
    "EUR 482913,50",
    "$482913",
    "482913@example.com",
    "https://example.com/482913",
    "https://example.com/?id=482913",
    "482913 and 120777",
    "48 29 13",
    "\u00b2\u00b3\u00b9\u00b2\u00b3\u00b9",
]


@pytest.mark.parametrize("text", CODES)
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    assert code_in(text) == "482913"


@pytest.mark.parametrize("text", NONE)
def test_other_numbers_are_no_code(text: str) -> None:
    assert code_in(text) is None


def test_a_long_text_is_read_in_linear_time() -> None:
    assert code_in("1 " * 200_000) is None
    assert code_in("482-" * 100_000) is None
