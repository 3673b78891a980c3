"""``spec.embedding``: what turns texts into vectors. Absent fields of a hosted one have derived defaults, see
`fte_operator.desired.defaults`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import SecretKeyRef
from fte_operator.api.model import BaseUrl, ModelName, Price


class EmbeddingPrices(ApiModel):
    """Of a million tokens, in micro-dollars."""

    input_per_million: Price


class Embedding(ApiModel):
    """Model that embeds; `Offline` takes nothing else."""

    provider: Literal["OpenAI", "OpenAICompatible", "Offline"]
    model: ModelName | None = None
    base_url: Annotated[BaseUrl | None, Field(alias="baseURL")] = None
    api_key_secret_ref: SecretKeyRef | None = None
    dimensions: Annotated[int, Field(ge=1, le=4000)] | None = None
    prices: EmbeddingPrices | None = None

    @property
    def is_hosted(self) -> bool:
        """Whether it is asked over the network."""
        return self.provider != "Offline"

    @model_validator(mode="after")
    def _has_what_its_provider_needs(self) -> Self:
        others = set(type(self).model_fields) - {"provider"}
        if not self.is_hosted and any(getattr(self, name) is not None for name in others):
            raise ValueError(
                "embedding with provider Offline must not have other fields: it has no endpoint; remove them or name "
                "another provider"
            )
        if self.is_hosted and self.api_key_secret_ref is None:
            raise ValueError(
                "embedding.apiKeySecretRef must be set with provider OpenAI and OpenAICompatible: name the Secret that "
                "holds the key; where the endpoint asks for none, any word will do"
            )
        if self.provider == "OpenAICompatible" and (self.model is None or self.base_url is None):
            raise ValueError(
                "embedding.model and embedding.baseURL must be set with provider OpenAICompatible: add them"
            )
        return self
