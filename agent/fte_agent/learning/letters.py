"""A letter without what is letter in it: quotes, greeting, closing and signature, in the languages of templates and
their neighbours."""

import re

# ruff: noqa: RUF001 - dashes are meant
from fte_agent.inbound.mail_quotes import said_now

_GREETINGS = (
    "hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|morgen|abend)"
    "|moin|servus|grüezi|liebe[rs]?|sehr geehrte[rs]?|bonjour|bonsoir|salut|cher|chère|chers|hola|buen[oa]s?"
    " (?:días|dias|tardes|noches)|buen día|estimad[oa]s?|querid[oa]|ciao|buongiorno|buonasera|gentile|salve|olá|ola"
    "|oi|bom dia|boa tarde|boa noite|prezad[oa]s?|car[oa]|beste|geachte|goedemorgen|goedemiddag|goedenavond|dag"
)
_GREETING = re.compile(
    rf"^(?i:{_GREETINGS})\b(?!-)(?:(?:[ \t]+[\w'.-]+){{0,5}}?[ \t]*(?:[,!:;–—]+\s*|[ \t]-[ \t]+|$)"
    r"|(?:[ \t]+[A-ZÀ-Þ][\w'-]*){0,2}\.\s+)"
)
"""A greeting up to the mark that ends it, whomever it greets; up to a full stop only with a name of two words."""

_UNMARKED = re.compile(rf"^(?:(?i:{_GREETINGS}))(?: (?:there|all|team|[A-ZÀ-Þ][\w'-]*)){{1,3}} (?=\S)")
"""One without a mark: the words that begin with a capital are whom it greets."""

_CLOSINGS = (
    r"greetings from \w+|(?:kind(?:est)?|best|warm(?:est)?|with kind|many) regards|regards|best(?: wishes)?"
    "|all the best|with best wishes"
    "|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|yours|cheers|thanks(?: again| so much| a lot)?|many thanks"
    "|thank you(?: again| so much| very much)?|take care|talk soon|kr|br|rgds|brgds"
    "|(?:mit )?(?:freundlichen?|besten?|vielen?|lieben?|herzlichen?|schönen?|viele|liebe|beste|schöne|herzliche)"
    " (?:grüßen?|gruß|grüsse[n]?|gruss|dank)|mfg|lg|vg|danke(?: und gruß)?|grüße|gruß"
    "|(?:bien )?cordialement|(?:sincères|meilleures) salutations|bien à vous|à bientôt|merci(?: beaucoup)?|amicalement"
    "|(?:un )?(?:cordial )?saludo(?: cordial)?|(?:muchos )?saludos(?: cordiales)?|atentamente|gracias|un abrazo"
    "|(?:cordiali|distinti) saluti|saluti|grazie|atenciosamente|cumprimentos|(?:um )?abraço|obrigad[oa]"
    "|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg|bedankt"
)
_CLOSING = re.compile(rf"^\W*(?:{_CLOSINGS})\b[\s,.!:;–—-]*(?:[^\W\d_][\w.'-]*[\s,.!]*){{0,3}}$", re.IGNORECASE)
"""A line that closes, with a name of three words at most."""

_CLOSED_WITHIN = re.compile(
    rf"(?<=[.,;!?–—])\s*(?i:{_CLOSINGS})(?:[\s,.!–—-]+[A-ZÀ-Þ][\w'-]*(?: [A-ZÀ-Þ][\w'.-]*)?"
    r"|\s?[,!.–—-]\s*[^\W\d_]{2,12})\W*$"
    r"|\s*(?:[–—]|--|/)\s?(?:[A-ZÀ-Þ][\w'-]*(?: [A-ZÀ-Þ][\w'.-]*)?|[a-z]{2,10})\W*$"
)
"""A closing at the end of a line of words, with the name: "… it works. Thanks, Tom", or "— Tom"."""

_NAME_ALONE = re.compile(
    r"^[–—~/*-]{0,2}[ \t]*[A-ZÀ-Þ][\w'.-]*(?: [A-ZÀ-Þ][\w'-]*){0,2}(?: (?:from|at) [A-ZÀ-Þ]\w*)?[ ,]*$"
)
_LEADING_SIGNS = re.compile("^[\\s\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]+")
MAX_CHARS = 20_000
"""Of a letter that are read."""

_MOST_BELOW = 10
_LONGEST_BELOW = 90


def spoken(body: str) -> str:
    """What a letter or a message says between its greeting and its closing; empty when it says nothing else, or hands
    on what somebody else said."""
    said = said_now(body[:MAX_CHARS], or_all=False)
    if said.forwarded:
        return ""
    lines = _without_closing(_without_greeting(said.new.split("\n")))
    if lines:
        kept, end = lines[-1][:-_LONGEST_BELOW], lines[-1][-_LONGEST_BELOW:]
        lines[-1] = kept + _CLOSED_WITHIN.sub("", end).rstrip(" ,;–—")
    return _LEADING_SIGNS.sub("", "\n".join(lines)).strip()


def _without_greeting(lines: list[str]) -> list[str]:
    while lines and not lines[0].strip():
        lines = lines[1:]
    if not lines:
        return lines
    first = lines[0].strip()
    for pattern in (_GREETING, _UNMARKED):
        if found := pattern.match(first):
            return [first[found.end() :], *lines[1:]]
    return lines


def _without_closing(lines: list[str]) -> list[str]:
    """The lines above the closing, or above a name that stands alone; what is below is a signature if it is short."""
    said = [number for number, line in enumerate(lines) if line.strip()]
    for at in range(max(0, len(said) - _MOST_BELOW - 1), len(said)):
        below = [lines[each].strip() for each in said[at + 1 :]]
        if (
            _is_closing(lines[said[at]].strip())
            and all(len(each) <= _LONGEST_BELOW for each in below)
            and (at > 0 or all(map(_is_name, below)))
        ):
            return lines[: said[at]]
    if len(said) > 1 and _is_name(lines[said[-1]].strip()):
        return lines[: said[-1]]
    return lines


def _is_closing(line: str) -> bool:
    return line == "--" or (len(line) <= _LONGEST_BELOW and _CLOSING.match(line) is not None)


def _is_name(line: str) -> bool:
    return len(line) <= _LONGEST_BELOW and _NAME_ALONE.match(line) is not None
