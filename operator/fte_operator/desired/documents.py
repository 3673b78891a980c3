"""Configuration documents: one per process, holding only what that process reads, named by its own content.

A ConfigMap is never changed, only replaced by one of another name, so a pod and its documents belong together
for as long as the pod lives.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fte_operator.api.kafka import Kafka
from fte_operator.api.knowledge import KnowledgeSource
from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, defaults, image_contract, metadata, support_channel
from fte_operator.desired.knowledge import volume_digest
from fte_operator.desired.references import References
from fte_operator.desired.release import Document, document

CONFIG_KEY = "config.yaml"
BEHAVIOUR_KEY = "behaviour.yaml"


def api(fte: DigitalFTE, references: References) -> Document:
    """What ``fte-api`` reads."""
    return document(
        _bus(fte, references)
        | {
            "runtime_secrets": image_contract.RUNTIME_SECRETS,
            "public_url": defaults.public_url(fte),
            "trusted_proxy_hops": fte.spec.api.trusted_proxy_hops,
            **_management(fte),
            "port": image_contract.PORT,
            "metrics_port": image_contract.METRICS_PORT,
        }
    )


def worker(fte: DigitalFTE, references: References) -> Document:
    """What ``fte-worker`` reads, besides the behaviour."""
    return document(
        _bus(fte, references)
        | {
            "public_url": defaults.public_url(fte),
            "behaviour_file": f"{image_contract.CONFIG}/{BEHAVIOUR_KEY}",
            "concurrency": fte.spec.worker.concurrency,
            **_model(fte),
            **_embedding_access(fte),
            **_budget(fte, references),
            "shutdown_seconds": image_contract.WORKER_SHUTDOWN_SECONDS,
            "metrics_port": image_contract.METRICS_PORT,
        }
    )


def _model(fte: DigitalFTE) -> Object:
    """How a hosted model is reached; what it is stands in the behaviour, which may be an earlier one."""
    if not fte.spec.model.is_hosted:
        return {}
    return {
        "model": {
            "api_key_file": f"{image_contract.MODEL_SECRETS}/{image_contract.API_KEY_FILE}",
            "base_url": defaults.model_url(fte),
            "request_timeout_seconds": defaults.request_timeout_seconds(fte),
        }
    }


def _embedding_access(fte: DigitalFTE) -> Object:
    """How a hosted embedder is reached."""
    embedding = fte.spec.hosted_embedding
    if embedding is None:
        return {}
    key = f"{image_contract.EMBEDDING_SECRETS}/{image_contract.API_KEY_FILE}"
    return {"embedding": {"api_key_file": key, "base_url": defaults.embedding_url(embedding)}}


def _embedding(fte: DigitalFTE) -> Object:
    """The same with what it is, for whom no behaviour says it."""
    embedding = fte.spec.hosted_embedding
    if embedding is None:
        return {}
    known = {"model": defaults.embedding_model(embedding), "dimensions": defaults.dimensions(embedding)}
    price = {} if embedding.prices is None else {"price": embedding.prices.input_per_million}
    return {"embedding": _embedding_access(fte)["embedding"] | known | price}


def _budget(fte: DigitalFTE, references: References) -> Object:
    """What may be spent, and what channels take, in micro-dollars. The API needs neither, so neither rolls it."""
    budget, fees = defaults.budget(fte), support_channel.fees(references.channels)
    said: Object = {"fees": fees} if fees else {}
    if budget is not None:
        daily, yearly = defaults.daily_micro_usd(budget), budget.yearly_usd * defaults.MICRO
        said["budget"] = {"daily": daily, "yearly": yearly}
    return said


def _management(fte: DigitalFTE) -> Object:
    """The management API, which searches as the newest behaviour does; nothing where it is not asked for."""
    if fte.spec.api.management is None:
        return {}
    return {"management": {"tokens": image_contract.MANAGEMENT_SECRETS, **_embedding(fte)}}


def migrate(fte: DigitalFTE) -> Document:
    """What ``fte-migrate`` reads."""
    return document({"database": _database(fte), "termination_log": image_contract.TERMINATION_LOG})


def retention(fte: DigitalFTE) -> Document:
    """What ``fte-privacy retain`` reads."""
    return document(
        {
            "database": _database(fte),
            "retention": fte.spec.retention.ages,
            "termination_log": image_contract.TERMINATION_LOG,
        }
    )


def knowledge(fte: DigitalFTE, snapshot: str) -> Document:
    """What ``fte-knowledge`` reads: the sources and the snapshot they must make, and what embeds it."""
    sources = [_source(source) for source in fte.spec.knowledge.sources]
    return document(
        {
            "database": _database(fte),
            "snapshot": snapshot,
            "sources": sources,
            **_embedding(fte),
            "termination_log": image_contract.TERMINATION_LOG,
        }
    )


def _source(source: KnowledgeSource) -> Object:
    folder = f"{image_contract.KNOWLEDGE}/{source.name}"
    if (claim := source.persistent_volume_claim_ref) is None:
        return {"name": source.name, "path": folder}
    path = f"{folder}/{claim.path}" if claim.path else folder
    return {"name": source.name, "path": path, "digest": volume_digest(claim)}


def config_map(fte: DigitalFTE, component: str, content: Document, key: str = CONFIG_KEY) -> Object:
    """A document as the object the pods mount."""
    name = name_of(fte, component, content)
    return metadata.manifest(fte, "ConfigMap", name, component, {"immutable": True, "data": {key: content.text}})


def name_of(fte: DigitalFTE, component: str, content: Document) -> str:
    """The name of a document's ConfigMap."""
    role = {metadata.WORKER: "worker"}.get(component, component)
    return metadata.derived_name(fte, role, content.revision)


