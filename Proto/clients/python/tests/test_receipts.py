"""Receipts, their files and their tlog-proofs: the right one verifies, and nothing else does."""

from __future__ import annotations

import dataclasses

import pytest
from example_log import CHECKPOINT, ENTRIES, KEY, LEAVES, ORIGIN, SIGNER, Signer, frontier, receipt
from quality_month import notes, receipts
from quality_month.__main__ import main
from quality_month.canonical import sha256
from quality_month.log import Entry, Frontier, LogError, node, root_from_path
from quality_month.notes import Checkpoint, NoteError, Untrusted, VerifierKey

PROOF = receipts.to_tlog_proof(receipt())
OTHER = Signer(b"\x08" * 32)


def encoded(changed=None, **changes) -> bytes:
    made = changed or receipt()
    for name, value in changes.items():
        setattr(made, name, value)
    return made.SerializeToString(deterministic=True)


def test_a_receipt_verifies_with_either_kind_of_key():
    assert receipts.verify(encoded(), SIGNER.public_key) == receipt()
    assert receipts.verify(encoded(), KEY.text) == receipt()


def test_no_byte_of_a_receipt_can_be_changed():
    whole = encoded()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(receipts.ReceiptError):
            receipts.verify(bytes(changed), SIGNER.public_key)


def test_a_receipt_of_another_key_log_or_epoch_is_refused():
    other = VerifierKey(ORIGIN, OTHER.public_key)
    for key in (bytes(32), other.public_key, SIGNER.public_key[:31], "", KEY.text[:-1], other.text):
        with pytest.raises(receipts.ReceiptError):
            receipts.verify(encoded(), key)
    # A raw key does not say of which log; the text does.
    elsewhere = ORIGIN.replace("submission", "registry")
    moved = encoded(checkpoint=SIGNER.checkpoint(frontier(LEAVES), elsewhere))
    receipts.verify(moved, SIGNER.public_key)
    with pytest.raises(receipts.ReceiptError, match="not of"):
        receipts.verify(moved, KEY.text)
    for origin in (ORIGIN[:-2] + "ff", "quality.example", ORIGIN.upper()):
        with pytest.raises(receipts.ReceiptError):
            receipts.verify(encoded(checkpoint=SIGNER.checkpoint(frontier(LEAVES), origin)), SIGNER.public_key)


def test_a_receipt_with_a_hash_of_another_length_is_refused():
    for change in ({"digest": bytes(31)}, {"body_digest": b""}):
        with pytest.raises(receipts.ReceiptError, match="instead of 32"):
            receipts.verify(encoded(**change), SIGNER.public_key)


def test_a_path_that_does_not_lead_to_the_root_is_refused():
    for path in ([], [LEAVES[0]], [LEAVES[2], LEAVES[0]], [LEAVES[0], LEAVES[2], LEAVES[2]], [b"\x00", LEAVES[2]]):
        changed = receipt()
        del changed.path[:]
        changed.path.extend(path)
        with pytest.raises(receipts.ReceiptError):
            receipts.verify(encoded(changed), SIGNER.public_key)


@pytest.mark.parametrize("change", ["unknown field", "a default", "twice", "long number", "order", "cut"])
def test_only_one_encoding_of_a_receipt_counts(change):
    whole, behind = encoded(), encoded(checkpoint="")
    checkpoint = whole[len(behind):]
    assert behind + checkpoint == whole
    before_late = whole.index(b"\x58\x01")  # corrected_late
    changed = {
        "unknown field": whole + b"\x70\x01", "a default": encoded(corrected_late=False) + b"\x58\x00",
        "twice": whole + checkpoint, "order": checkpoint + behind, "cut": behind,
        "long number": whole[:before_late] + b"\x58\x81\x00" + whole[before_late + 2 :],
    }[change]
    with pytest.raises(receipts.ReceiptError):
        receipts.verify(changed, SIGNER.public_key)


