"""Cases 22 to 25 of the protocol: floods, slow readers, cut connections, strangers and forged callers."""

from __future__ import annotations

import select
import socket
import ssl
import subprocess
import threading
import time

import pytest
import testing_pb2 as t
from conftest import Target, free_ports
from raw import PATIENCE_SECONDS, SERVICE, Cut, FakeServer, Raw, eventually, frame_of, good_bye, status
from quality_month import CallError, Client, Code, wire
from quality_month.identity import Identity
from quality_month.messages import registry_pb2
from quality_month.wire import ConnectionCode, Flag, Frame, FrameType

UNARY = f"{SERVICE}/UnaryCall"
EMPTY = f"{SERVICE}/EmptyCall"


# 22: floods


def flood(raw: Raw, frames: bytes, limit_bytes: int) -> wire.Goaway:
    """Sends the frames again and again, reading nothing but what comes by itself, until the server says GOAWAY."""
    raw.socket.setblocking(False)
    sent, goaway, end = 0, None, time.monotonic() + PATIENCE_SECONDS
    pending = b""
    while time.monotonic() < end:
        wanted = [raw.socket] if sent < limit_bytes else []
        readable, writable, _ = select.select([raw.socket], wanted, [], PATIENCE_SECONDS)
        if not readable and not writable:
            break
        try:
            if writable:
                pending = pending or frames
                count = raw.socket.send(pending)
                pending, sent = pending[count:], sent + count
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except (OSError, ssl.SSLError):
            sent = limit_bytes
        try:
            while (frame := raw.frame()) is not None:
                if frame.type == FrameType.GOAWAY:
                    goaway = wire.read_goaway(frame.payload)
                    return goaway
            break
        except Cut as cut:
            if not isinstance(cut.__cause__, (ssl.SSLWantReadError, ssl.SSLWantWriteError)):
                break
    raise AssertionError(f"no GOAWAY after {sent} bytes")


def open_and_reset() -> bytes:
    out = bytearray()
    for stream in range(1, 2 * 50_000, 2):
        out += Frame(FrameType.CALL, Flag.MESSAGE_END, stream, wire.write_call_head(wire.CallHead(UNARY))).write()
        out += wire.write_reset(stream, wire.Reset.CANCEL)
    return bytes(out)



FLOODS = {
    "pings": lambda: wire.write_ping(bytes(8)) * 1_000,
    "open and reset": open_and_reset,
    "empty messages": lambda: Frame(FrameType.DATA, Flag.MESSAGE_END, 1, b"").write() * 1_000,
    "tiny credits": lambda: wire.write_credit(1, 1) * 1_000,
    "unknown frames": lambda: Frame(0x7F, 0, 0, b"").write() * 1_000,
}
# An honest client may do so much of it in a moment; a flood is far above.
FLOOD_BYTES = 20_000_000


@pytest.mark.parametrize("name", FLOODS)
def test_case22_a_flood_is_cut_and_its_neighbours_are_not(suite, target, name):
    # A caller's certificate, also directly: the gateway's own connection carries every caller's frames.
    with Raw(target) as neighbour, Raw(target, identity=suite.organisation("410100")) as raw:
        neighbour.call(1, "FullDuplexCall", None, end=False)
        if name in ("empty messages", "tiny credits"):
            # The handler waits for our credit, or sleeps, and takes nothing.
            raw.call(1, "UnaryCall" if name == "tiny credits" else "FullDuplexCall", t.SimpleRequest(
                delay_ms=60_000).SerializeToString() if name == "tiny credits" else None, end=False)
        try:
            frames = FLOODS[name]()
            goaway = flood(raw, frames, len(frames) if name == "open and reset" else FLOOD_BYTES)
            assert goaway.code == ConnectionCode.EXCESSIVE_LOAD
        finally:
            neighbour.data(1, t.StreamingOutputRequest(response_bytes=[10]).SerializeToString(), end=True)
            assert neighbour.end_of(1).code == 0


# 23: slow readers


