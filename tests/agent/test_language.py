import pytest

from fte_agent.text.language import guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I reset my password?", "en"),
        ("password", "en"),
        ("", "en"),
        ("12345 ???", "en"),
        ("Wie kann ich mein Passwort ändern?", "de"),
        ("¿Cómo puedo cambiar mi contraseña?", "es"),
        ("Comment puis-je changer mon mot de passe ?", "fr"),
        ("Come posso cambiare la mia password?", "it"),
        ("Como posso mudar a minha senha?", "pt"),
        ("Hoe kan ik mijn wachtwoord wijzigen?", "nl"),
        ("Как изменить пароль?", "und"),
        ("パスワードを変更する方法は?", "und"),
        ("The naïve résumé is on my screen", "en"),
    ],
)
def test_guess_language(text: str, language: str) -> None:
    assert guess_language(text) == language
