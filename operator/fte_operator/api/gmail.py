"""Settings of a mailbox at Gmail."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import SecretKeyRef, Url
from fte_operator.api.shape import Shape

# RFC 5322 §3.2.3 (dot-atom) and RFC 1123 §2.1; Gmail tells no upper case from lower, and here one address has one form
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_ADDRESS = Shape(
    rf"^[-.!#$%&'*+/=?^_`{{|}}~a-z0-9]+@{_LABEL}(\.{_LABEL})+$",
    "must be an e-mail address in lower case such as support@example.com",
)
Address = Annotated[str, Field(max_length=254), _ADDRESS]
_LABEL_ID = Shape(r"^[-_a-zA-Z0-9]+$", "must be a label's id such as INBOX or Label_12")
LabelId = Annotated[str, Field(max_length=255), _LABEL_ID]
# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
_TOPIC = Shape(r"^projects/[^/\s]+/topics/[^/\s]+$", "must be a topic's full name such as projects/shop/topics/mail")
_SUBSCRIPTION = Shape(
    r"^projects/[^/\s]+/subscriptions/[^/\s]+$",
    "must be a subscription's full name such as projects/shop/subscriptions/mail",
)
# RFC 7519 §4.1.3: any text; one with a space or a line's end was pasted wrongly
_AUDIENCE = Shape(r"^[!-~]+$", "must be printable ASCII without spaces")


def _once(given: tuple[str, ...]) -> tuple[str, ...]:
    """The rule of a list that is a set."""
    if repeated := sorted({each for each in given if given.count(each) > 1}):
        raise ValueError(f"{', '.join(repeated)} is listed more than once")
    return given


class PubSub(ApiModel):
    """Where Gmail's pushes come from. Without `push_audience` it is the endpoint's URL, as Pub/Sub has it.

    With `subscription` a push must be of it. `certs_url` stands in place of Google's keys.
    """

    topic: Annotated[str, Field(max_length=512), _TOPIC]
    subscription: Annotated[str, Field(max_length=512), _SUBSCRIPTION] | None = None
    push_audience: Annotated[str, Field(max_length=2048), _AUDIENCE] | None = None
    service_account_email: Address
    certs_url: Annotated[Url | None, Field(alias="certsURL")] = None


class Gmail(ApiModel):
    """A mailbox at Gmail, by the API. `aliases` are its other addresses; without `pub_sub` it is only polled.

    `api_url` and `token_url` are other addresses of Google's hosts, such as an egress proxy's.
    """

    mailbox: Address
    credentials_secret_ref: SecretKeyRef
    aliases: Annotated[tuple[Address, ...], Field(max_length=32), AfterValidator(_once)] = ()
    label_ids: Annotated[tuple[LabelId, ...], Field(min_length=1, max_length=16), AfterValidator(_once)] = ("INBOX",)
    pub_sub: PubSub | None = None
    registration: Literal["Managed", "Manual"] = "Managed"
    api_url: Annotated[Url | None, Field(alias="apiURL")] = None
    token_url: Annotated[Url | None, Field(alias="tokenURL")] = None

    @model_validator(mode="after")
    def _mailbox_is_no_alias(self) -> Self:
        if self.mailbox in self.aliases:
            raise ValueError("gmail.aliases must not have the mailbox: take it off the list")
        return self
