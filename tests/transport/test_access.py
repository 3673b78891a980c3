"""What clients are made with, and that nothing of it is told."""

import json
import ssl
from dataclasses import asdict, replace
from typing import Any

import pytest
from certificates import Authority
from cryptography.hazmat.primitives import serialization

from fte_transport import tls
from fte_transport.access import KafkaAccess
from fte_transport.errors import AccessRefused

CA = Authority("test")
CERTIFICATE, KEY = CA.issue("courier")
ENCRYPTED = (
    serialization.load_pem_private_key(KEY.encode(), None)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )
    .decode()
)
PASSWORD = "canary-password"
SCRAM = KafkaAccess(
    "a:1,b:2", tls=True, ca=CA.certificate, authentication="ScramSha512", username="shop", password=PASSWORD
)


@pytest.mark.parametrize(
    ("access", "protocol", "mechanism"),
    [
        (KafkaAccess("a:1"), "PLAINTEXT", None),
        (KafkaAccess("a:1", tls=True), "SSL", None),
        (KafkaAccess("a:1", tls=True, authentication="TLS", certificate=CERTIFICATE, key=KEY), "SSL", None),
        (SCRAM, "SASL_SSL", "SCRAM-SHA-512"),
        (replace(SCRAM, authentication="ScramSha256"), "SASL_SSL", "SCRAM-SHA-256"),
        (replace(SCRAM, authentication="Plain"), "SASL_SSL", "PLAIN"),
        (replace(SCRAM, tls=False), "SASL_PLAINTEXT", "SCRAM-SHA-512"),
    ],
)
def test_a_client_is_made_with_its_protocol(access: KafkaAccess, protocol: str, mechanism: str | None) -> None:
    made = access.client_arguments()
    assert (made["bootstrap_servers"], made["security_protocol"]) == (access.bootstrap_servers, protocol)
    assert made.get("sasl_mechanism") == mechanism
    assert made.get("sasl_plain_password") == (PASSWORD if mechanism else None)
    assert ("ssl_context" in made) == access.tls


@pytest.mark.parametrize("ca", [CA.certificate, None])
def test_certificates_and_names_are_always_checked(ca: str | None) -> None:
    made = tls.context(ca, source="x")
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_private_ca_is_trusted_alone() -> None:
    trusted = tls.context(CA.certificate, source="x").get_ca_certs()
    assert [dict(pair[0] for pair in each["subject"])["commonName"] for each in trusted] == ["test"]


def test_an_access_survives_the_way_to_another_process() -> None:
    assert KafkaAccess(**json.loads(json.dumps(asdict(SCRAM)))) == SCRAM


def test_another_password_is_another_access() -> None:
    assert len({SCRAM, replace(SCRAM), replace(SCRAM, password="other")}) == 2


def test_nothing_secret_is_shown() -> None:
    shown = repr(replace(SCRAM, certificate=CERTIFICATE, key=KEY))
    assert PASSWORD not in shown and "BEGIN" not in shown


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ca": "canary"}, "kafka.tls.caSecretRef holds no certificates in PEM"),
        ({"ca": ""}, "kafka.tls.caSecretRef holds no certificates in PEM"),
        ({"certificate": "canary", "key": KEY}, "certificateAndKeySecretRef"),
        ({"certificate": CERTIFICATE, "key": "canary"}, "certificateAndKeySecretRef"),
        ({"certificate": CERTIFICATE, "key": CA.issue("other")[1]}, "certificateAndKeySecretRef"),
        ({"certificate": CERTIFICATE, "key": ENCRYPTED}, "not encrypted"),
    ],
)
def test_what_is_no_certificate_is_named_and_not_shown(given: dict[str, Any], says: str) -> None:
    with pytest.raises(AccessRefused, match=says) as refused:
        replace(SCRAM, **given).client_arguments()
    assert refused.value.reason == "TLSFailed"
    assert "canary" not in str(refused.value) and refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("code", "says"),
    [(9, "not valid yet"), (10, "has expired"), (19, "no trusted CA"), (64, "another address"), (23, "said so")],
)
def test_every_fault_of_a_certificate_has_its_words(code: int, says: str) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "said so"
    refused = tls.refusal(error, "database.caSecretRef")
    assert refused is not None and says in str(refused)


def test_what_is_no_handshake_is_not_called_one() -> None:
    assert tls.refusal(ConnectionRefusedError(111, "refused"), "x") is None
