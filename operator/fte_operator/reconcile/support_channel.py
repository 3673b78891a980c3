"""SupportChannel: whether it is accepted, who listens on it, and where its messages are sent to."""

from datetime import datetime
from typing import Any

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel, parse_digital_fte, parse_support_channel
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, Object
from fte_operator.desired import metadata
from fte_operator.desired.support_channel import endpoint_url
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile.publish import publish
from fte_operator.status import channel_checks
from fte_operator.status.observed import Problem, WorkloadState, workload_state
from fte_operator.workqueue import Result


class SupportChannelReconciler:
    """Keeps the status of one SupportChannel true; it owns nothing."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

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
        bound = await self._bound(channel)
        apis = [await self._api(fte) for fte in bound]
        fields: dict[str, Any] = {
            "boundTo": [{"name": fte.name} for fte in bound],
            "endpointURL": endpoint_url(channel, bound[0]) if bound else None,
        }
        await publish(self._cluster, raw, channel_checks.conditions(channel.name, apis), fields, now)
        return Result()

    async def _bound(self, channel: SupportChannel) -> list[DigitalFTE]:
        """Employees that list the channel, oldest first; those whose spec is refused listen on nothing."""
        ftes = []
        for raw in await self._cluster.list(DIGITAL_FTE, channel.namespace):
            try:
                fte = parse_digital_fte(raw)
            except InvalidSpec:
                continue
            if any(binding.channel_ref == channel.name for binding in fte.spec.channels):
                ftes.append(fte)
        return sorted(ftes, key=lambda fte: (fte.metadata.creation_timestamp or "", fte.name))

    async def _api(self, fte: DigitalFTE) -> WorkloadState:
        name = metadata.derived_name(fte, metadata.API)
        return workload_state(name, await self._cluster.get(DEPLOYMENT, fte.namespace, name))
