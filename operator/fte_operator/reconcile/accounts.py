"""Whether two channels hold one account at their vendor: what its address is worth is proven by nothing less.

An account's name is no secret. Who has its token too can send and read there by themselves, and may know of another
that does; a token that was replaced proves nothing any more. What is compared is not kept, logged or told.
"""

from collections.abc import Sequence

from fte_operator.api.v1alpha1 import SupportChannel, parse_support_channel
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import Forbidden, TooLarge
from fte_operator.cluster.kinds import SUPPORT_CHANNEL
from fte_operator.desired.channels import type_of
from fte_operator.desired.secret_refs import channel_secrets
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile import secret_values
from fte_operator.reconcile.rivals import Rank

Logins = frozenset[tuple[str, ...]]


async def sharing(cluster: Cluster, channel: SupportChannel, others: Sequence[Rank]) -> Rank | None:
    """The first of the channels `others`, of other namespaces and of the same type, with a login that `channel` has.

    What there is gone, refused, too large or not ours to read shares nothing: nobody is held back by it.
    """
    mine = await _logins(cluster, channel) if others else Logins()
    if not mine:
        return None
    for rank in others:
        try:
            raw = await cluster.get(SUPPORT_CHANNEL, rank.namespace, rank.name)
            theirs = await _logins(cluster, parse_support_channel(raw)) if raw else Logins()
        except (Forbidden, TooLarge, InvalidSpec):
            continue
        if mine & theirs:
            return rank
    return None


async def _logins(cluster: Cluster, channel: SupportChannel) -> Logins:
    """Every login that the channel's Secrets hold in full, as pods read it."""
    uses = channel_secrets(channel)
    values = await secret_values.read(cluster, channel.namespace, uses)
    texts = {use.file: values.text(use) for use in uses}
    logins = (tuple(texts.get(file, "") for file in files) for files in type_of(channel).logins)
    return frozenset(login for login in logins if all(login))
