"""Mail: its text, and what of it is new."""

from email.message import EmailMessage

# ruff: noqa: RUF001 - letters of other scripts are meant
import pytest
from mails import arrived, raw, read

QUOTE = "> How are you?\n> Fine.\n"


@pytest.mark.parametrize(
    ("body", "new"),
    [
        ("It works now.\n\n" + QUOTE, "It works now."),
        (f"It works now.\n\nOn Mon, Jan 5, 2026 at 9:30 AM Ada <a@b.c> wrote:\n{QUOTE}", "It works now."),
        (f"It works now.\n\nOn Mon, 5 Jan 2026, 09:30 Ada Lovelace\n<a@b.c> wrote:\n\n{QUOTE}", "It works now."),
        ("It works now.\n\nOn 5 Jan 2026, at 09:30, Ada wrote:\n\nHow are you?\n", "It works now."),
        (f"On 5 Jan 2026 at 9:30 Ada <a@b.c> wrote:\n{QUOTE}\nBelow it works.\n", "Below it works."),
        ("Nun geht es.\n\nAm 05.01.2026 um 09:30 schrieb Ada <a@b.c>:\n> Alt", "Nun geht es."),
        ("Ça marche bien.\n\nLe lun. 5 janv. 2026 à 09:30, Ada <a@b.c> a écrit :\n> Ancien", "Ça marche bien."),
        ("Funciona bien.\n\nEl lun, 5 ene 2026 a las 9:30, Ada (<a@b.c>) escribió:\n> Viejo", "Funciona bien."),
        ("It works now.\n\n-----Original Message-----\nFrom: Ada\nOld text", "It works now."),
        ("Nun geht es.\n\n-----Ursprüngliche Nachricht-----\nVon: Ada\nAlt", "Nun geht es."),
        ("Nun geht es.\n\nVon: Ada <a@b.c>\nGesendet: Montag\nAn: Hilfe\n\nAlt", "Nun geht es."),
        ("Nun geht es.\n\nVon: Ada <a@b.c> gesendet am Montag\n\nAlt", "Nun geht es."),
        ("It works now.\n\nFrom: Ada <a@b.c>\nSent: Monday\nTo: Help\n\nOld", "It works now."),
        ("It works now.\n\n\u200f> Old\n\u202b> words\u202c", "It works now."),
        ("It works now.\n-- \nAda\nLumen Ltd", "It works now."),
        ("It works now.\n--\nAda", "It works now."),
        ("Yes\n\n" + QUOTE, "Yes\n\n> How are you?\n> Fine."),
        (f"Thanks!\n\nOn Mon, Jan 5, 2026 at 9:30 AM Ada <a@b.c> wrote:\n{QUOTE}", "Thanks!"),
        ("Refund\n\n-----Original Message-----\nOld text", "Refund\n\n-----Original Message-----\nOld text"),
        ("ありがとうございます\n\n" + QUOTE, "ありがとうございます"),
        ("7\n\n" + QUOTE, "7\n\n> How are you?\n> Fine."),
        ("👍\n\n" + QUOTE, "👍"),
        ("Yes\n-- \nAda", "Yes"),
        ("...!\n\n" + QUOTE, "...!\n\n> How are you?\n> Fine."),
        (QUOTE, "> How are you?\n> Fine."),
        ("> Old:\n> From: Ada\n> Sent: Monday\n> To: Help\nIt works now.", "It works now."),
        ("> On Mon, Jan 5, 2026 at 9:30 AM Ada <a@b.c> wrote:\n\nIt works now.", "It works now."),
        ("My way is\nFrom: Berlin\nTo: Hamburg\nWhat is it?", "My way is\nFrom: Berlin\nTo: Hamburg\nWhat is it?"),
        ("Hello,\nas your shop wrote:\nit costs nothing", "Hello,\nas your shop wrote:\nit costs nothing"),
        (
            "Hello there.\nOn 5 January at 9:30 I wrote:\n> I am here\nand nothing came.",
            "Hello there.\nand nothing came.",
        ),
        ("-- \nAda", "--\nAda"),
        ("I use bullets:\n--\nfirst point: how do I export?", "I use bullets:\n--\nfirst point: how do I export?"),
        ("It works now.\n\nSent from my iPhone\n\n" + QUOTE, "It works now."),
        ("It is sent from my shop", "It is sent from my shop"),
        (
            "It works now.\n\n*From:* Ada <a@b.c>\n*Sent:* Monday\n*To:* Help\n*Subject:* Re: Hello\n\nOld",
            "It works now.",
        ),
        (f"It works now.\n\n{'_' * 32}\nFrom: Ada <a@b.c>\nSent: Monday\nTo: Help\n\nold", "It works now."),
        ("It works.\n\nOn January 5, 2026 at 9:30:11 AM, Ada (a@b.c) said:\n\nOld", "It works."),
        (f"Bien mal.\n\nXyz 5.1.2026 09:30 Ada <a@b.c> abcdef:\n{QUOTE}", "Bien mal."),
        (f"On Linux it works.\nOn Mon, Jan 5, 2026 at 9:30 AM Ada <a@b.c>\nwrote:\n{QUOTE}", "On Linux it works."),
        ("It still fails.\nOn Monday I wrote:\nno answer", "It still fails.\nOn Monday I wrote:\nno answer"),
        ("It fails.\nFrom: day one\nSent back again", "It fails.\nFrom: day one\nSent back again"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("It is red -- or so\n---\nnot green", "It is red -- or so\n---\nnot green"),
        ("", ""),
        ("NUL\x00 and \x1b[31mred\x07", "NUL and [31mred"),
    ],
)
def test_what_is_new(body, new):
    assert arrived(raw("In-Reply-To: <ours@x>", "Content-Type: text/plain; charset=utf-8", body=body)).body == new


@pytest.mark.parametrize(
    "body",
    [
        "I booked this journey:\nFrom: Berlin\nTo: Munich\nDate: 5 January\nNobody came, so I want my money back.",
        'On 5 January 2026 your agent Tom wrote:\n"We refund it."\nThat has not happened.',
        "Am 5.1.2026 schrieb Ihr Kollege:\nWir erstatten das.\nDas ist nicht geschehen.",
        "Le 5 janvier 2026 votre collègue a écrit :\nC'est fait.\nCe n'est pas vrai.",
        "Von: Bonn\nAn: Kiel\nDatum: 5.1.\nDas Paket ist weg.",
        "The form says:\nSent: yes\nFrom: the office\nTo: me\nand I have nothing.",
        "-- a list --\nFrom: one\nand more",
    ],
)
def test_who_answers_nothing_tells_in_their_own_words(body):
    found = read(raw("Subject: A request", "Content-Type: text/plain; charset=utf-8", body=body))
    assert (found.body, found.forwarded) == (body, False)


@pytest.mark.parametrize("headers", [["In-Reply-To: <a@x>"], ["References: <a@x>"], ["Subject: [EXT] AW: Paket"]])
def test_who_answers_quotes(headers):
    body = "Nun geht es.\n\nAm 5.1.2026 schrieb Ihr Kollege:\nWir erstatten das."
    assert read(raw(*headers, body=body)).body == "Nun geht es."


@pytest.mark.parametrize(
    "body",
    [
        "It works now.\n\n-----Original Message-----\nOld",
        "It works now.\n\nFrom: Help <help@example.com>\nSent: Monday\nTo: Ada\n\nOld",
        "It works now.\n\nSent: Monday\nFrom: Help <SALES@example.com>\nTo: Ada\n\nOld",
        "It works now.\n\nOn 5 January 2026 Ada wrote:\n> Old",
    ],
)
def test_our_own_words_are_no_customers_whatever_the_mail_answers(body):
    assert read(raw(body=body)).body == "It works now."


OLD = "\nOur old words stand here."


@pytest.mark.parametrize(
    "introduction",
    [
        "Gesendet: Montag, 5. Januar 2026 um 09:30 Uhr\nVon: Hilfe <h@x.example>\nAn: Kim\nBetreff: Re: Paket",
        "Sent: Monday, January 5, 2026 at 9:30 AM\nFrom: Help <h@x.example>\nTo: Kim\nSubject: Parcel",
        "envoyé : 5 janvier 2026 à 09:30\nde : Aide <h@x.example>\nà : Kim\nobjet : Colis",
        "Datum: 5. Januar 2026\nBetreff: Paket\nVon: Hilfe\nAn: Kim",
        "Subject: Parcel\nDate: 5 January\nTo: Kim\nFrom: Help",
        "------------------ Original ------------------\nFrom: Help",
        "------------------\u00a0Original\u00a0------------------\nFrom: Help",
        "------------------ \u539f\u59cb\u90ae\u4ef6 ------------------",
        "---- \u56de\u590d\u7684\u539f\u90ae\u4ef6 ----\n| \u53d1\u4ef6\u4eba | Help |",
        "---- Replied Message ----\n| From | help |",
        "----- Mail original -----\nDe: Aide",
        "----- Ursprüngliche Mail -----\nVon: Hilfe",
        "------ Originalnachricht ------\nVon: Hilfe",
        "-----Original-Nachricht-----\nBetreff: Paket",
        "---- On Mon, 05 Jan 2026 09:30:00 +0100 Help <h@x.example> wrote ----",
        "---- El lun, 05 ene 2026 09:30:00 +0100 Ayuda <h@x.example> escribió ----",
        'At 2026-01-05 09:30:00, "Help" <h@x.example> wrote:',
        '\u5728 2026-01-05 09:30:00\uff0c"Help" <h@x.example> \u5199\u9053\uff1a',
        "Od: Pomoc <h@x.example>\nOdoslané: pondelok 5. januára 2026 9:30\nKomu: Kim\nPredmet: Balík",
        "\u200f\u05de\u05d0\u05ea:\u200f Help\n\u200f\u05e0\u05e9\u05dc\u05d7:\u200f 5\n\u200f\u05d0\u05dc:\u200f Kim",
        "\u0645\u0646: Help\n\u062a\u0645 \u0627\u0644\u0625\u0631\u0633\u0627\u0644: 5\n\u0625\u0644\u0649: Kim",
        "De la: Ajutor <h@x.example>\nTrimis: luni, 5 ianuarie 2026 09:30\nCătre: Kim\nSubiect: Colet",
        "\u202b5 \u05d1\u05d9\u05e0\u05d5\u05f3 2026 \u05de\u05d0\u05ea Help <h@x.example>:\u202c",
        "Am 5.1.2026 schrieb Hilfe:\u200f\u202c",
    ],
)
def test_how_programs_say_that_a_quote_follows(introduction):
    body = f"It works now.\n\n{introduction}\n{OLD}"
    assert (
        arrived(raw("In-Reply-To: <a@x>", "Content-Type: text/plain; charset=utf-8", body=body)).body == "It works now."
    )


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy S21 5G smartphone.",
        "Sent from my iPhone, please excuse any typos.",
        "Sent from Yahoo Mail for iPhone",
        "Sent from Outlook for iOS<https://aka.ms/o0ukef>",
        "Sent from Mail for Windows 10",
        "Sent with Proton Mail secure email.",
        "Sent from my mobile phone",
        "Get Outlook for Android",
        "Von meinem iPhone gesendet",
        "Von meinem/meiner Huawei-Mobiltelefon gesendet",
        "Gesendet mit der GMX Mail App",
        "Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.",
        "Envoyé de mon iPhone",
        "Télécharger Outlook pour iOS",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Verzonden met Outlook voor Android",
        "Skickat från min iPad",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "iPhone\u304b\u3089\u9001\u4fe1",
        "\u53d1\u81ea\u6211\u7684 iPhone",
        "\u4ece\u6211\u7684iPhone\u53d1\u9001",
    ],
)
def test_what_a_telephone_adds_is_no_word_of_the_customers(line):
    body = f"It works now.\n\n{line}"
    assert arrived(raw("Content-Type: text/plain; charset=utf-8", body=body)).body == "It works now."


