"""Taking a web form in: checked, turned into a message, and on the bus before anyone is told yes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fte_agent.inbound import web_form
from fte_agent.inbound.faults import invalid
from fte_agent.inbound.web_form import Submission
from fte_runtime.channels.base import ApiContext
from fte_runtime.channels.web_form.limits import FormLimits
from fte_runtime.channels.web_form.repeats import Submissions
from fte_runtime.channels.web_form.settings import Settings
from fte_runtime.config import ChannelSettings
from fte_runtime.errors import Paused
from fte_runtime.events import TRACEPARENT
from fte_runtime.tokens import digest


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a customer is given: the ticket and the token that opens it."""

    ticket_id: UUID
    token: str


class Intake:
    """Web forms to the bus. Needs the bus alone; what it remembers makes answers better and nothing rests on it."""

    def __init__(self, context: ApiContext, forms: Sequence[ChannelSettings]) -> None:
        self._context = context
        self._forms = {form.name: form for form in forms}
        self._submissions = Submissions()
        known = context.trusted_proxy_hops is not None
        self._limits = {
            form.name: FormLimits(context.clock, settings_of(form).rate_limit_per_minute, networks_known=known)
            for form in forms
        }

    def parse(self, raw: bytes) -> tuple[Submission, ChannelSettings]:
        """A request's body and the form it fills in: the one it names, or the only one there is.

        Raises:
            InvalidMessage: a field is missing or wrong.
        """
        submission = web_form.parse(raw, max_chars=web_form.MAX_BODY_CHARS)
        if submission.channel is None and len(self._forms) != 1:
            raise invalid("channel", "must name the form: there are several", "required")
        form = next(iter(self._forms.values())) if submission.channel is None else self._forms.get(submission.channel)
        if form is None:
            raise invalid("channel", "must be the name of a form of this service", "unknown_channel")
        return submission, form

    async def submit(
        self, submission: Submission, form: ChannelSettings, raw: bytes, traceparent: str, network: str
    ) -> Accepted:
        """Take one form that came from ``network``, for a person where it is more than the employee answers.

        What a program seems to have filled in is taken, too, and marked: password managers do it.

        Raises:
            Paused: the form takes nothing in.
            TooManyRequests: a flood, of which this process takes no more now.
            SubmissionChanged: the same id was taken, or is being taken, with other content.
            BusUnavailable: not confirmed; the same form may be sent again.
        """
        if form.paused:
            raise Paused
        context = self._context
        now = context.clock.now()
        ticket = web_form.ticket_id(context.topic_prefix, form.name, submission)
        token = context.tokens.issue(ticket, now)
        with self._submissions.taking(ticket, web_form.content_id(submission)):
            excess = not self._limits[form.name].take(submission.sender.normalised, network)
            message = web_form.to_message(
                submission,
                channel_name=form.name,
                ticket=ticket,
                token_sha256=digest(token),
                now=now,
                excess=excess,
                metadata={TRACEPARENT: traceparent},
            )
            await context.publisher.publish(message, raw)
        if excess:
            context.metrics.excess.labels(form.name).inc()
        return Accepted(ticket, token)


def settings_of(form: ChannelSettings) -> Settings:
    """A form's own settings."""
    if not isinstance(form.settings, Settings):
        raise TypeError(f"{form.name} has no settings of a web form")
    return form.settings
