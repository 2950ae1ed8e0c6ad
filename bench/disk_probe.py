# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""How fast the disk syncs meanwhile: 8 KiB written over in a small file, 50 times a second, and how long each fdatasync
takes. A commit is at least as slow: where a disk stalls, so does every tick.

    with DiskProbe(folder) as probe:
        ...
    probe.figures()"""

import os
import threading
import time

EVERY_S = 0.02
BLOCK_BYTES, BLOCKS = 8192, 256


class DiskProbe(threading.Thread):
    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path, self.halt, self.took_ms = folder / "probe", threading.Event(), []

    def run(self):
        file = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            os.pwrite(file, bytes(BLOCK_BYTES * BLOCKS), 0)
            os.fsync(file)
            while not self.halt.wait(EVERY_S):
                block = os.urandom(BLOCK_BYTES)
                begun = time.monotonic()
                os.pwrite(file, block, len(self.took_ms) % BLOCKS * BLOCK_BYTES)
                os.fdatasync(file)
                self.took_ms.append((time.monotonic() - begun) * 1e3)
        finally:
            os.close(file)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.halt.set()
        self.join()
        self.path.unlink(missing_ok=True)

    def figures(self):
        ordered = sorted(self.took_ms) or [0.0]
        return {"disk_p99_ms": ordered[int(0.99 * (len(ordered) - 1))], "disk_max_ms": ordered[-1]}
