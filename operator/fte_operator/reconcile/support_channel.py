"""SupportChannel: whether it is accepted, who listens on it, and where its messages are sent to."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel, parse_digital_fte, parse_support_channel
from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, Object
from fte_operator.desired import metadata
from fte_operator.desired.channels import type_of
from fte_operator.desired.documents import CONFIG_KEY
from fte_operator.desired.readback import as_written, channels_in
from fte_operator.desired.secret_refs import channel_secrets
from fte_operator.desired.support_channel import endpoint_url, is_reachable, registration
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile import conflicts, rivals, secret_values
from fte_operator.reconcile.children import controller
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.mounted import document_of
from fte_operator.reconcile.publish import publish
from fte_operator.status import channel_checks
from fte_operator.status.channel_checks import Channel, Intake
from fte_operator.status.health import CHANNEL_PARTS, channel_part
from fte_operator.status.observed import Problem, workload_state
from fte_operator.workqueue import Key, Result

_BOUND = 32
"""How many employees a status can name."""


class SupportChannelReconciler:
    """Keeps the status of one SupportChannel true; it owns nothing."""

    def __init__(self, cluster: Cluster, health: HealthCache, *, namespaces: Sequence[str] = ()) -> None:
        self._cluster, self._health, self._namespaces = cluster, health, namespaces

    async def reconcile(self, raw: Object, now: datetime) -> Result:
        """One run over a stored SupportChannel.

        Raises:
            ClusterError: the API server refused or did not answer.
        """
        try:
            channel = parse_support_channel(raw)
        except InvalidSpec as error:
            refusal = channel_checks.refused(Problem(error.reason, str(error)))
            await publish(self._cluster, raw, refusal, {}, now)
            return Result()
        taken = await conflicts.sender_taken(self._cluster, channel, self._namespaces)
        if taken is not None:
            await publish(self._cluster, raw, channel_checks.refused(taken), {}, now)
            return Result(waiting=True)
        uses = channel_secrets(channel)
        missing = (await secret_values.read(self._cluster, channel.namespace, uses)).problems(uses)
        names, intakes, endpoint = [], [], None
        async for fte in self._bound(channel):
            intake = await self._intake(fte, channel)
            if intake is None:
                return Result(waiting=True)
            names.append(fte.name)
            intakes.append(intake)
            endpoint = endpoint or (endpoint_url(channel, fte) if is_reachable(channel, fte) else None)
        fields: dict[str, Any] = {"boundTo": [{"name": name} for name in names], "endpointURL": endpoint}
        seen = _seen(channel, missing)
        conditions = channel_checks.conditions(seen, intakes)
        await publish(self._cluster, raw, conditions, fields, now)
        return Result(waiting=bool(missing))

    async def _bound(self, channel: SupportChannel) -> AsyncIterator[DigitalFTE]:
        """Employees that listen on the channel, oldest first, one read after another since they may be many.

        Those whose spec is refused listen on nothing. Of those that list a channel with a sender, it is the oldest's
        alone.
        """
        most = 1 if type_of(channel).sender_fields else _BOUND
        listing = [
            each.rank
            for each in await rivals.employees(self._cluster, channel.namespace)
            if channel.name in each.channels
        ]
        for rank in sorted(listing):
            raw = await self._cluster.get(DIGITAL_FTE, rank.namespace, rank.name)
            try:
                fte = parse_digital_fte(raw) if raw else None
            except InvalidSpec:
                continue
            if fte and any(binding.channel_ref == channel.name for binding in fte.spec.channels):
                yield fte
                most -= 1
            if not most:
                return

    async def _intake(self, fte: DigitalFTE, channel: SupportChannel) -> Intake | None:
        """The API of `fte` and what it says of the channel; None while it was not asked yet."""
        name = metadata.derived_name(fte, metadata.API)
        allowance = Allowance()
        live = await self._cluster.get(DEPLOYMENT, fte.namespace, name, within=allowance)
        ours = live if live is not None and controller(live).get("uid") == fte.metadata.uid else None
        api = workload_state(name, ours)
        key = Key(DIGITAL_FTE.name, fte.namespace, fte.name)
        faults = self._health.of(key) if api.available else {}
        if faults is None:
            return None
        names = {part: channel_part(channel.name, part) for part in CHANNEL_PARTS}
        known = self._health.known_parts(key)
        return Intake(
            fte.name,
            api,
            fault=faults.get(channel_part(channel.name)),
            listens=ours is not None and await self._serves(fte, ours, channel, allowance),
            reachable=is_reachable(channel, fte),
            parts={part: faults.get(name) for part, name in names.items() if name in known},
            registration=registration(channel, fte),
        )

    async def _serves(self, fte: DigitalFTE, api: Object, channel: SupportChannel, allowance: Allowance) -> bool:
        """Whether the document that the API's pods mount has the channel as it is now, paused or not."""
        name = document_of(fte, api)
        document = await self._cluster.get(CONFIG_MAP, fte.namespace, name, within=allowance) if name else None
        return channels_in(document, CONFIG_KEY).get(channel.name) == as_written(channel, fte)


def _seen(channel: SupportChannel, missing: Sequence[Problem]) -> Channel:
    row = type_of(channel)
    return Channel(
        channel.name,
        paused=channel.spec.run_state == "Paused",
        secrets=tuple(dict.fromkeys(use.secret for use in channel_secrets(channel))),
        missing=tuple(missing),
        managed=row.managed(channel.spec),
        unregistered=row.unregistered(channel.spec),
        pause=row.pause,
    )
