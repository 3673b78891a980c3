"""Real time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The `Clock` port on the machine's clocks."""

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()
