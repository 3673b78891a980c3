"""``fte-operator render -f FILE``: what would be applied, from files alone.

The same pure functions as in the cluster. What only a cluster knows is left out: owner references, digests of
Secrets, and the values of generated Secrets. Names of Jobs hash those too, so they differ from the cluster's.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object
from fte_operator.desired.digital_fte import Desired, build, runtime_secret
from fte_operator.errors import OperatorError
from fte_operator.manifests import Manifests


def main(argv: Sequence[str]) -> int:
    """The subcommand: manifests on standard output, errors on standard error; gives the exit status."""
    parser = argparse.ArgumentParser("fte-operator render", description="Print what the operator would apply.")
    parser.add_argument(
        "-f", "--filename", action="append", type=Path, required=True, help="file or folder of manifests; repeatable"
    )
    parser.add_argument("--image", default="digital-fte:dev", help="image of the pods (default: %(default)s)")
    arguments = parser.parse_args(argv)
    try:
        text = render(arguments.filename, arguments.image)
    except OperatorError as error:
        sys.stderr.write(f"fte-operator render: {error}\n")
        return 1
    sys.stdout.write(text)
    return 0


def render(paths: Sequence[Path], image: str) -> str:
    """Every object of every DigitalFTE in `paths`, as one stream of YAML documents.

    SupportChannels and knowledge ConfigMaps are looked up in the same files.

    Raises:
        ManifestError: a file, an object or something it refers to is missing or wrong.
    """
    manifests = Manifests(paths)
    built = [(fte, build(fte, manifests.references(fte, image))) for fte in manifests.digital_ftes()]
    return "".join(_rendered(fte, desired) for fte, desired in built)


def dump(manifest: Object) -> str:
    """One manifest as YAML a person can read."""
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _rendered(fte: DigitalFTE, desired: Desired) -> str:
    objects = [*desired.base, runtime_secret(fte, {}), *desired.objects[len(desired.base) :]]
    return _comment(fte, desired) + "".join(f"---\n{dump(each)}" for each in objects)


def _comment(fte: DigitalFTE, desired: Desired) -> str:
    """What is not an object of Kubernetes."""
    topics = (f"# topic {t.name}: {t.partitions} partitions, retention.ms {t.retention_ms}\n" for t in desired.topics)
    head = f"# DigitalFTE {fte.key}: behaviour {desired.revision}, knowledge {desired.snapshot or 'none'}\n"
    return head + "".join(topics)


class _Dumper(yaml.SafeDumper):
    """Without references between documents; texts of several lines as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
