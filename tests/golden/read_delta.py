#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""read_delta.py FILE - reads golden deltas by the reader of examples/verify_in_python, which knows docs/ledger-format.md alone.

Each frame is put together from the one before and its delta, written as a content and summed; the last line says how
many frames there were. Exit code 1: a frame is not what the file says."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "verify_in_python"))
from ledger_content import Content  # noqa: E402  pylint: disable=wrong-import-position
from tick_delta import content_after  # noqa: E402  pylint: disable=wrong-import-position


def content_sum(content):
    total = 0xcbf29ce484222325
    for byte in content:
        total = (total ^ byte) * 0x100000001b3 % 2 ** 64
    return total


def main():
    lines = [line.split() for line in pathlib.Path(sys.argv[1]).read_text(encoding="ascii").splitlines()]
    first = bytes.fromhex(lines[0][1])
    content = Content(first)
    content.read()
    assert content.write() == first
    frames = 0
    for (_, delta), (frame, total) in zip(lines[1::2], lines[2::2]):
        content = content_after(content, bytes.fromhex(delta))
        if content_sum(content.write()) != int(total, 16):
            print(f"frame {frame} differs")
            return 1
        frames += 1
    print(f"{frames} frames")
    return 0


if __name__ == "__main__":
    sys.exit(main())
