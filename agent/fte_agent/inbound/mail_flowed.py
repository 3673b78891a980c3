"""Text whose lines were broken for the way, and are to be put together again (RFC 3676)."""

import re

_QUOTED = re.compile(r"(>*)( ?)(.*)", re.DOTALL)


def unflowed(text: str, *, delete_space: bool) -> str:
    """``text`` of ``format=flowed`` in lines as they were written; ``delete_space`` is the parameter ``delsp``.

    A line that ends in a blank goes on in the next one of the same depth of quotes; a signature's line never does.
    """
    lines: list[str] = []
    pieces: list[str] = []
    depth = ""
    for raw in text.split("\n"):
        found = _QUOTED.fullmatch(raw)
        marks, content = (found[1], found[3]) if found else ("", raw)
        if pieces and marks != depth:
            lines.append(_line(depth, pieces))
            pieces = []
        depth = marks
        goes_on = content.endswith(" ") and content != "-- "
        pieces.append(content[:-1] if goes_on and delete_space else content)
        if not goes_on:
            lines.append(_line(depth, pieces))
            pieces = []
    return "\n".join([*lines, _line(depth, pieces)] if pieces else lines)


def _line(marks: str, pieces: list[str]) -> str:
    return f"{marks} {''.join(pieces)}" if marks else "".join(pieces)
