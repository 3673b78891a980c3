"""Messages that are a code and nothing else."""

import re
from collections.abc import Sequence

from fte_agent.identity.codes import code_in
from fte_agent.text.folding import folded

_AROUND = (
    "my the your here it it's this is code number mein meine der hier ist lautet mi el codigo es este mon ma le voici "
    "c'est est hi hello hallo hola bonjour thanks thank you danke gracias merci ok okay please bitte"
)
_WORDS = frozenset(_AROUND.split())


def is_code(texts: Sequence[str]) -> bool:
    """Whether ``texts`` together are six digits, as `code_in` reads them, and nothing of another matter."""
    said = " ".join(texts)
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", folded(said))
    return code_in(said) is not None and _WORDS.issuperset(words) and sum(map(str.isdigit, said)) == len("000000")
