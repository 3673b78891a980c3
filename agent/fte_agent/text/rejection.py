"""Messages that say of an answer that it was none: "no, that is not it", "still doesn't work".

Words of the languages that are told apart, most of them of the four that templates speak. What a message says further
on may take it back: "now it works". Words that reject an answer only as long as nothing else is asked ("No, the blue
one.") are told from those that do in any case ("That is not what I asked.").
"""

import re
from collections.abc import Iterable, Sequence

from fte_agent.text.folding import folded
from fte_agent.text.markdown import sentences
from fte_agent.text.questions import asks_with_words
from fte_agent.text.rejection_words import APPEAL, HINTING, PLAIN, TAKEN_BACK

_ASKS = re.compile(
    r"^(?:and |but |so |ok |okay )*(?:what (?:if|happens)|if|where|how|when|(?:does|do|is|can|could|will)(?! not))\b"
)
_APPEAL = re.compile(APPEAL)
_PLAINLY = re.compile("|".join(f"(?:{pattern})" for pattern in PLAIN))
_HINTS = re.compile("|".join(f"(?:{pattern})" for pattern in HINTING))
_TAKES_BACK = re.compile("|".join(f"(?:{pattern})" for pattern in TAKEN_BACK))
_NO = re.compile(r"^(\W*(?:no|nope|nah|nein|non|nee)[.,;!]) +(?=[^\W\d])", re.IGNORECASE | re.MULTILINE)
"""What customers say before something new; ``no.`` is short for number only before one."""

_BARE = re.compile(r"\b(do|does|did|is|was|are|were|has|have|had|could|would|should|wo|ca)nt\b")
_MAX_CHARS = 2000
"""What is read of a message: who rejects an answer says so early."""


def rejects(texts: Sequence[str]) -> bool:
    """Whether ``texts``, all that a customer said to an answer, say that it did not help."""
    said = [_plain(sentence) for text in texts for sentence in _sentences(text[:_MAX_CHARS])]
    found = any(map(_is_plain, said)) or (any(map(_is_rejection, said)) and not asks_anew(texts))
    whole = [
        _plain(sentence) for text in texts for line in text[:_MAX_CHARS].splitlines() for sentence in sentences(line)
    ]
    return found and not any(map(_TAKES_BACK.search, whole))


def asks_anew(texts: Iterable[str]) -> bool:
    """Whether ``texts`` ask something of their own, which is more than for help or another answer."""
    return any(map(_asks, (sentence for text in texts for sentence in _sentences(text[:_MAX_CHARS]))))


def without_rejection(text: str) -> str:
    """What ``text`` says besides rejecting: the sentences that do not, or that ask, in their lines."""
    return "\n".join(
        " ".join(kept)
        for line in text.splitlines()
        if (kept := [each for each in _sentences(line) if _asks(each) or not _is_rejection(_plain(each))])
    )


def _is_plain(sentence: str) -> bool:
    return _ASKS.search(sentence) is None and _PLAINLY.search(sentence) is not None


def _is_rejection(sentence: str) -> bool:
    return _is_plain(sentence) or (_ASKS.search(sentence) is None and _HINTS.search(sentence) is not None)


def _asks(sentence: str) -> bool:
    """Whether a sentence, or what stands behind its last comma, asks for more than help."""
    clause = re.split(r"[,;:] | [-–] ", sentence)[-1]  # noqa: RUF001 - a dash
    return sentence.rstrip("\"') ").endswith("?") and asks_with_words(clause) and _APPEAL.search(_plain(clause)) is None


def _sentences(text: str) -> list[str]:
    return [each for line in _NO.sub(r"\1\n", text).splitlines() for each in sentences(line)]


def _plain(sentence: str) -> str:
    """Casefolded, without accents, with plain apostrophes, also where one was left out, single spaces, no marks at its
    end."""
    letters = folded(sentence)
    return _BARE.sub(r"\1n't", " ".join(letters.split())).rstrip(" .!?,;:")
