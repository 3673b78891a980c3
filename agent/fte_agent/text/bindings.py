"""Which sentences say something else without the one before, or without the one after.

Judged by their words, in English, German, Spanish and French. Binding too much costs a longer quote; binding too
little can turn what an approved text says.
"""

import re

_START = r"^[\W_]*"
_LEANS = re.compile(
    _START
    + r"(?:(?:its?|they|their|them|this|that|these|those|he|she|his|her|then|otherwise|instead|afterwards?|so|thus"
    r"|therefore|hence|such|both|neither|nor|either|likewise|similarly|also|and|or|but|however|yet|still|except|only"
    r"|conversely|nevertheless|nonetheless|though|here|exceptions?|even so|unlike|not|in addition|moreover|furthermore"
    r"|there(?! (?:is|are|was|were)\b)|(?:after|before|for|with|from|by|in|on|during|because of|without"
    r"|to|at|apart from|besides|despite) (?:it|this|that|these|those|them|such|which|both|there"
    r"|doing|addition|contrast|time|case)"
    r"|the (?:same|former|latter|others?|only|sole|first|second|exceptions?)|doing so|if (?:so|not)|(?:if|when|once"
    r"|after|before|until|while|as soon as|because|unless) (?:\w+ ){0,3}(?:its?|they|this|that|these|those|them|so))"
    r"|(?:dies\w*|es|das (?:ist|gilt|geht|wird|kann|hat|dauert)|dann|danach|dort|dabei|dafür|damit|dazu|deshalb|daher"
    r"|darum|so|sonst|andernfalls|jedoch|allerdings|aber|außer|ausgenommen|ausnahmen?|nur|dennoch|trotzdem|auch|davon)"
    r"|(?:est[aeo]s?|es[ao]s?|ello|luego|después|entonces|además|allí|también|sin embargo|pero|excepto|salvo|s[oó]lo"
    r"|no obstante|de lo contrario|en (?:ese|este|tal) caso|en caso contrario)"
    r"|(?:cela|ceci|ce|cette|ces|ils?|elles?|ensuite|alors|puis|là|cependant|toutefois|mais|sauf|excepté|seule?s?"
    r"|sinon|néanmoins|en revanche|dans ce cas|de plus|aussi))\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(
    _START + r"(?:however|but|yet|still|except|unless|only|otherwise|nevertheless|nonetheless|though|although|even so"
    r"|that said|exceptions?|the (?:only |sole |one )?exceptions?|conversely|instead|(?:in|by) contrast"
    r"|(?:please )?note|important|caution|warning|beware|caveat|apart from|other than|unlike|not"
    r"|(?:this|that|these|those|it|they)\b.{0,60}?(?:\b(?:only|not|never|cannot|no)|n't)"
    r"|jedoch|allerdings|aber|außer|ausgenommen|ausnahmen?|nur|sonst|andernfalls|es sei denn|dennoch|trotzdem|hinweis"
    r"|achtung|wichtig|(?:dies|das|es)\b.{0,60}?\b(?:nicht|nur|kein\w*)"
    r"|sin embargo|pero|excepto|salvo|s[oó]lo|no obstante|de lo contrario|en caso contrario|nota|atención|importante"
    r"|(?:esto|eso)\b.{0,60}?\b(?:no|s[oó]lo)"
    r"|cependant|toutefois|mais|sauf|excepté|seule?s?|seulement|uniquement|sinon|néanmoins|en revanche|attention"
    r"|remarque|(?:cela|ceci|ce)\b.{0,60}?\b(?:ne|pas|que))\b"
    r"|(?:\b(?:does|do|did|will|would) not|n't) (?:apply|count|hold|include|cover|affect)\b|\bappl(?:y|ies) only\b"
    r"|\bonly appl(?:y|ies)\b|\bexcept(?:ions?|ing|ed)?\b|\bexcluded?\b|\bexempt\b|\bno longer\b"
    r"|\bnot (?:available|possible|supported|included|valid|allowed|permitted|covered|affected)\b"
    r"|\b(?:gilt|gelten) (?:nicht|nur)\b|\bausgenommen\b|\bausnahme\b|\bno se aplican?\b|\bsalvo\b|\bexcepto\b"
    r"|\bne s'appliquent? pas\b|\bsauf\b"
    r"|\bthe (?:above|foregoing|preceding)\b|\b(?:that|this|it) is (?:wrong|false|untrue|a myth|out of date)\b",
    re.IGNORECASE | re.DOTALL,
)
_DENIES = re.compile(
    r"n't\b|\b(?:no|not|never|none|nobody|cannot|without|only|instead|nicht|kein\w*|niemals|nie|nur|ohne|nunca"
    r"|ning[uú]n\w*|s[oó]lo|solamente|sin|ne|pas|jamais|aucune?|seulement|uniquement|sans|niet|geen|nooit|alleen"
    r"|zonder|non|mai|soltanto|senza|n[aã]o|apenas|somente|sem)\b|\bn['’](?=\w)",  # noqa: RUF001 - the apostrophe meant
    re.IGNORECASE,
)
_ABOUT_ALL = re.compile(
    r"\b(?:only|nur|s[oó]lo|seulement|uniquement)\b|\b(?:this|the) (?:page|section|article|guide|chapter|document)\b"
    r"|\bdiese[rs]? (?:Seite|Abschnitt|Artikel|Anleitung)\b|\best[ea] (?:página|sección|artículo|guía)\b"
    r"|\b(?:cette (?:page|section)|cet article|ce guide)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:following|below|as follows|folgend\w*|wie folgt|nachstehend\w*|unten|siguientes?|a continuación|abajo"
    r"|suivante?s?|ci-dessous|comme suit|ci-après|volgende|hieronder|seguent[ei]|di seguito|seguintes?|abaixo)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:\*\*|__)[^*_\n]+(?:\*\*|__)[:.]?|.*[?\uff1f][*_`\"'”)\]]*", re.DOTALL)
_ANSWERS = re.compile(r"[\W_]*(?:yes|no|ja|nein|sí|oui|non|nee|sì|sim|não)(?=[\s,.;:!]|$)", re.IGNORECASE)
_INTRODUCES = re.compile(r":[*_`\s]*$")


def leans(sentence: str) -> bool:
    """Whether it points to what stands before it, so that it is not to be read behind another sentence."""
    return _LEANS.search(sentence) is not None


def limits(sentence: str) -> bool:
    """Whether it takes back or narrows what stands before it, which is then not to be read without it."""
    return _LIMITS.search(sentence) is not None


def introduces(sentence: str) -> bool:
    """Whether what stands after it is said under it: it ends in a colon, perhaps inside of marks."""
    return _INTRODUCES.search(sentence) is not None


def denies(sentence: str) -> bool:
    """Whether a word of it says no: what stands before it may be meant within that."""
    return _DENIES.search(sentence) is not None


def is_about_all(opening: str) -> bool:
    """Whether the first words of a section say what all of it is for."""
    return limits(opening) or _ABOUT_ALL.search(opening) is not None


def announces(sentence: str) -> bool:
    """Whether what stands after it is what it speaks of: a colon, or words such as "as follows"."""
    return introduces(sentence) or _ANNOUNCES.search(sentence) is not None


def is_title(paragraph: str) -> bool:
    """Whether what follows is said under it: it is nothing but bold, or ends by asking."""
    return _TITLE.fullmatch(paragraph.strip()) is not None


def answers(sentence: str) -> bool:
    """Whether it begins with a yes or no, which says nothing without what it answers."""
    return _ANSWERS.match(sentence) is not None
