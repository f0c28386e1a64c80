"""The byte-exact examples of Proto/WIRE.md."""

from __future__ import annotations

import re
from pathlib import Path

PATH = Path(__file__).resolve().parents[3] / "WIRE.md"


def examples(kind: str) -> dict[str, bytes]:
    """By name, for blocks marked "frame NAME" or "bytes NAME"."""
    return {
        name: bytes.fromhex("".join(line.split(";")[0] for line in block.splitlines())) for name, block in _blocks(kind)}


def texts() -> dict[str, str]:
    """By name, for blocks marked "text NAME"; each line with its newline."""
    return dict(_blocks("text"))


def _blocks(kind: str) -> list[tuple[str, str]]:
    found = re.findall(rf"^```{kind} (\S+)\n(.*?)^```$", PATH.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), f"a name stands twice in WIRE.md: {names}"
    return found
