"""What one object alone may have, and the older one has.

Topics: two employees with one prefix would be one consumer group and take each other's customers. A channel's
sender: its vendor sends what is written to it to one address. `namespaces` are those watched; empty means all. An
object whose spec is refused counts too: what it made earlier still runs. Nobody of another namespace has either by
naming it, nor by a status, which a tenant may write: a prefix is one namespace's, and who made its topics earlier has
them by their first record (`topics.owner`); a sender is its account's (`accounts`).
"""

from collections.abc import Iterable, Sequence

from fte_operator.api.base import Resource
from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.cluster.client import Cluster
from fte_operator.desired import defaults
from fte_operator.desired.channels import type_of
from fte_operator.reconcile import accounts, prefixes, rivals
from fte_operator.reconcile.prefixes import Grants
from fte_operator.reconcile.rivals import Rank, Rival
from fte_operator.status.observed import Problem


async def prefix_taken(cluster: Cluster, fte: DigitalFTE, grants: Grants) -> Problem | None:
    """What keeps `fte` from its effective topic prefix: it is not its namespace's, or an older employee has it.

    Brokers are not compared, since one cluster is spelled in many ways; nor employees of other namespaces, who may not
    have it.
    """
    prefix = defaults.topic_prefix(fte)
    refused = prefixes.refusal(fte.namespace, fte.name, prefix, grants)
    if refused is not None:
        return refused
    employees = await rivals.employees(cluster, fte.namespace)
    older = _older(fte, (each for each in employees if each.prefix == prefix))
    if not older:
        return None
    message = (
        f"the topics under {prefix} belong to an older employee, DigitalFTE {older[0].rank.name}: "
        "make this one again with a spec.kafka.topicPrefix of its own, or delete the older"
    )
    return Problem("TopicPrefixTaken", message, stalled=True)


async def sender_taken(cluster: Cluster, channel: SupportChannel, namespaces: Sequence[str]) -> Problem | None:
    """The older channel with the sender of `channel`, as a problem; None if it is the oldest, or has no sender.

    One of another namespace counts only where both hold the account that the sender belongs to: nobody has a number
    by naming it, and nobody learns by naming it that another has it.
    """
    mine = rivals.sender_of(channel)
    if mine is None:
        return None
    senders = await rivals.senders(cluster, channel.namespace, namespaces)
    oldest: dict[str, Rank] = {}
    for each in _older(channel, (each for each in senders if each.sender == mine)):
        oldest.setdefault(each.rank.namespace, each.rank)  # no younger one of its namespace can run
    here = oldest.pop(channel.namespace, None)
    field = f"spec.{'.'.join(type_of(channel).sender_field)} {mine[1]}"
    if here:
        message = (
            f"{field} belongs to an older channel, SupportChannel {here.name}: "
            "make this one again with a number of its own, or delete the older"
        )
        return Problem("SenderTaken", message, stalled=True)
    if await accounts.is_shared(cluster, channel, list(oldest.values())):
        message = (
            f"{field} belongs to an older channel in another namespace, which holds the same account and token: "
            "make this one again with a number of its own, or delete that one; if it is not yours, make a new "
            "token and put it, without the old one, into this channel's Secret"
        )
        return Problem("SenderTaken", message, stalled=True)
    return None


async def channel_taken(cluster: Cluster, channel: SupportChannel, fte: DigitalFTE) -> Problem | None:
    """The older employee on `channel`, as a problem; None if `fte` is the oldest, or the channel may have several.

    What is written to an address that one channel alone may have is seen by everybody who listens on it: two
    employees would both answer.
    """
    if not type_of(channel).sender_field:
        return None
    employees = await rivals.employees(cluster, fte.namespace)
    older = _older(fte, (each for each in employees if channel.name in each.channels))
    if not older:
        return None
    message = (
        f"SupportChannel {channel.name} (spec.channels) is one employee's and belongs to an older one, "
        f"DigitalFTE {older[0].rank.name}: take it off this list or off the older's"
    )
    return Problem("ChannelTaken", message, stalled=True)


def _older(mine: Resource, others: Iterable[Rival]) -> list[Rival]:
    """Those before `mine`, the oldest first."""
    rank = Rank(mine.metadata.creation_timestamp or "", mine.namespace, mine.name)
    return sorted((each for each in others if each.rank < rank), key=lambda each: each.rank)
