"""Numbers with what they count, in one form: "an hour" is 60 minutes, "8 a.m." is 08:00, "€50" is 50 euros."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fte_agent.gate.lexicon import EMPTY, MEASURES, SAME, stem

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL: Mapping[str, float] = MappingProxyType(
    {word: float(number) for number, word in enumerate(_UNITS.split())}
    | {word: 10.0 * tens for tens, word in enumerate(_TENS.split(), start=2)}
)
_LARGE: Mapping[str, float] = MappingProxyType({"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9})
_WORD = "|".join((*_SMALL, *_LARGE))
_WRITTEN = re.compile(rf"\b(?:(?:a|an) (?=hundred|thousand|million))?(?:{_WORD})(?:(?:[ -]|(?: and ))(?:{_WORD}))*\b")
_ONE = re.compile(
    r"\b(?:an?|per|each|every|a single) (?=(?:full |whole |calendar |working |business )?"
    r"(?:minute|hour|day|week|fortnight|month|quarter|year|decade|night|dozen|gigabyte|megabyte|terabyte)\b)"
)
_BOTH_HALVES = re.compile(
    r"\b(\d{1,2}) (and|to|until|till|-) (\d{1,2}) ?(am|pm|in the (?:morning|afternoon|evening))\b"
)
_TIME = re.compile(
    r"\b(\d{1,2})(?:[:.](\d{2}))? ?(a\.?m\b\.?|p\.?m\b\.?|o'clock"
    r"|in the morning|in the afternoon|in the evening|at night)"
    r"|\b(\d{1,2}):(\d{2})\b|\b(noon|midday|midnight)\b"
)
_MONTHS = "january february march april may june july august september october november december"
_MONTH = "|".join(
    f"{month[:3]}(?:{month[3:]})?" if month != "may" else r"may(?=[,.;)]|\s*$| \d| (?:and|to|until|at|or)\b)"
    for month in _MONTHS.split()
)
_DATE = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b|\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?! ?:)"
)
_NUMBER = re.compile(
    r"([€$£¥])? ?(\d+(?:,\d{3})*(?:\.\d+)?) ?(k\b|thousand\b|million\b|billion\b)?"
    r"[ -]?((?:atleast |upto |full |whole |more |calendar |consecutive |working |business |different |active |other "
    r"|further |additional |extra )*)([€$£¥%]|[^\W\d_]+)?"
)
_FREQUENCIES: Mapping[str, str] = MappingProxyType(
    {"hourly": "1 hours", "daily": "1 days", "weekly": "1 weeks", "monthly": "1 months", "quarterly": "3 months",
     "yearly": "1 years", "annually": "1 years", "annual": "1 years", "fortnightly": "2 weeks", "nightly": "1 days"}
)  # fmt: skip
_JOINS = re.compile(r"\s*(?:,|-|\u2013|to|and|or|, and|, or|and \w+|through)\s*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in base units; ``unit`` is a measure's, else the concept counted, or empty. ``raw`` is how it stood."""

    value: float
    unit: str
    measured: bool
    raw: str = ""
    start: int = 0

    @property
    def key(self) -> str:
        """The same for the same amount of a measure, or the same bare number."""
        return f"={self.value:g}{self.unit if self.measured else ''}"

    def same_as(self, other: "Quantity") -> bool:
        """Whether both say the same amount of the same thing, as far as measures tell."""
        if {self.unit, other.unit} & {"cent"} and {self.unit, other.unit} & {"eur", "usd"}:
            cents = [each.value * (1 if each.unit == "cent" else 100) for each in (self, other)]
            return abs(cents[0] - cents[1]) < 1e-6
        if abs(self.value - other.value) > 1e-6 * max(1.0, abs(self.value)):
            return False
        return self.unit == other.unit or not (self.measured or other.measured)


def quantities(text: str) -> list[Quantity]:
    """Every number of ``text``, which is rewritten and in lower case, in the order in which they stand."""
    text = in_digits(text)
    found = list(_times_and_dates(text))
    rest = _DATE.sub(_blank, _TIME.sub(_blank, text))
    counted = list(_counted(rest))
    return sorted((*found, *_with_shared_units(rest, counted)), key=lambda each: each.start)


