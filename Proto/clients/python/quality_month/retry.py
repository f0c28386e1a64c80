"""When a failed call may be sent again (WIRE.md, Sending again). Pure: chance is a parameter."""

from __future__ import annotations

import threading
from collections.abc import Callable

from quality_month.status import CallError, Code

FIRST_SECONDS, FACTOR, LONGEST_SECONDS, JITTER = 1.0, 1.6, 120.0, 0.2


class Backoff:
    """Pauses that grow: 1 s, then 1.6 times as long each time up to 120 s, 20 % more or less."""

    def __init__(self, chance: Callable[[], float], first_seconds: float = FIRST_SECONDS):
        self._chance, self._first = chance, first_seconds

    def pause_seconds(self, attempt: int) -> float:
        """After the attempt of that number, from 1."""
        pause = min(LONGEST_SECONDS, self._first * FACTOR ** min(attempt - 1, 32))
        return pause * (1 + JITTER * (2 * self._chance() - 1))


class Budget:
    """Keeps attempts that repeat below a fifth of all calls, beside a few to begin with: an outage must not be made
    worse by everybody asking five times."""

    RATIO, FLOOR = 0.2, 10.0

    def __init__(self):
        self._lock = threading.Lock()
        self._tokens = self.FLOOR

    def called(self) -> None:
        with self._lock:
            self._tokens = min(self.FLOOR, self._tokens + self.RATIO)

    def take(self) -> bool:
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


def may_send_again(
    error: CallError, idempotent: bool, freely_again: bool, attempt: int, budget: Budget, backoff: Backoff
) -> float | None:
    """Seconds to wait before the next attempt, or None: make none.

    `freely_again`: the one attempt at once that "not started" allows has not been made yet.
    """
    if error.pushback_ms is not None and error.pushback_ms < 0:
        return None
    pushback = (error.pushback_ms or 0) / 1_000
    if error.not_started and error.code is Code.UNAVAILABLE and freely_again:
        return pushback
    again = error.code is Code.UNAVAILABLE and (error.not_started or idempotent)
    again = again or (error.code is Code.RESOURCE_EXHAUSTED and error.not_started)
    if not again or not budget.take():
        return None
    return max(pushback, backoff.pause_seconds(attempt))