def test_case23_one_slow_reader_among_a_hundred_harms_nobody(target):
    asked = t.StreamingOutputRequest(response_bytes=[50_000] * 4).SerializeToString()
    with Raw(target, wire.Settings(stream_credit=65_536, connection_credit=wire.HIGHEST_CREDIT)) as raw:
        for stream in range(1, 201, 2):
            raw.call(stream, "StreamingOutputCall", asked)
        got, ended = dict.fromkeys(range(1, 201, 2), 0), set()
        while len(ended) < 99:
            frame = raw.next(FrameType.DATA, FrameType.STATUS)
            if frame.type == FrameType.STATUS:
                head, data = wire.read_status(frame.payload)
                assert head.code == 0
                ended.add(frame.stream)
                got[frame.stream] += len(data)
                continue
            got[frame.stream] += len(frame.payload)
            if frame.stream != 1:
                raw.credit(frame.stream, len(frame.payload))
        assert 1 not in ended and got[1] <= 65_536
        raw.credit(1, 1_000_000)
        assert raw.end_of(1).code == 0


def test_case23_a_slow_connection_does_not_stop_another(target):
    asked = t.StreamingOutputRequest(response_bytes=[1_000_000] * 50).SerializeToString()
    high = wire.Settings(stream_credit=wire.HIGHEST_CREDIT, connection_credit=wire.HIGHEST_CREDIT)
    with Raw(target, high) as slow, Raw(target) as other:
        for stream in range(1, 21, 2):
            slow.call(stream, "StreamingOutputCall", asked)
        for stream in range(1, 101, 2):
            other.assert_lives(stream)


# 24: cuts


class CuttingProxy:
    """Passes bytes on, and after so many from the server closes both sides at once.

    `passed` is how many bytes the latest connection's server has sent; a byte is counted before the client can see it.
    """

    def __init__(self, port: int):
        self._to, self.limit = port, None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self.passed = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        passed, limit = 0, self.limit
        try:
            while True:
                for source in select.select([near, far], [], [])[0]:
                    data = source.recv(65_536)
                    if source is near:
                        far.sendall(data)
                    else:
                        data = data if limit is None else data[: limit - passed]
                        passed += len(data)
                        self.passed = passed
                        near.sendall(data)
                        if passed == limit:
                            return
                    if not data:
                        return
        except OSError:
            pass
        finally:
            near.close()
            far.close()

    def close(self) -> None:
        self._listener.close()


def test_case24_a_connection_cut_at_any_byte_never_brings_a_truncated_success(target):
    proxy = CuttingProxy(target.port)
    identity = Identity(target.identity)

    def once() -> tuple[str, int]:
        with Client(proxy.address, identity, service=target.service, most_attempts=1) as client:
            try:
                call = client.call(f"{SERVICE}/StreamingOutputCall", [
                    t.StreamingOutputRequest(response_bytes=[10, 20])], timeout_seconds=PATIENCE_SECONDS)
                sizes = [len(r.payload.body) for r in call]
                call.finished()
            except CallError as error:
                assert error.code == Code.UNAVAILABLE, error
                return ("not started" if error.not_started else "maybe"), 0
            return f"OK {sizes}", proxy.passed

    outcome, whole = once()
    assert outcome == "OK [10, 20]"
    seen = set()
    # The handshake is TLS's own affair: from some way into it to the end.
    for limit in range(max(1, whole - 400), whole - 1, 3):
        proxy.limit = limit
        outcome, _ = once()
        assert outcome in ("maybe", "not started") or outcome == "OK [10, 20]", (limit, outcome)
        seen.add(outcome)
    assert {"maybe", "not started"} <= seen
    proxy.close()


@pytest.mark.parametrize("with_close_notify", [True, False])
def test_case24_frames_cut_at_any_byte_never_bring_a_truncated_success(suite, targets, with_close_notify):
    whole = b"".join(f.write() for f in (
        Frame(FrameType.HEADERS, 0, 1, wire.write_metadata([("server", "a")])),
        Frame(FrameType.DATA, 0, 1, b"abc"), Frame(FrameType.DATA, Flag.MESSAGE_END, 1, b"def"), status(1)))
    cut = [0]

    def script(frames, number):
        frames.send(wire.write_hello(wire.Settings()))
        frame_of(frames, FrameType.CALL)
        if cut[0]:
            frames.send(whole[: cut[0]])
        if with_close_notify:
            good_bye(frames)
        else:
            frames.socket.shutdown(socket.SHUT_WR)

    with FakeServer(suite.identity("gateway"), script) as server:
        identity = Identity(targets["gateway"].identity)
        for at in range(len(whole) + 1):
            cut[0] = at
            with Client(server.address, identity, most_attempts=1) as client:
                if at == len(whole):
                    assert client.unary_bytes(UNARY, b"") == b"abcdef"
                    continue
                with pytest.raises(CallError) as caught:
                    client.unary_bytes(UNARY, b"")
                assert (caught.value.code, caught.value.not_started) == (Code.UNAVAILABLE, False), at


