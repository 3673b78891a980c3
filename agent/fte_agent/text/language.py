"""A cheap guess whether a text is English, so that other languages go to a person.

It counts the commonest words of a language among the text's words. It knows seven languages and any
non-Latin script; it does not know Welsh from English, and says "en" when a text is too short to tell:
then the relevance floor still stands between the text and an answer.
"""

import re
import unicodedata

ENGLISH = "en"
OTHER = "und"
"""ISO 639's code for a language that was not determined: here, one that is surely not English."""

_LATIN_SHARE = 0.5
"""Share of letters that must be Latin for the text to be read as words of a European language."""

_WORD = re.compile(r"[^\W\d_]+")
_COMMON = {
    ENGLISH: "the a an and or is are was do does did can could will would how what where when why who which my your "
    "our we i you it they this that these to of in on at for from with not no have has had be been if me us there",
    "de": "der die das ein eine einen und oder ist sind war kann können wie was wo wann warum wer welche mein meine "
    "ihr unser wir ich sie es nicht kein keine habe haben hat zu von im auf für mit bitte auch noch wenn mir den dem",
    "es": "el la los las un una unos y o es son era puedo puede cómo como qué dónde donde cuándo por para con mi su "
    "nuestro yo usted ustedes no se me lo de del en que hay tengo tiene está favor pero muy ya",
    "fr": "le la les un une des et ou est sont était puis peut comment que quoi où quand pourquoi mon ma mes votre vos "
    "notre nous je vous il elle ne pas de du dans sur pour avec ai avez est-ce plus mais ce cette",
    "it": "il lo la gli le un una e o è sono era posso può come cosa dove quando perché mio mia vostro nostro io lei "
    "noi non di del della in su per con ho ha che si mi questo più ma",
    "pt": "o a os as um uma e ou é são era posso pode como que onde quando por para com meu minha seu nosso eu você "
    "nós não de do da em no na tem tenho está isso mais mas",
    "nl": "de het een en of is zijn was kan kunnen hoe wat waar wanneer waarom wie mijn uw onze wij ik jij je u niet "
    "geen van in op voor met heb heeft hebben te dat dit ook maar",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def guess_language(text: str) -> str:
    """``en``, one of ``de es fr it nl pt``, or ``und`` for a script that is not Latin."""
    return known_language(text) or ENGLISH


def known_language(text: str) -> str | None:
    """The same, or None of a text that is too short to tell."""
    words = [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFC", text))]
    letters = "".join(words)
    if not letters:
        return None
    latin = sum(char.isascii() or unicodedata.name(char, "").startswith("LATIN") for char in letters)
    if latin < _LATIN_SHARE * len(letters):
        return OTHER
    hits = {language: sum(map(common.__contains__, words)) for language, common in _WORDS.items()}
    best = max(hits, key=hits.__getitem__)  # English stands first, so it wins a draw
    return best if hits[best] >= 2 else None
