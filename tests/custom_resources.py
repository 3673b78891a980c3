"""Custom resources for tests of the operator: plain ones, and every one the published schema allows."""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel, parse_digital_fte, parse_support_channel
from fte_operator.desired.knowledge import source_digest
from fte_operator.desired.references import References

EXAMPLES = settings(
    max_examples=50,
    deadline=None,  # the machine is shared; what takes too long is the run's timeout to find
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
Object = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
IMAGE = "registry.example/digital-fte:1.2.3"
SHAPE = re.compile(r"""(?:self|string\(self\))\.matches\(r"([^"]*)"\)""")
MEMBERS = {"Gmail": "gmail", "TwilioWhatsApp": "twilioWhatsApp", "WebForm": "webForm"}
PRICES = {"model": {"inputPerMillion": 1, "outputPerMillion": 2}, "embedding": {"inputPerMillion": 1}}
DIGESTS = ("database", "kafka", "model", "embedding", "management", "runtime", "channels", "worker-channels")
LABELS = st.from_regex(r"\A[a-z]([-a-z0-9]{0,38}[a-z0-9])?\Z")
FILES = st.dictionaries(st.from_regex(r"\A[-._a-z0-9]{1,20}\Z"), st.binary(max_size=20), max_size=3)


def raw_fte(name: str = "helper", **spec: Any) -> Object:
    """A DigitalFTE with what is required; `spec` replaces members of its spec."""
    required = {
        "model": {"provider": "Offline"},
        "company": {"name": "Northwind"},
        "kafka": {"bootstrapServers": "kafka:9092"},
        "database": {"urlSecretRef": {"name": "db", "key": "url"}},
    }
    return _resource("DigitalFTE", name, deepcopy(required | spec))


def raw_channel(name: str = "website", **spec: Any) -> Object:
    """A SupportChannel, a WebForm unless `spec` says more; `spec` replaces members of its spec."""
    return _resource("SupportChannel", name, deepcopy({"type": "WebForm"} | spec))


def raw_whatsapp(name: str = "whatsapp", **settings: Any) -> Object:
    """A SupportChannel of type TwilioWhatsApp with what is required; `settings` replaces members of its settings."""
    return raw_channel(name, type="TwilioWhatsApp", twilioWhatsApp=twilio(**settings))


def twilio(**settings: Any) -> Object:
    """What is required of a WhatsApp number at Twilio; `settings` replaces members of it."""
    required = {
        "sender": "+14155238886",
        "accountSidSecretRef": {"name": "twilio", "key": "account-sid"},
        "authTokenSecretRef": {"name": "twilio", "key": "auth-token"},
    }
    return required | settings


def raw_gmail(name: str = "mail", **settings: Any) -> Object:
    """A SupportChannel of type Gmail with what is required; `settings` replaces members of its settings."""
    return raw_channel(name, type="Gmail", gmail=gmail_settings(**settings))


def gmail_settings(**settings: Any) -> Object:
    """What is required of a mailbox at Gmail; `settings` replaces members of it."""
    return {"mailbox": "support@northwind.example", "credentialsSecretRef": {"name": "gmail", "key": "key"}} | settings


def pub_sub(**members: Any) -> Object:
    """What is required of Gmail's pushes; `members` replaces some of it."""
    return {"topic": "projects/shop/topics/mail", "serviceAccountEmail": "push@shop.iam.example.com"} | members


def fte(name: str = "helper", **spec: Any) -> DigitalFTE:
    return parse_digital_fte(raw_fte(name, **spec), strict=True)


def channel(name: str = "website", **spec: Any) -> SupportChannel:
    return parse_support_channel(raw_channel(name, **spec), strict=True)


def whatsapp(name: str = "whatsapp", **settings: Any) -> SupportChannel:
    return parse_support_channel(raw_whatsapp(name, **settings), strict=True)


def gmail(name: str = "mail", **settings: Any) -> SupportChannel:
    return parse_support_channel(raw_gmail(name, **settings), strict=True)


@lru_cache
def schema(plural: str) -> Object:
    """The published schema of a kind, version v1alpha1."""
    crd = yaml.safe_load((ROOT / "crds" / f"{plural}.yaml").read_text(encoding="utf-8"))
    found: Object = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    _read_shapes(found)
    return found


def _read_shapes(part: Any) -> None:
    """Give each text field whose form is a rule that form as its ``pattern``, and the rule's message as ``says``."""
    for member in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _read_shapes(member)
    for rule in part.get("x-kubernetes-validations", ()) if isinstance(part, dict) else ():
        if shape := SHAPE.fullmatch(rule["rule"]):
            part |= {"pattern": shape[1], "says": rule["message"]}


def values(part: Object) -> st.SearchStrategy[Any]:
    """Everything a part of a schema allows, rules over several fields aside."""
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if part.get("x-kubernetes-int-or-string"):
        return st.one_of(st.integers(0, 8), st.from_regex(part["pattern"].replace("$", r"\Z")))
    match part["type"]:
        case "object":
            return _objects(part)
        case "array":
            keys = part.get("x-kubernetes-list-map-keys")
            unique = (lambda item: tuple(item[key] for key in keys)) if keys else None
            if part["x-kubernetes-list-type"] == "set":
                unique = str
            least, most = part.get("minItems", 0), min(3, part["maxItems"])
            return st.lists(values(part["items"]), min_size=least, max_size=most, unique_by=unique)
        case "boolean" | "integer" as kind:
            return st.booleans() if kind == "boolean" else st.integers(part["minimum"], part["maximum"])
        case "string":
            return _strings(part)
    raise AssertionError(part)


@lru_cache
def specs(plural: str) -> st.SearchStrategy[Object]:
    """Every spec a kind's schema allows, rules over several fields aside but that of a channel's one member, and those
    of a model."""
    found = values(schema(plural)["properties"]["spec"])
    return found.map(_of_one_type if plural == "supportchannels" else _of_one_provider)


def _of_one_type(spec: Object) -> Object:
    """With the settings of its type and of no other; a type whose settings are not there is that of a form."""
    kind = spec["type"] if MEMBERS[spec["type"]] in spec else "WebForm"
    others = set(MEMBERS.values()) - {MEMBERS[kind]}
    return {name: value for name, value in spec.items() if name not in others} | {"type": kind}


def _of_one_provider(spec: Object) -> Object:
    """With a model and an embedder that have what their providers and a budget need, and no more."""
    spec = spec | {"model": _of_provider(spec["model"], hosted)}
    if "embedding" in spec:
        spec["embedding"] = _of_provider(spec["embedding"], embedder)
    if "budget" in spec:
        for part, prices in PRICES.items():
            if spec.get(part, {}).get("provider", "Offline") != "Offline":
                spec[part] = {"prices": prices} | spec[part]
    return _of_this_world(spec)


def _of_provider(model: Object, required: Callable[[str], Object]) -> Object:
    return {"provider": "Offline"} if model["provider"] == "Offline" else required(model["provider"]) | model


def _of_this_world(spec: Object) -> Object:
    """With a mode of reply that the model has, sources in one place each, and a time zone and hours that exist."""
    policy = spec.get("policy", {})
    if spec["model"]["provider"] == "Offline":
        policy.pop("replyMode", None)
    if policy.get("replyMode") != "Grounded":
        policy.pop("verifier", None)
    for source in spec.get("knowledge", {}).get("sources", ()):
        if "persistentVolumeClaimRef" not in source:
            source.setdefault("configMapRef", {"name": "docs"})
        elif "configMapRef" in source:
            del source["persistentVolumeClaimRef"]
    if hours := spec["company"].get("businessHours"):
        hours["timeZone"] = "Europe/Berlin"
        for each in hours["hours"]:
            each.update({"from": "09:00", "until": "24:00"} if each["from"] >= each["until"] else {})
    return spec


def hosted(provider: str = "OpenAICompatible", **changes: Any) -> Object:
    """What is required of a hosted model; `changes` replaces members of it."""
    required: Object = {"provider": provider, "apiKeySecretRef": {"name": "model", "key": "api-key"}}
    if provider == "OpenAICompatible":
        required |= {"name": "small-1", "baseURL": "https://models.example/v1"}
    return required | changes


def embedder(provider: str = "OpenAICompatible", **changes: Any) -> Object:
    """What is required of a hosted embedder; `changes` replaces members of it."""
    required: Object = {"provider": provider, "apiKeySecretRef": {"name": "embedder", "key": "api-key"}}
    if provider == "OpenAICompatible":
        required |= {"model": "embed-1", "baseURL": "https://models.example/v1"}
    return required | changes


@st.composite
def employees(draw: st.DrawFn) -> tuple[DigitalFTE, References]:
    """A stored DigitalFTE that passes every rule, with everything it refers to."""
    raw = raw_fte(draw(LABELS), **draw(specs("digitalftes")))
    raw["metadata"]["namespace"] = draw(LABELS)
    for part in ("api", "worker"):
        bounds = raw["spec"].get(part, {}).get("autoscaling", {})
        raw["spec"].get(part, {}).pop("resources", None)  # the rule over them is tested with the API server
        if bounds:
            bounds["minReplicas"], bounds["maxReplicas"] = sorted(
                (bounds.get("minReplicas", 1), bounds.get("maxReplicas", 30))
            )
    if "partitions" in raw["spec"]["kafka"]:
        raw["spec"]["kafka"]["partitions"] = 1000
    _agree(raw["spec"]["kafka"])
    employee = parse_digital_fte(raw, strict=True)
    return employee, References(
        image=IMAGE,
        channels=tuple(
            draw(st.sampled_from((channel, whatsapp, gmail, pushed)))(each.channel_ref)
            for each in employee.spec.channels
        ),
        digests={name: f"digest of {name}" for name in DIGESTS},
        knowledge={source.name: source_digest(draw(FILES)) for source in employee.spec.knowledge.sources},
    )


def pushed(name: str = "mail") -> SupportChannel:
    """A mailbox with pushes."""
    return gmail(name, pubSub=pub_sub())


def _agree(kafka: Object) -> None:
    """Make an authentication that has what its type needs, and no more."""
    how = kafka.get("authentication")
    if how is None:
        return
    members = {"TLS": {"certificateAndKeySecretRef": {"name": "user", "certificate": "user.crt", "key": "user.key"}}}
    by_password = {"username": "shop", "passwordSecretRef": {"name": "user", "key": "password"}}
    members |= dict.fromkeys(("ScramSha512", "ScramSha256", "Plain"), by_password)
    asked = members.get(how["type"], {})
    kafka["authentication"] = {"type": how["type"]} | {name: how.get(name, value) for name, value in asked.items()}
    if how["type"] in ("Plain", "TLS"):
        kafka.setdefault("tls", {})


def _resource(kind: str, name: str, spec: Object) -> Object:
    metadata = {"name": name, "namespace": "team", "uid": "11111111-2222-3333-4444-555555555555", "generation": 1}
    return {"apiVersion": "digitalfte.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def _objects(part: Object) -> st.SearchStrategy[Object]:
    if "additionalProperties" in part:
        return st.dictionaries(LABELS, values(part["additionalProperties"]), max_size=min(3, part["maxProperties"]))
    required = part.get("required", ())
    members = {name: values(member) for name, member in part["properties"].items()}
    return st.fixed_dictionaries(
        {name: member for name, member in members.items() if name in required},
        optional={name: member for name, member in members.items() if name not in required},
    )


def _strings(part: Object) -> st.SearchStrategy[str]:
    least, most = part.get("minLength", 0), part["maxLength"]
    if "pattern" in part:
        pattern = part["pattern"].removeprefix("^").removesuffix("$")
        return st.from_regex(rf"\A(?:{pattern})\Z", alphabet=st.characters(codec="ascii")).filter(
            lambda text: len(text) <= most
        )
    return st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=least, max_size=min(most, 40))
