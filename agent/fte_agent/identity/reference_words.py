"""How customers refer to an earlier contact: patterns for a folded sentence, of four languages.

``NAMED`` say by which way it went, ``GENERIC`` only that there was one. ``{WAY}`` and ``{MATTER}`` stand for the words
of `fte_agent.identity.words`.
"""

from fte_agent.identity.words import MATTER, WAY

_BY = r"(?:by|via|per|on|in|through|throug|over|using|with)(?: (?!customers?\b)\w+'?s?){0,3}? "
_SAID = (
    r"(?:wrote|written|contacted|messaged|asked|told|informed|reached out|reach out|got in touch|been in touch|spoke"
    r"|spoken|talked|chatted|replied|answered|reported|explained|described|mentioned|said|stated"
    r"|tried to (?:reach|contact|write))"
)
_SENT = r"(?:sent|submitted|raised|opened|made|left|filed|placed|put)"
_I = r"(?:\b(?:i|we)(?:'ve|'d)?(?: \w+){0,3}? |\band (?:also |then |again )?)"
_NEWS = r"\b(?:news|updates?|answers?|repl(?:y|ies)|response|status|progress|word|feedback|follow(?:ing)?-? ?up)"

_ENGLISH = (
    rf"{_I}{_SAID}\b(?: [\w'-]+){{0,9}}? {_BY}{WAY}",
    rf"^(?:already |have |just |as )*{_SAID}\b(?: [\w'-]+){{0,6}}? {_BY}{WAY}",
    (
        rf"{_I}{_SENT}(?: you| this| that| it| my| our| a| an| the| your)*(?: \w+)?"
        rf"(?: {MATTER}| details| screenshots?| it| this| that| everything)(?: [\w'-]+){{0,6}}? {_BY}{WAY}"
    ),
    (
        rf"{_I}(?:sent|wrote|written|dropped|left|had)(?: you(?: guys| all)?| your \w+| support)?"
        rf"(?: an?| the| my| our| one| two| three| several| another| already| \d)+(?: \w+)? {WAY}"
    ),
    (
        rf"{_I}(?:e-?mail(?:ed|ing)|mail(?:ed|ing)|whatsapped)(?: with)?(?: (?:you|your|support|this|it|already|about"
        rf"|yesterday|last)\b|$)"
    ),
    rf"{_I}(?:filled|submitted|used|completed|sent)(?: in| out)?(?: \w+){{1,3}}? {WAY}",
    (
        rf"{_NEWS}(?: \w+){{0,2}}? (?:on|to|about|for|regarding|of|from|with)"
        rf" (?:my|our|the|that|an?|this)(?: \w+){{0,2}}? {WAY}"
    ),
    (
        rf"\b(?:my|our)(?: \w+){{0,2}}? {MATTER}(?: [\w'-]+){{0,4}}? (?:from|by|via|through|on|in|over|per)"
        rf"(?: \w+){{0,3}}? {WAY}"
    ),
    (
        rf"\b(?:see|refer(?:ring|ence)? to|regarding|concerning|re|following(?: up)?(?: on)?|further to|as per|in"
        rf" answer to)"
        rf" (?:my|our|the)(?: \w+){{0,2}}? {WAY}(?= (?:from|of|that|i|we|yesterday|last|this|on|dated|sent)\b|$)"
    ),
    (
        rf"\b(?:you|your team|anyone|anybody|somebody|someone|nobody|no ?one)(?: \w+){{0,3}}?"
        rf" (?:get|got|receive|see|seen|read|answer|repl(?:y|ied) to|respond(?:ed)? to|look(?:ed)? at|look(?:ed)? into"
        rf"|check|find|found|react(?:ed)? to)(?:d|ed)? (?:my|our)(?: \w+){{0,2}}? {WAY}"
    ),
    rf"\b(?:was|has)(?: my| our)(?: \w+)? {WAY}(?: \w+)? (?:received|read|answered|arrived|been|lost)",
    (
        rf"\b(?:my|our) (?:last |previous |earlier |first |other )?{WAY} (?:from|of|last|yesterday|on monday|that i"
        rf" sent)\b"
    ),
    rf"\bin (?:my|our)(?: \w+){{0,2}}? {WAY}(?: \w+){{0,3}}? (?:i|we)(?:'d|'ve)?(?: \w+){{0,2}}? {_SAID}\b",
    rf"{MATTER} (?:that |which )?(?:i|we)(?:'ve|'d)?(?: \w+)? (?:{_SENT}|{_SAID})(?: \w+){{0,3}}? {_BY}{WAY}",
    rf"\b(?:last|previous|earlier|first) (?:time )?(?:by |via |over |on |in )(?:the |your )?{WAY}$",
)
_PAST = (
    r"(?:geschrieben|angeschrieben|kontaktiert|geschickt|gesendet|gemeldet|angefragt|gefragt|mitgeteilt|berichtet"
    r"|erwahnt|gesagt|erklart|beschrieben|ausgefullt|abgeschickt|eingereicht|gemailt|geschildert|gestellt|erlautert"
    r"|hinterlassen|genutzt|gewandt|erreichen)"
)
_ABOUT_DE = (
    r"\b(?:neues|neuigkeiten|antwort|ruckmeldung|stand|update|infos?|bescheid|reaktion)\b(?: \w+){0,3}?"
    r" (?:zu|auf|wegen|von|bezuglich|zum|zur|betreffend)"
)
_GERMAN = (
    (
        rf"\b(?:habe?|hatten?|haben|hab)\b(?: [\w'-]+){{0,9}}? (?:per|via|uber|mit|im|in|auf|durch|aus)(?:"
        rf" \w+){{0,2}}?"
        rf" {WAY}(?: [\w'-]+){{0,6}}? {_PAST}"
    ),
    (
        rf"\b(?:habe?|hatten?|haben|hab)\b(?: [\w'-]+){{0,6}}? (?:eine?n?|ne|das|die|meine?n?|ihr|euer|zwei|drei)"
        rf"(?: \w+)?"
        rf" {WAY}"
        rf"(?: [\w'-]+){{0,5}}? {_PAST}"
    ),
    rf"\b(?:eine?n?|das|die) {WAY} (?:habe|hatte|haben) (?:ich|wir)(?: [\w'-]+){{0,5}}? {_PAST}",
    (
        rf"\bin (?:meine[rnm]|unsere[rnm])(?: \w+){{0,2}}? {WAY}(?: \w+){{0,2}}? (?:ich|wir)\b(?: [\w'-]+){{0,5}}?"
        rf" {_PAST}"
    ),
    rf"\b(?:schrieb|kontaktierte|schickte|fragte|sagte|meldete)n?\b(?: [\w'-]+){{0,7}}? {WAY}",
    rf"\bwie(?: ich| wir| schon| bereits| ja)*(?: \w+){{0,2}}? (?:in|per|im|auf|uber|via)(?: \w+){{0,2}}? {WAY}",
    rf"{_ABOUT_DE}(?: \w+){{0,3}}? {WAY}",
    rf"{_ABOUT_DE}(?: \w+){{0,2}}? {MATTER}(?: \w+){{0,2}}? (?:aus|per|uber|via|vom|im|von|auf)(?: \w+){{0,2}}? {WAY}",
    (
        rf"\b(?:meine?[rnm]?|unsere?[rnm]?|die)(?: \w+)? {MATTER}(?: \w+){{0,2}}? (?:aus|per|uber|via|vom|im|von|auf)"
        rf"(?: \w+){{0,2}}? {WAY}"
    ),
    (
        rf"\b(?:meine?[rnms]?|unsere?[rnms]?)(?: \w+)? {WAY}"
        r"(?: (?:von|vom|gestern|letzte\w*|am|bekommen|erhalten|gelesen|angekommen|gesehen|beantwortet|schon|nicht)\b)"
    ),
    (
        rf"\b(?:bezug(?:nehmend)?(?: \w+)?|bezuglich|betreffend|auf|wegen|siehe) (?:meine?[rnm]?|unsere?[rnm]?)"
        rf"(?: \w+)?"
        rf" {WAY}"
        r"(?:$| (?:habe|hat|haben|kam|kommt|gab|wurde|hore|warte)\b)"
    ),
)
_DET_ES = r"(?: (?:el|la|los|su|sus|un|una|mi|mis|vuestro|del|al|ultimo|anterior|de|contacto|pasado))*"
_SPANISH = (
    (
        r"\b(?:escribi(?:mos|o)?|escrito|contacte|contactamos|contactado|envie|enviamos|enviado|mande|mandamos|mandado"
        r"|puse en contacto|pregunte|preguntado|comente|comentado|dije|dicho|mencione|mencionado|explique|explicado"
        r"|informe|informado|decia|comentaba|explicaba|indique|indicaba|reporte|solicite)\b(?: [\w'-]+){0,6}?"
        rf" (?:por|en|mediante|a traves de|traves del?|desde|via|con|del?|al){_DET_ES} {WAY}"
    ),
    (
        r"\b(?:envie|mande|escribi|enviado|mandado|escrito|enviamos|mandamos|rellene|llene|complete|rellenado|llenado"
        rf"|completado|use|deje)(?: \w+){{0,2}}? (?:un|el|mi|una|dos|tres|varios|su|este)(?: \w+)? {WAY}"
    ),
    (
        r"\b(?:novedad(?:es)?|noticias?|respuesta|actualizacion|estado|avances?)\b(?: \w+){0,2}?"
        rf" (?:sobre|de|del|acerca de|a|al|para|con)(?: \w+){{0,4}}? {WAY}"
    ),
    (
        rf"\b(?:mi|nuestra|nuestro|la|el)(?: \w+)? {MATTER}(?: \w+){{0,2}}? (?:por|en|del?|desde|via|mediante|a traves"
        rf" del?)"
        rf"{_DET_ES} {WAY}"
    ),
    (
        r"\b(?:recibieron|recibido|recibio|leyeron|leido|visto|vieron|respondieron|contestaron|respondido|contestado"
        rf"|responde|contesta|llego|ha llegado)(?: a)? (?:mi|nuestro|el|mis)(?: \w+)? {WAY}"
    ),
    (
        rf"\ben (?:mi|nuestro)(?: \w+)? {WAY}(?: \w+){{0,2}}? (?:pregunt|dij|dec|expliqu|explic|coment|mencion|escrib"
        rf"|indiqu|ped)\w+"
    ),
    rf"\bmi(?: \w+)? {WAY} (?:de ayer|del|de hace|de la|anterior|de (?:lunes|martes|miercoles|jueves|viernes)|que)\b",
)
_DET_FR = r"(?: (?:le|la|les|votre|vos|un|une|mon|ma|mes|dernier|precedent|premier|du|de|de contact))*(?: l'| d'| )?"
_FRENCH = (
    (
        r"\b(?:ecrit|contactee?s?|envoyee?s?|demande|dit|explique|signale|indique|mentionne|repondu|joindre|adresse"
        r"|disais|ecrivais|expliquais|precise|informe|decrit|pose)\b(?: [\w'-]+){0,7}?"
        rf" (?:par|via|dans|sur|avec|depuis|au moyen|a travers){_DET_FR}{WAY}"
    ),
    (
        rf"\b(?:envoye|ecrit|rempli|soumis|utilise|laisse|complete)(?: \w+){{0,2}}? (?:un|le|mon|votre|ce|deux|une)(?:"
        rf" \w+)?"
        rf"(?: l'| d'| ){WAY}"
    ),
    (
        r"\b(?:nouvelles?|nouveau|reponse|retour|suite|suivi|avancement|suites)\b(?: \w+){0,2}?"
        rf" (?:de|du|sur|concernant|a|au|pour|au sujet de|a propos de|depuis)(?: \w+){{0,4}}?(?: l'| d'| ){WAY}"
    ),
    rf"\b(?:ma|mon|notre|mes)(?: \w+)? {MATTER}(?: [\w'-]+){{0,3}}? (?:par|via|du|depuis|dans|sur|de){_DET_FR}{WAY}",
    rf"\b(?:recu|lu|vu|repondu a|traite|repond a)(?: bien)? (?:mon|notre|mes|le)(?: \w+)? {WAY}",
    rf"\bdans (?:mon|notre)(?: \w+)? {WAY}(?: \w+)?,? (?:je|j'|nous)",
    rf"\bmon(?: \w+)? {WAY} (?:d'hier|du|de la|de (?:lundi|mardi|mercredi|jeudi|vendredi)|precedent|d'avant|que)\b",
)
NAMED = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH, "fr": _FRENCH}

