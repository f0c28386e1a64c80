"""Every byte-exact example of WIRE.md, read and written."""

from __future__ import annotations

import hashlib

import example_log
import pytest
from document import PATH, examples, texts
from quality_month import ed25519, receipts, wire
from quality_month.log import Entry, leaf
from quality_month.messages import submission_pb2, type_pb2
from quality_month.wire import CallHead, ConnectionCode, Flag, Frame, FrameReader, FrameType, Goaway, Reset, StatusHead

FRAMES, BYTES, TEXTS = examples("frame"), examples("bytes"), texts()

HEALTH = "quality.rpc.v1.HealthService/Check"
TRACE = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736" "00f067aa0ba902b7" "01")
STREAMING = CallHead(
    "quality.submission.v1.SubmissionService/PushStream", None, (("client", "city 3.1"), ("sum-bin", b"\x00\xff")), TRACE)
STAMPED = CallHead(HEALTH, 4_990_000, caller="spiffe://quality.example/org/410100/reporter")
DRAINING = "this process is draining; another will serve the call"
GOAWAY_ERROR = "DATA on stream 9, which was never opened"

CALLS = {
    "call-unary": (1, 7, CallHead(HEALTH, 5_000_000), b""),
    "call-streaming": (5, 4, STREAMING, b""),
    "call-stamped": (3, 7, STAMPED, b""),
    "call-high-id": (0x8000_0001, 7, CallHead(HEALTH, 5_000_000), b""),
    "call-routed-twice": (5, 7, CallHead(HEALTH, 5_000_000, (
        ("route-service", "quality.registry.v1.RegistryService"),
        ("route-service", "quality.submission.v1.SubmissionService"))), b""),
}
STATUSES = {
    "status-unary": (1, 1, StatusHead(), b"\x08\x01"),
    "status-ok": (5, 0, StatusHead(), b""),
    "status-error": (5, 0, StatusHead(5, text='no campaign "x"\t🙂', details=b"\x0a\x08campaign"), b""),
    "status-not-started": (7, 0, StatusHead(14, True, 250, DRAINING), b""),
}
DATA = {
    "data-part": (0, b"\x0a\x0b"),
    "data-message-end": (1, b"\x0c"),
    "data-empty-message": (1, b""),
    "data-stream-end": (2, b""),
    "data-last": (3, b"\x08\x01"),
}
CREDITS = {"credit-stream": (5, 32_768), "credit-connection": (0, 524_288), "credit-lowered": (5, -1_000)}
GOAWAYS = {
    "goaway-warning": Goaway(0xFFFF_FFFF, ConnectionCode.NONE, "this process is draining"),
    "goaway-final": Goaway(7, ConnectionCode.NONE, "this process is draining"),
    "goaway-client": Goaway(0, ConnectionCode.NONE, "leaving"),
    "goaway-error": Goaway(7, ConnectionCode.PROTOCOL, GOAWAY_ERROR),
}
PINGS = {"ping": False, "ping-answer": True}
REFUSED = {"unknown-refused": ConnectionCode.PROTOCOL, "data-too-long": ConnectionCode.FRAME_SIZE}
OTHERS = {
    "hello", "hello-shortest", "headers", "headers-reserved", "reset", "unknown-skipped", "call-metadata-cut", "waiting",
    *REFUSED}


def frame(name: str) -> Frame:
    reader = FrameReader()
    reader.feed(FRAMES[name])
    read = reader.next()
    assert not reader.holds_part_of_a_frame
    return read


def test_no_example_is_forgotten():
    assert set(FRAMES) == {*CALLS, *STATUSES, *DATA, *CREDITS, *GOAWAYS, *PINGS, *OTHERS}
    assert set(BYTES) == {
        "statement-accepted", "entry", "leaf", "entry-rejected", "tree", "log-key", "report", "report-digest",
        "personal-value", "personal-commitment"}
    assert set(TEXTS) == {"verifier-key", "checkpoint", "tlog-proof"}


@pytest.mark.parametrize("name", CALLS)
def test_call(name):
    stream, flags, head, message = CALLS[name]
    read = frame(name)
    assert (read.type, read.stream, read.flags) == (FrameType.CALL, stream, flags)
    assert wire.read_call(read.payload) == (head, message)
    assert Frame(FrameType.CALL, flags, stream, wire.write_call_head(head) + message).write() == FRAMES[name]


@pytest.mark.parametrize("name", STATUSES)
def test_status(name):
    stream, flags, head, message = STATUSES[name]
    read = frame(name)
    assert (read.type, read.stream, read.flags) == (FrameType.STATUS, stream, flags)
    assert wire.read_status(read.payload) == (head, message)
    assert Frame(FrameType.STATUS, flags, stream, wire.write_status_head(head) + message).write() == FRAMES[name]


@pytest.mark.parametrize("name", DATA)
def test_data(name):
    expected = Frame(FrameType.DATA, DATA[name][0], 5, DATA[name][1])
    assert frame(name) == expected and expected.write() == FRAMES[name]


@pytest.mark.parametrize("name", CREDITS)
def test_credit(name):
    read = frame(name)
    assert (read.stream, wire.read_credit(read.payload)) == CREDITS[name]
    assert wire.write_credit(*CREDITS[name]) == FRAMES[name]


