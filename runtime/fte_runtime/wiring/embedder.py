"""What embeds a worker's queries, and who watches it."""

import logging
from contextlib import AsyncExitStack
from dataclasses import replace

from fte_agent.composition import ChosenEmbedder, build_embedder
from fte_agent.domain.behaviour import Behaviour
from fte_runtime.clock import SystemClock
from fte_runtime.config import ConfigError, WorkerConfig, read_secret
from fte_runtime.worker.accounts import charging_turns
from fte_runtime.worker.embedder import EMBEDDER, UnreachedEmbedder, WatchedEmbedder
from fte_runtime.worker.model import ModelHealth, ModelWatch

logger = logging.getLogger(__name__)


async def open_searching(
    config: WorkerConfig, behaviour: Behaviour, resources: AsyncExitStack
) -> tuple[ChosenEmbedder, ModelWatch | None]:
    """The behaviour's embedder, and who watches it if it is hosted.

    An earlier behaviour, shown while the newest has no knowledge yet, may name one that is not reached any more: then
    the worker runs, and what needs a search waits.

    Raises:
        ConfigError: there is a key for its address that cannot be used.
    """
    key, hosted, access = None, behaviour.embedding, config.embedding
    spent = None if hosted is None else charging_turns(hosted.price)
    if hosted is not None:
        if access is None or access.base_url != hosted.base_url:
            logger.warning("no key is there for the embedder's address", extra={"file": str(config.behaviour_file)})
            unreached = UnreachedEmbedder(f"{hosted.model}@{hosted.dimensions}", hosted.dimensions)
            return _watched(ChosenEmbedder(unreached, unreached.check))
        key = read_secret(access.api_key_file).strip()
    try:
        chosen = await resources.enter_async_context(build_embedder(hosted, key, spent=spent))
    except ValueError as error:
        raise ConfigError(f"{config.behaviour_file}: embedding: {error}") from None
    return _watched(chosen)


def _watched(chosen: ChosenEmbedder) -> tuple[ChosenEmbedder, ModelWatch | None]:
    if chosen.check is None:
        return chosen, None
    health = ModelHealth(SystemClock(), EMBEDDER)
    return replace(chosen, embedder=WatchedEmbedder(chosen.embedder, health)), ModelWatch(health, chosen.check)
