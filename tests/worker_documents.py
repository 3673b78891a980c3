"""A worker's two documents, with a key for what is hosted."""

from pathlib import Path
from typing import Any

import yaml

from fte_runtime.config import WorkerConfig


def worker_documents(folder: Path, hosted: str, key: str | None, behaviour: dict[str, Any]) -> WorkerConfig:
    """``behaviour`` is of an Offline employee but for what it says; ``hosted`` is ``model`` or ``embedding``."""
    plain: dict[str, Any] = {"image": "i", "company": {"name": "N"}, "knowledge_snapshot": None}
    plain["model"] = {"provider": "Offline", "name": "offline"}
    (folder / "behaviour.yaml").write_text(yaml.safe_dump(plain | behaviour))
    access = None
    if key is not None:
        (folder / "api-key").write_text(key)
        access = {"api_key_file": str(folder / "api-key"), "base_url": "https://models.example/v1"}
    return WorkerConfig.model_validate(
        {
            "kafka": {"bootstrap_servers": "k:1", "topic_prefix": "t"},
            "database": {"url_file": "/x", "owner": "a/b"},
            "channels": [],
            "behaviour_file": str(folder / "behaviour.yaml"),
            hosted: access,
        }
    )
