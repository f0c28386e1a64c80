"""A conversation with a program: frames that fit what was said before, and now and then one that does not."""

from . import wire
from .honest import CHECK, STATED, path

METHODS = {
    "registry": [("registry", method) for method in (
        "GetCampaign", "ListCampaigns", "GetForm", "ListExpectedReporters", "GetOrganisation", "ListOrganisations",
        "GetDivision", "ListDivisions", "PublishCampaign", "Follow")],
    "submission": [("submission", method) for method in (
        "Push", "PushBatch", "PushStream", "GetReport", "ListReports", "GetReceiptKey", "Follow")],
    "statistics": [("statistics", method) for method in ("GetRollup", "GetCompleteness")],
    "notification": [("notification", method) for method in ("ListInbox", "ReadMessage", "AcknowledgeMessage")],
}
EVERYWHERE = (
    CHECK, "quality.rpc.v1.HealthService/Watch", "quality.rpc.v1.ReflectionService/ListServices",
    "quality.rpc.v1.ReflectionService/GetFileDescriptorSet")
MOST_FRAMES = 40


class Story:
    """Frames one after the other, with the streams that they have opened."""

    plain = ("unary", "streaming", "part", "whole", "finish", "credit", "give_up", "ping", "skipped", "odd_bits")
    faulty = (
        "unknown_type", "undefined_flag", "wrong_length", "too_long", "idle_stream", "even_stream", "old_stream",
        "second_hello", "bad_hello", "zero_credit", "much_credit", "end_within_message", "after_the_end",
        "beyond_credit", "servers_frame", "bad_head", "bad_metadata", "goaway", "noise", "forged")

    def __init__(self, random, program, who, faults=True):
        self._random, self._program, self._who, self._faults = random, program, who, faults
        self._next = 1
        self._open = []

    def steps(self, ends=True):
        random = self._random
        greets = random.random() < 0.85
        settings = random.choice(({}, {}, {wire.STREAM_CREDIT: 1}, {wire.CONNECTION_CREDIT: 1}, {77: 7}))
        steps = [["connect", self._who, settings if greets else None]]
        if not greets and random.random() < 0.7:
            steps += [self._say(wire.hello(settings))]
        for _ in range(random.randint(1, MOST_FRAMES)):
            frames = self.frame(self.faulty if self._faults and random.random() < 0.08 else self.plain)
            steps += [self._say(frames)]
            if random.random() < 0.15:
                steps += [["read", random.choice((0, 0, 0.001, 0.02))]]
        if ends:
            steps = self._cut_short(steps)
            steps += [["end", random.choice(("close", "close", "fin", "rst", "rst", "half"))]]
        return steps

    def _say(self, frames):
        """Frames in records of one size or of many, alone or with what follows."""
        random = self._random
        record = random.choice((1, 3, 5, 9, 10, 11, 16, 100, 1_000, 16_384))
        seed = random.getrandbits(32) if random.random() < 0.3 else None
        if len(frames) > 2_000:
            record = max(record, 100)
        if random.random() < 0.15:
            return ["trickle", frames.hex(), record]
        return [random.choice(("send", "send", "write")), frames.hex(), record, seed]

    def _cut_short(self, steps):
        """Ends within the last frames, now and then."""
        if self._random.random() < 0.4 and len(steps) > 1 and steps[-1][0] in ("send", "write", "trickle"):
            verb, text, *rest = steps[-1]
            whole = self._random.randrange(len(text) // 2 + 1)
            steps[-1] = ["trickle" if verb == "trickle" else "write", text[: 2 * whole], *rest]
        return steps

    def frame(self, of):
        return getattr(self, "_" + self._random.choice(of))()

    # Right ones

    def _path(self):
        random = self._random
        names = list(METHODS) if self._program == "gateway" else [self._program]
        if random.random() < 0.3:
            return random.choice(EVERYWHERE)
        return path(*random.choice(METHODS[random.choice(names)]))

    def _message(self):
        return self._random.choice((
            b"", wire.message((1, "strangers"), (2, "figures")), self._random.randbytes(self._random.randint(1, 40)),
            wire.message((15, bytes(self._random.randint(1, 12_000))))))

    def _call(self, message, flags, **of_the_head):
        random = self._random
        stream, self._next = self._next, self._next + random.choice((2, 2, 2, 4, 100))
        if random.random() < 0.2:
            of_the_head["timeout_us"] = random.choice((0, 1, 1_000, 50_000, 10**9))
        if random.random() < 0.2:
            names = random.choices(list(METHODS), k=random.randint(1, 2))
            of_the_head["entries"] = [(b"route-service", path(name, "")[:-1].encode()) for name in names]
        if self._who == "gateway":
            of_the_head.setdefault("caller", STATED)
        if not flags & wire.STREAM_END:
            self._open.append(stream)
        return wire.call(stream, self._path(), message, flags, **of_the_head)

    def _stream(self):
        return self._random.choice(self._open) if self._open else None

    def _on_stream(self, make):
        stream = self._stream()
        return self._streaming() if stream is None else make(stream)

    def _unary(self):
        whole = wire.MESSAGE_END | wire.STREAM_END
        return self._call(self._message(), whole | self._random.choice((0, wire.IDEMPOTENT)))

    def _streaming(self):
        return self._call(b"", 0) if self._random.random() < 0.5 else self._call(self._message(), wire.MESSAGE_END)

    def _part(self):
        return self._on_stream(lambda stream: wire.frame(
            wire.DATA, 0, stream, self._random.randbytes(self._random.choice((1, 2, 100, 1_000)))))

    def _whole(self):
        return self._on_stream(
            lambda stream: wire.frame(wire.DATA, wire.MESSAGE_END, stream, self._message()[:1_000]))

    def _finish(self):
        def finish(stream):
            self._open.remove(stream)
            return wire.frame(wire.DATA, wire.MESSAGE_END | wire.STREAM_END, stream, self._message()[:1_000])
        return self._on_stream(finish)

    def _credit(self):
        return wire.credit(self._stream() or 0, self._random.choice((1, 1_000, 65_536, -1, -1_000)))

    def _give_up(self):
        def give_up(stream):
            self._open.remove(stream)
            return wire.reset(stream, self._random.randrange(9))
        return self._on_stream(give_up)

    def _ping(self):
        return wire.ping(self._random.randbytes(8), self._random.choice((0, 0, wire.ACKNOWLEDGEMENT)))

    def _skipped(self):
        size = self._random.choice((0, 1, 398, 1_453, 16_384))
        kind, flags = self._random.choice((0x00, 0x0A, 0x7F)), self._random.randrange(256)
        return wire.frame(kind, flags, self._random.getrandbits(32), bytes(size))

    def _odd_bits(self):
        return wire.frame(wire.PING, 0xF0, payload=bytes(8))

    # Wrong ones

    def _unknown_type(self):
        return wire.frame(self._random.randint(0x80, 0xFF), payload=bytes(self._random.choice((0, 5))))

    def _undefined_flag(self):
        kind = self._random.choice((wire.DATA, wire.RESET, wire.CREDIT))
        return wire.frame(kind, 0x08, self._stream() or 1, bytes(4))

    def _wrong_length(self):
        kind = self._random.choice((wire.RESET, wire.CREDIT, wire.PING, wire.GOAWAY))
        stream = 0 if kind > wire.CREDIT else self._stream() or 1
        return wire.frame(kind, 0, stream, bytes(self._random.choice((0, 3, 5, 7, 9))))

    def _too_long(self):
        length = self._random.choice((16_385, 2**31, 2**32 - 1))
        return wire.header(length, self._random.randrange(0x90), 0, self._stream() or 0)

    def _idle_stream(self):
        return wire.frame(wire.DATA, wire.MESSAGE_END, self._next + 1_000, self._random.choice((b"", bytes(56))))

    def _even_stream(self):
        return wire.call(self._random.choice((0, 2, 2**32 - 2)), CHECK)

    def _old_stream(self):
        return wire.call(1, CHECK) + wire.call(1, CHECK)

    def _second_hello(self):
        return wire.hello()

    def _bad_hello(self):
        return self._random.choice((
            wire.hello({1: 1}), wire.hello({3: 0}), wire.hello({4: 2**32 - 1}), wire.hello(lowest=9, highest=9),
            wire.frame(wire.HELLO, payload=bytes(11))))

    def _zero_credit(self):
        return wire.credit(self._stream() or 0, 0)

    def _much_credit(self):
        return wire.credit(self._stream() or 0, 2**31 - 1) * 2

    def _end_within_message(self):
        return self._on_stream(lambda stream: wire.frame(wire.DATA, wire.STREAM_END, stream, b"half"))

    def _after_the_end(self):
        return self._on_stream(
            lambda stream: wire.frame(wire.DATA, 3, stream) + wire.frame(wire.DATA, 3, stream, b"more"))

    def _beyond_credit(self):
        return self._on_stream(lambda stream: wire.frame(wire.DATA, 0, stream, bytes(16_384)) * 5)

    def _servers_frame(self):
        return wire.frame(self._random.choice((wire.STATUS, wire.HEADERS)), 0, self._stream() or 1, bytes(14))

    def _bad_head(self):
        head = wire.head(CHECK)
        size = self._random.choice((0, 1, len(head) - 1, len(head) + 1))
        return wire.frame(wire.CALL, 3, self._next, size.to_bytes(2, "big") + head)

    def _bad_metadata(self):
        entries = self._random.choice((
            [(b"UPPER", b"x")], [(b"", b"")], [(b"a" * 65, b"")], [(b"k", b"\x00")], [(b"k", b"v")] * 129))
        return self._call(b"", 3, entries=entries)

    def _goaway(self):
        return wire.goaway(self._random.choice((0, 2**32 - 1)), self._random.randrange(9))

    def _noise(self):
        return self._random.randbytes(self._random.randint(1, 3_000))

    def _forged(self):
        return self._call(b"", 3, caller=self._random.choice((STATED, "spiffe://other.example/service/gateway", "x")))
