"""Programs that a test run starts for itself: where they are, and processes that end with it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 90

Process = subprocess.Popen[bytes]


def programs() -> dict[str, str]:
    """Where Kafka's jars, PostgreSQL's programs and pgvector are (hack/services)."""
    out = subprocess.run([ROOT / "hack" / "services", "programs"], capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in out.splitlines())


def ran(command: list[str]) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def started(command: list[str], log: Path, says: str) -> Process:
    """A process, once its `log` says that it serves."""
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while says not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait(30)
            raise AssertionError(log.read_text(errors="replace")[-4000:])
        time.sleep(0.1)
    return process


@contextmanager
def running(start: Callable[[], Process]) -> Iterator[None]:
    """A process for as long as the context lasts."""
    process = start()
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def written(folder: Path, name: str, text: str) -> str:
    """The path of a file that only we can read."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)
