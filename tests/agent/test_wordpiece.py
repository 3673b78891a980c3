import pytest

from fte_agent.offline.wordpiece import WordPiece, words

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "un",
    "##aff",
    "##able",
    "aff",
    "able",
    ",",
    "?",
    "run",
    "##ning",
    "u",
    "##a",
]


def pieces(text: str, *, limit: int = 256) -> list[str]:
    return [VOCABULARY[index] for index in WordPiece(VOCABULARY, limit=limit).ids(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unaffable", ["un", "##aff", "##able"]),
        ("Running, UNAFFABLE?", ["run", "##ning", ",", "un", "##aff", "##able", "?"]),
        ("aff able", ["aff", "able"]),
        ("unknown", ["[UNK]"]),  # "un" fits, "##known" does not: the word is unknown as a whole
        ("a" * 101, ["[UNK]"]),
        ("", []),
        ("   \n\t ", []),
    ],
)
def test_longest_match_first(text: str, expected: list[str]) -> None:
    assert pieces(text) == ["[CLS]", *expected, "[SEP]"]


def test_long_text_is_cut_and_still_closed() -> None:
    assert pieces("able " * 50, limit=5) == ["[CLS]", "able", "able", "able", "[SEP]"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème Brûlée", ["creme", "brulee"]),
        ("don't", ["don", "'", "t"]),
        ("user@example.com", ["user", "@", "example", ".", "com"]),
        ("a$b^c`d|e~f", ["a", "$", "b", "^", "c", "`", "d", "|", "e", "~", "f"]),
        ("«quoted» — dash", ["«", "quoted", "»", "—", "dash"]),
        ("漢字 kana", ["漢", "字", "kana"]),
        ("zero\u200bwidth \ufffd nul\x00l", ["zerowidth", "null"]),
        ("no\u00a0break\u2003space\r\nline", ["no", "break", "space", "line"]),
        ("ÄÖÜ ß İ", ["aou", "ß", "i"]),
        ("C++ §5 €9", ["c", "+", "+", "§", "5", "€9"]),  # § is punctuation in Unicode, € is a symbol
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