def documents_in_use(owners: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the ConfigMaps that the pod templates of ReplicaSets (or Jobs) mount."""
    return {name for owner in owners for volume in _volumes(owner) for name in _config_maps(volume)}


def _volumes(owner: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    volumes: list[Mapping[str, Any]] = owner["spec"]["template"]["spec"].get("volumes") or []
    return volumes


def _config_maps(volume: Mapping[str, Any]) -> list[str]:
    sources = [volume, *volume.get("projected", {}).get("sources", ())]
    return [source["configMap"]["name"] for source in sources if "configMap" in source]


def _bus(fte: DigitalFTE, references: References) -> Object:
    return {
        "kafka": {
            "bootstrap_servers": fte.spec.kafka.bootstrap_servers,
            "topic_prefix": defaults.topic_prefix(fte),
            **_reached(fte.spec.kafka),
        },
        "database": _database(fte),
        "channels": [support_channel.settings(channel, fte) for channel in references.channels],
    }


def _database(fte: DigitalFTE) -> Object:
    folder = image_contract.DATABASE_SECRET
    ca = {"ca_file": f"{folder}/{image_contract.CA_FILE}"} if fte.spec.database.ca_secret_ref else {}
    return {"url_file": f"{folder}/{image_contract.DATABASE_FILE}", "owner": fte.key, **ca}


def _reached(kafka: Kafka) -> Object:
    """TLS and log-in, where the spec asks for them."""
    folder, reached = image_contract.KAFKA_SECRETS, {}
    if kafka.tls is not None:
        reached["tls"] = {"ca_file": f"{folder}/{image_contract.CA_FILE}"} if kafka.tls.ca_secret_ref else {}
    if kafka.authentication is not None:
        how: Object = {"type": kafka.authentication.type}
        if kafka.authentication.password_secret_ref:
            how |= {
                "username": kafka.authentication.username,
                "password_file": f"{folder}/{image_contract.PASSWORD_FILE}",
            }
        if kafka.authentication.certificate_and_key_secret_ref:
            how["certificate_file"] = f"{folder}/{image_contract.CERTIFICATE_FILE}"
            how["key_file"] = f"{folder}/{image_contract.KEY_FILE}"
        reached["authentication"] = how
    return reached
