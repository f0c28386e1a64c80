"""The two journals as an auditor knows them: followed from round to round, and again from their first entry."""

from quality_month.following import REGISTRY, SUBMISSION, Follower, follow
from quality_month.log import Entry, Frontier, LogError
from quality_month.canonical import sha256

DOMAIN = "quality.example"
FOLLOWING_SECONDS = 60


class Journal:
    """One log. Everything that comes is proved by its checkpoints before it is kept."""

    def __init__(self, name):
        self.name = name
        self._path = {"registry": REGISTRY, "submission": SUBMISSION}[name]
        self._follower = Follower(f"{DOMAIN}/{name}")
        self._frontier = Frontier()
        self.leaves = []
        # Of each size that was asked for: the root.
        self._roots = {}
        self.checkpoints = 0

    @property
    def cursor(self):
        return self._follower.followed.cursor

    @property
    def epoch(self):
        return self._follower.followed.epoch

    @property
    def key(self):
        return self._follower.followed.key

    def go_on(self, client, take):
        """Follows to the end, and hands on each entry with its index, once, also when it raises LogError or CallError."""
        for piece in follow(client, self._path, self._follower, stop_at_end=True, timeout_seconds=FOLLOWING_SECONDS):
            self.checkpoints += bool(piece.entries)
            for offset, entry in enumerate(piece.entries):
                self._append(entry)
                take(piece.first_index + offset, entry)

    def _append(self, entry):
        leaf = leaf_of(entry)
        self._frontier = self._frontier.appended(leaf)
        self.leaves.append(leaf)
        self._roots[self._frontier.size] = self._frontier

    def root(self, size):
        """Of a size in the entries that came last."""
        return self._roots[size].root()

    def forget_roots(self):
        self._roots.clear()

    def from_the_first(self, client):
        """Follows again from the first entry: it must be what came before. Raises LogError or CallError."""
        follower = Follower(f"{DOMAIN}/{self.name}")
        for piece in follow(client, self._path, follower, stop_at_end=True, timeout_seconds=10 * FOLLOWING_SECONDS):
            for offset, entry in enumerate(piece.entries):
                index = piece.first_index + offset
                if index >= len(self.leaves) or leaf_of(entry) != self.leaves[index]:
                    raise LogError(f"entry {index} is another one than before")
        if follower.followed != self._follower.followed:
            raise LogError(f"the log ends at {follower.followed.cursor}, and ended at {self.cursor}")


def leaf_of(entry):
    return Entry(entry.sealed_unix_us, entry.kind, entry.statement, sha256(entry.body)).leaf_hash()
