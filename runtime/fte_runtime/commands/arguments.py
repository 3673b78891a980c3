"""What the commands' lines have in common: one option, and what happens when the document is wrong."""

import argparse
import sys
from pathlib import Path
from typing import TypeVar

from fte_runtime import logs
from fte_runtime.config import (
    ApiConfig,
    ConfigError,
    KnowledgeConfig,
    MigrateConfig,
    RetentionConfig,
    WorkerConfig,
    load,
)

Config = TypeVar("Config", ApiConfig, WorkerConfig, MigrateConfig, KnowledgeConfig, RetentionConfig)

DEFAULT_PATH = Path("/etc/fte/config.yaml")


def configured(kind: type[Config], program: str, description: str) -> Config:
    """Parse a command line of one option and read its document; as `read_document`."""
    return read_document(kind, argument_parser(program, description).parse_args().config, program)


def argument_parser(program: str, description: str) -> argparse.ArgumentParser:
    """A parser with the option that every command has."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--config", type=Path, default=DEFAULT_PATH, help=f"the document (default: {DEFAULT_PATH})")
    return parser


def read_document(kind: type[Config], path: Path, program: str) -> Config:
    """Read a command's document and set up logging; a wrong document exits with status 2."""
    try:
        config = load(kind, path)
    except ConfigError as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(2) from error
    logs.configure(config.log_level)
    return config
