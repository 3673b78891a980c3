"""Embeddings: https://developers.openai.com/api/reference/resources/embeddings/methods/create."""

import hashlib
import math
import re
import struct
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from doubles.openai.parameters import EMBEDDINGS, Capabilities, check_parameters
from doubles.openai.refusals import Refusal, Refused, invalid, missing
from doubles.openai.tokens import count

MAX_INPUTS = 2048
MAX_TOKENS = 8192
MAX_TOKENS_A_REQUEST = 300_000
DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
SHORTENED = "text-embedding-3"
PLACES_A_WORD = 16


def parse(body: Mapping[str, Any], able: Capabilities) -> list[tuple[str, int]]:
    """Each input as text with its tokens, in order; raises `Refused`."""
    check_parameters(body, EMBEDDINGS, able)
    for name in ("model", "input"):
        if name not in body:
            raise missing(name)
    if body.get("encoding_format", "float") not in ("float", "base64"):
        raise invalid("Invalid value for 'encoding_format': expected 'float' or 'base64'.", "encoding_format")
    inputs = [_input(given) for given in _listed(body["input"])]
    if not inputs or not all(tokens for _, tokens in inputs):
        raise invalid("Invalid 'input': input cannot be an empty string or array.", "input")
    if len(inputs) > MAX_INPUTS:
        said = f"Invalid 'input': array too long. Expected an array with maximum length {MAX_INPUTS}."
        raise invalid(said, "input", "array_above_max_length")
    if (longest := max(tokens for _, tokens in inputs)) > MAX_TOKENS:
        said = f"This model's maximum context length is {MAX_TOKENS} tokens, however you requested {longest} tokens."
        raise invalid(said, None, None)
    if (total := sum(tokens for _, tokens in inputs)) > MAX_TOKENS_A_REQUEST:
        kind = "max_tokens_per_request"
        said = f"Requested {total} tokens, max {MAX_TOKENS_A_REQUEST} tokens per request"
        raise Refused(Refusal(400, said, kind, type=kind))
    _dimensions(body)
    return inputs


def render(body: Mapping[str, Any], inputs: list[tuple[str, int]], *, shuffled: bool, usage: bool) -> dict[str, Any]:
    """The answer; ``shuffled`` turns the order round, which ``index`` still tells."""
    size = _dimensions(body)
    encode = _base64 if body.get("encoding_format") == "base64" else list
    data = [
        {"object": "embedding", "index": index, "embedding": encode(vector(text, size))}
        for index, (text, _) in enumerate(inputs)
    ]
    told = {"object": "list", "data": data[::-1] if shuffled else data, "model": body["model"]}
    total = sum(tokens for _, tokens in inputs)
    return told | ({"usage": {"prompt_tokens": total, "total_tokens": total}} if usage else {})


def vector(text: str, size: int) -> list[float]:
    """A unit vector by the text's words alone, so that texts that share words are near."""
    found = [0.0] * size
    for word in re.findall(r"\w+", text.casefold()) or [text]:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=PLACES_A_WORD * 4).digest()
        for (place,) in struct.iter_unpack("<I", digest):
            found[(place >> 1) % size] += 1.0 if place & 1 else -1.0
    norm = math.sqrt(sum(value * value for value in found)) or 1.0
    return [value / norm for value in found]


def _listed(given: Any) -> list[Any]:
    """Several inputs, or the one: a text, or a list of token numbers."""
    if isinstance(given, str) or (isinstance(given, list) and given and isinstance(given[0], int)):
        return [given]
    if not isinstance(given, list):
        raise invalid("Invalid type for 'input'.", "input", "invalid_type")
    return given


def _input(given: Any) -> tuple[str, int]:
    if isinstance(given, str):
        return given, count(given) if given else 0
    if isinstance(given, list) and all(isinstance(number, int) for number in given):
        return " ".join(map(str, given)), len(given)
    raise invalid("Invalid type for 'input'.", "input", "invalid_type")


def _dimensions(body: Mapping[str, Any]) -> int:
    full = DIMENSIONS.get(body["model"], 1536)
    asked = body.get("dimensions")
    if asked is None:
        return full
    if not body["model"].startswith(SHORTENED):
        raise invalid("This model does not support specifying dimensions.", "dimensions", None)
    if not isinstance(asked, int) or not 1 <= asked <= full:
        raise invalid(f"Invalid value for 'dimensions': must be between 1 and {full}.", "dimensions")
    return asked


def _base64(values: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
