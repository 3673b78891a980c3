"""Every rule of the CRDs on a real API server: one object it accepts, one it refuses, in which words.

The operator holds the same rules, because a stored object may be older than a rule; only rules about a change
are the server's alone.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from conftest import ControlPlane
from custom_resources import (
    PRICES,
    Object,
    embedder,
    gmail_settings,
    hosted,
    pub_sub,
    raw_channel,
    raw_fte,
    schema,
    twilio,
)

from fte_operator.api.v1alpha1 import parse_digital_fte, parse_support_channel
from fte_operator.errors import InvalidSpec

KAFKA = {"bootstrapServers": "kafka:9092"}
ONE = {"minReplicas": 1, "maxReplicas": 2}
URL = {"name": "db", "key": "url"}
PASSWORD = {"username": "shop", "passwordSecretRef": {"name": "user", "key": "password"}}
PAIR = {"certificateAndKeySecretRef": {"name": "user", "certificate": "user.crt", "key": "user.key"}}
BY_PASSWORD = "username and passwordSecretRef must be set with ScramSha512, ScramSha256 and Plain"
BY_CERTIFICATE = "certificateAndKeySecretRef must be set with type TLS"
IN_THE_CLEAR = "kafka.authentication of type Plain or TLS needs kafka.tls"
KNOWLEDGE = {"name": "docs", "configMapRef": {"name": "docs"}}
ON_VOLUME = {"name": "manual", "persistentVolumeClaimRef": {"name": "documents"}}
ONE_PLACE = "a source must have configMapRef or persistentVolumeClaimRef, and not both"


@dataclass(frozen=True)
class Rule:
    """`refused` breaks the rule, `accepted` is the nearest object that does not; both change `before`, if given.

    `at` is the field that the refusal names.
    """

    says: str
    refused: Object
    accepted: Object
    before: Object = field(default_factory=dict)
    at: str = ""

    @property
    def is_transition(self) -> bool:
        return bool(self.before)


def on_volume(**changes: Any) -> Object:
    claim = {"name": "documents"} | changes
    return {"knowledge": {"sources": [{"name": "manual", "persistentVolumeClaimRef": claim}]}}


def resources(requests: Object, limits: Object) -> Object:
    return {"api": {"resources": {"requests": requests, "limits": limits}}}


def log_in(how: str, *, tls: bool = True, **members: Any) -> Object:
    return {"kafka": KAFKA | ({"tls": {}} if tls else {}) | {"authentication": {"type": how} | members}}


def whatsapp(**settings: Any) -> Object:
    return {"type": "TwilioWhatsApp", "twilioWhatsApp": twilio(**settings)}


def reopen(sid: str = "HX" + "0" * 32, **template: Any) -> Object:
    return whatsapp(templates={"reopen": {"contentSid": sid} | template})


def gmail(**settings: Any) -> Object:
    return {"type": "Gmail", "gmail": gmail_settings(**settings)}


def pushed(**members: Any) -> Object:
    return gmail(pubSub=pub_sub(**members))


def without(member: str, settings: Object) -> Object:
    return {name: value for name, value in settings.items() if name != member}


def egress(cidr: str) -> Object:
    return {"extraEgress": [{"port": 9093}, {"port": 9093, "cidr": cidr}]}


EMAIL = "must be an e-mail address such as help@example.com"
ADDRESS = "must be an http or https address without user, query and fragment"
LABEL = "must be lower-case letters, digits and '-', starting with a letter"
OBJECT = "must be the name of an object of Kubernetes"
KEY = "must be a key of a Secret: letters, digits, '-', '_' and '.'"
BROKERS = "must be HOST:PORT, several with commas and no spaces between"
CIDR = "must be a block of addresses such as 10.20.0.0/16 or fd00:20::/32"
CLOUD = "extraEgress.cidr must not be a cloud's metadata address or link-local"
MODEL_ADDRESS = "must be an http or https address of a host's name, without user, query and fragment"
NAMED = "model.name and model.baseURL must be set with provider OpenAICompatible"
WHATSAPP = whatsapp()
MAILBOX = gmail()
GMAIL = "gmail must be set with type Gmail and with no other"
MAIL_ADDRESS = "must be an e-mail address in lower case such as support@example.com"
TWILIO = "twilioWhatsApp must be set with type TwilioWhatsApp and with no other"
PRICED = {"prices": PRICES["model"]}
GROUNDED = {"model": hosted(), "policy": {"replyMode": "Grounded"}}


def embedding(provider: str = "OpenAI", **changes: Any) -> Object:
    return {"embedding": embedder(provider, **changes)}


def open_at(**changes: Any) -> Object:
    hours = {"days": ["Monday"], "from": "09:00", "until": "17:30"} | changes
    zone = hours.pop("timeZone", "Europe/Berlin")
    return {"company": {"name": "Northwind", "businessHours": {"timeZone": zone, "hours": [hours]}}}


FTE_RULES = {
    "grounded-offline": Rule(
        "policy.replyMode must not be Grounded with model.provider Offline", {"policy": GROUNDED["policy"]}, GROUNDED
    ),
    "verifier-of-what-is-copied": Rule(
        "policy.verifier must be set with replyMode Grounded alone",
        {"model": hosted(), "policy": {"verifier": {"name": "small-2"}}},
        GROUNDED | {"policy": {"replyMode": "Grounded", "verifier": {"name": "small-2"}}},
    ),
    "verifier-name": Rule(
        "must be printable ASCII without spaces",
        GROUNDED | {"policy": {"replyMode": "Grounded", "verifier": {"name": "small 2"}}},
        GROUNDED | {"policy": {"replyMode": "Grounded", "verifier": {"name": "small-2", **PRICED}}},
        at="spec.policy.verifier.name",
    ),
    "priceless-model": Rule(
        "model.prices must be set with a budget",
        {"model": hosted(), "budget": {}},
        {"model": hosted(**PRICED), "budget": {"dailyUSD": 5}},
    ),
    "priceless-embedding": Rule(
        "embedding.prices must be set with a budget",
        embedding() | {"budget": {}},
        embedding(prices=PRICES["embedding"]) | {"budget": {}},
    ),
    "offline-prices": Rule("model with provider Offline must not", {"model": {"provider": "Offline"} | PRICED}, {}),
    "nothing-to-spend": Rule("spec.budget.yearlyUSD", {"budget": {"yearlyUSD": 0}}, {"budget": {"yearlyUSD": 1}}),
    "offline-vectors": Rule(
        "embedding with provider Offline must not have other fields",
        {"embedding": {"provider": "Offline", "dimensions": 384}},
        {"embedding": {"provider": "Offline"}},
    ),
    "embedding-key": Rule("embedding.apiKeySecretRef must be set", {"embedding": {"provider": "OpenAI"}}, embedding()),
    "embedding-named": Rule(
        "embedding.model and embedding.baseURL must be set",
        {"embedding": embedder("OpenAI") | {"provider": "OpenAICompatible"}},
        embedding("OpenAICompatible"),
    ),
    "embedding-name": Rule(
        "must be printable ASCII without spaces",
        embedding(model="embed 1"),
        embedding(model="embed-1"),
        at="spec.embedding.model",
    ),
    "source-of-two": Rule(
        ONE_PLACE,
        {"knowledge": {"sources": [KNOWLEDGE | {"persistentVolumeClaimRef": {"name": "documents"}}]}},
        {"knowledge": {"sources": [KNOWLEDGE, ON_VOLUME]}},
    ),
    "source-of-none": Rule(
        ONE_PLACE, {"knowledge": {"sources": [{"name": "docs"}]}}, {"knowledge": {"sources": [ON_VOLUME]}}
    ),
    "volume-path": Rule(
        "must be a folder below the volume's root",
        on_volume(path="../other"),
        on_volume(path="public/en.v1"),
        at="persistentVolumeClaimRef.path",
    ),
    "volume-version": Rule(
        "must be of letters, digits, '-', '_' and '.'",
        on_volume(version="two words"),
        on_volume(version="2026-11-30"),
        at="persistentVolumeClaimRef.version",
    ),
    "embedding-address": Rule(
        MODEL_ADDRESS,
        embedding(baseURL="models.example"),
        embedding(baseURL="https://models.example/v1"),
        at="spec.embedding.baseURL",
    ),
    "dimensions": Rule("spec.embedding.dimensions", embedding(dimensions=4001), embedding(dimensions=4000)),
    "dimensions-changed": Rule(
        "embedding.dimensions cannot be changed",
        embedding(dimensions=3072),
        embedding(model="text-embedding-3-large", dimensions=1536),
        before=embedding(),
    ),
    "no-hours": Rule("spec.company.businessHours.hours", open_at(days=[]), open_at(days=["Friday", "Saturday"])),
    "night": Rule("hours.from must be before hours.until", open_at(**{"from": "22:00", "until": "06:00"}), open_at()),
    "time": Rule(
        "must be a time of the day such as 09:00",
        open_at(**{"from": "9:00"}),
        open_at(until="24:00"),
        at="spec.company.businessHours.hours",
    ),
    "zone": Rule("must be a time zone such as", open_at(timeZone="../etc"), open_at(timeZone="America/New_York")),
    "name-length": Rule("metadata.name must be at most 40 characters", {"name": "a" * 41}, {"name": "a" * 40}),
    "name-shape": Rule("metadata.name must be a DNS-1035 label", {"name": "9lives"}, {"name": "lives-9"}),
    "hops": Rule("spec.api.trustedProxyHops", {"api": {"trustedProxyHops": 9}}, {"api": {"trustedProxyHops": 0}}),
    "bounds": Rule(
        "autoscaling.minReplicas must not exceed autoscaling.maxReplicas",
        {"api": {"autoscaling": {"minReplicas": 3, "maxReplicas": 2}}},
        {"api": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}}},
    ),
    "worker-bounds": Rule(
        "autoscaling.minReplicas must not exceed autoscaling.maxReplicas",
        {"worker": {"autoscaling": {"maxReplicas": 2}}},
        {"worker": {"autoscaling": {"maxReplicas": 3}}},
    ),
    "idle-workers": Rule(
        "worker.autoscaling.maxReplicas must not exceed kafka.partitions",
        {"kafka": KAFKA | {"partitions": 29}},
        {"kafka": KAFKA | {"partitions": 30}},
    ),
    "cpu": Rule(
        "requests.cpu must not exceed limits.cpu",
        resources({"cpu": "1.001"}, {"cpu": 1}),
        resources({"cpu": "1000m"}, {"cpu": 1}),
    ),
    "cpu-unlimited": Rule(
        "requests.cpu must not exceed limits.cpu",
        resources({"cpu": 4}, {"cpu": 1, "memory": "1Gi"}),
        resources({"cpu": 4}, {"memory": "1Gi"}),
    ),
    "memory": Rule(
        "requests.memory must not exceed limits.memory",
        resources({"memory": "1025Mi"}, {}),
        resources({"memory": "1024Mi"}, {}),
    ),
    "prefix-added": Rule(
        "kafka.topicPrefix cannot be changed, added or removed",
        {"kafka": KAFKA | {"topicPrefix": "new"}},
        {"kafka": KAFKA | {"partitions": 100}},
        before={"kafka": KAFKA},
    ),
    "prefix-changed": Rule(
        "kafka.topicPrefix cannot be changed, added or removed",
        {"kafka": KAFKA | {"topicPrefix": "new"}},
        {"kafka": {"bootstrapServers": "other:9092", "topicPrefix": "old"}},
        before={"kafka": KAFKA | {"topicPrefix": "old"}},
    ),
    "prefix-removed": Rule(
        "kafka.topicPrefix cannot be changed, added or removed",
        {"kafka": KAFKA},
        {"kafka": KAFKA | {"topicPrefix": "old"}},
        before={"kafka": KAFKA | {"topicPrefix": "old"}},
    ),
    "partitions-shrink": Rule(
        "kafka.partitions can only grow",
        {"kafka": KAFKA | {"partitions": 39}},
        {"kafka": KAFKA | {"partitions": 41}},
        before={"kafka": KAFKA | {"partitions": 40}},
    ),
    "partitions-removed": Rule(
        "kafka.partitions can only grow",
        {"kafka": KAFKA},
        {"kafka": KAFKA | {"partitions": 40}},
        before={"kafka": KAFKA | {"partitions": 40}},
    ),
    "secret-elsewhere": Rule(
        OBJECT,
        log_in("Plain", username="u", passwordSecretRef={"name": "../../victim/secrets/crown", "key": "password"}),
        log_in("Plain", username="u", passwordSecretRef={"name": "crown.example", "key": "password"}),
        at="spec.kafka.authentication.passwordSecretRef.name",
    ),
    "provider": Rule("spec.model.provider", {"model": {"provider": "Nobody"}}, {"model": {"provider": "Offline"}}),
    "model-name": Rule(
        "must be printable ASCII without spaces",
        {"model": hosted(name="small 1")},
        {"model": hosted(name="org/small-1:free")},
        at="spec.model.name",
    ),
    "model-url": Rule(
        MODEL_ADDRESS, {"model": hosted(baseURL="models.example/v1")}, {"model": hosted()}, at="spec.model.baseURL"
    ),
    "model-url-bracket": Rule(
        MODEL_ADDRESS,
        {"model": hosted(baseURL="http://[.7]/v1")},
        {"model": hosted(baseURL="http://10.0.0.7:8080/v1")},
        at="spec.model.baseURL",
    ),
    "model-key": Rule(
        "model.apiKeySecretRef must be set with provider OpenAI and OpenAICompatible",
        {"model": {"provider": "OpenAI"}},
        {"model": hosted("OpenAI")},
    ),
    "model-key-compatible": Rule(
        "model.apiKeySecretRef must be set with provider OpenAI and OpenAICompatible",
        {"model": without("apiKeySecretRef", hosted())},
        {"model": hosted()},
    ),
    "model-without-name": Rule(NAMED, {"model": without("name", hosted())}, {"model": hosted()}),
    "model-without-url": Rule(NAMED, {"model": without("baseURL", hosted())}, {"model": hosted()}),
    "model-api": Rule("spec.model.api", {"model": hosted(api="Assistants")}, {"model": hosted(api="Responses")}),
    "model-timeout": Rule(
        "spec.model.requestTimeoutSeconds",
        {"model": hosted(requestTimeoutSeconds=46)},
        {"model": hosted(requestTimeoutSeconds=45)},
    ),
    "model-tokens": Rule(
        "spec.model.maxOutputTokens", {"model": hosted(maxOutputTokens=255)}, {"model": hosted(maxOutputTokens=256)}
    ),
    "model-preload": Rule(
        "spec.model.capabilities.preload",
        {"model": hosted(capabilities={"preload": "None"})},
        {"model": hosted(capabilities={})},
    ),
    **{
        f"offline-{name}": Rule(
            "model with provider Offline must not have other fields",
            {"model": {"provider": "Offline", name: value}},
            {"model": {"provider": "Offline"}},
        )
        for name, value in (
            hosted(api="Responses", requestTimeoutSeconds=5, maxOutputTokens=256, capabilities={}).items()
        )
        if name != "provider"
    },
    "source-twice": Rule(
        "spec.knowledge.sources",
        {"knowledge": {"sources": [KNOWLEDGE, KNOWLEDGE]}},
        {"knowledge": {"sources": [KNOWLEDGE, KNOWLEDGE | {"name": "more"}]}},
    ),
    "channel-twice": Rule(
        "spec.channels",
        {"channels": [{"channelRef": "a"}, {"channelRef": "a"}]},
        {"channels": [{"channelRef": "a"}, {"channelRef": "b"}]},
    ),
    "bootstrap": Rule(
        BROKERS,
        {"kafka": {"bootstrapServers": "kafka"}},
        {"kafka": {"bootstrapServers": "a:1,b:2"}},
        at="spec.kafka.bootstrapServers",
    ),
    "prefix": Rule(
        "must be lower-case letters, digits, '-' and '.', with a letter or digit at both ends",
        {"kafka": KAFKA | {"topicPrefix": "Shop."}},
        {"kafka": KAFKA | {"topicPrefix": "team.shop"}},
        at="spec.kafka.topicPrefix",
    ),
    "username": Rule(
        "must be printable ASCII without spaces",
        log_in("ScramSha512", **PASSWORD | {"username": "the shop"}),
        log_in("ScramSha512", **PASSWORD | {"username": "CN=shop"}),
        at="spec.kafka.authentication.username",
    ),
    "support-email": Rule(
        EMAIL,
        {"company": {"name": "N", "supportEmail": "help at example.com"}},
        {"company": {"name": "N", "supportEmail": "help@example.com"}},
        at="spec.company.supportEmail",
    ),
    "website": Rule(
        ADDRESS,
        {"company": {"name": "N", "website": "www.example.com"}},
        {"company": {"name": "N", "website": "http://www.example.com"}},
        at="spec.company.website",
    ),
    "source-name": Rule(
        LABEL,
        {"knowledge": {"sources": [KNOWLEDGE | {"name": "Hand book"}]}},
        {"knowledge": {"sources": [KNOWLEDGE | {"name": "hand-book"}]}},
        at="spec.knowledge.sources",
    ),
    "secret-key": Rule(
        KEY,
        {"database": {"urlSecretRef": URL | {"key": "a key"}}},
        {"database": {"urlSecretRef": URL | {"key": "a.key"}}},
        at="spec.database.urlSecretRef.key",
    ),
    "password-missing": Rule(BY_PASSWORD, log_in("ScramSha512"), log_in("ScramSha512", **PASSWORD)),
    "username-missing": Rule(
        BY_PASSWORD,
        log_in("ScramSha256", passwordSecretRef=PASSWORD["passwordSecretRef"]),
        log_in("ScramSha256", **PASSWORD),
    ),
    "password-of-another-type": Rule(BY_PASSWORD, log_in("TLS", **PASSWORD, **PAIR), log_in("TLS", **PAIR)),
    "user-without-type": Rule(BY_PASSWORD, log_in("None", username="shop"), log_in("None")),
    "certificate-missing": Rule(BY_CERTIFICATE, log_in("TLS"), log_in("TLS", **PAIR)),
    "certificate-of-another-type": Rule(
        BY_CERTIFICATE, log_in("Plain", **PASSWORD, **PAIR), log_in("Plain", **PASSWORD)
    ),
    "plain-in-the-clear": Rule(IN_THE_CLEAR, log_in("Plain", tls=False, **PASSWORD), log_in("Plain", **PASSWORD)),
    "certificate-in-the-clear": Rule(IN_THE_CLEAR, log_in("TLS", tls=False, **PAIR), log_in("TLS", **PAIR)),
    "log-in": Rule("spec.kafka.authentication.type", log_in("Kerberos"), log_in("ScramSha512", tls=False, **PASSWORD)),
    "ca-key": Rule(
        "spec.kafka.tls.caSecretRef.key",
        {"kafka": KAFKA | {"tls": {"caSecretRef": {"name": "ca"}}}},
        {"kafka": KAFKA | {"tls": {}}},
    ),
    "database-ca": Rule(
        "spec.database.caSecretRef.name",
        {"database": {"urlSecretRef": URL, "caSecretRef": {"name": "", "key": "ca.crt"}}},
        {"database": {"urlSecretRef": URL, "caSecretRef": {"name": "ca", "key": "ca.crt"}}},
    ),
    "public-url-port": Rule(
        ADDRESS,
        {"api": {"publicURL": "https://support.example:https"}},
        {"api": {"publicURL": "https://support.example:8443/desk"}},
        at="spec.api.publicURL",
    ),
    "public-url-bracket": Rule(
        ADDRESS, {"api": {"publicURL": "https://[::1"}}, {"api": {"publicURL": "https://[::1]:443"}}, at="spec.api"
    ),
    "quantity": Rule(
        "must be a quantity such as 250m, 0.5 or 512Mi",
        resources({}, {"cpu": "2 cores"}),
        resources({}, {"cpu": "2"}),
        at="spec.api.resources.limits.cpu",
    ),
    "network-policy": Rule("spec.networkPolicy", {"networkPolicy": "Off"}, {"networkPolicy": "None"}),
    "egress-cidr": Rule(CIDR, egress("10.20.0.0/33"), egress("10.20.0.0/32"), at="spec.extraEgress"),
    "egress-address": Rule(CIDR, egress("broker.example"), egress("fd00:20::/32"), at="spec.extraEgress"),
    "egress-cloud": Rule(CLOUD, egress("169.254.169.254/32"), egress("169.255.0.0/16")),
    "egress-cloud-azure": Rule(CLOUD, egress("168.63.129.16/32"), egress("168.63.129.0/24")),
    "egress-link-local": Rule(CLOUD, egress("fe80::/10"), egress("fec0::/10")),
    "egress-cloud-ipv6": Rule(CLOUD, egress("fd00:ec2::/32"), egress("fd00:ec3::/32")),
    "required": Rule("spec.company.name", {"company": {}}, {"company": {"name": "N"}}),
}
CHANNEL_RULES = {
    "name-length": Rule("metadata.name must be at most 40 characters", {"name": "a" * 41}, {"name": "a" * 40}),
    "name-shape": Rule("metadata.name must be a DNS-1035 label", {"name": "a.b"}, {"name": "a-b"}),
    "type": Rule("spec.type", {"type": "Fax"}, {"type": "WebForm"}),
    "rate": Rule(
        "spec.webForm.rateLimitPerMinute",
        {"webForm": {"rateLimitPerMinute": 0}},
        {"webForm": {"rateLimitPerMinute": 1}},
    ),
    "origin": Rule(
        "must be an origin such as https://www.example.com",
        {"webForm": {"allowedOrigins": ["https://www.example.org/support"]}},
        {"webForm": {"allowedOrigins": ["https://www.example.org", "http://localhost:3000"]}},
        at="spec.webForm.allowedOrigins",
    ),
    "run-state": Rule("spec.runState", {"runState": "Stopped"}, {"runState": "Paused"}),
    "mailbox-settings-missing": Rule(GMAIL, {"type": "Gmail"}, MAILBOX),
    "mailbox-settings-of-another-type": Rule(GMAIL, WHATSAPP | {"gmail": gmail_settings()}, WHATSAPP),
    "mailbox-changed": Rule(
        "gmail.mailbox cannot be changed",
        gmail(mailbox="help@northwind.example"),
        gmail(aliases=["help@northwind.example"]),
        before=MAILBOX,
    ),
    "mailbox": Rule(
        MAIL_ADDRESS,
        gmail(mailbox="Support@northwind.example"),
        gmail(mailbox="o'neil+vip_1@mail.northwind.co.example"),
        at="spec.gmail.mailbox",
    ),
    "mailbox-with-a-name": Rule(
        MAIL_ADDRESS,
        gmail(mailbox="Northwind <support@northwind.example>"),
        gmail(mailbox="support@northwind.example"),
        at="spec.gmail.mailbox",
    ),
    "alias": Rule(
        MAIL_ADDRESS,
        gmail(aliases=["help@northwind.example", "help@localhost"]),
        gmail(aliases=["help@northwind.example", "help@local.example"]),
        at="spec.gmail.aliases",
    ),
    "alias-twice": Rule(
        "spec.gmail.aliases",
        gmail(aliases=["help@northwind.example", "help@northwind.example"]),
        gmail(aliases=["help@northwind.example", "hilfe@northwind.example"]),
    ),
    "alias-that-is-the-mailbox": Rule(
        "gmail.aliases must not have the mailbox",
        gmail(aliases=["help@northwind.example", "support@northwind.example"]),
        gmail(aliases=["help@northwind.example"]),
    ),
    "no-label": Rule("spec.gmail.labelIds", gmail(labelIds=[]), gmail(labelIds=["Label_1"])),
    "label": Rule(
        "must be a label's id such as INBOX or Label_12",
        gmail(labelIds=["To do"]),
        gmail(labelIds=["INBOX", "Label_12"]),
        at="spec.gmail.labelIds",
    ),
    "label-twice": Rule(
        "spec.gmail.labelIds", gmail(labelIds=["INBOX", "INBOX"]), gmail(labelIds=["INBOX", "Label_12"])
    ),
    "credentials-missing": Rule(
        "spec.gmail.credentialsSecretRef",
        {"type": "Gmail", "gmail": without("credentialsSecretRef", gmail_settings())},
        MAILBOX,
    ),
    "credentials-key": Rule(
        KEY,
        gmail(credentialsSecretRef={"name": "gmail", "key": "a key"}),
        gmail(credentialsSecretRef={"name": "gmail", "key": "credentials.json"}),
        at="spec.gmail.credentialsSecretRef.key",
    ),
    "credentials-elsewhere": Rule(
        OBJECT,
        gmail(credentialsSecretRef={"name": "../../victim/secrets/crown", "key": "key"}),
        gmail(credentialsSecretRef={"name": "crown.example", "key": "key"}),
        at="spec.gmail.credentialsSecretRef.name",
    ),
    "topic": Rule(
        "must be a topic's full name such as projects/shop/topics/mail",
        pushed(topic="mail"),
        pushed(topic="projects/example.com:shop/topics/mail%2B1"),
        at="spec.gmail.pubSub.topic",
    ),
    "subscription": Rule(
        "must be a subscription's full name such as projects/shop/subscriptions/mail",
        pushed(subscription="projects/shop/topics/mail"),
        pushed(subscription="projects/shop/subscriptions/mail"),
        at="spec.gmail.pubSub.subscription",
    ),
    "push-account": Rule(
        MAIL_ADDRESS,
        pushed(serviceAccountEmail="push"),
        pushed(serviceAccountEmail="push@shop.iam.gserviceaccount.com"),
        at="spec.gmail.pubSub.serviceAccountEmail",
    ),
    "push-account-missing": Rule(
        "spec.gmail.pubSub.serviceAccountEmail",
        gmail(pubSub=without("serviceAccountEmail", pub_sub())),
        pushed(),
    ),
    "push-audience": Rule(
        "must be printable ASCII without spaces",
        pushed(pushAudience="https://support.example\n"),
        pushed(pushAudience="mail"),
        at="spec.gmail.pubSub.pushAudience",
    ),
    "certs-url": Rule(
        ADDRESS,
        pushed(certsURL="file:///certs"),
        pushed(certsURL="https://proxy.example/certs"),
        at="spec.gmail.pubSub.certsURL",
    ),
    "mailbox-registration": Rule("spec.gmail.registration", gmail(registration="Auto"), gmail(registration="Manual")),
    "gmail-url": Rule(
        ADDRESS,
        gmail(apiURL="gmail.googleapis.com"),
        gmail(apiURL="https://proxy.example/gmail"),
        at="spec.gmail.apiURL",
    ),
    "token-url": Rule(
        ADDRESS,
        gmail(tokenURL="https://user@proxy.example"),
        gmail(tokenURL="https://proxy.example/token"),
        at="spec.gmail.tokenURL",
    ),
    "settings-missing": Rule(TWILIO, {"type": "TwilioWhatsApp"}, WHATSAPP),
    "settings-of-another-type": Rule(TWILIO, {"twilioWhatsApp": twilio()}, {"webForm": {}}),
    "form-of-another-type": Rule(
        "webForm must be set with no type but WebForm", WHATSAPP | {"webForm": {}}, {"webForm": {}}
    ),
    "type-changed": Rule("type cannot be changed", {}, WHATSAPP | {"runState": "Paused"}, before=WHATSAPP),
    "sender-changed": Rule(
        "twilioWhatsApp.sender cannot be changed",
        whatsapp(sender="+4930123456"),
        whatsapp(statusCallback="Disabled"),
        before=WHATSAPP,
    ),
    "sender": Rule(
        "must be a number in E.164 form such as +14155238886",
        whatsapp(sender="004930123456"),
        whatsapp(sender="+4930123456"),
        at="spec.twilioWhatsApp.sender",
    ),
    "token-key": Rule(
        KEY,
        whatsapp(authTokenSecretRef={"name": "twilio", "key": "new", "previousKey": "not a key"}),
        whatsapp(authTokenSecretRef={"name": "twilio", "key": "new", "previousKey": "old"}),
        at="spec.twilioWhatsApp.authTokenSecretRef.previousKey",
    ),
    "account-ref": Rule(
        "spec.twilioWhatsApp.accountSidSecretRef.key",
        whatsapp(accountSidSecretRef={"name": "twilio"}),
        whatsapp(accountSidSecretRef={"name": "twilio", "key": "sid"}),
    ),
    "api-url": Rule(
        ADDRESS,
        whatsapp(apiURL="api.twilio.com"),
        whatsapp(apiURL="https://proxy.example/twilio"),
        at="spec.twilioWhatsApp.apiURL",
    ),
    "api-url-port": Rule(
        ADDRESS,
        whatsapp(apiURL="https://proxy.example:65536"),
        whatsapp(apiURL="https://proxy.example:65535/x"),
        at="spec.twilioWhatsApp.apiURL",
    ),
    "status-callback": Rule(
        "spec.twilioWhatsApp.statusCallback", whatsapp(statusCallback="On"), whatsapp(statusCallback="Enabled")
    ),
    "registration": Rule(
        "spec.twilioWhatsApp.registration", whatsapp(registration="Auto"), whatsapp(registration="Managed")
    ),
    "template": Rule(
        "must be HX and 32 hexadecimal digits",
        reopen("HX12"),
        reopen("HX" + "0" * 32),
        at="spec.twilioWhatsApp.templates.reopen.contentSid",
    ),
    "account-name": Rule(
        OBJECT,
        whatsapp(accountSidSecretRef={"name": "Twilio", "key": "sid"}),
        whatsapp(accountSidSecretRef={"name": "twilio", "key": "sid"}),
        at="spec.twilioWhatsApp.accountSidSecretRef.name",
    ),
    "variable-source": Rule(
        "spec.twilioWhatsApp.templates.reopen.variables.1.source",
        reopen(variables={"1": {"source": "Weather", "default": "fine"}}),
        reopen(variables={"1": {"source": "Subject", "default": "your request"}}),
    ),
    "variable-default": Rule(
        "spec.twilioWhatsApp.templates.reopen.variables.1.default",
        reopen(variables={"1": {"source": "CustomerName"}}),
        reopen(variables={"1": {"default": "there"}}),
    ),
}
KINDS = {
    "digitalftes": (raw_fte, parse_digital_fte, FTE_RULES),
    "supportchannels": (raw_channel, parse_support_channel, CHANNEL_RULES),
}
CASES = [
    pytest.param(plural, rule, id=f"{plural}-{name}") for plural in KINDS for name, rule in KINDS[plural][2].items()
]


def manifest(plural: str, changes: Object, namespace: str = "default") -> Object:
    found: Object = KINDS[plural][0](**changes)
    found["metadata"] = {"name": found["metadata"]["name"], "namespace": namespace}
    found["spec"] = {name: value for name, value in found["spec"].items() if value is not None}
    return found


@pytest.mark.control_plane
@pytest.mark.parametrize(("plural", "rule"), CASES)
def test_the_server_refuses_what_breaks_a_rule_and_says_how_to_mend_it(
    control_plane: ControlPlane, plural: str, rule: Rule
) -> None:
    namespace = f"rules-{uuid4().hex[:8]}"
    control_plane.run("create", "namespace", namespace)
    if rule.is_transition:
        control_plane.run("create", "-f", "-", stdin=json.dumps(manifest(plural, rule.before, namespace)))
    verb = "replace" if rule.is_transition else "create"
    refused, accepted = (json.dumps(manifest(plural, c, namespace)) for c in (rule.refused, rule.accepted))
    answer = control_plane.run(verb, "--dry-run=server", "-f", "-", stdin=refused, check=False)
    assert "is invalid" in answer and rule.says in answer and rule.at in answer
    assert "should match" not in answer, "a pattern tells nobody what to write"
    control_plane.run(verb, "--dry-run=server", "-f", "-", stdin=accepted)


@pytest.mark.parametrize(("plural", "rule"), [case for case in CASES if not case.values[1].is_transition])
def test_the_operator_holds_the_same_rule(plural: str, rule: Rule) -> None:
    parse = KINDS[plural][1]
    parse(manifest(plural, rule.accepted))
    with pytest.raises(InvalidSpec, match=re.escape(rule.says)) as refused:
        parse(manifest(plural, rule.refused))
    assert rule.at in str(refused.value)


def _rules(part: Any) -> list[str]:
    """Messages of every CEL rule in a schema."""
    if isinstance(part, list):
        return [found for item in part for found in _rules(item)]
    if not isinstance(part, dict):
        return []
    own = [rule["message"] for rule in part.get("x-kubernetes-validations", ())]
    return own + [found for member in part.values() for found in _rules(member)]


@pytest.mark.parametrize("plural", KINDS)
def test_every_rule_of_the_schema_has_a_case(plural: str) -> None:
    known = [rule.says for rule in KINDS[plural][2].values()]
    assert [message for message in _rules(schema(plural)) if not any(message.startswith(says) for says in known)] == []
