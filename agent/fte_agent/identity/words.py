"""Words of English, German, Spanish and French for what references and claims have in common: patterns for a folded
text (`fte_agent.text.folding`)."""

import re
from collections.abc import Mapping

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.messages import Channel

WAYS: Mapping[Channel, str] = {
    EMAIL: r"e-?mail(?:s|ed|ing)?|mail(?:s|ed)?|courriels?|correos?(?: electronicos?)?",
    WHATSAPP: r"whats-?\s?app(?:s|ed| message| messages| chat|-?nachricht(?:en)?|-?chat)?|chat",
    WEB_FORM: (
        r"(?:(?:web|contact|support|request|online|help)[ -]?)*forms?"
        r"|(?:(?:web|kontakt|online|anfrage|support)-?)*formular[es]?"
        r"|formularios?(?: web| de contacto| de soporte)?|formulaires?(?: de contact| web| en ligne)?"
        r"|web ?sites?|webseite|homepage|sitio(?: web)?|pagina web|site(?: web| internet)?"
    ),
}
"""What each kind of channel is called."""

WAY = "(?:" + "|".join(WAYS.values()) + r")(?!\w)"
MATTER = (
    r"(?:requests?|questions?|tickets?|messages?|inquir(?:y|ies)|enquir(?:y|ies)|cases?|complaints?|reports?|issues?"
    r"|conversations?|anfragen?|fragen?|nachrichten?|meldung|anliegen|beschwerde|vorgang|solicitud(?:es)?"
    r"|consultas?|preguntas?|mensajes?|caso|peticion|incidencia|reclamacion|demandes?|requetes?|dossiers?"
    r"|reclamations?"
    r"|messages?)"
)
"""What a customer calls what they brought before."""

_WHEN = (
    "yesterday today tonight this last week weeks month months day days hour hours minute minutes ago earlier before "
    "already recently just now then since morning afternoon evening night monday tuesday wednesday thursday friday "
    "saturday sunday january february march april may june july august september october november december once twice "
    "again still yet so far previously a an one two three four five couple few several times "
    "gestern heute vorgestern letzte letzten letzter letztes woche wochen monat tag tagen tage vor stunden stunde "
    "bereits schon eben vorhin fruher montag dienstag mittwoch donnerstag freitag samstag sonntag einmal zweimal "
    "mehrfach wieder noch immer bisher am um uhr januar februar marz mai juni juli oktober dezember "
    "ayer hoy anteayer pasado pasada semana semanas mes dia dias hace hora horas ya antes lunes martes miercoles "
    "jueves "
    "viernes sabado domingo vez dos veces todavia aun manana tarde esta este enero febrero abril mayo junio julio "
    "hier aujourd'hui avant semaine semaines mois jour jours heure heures deja lundi mardi mercredi jeudi vendredi "
    "samedi dimanche fois encore toujours il y a derniere dernier passee passe matin soir janvier fevrier avril juin "
    "juillet aout"
)
_LITTLE = (
    "i we you he she it they me us him my our your their his her the that which who this these those there here to of "
    "in on at by via for from with as is was are were be been have has had did do does and or but so because about "
    "please kindly hello hi hey dear team support sir madam thanks thank regards kind best sorry ok okay yes no not "
    "never nobody any anything nothing when answer answered good evening seen pls where stands checking inquiring "
    "following wondering been u reply replied response heard hear got get gotten received "
    "receive wrote written sent told said mentioned described explained contacted news update status progress "
    "know check look see read same it's i'm i've i'd we've you've haven't hasn't didn't don't wasn't back up too also "
    "really very colleague colleagues someone somebody anyone waiting wait matter problem question request message "
    "account number ticket case "
    "ich wir sie ihr euch ihnen mir mich uns es das die der den dem des ein eine einen einer meine mein meiner meinem "
    "ihre euer und oder aber denn weil zu von auf im in an bei fur mit per uber ist war sind habe haben hatte hat "
    "wurde "
    "bitte danke hallo guten tag liebe liebes lieber sehr geehrte damen herren leider nicht keine kein nie niemand "
    "nichts antwort geantwortet ruckmeldung bekommen erhalten gehort geschrieben geschickt gesendet kontaktiert "
    "erwahnt gesagt beschrieben neues neuigkeiten stand nachricht anfrage frage sich schon warte warten immer wie "
    "auch "
    "etwas gibt seit zusammen bezuglich ne bin stammt kam kommt zwei drei vier "
    "yo nosotros usted ustedes le les lo la los las el un una mi mis su sus se me nos que y o pero por para de del al "
    "a "
    "en con como es era he ha han hemos habia recibido recibi respuesta respondido responden contestado nadie nada "
    "ninguna ningun no si gracias hola buenos buenas dias tardes favor saludos estimados escribi escribo envie mande "
    "noticias novedades estado mensaje consulta solicitud sigo esperando espero alguna algun hay estoy electronico "
    "tengo tres cuatro me "
    "je j'ai nous vous ils elle on tu mon ma mes notre nos votre vos le la les l' un une des du de d' et ou mais par "
    "pour a au aux dans sur en avec ce c'est est etait ai avez avons ont ete n'ai n'avez pas jamais personne rien "
    "reponse repondu recu recue ecrit envoye contacte merci bonjour bonsoir cordialement svp s'il plait nouvelles "
    "message demande question suis attends attente toujours aucune aucun qui que bien me sans repondre deux trois "
    "quatre"
)
SMALL = frozenset((_WHEN + " " + _LITTLE).split())
"""Words that say when, who and whether, and bring no matter of their own."""

