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
    r"|\bne s'appliquent? pas\b|\bsauf\b",
    re.IGNORECASE | re.DOTALL,
)
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
