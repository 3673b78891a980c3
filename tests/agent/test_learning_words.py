"""Letters without greeting and signature, sentences of one customer's case, and what in a text is personal."""

import pytest

from fte_agent.learning.answers import Answer, answer_of, question_of
from fte_agent.learning.doubts import Vocabulary, doubts
from fte_agent.learning.letters import spoken
from fte_agent.learning.personal import NOBODY, People, masked
from fte_agent.learning.sayings import Saying, saying_of


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        ("Hi Ada,\n\nOpen Settings.\n\nBest\nTom", "Open Settings."),
        ("hi ada - it is free. Nothing else.", "it is free. Nothing else."),
        ("Morning deliveries arrive before ten.", "Morning deliveries arrive before ten."),
        ("Dear Sir or Madam,\nYes.\nYours faithfully\nT. Hale\nDirector", "Yes."),
        ("Choose the best plan.", "Choose the best plan."),
        ("It is free. Cheers, tom", "It is free."),
        ("Guten Tag Frau Meier, ja, das geht.\n\nViele Grüße\nIhr Team", "ja, das geht."),
        ("Bonjour,\noui.\n\nCordialement,\nHélène", "oui."),
        ("Yes.\n\n-- \nTom Hale\nSupport", "Yes."),
        ("Yes.\n\nOn Mon, 5 Jan 2026 at 10:30, Ada <ada@example.com> wrote:\n> is it?\n> thanks", "Yes."),
        ("--\nTom Hale", ""),
        ("Hello there", ""),
        ("Thanks\nTom", ""),
        ("", ""),
    ],
)
def test_a_letter_is_what_stands_between_greeting_and_closing(letter: str, said: str) -> None:
    assert spoken(letter) == said


def test_what_stands_below_a_closing_and_is_no_signature_is_kept() -> None:
    told = "The export holds a year, and what is older is on request, as the terms say in their third part, see there."
    assert told in spoken(f"Yes.\n\nThanks\n\n{told}")


@pytest.mark.parametrize(
    ("sentence", "saying"),
    [
        ("Refunds take five days.", Saying.GENERAL),
        ("We send the invoice on the first of each month.", Saying.GENERAL),
        ("If your order was damaged, send a photo.", Saying.GENERAL),
        ("When your trial has expired, boards can be read only.", Saying.GENERAL),
        ("Your data is deleted after 30 days.", Saying.GENERAL),
        ("Sorry, that is not possible.", Saying.GENERAL),
        ("Please let your owner know before you leave.", Saying.GENERAL),
        ("Your order was sent.", Saying.OWN_CASE),
        ("I've extended the trial.", Saying.OWN_CASE),
        ("I’ll look into it.", Saying.OWN_CASE),  # noqa: RUF001 - as telephones write
        ("We just refunded it.", Saying.OWN_CASE),
        ("Your parcel has now shipped.", Saying.OWN_CASE),
        ("It will arrive tomorrow.", Saying.OWN_CASE),
        ("You were charged twice.", Saying.OWN_CASE),
        ("The invoice number is [order].", Saying.OWN_CASE),
        ("Ich habe die Rechnung geändert.", Saying.OWN_CASE),
        ("Nous avons annulé la commande.", Saying.OWN_CASE),
        ("He cancelado el pedido.", Saying.OWN_CASE),
        ("Done!", Saying.DONE),
        ("This is fixed now.", Saying.DONE),
        ("That's been taken care of :)", Saying.DONE),
        ("Erledigt.", Saying.DONE),
        ("Thanks for your patience.", Saying.COURTESY),
        ("I'm sorry for the trouble.", Saying.COURTESY),
        ("Let me know if you need more.", Saying.COURTESY),
        ("👍", Saying.COURTESY),
        ("Which browser is it?", Saying.ASKING),
    ],
)
def test_a_sentence_is_for_everybody_or_of_one_customer(sentence: str, saying: Saying) -> None:
    assert saying_of(sentence) is saying


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("call me at +44 20 7946 0958 please", "call me at [number] please"),
        ("(030) 123-45 67", "[number]"),
        ("order 4711-000042?", "order [order]?"),
        ("card 4111 1111 1111 1111", "card [card number]"),
        ("from ann@example.com", "from [email]"),
        ("ann (at) example (dot) com", "[email]"),
        ("see https://example.com/help/export.", "see https://example.com/help/export."),
        ("see https://example.com/a?t=x1, please", "see [link], please"),
        ("the password is hunter2!", "the password is [secret]"),
        ("The password is never stored.", "The password is never stored."),
        ("at 12 Baker Street, London NW1 6XE.", "at [address]."),
        ("Hauptstraße 5, 10115 Berlin", "[address]"),
        ("12 rue de la Paix, 75002 Paris", "[address]"),
        ("Mr Smith and Frau Dr. Meier", "[name] and [name]"),
        ("10.0.12.7 is blocked", "[number] is blocked"),
        ("does plan 500 hold 12 users in 2026?", "does plan 500 hold 12 users in 2026?"),
        ("We have ISO 27001, and the API answers with 404.", "We have ISO 27001, and the API answers with 404."),
        ("Reports from 8 a.m. to 6 p.m., 365 days a year", "Reports from 8 a.m. to 6 p.m., 365 days a year"),
    ],
)
def test_what_surely_names_somebody_is_masked_and_the_rest_stays(said: str, told: str) -> None:
    assert masked(said) == told


