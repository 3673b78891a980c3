"""``spec.embedding``: what turns texts into vectors. Absent fields of a hosted one have derived defaults, see
`fte_operator.desired.defaults`.
"""

from typing import Annotated

from pydantic import Field

from fte_operator.api.base import ApiModel
from fte_operator.api.model import Hosted, ModelName, Price


class EmbeddingPrices(ApiModel):
    """Of a million tokens, in micro-dollars."""

    input_per_million: Price


class Embedding(Hosted):
    """Model that embeds."""

    part = "embedding"
    named = "model"
    model: ModelName | None = None
    dimensions: Annotated[int, Field(ge=1, le=4000)] | None = None
    prices: EmbeddingPrices | None = None
