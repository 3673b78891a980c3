"""Reads prompts from the package."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from fte_agent.domain.behaviour import Company


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt file; ``version`` changes with every byte of it."""

    text: str
    version: str

    def for_company(self, company: Company) -> str:
        """The instructions in the company's name."""
        return Template(self.text).substitute(company=company.name)


def load_prompt(name: str = "system") -> Prompt:
    """The prompt ``<name>.md`` of this package."""
    raw = (files("fte_agent.prompts") / f"{name}.md").read_bytes()
    return Prompt(raw.decode("utf-8"), f"{name}-{hashlib.sha256(raw).hexdigest()[:12]}")
