"""Days, and when people work again, as customers are told of them. It says nothing of an answer by then."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from fte_agent.text.language import ENGLISH

_BACK: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        ENGLISH: (
            "Our team is back on {weekday}, {day} {month}, from {time} ({zone}).",
            "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
            "January February March April May June July August September October November December",
        ),
        "de": (
            "Unser Team ist am {weekday}, dem {day}. {month}, ab {time} Uhr wieder da ({zone}).",
            "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        ),
        "es": (
            "Nuestro equipo vuelve el {weekday} {day} de {month} a partir de las {time} ({zone}).",
            "lunes martes miércoles jueves viernes sábado domingo",
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        ),
        "fr": (
            "Notre équipe est de retour {weekday} {day} {month} à partir de {time} ({zone}).",
            "lundi mardi mercredi jeudi vendredi samedi dimanche",
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        ),
    }
)
"""By language: the sentence, the days from Monday on and the months. The date tells today from in a week, whatever
day it is for the customer."""


_DATES: Mapping[str, str] = MappingProxyType(
    {
        ENGLISH: "{day} {month} {year}",
        "de": "{day}. {month} {year}",
        "es": "{day} de {month} de {year}",
        "fr": "{day} {month} {year}",
    }
)


def day_of(at: datetime, language: str = ENGLISH) -> str:
    """The day of an instant in its own time zone, in the customer's language if we have it."""
    months = _BACK.get(language, _BACK[ENGLISH])[2].split()
    return _DATES.get(language, _DATES[ENGLISH]).format(day=at.day, month=months[at.month - 1], year=at.year)


def back_from(opening: datetime, zone: str, language: str = ENGLISH) -> str:
    """When people work again: ``opening`` in the company's time ``zone``, in the customer's language if we have it."""
    text, weekdays, months = _BACK.get(language, _BACK[ENGLISH])
    return text.format(
        weekday=weekdays.split()[opening.weekday()],
        day=opening.day,
        month=months.split()[opening.month - 1],
        time=opening.strftime("%H:%M"),
        zone=zone,
    )
