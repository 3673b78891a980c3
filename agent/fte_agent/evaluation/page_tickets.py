"""The tickets of an evaluation as the last part of its HTML page, the worst first."""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from fte_agent.domain.turns import Outcome, Reason
from fte_agent.evaluation.record import Grade, Record

_TITLES: Mapping[Grade, str] = MappingProxyType(
    {
        Grade.MUST_NOT_ANSWER: "Answered, but for a person",
        Grade.WRONG_ANSWER: "Answered from another section, or not to be answered",
        Grade.OTHER: "Ended in another way, or for another reason",
        Grade.AS_LABELLED: "As labelled",
    }
)
_HEAD = "".join(f'<th scope="col">{name}</th>' for name in ("Ticket", "ModelUsage", "Expected", "Got", "Reply"))


def tickets(records: Sequence[Record]) -> str:
    """One section per grade that has tickets."""
    parts = []
    for grade, title in _TITLES.items():
        found = [record for record in records if record.grade is grade]
        if found:
            rows = "\n".join(map(_row, found))
            parts.append(
                f'<section class="tickets"><h2>{title} <span class="count">{len(found)}</span></h2>'
                f"<table><thead><tr>{_HEAD}</tr></thead><tbody>\n{rows}\n</tbody></table></section>"
            )
    return "\n".join(parts)


def _row(record: Record) -> str:
    ticket = record.ticket
    kind = " · ".join((ticket.channel, ticket.language, *ticket.tags))
    return (
        f"<tr><td><b>{escape(ticket.id)}</b><small>{escape(kind)}</small></td>"
        f"<td>{_asked(record)}</td><td>{_expected(record)}</td><td>{_got(record)}</td>"
        f'<td class="said">{escape(record.ending.text)}</td></tr>'
    )


def _asked(record: Record) -> str:
    """Subject, what was said before, and the burst."""
    ticket = record.ticket
    subject = f'<p class="subject">{escape(ticket.subject)}</p>' if ticket.subject else ""
    earlier = "".join(f'<p class="earlier"><i>{said.author}:</i> {escape(said.text)}</p>' for said in ticket.history)
    automated = "<small>automatic mail</small>" if ticket.automated else ""
    burst = "".join(f'<p class="said">{escape(body) or "<i>empty</i>"}</p>' for body in ticket.messages)
    return f"{subject}{earlier}{burst}{automated}"


def _expected(record: Record) -> str:
    ticket = record.ticket
    trigger = f"<small>{ticket.trigger}</small>" if ticket.trigger else ""
    return f"{_ended(ticket.outcome, ticket.reason)}{trigger}{_uris(ticket.accepted_sections)}"


def _got(record: Record) -> str:
    ending = record.ending
    spent = f"<small>{ending.latency.total:.0f} ms</small>"
    removed = ""
    if record.removed is not None:
        removed = f"<small>without its sections: {_ended(record.removed.outcome, record.removed.reason)}</small>"
    return f"{_ended(ending.outcome, ending.reason)}{_uris(ending.citations)}{removed}{spent}"


def _ended(outcome: Outcome, reason: Reason | None) -> str:
    return f"{outcome}: {reason}" if reason else str(outcome)


def _uris(uris: Sequence[str]) -> str:
    return "".join(f"<code>{escape(uri)}</code>" for uri in uris)
