"""How mail programs of many languages say that what follows is somebody else's: words, as patterns.

Outlook's header blocks, attributions as Gmail, Apple Mail, Thunderbird, Yahoo and Outlook.com write them, and the
lines that telephones add. A language is a row more in each.
"""

import re

# ruff: noqa: RUF001 - letters of other scripts are meant

WROTE = re.compile(
    r"\b(?:wrote|said|writes|schrieb|schreef|skrev|skreiv|kirjoitti|napisa[łl](?:\(a\))?|napsal(?:\(a\))?|pisze|írta"
    r"|escribió|escribi[oó]|escreveu|ha\s+scritto|scrisse|a\s+écrit|a scris|написал(?:\(а\))?|пишет|написав|yazdı"
    r"|έγραψε|kirjutas|rašė|rakstīja|pisze|viết)(?!\w)|寫道|写道|작성|のメール|כתב|كتب",
    re.IGNORECASE,
)
"""The verb of an attribution."""

OPENS = re.compile(
    r"^\s*(?:(?:on|am|le|el|il|op|den|em|dne|dnia|w dniu|в|у|ons|mån|man|tir|tis|tor|fre|lør|lör|søn|sön|pon|wt|śr"
    r"|czw|pt|sob|niedz|ma|ti|ke|to|pe|la|su)\b|\d{4}[\u5e74\ub144/-]|\d{1,2}[./ ])",
    re.IGNORECASE,
)
"""How an attribution begins that tells the day first."""

BY_ME = re.compile(
    r"\b(?:I|we|ich|wir|je|j'ai|nous|yo|eu|io|ik|wij|jag|jeg|ja)\s+(?:wrote|said|schrieb|schreef|skrev)\b"
    r"|\bschrieb(?:en)?\s+(?:ich|wir)\b|\bschreef\s+ik\b",
    re.IGNORECASE,
)
"""The writer speaks of themselves: no attribution, unless a quote follows."""

WHEN = re.compile(r"\d{1,2}[:.h]\d\d|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|[^\s<>@]@[^\s<>@]+\.\w")
"""A time, a year, a date or an address: one of them stands in every attribution."""

_FROM = "from|von|de|da|van|från|fra|od|lähettäjä|от|від|kimden|feladó|差出人|发件人|寄件者|보낸 사람|보낸사람|מאת|من"
_NEXT = (
    "sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|envoyé le|à|objet|enviado|enviado el|fecha|para|asunto"
    "|data|assunto|enviada em|enviado em|inviato|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne"
    "|wysłano|do|temat|odesláno|komu|předmět|lähetetty|vastaanottaja|aihe|отправлено|дата|кому|тема|gönderildi|kime"
    "|konu|elküldve|címzett|tárgy|送信日時|宛先|件名|日時|发送时间|收件人|主题|寄件日期|收件者|主旨"
    "|보낸 날짜|받는 사람|제목"
)
FROM_LINE = re.compile(rf"^[*\s]*(?:{_FROM})[\s*]*[:：]", re.IGNORECASE)
"""The first line of a block of headers such as Outlook puts above what it quotes or forwards."""

NEXT_LINE = re.compile(rf"^[*\s]*(?:{_NEXT})[\s*]*[:：]", re.IGNORECASE)
"""Another line of such a block."""

ORIGINAL = re.compile(
    r"^\s*-{2,} ?(?:original message|original appointment|ursprüngliche nachricht|message d'origine"
    r"|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht"
    r"|ursprungligt meddelande|original besked|oprindelig meddelelse|opprinnelig melding|oryginalna wiadomość"
    r"|původní zpráva|alkuperäinen viesti|исходное сообщение|reply message|antwort) ?-{2,}\s*$"
    r"|^von: [^\n]{1,200}\bgesendet\b",
    re.IGNORECASE,
)
"""The rule that old Outlooks put above a quote, and the one line of a German telephone."""

FORWARDED = re.compile(
    r"^[>\s]*(?:-{5,} ?(?:forwarded message|forwarded mail|weitergeleitete nachricht|message transféré"
    r"|mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht"
    r"|vidarebefordrat meddelande|videresendt melding"
    r"|videresendt meddelelse|przekazana wiadomość|přeposlaná zpráva|пересылаемое сообщение|転送メッセージ"
    r"|已转发邮件|forwarded by [^-]{1,80}) ?-{5,}"
    r"|(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message transféré"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht"
    r"|vidarebefordrat brev) ?:)\s*$",
    re.IGNORECASE,
)
"""The line above what somebody hands on: that is the message, no quote."""

FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vl|vb|pd|fs|ilt|転送|转发)\s*[:：]", re.IGNORECASE)
"""The outermost prefix of a subject says that the mail is handed on."""

FROM_PHONE = re.compile(
    r"^(?:sent (?:from|with|via) (?:my|mail|yahoo|proton|outlook|samsung|the|gmail)\b|get outlook for\b"
    r"|(?:von meinem|von meiner)\b[^.!?]{1,40}\bgesendet|gesendet (?:von|mit|aus)\b|diese nachricht wurde von meinem\b"
    r"|envoyé (?:de|depuis|à partir de)\b|télécharger outlook\b|enviado (?:desde|do|a partir do|de) (?:mi|meu)\b"
    r"|obtener outlook\b|inviato da(?:l mio)?\b|scarica outlook\b|verzonden (?:vanaf|met|vanuit)\b|skickat från\b"
    r"|sendt fra\b|wysłan[eo] z\b|odesláno z\b|lähetetty\b|отправлено (?:с|из)\b|iphoneから送信|从我的\s?iphone"
    r"|나의 iphone)[^\n]{0,80}$",
    re.IGNORECASE,
)
"""A line that a telephone or a program adds and nobody wrote."""
