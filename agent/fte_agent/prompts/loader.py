"""Reads prompts from the package."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from fte_agent.domain.behaviour import Company
from fte_agent.gate.checks import ReplyMode


@dataclass(frozen=True, slots=True)
class Prompt:
    """Instructions put together from prompt files; ``version`` changes with every byte of them."""

    text: str
    version: str

    def for_company(self, company: Company) -> str:
        """The instructions in the company's name."""
        return Template(self.text).substitute(company=company.name)


def load_prompt(mode: ReplyMode = ReplyMode.VERBATIM) -> Prompt:
    """The instructions for replies of ``mode``: ``system.md`` with its ``reply-<mode>.md``."""
    name = mode.value.lower()
    reply = _read(f"reply-{name}.md").strip()
    text = Template(_read("system.md")).safe_substitute(reply=reply)
    return Prompt(text, f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}")


def load_verification() -> str:
    """The instructions of who reads a Grounded reply a second time."""
    return _read("verify.md").strip()


def _read(name: str) -> str:
    return (files("fte_agent.prompts") / name).read_text(encoding="utf-8")
