"""Messages that are a code and nothing else."""

import re
from collections.abc import Sequence

from fte_agent.text.folding import folded

_WORDS = (
    "my|the|your|here|it|it's|this|is|code|number|mein|meine|der|hier|ist|lautet|mi|el|codigo|es|este|mon|ma|le|voici"
    "|c'est|est|hi|hello|hallo|hola|bonjour|thanks|thank|you|danke|gracias|merci|ok|okay|please|bitte"
)
_ALONE = re.compile(rf"(?:(?:{_WORDS})\W+)*\d{{3}}[ .-]?\d{{3}}(?:\W+(?:{_WORDS}))*\W*")
_MAX_CHARS = 80


def is_code(texts: Sequence[str]) -> bool:
    """Whether ``texts`` together are six digits and nothing of another matter."""
    said = " ".join(" ".join(texts).split())
    if not 0 < len(said) <= _MAX_CHARS:
        return False
    return _ALONE.fullmatch(folded(said).strip(" \"'([*#:<>")) is not None