GENERIC = {
    "en": (
        (
            rf"{_I}(?:wrote|written|contacted|messaged|reached out|been in touch|e-?mailed)(?: to| with)?"
            r"(?: (?:you|your(?: \w+)? team|your support|support)\b)"
        ),
        rf"{_I}(?:already|previously) (?:wrote|written|contacted|asked|reported|explained)\b",
        (
            rf"{_NEWS} (?:on|about|for|regarding|to|of) (?:my|our)(?: (?:last|previous|earlier|first|open|support"
            rf"|own))*"
            rf" {MATTER}"
        ),
        rf"\b(?:my|our) (?:last|previous|earlier|first|other|open) {MATTER}",
    ),
    "de": (
        (
            r"\b(?:habe?|hatten?|haben|hab)\b(?: \w+){0,3}? (?:euch|ihnen|sie|dir|ihrem team|dem support)\b(?:"
            r" \w+){0,5}?"
            r" (?:geschrieben|kontaktiert|angeschrieben)"
        ),
        rf"{_ABOUT_DE} (?:meine?[rmn]?|unsere?[rmn]?)(?: (?:letzte|vorige|fruhere|offene|erste)[nmr]?)* {MATTER}",
        rf"\b(?:meine?|unsere?)[rmn]? (?:letzte|vorige|fruhere|offene|erste)[nmr]? {MATTER}",
    ),
    "es": (
        r"\b(?:les|le|os|los) (?:escribi(?:mos)?|he escrito|hemos escrito|habia escrito|contacte|he contactado)\b",
        (
            r"\b(?:novedad(?:es)?|noticias?|respuesta|estado)\b(?: \w+)? (?:sobre|de|acerca de|a|para|con)"
            rf" (?:mi|nuestra|nuestro)(?: (?:ultima|anterior|primera))* {MATTER}"
        ),
        rf"\bmi {MATTER} anterior\b|\bmi (?:ultima|primera) {MATTER}",
    ),
    "fr": (
        r"\b(?:je|nous) vous (?:ai|avons|avais)(?: \w+)? (?:ecrit|contactee?s?)\b",
        (
            r"\b(?:nouvelles?|reponse|suite|avancement|statut)\b(?: \w+)? (?:de|sur|concernant|a|pour)"
            rf" (?:ma|mon|notre)(?: (?:derniere|dernier|precedente|premiere))* {MATTER}"
        ),
        (
            rf"\b(?:ma|mon) (?:derniere|dernier|precedente|precedent|premiere) {MATTER}|\b(?:ma|mon) {MATTER}"
            rf" precedente?\b"
        ),
    ),
}

