"""TLS of a client: whom it trusts, who it is, and what a failed handshake means.

Certificates and host names are always checked; there is no switch for that.
"""

import os
import ssl

from fte_transport.errors import TLS_FAILED, AccessRefused

NOT_SPOKEN = "does not speak TLS"
DISAGREES = "does not agree on TLS with us"
_NONE_HERE = f"{NOT_SPOKEN} at this port"
_UNUSABLE = "has a TLS setting that cannot be used"
_UNVERIFIED = "presents a certificate that cannot be verified"
_REFUSES_OURS = "refuses our certificate or wants one"
_SIGNER = "presents a certificate that no trusted CA signed"
# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_CERTIFICATE = {
    2: _SIGNER,
    7: _SIGNER,
    9: "presents a certificate that is not valid yet",
    10: "presents a certificate that has expired",
    18: _SIGNER,
    19: _SIGNER,
    20: _SIGNER,
    21: _SIGNER,
    62: "presents a certificate for another host name",
    64: "presents a certificate for another address",
}
_REMEDY = {
    _SIGNER: "{ca} must hold the CA that signed it",
    _CERTIFICATE[9]: "check the clocks and the certificate",
    _CERTIFICATE[10]: "have it renewed",
    _CERTIFICATE[62]: "use a name that is in the certificate, or have it issued for this one",
    _CERTIFICATE[64]: "use a name that is in the certificate, or have it issued for this address",
}
SENTENCES = frozenset(
    {NOT_SPOKEN, DISAGREES, _NONE_HERE, _UNUSABLE, _UNVERIFIED, _REFUSES_OURS, *_CERTIFICATE.values()}
)
"""All that anybody may read of a refusal: how `AccessRefused.public` is known for one of TLS."""
_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_EOF_WHILE_READING"}


def context(ca: str | None, *, source: str, certificate: str | None = None, key: str | None = None) -> ssl.SSLContext:
    """A client's context that trusts `ca` (PEM, one or more certificates) alone; None means the system's CAs.

    `certificate` (PEM, the chain) and its `key` (PEM, not encrypted) are who the client is. `source` names where `ca`
    comes from.

    Raises:
        AccessRefused: what was given cannot be used; the message never holds it.
    """
    try:
        if ca is not None and not ca.strip():  # which would mean the system's
            raise ValueError("empty")
        made = ssl.create_default_context(cadata=ca)
    except (ssl.SSLError, ValueError):
        raise unusable(f"{source} holds no certificates in PEM: set it to the CA that signed the server's") from None
    if certificate is not None:
        _identify(made, certificate, key or "")
    return made


def unusable(what: str) -> AccessRefused:
    """What was configured cannot be used."""
    return AccessRefused(TLS_FAILED, what, _UNUSABLE)


def no_tls() -> AccessRefused:
    """Something else than TLS is spoken where we dialled."""
    return AccessRefused(TLS_FAILED, f"{_NONE_HERE}; name the port that does", _NONE_HERE)


def refusal(error: BaseException, source: str) -> AccessRefused | None:
    """What a failed handshake means, as the other side's doing; None if `error` was none. `source` as in `context`."""
    if not isinstance(error, ssl.SSLError):
        return None
    if isinstance(error, ssl.SSLCertVerificationError):
        said = _CERTIFICATE.get(error.verify_code, _UNVERIFIED)
        remedy = _REMEDY.get(said, error.verify_message).format(ca=source)
        return AccessRefused(TLS_FAILED, f"{said}; {remedy}", said)
    reason = error.reason or ""
    if "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        return AccessRefused(TLS_FAILED, f"{_REFUSES_OURS} ({reason}); give one that it trusts", _REFUSES_OURS)
    if reason in _NO_TLS:
        return no_tls()
    return AccessRefused(TLS_FAILED, f"{DISAGREES} ({reason or type(error).__name__})", DISAGREES)


def _identify(made: ssl.SSLContext, certificate: str, key: str) -> None:
    """`load_cert_chain` reads files only; this one is in memory, so a key touches no disk."""
    file = os.memfd_create("fte-identity")
    try:
        os.write(file, f"{certificate.rstrip()}\n{key}".encode())
        made.load_cert_chain(f"/proc/self/fd/{file}", password="")  # without one it would ask on the terminal
    except (ssl.SSLError, ValueError):
        what = "the client certificate is no chain in PEM with its own key, not encrypted"
        raise unusable(f"{what}: check kafka.authentication.certificateAndKeySecretRef") from None
    finally:
        os.close(file)
