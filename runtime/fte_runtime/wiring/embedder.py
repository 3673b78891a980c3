"""What embeds a worker's queries, and who watches it."""

from contextlib import AsyncExitStack
from dataclasses import replace

from fte_agent.composition import ChosenEmbedder, build_embedder
from fte_agent.domain.behaviour import Behaviour
from fte_runtime.clock import SystemClock
from fte_runtime.config import ConfigError, WorkerConfig, read_secret
from fte_runtime.worker.accounts import charging_turns
from fte_runtime.worker.embedder import EMBEDDER, WatchedEmbedder
from fte_runtime.worker.model import ModelHealth, ModelWatch


async def open_searching(
    config: WorkerConfig, behaviour: Behaviour, resources: AsyncExitStack
) -> tuple[ChosenEmbedder, ModelWatch | None]:
    """The behaviour's embedder, and who watches it if it is hosted.

    Raises:
        ConfigError: there is no key for its address, or one that cannot be used.
    """
    key, hosted = None, behaviour.embedding
    spent = None if hosted is None else charging_turns(hosted.price)
    if config.embedding is not None and hosted is not None:
        if config.embedding.base_url != hosted.base_url:
            raise ConfigError(f"{config.behaviour_file}: the key is for another address than embedding.base_url")
        key = read_secret(config.embedding.api_key_file).strip()
    try:
        chosen = await resources.enter_async_context(build_embedder(hosted, key, spent=spent))
    except ValueError as error:
        raise ConfigError(f"{config.behaviour_file}: embedding: {error}") from None
    if chosen.check is None:
        return chosen, None
    health = ModelHealth(SystemClock(), EMBEDDER)
    return replace(chosen, embedder=WatchedEmbedder(chosen.embedder, health)), ModelWatch(health, chosen.check)
