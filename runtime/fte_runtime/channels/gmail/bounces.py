"""Reports that a mail of ours did not arrive (RFC 3464): from the mailbox onto the channel's own topic, and off it."""

from collections.abc import Iterator

from fte_agent.channels import EMAIL
from fte_agent.domain.delivery import NonDelivery
from fte_agent.inbound.mail_model import Bounce, Recipient
from fte_agent.inbound.mail_statuses import meaning
from fte_runtime.events import ChannelEvent


def events(report: Bounce) -> Iterator[ChannelEvent]:
    """One for each recipient whom the server gave up on, each once; of a delay one that names nobody."""
    failed = list(dict.fromkeys(each for each in report.recipients if each.failed))
    for each in failed or [Recipient("", "")]:
        fields = {
            "delivery": report.delivery,
            "original_id": report.original_id,
            "recipient": each.address,
            "original_recipient": each.original,
            "status": each.status,
            "permanent": "yes" if each.undeliverable else "",
        }
        yield ChannelEvent(report.channel_name, EMAIL, report.received_at, fields)


def non_delivery(event: ChannelEvent) -> NonDelivery | None:
    """What an event says of a part of ours; None when it says of nobody that they were not reached."""
    told = event.fields
    addresses = tuple(filter(None, (told.get("recipient"), told.get("original_recipient"))))
    if not addresses:
        return None
    return NonDelivery(
        channel=event.kind,
        channel_name=event.channel_name,
        addresses=addresses,
        delivery=told.get("delivery", ""),
        message_id=told.get("original_id", ""),
        code=told.get("status", ""),
        reason=meaning(told.get("status", "")),
        permanent=bool(told.get("permanent")),
    )
