"""Which earlier behaviour a worker starts with, by the operator's rule and by the worker's own start."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from custom_resources import Object, embedder, fte, hosted

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import behaviour, documents
from fte_operator.desired.readback import fits
from fte_operator.desired.references import References
from fte_runtime.config import ConfigError, WorkerConfig, load
from fte_runtime.wiring import worker

RULES = Path(__file__).resolve().parents[2] / "context" / "escalation-rules.md"
ELSEWHERE = "https://others.example/v1"
MODEL_PRICES, PRICES = {"inputPerMillion": 1, "outputPerMillion": 2}, {"inputPerMillion": 1}
SPECS: dict[str, Object] = {
    "offline": {},
    "hosted": {"model": hosted()},
    "hosted elsewhere": {"model": hosted(baseURL=ELSEWHERE)},
    "hosted at a price": {"model": hosted(prices=MODEL_PRICES)},
    "embedder": {"embedding": embedder()},
    "embedder elsewhere": {"embedding": embedder(baseURL=ELSEWHERE)},
    "both at a price": {"model": hosted(prices=MODEL_PRICES), "embedding": embedder(prices=PRICES)},
}


def written(spec: Object) -> tuple[DigitalFTE, str]:
    employee = fte(**spec)
    return employee, behaviour.behaviour(employee, "image", None).text


def a_config(folder: Path, employee: DigitalFTE, shown: str) -> WorkerConfig:
    """The worker's document as the operator writes it, with files that are there."""
    (folder / "behaviour.yaml").write_text(shown, encoding="utf-8")
    for name, value in (("url", "postgresql://nobody@127.0.0.1:1/none"), ("key", "a-key")):
        (folder / name).write_text(value, encoding="utf-8")
    (folder / "worker.yaml").write_text(documents.worker(employee, References("image")).text, encoding="utf-8")
    config = load(WorkerConfig, folder / "worker.yaml")
    here: dict[str, Any] = {"behaviour_file": folder / "behaviour.yaml", "escalation_rules": RULES}
    here["database"] = config.database.model_copy(update={"url_file": folder / "url"})
    for name in ("model", "embedding"):
        if (access := getattr(config, name)) is not None:
            here[name] = access.model_copy(update={"api_key_file": folder / "key"})
    return config.model_copy(update=here)


async def nobody(*_: object) -> None:
    """In place of an employee that learns its rules: they fit whatever the documents say."""


async def starts(config: WorkerConfig) -> bool:
    try:
        async with worker.worker_ports(config):
            return True
    except ConfigError:
        return False


@pytest.mark.parametrize(("before", "after"), list(product(SPECS, SPECS)))
async def test_a_behaviour_fits_a_spec_whose_worker_starts_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setattr(worker, "_employee", nobody)
    _, shown = written(SPECS[before])
    employee, candidate = written(SPECS[after])
    config = a_config(tmp_path, employee, shown)
    assert fits(shown, candidate) == await starts(config)
