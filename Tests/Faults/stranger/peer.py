"""One connection, of which every record and segment is the stranger's own to cut."""

import os
import random
import select
import socket
import ssl
import struct
import time

from . import wire


class Gone(Exception):
    """The other side has ended the connection, or takes nothing any more."""


def tls_context(identity, protocol=b"quality/1", highest=ssl.TLSVersion.TLSv1_3):
    """`identity`: a directory with cert.pem, key.pem and ca.pem, or None for no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Who the peer is does not matter to somebody who means it no good.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = highest
    if identity:
        context.load_cert_chain(os.path.join(identity, "cert.pem"), os.path.join(identity, "key.pem"))
    if protocol:
        context.set_alpn_protocols([protocol.decode()])
    return context


def tcp(port, source=None, seconds=5):
    """A TCP connection that says nothing, from an address of 127.0.0.0/8."""
    source_address = (source, 0) if source else None
    plain = socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=source_address)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plain


class Peer:
    """A TLS connection. `write` makes records, which wait until `flush`; what comes is read into `frames`."""

    def __init__(self, port, context, source=None):
        self._plain = tcp(port, source)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)
        self._waiting = bytearray()
        self._reader = wire.FrameReader()
        self.frames = []
        # What the other side's HELLO allows, and what its CREDIT has added: stream 0 is the connection.
        self.settings = None
        self.credit = {0: 0}
        # When each call ended.
        self.ended = {}
        self.next_stream = 1

    # The handshake

    def handshake(self, seconds=5, finishes=True):
        """Without `finishes` the last message of it waits for what is written next."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._tls.do_handshake()
                self._waiting += self._out.read()
                return self.flush(deadline) if finishes else None
            except ssl.SSLWantReadError:
                self.flush(deadline)
                self._receive(deadline)
            except ssl.SSLError as error:
                raise Gone(str(error)) from error

    def begin_handshake(self):
        """The first bytes of a handshake wait to be sent."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._waiting += self._out.read()

    # Sending

    def write(self, data, record=wire.FRAME_LIMIT, seed=None):
        """Puts `data` into records of `record` bytes, or, with a seed, of 1 to `record` bytes."""
        sizes = random.Random(seed) if seed is not None else None
        view, at = memoryview(data), 0
        while at < len(data):
            size = sizes.randint(1, record) if sizes else record
            try:
                self._tls.write(view[at : at + size])
            except ssl.SSLError as error:
                raise Gone(str(error)) from error
            at += size
        self._waiting += self._out.read()

    def flush(self, deadline=None, reads=True):
        """Sends what waits, and reads meanwhile, so that neither side waits for the other for ever."""
        deadline = deadline or time.monotonic() + 5
        self._waiting += self._out.read()
        while self._waiting:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Gone("takes no more bytes")
            readable, writable, _ = select.select([self._plain] if reads else [], [self._plain], [], left)
            if readable:
                self._take()
            if writable:
                self._send_some()

    def _send_some(self):
        try:
            self._plain.setblocking(False)
            sent = self._plain.send(self._waiting)
            del self._waiting[:sent]
        except BlockingIOError:
            pass
        except OSError as error:
            raise Gone(str(error)) from error

    def damage(self, cut=None, flip=None):
        """Cuts what waits after `cut` bytes, or turns a bit of byte `flip` of it: no longer TLS."""
        if cut is not None:
            del self._waiting[cut % (len(self._waiting) + 1) :]
        if flip is not None and self._waiting:
            self._waiting[flip % len(self._waiting)] ^= 1

    # Receiving

    def _receive(self, deadline):
        """Bytes from the socket into TLS, or Gone."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._plain], [], [], left)[0]:
            raise Gone("nothing comes")
        try:
            self._plain.setblocking(False)
            data = self._plain.recv(262_144)
        except BlockingIOError:
            return
        except OSError as error:
            raise Gone(str(error)) from error
        if not data:
            raise Gone("end of file")
        self._in.write(data)

    def _take(self):
        self._receive(time.monotonic() + 1)
        self._decrypt()

    def _decrypt(self):
        """What has come, as frames. Some of it may have come with the handshake."""
        try:
            while True:
                data = self._tls.read(65_536)
                if not data:
                    raise Gone("close_notify")
                for frame in self._reader.feed(data):
                    self._note(frame)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            raise Gone(str(error)) from error

    def _note(self, frame):
        kind, _, stream, payload = frame
        if kind == wire.HELLO:
            self.settings = wire.settings_of(payload)
            self.credit[0] += self.settings.get(wire.CONNECTION_CREDIT, 1_048_576)
        elif kind == wire.CREDIT:
            self.credit[stream] = self.credit.get(stream, 0) + struct.unpack(">i", payload)[0]
        elif kind in (wire.STATUS, wire.RESET):
            self.ended[stream] = time.monotonic()
        self.frames.append(frame)

    def read(self, until, seconds):
        """Reads until `until()` holds; whether it does."""
        deadline = time.monotonic() + seconds
        self._decrypt()
        while not until():
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._plain], [], [], left)[0]:
                return bool(until())
            self._take()
        return True

    # Calls

    def greet(self, settings=None, seconds=5):
        """HELLO both ways."""
        self.write(wire.hello(settings))
        self.flush()
        if not self.read(lambda: self.settings is not None, seconds):
            raise Gone("no HELLO")

    def open(self, path, message=b"", flags=wire.MESSAGE_END | wire.STREAM_END, **of_the_head):
        """Opens a call whose message has credit, and returns its stream."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        self.credit[stream] = self.settings.get(wire.STREAM_CREDIT, 65_536)
        self.spend(stream, len(message))
        self.write(wire.call(stream, path, message, flags, **of_the_head))
        return stream

    def spend(self, stream, count):
        self.credit[0] -= count
        self.credit[stream] -= count

    def status(self, stream):
        """(code, text) of a call that has ended, else None. A RESET has no code."""
        for kind, _, of, payload in self.frames:
            if of == stream and kind == wire.STATUS:
                return wire.status_of(payload)
            if of == stream and kind == wire.RESET:
                return None, "RESET"
        return None

    def answer(self, stream):
        """The message that came with a call's STATUS."""
        payloads = (payload for kind, _, of, payload in self.frames if of == stream and kind == wire.STATUS)
        return wire.answer_of(next(payloads, bytes(2)))

    # Endings

    def end(self, how):
        """`close` says close_notify, `fin` does not, `rst` tears the connection down, `half` ends one direction."""
        try:
            if how == "close":
                self._say_close()
            if how != "rst" or self._waiting:
                self.flush(time.monotonic() + 2, reads=how != "rst")
        except Gone:
            pass
        if how == "half":
            return self._half()
        if how == "rst":
            self._plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._plain.close()

    def _say_close(self):
        try:
            self._tls.unwrap()
        except (ssl.SSLError, ValueError):
            pass  # it waits for the other's, which nobody reads

    def _half(self):
        try:
            self._plain.shutdown(socket.SHUT_WR)
        except OSError:
            pass
