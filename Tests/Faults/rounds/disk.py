"""What a disk holds after a kill: the files of a database beside their shadows (Tests/Integration/Shim/powercut.c)."""

import os

SECTOR_BYTES = 512
CHUNK_BYTES = 1 << 20
# How a process ends: it alone; or with its machine, which loses all that was not synced; or with its machine, and of the
# unsynced sectors some had reached the disk already.
KEPT, LOST, TORN = "kept", "lost", "torn"


def settle(database, how, chance):
    """Makes the files and their shadows what a disk would have. The process must be dead. Returns the bytes lost.

    Shadows stay beside the files: the next process goes on from both.
    """
    lost = sum(_settle(database + suffix, how, chance) for suffix in ("", "-wal", "-journal"))
    if os.path.exists(database + "-shm"):
        os.remove(database + "-shm")
    return lost


def _settle(path, how, chance):
    shadow = path + ".durable"
    if not os.path.exists(path):
        # SQLite removed it, with its shadow.
        return 0
    if not os.path.exists(shadow):
        if how == LOST:
            size = os.path.getsize(path)
            os.remove(path)
            return size
        open(shadow, "xb").close()
    with open(path, "r+b") as file, open(shadow, "r+b") as durable:
        return _merge(file, durable, how, chance)


def _merge(file, durable, how, chance):
    sizes = [os.fstat(one.fileno()).st_size for one in (file, durable)]
    size = chance.choice(sizes) if how == TORN else sizes[how == LOST]
    lost = max(0, sizes[0] - size)
    for one in (file, durable):
        one.truncate(size)
    for at in range(0, size, CHUNK_BYTES):
        length = min(CHUNK_BYTES, size - at)
        written, synced = (os.pread(one.fileno(), length, at).ljust(length, b"\0") for one in (file, durable))
        if written != synced:
            lost += _merge_chunk(file, durable, at, written, synced, how, chance)
    return lost


def _merge_chunk(file, durable, at, written, synced, how, chance):
    lost = 0
    for begin in range(0, len(written), SECTOR_BYTES):
        new, old = written[begin:begin + SECTOR_BYTES], synced[begin:begin + SECTOR_BYTES]
        if new == old:
            continue
        if how == KEPT or how == TORN and chance.random() < 0.5:
            os.pwrite(durable.fileno(), new, at + begin)
        else:
            os.pwrite(file.fileno(), old, at + begin)
            lost += len(old)
    return lost
