"""The words of a text that say what it is about."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]{2,}")
_EMPTY = (
    "a about am an and any are as at be been but by can could did do does for from get had has have hello help hey hi "
    "how i if in is it its just let like me my need no not of on or our out please should so some tell thank thanks "
    "that the their them then there these they this to up us want was we were what when where which who why will with "
    "would you your"
)
_EMPTY_WORDS = frozenset(_EMPTY.split())


def words(text: str) -> list[str]:
    """Every word of two letters or digits and more, casefolded."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def content_words(text: str) -> list[str]:
    """The words but for those that every sentence holds."""
    return [word for word in words(text) if word not in _EMPTY_WORDS]


def terms(text: str) -> list[str]:
    """The stems of the content words."""
    return [stem(word) for word in content_words(text)]


def stem(word: str) -> str:
    """The word without the commonest English endings, so that singular and plural meet."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
