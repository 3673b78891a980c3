"""Which scopes allow which operation, as each method's page lists them under "Authorization scopes".

The pages stand below https://developers.google.com/workspace/gmail/api/reference/rest/v1/users; a contract test holds
this table to the discovery document that comes with Google's client.
"""

from doubles.google.identities import MAIL, METADATA, MODIFY, READ, SEND

COMPOSE = "https://www.googleapis.com/auth/gmail.compose"
SETTINGS = "https://www.googleapis.com/auth/gmail.settings.basic"

_READERS = frozenset({MAIL, MODIFY, READ, METADATA})

ALLOWED: dict[str, frozenset[str]] = {
    "profile": _READERS | {COMPOSE},
    "watch": _READERS,
    "stop": _READERS,
    "history": _READERS,
    "list": _READERS,
    "get": _READERS,
    "thread": _READERS,
    "send": frozenset({MAIL, MODIFY, COMPOSE, SEND}),
    "aliases": frozenset({MAIL, MODIFY, READ, SETTINGS}),
}
