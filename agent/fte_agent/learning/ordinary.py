"""Words that are no names: what sentences begin with, products, places and short forms that everybody knows."""

_OPENERS = (
    "a about above after again all almost already also although always an and another any anybody anyone anything are "
    "as ask at back be because been before below besides best better between both but by call can cannot check choose "
    "click close come contact copy could create customers deliveries delivery did do does don't download drag during "
    "each either else email emails enter even every everybody everyone everything except fill find first five follow "
    "for four from full general get give go good has have he head here his hold how however i i'd i'll i'm i've if in "
    "instead invoices is it it's its just keep know last later less let like log login look make many may maybe "
    "members more most move much must my never new next no nobody none normally not note nothing now of off old on "
    "once one only open or orders other otherwise our out over owners parcels payments people please press previous "
    "prices put quite rather reach read refunds refer remove repeat replace returns right same save scroll see select "
    "send set several shall she should show sign simply since six so some somebody someone sometimes soon standard "
    "start still stop such support sure switch take tap team teams ten than that that's the their them then there "
    "there's therefore these they they're this those though three through time to too toggle track try turn twice two "
    "type under unfortunately unless until up update upload upon us use users usually very via view visit wait was we "
    "we'd we'll we're we've were what when where whether which while who whose why wish with within without work "
    "write yes yet you you'd you'll you're you've your yours zero hello hi hey thanks thank refund return order "
    "invoice account plan plans free paid price shop store item items product products card cards bank cash money "
    "change cancel add edit delete import export file files page pages form forms link links code codes number "
    "numbers name names date days day weeks week months month years year hours hour minutes minute business working "
    "monthly yearly annual currently typically generally sorry depending regardless according provided assuming given "
    "enough apart alternatively additionally afterwards finally firstly secondly lastly daily weekly hourly only-if "
    "gift vat tax taxes data backups guests admins administrators browsers phones tablets laptops apps app web mobile"
)
OPENERS = frozenset(_OPENERS.split())
"""What a sentence may begin with. A word that stands here is not taken for a name there, and only there."""

ENDINGS = ("ing", "ings", "tion", "tions", "ment", "ments", "able", "ity", "ness", "ships")

_ALSO = (
    "amber angel april art august autumn bill carol chase christian cliff crystal dawn dean don drew eve faith frank "
    "gene ginger grace grant harry holly hope hunter iris ivy jack jean joy june ken lance mark max may miles misty "
    "nick olive pat pearl penny ray rich rob robin rose ruby sandy skip sky sue summer victor violet wade will"
)
ALSO_NAMES = frozenset(_ALSO.split())
"""Ordinary words that are given names as well: within a sentence a capital makes one."""

_PROPER = (
    "monday tuesday wednesday thursday friday saturday sunday january february march july september october november "
    "december christmas easter english german french spanish italian dutch portuguese polish swedish european "
    "american british swiss irish austrian danish norwegian finnish greek turkish russian chinese japanese indian "
    "android windows mac macos ios ipados linux ubuntu chrome firefox safari edge google apple microsoft outlook "
    "gmail excel word powerpoint paypal visa mastercard maestro amex stripe klarna sepa whatsapp facebook instagram "
    "linkedin twitter youtube slack teams zoom dropbox github gitlab jira trello wordpress shopify amazon dhl ups "
    "fedex dpd gls usps iphone ipad bluetooth wi-fi wifi europe africa asia america australia austria belgium brazil "
    "bulgaria canada china croatia cyprus czechia denmark england estonia finland france germany greece hungary "
    "iceland india ireland israel italy japan latvia liechtenstein lithuania luxembourg malta mexico netherlands "
    "zealand norway poland portugal romania scotland serbia slovakia slovenia spain sweden switzerland turkey ukraine "
    "kingdom united states wales union i i'm i'll i've i'd ok okay internet"
)
PROPER = frozenset(_PROPER.split())

_ACRONYMS = (
    "A AM API CET CSS CSV DNS EU EUR FAQ FTP GB GBP GDPR GMT GPS HR HTML HTTP HTTPS I IBAN ID IDS IMAP IP ISO IT JPG "
    "JSON KB MB MFA NFC OAUTH OK OS PC PDF PIN PM PNG POP POP3 PSP QR RAM RSS SAML SCIM SDK SEPA SKU SLA SMS SMTP SQL "
    "SSH SSL SSO SVG SWIFT TB TLS TV TXT UI UK UPS URL US USA USB USD UTC VAT VPN XLSX XML ZIP CNAME MX TTL"
)
ACRONYMS = frozenset(_ACRONYMS.split())

_SPOKEN_TO = (
    "support sales billing accounting us them him her it someone somebody anyone people customers your the our this "
    "that again back directly today tomorrow now first another either both help there here"
)
SPOKEN_TO = frozenset(_SPOKEN_TO.split())
"""Whom one asks or calls without naming a person."""

_ROLES = (
    "info support sales billing accounts accounting office contact admin hello mail email post team service services "
    "customer customers help orders order shop webmaster noreply reply marketing press kontakt buchhaltung rechnung "
    "einkauf verkauf secretariat contacto ventas direction comptabilite invoices finance purchasing hr jobs studio"
)
ROLES = frozenset(_ROLES.split())
"""What an address is called after where no person is."""
