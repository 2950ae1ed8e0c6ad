#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""warm_memory.py [MB] - touch memory that nobody uses, and give it back: near all of it, or so many MB at most.

A page that a virtual machine has never touched costs a fault of its host, some ten times the price of writing to it. A
ledger that grows into such pages measures the host. Prints one JSON object: `warmed_mb`, `seconds`."""

import json
import mmap
import pathlib
import sys
import time

STEP_MB = 64
LEFT_MB = 1024  # for those who come meanwhile; a twentieth where that is more


def free_mb(text=None):
    """What no process and no file has, by /proc/meminfo."""
    text = text if text is not None else pathlib.Path("/proc/meminfo").read_text()
    return next(int(line.split()[1]) // 1024 for line in text.splitlines() if line.startswith("MemFree:"))


def room_for_a_step(free, free_at_first):
    return free - STEP_MB >= max(LEFT_MB, free_at_first // 20)


def warm(most_mb):
    """All pages are held until the last one is touched: else the kernel would give out the same ones again."""
    first, held = free_mb(), []
    while (len(held) + 1) * STEP_MB <= most_mb and room_for_a_step(free_mb(), first):
        held.append(mmap.mmap(-1, STEP_MB << 20,
                              flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE))
    return len(held) * STEP_MB


def main():
    begun = time.monotonic()
    warmed = warm(int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize)
    print(json.dumps({"warmed_mb": warmed, "seconds": round(time.monotonic() - begun, 1)}))


if __name__ == "__main__":
    main()
