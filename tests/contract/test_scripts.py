"""What the scripts of `hack/` share: a process that changes its program must never look ended."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The process becomes another program 400 times, as `unshare setsid nohup postgres` does thrice, and each time /proc
# shows no command line for a moment. A script that took this for an end called PostgreSQL ready before it listened.
PROGRAM = """#!/bin/sh
[ "$1" != 0 ] || { : >"${0%/*}/settled"; exec tail -f "$0"; }
exec "$0" $(($1 - 1))
"""
SCRIPT = r"""
set -u
. hack/lib.sh
"$1/again" 400 >/dev/null 2>&1 & echo $! >"$1/pid"
wait_for 10 'the first program' alive "$1/pid"
polled=0 missed=0
until [ -e "$1/settled" ]; do
  polled=$((polled + 1))
  alive "$1/pid" || missed=$((missed + 1))
done
kill "$(cat "$1/pid")"
wait
gone "$1/pid" && echo "polled: $((polled > 0)), missed: $missed"
"""


def test_a_process_that_becomes_another_program_is_alive(tmp_path: Path) -> None:
    program = tmp_path / "again"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    run = ["bash", "-c", SCRIPT, "bash", str(tmp_path)]
    said = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert said.stdout == "polled: 1, missed: 0\n", said.stderr
