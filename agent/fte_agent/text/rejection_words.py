"""What is said of an answer that was none, and what takes it back: patterns for a plain sentence.

A plain sentence is casefolded, without accents and without marks at its end, with plain apostrophes. Each
name below says what its patterns tell; `fte_agent.text.rejection` says how they work together.
"""

_ANSWER = (
    r"(?:it|that|this|these|those|they|which|neither|none of (?:it|that|this|them|these|those)|nothing(?: of that)?"
    r"|(?:that|this|your|the|those|these) (?:last )?(?:answer|reply|link|steps?|instructions?|solution|suggestions?"
    r"|advice|article|page|tips?|explanation|response|information|info|method|trick|section|text|guide)s?)"
)
_NOT = r"(?:not|n't|never|hardly|no longer)"
_HELPED = (
    r"(?:help(?:ed|ing|s)?|work(?:ed|ing|s)?|answer(?:ed|s)?|solve[sd]?|fix(?:ed|es)?|appl(?:y|ies|ied)|match"
    r"|do (?:the trick|anything|it)|did (?:the trick|anything)|change[ds]? anything|make (?:a|any) difference|address"
    r"|explain(?:ed|s)?|what i|make sense|cut it|tell me)"
)
_MEANT = r"(?:ask(?:ed|ing)?|mean|meant|need(?:ed)?|want(?:ed)?|look(?:ing|ed) for|said|say|was after|am after)"
_SO = r"(?:no,? |sorry,? |but |well,? |i think |i'm afraid |unfortunately,? )*"
_OFF = (
    r"(?:wrong|incorrect|false|untrue|useless|nonsense|rubbish|outdated|out of date|(?:an?|the) (?:different|another"
    r"|other|wrong|old) \w+|(?:for|about) (?:an?|the) (?:other|different|wrong|old) \w+|(?:for|about) another \w+)\b"
)
_STILL = (
    r"\bstill (?:(?:does|do|did|is|are|ca|wo|was|has|have|could)n't|cannot|(?:does|do|is|are|can|will|has) not"
    r"|not|nothing|no (?:luck|change|difference|success|answer|way)|(?:exactly )?(?:the )?same|stuck|broken|fail\w*"
    r"|wrong|unsolved|lost|confused|getting|(?:having|have|got|see|get) (?:the|this|that|my|same))\b"
)
HINTING = (
    (
        r"^(?:no|nope|nah|nein|non|nee|nao|wrong|incorrect|false|not really|not quite|useless|(?:leider )?falsch"
        r"|nicht wirklich|pas vraiment)$"
    ),
    r"^(?:no|nope|nah|nein|non|nee|nao|wrong)(?:(?:[,;!]|\.(?! \d)| [-–]) \S| (?:it|that|this|they)\b)",  # noqa: RUF001 - a dash
    _STILL,
    r"^(?:(?:exactly )?the )?same (?:problem|error|issue|result|thing|message|story)(?: \w+){0,3}$",
    r"\b(?:already|have) (?:tried|done|did|read|checked) (?:that|this|it|all|both|these|those)\b",
    r"\bi already (?:tried|did|know|knew|read|said|told)\b",
    r"\bnothing (?:changed|happened|happens|changes)\b",
    r"\bthere(?:'s| is) no such\b|\bi (?:do not|don't|cannot|can't) (?:see|find) (?:that|this|such|any such) \w+",
)
"""These reject where the message asks nothing of its own."""
PLAIN = (
    (
        rf"\b{_ANSWER}(?:'?s| is| was|'re| are| were)?(?: still| really| quite| just| simply| at all)* ?{_NOT}(?:"
        r" really| quite| exactly| even| at all)* (?:it|what|how|the (?:answer|problem|question|issue|point|case|one)"
        r"|the right"
        r"|right|correct|true|helpful|useful|relevant|an answer|my (?:question|problem|issue|point|case)|any help"
        r"|enough|answering|helping|working|related)\b"
    ),
    rf"\b(?:not|n't)(?: at all| really| quite)? what i(?:'m| am| was| had| have)? ?{_MEANT}\b",
    (
        rf"\b{_ANSWER} (?:still |really |just |simply |unfortunately )*(?:do|does|did|has|have|could|can|will|would|wo)"
        rf"(?: {_NOT}|n't)(?: really| quite| even| actually| at all| been)* {_HELPED}"
    ),
    (
        rf"^(?:sorry,? |unfortunately,? |but |still |hm+,? |and |well,? )*(?:do|does|did|has|is|was)(?: {_NOT}|n't)"
        rf"(?: really| quite| actually)* {_HELPED}"
    ),
    rf"\b(?:none|neither|nothing)(?: of \w+(?: \w+)?)?(?: has| have)? {_HELPED}",
    (
        r"\b(?:tried|did|done|read|checked) (?:that|this|it|all (?:of )?(?:that|this|it)|both|these|those)(?: \w+)?"
        r"(?: already|,? (?:no luck|nothing|but|without|same))"
    ),
    r"^(?:sorry,? |but )?(?:no|without) (?:luck|change|difference|use|success|good|effect|help)\b",
    r"\b(?:wrong|bad|useless|unhelpful) (?:answer|reply|link|section|page|topic|question)\b",
    r"\b(?:not|un) ?helpful\b|\bno help(?: at all)?$",
    r"\byou(?:'ve| have)? (?:misunderstood|misread|misunderstand|missed (?:the|my) (?:point|question))\b",
    rf"^{_SO}{_ANSWER}(?:'?s| is| was|'re| are| were) (?:just |simply |completely |totally |all |plain )*{_OFF}",
    rf"^{_SO}not (?:it|that|this|that one|this one|the one|the answer)$|\bthe same (?:again|answer|reply|text|link)\b",
    r"^that(?:'s| is) (?:about|for|how) .+(?:,| but| not|, not) .+",
    r"\byou(?:'re| are) not (?:getting|understanding|answering|reading|listening)|\b(?:are|did|do) you even\b",
    r"\byou(?:'re| are)? ?(?:did|do|have)?(?: not|n't) (?:answer|understand|read|listen|get|address)\w*",
    r"\b(?:different|other) (?:question|problem|thing|matter|issue) (?:than|from|to) (?:what|the one|mine)",
    r"\bi (?:asked|was asking|meant|wanted|said)\b.*\bnot\b",
    r"\b(?:asked|asking|meant) (?:for |about )?something (?:else|different)\b",
    r"\b(?:hilft|half|nutzt|nuetzt|bringt)(?: mir| uns)?(?: das| leider| so| aber| auch| gar)* (?:nicht|nichts)\b",
    r"\bhat(?: mir| uns| das| leider| aber)* nichts? (?:geholfen|funktioniert|geklappt|gebracht|geaendert|geandert)\b",
    (
        r"\b(?:funktioniert|geht|klappt|lauft)(?: das| es| aber| leider| so| auch)* (?:immer noch |noch immer "
        r"|weiterhin |noch |trotzdem )?nicht\b|\bimmer noch (?:nicht|kein\w*|das gleiche|dasselbe|der gleiche)\b"
    ),
    r"\b(?:das|es|dies)(?: ist| war|s)?(?: leider| so| aber)? nicht (?:das|was|die|meine|richtig|hilfreich|gemeint)\b",
    r"\bhabe? ich (?:doch |ja )?(?:schon|bereits|alles)(?: alles| schon)? (?:versucht|probiert|gemacht|ausprobiert)\b",
    r"\bbeantwortet\b.*\bnicht\b|^(?:nein,? |aber )?(?:das|es) (?:stimmt|passt|trifft)(?: so| aber| leider)* nicht\b",
    r"^(?:aber |leider )?das (?:ist|war) (?:leider |aber )?(?:falsch|verkehrt|quatsch|unsinn)\b",
    r"\bfalsche antwort\b|\bnicht (?:danach )?gefragt\b|\bmeinte ich nicht\b|\bich meinte\b",
    r"\bnicht (?:das,? )?was ich\b",
    r"\bno (?:es|era) (?:eso|lo que|mi pregunta|la respuesta|correcto|asi)\b",
    r"\bno (?:me |nos )?(?:ha |han )?(?:ayud\w+|sirv\w+|servido|funcion\w+|resuelve|resolvio|responde)\b",
    r"\b(?:sigue|sigo|seguimos) (?:sin|igual|con el mismo|con la misma)\b|\b(?:todavia|aun) no (?:func|pued|va|me)\w*",
    r"\bya (?:lo |la |los )?(?:he |habia )?(?:intent|prob|hice|hecho)\w*|\brespuesta (?:equivocada|incorrecta)\b",
    r"\bce n'est pas (?:ce que|ma question|ca|cela|la reponse|la bonne|correct|utile|le probleme)\b",
    (
        r"\b(?:ca|cela|rien)(?: ne)? (?:m'aide|nous aide|marche|fonctionne|repond|resout|change)(?: toujours)?"
        r" (?:pas|rien)\b|\bn'a (?:pas|rien) (?:aide|fonctionne|marche|change|resolu)\b|\bne m'a pas aide\b"
    ),
    r"\btoujours (?:pas|le meme|la meme|rien)\b|\bj'ai deja (?:essaye|fait|teste)\b|\bmauvaise reponse\b",
    r"\b(?:est|c'est) (?:faux|pas ca|a cote)\b|\bvous n'avez pas (?:repondu|compris)\b",
    r"^(?:pero )?(?:eso |esto )?(?:esta mal|es (?:incorrecto|falso))\b",
    r"\bnon (?:e|era) (?:quello|questo|la mia domanda|la risposta)\b|\bnon (?:mi )?(?:aiuta|serve|risponde|funziona)\b",
    r"\bnao (?:e|era) (?:isso|isto|o que)\b|\bnao (?:me )?(?:ajud|serv|respond|funcion)\w+",
    r"\bda?t (?:is|was|klopt|werkt|helpt) (?:het |dus |zo )*niet\b|\bniet wat ik (?:vroeg|bedoel\w*|zoek)\b",
    r"\bpas ce que je? ?(?:'ai |voulais|demandais|cherche)\w*",
)
TAKEN_BACK = (
    r"\bnow (?:it|that|this|everything|all)(?: all)? ?(?:works|does|did|worked|is (?:fine|ok|okay|working|solved))",
    r"(?<!not )(?<!n't )\b(?:works|worked|working|fine|ok|okay|solved|fixed|good|clear|works fine|got it) now\b",
    r"\bnow (?:i|we) (?:can|see|get it|found|understand)\b|\b(?:is|was|got) (?:solved|fixed|sorted)\b",
    r"\bnever ?mind\b|\bforget it\b|\bno (?:problem|worries|thanks|thank you|need|rush|hurry|more questions|doubt)\b",
    r"\bno (?:further|other) (?:question|issue|problem)s?\b|\bthat(?:'s| is| was|s)(?: really)? (?:all|everything)\b",
    r"\ball (?:good|fine|clear|set)\b",
    (
        r"^(?:thank you|thanks|great|perfect|super|ok(?:ay)?|yes|cool|nice|ah|oh|and|,|!| )*\b(?:that|it|this)"
        r"(?: really| all)? (?:worked|works|helped|helps|did it|did the trick)\b"
    ),
    r"^(?:perfect|excellent|brilliant|wonderful|awesome|perfekt|perfecto|parfait)$",
    (
        r"^(?:and |but |also |thanks,? |ok(?:ay)?,? |now )*(?:one more|another|the next|a new) (?:thing|question"
        r"|problem|issue)\b"
    ),
    r"^no,? (?:that|this|it)(?:'s| is|s) (?:all|it|fine|ok|okay|good|great|perfect|clear|enough)\b",
    (
        r"\b(?:jetzt|nun) (?:geht|funktioniert|klappt|lauft)\b|\b(?:geht|funktioniert|klappt) (?:es )?jetzt\b"
        r"(?! immer| noch| auch| trotzdem| nicht)"
    ),
    r"\bnein,? (?:danke|das war|alles)|\bdas (?:war|ist) (?:es|alles|schon alles)\b|\bkein problem\b|\berledigt\b",
    r"\b(?:ya|ahora)(?: si)? (?:funciona|me funciona|va bien)\b|\bno,? gracias\b|\beso es todo\b|\bno hay problema\b",
    (
        r"\b(?:ca|cela) (?:marche|fonctionne) maintenant\b|\bmaintenant (?:ca|cela) (?:marche|fonctionne)\b"
        r"|\bnon,? merci\b|\bc'est tout\b|\bpas de (?:probleme|souci)s?\b"
    ),
)
APPEAL = (
    r"^(?:so |and |but |ok )*(?:what(?: now| else| then)?|what (?:shall|should|can|do) (?:i|we) do(?: now| then)?"
    r"|how come|why(?: not| is that| is that not)?"
    r"|any(?: other| more)? (?:idea|help|way|suggestion)s?|(?:can|could) (?:you"
    r"|somebody|anyone) (?:please )?help(?: me| us)?|(?:are|did|do) you even .*|really|seriously|hello|no|right"
    r"|und jetzt|was nun|warum|y ahora(?: que)?|et maintenant|pourquoi)$"
)
"""Questions that ask for nothing but help."""
