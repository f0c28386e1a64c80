"""Damages a store while its program is dead: what the rounds would have to find, if a program did it."""

import contextlib
import sqlite3

from . import disk

# Whose store, and what is done to the newest of its rows.
KINDS = {
    "key": ("submission", "DELETE FROM accepted_push WHERE log_index = (SELECT max(log_index) FROM accepted_push)"),
    "report": ("submission", "DELETE FROM report WHERE sealed_unix_us = (SELECT max(sealed_unix_us) FROM report)"),
    "entry": ("submission", "UPDATE log_entry SET sealed_unix_us = sealed_unix_us + 1 WHERE log_index = 3"),
    "history": ("submission", "UPDATE log_entry SET sealed_unix_us = sealed_unix_us + 1 "
                "WHERE log_index = 3 AND (SELECT max(log_index) FROM log_entry) > 600"),
    "receipt": ("submission", "UPDATE log_group SET checkpoint = (SELECT max(checkpoint) FROM log_group)"),
    "message": ("notification", "DELETE FROM inbox_message WHERE id = (SELECT max(id) FROM inbox_message)"),
    "mark": ("notification", "UPDATE inbox_mark SET acknowledged_unix_us = acknowledged_unix_us + 1"),
    "sum": ("statistics", "DELETE FROM statistics_report WHERE first_sealed_unix_us = "
            "(SELECT max(first_sealed_unix_us) FROM statistics_report)"),
}


class Sabotage:
    """One deed, at the first kill at which there is something to damage."""

    def __init__(self, kind):
        self._name, self._statement = KINDS.get(kind, (None, None))

    def maybe(self, name, database):
        """The program of that name is dead."""
        if name != self._name:
            return
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            if connection.execute(self._statement).rowcount:
                print(f"sabotage: {self._statement}", flush=True)
                self._name = None
        disk.settle(str(database), disk.KEPT, None)