def test_whoever_takes_part_is_masked_in_every_spelling() -> None:
    people = People(["Ada Lovelace", "will"], ["b.byron@example.org", "+4917055501"])
    said = "Ada and LOVELACE asked lovelace, as Byron did. Will you? It will work. Adamant."
    assert people.masked(said) == "[name] and [name] asked [name], as [name] did. [name] you? It will work. Adamant."
    assert masked("Nobody is known.", NOBODY) == "Nobody is known."


def test_ordinary_words_in_names_and_addresses_stay_ordinary() -> None:
    people = People(["The Board Team"], ["info@example.com", "support-desk@example.org"], words={"board"})
    said = "Support has info on it. The team shares a board, says Board."
    assert people.masked(said) == "Support has info on it. The team shares a board, says [name]."


VOCABULARY = Vocabulary.of(
    ["Open Settings and choose **Domain**. See https://docs.example.com/a. Boards can be shared."]
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Open Settings > Billing and press Save.", []),
        ("The Domain tab has it. Boards stay as they are.", []),
        ("Use Chrome in Norway on Monday, as a PDF.", []),
        ("See https://docs.example.com/b for it.", []),
        ("Ask Giulia about it.", ["'Giulia' may be a name"]),
        ("Mark will call. Mark it as read.", ["'Mark' may be a name"]),
        ("You can ask tom about it, or ask support about it.", ["'tom' may be a name"]),
        ("Use the code 4417.", ["'4417' may identify somebody"]),
        ("Up to 5000 users, since 2024, for 1200 €.", []),
        ("It ends on 3 March.", ["'3 March' is a date: does it hold for everybody?"]),
        ("See www.example.org for it.", ["'www.example.org' is a link"]),
        ("Write to ann at example dot com.", ["'ann at example dot com' may be an address"]),
        ("Send [name] the [order].", ["[name] stands for", "[order] stands for"]),
        ("Das geht nicht, wir haben kein Lager.", ["its language is 'de'"]),
    ],
)
def test_what_may_be_personal_is_told(said: str, found: list[str]) -> None:
    told = doubts(said, VOCABULARY)
    assert len(told) == len(found)
    assert all(doubt.startswith(start) for doubt, start in zip(told, found, strict=True))


def test_lists_and_code_stay_and_sentences_on_one_customer_go() -> None:
    reply = "Hi!\n\nTo move it:\n\n1. Open the menu.\n2. Choose Move.\n\nI've moved yours.\n\n```\nmv a b\n```\n# Note"
    made = answer_of(reply, NOBODY)
    assert isinstance(made, Answer)
    assert made.text == "To move it:\n\n1. Open the menu.\n2. Choose Move.\n\n```\nmv a b\n```\n\n\\# Note"
    assert made.notes == ("left out: 1 sentence on the customer's own case; does the rest hold alone?",)


def test_a_question_is_told_without_who_asks() -> None:
    asked = "Hi team,\n\nI am Ada Lovelace. Can I export my data? Order 4711.\n\nThanks a lot\nAda"
    assert question_of(asked, People(["Ada Lovelace"], [])) == "I am [name]. Can I export my data? Order [order]."
