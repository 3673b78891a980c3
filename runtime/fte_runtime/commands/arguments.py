"""What every command's line has in common: one option, and what happens when the document is wrong."""

import argparse
import sys
from pathlib import Path
from typing import TypeVar

from fte_runtime import logs
from fte_runtime.config import ApiConfig, ConfigError, KnowledgeConfig, MigrateConfig, WorkerConfig, load

Config = TypeVar("Config", ApiConfig, WorkerConfig, MigrateConfig, KnowledgeConfig)

DEFAULT_PATH = Path("/etc/fte/config.yaml")


def configured(kind: type[Config], program: str, description: str) -> Config:
    """Parse the command line, read its document and set up logging; a wrong document exits with status 2."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--config", type=Path, default=DEFAULT_PATH, help=f"the document (default: {DEFAULT_PATH})")
    path: Path = parser.parse_args().config
    try:
        config = load(kind, path)
    except ConfigError as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(2) from error
    logs.configure(config.log_level)
    return config
