"""RSA keys, made when first asked for: what Google signs push tokens with, and what service accounts sign with.

Signed and read by PyJWT on purpose: what the product and Google's own library accept is judged by neither.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Key:
    """A private key and the name that its owner publishes it under."""

    kid: str
    private: rsa.RSAPrivateKey

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A JWT by RS256; ``header`` goes beside ``typ`` and ``alg``, and ``kid`` there stands in place of ours."""
        told = {"typ": "JWT", "kid": self.kid} | header
        return jwt.api_jws.encode(json.dumps(claims).encode(), self.private, algorithm="RS256", headers=told)

    def read(self, token: str, audiences: list[str]) -> dict[str, Any]:
        """The claims of a JWT that this key signed for one of ``audiences``; raises `jwt.InvalidTokenError`."""
        return jwt.decode(token, self.private.public_key(), algorithms=["RS256"], audience=audiences)

    @property
    def pem(self) -> str:
        """The private key, as in the JSON file of a service account."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def certificate(self) -> str:
        """A certificate signed with the key itself, as ``/oauth2/v1/certs`` publishes one."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.example")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.private.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - DAY).not_valid_after(now + DAY)
        return builder.sign(self.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as a member of ``/oauth2/v3/certs`` (RFC 7517)."""
        public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {name: public[name] for name in ("kty", "n", "e")} | {"kid": self.kid, "use": "sig", "alg": "RS256"}


@cache
def key(name: str) -> Key:
    """The key of that name: one for this process, and another in the next."""
    kid = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return Key(kid, rsa.generate_private_key(public_exponent=65537, key_size=2048))
