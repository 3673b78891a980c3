"""The behaviour document: everything the employee's answers depend on; where it runs is no part of it.

What is not asked for is left out, so that a new field changes the revision of those alone who use it.
"""

from fte_operator.api.company import BusinessHours, Company
from fte_operator.api.model import Prices
from fte_operator.api.policy import Policy
from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, defaults
from fte_operator.desired.release import Document, document


def behaviour(fte: DigitalFTE, image: str, snapshot: str | None) -> Document:
    """The document of an employee that answers from `snapshot`."""
    return document(
        {
            "image": image,
            "company": _company(fte.spec.company),
            "model": {"provider": fte.spec.model.provider, "name": defaults.model_name(fte), **_endpoint(fte)},
            "policy": _policy(fte.spec.policy),
            "knowledge_snapshot": snapshot,
            **_embedding(fte),
        }
    )


def _company(company: Company) -> Object:
    hours = company.business_hours
    return {
        "name": company.name,
        "support_email": company.support_email,
        "website": company.website,
        **_asked("signature", company.signature),
        **_asked("business_hours", hours and _hours(hours)),
    }


def _hours(given: BusinessHours) -> Object:
    hours = [{"days": list(each.days), "from": each.start, "until": each.until} for each in given.hours]
    return {"time_zone": given.time_zone, "hours": hours}


def _policy(policy: Policy) -> Object:
    verifier = policy.verifier and {"name": policy.verifier.name, **_prices(policy.verifier.prices)}
    return {
        "escalation_keywords": list(policy.escalation_keywords),
        **_asked("reply_mode", policy.reply_mode if policy.reply_mode != "Verbatim" else None),
        **_asked("verifier", verifier),
        **_asked("answer_pricing", policy.escalation.pricing == "WhenNegotiated"),
        **_asked("answer_refunds", policy.escalation.refund == "WhenDisputed"),
        **_asked("competitors", list(policy.competitors)),
        **_asked("forbidden_topics", list(policy.forbidden_topics)),
    }


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
            **_prices(fte.spec.model.prices),
        }
    }


def _embedding(fte: DigitalFTE) -> Object:
    embedding = fte.spec.hosted_embedding
    if embedding is None:
        return {}
    return {
        "embedding": {
            "base_url": defaults.embedding_url(embedding),
            "model": defaults.embedding_model(embedding),
            "dimensions": defaults.dimensions(embedding),
            **({} if embedding.prices is None else {"price": embedding.prices.input_per_million}),
        }
    }


def _prices(prices: Prices | None) -> Object:
    if prices is None:
        return {}
    cached = prices.input_per_million if prices.cached_per_million is None else prices.cached_per_million
    return {"prices": {"input": prices.input_per_million, "cached": cached, "output": prices.output_per_million}}


def _asked(name: str, value: object) -> Object:
    return {name: value} if value else {}
