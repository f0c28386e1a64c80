"""Plays a sequence: steps as they stand in a file that can be replayed, `[VERB, ARGUMENT...]`, one method each."""

import collections
import os
import resource
import ssl
import subprocess
import time

from . import wire
from .honest import NotServed, path
from .peer import Gone, Peer, tcp, tls_context

# Connections that were left half open and forgotten; beyond them the oldest is torn down.
FORGOTTEN = 40
# How long a stranger waits for credit that does not come.
CREDIT_SECONDS = 3
# Steps that need no connection before them. All others are left out once the program has ended the stranger's.
OPENING = ("connect", "handshake", "tcp", "text", "client_hello", "key_updates", "crowd", "served", "pause")


class Broken(Exception):
    """What a sequence has broken, as a sentence."""


class Player:
    """Plays sequences, one after the other, and keeps what they left half open."""

    def __init__(self, suite, honest):
        # The strangers' own connections need descriptors.
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._suite, self._honest = suite, honest
        self._peer = None
        self._peers, self._silent = [], []
        self._forgotten = collections.deque()
        # Connections, and bytes of frames, that were sent in all.
        self.connections = self.sent_bytes = 0

    def play(self, sequence):
        """Raises Broken; whatever a program does to a stranger's own connection is its right."""
        self._program = self._suite.programs[sequence["program"]]
        try:
            for verb, *arguments in sequence["steps"]:
                self._step(verb, arguments)
        finally:
            self._let_go()
        self.do_served()

    def _step(self, verb, arguments):
        if self._peer is None and verb not in OPENING:
            return
        try:
            getattr(self, "do_" + verb)(*arguments)
        except (Gone, OSError):
            self._peer = None

    def _let_go(self):
        for peer in self._peers:
            peer.end("rst")
        for plain in self._silent:
            plain.close()
        self._peers, self._silent, self._peer = [], [], None

    def forget_all(self):
        """Ends what was left half open."""
        while self._forgotten:
            self._forgotten.popleft().end("rst")

    # Connections

    def do_connect(self, who, settings={}, finishes=True):
        """TLS as `who`, and HELLO both ways with `settings`; without HELLO if they are null.

        Without `finishes` the last message of the handshake leaves with what comes next, in one segment.
        """
        context = tls_context(self._suite.identity(who))
        self._peer = None
        peer = Peer(self._program.port, context)
        self.connections += 1
        self._peers.append(peer)
        peer.handshake(finishes=finishes)
        self._peer = peer
        if settings is not None:
            peer.greet({int(key): value for key, value in settings.items()})

    def do_handshake(self, who, protocol, highest):
        """A handshake that may be refused; `highest` is an ssl.TLSVersion by name."""
        identity = self._suite.identity(who) if who else None
        context = tls_context(identity, protocol and protocol.encode(), getattr(ssl.TLSVersion, highest))
        self.connections += 1
        peer = Peer(self._program.port, context)
        self._peers.append(peer)
        peer.handshake()
        peer.read(lambda: False, 0.05)

    def do_tcp(self, count, spread):
        """TCP connections that say nothing, from one address or from as many."""
        for index in range(count):
            source = f"127.1.{index // 250}.{index % 250 + 1}" if spread else None
            self.connections += 1
            self._silent.append(tcp(self._program.port, source))

    def do_text(self, text):
        """Bytes that are no TLS."""
        self.connections += 1
        plain = tcp(self._program.port)
        self._silent.append(plain)
        plain.sendall(bytes.fromhex(text))

    def do_client_hello(self, cut, flip, how):
        """The beginning of a handshake, cut off or damaged."""
        peer = Peer(self._program.port, tls_context(self._suite.identity("viewer")))
        self.connections += 1
        peer.begin_handshake()
        peer.damage(cut, flip)
        peer.end(how)

    def do_key_updates(self, count):
        """By openssl, since Python cannot: K asks both sides for new keys."""
        identity = self._suite.identity("viewer")
        files = {"-cert": "cert.pem", "-key": "key.pem", "-CAfile": "ca.pem"}
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self._program.port}", "-alpn", "quality/1"]
        for option, name in files.items():
            command += [option, os.path.join(identity, name)]
        client = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, bufsize=0)
        self.connections += 1
        try:
            time.sleep(0.1)
            for _ in range(count):
                client.stdin.write(b"K\n")
                # One line a reading: of more only the first is a command.
                time.sleep(0.0005)
        except OSError:
            pass  # cut
        finally:
            client.kill()
            client.wait()

    def do_end(self, how):
        """As `Peer.end` has it."""
        peer, self._peer = self._peer, None
        if how != "half":
            self._peers.remove(peer)
        peer.end(how)

    def do_forget(self):
        """The connection stays, and nobody looks after it any more."""
        self._peers.remove(self._peer)
        self._forgotten.append(self._peer)
        self._peer = None
        if len(self._forgotten) > FORGOTTEN:
            self._forgotten.popleft().end("rst")

    # Bytes

    def do_write(self, text, record, seed=None):
        """Frames in records of `record` bytes, or of up to so many; they leave with what comes next."""
        data = bytes.fromhex(text)
        self.sent_bytes += len(data)
        self._peer.write(data, record, seed)

    def do_send(self, text, record, seed=None):
        """The same, and they leave at once."""
        self.do_write(text, record, seed)
        self._peer.flush()

    def do_trickle(self, text, record):
        """Frames in records of so many bytes, each of which is a TCP segment."""
        data = bytes.fromhex(text)
        for at in range(0, len(data), record):
            self._peer.write(data[at : at + record])
            self._peer.flush(reads=False)
        self.sent_bytes += len(data)

    def do_repeat(self, count, text, record):
        """The same frames many times, in as few segments as there may be."""
        at_once = max(1, 65_536 // (len(text) // 2))
        while count > 0:
            self.do_send(text * min(count, at_once), record)
            count -= at_once

    def do_crowd(self, count, who, opening, text, number, seconds):
        """So many connections of `who`, on each of which a frame comes `number` times a second; others are served meanwhile.

        By a process of its own: the honest clients must not wait for this one.
        """
        context = tls_context(self._suite.identity(who))
        self.connections += count
        self.sent_bytes += count * number * seconds * len(text) // 2
        child = os.fork()
        if child == 0:
            try:
                crowd(self._program.port, context, count, bytes.fromhex(opening), bytes.fromhex(text) * number, seconds)
            finally:
                os._exit(0)
        try:
            end = time.monotonic() + seconds + 1
            while time.monotonic() < end:
                self.do_served()
        finally:
            os.waitpid(child, 0)

    def do_damage(self, cut, flip):
        """As `Peer.damage` has it, to what waits to leave."""
        self._peer.damage(cut, flip)

    def do_read(self, seconds):
        self._peer.read(lambda: False, seconds)

    def do_pause(self, seconds):
        time.sleep(seconds)

    # Calls

    def do_calls(self, count, path, size, flags, **of_the_head):
        """Opens calls with a message of about `size` bytes that means nothing, as the credit allows."""
        message = wire.message((15, bytes(size))) if size else b""
        for _ in range(count):
            if not self._peer.read(lambda: self._peer.credit[0] >= len(message), CREDIT_SECONDS):
                raise Gone("no credit")
            self._peer.open(path, message, flags, **of_the_head)
            self._peer.flush()
            self.sent_bytes += len(message)

    def do_stated_calls(self, caller, entries, *arguments):
        """The same, with a caller or metadata: pairs of texts."""
        entries = [(key.encode(), value.encode()) for key, value in entries]
        self.do_calls(*arguments, caller=caller, entries=entries)

    def do_asks(self, count, path, text, caller, entries):
        """Whole calls with a message in hexadecimal, whose answers nobody reads."""
        entries = [(key.encode(), value.encode()) for key, value in entries]
        for _ in range(count):
            self._peer.open(path, bytes.fromhex(text), caller=caller, entries=entries)
        self._peer.flush(reads=False)

    def do_many_resets(self, count, path, timeout_us, resets):
        """Calls that are given up at once, or whose time is over at once."""
        frames = bytearray()
        for _ in range(count):
            stream, self._peer.next_stream = self._peer.next_stream, self._peer.next_stream + 2
            frames += wire.call(stream, path, flags=0, timeout_us=timeout_us)
            frames += wire.reset(stream) if resets else b""
        self.do_send(frames.hex(), wire.FRAME_LIMIT)

    def do_fill(self, size, seconds):
        """Sends each open call so many bytes of one message that does not end."""
        peer, end = self._peer, time.monotonic() + seconds
        left = {stream: size for stream in peer.credit if stream}
        while left and time.monotonic() < end:
            moved = self._fill_once(peer, left)
            peer.flush()
            if not moved and not peer.read(lambda: peer.credit[0] > 0 and self._open_to(peer, left), 0.5):
                break
            left = {stream: size for stream, size in left.items() if size and stream not in peer.ended}

    @staticmethod
    def _open_to(peer, left):
        return any(peer.credit[stream] > 0 or stream in peer.ended for stream in left)

    def _fill_once(self, peer, left):
        moved = 0
        for stream in list(left):
            size = min(left[stream], peer.credit[stream], peer.credit[0], wire.FRAME_LIMIT)
            if size <= 0 or stream in peer.ended:
                continue
            peer.spend(stream, size)
            peer.write(wire.frame(wire.DATA, 0, stream, bytes(size)))
            left[stream] -= size
            moved += size
            if moved >= 1_048_576:
                break
        self.sent_bytes += moved
        return moved

    def do_costly(self, what):
        """One message that costs the one who reads it much more than who sends it."""
        method, message = ("Push", equal_cells()) if what == "cells" else ("PushBatch", batch())
        stream = self._peer.open(path("submission", method), flags=0)
        self._send_whole(stream, message, wire.MESSAGE_END | wire.STREAM_END)

    def do_items(self, streams, count, cells, rows):
        """Push streams side by side, an item of so many empty cells and rows on each in turn; none is ended."""
        item = costly_item(cells, rows)
        opened = [self._peer.open(path("submission", "PushStream"), flags=0) for _ in range(streams)]
        for _ in range(count):
            for stream in opened:
                if stream not in self._peer.ended:
                    self._send_whole(stream, item, wire.MESSAGE_END)

    def _send_whole(self, stream, message, flags):
        """A message, as credit comes; `flags` for its last frame."""
        peer, sent = self._peer, 0
        while sent < len(message) and stream not in peer.ended:
            if not peer.read(lambda: min(peer.credit[0], peer.credit[stream]) > 0, CREDIT_SECONDS):
                raise Gone("no credit")
            piece = message[sent : sent + min(peer.credit[0], peer.credit[stream], wire.FRAME_LIMIT)]
            sent += len(piece)
            peer.spend(stream, len(piece))
            peer.write(wire.frame(wire.DATA, flags if sent == len(message) else 0, stream, piece))
            peer.flush()
        self.sent_bytes += sent

    def do_waiting(self, count):
        """Queries for what the journals will hold some day: they wait."""
        peer, rollup = self._peer, path("statistics", "GetRollup")
        question = wire.message((1, "strangers"), (2, "figures"), (3, 1))
        stream = peer.open(rollup, question)
        peer.flush()
        peer.read(lambda: stream in peer.ended, 5)
        answer = peer.answer(stream)
        epoch = wire.fields(wire.fields(wire.fields(answer)[2])[2])[1]
        later = wire.message((2, 2**40), (3, bytes(32)))
        watermark = wire.message((2, wire.message((1, epoch), (2, later))))
        for _ in range(count):
            peer.open(rollup, question + wire.message((4, watermark)), timeout_us=30_000_000)
        peer.flush()

    # What must hold

    def do_alive(self):
        """What is within the limits does not cost a stranger its connection."""
        peer = self._peer
        peer.frames.clear()
        try:
            peer.write(wire.ping(b"alive???"))
            peer.flush()
            answer = (wire.PING, wire.ACKNOWLEDGEMENT, 0, b"alive???")
            answered = peer.read(lambda: answer in peer.frames, 5)
        except Gone as gone:
            said = [frame[3][10:].decode(errors="replace") for frame in peer.frames if frame[0] == wire.GOAWAY]
            raise Broken(f"{self._program.name} cut a connection that kept the limits: {gone} {said}") from gone
        if not answered:
            raise Broken(f"{self._program.name} answers no PING")

    def do_served(self):
        fault = self._suite.fault()
        if fault:
            raise Broken(fault)
        try:
            self._honest.check()
        except NotServed as error:
            raise Broken(self._suite.fault_soon() or f"not served: {error}") from error


# A stranger's own report, as far as it goes without cells.
REPORT = wire.message((1, "strangers"), (2, "figures"), (3, 1), (4, "stranger-1"))


def crowd(port, context, count, opening, flood, seconds):
    """Sends on each of so many connections what it takes of `flood`, once a second, until it is cut."""
    peers = []
    for _ in range(count):
        try:
            peer = Peer(port, context)
            peer.handshake()
            peer.greet()
            peer.write(opening)
            peer.flush()
            peers.append(peer)
        except (Gone, OSError):
            pass
    for _ in range(seconds):
        end = time.monotonic() + 1
        for peer in list(peers):
            try:
                peer.write(flood)
                peer.flush(min(end, time.monotonic() + 0.1))
            except (Gone, OSError):
                peers.remove(peer)
        time.sleep(max(0, end - time.monotonic()))


def equal_cells():
    """A push of 4 MB: 170,000 times the same personal cell."""
    cell = wire.message((5, wire.message((1, "contact"), (4, "0371-000"))))
    return wire.message((1, REPORT + cell * 170_000), (3, "strangers-costly"))


def batch():
    """A thousand reports, of which none is right."""
    report = REPORT + wire.message((5, wire.message((1, "visitors"), (2, 2))))
    pushes = (wire.message((1, report), (2, 7), (3, f"strangers-{index:04}")) for index in range(1_000))
    return wire.message(*((1, push) for push in pushes), (2, 1))


def costly_item(cells, rows):
    """An item of a push stream."""
    row = b"".join(wire.message((6, wire.message((1, "hosts"), (2, f"{index:06}")))) for index in range(rows))
    report = REPORT + wire.message((5, b"")) * cells + row
    return wire.message((1, wire.message((1, report), (3, "strangers-item"))))