@pytest.mark.parametrize(
    "line",
    [
        "Sent with the wrong courier again, I want my money back.",
        "Sent from my old address to the new one",
        "Sent via your mobile app twice without any answer",
        "Sent from Samsung in the wrong colour, so take it back.",
        "Sent by mail last week",
        "Gesendet mit DHL am 3.1., bitte um Nachricht",
        "Gesendet von Köln nach Bonn",
        "Envoyé de Paris le 3 janvier",
        "Enviado de Madrid el lunes pasado",
        "Inviato da Roma il 3 gennaio",
        "Verzonden met PostNL op 3 januari",
        "Lähetetty maanantaina Helsingistä",
        "Sendt fra Oslo i går",
        "Skickat från Malmö igen",
        "Odesláno z Prahy v pondělí",
    ],
)
def test_what_the_customer_sent_is_said_in_the_last_line(line):
    body = f"The parcel is not here.\n\n{line}"
    assert arrived(raw("Content-Type: text/plain; charset=utf-8", body=body)).body == body


@pytest.mark.parametrize(
    ("below", "is_signature"),
    [
        ("Kim Lee\nHead of Sales\nTel. +49 30 1234567", True),
        ("Kim Lee\nkim@lee.example\nwww.lee.example is where we are at home.", True),
        ("My second order has not arrived", False),
        ("Please refund me.", False),
        ("And the lamp?", False),
        ("\u6211\u7684\u5305\u88f9\u8fd8\u6ca1\u6709\u5230\u8fbe", False),
    ],
)
def test_below_two_dashes_stands_a_signature_or_another_thought(below, is_signature):
    body = f"The parcel is not here.\n--\n{below}"
    expected = "The parcel is not here." if is_signature else body
    assert arrived(raw("Content-Type: text/plain; charset=utf-8", body=body)).body == expected


