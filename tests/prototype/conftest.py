import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

from pathlib import Path

import pytest

HANDBOOK = """# Lumen handbook

## Files

### Upload limits

A single file may be up to 40 MB. Larger files must be split before they are uploaded.

### Restoring deleted files

A deleted file stays in the bin for 30 days. Open the bin and choose Restore to get it back.

## Account

### Changing the e-mail address

Open your profile, choose E-mail address and type the new one. A link is sent to the new address.
"""


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A folder with one small document, embedded in a blink."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    return folder


RULES = """# Rules

## legal

### Words

- my lawyer, sue you

### Examples

- My lawyer will contact you about this.

## threat

### Examples

- I will come to your office and hurt somebody.

## safety

### Examples

- The battery is on fire.

## security

### Examples

- Somebody else is in my account.

## refund

### Examples

- I want my money back for last month.

## human

### Examples

- Let me talk to a real person.

## pricing

### Examples

- Can you give us a discount on the price?

## none

### Examples

- How large may a file be that I upload?
- I deleted a file, can I get it back?
- Where do I change my e-mail address?
- The page does not load on my phone.
- Where do I find the settings?
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Few rules, learned in a blink."""
    path = tmp_path / "rules.md"
    path.write_text(RULES, encoding="utf-8")
    return path
