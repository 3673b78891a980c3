"""The part of Gmail's search that clients of ours use: https://support.google.com/mail/answer/7190.

``in:inbox``, ``in:sent``, ``in:anywhere``, ``after:`` and ``before:`` with Unix seconds, ``rfc822msgid:``, ``from:``
and ``subject:`` with one word. Any other word is refused: better a loud fault than a wrong list.
"""

from collections.abc import Iterable

from doubles.google.mail import Mail
from doubles.google.refusals import invalid

UNSEEN = {"SPAM", "TRASH"}


def matching(mails: Iterable[Mail], query: str, *, labels: Iterable[str] = (), unseen: bool = False) -> list[Mail]:
    """The mails that all words of ``query`` and all ``labels`` fit, newest first; spam and trash when asked for."""
    words = query.split()
    asked_for_all = unseen or "in:anywhere" in words
    found = [
        mail
        for mail in mails
        if set(labels) <= mail.labels
        and (asked_for_all or not UNSEEN & mail.labels)
        and all(_fits(mail, word) for word in words)
    ]
    return sorted(found, key=lambda mail: (mail.date, mail.id), reverse=True)


def _fits(mail: Mail, word: str) -> bool:
    name, _, value = word.partition(":")
    match name:
        case "in" if value == "anywhere":
            return True
        case "in":
            return value.upper() in mail.labels
        case "after" if value.isdigit():
            return mail.date >= int(value) * 1000
        case "before" if value.isdigit():
            return mail.date < int(value) * 1000
        case "rfc822msgid":
            return mail.message_id.strip("<>") == value.strip("<>")
        case "from" | "subject":
            return value.lower() in mail.header(name).lower()
    raise invalid(f"the double knows no search for {word}")
