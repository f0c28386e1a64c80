"""The kinds of sequences. Each makes the steps of one from a random source: alike in kind, different in numbers."""

from . import wire
from .honest import CHECK, STATED, path
from .story import METHODS, Story
from .suite import PROGRAMS

SERVICES = PROGRAMS[1:]
STRANGERS = ("viewer", "reporter", "reviewer", "viewer-2", "reporter-2")
ENDS = ("close", "fin", "rst", "half")

# Plain bytes that ended every program once: when the connection broke while a fault among them was being told. A HELLO,
# a frame that is skipped, DATA of a call that was never opened, and another frame that is skipped.
KILLERS = (
    bytes.fromhex("0000000a 01 00 00000000 0001 0001 00000000 0000"),
    bytes.fromhex("000005ad 7f 00 00000000") + bytes(1_453),
    bytes.fromhex("00000038 03 01 00000005") + bytes(56),
    bytes.fromhex("0000018e 7f 00 00000000") + bytes(398),
)


def reentrance(random, program):
    """The killers one behind the other, or one alone, in records of 3 to 11 bytes, ended at once: six connections."""
    steps = []
    for _ in range(6):
        frames = b"".join(KILLERS) if random.random() < 0.7 else random.choice(KILLERS)
        steps += [
            ["connect", random.choice(STRANGERS), None, random.random() < 0.5],
            [random.choice(("write", "trickle")), frames.hex(), random.randint(3, 11)],
            ["end", random.choice(("close", "rst"))],
        ]
    return steps


def handler(random, program):
    """Anything a client can say, right or wrong, in records of any size, ended anywhere."""
    return Story(random, program, who(random, program)).steps()


def who(random, program):
    """Who dials: at a service also the gateway, since others are refused there before a handler hears of them."""
    return "gateway" if program != "gateway" and random.random() < 0.6 else random.choice(STRANGERS)


