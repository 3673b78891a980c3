"""How people say that something is of one customer alone: what was done for them, how theirs stands, and when.

Patterns of six languages; those of English are told apart most finely. "If your order was damaged" is for everybody,
"your order was damaged" is not.
"""

import re

_ACTS = (
    "refunded credited cancell?ed reset re-?sent sent shipped unlocked activated re-?activated deactivated enabled"
    " re-?enabled disabled changed fixed corrected updated extended merged deleted removed upgraded downgraded issued"
    " processed re-?opened closed added switched moved checked looked found spoken spoke asked forwarded passed"
    " escalated raised booked arranged restored transferred applied waived renewed attached made put taken let had got"
    " done seen tested confirmed replaced dispatched reported noted given created generated reserved linked unlinked"
    " adjusted"
)
_ACTED = f"(?:{'|'.join(_ACTS.split())})"
_ALSO = r"(?:(?:just|now|already|also|since|manually|gone ahead and|went ahead and|been able to) )*"
_UNLESS = "".join(f"(?<!{word} )" for word in ("if", "when", "once", "after", "whether", "unless", "that", "until"))
_SOME = r"(?:[\w-]+ ){0,3}"
_MASKS = r"\[(?:order|number|email|name|address|account number|card number)\]"

_THINGS = (
    "tracking order ticket case invoice reference ref parcel customer account transaction receipt shipment booking "
    "reservation appointment delivery sendungsnummer bestellung bestellnummer rechnung referenz vorgang commande "
    "facture colis pedido factura envío ordine fattura bestelling factuur"
)
"""What belongs to one customer, if it bears a number."""

_ENGLISH = (
    rf"\b(?:i|we)(?:'ve| have|'d| had) {_ALSO}{_ACTED}\b",
    rf"\bi {_ALSO}{_ACTED}\b",
    rf"\bwe (?:just|now|already|went ahead and|manually) {_ACTED}\b",
    r"\bi(?:'ll| will|'m| am) (?!not able|afraid)\w+",
    r"\bwe(?:'ll| will) (?:get back|look into|follow up|keep you|let you know|call you|check|come back|chase)\b",
    r"\b(?:i|we) (?:can )?see (?:that |from )?(?:your|you|the (?:order|payment|charge))\b",
    rf"{_UNLESS}\byour {_SOME}(?:is|are) now\b",
    rf"{_UNLESS}\byour {_SOME}(?:was|were|had been|is on its way|left (?:our|the))\b",
    rf"{_UNLESS}\byour {_SOME}(?:has|have) {_ALSO}(?:not )?(?:been|shipped|arrived|failed|expired|gone|left)\b",
    rf"{_UNLESS}\byour {_SOME}is (?:active|live|unlocked|back|ready|closed|fixed) (?:now|again)\b",
    rf"{_UNLESS}\byour {_SOME}(?:should|will) (?:arrive|be there|reach you) (?:on|today|tomorrow|by)\b",
    rf"{_UNLESS}\byou (?:were (?:charged|billed|sent|on)|are (?:on the|still on|currently|now))\b",
    rf"{_UNLESS}\byou(?:'ve| have| had|'d)? (?:bought|ordered|paid|already have|signed up)\b",
    r"\b(?:yesterday|today|tomorrow|tonight|this (?:morning|afternoon|evening)|last (?:night|week|month)|just now)\b",
    r"\b(?:earlier|a (?:moment|minute|few minutes) ago)\b",
    r"\b(?:in your (?:case|particular)|for you this (?:time|once)|as an exception|goodwill|one-off|just this once)\b",
    rf"\byour {_SOME}(?:no\.? |number |id |#|: )?{_MASKS}",
    r"\b(?:for|to|by|from) \[name\]|^\[name\] (?:will|is|has|can|and|from)\b",
    rf"\[secret\]|\b(?:{'|'.join(_THINGS.split())})\b[^.]{{0,20}}\[(?:order|number)\]",
    rf"\b(?:{'|'.join(_THINGS.split())})\b[^.]{{0,60}} (?:is|was|are|were) (?:confirmed|booked|scheduled|reserved)\b",
    r"\bgone back to your\b|\bwill show (?:up )?on your\b",
)
_OTHERS = (
    r"\b(?:ich|wir) (?:haben?|hab|werden?|schicken?|senden?|kümmern?|prüfen?)\b|\b(?:haben?|werden?) (?:ich|wir)\b",
    r"\b(?:ihre?n?|deine?n?) (?:\w+ ){1,3}(?:wurden?|ist (?:jetzt|nun|heute)|sollte (?:heute|morgen)|liegt|kommt)\b",
    r"\bin (?:ihrem|deinem) fall\b",
    r"\b(?:heute|gestern|(?:ist|sind|kommt) morgen|morgen früh|vorhin|eben|soeben)\b",
    r"\bj'ai\b|\bnous (?:avons|vous (?:remboursons|envoyons))\b|\bje (?:vais|vous)\b|\bdans votre cas\b",
    r"\bvotre (?:\w+ ){1,2}(?:a été|est (?:maintenant|désormais|parti))|\b(?:aujourd'hui|hier|demain)\b",
    r"\b(?:he|hemos) \w+[aiío]do\b|\ble (?:envío|reembolso|enviamos|hemos)\b|\ben su caso\b",
    r"\bsu (?:\w+ ){1,2}(?:ha sido|ya está|fue|llegará)\b|\b(?:ayer|hoy|mañana)\b",
    r"\b(?:ik|we|wij) (?:heb|hebben)\b|\bheb ik\b|\b(?:vandaag|gisteren)\b",
    r"\b(?:ho|abbiamo) (?:\w+ )?\w+(?:ato|uto|ito|esso)\b|\b(?:ieri|oggi|ontem|hoje)\b",
)
_OWN_CASE = re.compile("|".join(f"(?:{pattern})" for pattern in (*_ENGLISH, *_OTHERS)), re.IGNORECASE)


def is_own_case(sentence: str) -> bool:
    """Whether a sentence, on one line, with plain apostrophes and with personal data masked, is of one customer."""
    return _OWN_CASE.search(sentence) is not None
