"""What stands below a mail's text and says nothing: signatures, and lines that telephones and programs add."""

import re

# ruff: noqa: RUF001 - letters of other scripts are meant

_SIGNATURE_LINES = 10
_MAX_STRANGE = 2
_MAX_NAME_WORDS = 4
_MAX_SIGNS = 8
_MAX_LINE_CHARS = 160

_RULE = re.compile(r"^\s*(?:_{10,}|-{10,})\s*$")
_WORD = re.compile(r"[^\W\d_]+")
_SIGN = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_CONTACT = re.compile(r"@|https?:|\bwww\.|(?:\d[\s/()-]{0,3}){6}")
_PROGRAM_LINE = re.compile(
    r"(?:sent|written|composed) (?:from|with|via|using|on)\b|(?:get|download|try) outlook for\b"
    r"|(?:diese (?:nachricht|mail|e-mail) wurde )?(?:gesendet |verschickt )?(?:von mein|mit mein|aus mein)e[mr]\b"
    r"|(?:gesendet|geschickt|verfasst|verschickt) (?:von|mit|aus|über|via)\b|diese (?:nachricht|mail|e-mail) wurde\b"
    r"|outlook für\b|envoyé (?:de|depuis|à partir de|avec|via)\b|(?:télécharger|obtenir) outlook\b"
    r"|enviado (?:desde|do|da|a partir do|de|con|com|pelo)\b|(?:obtener|descargar|obter) outlook\b"
    r"|inviato (?:da|dal|con|tramite)\b|(?:scarica|ottieni) outlook\b"
    r"|(?:verzonden|verstuurd) (?:vanaf|met|vanuit|via|van)\b"
    r"|skickat (?:från|med)\b|sendt (?:fra|med|via)\b|wysłan[eoy] (?:z|za)\b|odesláno (?:z|ze|pomocí)\b"
    r"|odoslané (?:z|zo)\b|lähetetty\b|отправлено (?:с|из|от)\b|надіслано (?:з|із)\b|trimis (?:de pe|din)\b"
    r"|poslano (?:s|sa|z|iz)\b|elküldve\b|στάλθηκε από\b|נשלח מ|تم الإرسال من|发自|發自|从我的|從我的|나의\b"
    r"|(?=[^\s]+(?:から送信|[’'][\w]+ gönderildi))",
    re.IGNORECASE,
)
"""How such a line begins."""

_NAMED = re.compile(
    r"i-?phone|i-?pad|ipod|imac|macbook|mac\b|ios\b|android|samsung|galaxy|huawei|honor\b|xiaomi|redmi|oppo\b|oneplus"
    r"|pixel\b|nokia|motorola|xperia|htc\b|blackberry|fairphone|windows|outlook|gmail|yahoo|proton|aol\b|gmx\b"
    r"|web\.de\b|t-online|thunderbird|hotmail|icloud|k-9|k9\b|fairemail|bluemail|aquamail|mailbird|tutanota|tuta\b|zoho"
    r"|yandex|mail\.ru|em client|airmail|superhuman|workspace",
    re.IGNORECASE,
)
"""A device or a program, in whatever case its language puts it; one stands in every such line, or else the next."""

_ANY_DEVICE = re.compile(
    r"smart-?phone|mobil|handy\b|(?:smart|tele|mobil)?phone\b|telefon|teléfono|téléphone|telefono|telefoon|telemóvel"
    r"|móvil|celular|puhelim|tablet|телефон|смартфон|мобильн|手机|電話|携帯",
    re.IGNORECASE,
)

_SMALL_WORDS = (
    "a an the my our your from for on of with in to via using and app apps device mobile meinem meiner mein einem"
    " dem der von mit für auf mon ma mes un une le la pour depuis avec sur sous mi mis el para con desde en meu"
    " minha o do da com il mio dal per tramite mijn een met voor vanaf min mitt en från för med fra til mojego moim"
    " mojeho mého ze z za po pe moje meu ul s sa со моего моей с из на для secure mail email e-mail gesendet"
    " verschickt free kostenlose"
)
_BETWEEN = frozenset(_SMALL_WORDS.split())
_EXCUSED = re.compile(
    r"[.,;:\s(–-]+(?:please|bitte|pls|sorry|excuse|pardon|forgive|apolog|tippfehler|desculpe|disculp)[^\n]{0,100}$",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(\[]?https?://[^\s<>()]{1,200}[>)\]]?")


def without_signature(lines: list[str]) -> list[str]:
    """Lines above the signature, and above what a telephone adds at the end.

    ``--`` without the blank is one only if little follows that reads as one: it is also what people draw between two
    thoughts.
    """
    end = next((number for number, line in enumerate(lines) if _is_signature(lines, number, line)), len(lines))
    while end and _adds_nothing(lines[end - 1].strip()):
        end -= 1
    return lines[:end]


def is_of_a_program(line: str) -> bool:
    """Whether a telephone or a program added ``line``: it names one, in few words and no sentence."""
    if len(line) > _MAX_LINE_CHARS or not (found := _PROGRAM_LINE.match(line)):
        return False
    said = _EXCUSED.sub("", _LINK.sub("", line[found.end() :])).strip().removesuffix(".")
    named = _NAMED.search(said) is not None
    if not (named or _ANY_DEVICE.search(said)) or any(f"{sign} " in f"{said} " for sign in ".,;:!?"):
        return False
    strange = [each for each in said.split() if not _is_usual(each)]
    return len(strange) <= (_MAX_STRANGE if named else 0)


def _is_usual(word: str) -> bool:
    cut = word.strip("-()'’\"").lower()
    known = _NAMED.match(cut) or _ANY_DEVICE.match(cut)
    return cut in _BETWEEN or known is not None or any(char.isdigit() for char in cut)


def _is_signature(lines: list[str], number: int, line: str) -> bool:
    if line == "-- " or line.rstrip() != "--":
        return line == "-- "
    rest = lines[number + 1 : number + 2 + _SIGNATURE_LINES]
    return len(rest) <= _SIGNATURE_LINES and not any(map(_is_said, rest))


def _is_said(line: str) -> bool:
    """Whether a line reads as words to somebody, and not as a name, a trade or an address."""
    if "?" in line:
        return True
    if _CONTACT.search(line):
        return False
    words = len(_WORD.findall(line))
    ends = line.rstrip().endswith((".", "!", "…", "。", "！"))
    return words > _MAX_NAME_WORDS or (ends and words > 2) or len(_SIGN.findall(line)) > _MAX_SIGNS


def _adds_nothing(line: str) -> bool:
    return not line or _RULE.match(line) is not None or is_of_a_program(line)
