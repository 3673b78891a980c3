"""The approved template that invites a customer to write again, once free text may not be sent."""

import json

from fte_agent.domain.delivery import Delivery
from fte_agent.errors import SendFailed
from fte_runtime.channels.twilio_whatsapp.settings import Template, TemplateVariable


def content_variables(template: Template, delivery: Delivery, company_name: str) -> str:
    """``ContentVariables`` for this delivery: a JSON object of texts.

    A value is one line (https://www.twilio.com/docs/content/using-variables-with-content-api) and never empty: WhatsApp
    refuses such a message only after Twilio took it.

    Raises:
        SendFailed: a variable would be empty.
    """
    values = {name: _value(variable, delivery, company_name) for name, variable in template.variables.items()}
    if empty := sorted(name for name, value in values.items() if not value):
        raise SendFailed("EmptyVariable", f"the template's variable {', '.join(empty)} is empty", retryable=False)
    return json.dumps(values, ensure_ascii=False)


def _value(variable: TemplateVariable, delivery: Delivery, company_name: str) -> str:
    match variable.source:
        case "CustomerName":
            value = delivery.customer_name
        case "CompanyName":
            value = company_name
        case "Subject":
            value = delivery.target.subject
        case None:
            value = ""
    return " ".join(value.split()) or " ".join(variable.default.split())
