"""tests/requirements.toml and the tests hold each other: no claim without a test that runs."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLAIMS: dict[str, dict[str, list[str]]] = tomllib.loads(
    (ROOT / "tests" / "requirements.toml").read_text(encoding="utf-8")
)
KNOWN = re.compile(r"^(O([1-9]|1[0-8])|C([1-9]|1[01])|A([1-9]|1[0-5])|D[1-8]|M[1-5]|N[1-6])$")


def _functions(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("identifier", CLAIMS)
def test_identifier_is_known(identifier: str) -> None:
    assert KNOWN.match(identifier), f"{identifier} is no requirement"
    assert CLAIMS[identifier]["tests"], f"{identifier} claims nothing"


@pytest.mark.parametrize(("identifier", "test"), [(i, t) for i, claim in CLAIMS.items() for t in claim["tests"]])
def test_claimed_test_exists_and_is_not_skipped(identifier: str, test: str) -> None:
    file, _, name = test.partition("::")
    path = ROOT / file
    assert path.is_file(), f"{identifier}: {file} is missing"
    function = _functions(path).get(name)
    assert function is not None, f"{identifier}: {file} has no {name}"
    marks = " ".join(ast.unparse(d) for d in function.decorator_list)
    assert not re.search(r"mark\.(skip|skipif|xfail)", marks), f"{identifier}: {name} does not run"
    module = path.read_text(encoding="utf-8")
    assert not re.search(r"^pytestmark\s*=.*(skip|xfail)", module, re.MULTILINE), f"{identifier}: {file} does not run"
