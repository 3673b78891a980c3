"""How Twilio signs what it sends, from its page and not from its package.

The algorithm: https://www.twilio.com/docs/usage/webhooks/webhooks-security ("Validating Signatures from
Twilio"). A second implementation on purpose: what the product accepts is judged by neither its own code
nor the library it calls.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence

Fields = Sequence[tuple[str, str]]


def sign(auth_token: str, url: str, fields: Fields = ()) -> str:
    """``X-Twilio-Signature`` of a form: HMAC-SHA1 over the URL and every field, names in order.

    Blank fields count. A name that is repeated counts once for each different value, values in order:
    this is what the vendor's validators compute. ``url`` is what was configured at Twilio, without fragment.
    """
    told = url + "".join(name + value for name, value in sorted(set(fields)))
    return b64encode(hmac.new(auth_token.encode(), told.encode(), hashlib.sha1).digest()).decode()


def sign_json(auth_token: str, url: str, body: bytes) -> tuple[str, str]:
    """The URL with ``bodySHA256`` (hex) in its query, and the signature over that URL alone."""
    joint = "&" if "?" in url else "?"
    marked = f"{url}{joint}bodySHA256={hashlib.sha256(body).hexdigest()}"
    return marked, sign(auth_token, marked)