@pytest.mark.parametrize("name", GOAWAYS)
def test_goaway(name):
    read = frame(name)
    assert read.stream == 0 and wire.read_goaway(read.payload) == GOAWAYS[name]
    assert wire.write_goaway(GOAWAYS[name]) == FRAMES[name]


@pytest.mark.parametrize("name", PINGS)
def test_ping(name):
    read = frame(name)
    assert bool(read.flags & Flag.ACKNOWLEDGEMENT) == PINGS[name]
    assert wire.write_ping(read.payload, PINGS[name]) == FRAMES[name]


def test_hello_headers_reset_and_unknown_frames():
    assert wire.read_hello(frame("hello").payload) == wire.Settings()
    assert wire.write_hello(wire.Settings()) == FRAMES["hello"]
    assert wire.read_hello(frame("hello-shortest").payload) == wire.Settings()
    headers = frame("headers")
    assert (headers.type, headers.stream) == (FrameType.HEADERS, 5)
    assert wire.read_metadata(headers.payload) == [("server", "a")]
    assert Frame(FrameType.HEADERS, 0, 5, wire.write_metadata([("server", "a")])).write() == FRAMES["headers"]
    assert wire.read_reset(frame("reset").payload) is Reset.CANCEL
    assert wire.write_reset(5, Reset.CANCEL) == FRAMES["reset"]
    assert wire.read_metadata(frame("headers-reserved").payload) == [("quality-x", "1")]
    assert frame("unknown-skipped") is None
    assert frame("waiting") is None


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_frame(name):
    with pytest.raises(wire.WireError) as caught:
        frame(name)
    assert caught.value.code is REFUSED[name]


def test_a_cut_metadata_block_is_the_calls_fault_alone():
    with pytest.raises(wire.MetadataError):
        wire.read_call(frame("call-metadata-cut").payload)


@pytest.mark.parametrize("name", sorted({*FRAMES} - {"unknown-skipped", *REFUSED}))
def test_a_frame_cut_anywhere_is_no_frame(name):
    for length in range(len(FRAMES[name])):
        reader = FrameReader()
        reader.feed(FRAMES[name][:length])
        assert reader.next() is None


# The journal and the receipts


def test_the_examples_of_journal_and_receipts_are_what_is_written():
    document = PATH.read_text("utf-8")
    for block in example_log.blocks():
        assert block in document


def test_statement_entries_leaf_and_tree():
    accepted, rejected = example_log.ENTRIES[1], example_log.ENTRIES[0]
    assert accepted.statement == BYTES["statement-accepted"]
    assert accepted.encoded() == BYTES["entry"] and Entry.decode(BYTES["entry"]) == accepted
    assert rejected.encoded() == BYTES["entry-rejected"] and Entry.decode(BYTES["entry-rejected"]) == rejected
    assert leaf(BYTES["entry"]) == BYTES["leaf"] == BYTES["tree"][32:64]


def test_the_documents_receipt_verifies():
    key, receipt = BYTES["log-key"][32:64], example_log.receipt()
    assert receipts.to_tlog_proof(receipt) == TEXTS["tlog-proof"]
    assert receipts.verify_tlog_proof(TEXTS["tlog-proof"], key) == receipt
    assert receipts.verify_tlog_proof(TEXTS["tlog-proof"], TEXTS["verifier-key"].strip()) == receipt
    assert receipt.checkpoint == TEXTS["checkpoint"]
    assert receipts.key_id(key) == BYTES["log-key"][68:]


def test_digest_of_a_report_in_any_order():
    cell, date = type_pb2.Cell, type_pb2.Date(year=2019, month=9, day=19)
    cells = [
        cell(field="visitors", integer=1_200, unit="人次"), cell(field="opened", date=date), cell(field="blank", text=" "),
        cell(field="cost", decimal=type_pb2.Decimal(unscaled_value=1_250, scale=2), unit="万元"), cell(field="none")]
    row = type_pb2.Row(table="hosts", key="H1", cells=[cell(field="name", text="甲厂")])
    report = submission_pb2.Report(
        campaign="henan-2019-open-day", form="open-day-summary", form_version=1, reporting_unit="410100", cells=cells,
        rows=[row])
    assert receipts.report_bytes(report) == BYTES["report"]
    assert receipts.digest(report) == BYTES["report-digest"]


def test_personal_commitment():
    written = receipts.personal_value(b"\x55" * 32, "/cells/contact", "张三", "")
    assert written == BYTES["personal-value"]
    assert hashlib.sha256(written).digest() == BYTES["personal-commitment"]


# RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc)
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]


@pytest.mark.parametrize("key, message, signature", VECTORS)
def test_ed25519(key, message, signature):
    key, message, signature = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519.verify(key, message, signature)
    assert not ed25519.verify(key, message + b"x", signature)
    assert not ed25519.verify(key, message, signature[:32] + bytes(32))
    assert not ed25519.verify(bytes(32), message, signature)
    order = 2**252 + 27742317777372353535851937790883648493
    high = int.from_bytes(signature[32:], "little") + order
    assert not ed25519.verify(key, message, signature[:32] + high.to_bytes(32, "little"))
