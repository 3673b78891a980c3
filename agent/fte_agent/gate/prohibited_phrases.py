"""Wordings that break a NEVER rule: what a Grounded reply is searched for. They find the plain breaches, not all."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_WE = r"\b(?:we|i|they|someone|somebody|our \w+|my \w+|the team|a colleague)"
_PROMISE = (
    _WE + r" ?(?:will|'ll|shall|am|are|is) (?:going to |planning to |about to |soon |personally |happy to |also )?"
    r"(?:fix|build|add|release|ship|launch|call|phone|ring|write|contact|reach|get back|follow|look|check|investigat"
    r"|notify|keep|let you|update|sort|arrange|make sure|ensure|take care|work|plan|introduc|roll|improv|develop"
    r"|prioriti|escalat|forward|pass|on it)",
    r"\b(?:we|i)'ll\b",
    r"\bi promise\b|\bguarantee|\bassured\b|\broadmap\b|\bcoming soon\b|\bkeep you posted\b",
    r"\bnext (?:release|version|update|quarter|month|week)\b|\bin the (?:coming|next) (?:days|weeks|months)\b",
    r"\bhear(?:ing)? (?:back )?from us\b|\bexpect (?:a|an|the) (?:call|reply|answer|fix|update)\b",
    r"\b(?:we|i|they|our \w+) (?:plan|intend|expect|hope|aim|mean)s? to\b|\bstay tuned\b",
    r"\b(?:is|are) (?:on (?:its|their|the) way|planned|under ?way|being worked on)\b|\bany day now\b|\bupcoming\b",
    r"\bwill (?:soon |shortly )?be (?:added|released|fixed|live|introduced|rolled out|supported)\b|\blater this \w+\b",
    r"\bby (?:tomorrow|monday|tuesday|wednesday|thursday|friday|the end of)\b",
)
_PRICING = (
    r"\b(?:discount|rebate|cheaper|coupon|voucher|promo|pric|cost|waive|reduced|half off)\w*",
    r"\bspecial (?:offer|rate|deal)|\bfree of charge\b|\bfree months?\b|\bno charge\b|\bon the house\b",
    r"\bbetter (?:deal|offer)|\bgoodwill\b|\bcomplimentary\b|\bgratis\b|\b(?:percent|per cent|%) off\b",
    r"\blower (?:rate|fee)|\bmatch (?:the|their|that) offer|\boff (?:your|the) (?:next|bill|plan|invoice|subscription)",
)
_REFUND = (
    r"\b(?:refund|reimburse|chargeback|compensat|repay)\w*|\bmoney back\b|\bpay(?:ing)? you back\b",
    r"\bcredit(?:ed|ing)? (?:to|your|you|the)\b|\b(?:a|the) credit\b",
    r"\bback (?:on|to|onto|into|in) your (?:card|account|bank)|\bwr(?:ite|itten|ote) off\b|\bmake it up to you\b",
    r"\bwhat you(?: have|'ve)? paid\b|\b(?:send|transfer|wire|pay|give)\w* (?:it|that|the \w+|you|your \w+) back\b",
    r"\bcredit(?:ed|ing|s)?\b.{0,20}\b(?:account|balance|card|note|you)\b",
    r"\b(?:return|revers)\w* (?:the|your) (?:money|payment|amount|fee|charge)",
)
_INTERNAL = (
    r"\bsystem prompt\b|\bmy (?:instructions|prompt|rules|guidelines)\b|\binternal|\bbehind the scenes\b",
    r"\bour (?:engineers|developers|database|backend|queue|tooling|crm)\b|\bengineering (?:team|backlog)\b",
    r"\bescalation (?:queue|rules?|level|process)\b|\bbacklog\b|\bsprint\b|\bplaybook\b|\brunbook\b|\bon-call\b",
    r"\bour (?:logs?|systems?|tools?|scripts?|servers?|process(?:es)?|procedures?|records)\b|\bticketing\b",
    r"\b(?:flagged|marked) (?:as|in|by|for)\b|\bqueues?\b|\bwe (?:log|track|score|rank)\b|\bconfidential\b|\bhotfix",
    r"\bnot (?:allowed|supposed|meant) to (?:say|tell|share|disclose)|\b(?:been|are|am) (?:instructed|told) to\b",
    r"\boff the record\b|\bbetween (?:us|you and me)\b|\bhandbook\b|\b(?:your|the) ticket (?:is|was|went|has)\b",
    r"\b(?:our|the) (?:back ?office|finance|billing|support|legal|development|security|product) (?:team|department)\b",
    r"\bother customers?\b|\banother customer\b|\bconfidence score\b|\bknowledge base\b|\blanguage model\b",
    r"\b(?:tier|level)[- ](?:one|two|1|2)\b|\bsecond[- ]line\b",
)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


NEVER: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {"promise": _any(_PROMISE), "pricing": _any(_PRICING), "refund": _any(_REFUND), "internal": _any(_INTERNAL)}
)
"""Rule to pattern. Apostrophes are plain; a wording that the cited sections hold themselves is no breach."""


def matching_rules(text: str) -> tuple[str, ...]:
    """The rules that the words of an approved text touch: a Verbatim reply may quote it, so somebody should look."""
    return tuple(rule for rule, pattern in NEVER.items() if pattern.search(text))