def test_a_receipt_in_json_is_the_same_receipt():
    assert receipts.from_json(receipts.to_json(receipt())) == encoded()
    with pytest.raises(receipts.ReceiptError):
        receipts.from_json(receipts.to_json(receipt()).replace('"index"', '"place"'))


def test_a_tlog_proof_is_the_same_receipt():
    assert receipts.from_tlog_proof(PROOF) == encoded()
    assert receipts.verify_tlog_proof(PROOF, KEY.text) == receipt()
    alone = receipt()
    del alone.path[:]
    alone.position.index, alone.checkpoint = 0, SIGNER.checkpoint(frontier(LEAVES[1:2]))
    assert receipts.verify_tlog_proof(receipts.to_tlog_proof(alone), KEY.text) == alone


def test_no_byte_of_a_tlog_proof_can_be_changed():
    whole = PROOF.encode()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        try:
            text = changed.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises(receipts.ReceiptError):
            receipts.verify_tlog_proof(text, SIGNER.public_key)


def test_what_is_no_tlog_proof_of_a_receipt_is_refused():
    lines = PROOF.split("\n")
    rejected = notes.base64_text(ENTRIES[0].encoded())
    longer = notes.base64_text(dataclasses.replace(ENTRIES[1], statement=ENTRIES[1].statement + b"x").encoded())
    unstated = notes.base64_text(dataclasses.replace(ENTRIES[1], statement=b"").encoded())
    for text in (
        "", PROOF + "\n", PROOF[:-1], "\n".join([lines[0], *lines[2:]]), "\n".join([*lines[:2], *lines[3:]]),
        PROOF.replace("index 1", "index 01"), PROOF.replace("index 1", "index"), PROOF.replace("\n", "\r\n"),
        PROOF.replace("@v1", "@v2"), PROOF.replace(lines[1], f"extra {rejected}"), PROOF.replace(lines[1], f"extra {unstated}"),
        PROOF.replace(lines[1], f"extra {longer}"),
        PROOF.replace("index 1\n", "index 1\n" + 70 * (notes.base64_text(bytes(32)) + "\n")), CHECKPOINT, "\ud800",
    ):
        with pytest.raises(receipts.ReceiptError):
            receipts.from_tlog_proof(text)


def test_the_commands_read_and_write_both_kinds_of_file(tmp_path, capsys):
    file, key = tmp_path / "one.receipt.json", tmp_path / "key"
    file.write_text(receipts.to_json(receipt()))
    assert main(["export", str(file)]) == 0
    proof = tmp_path / "one.tlog-proof"
    assert proof.read_text() == PROOF
    for text in (SIGNER.public_key.hex(), KEY.text):
        key.write_text(text + "\n")
        assert main(["verify", str(file), str(proof), "--key", str(key)]) == 0
    proof.write_text(PROOF.replace("index 1", "index 0"))
    capsys.readouterr()
    assert main(["verify", str(file), str(proof), "--key", str(key)]) == 1
    assert "one.tlog-proof: does NOT verify" in capsys.readouterr().out


# Below receipts: the tree, keys and notes


def test_a_path_fits_its_place_in_trees_of_every_size():
    leaves = [sha256(bytes([i])) for i in range(20)]

    def root(of):
        if len(of) == 1:
            return of[0]
        k = 1 << (len(of) - 1).bit_length() - 1
        return node(root(of[:k]), root(of[k:]))

    def path(at, of):
        if len(of) == 1:
            return []
        k = 1 << (len(of) - 1).bit_length() - 1
        return [*path(at, of[:k]), root(of[k:])] if at < k else [*path(at - k, of[k:]), root(of[:k])]

    assert Frontier().root() == sha256(b"")
    for size in range(1, len(leaves) + 1):
        made = frontier(leaves[:size])
        assert made.root() == root(leaves[:size])
        assert Frontier.from_bytes(made.to_bytes()) == made
        for at in range(size):
            hashes = path(at, leaves[:size])
            assert root_from_path(leaves[at], at, size, hashes) == made.root()
            for wrong in (hashes[:-1] if hashes else [leaves[0]], [*hashes, leaves[0]]):
                with pytest.raises(LogError):
                    root_from_path(leaves[at], at, size, wrong)
    for index, size in ((3, 3), (0, 0), (-1, 3)):
        with pytest.raises(LogError):
            root_from_path(leaves[0], index, size, [])
    for wrong in (b"", b"\x00", bytes(40), frontier(leaves).to_bytes() + b"\x00", b"\xff" * 8 + bytes(32 * 64)):
        with pytest.raises(LogError):
            Frontier.from_bytes(wrong)