ASKING = re.compile(
    r"\b(?:how|what|why|when|where|which|can|could|should|does|wie|was|warum|wieso|wann|wo|kann|como|por que|cuando"
    r"|donde|puedo|comment|pourquoi|quand|puis-je|peut-on)\b"
)
_CLAUSE_ENDS = r"\s*(?:[,;:!?]|\.(?=\s|$)|\s[-–]\s|\b(?:and|but|so|und|aber|y|pero|et|mais)\b)\s*"  # noqa: RUF001 - a dash
_IDLE = (
    (
        r"(?:so|and|and now|now|well|ok|okay)?,? ?(?:is there |are there |do you have |have you got |have you |hast du"
        r" )?"
        r"(?:any |some )?(?:news|updates?|progress|feedback|word|answer|reply|response)(?: yet| so far| about (?:it"
        r"|that)"
        r"| on (?:it|that|this)| for me| please)*"
    ),
    (
        r"(?:what(?:'s| is)|whats|can you tell me|could you tell me|i would like to know|i'd like to know) the "
        r"(?:current"
        r" )?"
        r"(?:status|state|progress)(?: of (?:it|that|this))?(?: please| now)?"
    ),
    (
        r"(?:did|have|has|could|can|do|would) (?:you|anyone|anybody|somebody|someone)(?: please| already)* (?:get|got"
        r"|receive[d]?|see|seen|read|find|found|check|checked|look at|look into|have a look(?: at)?|help|help me|see"
        r" it"
        r"|tell me(?: more)?|confirm)(?: (?:it|that|this|my message|me|us|with (?:it|that|this)))*(?: please| yet)*"
    ),
    (
        r"(?:please|kindly|just)? ?(?:check|look into|look at|have a look(?: at)?|answer|reply|respond|help(?: me)?"
        r"|advise"
        r"|update me|let me know|get back to me|see|find)(?: (?:it|that|this|there|me|please))*"
    ),
    (
        r"(?:can|could) you (?:please )?tell me (?:more|where|how)|[a-z]+ here|when (?:will|do|can|may|could|would) "
        r"(?:i"
        r"|we|you) (?:get|hear|receive|expect|have|answer|reply)(?: (?:an|a|any|my|me|back"
        r"|answer|reply|response|from you|to it))*|what now|(?:where|how) (?:it|that|this|my request|things) stands?"
        r"|what"
        r"(?: has)? happened(?: to| with)?(?: it)?|where is (?:it|my answer)|what about (?:it|that)"
    ),
    r"(?:it's|it is|this is) (?:me|me again|urgent|[a-z]+(?: [a-z]+)?)|my name is \w+(?: \w+)?",
    (
        r"(?:follow(?:ing)?[ -]?up|reminder|second attempt|my (?:request|ticket|question|message)|request|question"
        r"|help"
        r"|support|enquiry|inquiry|re|aw|fwd|wg|earlier (?:contact|mail|message|request))"
    ),
    (
        r"(?:hallo|guten (?:tag|morgen|abend)|moin|servus|gruss gott|hola|buen(?:os|as) (?:dias|tardes|noches)|buenas"
        r"|bonjour|bonsoir|salut|hello|hi|hey|dear|liebes?|sehr geehrte|estimad[oa]s?|chere?s?)(?: \w+){0,4}"
    ),
    (
        r"(?:(?:viele|liebe|beste|mit freundlichen|schone)n? grusse?n?|mfg|lg|vg|saludos(?: cordiales)?|un saludo"
        r"|atentamente|(?:bien )?cordialement|bien a vous|salutations|(?:kind|best|warm) regards|cheers|sincerely)"
        r"(?: \w+){0,3}"
    ),
    (
        r"(?:gibt es|gibt's|habt ihr|haben sie)(?: da| dazu| schon| bereits| hierzu| was| etwas)* (?:neues|neuigkeiten"
        r"|(?:eine |die )?(?:antwort|ruckmeldung|info(?:s)?))(?: dazu| fur mich)?"
    ),
    (
        r"(?:wie|was) ist (?:da |denn )?(?:der (?:aktuelle )?stand|passiert)(?: (?:der dinge|dazu|jetzt))?|was nun|und"
        r" jetzt"
    ),
    (
        r"wann (?:bekomme|erhalte|kriege|hore|kommt|gibt es|melden)(?: (?:ich|wir|sie|sich|eine?|antwort|ruckmeldung"
        r"|etwas"
        r"|was))*"
    ),
    (
        r"(?:konnen|konnten|konnt|konntet|haben|habt|hatten) (?:sie|ihr)(?: mir| das| es| sie| bitte| diese| schon|"
        r" bereits"
        r"| mal)* (?:nachsehen|nachschauen|helfen|antworten|prufen|weiterhelfen|bekommen|erhalten|gelesen|gesehen"
        r"|finden"
        r"|angesehen)"
    ),
    (
        r"(?:bitte )?(?:um )?(?:schauen sie|sehen sie|antworten sie|prufen sie|eine |um )?(?:bitte )?(?:nach|antwort"
        r"|ruckmeldung|hilfe|mal nach)(?: bitte)?|nachfrage|ruckfrage|meine anfrage|anfrage|frage|erinnerung|ist "
        r"(?:sie"
        r"|das"
        r"|die|es) (?:angekommen|bei ihnen angekommen)"
    ),
    (
        r"¿?(?:hay|tienen|tiene|alguna|algunas)? ?(?:ya )?(?:alguna |algunas )?(?:novedad(?:es)?|noticias?|respuesta)"
        r"(?: al respecto| ya)?"
    ),
    (
        r"¿?(?:pueden?|podrian?|podeis)(?: por favor)? (?:ayudar(?:me)?|revisar(?:lo)?|mirar(?:lo)?|responder(?:me)?"
        r"|decirme algo|comprobarlo)(?: por favor)?|¿?lo (?:han )?(?:recibieron|recibido|visto|vieron|leido)"
        r"|¿?cual es el estado|consulta|pregunta|mi (?:consulta|solicitud)|seguimiento|¿?que (?:paso|hago ahora)"
    ),
    (
        r"(?:y a-t-il |avez-vous |est-ce qu'il y a |vous avez )?(?:du nouveau|des nouvelles|une reponse|un retour)"
        r"(?: a ce sujet)?"
    ),
    (
        r"(?:pouvez-vous|pourriez-vous|vous pouvez)(?: me| m')? ?(?:aider|repondre|regarder|verifier|renseigner)"
        r"(?: svp| s'il vous plait)?|l'avez-vous (?:bien )?recue?|ou en est(?:-on|-ce| cela| ma demande)?|relance"
        r"|ma demande|question|et maintenant|quel est le statut"
    ),
)
IDLE = re.compile("|".join(f"(?:{pattern})" for pattern in _IDLE))
"""Whole clauses that ask for nothing but an answer, or for nothing at all."""


def clauses(text: str) -> list[str]:
    """The clauses of a folded text, without marks around them."""
    return [kept for clause in re.split(_CLAUSE_ENDS, text) if (kept := clause.strip(" .¿¡\"'()[]*_<>…-"))]


def is_idle(clause: str) -> bool:
    """Whether a folded clause brings no matter of its own."""
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?'?", clause)
    return IDLE.fullmatch(clause) is not None or all(word in SMALL or word.isdigit() for word in words)
