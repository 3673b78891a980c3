"""Whether a request comes from Twilio: https://www.twilio.com/docs/usage/webhooks/webhooks-security.

Base64 of the HMAC-SHA1 over the URL that was configured at Twilio and every posted field, names in order. Blank fields
count, and a repeated name counts once for each different value. A JSON body is not in it: there the URL's query holds
``bodySHA256``. Our own code, since the vendor's validator takes no repeated names from plain fields, decodes the URL's
parts and compares less strictly; tests hold the two to each other.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

BODY_DIGEST = "bodySHA256"

_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, repr=False)
class Signatures:
    """Verifies what is signed with any of an account's tokens: the current one and, while it rotates, the previous."""

    tokens: tuple[str, ...]

    def verify_form(self, signature: str, urls: Sequence[str], fields: Sequence[tuple[str, str]]) -> bool:
        """Whether this is the signature of a form posted to one of ``urls``."""
        told = "".join(name + value for name, value in sorted(set(fields)))
        return self._any(signature, [url + told for url in urls])

    def verify_body(self, signature: str, urls: Sequence[str], body: bytes) -> bool:
        """Whether this is the signature of one of ``urls``, whose query holds the digest of ``body``."""
        digest = parse_qs(urlsplit(urls[0]).query).get(BODY_DIGEST, [""])[0]
        if not self._any(signature, urls):  # before anything of the body's length is done for it
            return False
        return hmac.compare_digest(digest.lower().encode(), hashlib.sha256(body).hexdigest().encode())

    def _any(self, signature: str, texts: Sequence[str]) -> bool:
        """Each is compared in constant time; a wrong one takes the time of them all, so that tells nothing either."""
        given = signature.encode()
        return any(hmac.compare_digest(_sign(token, text), given) for token in self.tokens for text in texts)


def spellings(url: str) -> tuple[str, str]:
    """``url`` as it is, and with its port left out or its scheme's added: Twilio signs the one or the other.

    Raises:
        ValueError: its port is no number.
    """
    parts = urlsplit(url)
    if parts.port is not None:
        other = parts.netloc.rpartition(":")[0]
    else:
        other = f"{parts.netloc}:{_DEFAULT_PORTS.get(parts.scheme, 443)}"
    return url, urlunsplit(parts._replace(netloc=other))


def _sign(token: str, text: str) -> bytes:
    return b64encode(hmac.digest(token.encode(), text.encode(), "sha1"))
