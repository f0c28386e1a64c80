"""Fresh honest clients: they must be served, whatever a stranger does meanwhile."""

import time

from . import wire
from .peer import Gone, Peer, tls_context

SERVICE = "quality.{0}.v1.{1}Service/"
CHECK = "quality.rpc.v1.HealthService/Check"


def path(name, method):
    return SERVICE.format(name, name.capitalize()) + method


CELL = wire.message((1, "visitors"), (2, 2 * 1200))
REPORT = wire.message((1, "strangers"), (2, "figures"), (3, 1), (4, "city"), (5, CELL))
# One call of each service: who makes it, its path and its message. The push is the same each time: so is its receipt.
CALLS = (
    ("reader", CHECK, b""),
    ("reader", path("registry", "ListCampaigns"), b""),
    ("city", path("submission", "Push"), wire.message((1, REPORT), (3, "strangers-0001"))),
    ("reader", path("statistics", "GetRollup"), wire.message((1, "strangers"), (2, "figures"), (3, 1))),
    ("city", path("notification", "ListInbox"), wire.message((1, "city"))),
)
# Who is stated to a service that is dialled directly, as the gateway states it.
STATED = "spiffe://quality.example/org/city/viewer"


class NotServed(Exception):
    """What an honest client got instead of an answer."""


class Honest:
    """Makes fresh connections and calls, and holds the suite to a time."""

    def __init__(self, suite, seconds):
        self._suite, self._seconds = suite, seconds
        self._contexts = {name: tls_context(suite.identity(name)) for name in ("reader", "city", "gateway")}
        # The longest of each call, in seconds.
        self.longest = {}

    def check(self):
        """Every program once, each upon a new connection. Raises NotServed."""
        gateway = self._suite.programs["gateway"]
        for who in ("reader", "city"):
            self._calls(gateway, who, [(path, message) for of, path, message in CALLS if of == who])
        for program in self._suite.programs.values():
            if program is not gateway:
                self._calls(program, "gateway", [(CHECK, b"")], caller=STATED)

    def until_served(self, seconds):
        """Tries until all is well: at the start, when followers have yet to catch up."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.check()
            except NotServed:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _calls(self, program, who, calls, caller=""):
        begin = time.monotonic()
        try:
            peer = Peer(program.port, self._contexts[who])
        except OSError as error:
            raise NotServed(f"{program.name}: no connection: {error}") from error
        try:
            peer.handshake(self._seconds)
            peer.greet(seconds=self._seconds)
            streams = {peer.open(path, message, caller=caller): path for path, message in calls}
            peer.flush()
            left = begin + self._seconds - time.monotonic()
            peer.read(lambda: peer.ended.keys() >= streams.keys(), left)
        except Gone as gone:
            raise NotServed(f"{program.name}: the connection ended or stood still: {gone}") from gone
        finally:
            peer.end("close")
        for stream, path in streams.items():
            self._judge(program, path, peer.status(stream), peer.ended.get(stream, time.monotonic()) - begin)

    def _judge(self, program, path, status, seconds):
        where = f"{program.name}, {path}"
        self.longest[where] = max(self.longest.get(where, 0), seconds)
        if status is None:
            raise NotServed(f"{where}: no answer in {self._seconds:g} s")
        if status[0] != wire.OK:
            raise NotServed(f"{where}: status {status[0]}: {status[1]}")