def is_measure(word: str) -> bool:
    """Whether a word is a unit, so that its number says it all."""
    return len(word) > 1 and (word in MEASURES or word.removesuffix("s") in MEASURES)


def in_digits(text: str) -> str:
    """``text`` with its numbers in digits; of what is in digits nothing changes."""
    for word, said in _FREQUENCIES.items():
        text = re.sub(rf"\b{word}\b", said, text)
    text = re.sub(r"\bhalf an hour\b", "30 minutes", text)
    text = re.sub(r"\b(?:an|one) hour and a half\b", "90 minutes", text)
    text = re.sub(
        r"\bhalf a (day|year|dozen)\b", lambda m: {"day": "12 hours", "year": "6 months"}.get(m[1], "6"), text
    )
    text = re.sub(r"\ba couple of\b", "2", text)
    text = re.sub(r"\bonce\b(?= (?:a|per|each|every|1) (?:day|week|month|year|quarter)\b)", "1 times", text)
    text = re.sub(r"\btwice\b", "2 times", text)
    text = _ONE.sub("1 ", _WRITTEN.sub(_digits, text))
    return _BOTH_HALVES.sub(r"\1 \4 \2 \3 \4", text)


def _digits(match: re.Match[str]) -> str:
    total = current = 0.0
    for word in re.split(r"[ -]+", match[0]):
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = max(1.0, current) * 100
        elif word in _LARGE:
            total += max(1.0, current) * _LARGE[word]
            current = 0.0
    return f"{total + current:.0f}"


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _times_and_dates(text: str) -> Iterator[Quantity]:
    for match in _TIME.finditer(text):
        hour, minute, half, other, other_minute, named = match.groups()
        if named:
            value = 0 if named == "midnight" else 720
        else:
            value = int(hour or other) * 60 + int(minute or other_minute or 0)
            if half and half.startswith(("p", "in the a", "in the e", "at")) and int(hour) < 12:
                value += 720
            elif half and half[0] == "a" and int(hour) == 12:
                value -= 720
        yield Quantity(float(value), "time", True, match[0].split()[0], match.start())
    for match in _DATE.finditer(text):
        day, month = match[1] or match[4], match[2] or match[3]
        number = [each[:3] for each in _MONTHS.split()].index(month[:3]) + 1
        yield Quantity(number * 100 + float(day), "date", True, match[0], match.start())


def _counted(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        sign, digits, many, adjectives, word = match.groups()
        value = float(digits.replace(",", "")) * {"k": 1e3, None: 1.0}.get(many, _LARGE.get(many or "", 1.0))
        unit, measured = _unit(sign or ("" if word in EMPTY else word) or "")
        if measured and unit[0] == "minutes" and ("working" in adjectives or "business" in adjectives):
            unit = ("workminutes", unit[1])
        yield Quantity(value * unit[1], unit[0], measured, digits, match.start())


def _unit(word: str) -> tuple[tuple[str, float], bool]:
    for name in (word, word.removesuffix("s"), word.removesuffix("es")):
        if name in MEASURES:
            unit = MEASURES[name]
            return unit, bool(unit[0])
    return (SAME.get(stem(word), stem(word)) if word else "", 1.0), False


def _with_shared_units(text: str, found: list[Quantity]) -> Iterator[Quantity]:
    """Numbers of a list or a range have the unit of the last: "3, 7 and 14 days"."""
    unit: Quantity | None = None
    scale = 0.0
    for number in reversed(found):
        between = ""
        if unit is not None:
            between = text[number.start + len(number.raw) : unit.start].strip(" €$£")
        if unit is not None and unit.measured and not number.measured and _JOINS.fullmatch(f" {between} "):
            scale = scale or _scale(text, unit)
            unit = Quantity(number.value * scale, unit.unit, True, number.raw, number.start)
            yield unit
        else:
            yield number
            unit, scale = number, 0.0


def _scale(text: str, unit: Quantity) -> float:
    match = _NUMBER.match(text, unit.start)
    word = match[5] if match and match[5] else ""
    for name in (word, word.removesuffix("s"), word.removesuffix("es")):
        if name in MEASURES:
            return MEASURES[name][1]
    return 1.0
