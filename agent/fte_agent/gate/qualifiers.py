"""Whether "all", "only", "must", "usually" and conditions are as they are told."""

from collections.abc import Iterator, Sequence

from fte_agent.gate import lexicon
from fte_agent.gate.clauses import Sentence, concept

_LOOSE = frozenset({"any", "anything", "whenever", "anytime", "each"})
"""Said of all, and as often of whatever there is."""

_UNIVERSAL = frozenset({"always", "everybody", "everywhere", "everything", "regardless"})
_FORCED = lexicon.MUST - {"has", "have", "need", "needs", "needed"}
_ADVISED = frozenset({"should", "recommend", "recommended", "advise"})
_LIKELY = lexicon.SOME | {"can", "may", "might", "could", "should", "expect"}
_NARROWED_BY = "at on with of for under over above from who that whose which without atleast upto within aged"
_NARROWING = frozenset(_NARROWED_BY.split())
_BOUNDS = frozenset({"over", "under", "atleast"})
_CONDITIONAL = frozenset({"if", "unless", "except", "only", "until", "when", "once"})


def qualifier_faults(said: Sentence, meant: Sequence[Sentence]) -> Iterator[str]:
    """Names of what is wrong with the sentence's qualifiers, against the sentences that it may mean."""
    words, near = frozenset(said.words), frozenset[str]().union(*(sentence.words for sentence in meant))
    if _is_for_all(words, near):
        yield "quantifier"
    elif _is_generalised(said, meant):
        yield "scope"
    if "only" in words and not near & (lexicon.EXCLUSIVE | lexicon.MUST | {"not", "cannot", "no", "one", "single"}):
        yield "quantifier"
    sure = len(meant) == 1 and 2 * len(said.concepts & meant[0].concepts) >= len(said.concepts)
    if sure and near & lexicon.SOME and not words & _LIKELY:
        yield "hedge"
    if _is_of_other_force(words, near):
        yield "modal"


def _is_for_all(words: frozenset[str], near: frozenset[str]) -> bool:
    """Whether all is said where a part is told."""
    if near & lexicon.ALL or not words & lexicon.ALL - _LOOSE:
        return False
    limited = (lexicon.SOME | lexicon.EXCLUSIVE | lexicon.CONDITIONS | lexicon.RESTRICTORS) & near
    return bool(limited - words or words & _UNIVERSAL)


def _is_of_other_force(words: frozenset[str], near: frozenset[str]) -> bool:
    """Whether what must be done is only advised or left free, or the other way round."""
    strong, free, advised = (words & kind for kind in (lexicon.MUST, lexicon.MAY, lexicon.SHOULD))
    was_strong, was_free, was_advised = (near & kind for kind in (lexicon.MUST, lexicon.MAY, lexicon.SHOULD))
    if strong & _FORCED and not was_strong and "only" not in near and (was_free or was_advised):
        return True
    if not was_strong or was_advised:
        return False
    return bool(advised & _ADVISED or (not strong and (free or advised) and not was_free))


def _is_generalised(said: Sentence, meant: Sequence[Sentence]) -> bool:
    """Whether it is said of all of a kind what is told of some of it: "every card" of "lost cards"."""
    for before, word in zip(said.words, said.words[1:], strict=False):
        if before not in ("all", "every", "each", "any"):
            continue
        told = [narrowed for source in meant for narrowed in _narrowed(source, concept(word))]
        if told and all(narrowed and not narrowed & said.concepts for narrowed in told):
            return True
    return False


def _narrowed(source: Sentence, noun: str) -> Iterator[frozenset[str]]:
    """What narrows each mention of ``noun``: the word before it, and what follows with a word such as "with"."""
    for at, word in enumerate(source.words):
        if concept(word) != noun:
            continue
        if at and source.words[at - 1] in lexicon.ALL:
            yield frozenset()
            continue
        around = list(source.words[max(0, at - 1) : at])
        if at + 1 < len(source.words) and source.words[at + 1] in _NARROWING:
            around += source.words[at + 2 : at + 5]
        numbers = {f"={float(each):g}" for each in around if each.isdigit()}
        yield frozenset(map(concept, around)) & source.concepts | numbers & source.concepts


def drops_condition(said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether what is said holds under a condition alone that it does not repeat."""
    return any(
        rest
        and own
        and len(said.concepts & rest) >= 0.6 * max(len(rest), len(said.concepts))
        and not said.concepts & own
        for source in told
        for own, rest in _conditions(source)
    )


def _conditions(source: Sentence) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Each condition of a sentence, and what holds under it."""
    for clause in source.clauses:
        rest = frozenset[str]().union(*(other.concepts for other in source.clauses if other is not clause))
        own = clause.concepts - rest
        numbers = frozenset(each for each in own if each[0] == "=")
        if clause.words[:1] == ("otherwise",):
            yield rest - clause.concepts, clause.concepts
        elif numbers and _BOUNDS.intersection(clause.words):
            yield numbers, clause.concepts - numbers
        elif clause.words and clause.words[0] in _CONDITIONAL:
            yield own, rest