BLOCK = "From: Bill <b@x.example>\nSent: Monday, January 5, 2026 9:30 AM\nTo: Ada\nSubject: Invoice\n\nPay us 90."
FORWARD = "---------- Forwarded message ---------"


@pytest.mark.parametrize(
    ("subject", "body", "new", "forwarded"),
    [
        ("FW: Invoice", f"Is it yours?\n\n{BLOCK}", f"Is it yours?\n\n{BLOCK}", True),
        ("Re: FW: Invoice", f"It is ours.\n\n{BLOCK}", "It is ours.", False),
        ("Invoice", f"Is it yours?\n\n{BLOCK}", f"Is it yours?\n\n{BLOCK}", True),
        ("Re: Invoice", f"It is ours.\n\n{BLOCK}", "It is ours.", False),
        ("[EXTERN] WG: Invoice", f"Is it yours?\n\n{BLOCK}", f"Is it yours?\n\n{BLOCK}", True),
        ("[EXT] [SPAM?] Fwd: Hello", "Nothing is quoted here.", "Nothing is quoted here.", True),
        ("VS: Lasku", f"Se on meidän.\n\n{BLOCK}", "Se on meidän.", False),
        (
            "VS: Faktura",
            "Er det din?\n\nFra: Bill\nSendt: mandag\nTil: Ada\n\nBetal.",
            "Er det din?\n\nFra: Bill\nSendt: mandag\nTil: Ada\n\nBetal.",
            True,
        ),
        ("Invoice", f"Is it yours?\n\n{FORWARD}\n{BLOCK}", f"Is it yours?\n\n{FORWARD}\n{BLOCK}", True),
        (
            "Invoice",
            "Yours?\n> Begin forwarded message:\n>\n> Pay us.",
            "Yours?\nBegin forwarded message:\n\nPay us.",
            True,
        ),
        (
            "Invoice",
            "Yours?\n\u200f> Begin forwarded message:\n> Pay, a\u200db.\n> > now",
            "Yours?\nBegin forwarded message:\nPay, a\u200db.\n> now",
            True,
        ),
        (
            "Re: Invoice",
            f"It is ours.\n\nOn 5 Jan 2026 Ada wrote:\n> {FORWARD}\n> Pay.",
            "It is ours.",
            False,
        ),
        ("Fwd: Hello", "Nothing is quoted here.", "Nothing is quoted here.", True),
    ],
)
def test_what_is_forwarded_is_the_message(subject, body, new, forwarded):
    found = read(raw(f"Subject: {subject}", body=body))
    assert (found.body, found.forwarded) == (new, forwarded)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello&nbsp;there,</p><p>it&#39;s <b>broken</b> &lt;again&gt;</p>", "Hello there,\n\nit's broken <again>"),
        ("<html><head><title>T</title><style>p{}</style></head><body>Only this</body></html>", "Only this"),
        ("<head><style>x</style><body>Head never closed", "Head never closed"),
        ("Seen <script>alert('unseen')</script><noscript>unseen</noscript>here", "Seen here"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("line one<br>line\ntwo", "line one\nline two"),
        (
            "It works now.<div>On 5 Jan 2026 at 9:30 Ada wrote:<blockquote>Old<br>text</blockquote></div>",
            "It works now.",
        ),
        ("<p>New words.</p><blockquote class='gmail_quote'>Old text</blockquote>", "New words."),
        ("<p>New words.</p><blockquote cite='mid:1@x'>Old text</blockquote>", "New words."),
        (
            "<p>A word.</p><blockquote>And<blockquote type=cite>old</blockquote>more</blockquote>",
            "A word.\n\nAnd\nmore",
        ),
        ("New words.<blockquote type=cite>Old<div>text</div></blockquote>More words.", "New words.\nMore words."),
        ("Before <!-- hidden <b>x</b> --> after that", "Before after that"),
        ("Before that <!-- never closed", "Before that"),
        ("<!doctype html><![if !mso]>Two words<![endif]>", "Two words"),
        ("1 < 2 and <3 you", "1 < 2 and <3 you"),
        ("<![foo[bar", "<![foo[bar"),
        ("<p>Where is\r\nmy\rorder\nnow?</p>", "Where is my order now?"),
        ("New words.<blockquote type=cite>Our old\r\nwords in\rtwo lines</blockquote>", "New words."),
        ("New words.<div class=gmail_quote><blockquote cite=x>Our\r\n<b>old\r\nwords</b></blockquote>", "New words."),
        ("The log:<pre>one\r\n  two\nthree</pre>and\r\nso on", "The log:\none\ntwo\nthree\nand so on"),
        (
            "New words.<div>05.01.2026, 09:30, &lt;h@x.example&gt;:</div><blockquote>Our<br>words</blockquote>",
            "New words.",
        ),
        ("Am 5.1.2026 schrieb Hilfe: <blockquote>Unsere Worte</blockquote>New words.", "New words."),
        ("This is what I saw at 9:30:<blockquote>An error</blockquote>", "This is what I saw at 9:30:\nAn error"),
        ("On 5.1.2026 I wrote:<blockquote>An error</blockquote>", "On 5.1.2026 I wrote:\nAn error"),
        ("New words.<blockquote type=cite><pre>Our\r\nold\nwords</pre></blockquote>", "New words."),
        ("a&#13;&#10;b word", "a b word"),
        (
            "<div style='white-space: pre-wrap'>one\r\ntwo <b>three\nfour</b></div>five\nsix",
            "one\ntwo three\nfour\nfive six",
        ),
        ("<td style='white-space:pre'>one\ntwo<td>three\nfour", "one\ntwo three four"),
        ("<p style='white-space:nowrap'>one\ntwo</p>", "one two"),
        ("<head><style>p{}</style><div>Where is my order?</div>", "Where is my order?"),
        ("<head><title>T</title>Where is it?", "Where is it?"),
        ("<p style='display:none'>Preview<p>Where is my order?", "Where is my order?"),
        ("<p hidden><span>Preview<table><tr><td>Where is my order?", "Where is my order?"),
        ("<div><span style='visibility:hidden'>Preview</div>Where is it?", "Where is it?"),
        ("<ul><li hidden>a<ul><li>b</ul>c<li>Where is it?</ul>", "Where is it?"),
        ("<table><tr><td hidden>a<td>Where is it?<tr hidden><td>b<tr><td>And when?", "Where is it?\nAnd when?"),
        ("<dl><dt hidden>a<dd>Where is it?</dl>", "Where is it?"),
        ("Seen <div style='display:none'><b>unseen</p></span></b> unseen</div> again", "Seen\nagain"),
        ("<b>Seen <div hidden>unseen</b> unseen</div>again", "Seen\nagain"),
    ],
)
def test_html(html, text):
    assert arrived(raw("Content-Type: text/html; charset=utf-8", body=html)).body == text


