"""How mail programs of many languages say that what follows is somebody else's: words, as patterns.

Outlook's header blocks, attributions as Gmail, Apple Mail, Thunderbird, Yahoo and Outlook.com write them, and the
lines that telephones add. A language is a row more in each.
"""

import re

# ruff: noqa: RUF001 - letters of other scripts are meant

WROTE = re.compile(
    r"\b(?:wrote|said|writes|schrieb|schreef|skrev|skreiv|kirjoitti|napisa[łl](?:\(a\))?|napsal(?:\(a\))?|pisze|írta"
    r"|escribió|escribi[oó]|escreveu|ha\s+scritto|scrisse|a\s+écrit|a scris|написал(?:\(а\))?|пишет|написав|yazdı"
    r"|έγραψε|kirjutas|rašė|rakstīja|pisze|viết|napísal(?:\(a\))?)(?!\w)|寫道|写道|작성|のメール|כתב|מאת|كتب",
    re.IGNORECASE,
)
"""The verb of an attribution."""

OPENS = re.compile(
    r"^\s*(?:(?:on|at|am|le|el|il|op|den|em|dne|dnia|w dniu|в|у|ons|mån|man|tir|tis|tor|fre|lør|lör|søn|sön|pon|wt|śr"
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

_FROM = (
    "from|von|de|de la|da|van|från|fra|od|lähettäjä|от|від|від кого|kimden|gönderen|feladó|από|từ|จาก|差出人|发件人"
    "|寄件者|보낸 사람|보낸사람|מאת|من"
)
_NEXT = (
    "sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|envoyé le|à|objet|enviado|enviado el|fecha|para|asunto"
    "|data|assunto|enviada em|enviado em|inviato|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne"
    "|dato|kopi|kopie|wysłano|do|temat|odesláno|komu|předmět|lähetetty|vastaanottaja|aihe|отправлено|дата|кому|тема"
    "|надіслано|gönderildi|gönderilme|tarih|kime|konu|elküldve|küldve|címzett|tárgy|送信日時|宛先|件名|日時|发送时间"
    "|收件人|主题|寄件日期|收件者|主旨|보낸 날짜|받는 사람|제목|odoslané|dátum|predmet|kópia|poslano|prima|נשלח|אל|נושא"
    "|תאריך|تم الإرسال|أرسلت|أُرسلت|تاريخ الإرسال|التاريخ|إلى|الموضوع|trimis|către|subiect|εστάλη|στάλθηκε|προς|θέμα"
    "|đã gửi|tới|chủ đề|ส่ง|ถึง|เรื่อง"
)
FROM_LINE = re.compile(rf"^[*\s]*(?:{_FROM})[\s*]*[:：]", re.IGNORECASE)
"""The line of the sender in a block of headers such as Outlook puts above what it quotes or forwards."""

NEXT_LINE = re.compile(rf"^[*\s]*(?:{_NEXT})[\s*]*[:：]", re.IGNORECASE)
"""Another line of such a block."""

_TITLES = (
    "original|original message|original appointment|original mail|original e-mail|original email|replied message"
    "|reply message|ursprüngliche nachricht|ursprüngliche mail|original-nachricht|originalnachricht|antwort"
    "|message d'origine|message original|mail original|mensaje original|mensagem original|messaggio originale"
    "|oorspronkelijk bericht|origineel bericht|ursprungligt meddelande|originalmeddelande|original besked"
    "|oprindelig meddelelse|opprinnelig melding|oryginalna wiadomość|wiadomość oryginalna|původní zpráva"
    "|původní e-mail|pôvodná správa|alkuperäinen viesti|mesaj original|eredeti üzenet|orijinal mesaj"
    "|исходное сообщение|原始邮件|原邮件|回复的原邮件|原始郵件|原始信件|元のメッセージ|원본 메시지|원본 메일"
)
ORIGINALS = frozenset(_TITLES.split("|"))
"""What stands between the dashes above a quote: Outlook, Zimbra, eM Client, T-Online, QQ, NetEase."""

SENT_BY = re.compile(r"^von: [^\n]{1,200}\bgesendet\b", re.IGNORECASE)
"""The one line that a German telephone puts above a quote."""

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

_TAGS = r"^\s*(?:\[[^\[\]]{1,40}\]\s*)*"
"""``[EXTERN]`` and the like, which servers put before a subject."""

FORWARD_SUBJECT = re.compile(_TAGS + r"(?:fwd?|wg|tr|rv|i|enc|doorst|vl|vb|pd|fs|ilt|転送|转发)\s*[:：]", re.IGNORECASE)
"""The outermost prefix of a subject says that the mail is handed on."""

NORDIC_SUBJECT = re.compile(_TAGS + r"vs\s*:", re.IGNORECASE)
"""An answer in Finnish (vastaus), handed on in Danish and Norwegian (videresendt)."""

NORDIC_FROM = re.compile(r"^[*\s]*fra[\s*]*:", re.IGNORECASE)

REPLY_SUBJECT = re.compile(
    _TAGS + r"(?:re|ré|rép|aw|antw|antwort|antwoord|sv|svar|vs|odp|odpověď|res|r|rif|resp|respuesta|réponse"
    r"|risposta|resposta|ynt|yanıt|atb|vá|απ|отв|ответ|відп|bls|tl|trả lời"
    r"|回复|回復|答复|答覆|回覆|返信|회신|답장|השב|תגובה|رد|پاسخ)(?:\s?[\[(]\d{1,3}[\])])?\s*[:：]",
    re.IGNORECASE,
)
"""The outermost prefix of a subject says that the mail is an answer."""
