"""The byte-exact examples of Proto/WIRE.md."""

from __future__ import annotations

import re
from pathlib import Path

PATH = Path(__file__).resolve().parents[3] / "WIRE.md"


def examples(kind: str) -> dict[str, bytes]:
    """By name, for blocks marked "frame NAME" or "bytes NAME"."""
    found = {}
    for name, block in re.findall(rf"^```{kind} (\S+)\n(.*?)^```$", PATH.read_text(), re.MULTILINE | re.DOTALL):
        assert name not in found, f"{name} stands twice in WIRE.md"
        found[name] = bytes.fromhex("".join(line.split(";")[0] for line in block.splitlines()))
    return found
