"""Messages that say of an answer that it was none: "no, that is not it", "still doesn't work".

Words of four languages, those that templates speak. What a message says further on may take it back: "now it works".
"""

import re
import unicodedata
from collections.abc import Iterable

from fte_agent.text.markdown import sentences

_ANSWER = (
    r"(?:it|that|this|these|those|they|which|neither|none of (?:it|that|this|them|these|those)|nothing(?: of that)?"
    r"|(?:that|this|your|the|those|these) (?:last )?(?:answer|reply|link|steps?|instructions?|solution|suggestions?"
    r"|advice|article|page|tips?|explanation|response|information|info|method|trick|section|text|guide)s?)"
)
_NOT = r"(?:not|n't|never|hardly|no longer)"
_HELPED = (
    r"(?:help(?:ed|ing|s)?|work(?:ed|ing|s)?|answer(?:ed|s)?|solve[sd]?|fix(?:ed|es)?|appl(?:y|ies|ied)|match"
    r"|do (?:the trick|anything|it)|did (?:the trick|anything)|change[ds]? anything|make (?:a|any) difference|address"
    r"|explain(?:ed|s)?|what i|make sense|cut it|tell me)"
)
_MEANT = r"(?:ask(?:ed|ing)?|mean|meant|need(?:ed)?|want(?:ed)?|look(?:ing|ed) for|said|say|was after|am after)"
_REJECTING = (
    r"^(?:no|nope|nah|nein|non|wrong|incorrect|false|not really|not quite|useless|falsch|nicht wirklich|pas vraiment)$",
    r"^(?:no|nope|nah|nein|non|wrong)(?:(?:[,;:!.-]| -) ?\S| (?:it|that|this|they)\b)",
    (
        rf"\b{_ANSWER}(?:'s| is| was|'re| are| were)?(?: still| really| quite| just| simply| at all)* ?{_NOT}(?: really"
        r"| quite| exactly| even| at all)* (?:it|what|how|the (?:answer|problem|question|issue|point|case|one|right)"
        r"|right|correct|true|helpful|useful|relevant|an answer|my (?:question|problem|issue|point|case)|any help"
        r"|enough|answering|helping|working|related)\b"
    ),
    rf"\b(?:not|n't)(?: at all| really| quite)? what i(?:'m| am| was| had| have)? ?{_MEANT}\b",
    (
        rf"\b{_ANSWER} (?:still |really |just |simply |unfortunately )*(?:do|does|did|has|have|could|can|will|would|wo)"
        rf"(?: {_NOT}|n't)(?: really| quite| even| actually| at all| been)* {_HELPED}"
    ),
    (
        rf"^(?:sorry,? |unfortunately,? |but |still |hm+,? |and |well,? )*(?:do|does|did|has|is|was)(?: {_NOT}|n't)"
        rf"(?: really| quite| actually)* {_HELPED}"
    ),
    rf"\b(?:none|neither|nothing)(?: of \w+(?: \w+)?)?(?: has| have)? {_HELPED}",
    (
        r"\bstill (?:(?:does|do|did|is|are|ca|wo|was|has|have|could)n't|cannot|(?:does|do|is|are|can|will|has) not"
        r"|not|nothing|no (?:luck|change|difference|success|answer|way)|(?:exactly )?(?:the )?same|stuck|broken|fail\w*"
        r"|wrong|unsolved|lost|confused|getting|(?:having|have|got|see|get) (?:the|this|that|my|same))\b"
    ),
    r"^(?:(?:exactly )?the )?same (?:problem|error|issue|result|thing|message|story)(?: \w+){0,3}$",
    r"\b(?:already|have) (?:tried|done|did|read|checked) (?:that|this|it|all|both|these|those)\b",
    (
        r"\b(?:tried|did|done|read|checked) (?:that|this|it|all (?:of )?(?:that|this|it)|both|these|those)(?: \w+)?"
        r"(?: already|,? (?:no luck|nothing|but|without|same))"
    ),
    r"\bi already (?:tried|did|know|knew|read|said|told)\b",
    r"^(?:sorry,? |but )?(?:no|without) (?:luck|change|difference|use|success|good|effect|help)\b",
    r"\b(?:wrong|bad|useless|unhelpful) (?:answer|reply|link|section|page|topic|question)\b",
    r"\b(?:not|un) ?helpful\b|\bno help(?: at all)?$",
    r"\byou(?:'ve| have)? (?:misunderstood|misread|misunderstand|missed (?:the|my) (?:point|question))\b",
    r"\byou(?:'re| are)? ?(?:did|do|have)?(?: not|n't) (?:answer|understand|read|listen|get|address)\w*",
    r"\b(?:different|other) (?:question|problem|thing|matter|issue) (?:than|from|to) (?:what|the one|mine)",
    r"\bi (?:asked|was asking|meant|wanted|said)\b.*\bnot\b",
    r"\b(?:asked|asking|meant) (?:for |about )?something (?:else|different)\b",
    r"\bnothing (?:changed|happened|happens|changes)\b",
    r"\bthere(?:'s| is) no such\b|\bi (?:do not|don't|cannot|can't) (?:see|find) (?:that|this|such|any such) \w+",
    r"\b(?:hilft|half|nutzt|nuetzt|bringt)(?: mir| uns)?(?: das| leider| so| aber| auch| gar)* (?:nicht|nichts)\b",
    r"\bhat(?: mir| uns| das| leider| aber)* nichts? (?:geholfen|funktioniert|geklappt|gebracht|geaendert|geandert)\b",
    (
        r"\b(?:funktioniert|geht|klappt|lauft)(?: das| es| aber| leider| so| auch)* (?:immer noch |noch immer "
        r"|weiterhin |noch |trotzdem )?nicht\b|\bimmer noch (?:nicht|kein\w*|das gleiche|dasselbe|der gleiche)\b"
    ),
    r"\b(?:das|es|dies)(?: ist| war|s)?(?: leider| so| aber)? nicht (?:das|was|die|meine|richtig|hilfreich|gemeint)\b",
    r"\bhabe? ich (?:doch |ja )?(?:schon|bereits|alles)(?: alles| schon)? (?:versucht|probiert|gemacht|ausprobiert)\b",
    r"\bfalsche antwort\b|\bnicht (?:danach )?gefragt\b|\bmeinte ich nicht\b|\bich meinte\b",
    r"\bnicht (?:das,? )?was ich\b",
    r"\bno (?:es|era) (?:eso|lo que|mi pregunta|la respuesta|correcto|asi)\b",
    r"\bno (?:me |nos )?(?:ha |han )?(?:ayud\w+|sirv\w+|servido|funcion\w+|resuelve|resolvio|responde)\b",
    r"\b(?:sigue|sigo|seguimos) (?:sin|igual|con el mismo|con la misma)\b|\b(?:todavia|aun) no (?:func|pued|va|me)\w*",
    r"\bya (?:lo |la |los )?(?:he |habia )?(?:intent|prob|hice|hecho)\w*|\brespuesta (?:equivocada|incorrecta)\b",
    r"\bce n'est pas (?:ce que|ma question|ca|cela|la reponse|la bonne|correct|utile|le probleme)\b",
    (
        r"\b(?:ca|cela|rien)(?: ne)? (?:m'aide|nous aide|marche|fonctionne|repond|resout|change)(?: toujours)?"
        r" (?:pas|rien)\b|\bn'a (?:pas|rien) (?:aide|fonctionne|marche|change|resolu)\b|\bne m'a pas aide\b"
    ),
    r"\btoujours (?:pas|le meme|la meme|rien)\b|\bj'ai deja (?:essaye|fait|teste)\b|\bmauvaise reponse\b",
    r"\bpas ce que je? ?(?:'ai |voulais|demandais|cherche)\w*",
)
_TAKEN_BACK = (
    r"\bnow (?:it|that|this|everything|all)(?: all)? ?(?:works|does|did|worked|is (?:fine|ok|okay|working|solved))",
    r"(?<!not )(?<!n't )\b(?:works|worked|working|fine|ok|okay|solved|fixed|good|clear|works fine|got it) now\b",
    r"\bnow (?:i|we) (?:can|see|get it|found|understand)\b|\b(?:is|was|got) (?:solved|fixed|sorted)\b",
    r"\bnever ?mind\b|\bforget it\b|\bno (?:problem|worries|thanks|thank you|need|rush|hurry|more questions|doubt)\b",
    r"\bno (?:further|other) (?:question|issue|problem)s?\b|\bthat(?:'s| is| was|s)(?: really)? (?:all|everything)\b",
    r"\ball (?:good|fine|clear|set)\b",
    r"^no,? (?:that|this|it)(?:'s| is|s) (?:all|it|fine|ok|okay|good|great|perfect|clear|enough)\b",
    (
        r"\b(?:jetzt|nun) (?:geht|funktioniert|klappt|lauft)\b|\b(?:geht|funktioniert|klappt) (?:es )?jetzt\b"
        r"(?! immer| noch| auch| trotzdem| nicht)"
    ),
    r"\bnein,? (?:danke|das war|alles)|\bdas (?:war|ist) (?:es|alles|schon alles)\b|\bkein problem\b|\berledigt\b",
    r"\b(?:ya|ahora)(?: si)? (?:funciona|me funciona|va bien)\b|\bno,? gracias\b|\beso es todo\b|\bno hay problema\b",
    (
        r"\b(?:ca|cela) (?:marche|fonctionne) maintenant\b|\bmaintenant (?:ca|cela) (?:marche|fonctionne)\b"
        r"|\bnon,? merci\b|\bc'est tout\b|\bpas de (?:probleme|souci)s?\b"
    ),
)
_ASKS = re.compile(
    r"^(?:and |but |so |ok |okay )*(?:what (?:if|happens)|if|where|how|when|(?:does|do|is|can|could|will)(?! not))\b"
)
_REJECTS = re.compile("|".join(f"(?:{pattern})" for pattern in _REJECTING))
_TAKES_BACK = re.compile("|".join(f"(?:{pattern})" for pattern in _TAKEN_BACK))
_MAX_CHARS = 2000
"""What is read of a message: who rejects an answer says so early."""


def rejects(texts: Iterable[str]) -> bool:
    """Whether ``texts``, all that a customer said to an answer, say that it did not help."""
    said = [sentence for text in texts for sentence in _sentences(text)]
    return any(map(_is_rejection, said)) and not any(map(_TAKES_BACK.search, said))


def without_rejection(text: str) -> str:
    """What ``text`` says besides rejecting: the sentences that do not, in their lines."""
    lines = ([each for each in sentences(line) if not _is_rejection(_plain(each))] for line in text.splitlines())
    return "\n".join(" ".join(kept) for kept in lines if kept)


def _is_rejection(sentence: str) -> bool:
    return _ASKS.search(sentence) is None and _REJECTS.search(sentence) is not None


def _sentences(text: str) -> list[str]:
    return [_plain(each) for line in text[:_MAX_CHARS].splitlines() for each in sentences(line)]


def _plain(sentence: str) -> str:
    """Casefolded, without accents, with plain apostrophes and single spaces, without marks at its end."""
    decomposed = unicodedata.normalize("NFKD", sentence.casefold().replace("’", "'"))  # noqa: RUF001 - the mark meant
    letters = "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Cf"))
    return " ".join(letters.split()).rstrip(" .!?,;:")