def test_an_entry_is_read_back_from_its_bytes_and_from_no_others():
    for entry in ENTRIES:
        whole = entry.encoded()
        assert Entry.decode(whole) == entry
        for wrong in (whole[:-1], whole + b"\x00", b"Q" + whole[1:], whole[:20] + b"\xff" * 4 + whole[24:]):
            with pytest.raises(LogError):
                Entry.decode(wrong)
    with pytest.raises(LogError):
        Entry.decode(Entry(0, "k", bytes(65_535), bytes(32)).encoded())


def test_a_verifier_key_is_read_from_its_one_text():
    assert VerifierKey.parse(KEY.text) == KEY
    name, hash, key = KEY.text.split("+", 2)
    other_type = notes.base64_text(b"\x02" + bytes(32))
    for text in (
        "", name, f"{name}+{hash}", f"{name}+{hash.upper()}+{key}", f"{name}+00000000+{key}", f"{name}+{hash}+{key}=",
        f"+{hash}+{key}", f"a b+{hash}+{key}", f"{name}+{hash}+{other_type}", KEY.text + "\n",
    ):
        with pytest.raises(NoteError):
            VerifierKey.parse(text)


def test_a_checkpoint_may_have_other_signatures_and_lines_but_needs_the_logs():
    text, signed = CHECKPOINT.split("\n\n")
    witness = OTHER.signature_line("witness.example", text + "\n")
    for note in (CHECKPOINT, CHECKPOINT + witness, f"{text}\n\n{witness}{signed}"):
        Checkpoint.parse(note).check(KEY)
    extended = text + "\nan extension\n"
    note = Checkpoint.parse(extended + "\n" + SIGNER.signature_line(ORIGIN, extended))
    note.check(KEY)
    assert (note.size, note.root) == (3, frontier(LEAVES).root())
    forged = f"— {ORIGIN} {notes.base64_text(KEY.id + bytes(64))}\n"
    for note in (f"{text}\n\n{witness}", CHECKPOINT + forged, CHECKPOINT.replace("\n3\n", "\n4\n")):
        with pytest.raises(Untrusted):
            Checkpoint.parse(note).check(KEY)


def test_what_is_no_checkpoint_is_refused():
    text, signed = CHECKPOINT.split("\n\n")
    origin, size, root = text.split("\n")
    signed_texts = [
        f"{origin}\n{size}", f"{origin}\n03\n{root}", f"{origin}\n9223372036854775808\n{root}", f"{origin}\n３\n{root}",
        f"{origin}\n{size}\n{root[:-1]}", f"{origin}\n{size}\n{root[:-2]}R=", f"{origin}\n{size}\nAA==", f"\n{size}\n{root}",
        f"{text}\n",
    ]
    signatures = [
        "", signed[:-1], signed + "\n", signed * 101, signed.replace("—", "-"), f"— {origin} AAAAAA==\n", f"— {origin}\n",
        "—  AAAAAAA=\n", "— a+b AAAAAAA=\n", "— a\u3000b AAAAAAA=\n",
    ]
    for note in (
        "", "\n\n", text, CHECKPOINT.replace("\n", "\r\n"), "x" * 300_000, *(f"{wrong}\n\n{signed}" for wrong in signed_texts),
        *(f"{text}\n\n{wrong}" for wrong in signatures),
    ):
        with pytest.raises(NoteError):
            Checkpoint.parse(note)
