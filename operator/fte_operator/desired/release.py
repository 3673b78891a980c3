"""Which behaviour an employee shows: a document, its hash, and the decision between hashes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, defaults

_REVISION_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its name by content; the programs that read it compute the same `revision`."""

    text: str

    @property
    def revision(self) -> str:
        """The first ten hex digits of the text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_REVISION_DIGITS]


def document(content: Object) -> Document:
    """`content` as YAML, the same text for the same content whatever the order of its keys."""
    return Document(yaml.safe_dump(content, sort_keys=True, allow_unicode=True, default_flow_style=False, width=120))


def behaviour(fte: DigitalFTE, image: str, snapshot: str | None) -> Document:
    """Everything the employee's answers depend on; where it runs is no part of it."""
    company = fte.spec.company
    return document(
        {
            "image": image,
            "company": {
                "name": company.name,
                "support_email": company.support_email,
                "website": company.website,
            },
            "model": {"provider": fte.spec.model.provider, "name": defaults.model_name(fte), **_endpoint(fte)},
            "policy": {"escalation_keywords": list(fte.spec.policy.escalation_keywords)},
            "knowledge_snapshot": snapshot,
        }
    )


def _endpoint(fte: DigitalFTE) -> Object:
    """A hosted model's: everything of the spec that changes what is asked, and so what is answered."""
    if not fte.spec.model.is_hosted:
        return {}
    able = defaults.capabilities(fte)
    return {
        "endpoint": {
            "base_url": defaults.model_url(fte),
            "api": defaults.model_api(fte),
            "max_output_tokens": defaults.max_output_tokens(fte),
            "store": able.store,
            "parallel_tool_calls": able.parallel_tool_calls,
            "tool_choice": able.tool_choice,
            "preload": able.preload,
        }
    }


def decide_release(candidate: str, existing: Sequence[str], *, ingested: bool) -> str | None:
    """The revision to run, out of the one the spec asks for and those that could be shown, newest first.

    The candidate once its knowledge is `ingested`; until then the newest of the others, None without any.
    """
    if ingested or candidate in existing:
        return candidate
    return next(iter(existing), None)