def test_case24_a_client_cut_at_any_byte_harms_nobody(target):
    frames = wire.write_hello(wire.Settings()) + Frame(
        FrameType.CALL, 0, 1, wire.write_call_head(wire.CallHead(f"{SERVICE}/StreamingInputCall")) + b"\x0a").write()
    frames += Frame(FrameType.DATA, 3, 1, b"\x00").write()
    with Raw(target) as neighbour:
        for at in range(0, len(frames) + 1, 2):
            with Raw(target, hello=frames[:at]) as raw:
                if at % 4:
                    try:
                        raw.socket.settimeout(0.2)
                        raw.socket.unwrap()
                    except (OSError, ssl.SSLError):
                        pass
        neighbour.assert_lives(1)


def test_case24_a_refused_connection_is_not_started(targets):
    (port,) = free_ports(1)
    with Client(f"127.0.0.1:{port}", str(targets["gateway"].identity)) as client, pytest.raises(CallError) as caught:
        client.unary(UNARY, b"", timeout_seconds=0.5)
    assert (caught.value.code, caught.value.not_started) == (Code.UNAVAILABLE, True)


# 25: identities


def test_case25_a_forged_caller_is_overwritten_at_the_gateway(targets):
    with Raw(targets["gateway"]) as raw:
        for stream, forged in ((1, "spiffe://quality.example/service/registry"), (3, "x"), (5, "")):
            raw.call(stream, "UnaryCall", b"", caller=forged)
            _, messages = raw.answer_of(stream)
            caller = t.SimpleResponse.FromString(messages[0]).caller
            assert caller == "spiffe://quality.example/org/410100/reporter"


def test_case25_metadata_cannot_name_the_caller(targets):
    with Raw(targets["gateway"]) as raw:
        raw.call(1, "UnaryCall", b"", metadata=(("quality-caller", "spiffe://quality.example/service/registry"),))
        end, messages = raw.answer_of(1)
        if end.code == 0:
            assert t.SimpleResponse.FromString(messages[0]).caller == "spiffe://quality.example/org/410100/reporter"


LIST = "quality.registry.v1.RegistryService/ListCampaigns"


def test_case25_a_backend_dialled_directly_denies(suite, registry):
    request = registry_pb2.ListCampaignsRequest().SerializeToString()
    forged = "spiffe://quality.example/service/submission"
    for identity in (suite.organisation("410100"), suite.identity("submission")):
        with Raw(registry, identity=identity) as raw:
            for stream, caller in ((1, ""), (3, forged)):
                raw.call(stream, LIST, request, caller=caller)
                end = raw.end_of(stream)
                assert (end.code, end.not_started) == (Code.PERMISSION_DENIED, True), end
    with Raw(registry) as raw:
        raw.call(1, LIST, request, caller=forged)
        assert raw.end_of(1).code == 0


def openssl(*arguments: str, **options) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, **options)


def certificate(suite, name: str, extension: str, authority: str | None = None, days: str = "30"):
    """A certificate made by hand, of the suite's authority or of another; days may be past."""
    directory = suite.state / "strangers" / name
    directory.mkdir(parents=True)
    ca, ca_key = suite.state / "pki/ca.pem", suite.state / "pki/ca-key.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    if authority:
        ca, ca_key = directory / "other-ca.pem", directory / "other-key.pem"
        openssl("req", "-x509", *curve, "-keyout", str(ca_key), "-out", str(ca), "-subj", f"/CN={authority}", "-days", "30")
    openssl("req", *curve, "-keyout", str(directory / "key.pem"), "-out", str(directory / "csr.pem"), "-subj", "/CN=x")
    (directory / "extension").write_text(extension + "\n" if extension else "keyUsage=digitalSignature\n")
    openssl(
        "x509", "-req", "-in", str(directory / "csr.pem"), "-CA", str(ca), "-CAkey", str(ca_key), "-CAcreateserial",
        "-out", str(directory / "cert.pem"), "-days", days, "-extfile", str(directory / "extension"))
    (directory / "ca.pem").write_bytes((suite.state / "pki/ca.pem").read_bytes())
    return directory