def a_letter() -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = "ada@ada.example"
    letter["Message-ID"] = "<1@ada.example>"
    return letter


def test_plain_text_is_preferred_unless_it_is_blank():
    letter = a_letter()
    letter.set_content("The plain one.\n")
    letter.add_alternative("<p>The HTML one.</p>", subtype="html")
    assert arrived(letter.as_bytes()).body == "The plain one."
    letter.get_body(("plain",)).set_content(" \n")
    assert arrived(letter.as_bytes()).body == "The HTML one."


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ([], "Grüße an alle", "Grüße an alle"),
        (["Content-Type: text/plain; charset=x-unknown"], "Grüße an alle", "Grüße an alle"),
        (["Content-Type: text/plain; charset=us-ascii"], "Gr\udcffe an alle", "Gr\u00ffe an alle"),
        (["Content-Transfer-Encoding: base64"], "SGVsbG8gdGhlcmU", "Hello there"),
        (["Content-Transfer-Encoding: quoted-printable"], "Hello=20there=", "Hello there"),
        (["Content-Type: text/plain; charset=iso-8859-1"], "Gr\udcfc\udcdfe an alle", "Grüße an alle"),
        (["Content-Type: nonsense"], "Hello there", "Hello there"),
        (["Content-Type: multipart/mixed"], "Hello there", "Hello there"),
        (
            ["Content-Type: text/plain; charset=utf-8"],
            "Gr\udcc3\udcbc\udcc3\udc9fe, cut o\udcc3",
            "Gr\u00fc\u00dfe, cut o\ufffd",
        ),
        (["Content-Type: text/plain; charset=gb18030"], "\udcc4\udce3\udcba\udcc3 \udcff", "\u4f60\u597d \ufffd"),
        (["Content-Type: image/png"], "Hello there", ""),
    ],
)
def test_odd_encodings(headers, body, text):
    assert arrived(raw(*headers, body=body)).body == text