def handshake(random, program):
    """Handshakes that lead nowhere."""
    one = random.randrange(7)
    if one == 0:
        return [["client_hello", random.randint(0, 600), None, random.choice(("close", "fin", "rst"))]]
    if one == 1:
        return [["client_hello", None, random.randint(0, 600), random.choice(("close", "fin", "rst"))]]
    if one == 2:
        return [["text", random.randbytes(random.randint(1, 4_000)).hex()]]
    if one == 3:
        return [["text", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".hex()]]
    name, protocol, highest = random.choice((
        ("foreign", "quality/1", "TLSv1_3"), (None, "quality/1", "TLSv1_3"), ("viewer", None, "TLSv1_3"),
        ("viewer", "h2", "TLSv1_3"), ("viewer", "quality/1", "TLSv1_2")))
    return [["handshake", name, protocol, highest]]


def damaged_records(random, program):
    """Right frames in records that are cut or changed on the way."""
    story = Story(random, program, who(random, program), faults=False)
    steps = story.steps(ends=False)
    cut, flip = random.choice(((random.randrange(10**6), None), (None, random.randrange(10**6))))
    frames = story.frame(story.plain).hex()
    return steps + [["write", frames, 1 + random.randrange(64)], ["damage", cut, flip], ["end", random.choice(ENDS)]]


def floods(random, program, times):
    """Of each frame that costs and carries nothing, a number in one go."""
    push = path("submission", "PushStream")
    here = push if program in ("gateway", "submission") else CHECK
    connect = [["connect", "gateway" if program != "gateway" else "reporter"]]
    opened = connect + [["send", wire.call(1, here, flags=0, caller=STATED).hex(), 16_384]]
    return random.choice((
        connect + [["repeat", 400 * times, wire.ping().hex(), 16_384]],
        connect + [["repeat", 400 * times, wire.frame(0x7F, payload=b"?").hex(), 16_384]],
        connect + [["many_resets", 800 * times, here, wire.NO_TIMEOUT, True]],
        opened + [["repeat", 2_000 * times, wire.frame(wire.DATA, wire.MESSAGE_END, 1).hex(), 16_384]],
        opened + [["repeat", 10_000 * times, wire.frame(wire.DATA, 0, 1, b"x").hex(), 16_384]],
        opened + [["repeat", 800 * times, wire.credit(1, 1).hex(), 16_384]],
    ))


def floods_below(random, program):
    """Below the limits of WIRE.md: the connection stays."""
    return floods(random, program, 1) + [["alive"], ["end", random.choice(ENDS)]]


def floods_above(random, program):
    """Far above them: the neighbours notice nothing."""
    return floods(random, program, 20) + [["served"], ["end", random.choice(ENDS)]]


def flood_many(random, program):
    """A hundred connections of one identity, each below its own limit: all together are far above what one may cost."""
    byte = wire.frame(wire.DATA, 0, 1, b"x")
    opening, frame, count = random.choice((
        (b"", wire.ping(), 900),
        (wire.call(1, path("submission", "PushStream"), flags=0), byte, 18_000),
        (wire.call(1, CHECK), byte, 18_000),
    ))
    return [["crowd", 100, "reporter", opening.hex(), frame.hex(), count, 3]]


def parked_messages(random, program):
    """Unary calls of a whole message of 16 KB each, which never end: 33 or 70 of them at one service."""
    count, name = random.choice((33, 70)), random.choice(SERVICES) if program == "gateway" else program
    where, entries = path(*random.choice(METHODS[name])), []
    if random.random() < 0.3:
        where, entries = CHECK, [["route-service", path(name, "")[:-1]]]
    dial = ["connect", "reporter" if program == "gateway" else "gateway"]
    # What the gateway itself lets wait of one connection is not in the way: there are as many connections as it takes.
    calls = ["stated_calls", STATED, entries, count // 3 + 1, where, 16_000, wire.MESSAGE_END]
    return [dial, calls] * 3 + [["served"], ["end", random.choice(ENDS)]]


def unfinished_messages(random, program):
    """480 messages of 4 MiB less a byte that never end."""
    where = path("submission", random.choice(("Push", "PushBatch", "PushStream")))
    return [["connect", "reporter" if program == "gateway" else "gateway"],
            ["stated_calls", STATED, [], 480, where, 0, 0], ["fill", 4_194_303, 15], ["served"],
            ["end", random.choice(ENDS)]]


def idle_places(random, program):
    """Open calls that hold all places of a service, say nothing more, and a call of somebody else.

    The calls are 980 PushStreams of two identities, or 1,470 queries of three. Each has said nothing at all, or a byte, or
    more than what counts as progress.
    """
    where, names = random.choice((
        (path("submission", "PushStream"), ("reporter", "reporter-2")),
        (path("statistics", "GetRollup"), ("viewer", "viewer-2", "reviewer")),
    ))
    steps, carried = [], random.choice((0, 1, 2_000))
    for name in names:
        steps += [["connect", name], ["calls", 490, where, 0, 0]]
        if carried:
            steps += [["fill", carried, 5]]
    return steps + [["served"], ["end", random.choice(ENDS)]]


def silent_connections(random, program):
    """256 TCP connections that say nothing, from one address or from many."""
    return [["tcp", 256, random.random() < 0.5], ["served"]]


def key_updates(random, program):
    """A thousand KeyUpdates in a second."""
    return [["key_updates", 1_000], ["served"]]


def oversize_heads(random, program):
    """Heads and payloads at their limits and one beyond."""
    frames = random.choice((
        odd_head(random), odd_head(random).ljust(16_394, b"\0"),
        wire.header(random.choice((16_385, 2**24, 2**32 - 1)), random.choice((wire.CALL, wire.DATA, 0x7F)), 0, 1),
        wire.frame(wire.GOAWAY, payload=bytes(random.choice((1_024, 1_025)))),
        wire.frame(wire.HELLO, payload=bytes(1_025)),
        wire.call(1, "x" * 255, caller="y" * 255, entries=many_entries(random), trace=bytes(25)),
    ))
    return [["connect", who(random, program)],
            ["send", frames.hex(), random.randint(1, 16_384), random.getrandbits(32)],
            ["read", 0.05], ["end", random.choice(ENDS)]]


def many_entries(random):
    return [(b"x-%d" % index, b"v" * 120) for index in range(random.choice((64, 128, 129)))]


def odd_head(random):
    """A CALL whose head has many entries, and may say another length than it has."""
    head = wire.head(CHECK, entries=many_entries(random))
    length = len(head) if random.random() < 0.7 else random.choice((0, 1, len(head) + 1, 65_535))
    return wire.frame(wire.CALL, 3, 1, length.to_bytes(2, "big") + head)


def unread_answers(random, program):
    """600 answers that nobody reads: through the gateway of 64 KiB each, else what a service says of itself."""
    settings = {wire.STREAM_CREDIT: random.choice((1, 65_535, 2**31 - 1)), wire.CONNECTION_CREDIT: 2**31 - 1}
    if program == "gateway":
        names = random.choice((("viewer", "viewer"), ("viewer", "viewer-2")))
        question = [path("registry", "GetCampaign"), wire.message((1, "strangers")).hex(), "", []]
    else:
        names = ("gateway", "gateway")
        question = ["quality.rpc.v1.ReflectionService/GetFileDescriptorSet", "", STATED, []]
    steps = []
    for name in names:
        steps += [["connect", name, settings], ["asks", 300, *question]]
    return steps + [["pause", 0.3], ["served"], ["end", random.choice(ENDS)]]


def half_open(random, program):
    """Connections with open calls that are left as they are, for a while."""
    steps = []
    for _ in range(random.randint(1, 8)):
        story = Story(random, program, who(random, program), faults=False)
        steps += story.steps(ends=False) + [["end", "half"] if random.random() < 0.3 else ["forget"]]
    return steps


def ended_by_the_gateway(random, program):
    """Calls that end by the caller's own fault: a timeout of a microsecond, or credit of zero."""
    connect = ["connect", "viewer" if program == "gateway" else "gateway"]
    if random.random() < 0.5:
        return [connect, ["many_resets", 500, CHECK, 1, False], ["read", 0.2], ["end", random.choice(ENDS)]]
    pairs = b"".join(wire.call(stream, CHECK, flags=0) + wire.credit(stream, 0) for stream in range(1, 1_001, 2))
    return [connect, ["send", pairs.hex(), random.randint(100, 16_384)], ["read", 0.2], ["end", random.choice(ENDS)]]


def waiting_queries(random, program):
    """Queries that wait for what is not written yet: nearly all that three identities may have."""
    steps = []
    for name in ("watcher", "watcher-2", "publisher"):
        steps += [["connect", name], ["waiting", 490]]
    return steps + [["served"], ["end", random.choice(ENDS)]]


def costly_messages(random, program):
    """One push of 170,000 equal personal cells, or a batch of 1,000."""
    what = random.choice(("cells", "batch"))
    return [["connect", "reporter"], ["costly", what], ["served"], ["served"], ["end", random.choice(ENDS)]]


def costly_items(random, program):
    """Push streams of one identity, each with more costly items than are worked on together: of rows, or too large."""
    many = random.choice(((random.choice((2, 3)), 140, 0, 19_990), (1, 40, 900_000, 0)))
    return [["connect", "reporter"], ["items", *many], ["served"], ["served"], ["end", random.choice(ENDS)]]


# The kind, how often it comes among the others, and where it is tried.
KINDS = (
    (reentrance, 10, PROGRAMS),
    (handler, 40, PROGRAMS),
    (handshake, 8, PROGRAMS),
    (damaged_records, 8, PROGRAMS),
    (floods_below, 4, PROGRAMS),
    (floods_above, 3, PROGRAMS),
    (flood_many, 2, PROGRAMS),
    (oversize_heads, 6, PROGRAMS),
    (half_open, 4, PROGRAMS),
    (ended_by_the_gateway, 3, PROGRAMS),
    (parked_messages, 3, PROGRAMS),
    (unread_answers, 2, ("gateway", "gateway", "registry")),
    (silent_connections, 2, PROGRAMS),
    (key_updates, 1, PROGRAMS),
    (unfinished_messages, 1, ("gateway", "gateway", "submission")),
    (idle_places, 1, ("gateway",)),
    (waiting_queries, 1, ("gateway",)),
    (costly_messages, 1, ("gateway",)),
    (costly_items, 1, ("gateway",)),
)


def sequences(random):
    """For ever: first one of each kind, then all by their shares in any order."""
    bag = [(kind, programs) for kind, _, programs in KINDS]
    while True:
        for kind, programs in bag:
            program = random.choice(programs)
            yield {"kind": kind.__name__, "program": program, "steps": kind(random, program)}
        bag = [(kind, programs) for kind, share, programs in KINDS for _ in range(share)]
        random.shuffle(bag)
