"""What a configuration document in the cluster says, told by its lines.

A ConfigMap that looks like a document of ours may be a tenant's, and half a kilobyte of YAML (anchors on anchors,
merged) can keep a parser for minutes and gigabytes. So none reads it, here or elsewhere in the operator. It is enough
to know how `release.document` writes, in this release as in those before: a key of the whole document, and a channel
of its list, begin a line, and nothing else does; a key of the channel itself follows two signs. What is written
otherwise says nothing.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired.release import document
from fte_operator.desired.support_channel import settings

NO_SNAPSHOT: Final = "null"
"""How a document says that it has no knowledge."""

_SNAPSHOT = re.compile("'?([0-9a-f]{64}|null)'?")  # digits alone are written in quotes, so that they stay a text
_LONGEST = 66
_EMBEDDER_KEYS = ("  dimensions: ", "  model: ")
_ADDRESS = "    base_url: "
_NEXT_KEY = re.compile(r"\n[a-z]")
_NAME = re.compile(r"^  name: (.*)\n", re.MULTILINE)
_EMPTY = re.compile(r"^ +[a-z_]+: (?:null|\[\]|\{\})\n", re.MULTILINE)


def snapshot_in(config_map: Mapping[str, Any], file: str, key: str) -> str | None:
    """The knowledge snapshot under `key` of the document `file`, `NO_SNAPSHOT` for none; None if it does not say."""
    begun = _after(f"\n{key}: ", text_in(config_map, file))
    found = _SNAPSHOT.fullmatch(begun[: _LONGEST + 1].partition("\n")[0])
    return found and found[1]


def embedder_in(config_map: Mapping[str, Any], file: str) -> tuple[str, ...]:
    """What the document `file` says of a hosted embedder, its dimensions and its model; empty for Offline's.

    The address is no part of it: the same model makes the same vectors elsewhere.
    """
    return tuple(
        sorted(line for line in _block("embedding", text_in(config_map, file)) if line.startswith(_EMBEDDER_KEYS))
    )


def fits(behaviour: str, candidate: str) -> bool:
    """Whether a worker whose document was written for the behaviour `candidate` starts with another `behaviour`.

    It does with a key for the address of its model. Without one for an embedder it starts, and what it cannot search
    for goes to a person.
    """
    wanted, given = _model_address(behaviour), _model_address(candidate)
    return not wanted or wanted == given


def _model_address(behaviour: str) -> list[str]:
    return [line for line in _block("model", behaviour) if line.startswith(_ADDRESS)]


def channels_in(config_map: Mapping[str, Any] | None, file: str) -> Mapping[str, str]:
    """The channels of the document `file`, by name, each `as_written`; none without a ConfigMap."""
    return _channels(text_in(config_map or {}, file))


def as_written(channel: SupportChannel, fte: DigitalFTE) -> str:
    """A channel as documents of `fte` have it.

    Without what is empty: a field that a later release added is not in a document of before, and whose pods serve the
    channel as it is for as long as nobody uses the field.
    """
    return _channels(document({"channels": [settings(channel, fte)]}).text)[channel.name]


def _channels(text: str) -> dict[str, str]:
    listed = "\n".join(_block("channels", text))
    written = ("  " + each.rstrip("\n") + "\n" for each in listed.split("\n- ")[1:])
    return {name[1].strip("'"): _EMPTY.sub("", each) for each in written if (name := _NAME.search(each))}


def _block(key: str, text: str) -> list[str]:
    """The lines under a key of the whole document, after an empty one."""
    return _NEXT_KEY.split("\n" + _after(f"\n{key}:\n", text), maxsplit=1)[0].split("\n")


def _after(line: str, text: str) -> str:
    """What follows the first such beginning of a line."""
    return ("\n" + text).partition(line)[2]


def text_in(config_map: Mapping[str, Any], file: str) -> str:
    """The document `file`; empty for none."""
    text: str = (config_map.get("data") or {}).get(file) or ""
    return text
