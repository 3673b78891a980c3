"""How customers say that an address is theirs: patterns for a folded sentence with ``@0`` in the place of one."""

_AT = r" ?@\d+(?!\w)"
_AND = r" ?[,.:-]? ?"
_KINDS = (
    r"(?:own|other|new|current|private|personal|work|business|company|main|primary|second|registered|usual"
    r"|correct|right)"
)
_NOUN = (
    r"(?:e-?mail|mail|address|number|phone|mobile|cell|telephone|whatsapp|contact|account|login|user ?name|user|id"
    r"|inbox|mailbox)"
)
_IS = r"(?: (?:on file|in your system))?,?(?: (?:is|was|would be|=|here|now|also|under|still))*(?:'s)?[ :=-]*"
_THE_EN = (
    r"(?: (?:please|back|directly|here|also|the|my|this|our|in|your|system|there|e-?mail|mail|address|number"
    r"|account|phone|whatsapp|name))*"
)
_NOT_OTHERS = r"(?! in (?:copy|cc|bcc))"

_ENGLISH = (
    rf"(?:\bthe(?: {_NOUN})+ (?:on|of|for|in|to) )?\b(?:my|our)(?: {_KINDS})*(?: {_NOUN})+{_IS}{_AT}",
    (
        rf"(?:\b(?:you|she|they) (?:can|could|may|should|will)(?: \w+)? )?\b(?:reach|find|contact|e-?mail|mail|call"
        rf"|text|message|write(?: to)?|reply(?: to)?|answer|ring|phone|get|know"
        rf"|look|identify|recogni[sz]e)(?: (?:me|us)|(?: up)? my account){_THE_EN}(?: (?:at|on|under|by|via|through|as"
        rf"|with))?"
        rf"{_THE_EN}[ :]*{_AT}"
    ),
    (
        r"\b(?:i|we)(?:'m| am| are|'re| was| were)(?: \w+)? (?:registered|signed up|known|reachable|available|listed"
        rf"|logged in|writing|subscribed|a customer|in your system)(?: \w+)? (?:with|under|as|at|from|on|by"
        rf"|via){_THE_EN}{_AT}"
    ),
    (
        r"\b(?:i|we)(?:'ve|'d)?(?: \w+){0,2}? (?:writes?|wrote|written|e-?mail(?:ed)?|mailed|contacted|messaged|sent)"
        r"(?: \w+){0,5}?"
        rf" (?:from|under|using){_THE_EN}{_AT}"
    ),
    (
        r"\b(?:i|we)(?:'ve|'d)?(?: \w+){0,2}? (?:registered|signed up|ordered|subscribed|bought|log(?:ged)? in|booked"
        rf"|sign in|created (?:an|my|the) account)(?: \w+){{0,4}}? (?:with|under|using|as|by|via"
        rf"|from){_THE_EN}{_AT}{_NOT_OTHERS}"
    ),
    (
        rf"\b(?:i|we) (?:use|used|have)(?: (?:also|the|an|my|e-?mail|mail|address|number|account|here))*"
        rf" {_AT}{_NOT_OTHERS}"
    ),
    rf"{_AT}{_AND}(?:is|that's|this is|=|belongs to|are) (?:me|mine|my(?: {_KINDS})*(?: {_NOUN})+)\b",
    rf"\b(?:i'm|i am|it's me,?|this is me[,:]?|that's me[,:]?){_AT}$",
)
_NOUN_DE = (
    r"(?:e-?mail|mail|(?:e-?|e-?mail-?|mail-?)?mail-?adresse|e-?mail-?adresse|adresse|(?:telefon|handy|mobil"
    r"|ruf)?-?nummer"
    r"|handy|telefon|whatsapp(?:-?nummer)?|konto|kontakt|account|benutzername|login)"
)
_KIND_DE = (
    r"(?:neuer?|andere|private|geschaftliche|dienstliche|aktuelle|eigene|zweite|richtige|registrierte"
    r"|hinterlegte)[nsmr]?"
)
_THE_DE = (
    r"(?: (?:der|die|dem|den|meiner|meinem|meine|e-?mail|mail|adresse|mailadresse|e-?mail-?adresse|nummer"
    r"|telefonnummer"
    r"|handynummer|auch|gerne|bitte|am besten|jederzeit|konto|account|telefonisch))*"
)
_GERMAN = (
    (
        rf"\b(?:meine?|unsere?|mein)(?: {_KIND_DE})*(?: {_NOUN_DE})+(?: (?:ist|lautet|war|heisst|ware|hier|jetzt|auch"
        rf"|unter))*[ :=-]*{_AT}"
    ),
    (
        r"(?:\b(?:sie|ihr|man) (?:konnen|konnt|kann|erreichen|erreicht|finden) )?\b(?:mich|mir|uns)\b(?: (?:konnen"
        r"|konnt|kann man|erreichen|erreicht|finden|findet|kontaktieren|anrufen|schreiben"
        rf"|sie|ihr|man))*{_THE_DE} (?:unter|auf|an|per|uber|via|mit){_THE_DE}{_AT}(?: (?:erreichen|finden"
        rf"|kontaktieren|anrufen))?(?! (?:geschrieben|kontaktiert|angerufen))"
    ),
    (
        rf"(?:\b(?:rufen|ruft|schreiben|schreibt)(?: (?:sie|ihr))? )?\b(?:mich|uns)(?: (?:bitte|gerne|doch))* (?:an"
        rf"|zuruck)[ :]*{_AT}"
    ),
    (
        rf"\b(?:unter|auf|uber){_THE_DE}{_AT},?(?: (?:bin|sind|kann|konnen|man|ich|wir|sie|ihr|mich|uns|bei|ihnen"
        rf"|euch))*"
        rf" (?:erreich\w*|mich|zu finden|registriert|angemeldet|bekannt)\b"
    ),
    (
        r"\b(?:bin|sind|war|waren)\b(?: (?:ich|wir|auch|bei ihnen|bei euch|registriert|angemeldet|erreichbar|bekannt"
        r"|kunde"
        rf"|kundin|zu|erreichen))* (?:unter|mit|als|via|uber){_THE_DE}{_AT}"
    ),
    (
        rf"\b(?:habe?|haben|hatte)\b(?: (?!von\b|mit\b)[\w'-]+){{0,6}}? (?:von|mit|unter|uber|als){_THE_DE}{_AT}(?:"
        rf" aus)?"
        r"(?: \w+){0,3}? (?:geschrieben|angemeldet|registriert|bestellt|kontaktiert|gemailt|gesendet|geschickt"
        r"|gebucht)"
    ),
    (
        rf"\b(?:ich|wir) (?:nutze|nutzen|verwende|verwenden|benutze)(?: (?:hier|auch|die|meine|adresse|mailadresse"
        rf"|e-?mail))* {_AT}"
    ),
    rf"{_AT}{_AND}(?:ist|gehort|das (?:ist|bin)|bin) (?:(?:meine?|unsere?)(?: {_NOUN_DE})*|mir|ich|uns)\b",
    rf"\b(?:ich bin|das bin ich[,:]?){_AT}$",
)
_NOUN_ES = (
    r"(?:correo(?: electronico)?|e-?mail|mail|direccion|telefono|numero|movil|celular|whatsapp|cuenta|contacto"
    r"|usuario)"
)
_THE_ES = (
    r"(?: (?:el|la|mi|este|esta|numero|correo|electronico|email|e-mail|mail|direccion|cuenta|telefono|de|usuario))*"
)
_SPANISH = (
    (
        r"\b(?:mi|mis|nuestro|nuestra)(?: (?:nuevo|nueva|otro|otra|propio|personal|segundo))*"
        rf"(?: {_NOUN_ES}(?: de)?)+(?: (?:personal|nuevo|nueva|registrado|alternativo))*(?: (?:es|era|seria"
        rf"|aqui))*[ :=-]*(?:el |la )?{_AT}"
    ),
    (
        r"\b(?:contact\w*|encontr\w*|escrib\w*|llam\w*|localiz\w*|respond\w*|avis\w*)(?:me|nos|rme|rnos)(?: \w+)?"
        rf" (?:en|a|al|por|bajo|con){_THE_ES}{_AT}"
    ),
    (
        r"(?:\b(?:ustedes|usted) )?\b(?:me|nos) (?:pueden?|podeis|podrian?) (?:contactar|encontrar|escribir|llamar"
        r"|localizar|responder)(?: \w+)?"
        rf" (?:en|a|al|por|bajo){_THE_ES}{_AT}"
    ),
    (
        rf"\b(?:estoy|estamos) (?:registrad[oa]s?|dad[oa]s? de alta|suscrit[oa]s?)(?: \w+)? (?:con|como|bajo"
        rf"|en){_THE_ES}{_AT}"
    ),
    (
        r"\b(?:escribi|registre|registrado|use|uso|compre|envie|mande|suscribi|escrito|contacte)\b(?: \w+){0,4}?"
        rf" (?:desde|con|bajo|como){_THE_ES}{_AT}(?! en copia)"
    ),
    rf"\b(?:uso|use|utilizo|tengo)(?: (?:el|la|correo|direccion|cuenta|tambien))* {_AT}",
    (
        rf"{_AT}{_AND}(?:es|este es|esa es) (?:mio|mia|(?:mi|nuestro|nuestra)(?: \w+)? {_NOUN_ES})|{_AT} soy yo\b"
        rf"|\bsoy{_AT}$"
    ),
)
_NOUN_FR = (
    r"(?:e-?mail|mail|courriel|adresse(?: e-?mail| mail| electronique)?|numero(?: de (?:telephone|portable))?"
    r"|telephone"
    r"|portable|whatsapp|compte|contact|identifiant)"
)
_THE_FR = r"(?: (?:l'adresse|le|la|mon|ma|au|numero|mail|e-mail|adresse|compte|du|de|l'e-mail|l'email))*"
_FRENCH = (
    (
        rf"\b(?:mon|notre|ma)(?: (?:nouvelle|nouveau|autre|propre|seconde|deuxieme))*(?: {_NOUN_FR})+"
        rf"(?: (?:personnelle?|professionnelle?|actuelle?))?(?: (?:est|etait|serait|c'est|au nom de|sous))*[ :=-]*"
        rf"(?:le |l')?{_AT}"
    ),
    (
        r"(?:\b(?:vous|on) (?:pouvez|pourrez|peut) )?\b(?:me|nous|m') ?(?:joindre|contacter|ecrire|trouver|appeler"
        r"|repondre|retrouver)(?: \w+)?"
        rf" (?:a|au|sur|sous|par|via){_THE_FR}{_AT}"
    ),
    rf"\b(?:contactez|ecrivez|appelez|repondez|joignez)-(?:moi|nous)(?: \w+)? (?:a|au|sur|sous|par|via){_THE_FR}{_AT}",
    (
        rf"\b(?:suis|sommes)(?: \w+)? (?:inscrite?s?|enregistree?s?|joignables?|cliente?s?|connue?s?)(?: \w+)?"
        rf" (?:sous|avec|par|au|a|sur|depuis){_THE_FR}{_AT}"
    ),
    (
        r"\b(?:ai|avons|avais)(?: \w+){0,2}? (?:ecrit|inscrite?s?|commande|utilise|envoye|cree)\b(?: \w+){0,4}?"
        rf" (?:depuis|avec|de|sous){_THE_FR}{_AT}(?! en copie)"
    ),
    rf"\bj'utilise(?: (?:aussi|l'adresse|le|mail|e-mail|adresse))* {_AT}",
    rf"{_AT}{_AND}(?:est|c'est) (?:moi|a moi|mon|ma|notre)\b|\bc'est moi[,:]?{_AT}$",
)
CLAIMS = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH, "fr": _FRENCH}

HEARSAY = (
    r"\b(?<!\bi )(?<!\bwe )(?<!ich )(?<!wir )(?:said|says|wrote|writes|told (?:me|us)|sagte|sagt|schrieb|schreibt"
    r"|meinte"
    r"|dijo|dice|escribio|disait|a dit|a ecrit)\b ?(?:that|dass|que|,|:|\"|')"
)
"""Somebody else's words follow."""

BARE = (
    r"(?:(?:sure|yes|ok|okay|was|used|i|it|it's|it is|its|here|this|that|is|one|e-?mail|mail|address|phone|number|my"
    r"|the|please|hi|hello"
    r"|thanks|thank you|try|ja|klar|gerne|hier|ist|das|es|adresse|nummer|bitte|danke|die|lautet|si|claro|aqui|es|el|la"
    r"|correo|numero|gracias|oui|voici|c'est|voila|adresse|l'adresse|merci|hallo|hola|bonjour)\b[ ,.:!-]*)*"
)
"""What may stand around an address in the answer to the question for it."""