def stranger(target: Target, directory, alpn=(wire.ALPN,), version=None) -> list:
    """What a client with this certificate is told: the frames it gets, then how the connection ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(target.identity / "ca.pem")
    if directory is not None:
        context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version:
        context.maximum_version = version
    told = []
    plain = socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE_SECONDS)
    try:
        with context.wrap_socket(plain, suppress_ragged_eofs=False) as secured:
            from raw import Frames

            frames = Frames(secured)
            frames.send(wire.write_hello(wire.Settings()))
            frames.send(Frame(FrameType.CALL, 3, 1, wire.write_call_head(wire.CallHead(EMPTY))))
            while (frame := frames.frame()) is not None:
                told.append(frame)
            told.append("closed")
    except (Cut, OSError, ssl.SSLError) as error:
        told.append(str(error))
    return told


GOOD = "subjectAltName=URI:spiffe://quality.example/org/410100/reporter"


def test_case25_strangers_are_refused_in_the_handshake(suite, target):
    good = suite.organisation("410100")
    other = suite.state / "strangers/other"
    if not other.exists():
        certificate(suite, "other", GOOD, authority="somebody else")
        certificate(suite, "expired", GOOD, days="-1")
    for directory, options, words in (
        (None, {}, "CERTIFICATE_REQUIRED"), (other, {}, "UNKNOWN_CA"),
        (suite.state / "strangers/expired", {}, "CERTIFICATE_EXPIRED"), (good, {"alpn": ()}, "NO_APPLICATION_PROTOCOL"),
        (good, {"alpn": ("h2",)}, "NO_APPLICATION_PROTOCOL"),
        (good, {"version": ssl.TLSVersion.TLSv1_2}, "PROTOCOL_VERSION"),
    ):
        told = stranger(target, directory, **options)
        assert len(told) == 1 and words in told[0].upper().replace(" ", "_"), (directory, options, told)


NOBODY = {
    "none": "", "dns": "subjectAltName=DNS:gateway.example",
    "two": "subjectAltName=URI:spiffe://quality.example/org/1/reporter,URI:spiffe://quality.example/org/2/reporter",
    "http": "subjectAltName=URI:https://quality.example/org/1/reporter",
    "short": "subjectAltName=URI:spiffe://quality.example/org/1",
    "empty": "subjectAltName=URI:spiffe://quality.example/org//reporter",
}


@pytest.mark.parametrize("name", NOBODY)
def test_case25_a_certificate_that_names_nobody_is_refused(suite, target, name):
    directory = suite.state / "strangers" / name
    if not directory.exists():
        certificate(suite, name, NOBODY[name])
    told = stranger(target, directory)
    goaways = [wire.read_goaway(f.payload) for f in told if isinstance(f, Frame) and f.type == FrameType.GOAWAY]
    in_the_handshake = len(told) == 1 and isinstance(told[0], str)
    assert in_the_handshake or [g.code for g in goaways] == [ConnectionCode.PROTOCOL], told
    assert not any(isinstance(f, Frame) and f.type == FrameType.STATUS for f in told)


def test_case25_the_client_refuses_a_server_with_another_name(suite, targets):
    def script(frames, number):
        frames.send(wire.write_hello(wire.Settings()))
        try:
            assert frames.frame() is None
        except Cut:
            pass

    for name in ("submission", "410100-reporter"):
        identity = suite.state / "identities" / name
        if not identity.exists():
            suite.identity(name)
        with FakeServer(identity, script) as server:
            with Client(server.address, str(targets["gateway"].identity)) as client, pytest.raises(CallError) as caught:
                client.unary(UNARY, b"")
            assert (caught.value.code, caught.value.not_started) == (Code.UNAUTHENTICATED, True)
            assert eventually(lambda: server.accepted == 1)
            # It hears of it, at the most.
            assert all("ALERT" in str(error) for error in server.errors)
