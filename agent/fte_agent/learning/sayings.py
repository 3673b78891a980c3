"""Whether a sentence of a person's answer holds for everybody."""

import re
from enum import StrEnum

from fte_agent.learning.own_case import is_own_case
from fte_agent.text.courtesy import courtesy_of


class Saying(StrEnum):
    """What a sentence is to somebody else who asks the same."""

    GENERAL = "general"
    COURTESY = "courtesy"
    DONE = "done"
    ASKING = "asking"
    OWN_CASE = "own_case"


_COURTESIES = (
    r"(?:many |so )?thanks?(?: you)?(?: so much| very much| a lot)? (?:for|again)\b(?!.*\bplease\b)",
    r"(?:i'm |i am |we're |we are |so |very |really |my )*(?:sorry|apologies) (?:for|about|to hear|that you|you had)\b",
    r"(?:i|we) (?:do )?(?:hope|apologi[sz]e|understand how|appreciate|trust)\b|hope (?:this|that|you)\b",
    r"(?:please )?(?:just )?(?:let (?:me|us) know|feel free|don't hesitate|do not hesitate|get in touch|reach out)\b",
    r"(?:just )?(?:reply|write back|shout) (?:here|to this|if|back)\b|any (?:other|more) questions",
    r"if (?:you|there)(?:'re| are| have| need|'s| is)? (?:anything|any|further|more|still)\b",
    r"(?:it's |it is )?(?:good|great|nice|lovely) to (?:hear|see|meet)\b|see you\b|talk (?:soon|to you)\b",
    r"have a (?:nice|great|good|lovely|wonderful)\b|(?:great|good|excellent) question|no (?:problem|worries)\b",
    r"you(?:'re| are) (?:very |most )?welcome|(?:i'm |we're |i am |we are )?(?:happy|glad|pleased) to\b",
    r"(?:vielen |herzlichen )?danke? für\b|(?:ich|wir) (?:hoffen?|entschuldigen?|bedauer[en]+)\b|gern geschehen",
    r"melden sie sich\b|(?:bei|für) (?:weiteren?|rück)\s?fragen\b|schönen (?:tag|abend)",
    r"merci (?:pour|de|d')|n'hésitez pas|nous restons|bonne (?:journée|soirée)",
    r"gracias por|no dude en|espero que|esperamos que|quedamos a",
)
_COURTESY = re.compile("^(?:" + "|".join(_COURTESIES) + ")", re.IGNORECASE)
_LITTLE = (
    "this that it everything all we i should has have is are was been be now just 's 've got it's that's you're you"
)
_DONE = re.compile(
    rf"^(?:(?:ok|okay|yes|hi|great|right)[,.!]? )?(?:(?:{'|'.join(_LITTLE.split())})\W{{0,2}}\b){{0,6}}"
    r"(?:done|fixed|sorted|solved|resolved|set|good to go|handled|taken care of|working|works|completed?|gone|live)"
    r"(?: (?:now|again|for you|already|out|on our (?:side|end)|it|that|this|today|as requested|fine|too))*[.!…\s]*$"
    r"|^(?:erledigt|ist erledigt|gelöst|behoben|fertig|läuft wieder|c'est (?:fait|réglé|bon)|fait|listo|hecho|ya está"
    r"|resuelto|arreglado|fatto|risolto|feito|resolvido|gedaan|opgelost|geregeld)[.!…\s]*$",
    re.IGNORECASE,
)
_MAX_DONE_WORDS = 9
_SMILEY = re.compile(r"\s*(?:[:;]-?[()DP/|]|[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)+\s*$")


def saying_of(sentence: str) -> Saying:
    """What one sentence, whose personal data is masked, is."""
    plain = _SMILEY.sub("", " ".join(sentence.replace("’", "'").split())).lstrip("-*• ")  # noqa: RUF001 - the mark meant
    if not any(char.isalnum() for char in plain) or courtesy_of([plain]) or _COURTESY.match(plain):
        return Saying.COURTESY
    if len(plain.split()) <= _MAX_DONE_WORDS and _DONE.match(plain):
        return Saying.DONE
    if plain.rstrip("\"') ").endswith("?"):
        return Saying.ASKING
    return Saying.OWN_CASE if is_own_case(plain) else Saying.GENERAL
