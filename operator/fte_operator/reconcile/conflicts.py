"""What one object alone may have, and the older one has.

Topics: two employees with one prefix would be one consumer group and take each other's customers. A channel's
senders: what is written to an address is one channel's to answer. `namespaces` are those watched; empty means all. An
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
from fte_operator.reconcile.rivals import Rank, Rival, Sender
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
    """The older channel with a sender of `channel`, as a problem; None if it is the oldest, or has no sender.

    One of another namespace counts only where both hold the account that the sender belongs to: nobody has an address
    by naming it, and nobody learns by naming it that another has it.
    """
    mine = rivals.senders_of(channel)
    if not mine:
        return None
    senders = await rivals.senders(cluster, channel.namespace, namespaces)
    oldest: dict[tuple[str, bytes], Rank] = {}  # no younger one with that address can run in that namespace
    for each in _older(channel, (each for each in senders if not mine.keys().isdisjoint(each.senders))):
        for mark in mine.keys() & set(each.senders):
            oldest.setdefault((each.rank.namespace, mark), each.rank)
    here = {mark: rank for (namespace, mark), rank in oldest.items() if namespace == channel.namespace}
    for mark, sender in mine.items():
        if mark in here:
            return _sender_taken(channel, sender, f", SupportChannel {here[mark].name}: ", "or delete the older")
    elsewhere = {rank: mark for (namespace, mark), rank in oldest.items() if namespace != channel.namespace}
    shared = await accounts.sharing(cluster, channel, list(elsewhere))
    if shared is None:
        return None
    remedy = (
        "or delete that one; if it is not yours, make new credentials and put them, without the old ones, into this "
        "channel's Secret"
    )
    where = " in another namespace, which holds the same credentials: "
    return _sender_taken(channel, mine[elsewhere[shared]], where, remedy)


def _sender_taken(channel: SupportChannel, sender: Sender, where: str, remedy: str) -> Problem:
    for_good = sender.field == type_of(channel).sender_fields[0]
    change = "make this one again with an address of its own" if for_good else "take it off this list"
    field = f"spec.{'.'.join(sender.field)} {sender.address}"
    message = f"{field} belongs to an older channel{where}{change}, {remedy}"
    return Problem("SenderTaken", message, stalled=True)


async def channel_taken(cluster: Cluster, channel: SupportChannel, fte: DigitalFTE) -> Problem | None:
    """The older employee on `channel`, as a problem; None if `fte` is the oldest, or the channel may have several.

    What is written to an address that one channel alone may have is seen by everybody who listens on it: two
    employees would both answer.
    """
    if not type_of(channel).sender_fields:
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
