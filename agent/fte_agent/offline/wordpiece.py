"""BERT's uncased WordPiece: text to token ids, as the ``tokenizers`` package does it.

Source of the rules: ``BasicTokenizer`` and ``WordpieceTokenizer`` of google-research/bert.
"""

import unicodedata
from collections.abc import Iterator, Sequence

MAX_WORD_CHARS = 100
"""A longer word is one unknown token."""

_CJK_BLOCKS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Greedy longest-match-first tokenizer over a fixed vocabulary (one token per line, id = line)."""

    def __init__(self, vocabulary: Sequence[str], *, limit: int = 256) -> None:
        self._ids = {token: index for index, token in enumerate(vocabulary)}
        self._limit = limit
        self._unknown = self._ids["[UNK]"]
        self._first = self._ids["[CLS]"]
        self._last = self._ids["[SEP]"]

    def ids(self, text: str) -> list[int]:
        """Ids of ``text`` between the two marks, cut so that the whole has at most ``limit`` tokens."""
        pieces: list[int] = []
        for word in words(text):
            pieces += self._pieces(word)
            if len(pieces) >= self._limit - 2:
                break
        return [self._first, *pieces[: self._limit - 2], self._last]

    def _pieces(self, word: str) -> list[int]:
        """Ids of one word; a word that cannot be cut into known pieces is unknown as a whole."""
        if len(word) > MAX_WORD_CHARS:
            return [self._unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                piece = self._ids.get(prefix + word[start:end])
                if piece is not None:
                    break
            else:
                return [self._unknown]
            found.append(piece)
            start = end
        return found


def words(text: str) -> list[str]:
    """Lower-case words without accents; punctuation marks and CJK characters are words of their own."""
    spaced = "".join(_clean(text))
    decomposed = unicodedata.normalize("NFD", spaced)
    plain = "".join(char for char in decomposed if unicodedata.category(char) != "Mn").lower()
    return [word for chunk in plain.split() for word in _split_punctuation(chunk)]


def _clean(text: str) -> Iterator[str]:
    for char in text:
        if char.isspace():
            yield " "
        elif char == "\ufffd" or unicodedata.category(char).startswith("C"):
            continue
        elif _is_cjk(char):
            yield f" {char} "
        else:
            yield char


def _split_punctuation(chunk: str) -> Iterator[str]:
    start = 0
    for index, char in enumerate(chunk):
        if _is_punctuation(char):
            if start < index:
                yield chunk[start:index]
            yield char
            start = index + 1
    if start < len(chunk):
        yield chunk[start:]


def _is_punctuation(char: str) -> bool:
    """ASCII's symbols count as punctuation here, also those that Unicode calls symbols."""
    ascii_symbol = char.isascii() and char.isprintable() and not char.isalnum() and char != " "
    return ascii_symbol or unicodedata.category(char).startswith("P")


def _is_cjk(char: str) -> bool:
    point = ord(char)
    return point >= 0x3400 and any(first <= point <= last for first, last in _CJK_BLOCKS)
