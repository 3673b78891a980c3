"""``spec.model``: who answers. Absent fields of a hosted model have derived defaults, see
`fte_operator.desired.defaults`.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import PORT, SecretKeyRef
from fte_operator.api.shape import Shape

_BASE_URL = Shape(
    rf"^https?://[-._A-Za-z0-9]+{PORT}(/[!$->@-~]*)?$",
    "must be an http or https address of a host's name, without user, query and fragment, such as "
    "https://models.example.com/v1",
)
_NAME = Shape(r"^[!-~]+$", "must be printable ASCII without spaces, as the endpoint names the model")

BaseUrl = Annotated[str, Field(max_length=2048), _BASE_URL]
ModelName = Annotated[str, Field(min_length=1, max_length=200), _NAME]
Price = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Prices(ApiModel):
    """Of a million tokens, in micro-dollars. What the endpoint had cached costs as much as other input when absent."""

    input_per_million: Price
    cached_per_million: Price | None = None
    output_per_million: Price


class Capabilities(ApiModel):
    """What the endpoint takes; what it does not is left out of every request."""

    store: bool | None = None
    parallel_tool_calls: bool = True
    tool_choice: bool = True
    preload: Literal["Calls", "Message"] = "Calls"


class Hosted(ApiModel):
    """A part of the spec that may be asked over the network; `Offline` takes nothing else.

    `part` is its field in the spec, `named` the member that names its model.
    """

    part: ClassVar[str]
    named: ClassVar[str]
    provider: Literal["OpenAI", "OpenAICompatible", "Offline"]
    base_url: Annotated[BaseUrl | None, Field(alias="baseURL")] = None
    api_key_secret_ref: SecretKeyRef | None = None

    @property
    def is_hosted(self) -> bool:
        """Whether it is asked over the network."""
        return self.provider != "Offline"

    @model_validator(mode="after")
    def _has_what_its_provider_needs(self) -> Self:
        others = set(type(self).model_fields) - {"provider"}
        if not self.is_hosted and any(getattr(self, name) is not None for name in others):
            raise ValueError(
                f"{self.part} with provider Offline must not have other fields: it has no endpoint; remove them or "
                "name another provider"
            )
        if self.is_hosted and self.api_key_secret_ref is None:
            raise ValueError(
                f"{self.part}.apiKeySecretRef must be set with provider OpenAI and OpenAICompatible: name the Secret "
                "that holds the key; where the endpoint asks for none, any word will do"
            )
        if self.provider == "OpenAICompatible" and (getattr(self, self.named) is None or self.base_url is None):
            raise ValueError(
                f"{self.part}.{self.named} and {self.part}.baseURL must be set with provider OpenAICompatible: add them"
            )
        return self


class Model(Hosted):
    """Model that answers."""

    part = "model"
    named = "name"
    name: ModelName | None = None
    api: Literal["Responses", "ChatCompletions"] | None = None
    request_timeout_seconds: Annotated[int, Field(ge=1, le=45)] | None = None
    max_output_tokens: Annotated[int, Field(ge=256, le=32768)] | None = None
    capabilities: Capabilities | None = None
    prices: Prices | None = None
