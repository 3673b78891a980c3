"""English words that a Grounded reply is compared by: what means the same, what the opposite, who and how often."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_REWRITES: tuple[tuple[str, str], ...] = (
    (r"[’ʼ]", "'"),  # noqa: RUF001 - the apostrophes meant
    (r"\bcan't\b|\bcan not\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"n't\b", " not"),
    (r"'(?:ll|d)\b", " will"),
    (r"'re\b", " are"),
    (r"'ve\b", " have"),
    (r"\b(it|that|there|he|she|what|who)'s\b", r"\1 is"),
    (r"\bi'm\b", "i am"),
    (r"\be-mail", "email"),
    (r"(?<=\d) ?%", " percent"),
    (r"\bper cent\b", "percent"),
    (r"\b(?:nobody|no one|none|nothing|no \w+) (?:but|except|other than|apart from|besides)\b", "only"),
    (r"\b(?:solely|exclusively|none but|alone can|purely)\b", "only"),
    (r"\bnot (?:\w+ ){0,2}(?:until|before)\b", "only after"),
    (r"\bunder (?:any|no) circumstances\b|\bno matter (?:what|when|how|who|where)\b|\bwhatever happens\b|\bin any case\b"
     r"|\bwithout (?:any )?(?:exception|restriction|limit)s?\b|\bas (?:often|many|much|long) as you (?:like|want|wish)\b"
     r"|\b(?:an )?unlimited\b|\bany number of\b|\bno limits?\b|\bwith no (?:exception|restriction|limit)s?\b",
     " always "),
    (r"\bshould not\b|\bmay not\b(?= \w+ (?:be|a|the|any|more))", "must not"),
    (r"\b(?:one|a single) time\b", "once"),
    (r"\b(?:taken|takes|take) off\b|\bdeducted\b|\bsubtracted\b", "removed"),
    (r"\b(?:does|do|did) not (?:have|need) to\b|\bneed not\b|\b(?:is|are) not (?:required|obliged|necessary)(?: to)?\b",
     " optional "),
    (r"\b(?:has|have|having|had|need|needs|needed) to\b|\b(?:is|are) (?:required|obliged) to\b", " must "),
    (r"\b(?:anyone|anybody|someone|somebody|anything|everyone) else\b", "others"),
    (r"\b(?:every|each) (?:single )?day(?: of the week)?\b|\bseven days a week\b|\bdaily\b", "always 1 days"),
    (r"\b(?:keep|keeps|continue|continues|still)(?: to)? work(?:s|ing)?\b", " not expires "),
    (r"\b(?:on )?(?:two|2) (?:times|occasions)\b", "twice"),
    (r"\b(?:on )?one occasion\b", "once"),
    (r"\bnot (?:above|over|beyond)\b", " upto "),
    (r"\b(under|over)-(?=\d)", r" \1 "),
    (r"(?<=\d)s\b", ""),
    (r"\btwice (?:a|per|each) year\b", "every 6 months"),
    (r"\btwice (?:a|per|each) day\b", "every 12 hours"),
    (r"\brule[sd]? out\b", "forbid"),
    (r"\b(?:do|does) not (?:show|display|list)\b", "hide"),
    (r"\bquarter of an hour\b", "15 minutes"),
    (r"\bbetween (\d{1,2}) and (\d{1,2}) ?(a\.?m|p\.?m|in the (?:morning|afternoon|evening))", r"between \1 \3 and \2 \3"),
    (r"\bnot just\b|\bnot only\b", "also"),
    (r"\b(?:must|may|can|should) not (?:be )?(?:more|longer|later|higher|larger|older|bigger|heavier|wider) than\b", " upto "),
    (r"\bno (?:more|longer|later|higher) than\b|\bnot (?:more|longer|later) than\b|\b(?:at|up to a) (?:the )?(?:most"
     r"|maximum|latest)\b(?: of)?|\bup to\b|\b(?:a |the )?max(?:imum)?(?: of| is)?\b|\b(?:is |are )?(?:limited|capped)"
     r" (?:to|at)\b|\b(?:a |the )?(?:limit|cap|ceiling)(?: of| is)\b|\bas (?:many|much|long) as(?= \d)"
     r"|\b(?:not|never) exceed\w*|\bdoes not exceed\b|\bor (?:fewer|less|under|below|shorter|smaller)\b", " upto "),
    (r"\bat (?:the very |a |the )?(?:least|minimum)\b(?: of)?|\bno (?:fewer|less) than\b|\bnot (?:fewer|less) than\b"
     r"|\b(?:a |the )?min(?:imum)?(?: of| is)\b|\bor (?:more|over|above|longer|older|larger|later)\b"
     r"|\bor (?:greater|higher|upwards?)\b|\band (?:above|over|up|older)\b|\b(?:a |the )?minimum\b", " atleast "),
    (r"\b(?:more|longer|greater|higher|larger|older|later) than\b|\bin excess of\b|\bexceed(?:s|ing|ed)?\b"
     r"|\b(?:over|above|beyond|past)(?= (?:\d|the limit|one\b|two\b|three\b|[£€$]))", " over "),
    (r"\b(?:less|fewer|shorter|smaller|lower|younger|sooner) than\b|\b(?:under|below)(?= (?:\d|one\b|two\b|[£€$]))",
     " under "),
    (r"\b(?:as|so) long as\b|\bprovid(?:ed|ing)(?: that)?\b|\bon condition that\b|\bin case\b|\bin the event (?:that|of)\b"
     r"|\bassuming\b|\bshould you\b", " if "),
    (r"\b(?:is|are|was|be) not (?:possible|able|allowed|permitted)(?: for \w+)?(?: to)?\b|\b(?:is|are|be) (?:impossible"
     r"|unable)(?: to)?\b|\b(?:there is )?no (?:way|option|possibility)(?: to| of)?\b", " cannot "),
    (r"\b(?:is|are|be) (?:possible|able|allowed|permitted|free|entitled|welcome)(?: for \w+)? to\b"
     r"|\bhave the (?:option|right) (?:to|of)\b|\blets? you\b|\ballows? you to\b", " can "),
    (r"\b(?:free of charge|at no (?:extra |additional )?(?:cost|charge)|without (?:any )?(?:extra |additional )?(?:charge"
     r"|cost|fee)s?|costs? nothing|for free|no (?:extra |additional )?(?:charge|cost|fee)s?|not (?:be )?charged?)\b",
     " free "),
    (r"(?<=effect )at once\b|(?<=starts )at once\b|(?<=applies )at once\b|\b(?:right away|straight ?away|instantly|as soon as|with immediate effect|on the spot)\b", " immediately "),
    (r"\b(?:stops? working|runs? out|lapses?|no longer (?:valid|works?)|ceases? to be valid)\b", " expires "),
    (r"\bis valid for\b|\b(?:stays|remains|is) (?:good|valid)\b|\bworks for\b", " expires after "),
    (r"\b(?:is|are) (?:permanent|final|irreversible|irrevocable)\b", " cannot be undone "),
    (r"\b(?:taken|took|take|takes) back\b|\breversed?\b|\brevert(?:ed)?\b", " undone "),
    (r"\b(?:hand|give)s? (?:it |them )?in\b", " submit "),
    (r"\bturn(?:s|ed)? (?:\w+ )?on\b|\bswitch(?:es|ed)? (?:\w+ )?on\b", " enable "),
    (r"\bturn(?:s|ed)? (?:\w+ )?off\b|\bswitch(?:es|ed)? (?:\w+ )?off\b", " disable "),
    (r"\bset(?:s|ting)? (?:\w+ )?up\b", " create "),
    (r"\bget(?:s|ting)? (?:your |the )?money back\b|\breimburse\w*\b", " refund "),
    (r"\bsigned? (?:in|on)\b|\bsigning in\b|\blog(?:s|ged|ging)? (?:in|on)\b|\bsign-in\b|\blogin\b", " signin "),
    (r"\bsigned? (?:out|off)\b|\blog(?:s|ged|ging)? (?:out|off)\b", " signout "),
    (r"\bsign(?:s|ed)? up\b", " register "),
    (r"\bpick(?:s|ed|ing)? up\b", " collect "),
    (r"\bfill(?:s|ed)? (?:in|out)\b", " complete "),
    (r"\bget(?:s|ting)? in touch\b|\breach out\b", " contact "),
    (r"\bround the clock\b|\b24/7\b|\baround the clock\b", " 24 hours daily "),
)  # fmt: skip
REWRITES = tuple((re.compile(pattern), said) for pattern, said in _REWRITES)
"""Ways to say a thing, and the one by which they are compared; applied in order to lower-case text."""

_SAME = """
remove delete erase discard clear wipe
buy purchase order
start begin commence launch open
end finish terminate conclude close
expire expiry
cancel cancellation
send dispatch ship post deliver mail email delivery forward
receive get obtain
file document attachment
picture image photo
fee charge cost price rate bill pay payment paid tariff
phone telephone call ring
repair fix mend
child kid
change modify edit amend alter update switch adjust
view see look check
keep retain store save preserve remain stay
create make add generate issue new
choose select pick opt
give provide supply offer grant
ask request apply application claim
tell inform notify notification alert warn remind reminder
contain include cover comprise inclusive
user member person people colleague
bring carry take
return refund
replace exchange swap replacement
need require must necessary mandatory compulsory oblige
can may could able allow permit let possible
restore recover retrieve
lock block suspend freeze hold
stop pause halt
quick fast prompt
device machine equipment
account profile
company business firm
car vehicle
flat apartment property home house
physician doctor gp
medicine medication drug
appointment booking reservation reserve
form application
annual yearly year
month monthly
week weekly
day daily
hour hourly
late overdue delay
late overdue
ticket fare
confirm confirmation acknowledge
proof evidence
reach contact
bag luggage baggage suitcase
journey trip travel
shop store branch outlet
item product goods article parcel package
enter type
try attempt retry
repeat again
decide decision
leave depart departure
arrive arrival
big large
invite invitation
limit maximum cap
set define
pupil student
wait
safe secure
download
"""
_FILLERS = (
    "yes sorry afraid simply sadly unfortunately course sure fine possible way thing something anything everything part "
    "kind case time place lot bit little much more less quite really actually basically mean meaning expect plan come go "
    "going take put bring leave say said know think help hear happen work turn look right good better best well also too "
    "even soon ahead far long whole rest else here now wish back next same other another different sort point idea "
    "problem question answer reason fact matter moment please thank hello happy glad worry note remember keep mind "
    "whatever whoever wherever however whenever anyone someone everyone nobody somebody everybody people person bear aware "
    "apply count stay become remain find let get give given make made done doing run running old number amount extra "
    "available need want like use using used call called either rather instead longer shorter certain particular several "
    "together alone already once straight mostly mainly normally usually generally"
)
_IRREGULAR = (
    "sent send kept keep paid pay lost lose held hold got get gotten get made make given give gave give taken take took "
    "take written write chosen choose chose choose brought bring bought buy left leave begun begin began begin shown "
    "show done do sold sell met meet spent spend found find stolen steal broken break driven drive withdrawn withdraw "
    "withdrew withdraw told tell built build went go gone go came come became become children child people person men "
    "man women woman mice mouse feet foot teeth tooth lent lend understood understand worn wear read read put put frozen freeze froze freeze"
)
_OPPOSITES = """
before|beforehand|prior : after|afterwards|subsequently
increase|raise|rise|grow : decrease|reduce|lower|fall|drop
enable|activate|active : disable|deactivate|inactive
open : close|closed|shut
first|initial : last|final
include|included|including|inclusive : exclude|excluded|excluding|exclusive
allow|allowed|permit|permitted|accept|accepted|approve|approved|eligible|welcome : block|blocked|prohibit|prohibited|forbid|forbidden|reject|rejected|refuse|refused|deny|denied|decline|declined|ban|banned|ineligible
free : chargeable|charged
public : private
incoming|inbound : outgoing|outbound
sender : recipient
upload : download
import : export
buyer : seller
deposit : withdraw|withdrawal
credit : debit
over|atleast : under|upto
more : less|fewer
earlier|early|sooner : later|late
longer : shorter
large|larger|big|bigger|largest|biggest : small|smaller|smallest
higher|highest|high : lower|lowest|low
oldest|older : newest|newer|latest|younger
immediately : eventually|gradually
temporary|temporarily : permanent|permanently
automatic|automatically : manual|manually
online : offline
domestic|national|inland : international|abroad|overseas
internal : external
weekday|weekdays : weekend|weekends
morning : evening|afternoon|night
day : night
left : right
top : bottom
front : back|rear
arrival|arrive : departure|depart
adult|adults : child|children
inside|within|indoors : outside|outdoors
upgrade : downgrade
lock|locked : unlock|unlocked
encrypted : unencrypted
visible|shown : hidden|invisible
keep|retain|preserved : delete|erase|lose|discard
add|added : remove|removed|deduct
pass|succeed|success : fail|failure
optional|optionally|voluntary : mandatory|compulsory|required|obligatory
single : multiple|several
same : different
with : without
valid : invalid
available : unavailable
start|begin|beginning : end|finish
prepaid|advance : arrears
refundable : nonrefundable
new : used|existing
full|whole : partial|partly
north : south
east : west
join : quit
landlord : tenant
parent : child
employer : employee
gross : net
full : empty
good : bad
hot : cold
wet : dry
easy : difficult
clean : dirty
light : heavy
wide : narrow
near : far
present : absent
fast|quick|quickly : slow|slowly
cheap|cheaper : expensive|dearer
married : unmarried|divorced
employed : unemployed
"""
_ROLES = (
    "owner administrator admin editor viewer member guest manager tenant landlord parent student teacher doctor nurse "
    "patient customer driver passenger employer employee seller buyer sender recipient applicant resident visitor "
    "supervisor operator supplier agent technician engineer courier host renter lodger guardian pharmacist dentist "
    "receptionist surgeon specialist consultant trustee holder cardholder beneficiary executor spouse partner adult child "
    "minor pensioner senior contractor subscriber reader author moderator developer organiser organizer instructor pupil "
    "tutor principal headteacher librarian clerk officer mayor citizen inspector crew pilot attendant carer relative "
    "cosigner guarantor installer electrician plumber neighbour concierge police"
)
EMPTY = frozenset(
    [
        "a",
        "about",
        "above",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "get",
        "gets",
        "got",
        "had",
        "has",
        "have",
        "he",
        "her",
        "here",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "let",
        "like",
        "may",
        "me",
        "might",
        "more",
        "must",
        "my",
        "need",
        "needs",
        "no",
        "nor",
        "not",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "or",
        "our",
        "out",
        "over",
        "please",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "under",
        "unless",
        "until",
        "up",
        "upto",
        "atleast",
        "us",
        "use",
        "used",
        "via",
        "want",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "yours",
        "yourself",
        "all",
        "every",
        "each",
        "always",
        "never",
        "usually",
        "after",
        "before",
        "both",
        "either",
        "neither",
        "during",
        "again",
        "already",
        "still",
        "even",
        "yet",
        "per",
        "able", "see",
        "either",
        "etc",
        "ever",
        "them",
        "themselves",
        "itself",
        "own",
        "simply",
        "first",
    ]
)
EXCLUSIVE = frozenset({"only", "unless", "except", "apart", "excluding", "other", "exception", "alone", "besides"})
ALL = frozenset({"all", "every", "each", "any", "everyone", "everybody", "anyone", "anybody", "always", "whenever",
                 "everything", "anything", "entire", "whole", "regardless", "anywhere", "everywhere", "anytime"})  # fmt: skip
RESTRICTORS = frozenset({"under", "over", "atleast", "upto", "first", "last", "next", "new", "times", "twice", "own",
                         "main", "single", "one"})  # fmt: skip
SOME = frozenset({"some", "several", "many", "most", "certain", "few", "sometimes", "usually", "often", "normally",
                  "typically", "generally", "mostly", "selected", "partly", "occasionally", "majority", "ordinarily",
                  "commonly", "rarely", "about", "approximately", "roughly", "around"})  # fmt: skip
NEGATIONS = frozenset(
    {
        "not",
        "no",
        "never",
        "none",
        "nobody",
        "nothing",
        "neither",
        "nor",
        "without",
        "cannot",
        "impossible",
        "unable",
        "unavailable",
        "ineligible",
        "invalid",
        "prohibited",
        "forbidden",
        "banned",
        "refused",
        "rejected",
        "denied",
        "declined",
        "blocked",
        "excluded",
        "disallowed",
        "barred",
        "unsupported",
        "non",
    }
)
DENIALS = frozenset({"hide", "hides", "hidden", "forbid", "forbids", "block", "blocks", "prevent", "prevents", "stop",
                     "stops", "lose", "lost", "lack", "lacks", "missing", "fail", "fails", "failed", "skip", "omit", "exempt",
                     "waive", "waived", "avoid", "void", "disabled", "blocked", "rejected", "excluded", "refused", "declined",
                     "unless", "until", "unaffected", "free", "away", "out", "instead", "rather", "remove", "removed"})  # fmt: skip
MUST = frozenset({"must", "required", "requires", "require", "mandatory", "compulsory", "obliged", "obligatory",
                  "necessary", "need", "needs", "needed", "has", "have", "shall", "essential"})  # fmt: skip
MAY = frozenset({"can", "may", "could", "might", "optional", "optionally", "possible", "option", "voluntary"})
SHOULD = frozenset({"should", "recommend", "recommended", "advise", "advisable", "ideally", "suggest", "preferably",
                    "ought", "encourage", "encouraged", "better", "best", "try"})  # fmt: skip
CONDITIONS = frozenset({"if", "unless", "only", "except", "excluding", "apart", "when", "until", "once", "after",
                        "before", "within", "while", "during", "where", "subject", "without"})  # fmt: skip

IRREGULAR: Mapping[str, str] = MappingProxyType(
    dict(zip(_IRREGULAR.split()[::2], _IRREGULAR.split()[1::2], strict=True))
)


def stem(word: str) -> str:
    """A word as its relatives share it: endings off, at most five letters of what is left."""
    word = IRREGULAR.get(word, word)
    for ending in ("ies", "ied", "ing", "ed", "es", "s", "ly", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:5]


_PREFIXES = ("un", "in", "im", "non", "dis", "ir")


def opposites(word: str) -> frozenset[str]:
    """What says the opposite, a word with ``un`` and the like before it among it."""
    bare = next((word[len(each) :] for each in _PREFIXES if word.startswith(each) and len(word) > len(each) + 4), "")
    made = {f"un{word}", f"in{word}", f"non{word}"} if len(word) > 4 else set()
    return OPPOSITES.get(word, frozenset()) | made | ({bare} if bare else set())


def _same() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _SAME.strip().splitlines():
        first, *others = line.split()
        for word in (first, *others):
            found.setdefault(stem(word), stem(first))
    return found


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _OPPOSITES.strip().splitlines():
        one, other = ([word.strip() for word in side.split("|")] for side in line.split(" : "))
        for word in one:
            found.setdefault(word, set()).update(other)
        for word in other:
            found.setdefault(word, set()).update(one)
    return {word: frozenset(against) for word, against in found.items()}


SAME: Mapping[str, str] = MappingProxyType(_same())
FILLERS = frozenset(SAME.get(stem(word), stem(word)) for word in _FILLERS.split())
"""Concepts that no claim rests on: a sentence may hold any of them."""
OPPOSITES: Mapping[str, frozenset[str]] = MappingProxyType(_opposites())
ROLES = frozenset(_ROLES.split())