SIGNS = {
    "en": (
        r"\b(?:wrote|written|sent|e-?mailed|emailing|contacted|messaged|waiting|answered|replied|received|got|heard"
        r"|seen|said"
        r"|told|asked|mentioned|described)\b"
    ),
    "de": (
        r"\b(?:geschrieben|geschickt|gesendet|kontaktiert|warte|gewartet|geantwortet|bekommen|erhalten|gehort|gesagt"
        r"|erwahnt|beschrieben|gefragt|ausgefullt)\b"
    ),
    "es": r"\b(?:escribi|escrito|envie|enviado|mande|mandado|espero|esperando|respondido|contestado|recibido"
    r"|recibieron)\b",
    "fr": r"\b(?:ecrit|envoye|contacte|attends|repondu|recu|dit|rempli)\b",
}
"""Of a message without any other matter that names another way, one of these is enough."""

SOME_DAY = (
    r"\b(?:can|could|should|may|shall|will|would|must|do|does|might)(?: \w+)? (?:i|we|you|one|it|they)\b"
    r"(?! (?:please )?(?:get|hear|tell|check|see|look|help|find|confirm))"
    r"|\b(?:if|how to|want to|going to|plan to|need to|like to)\b"
    r"|\b(?:i|we)(?:'ll| will| can| could| may| might| cannot| can't)\b"
    r"|\b(?:kann|konnte|soll|sollte|darf|muss|wurde|wurden|werde|werden|mochte|will|wollen) (?:ich|wir|man)\b"
    r"|\b(?:ich|wir) (?:kann|konnen|mochten?|wurden?|werden?|will|wollen|soll\w*|muss)\b|\b(?:wenn|falls|ob) (?:ich"
    r"|wir)\b"
    r"|\b(?:puedo|podria|podemos|deberia|quiero|quisiera|quiere|voy a|como|si)\b(?! (?:ya|les|le|os|dije|comente"
    r"|escribi"
    r"|mencione|explique|indique|decia|comentaba|explicaba|lo|hay|recibieron))"
    r"|\b(?:puis-je|pourrais|peux|dois-je|dois|je veux|je voudrais|vais|est-ce que je|comment|si (?:je|on)|s'il"
    r" faut)\b"
)
"""Before or among the words that refer: it has not been, or need not have been."""

TO_OTHERS = (
    rf"\b(?:to|with|for|by) (?:(?:my|our|all|some|his|her|their)(?! (?:\w+ ){{0,3}}(?:{WAY}|{MATTER}))|customers?"
    rf"|clients?"
    r"|(?:a|an|the|one) (?:customer|client|friend|colleague(?! of yours)|supplier|guest|patient|student))\b"
    r"|\b(?:meine[nmr]|unsere[nmr]|den|dem|einem|einer) (?:kund\w+|kolleg\w+|chef\w*|team|freund\w*|mitarbeiter\w*)\b"
    r"|\ba (?:mis?|nuestros?|un|los|las) (?:client\w+|companer\w+|jef\w+|amig\w+|proveedor\w*)\b"
    r"|\b(?:a|avec) (?:mes|mon|nos|un|une|des|les|ma) (?:client\w*|collegue\w*|ami\w*|fournisseur\w*|patron\w*)\b"
)
"""Before, among or behind them: somebody else was written to."""
