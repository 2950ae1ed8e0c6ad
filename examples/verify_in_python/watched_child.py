# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Work that may die: a damaged file can end whoever reads it by a signal, or hold it for ever. So it is done in a
child, which tells in shared memory what it is at, and the parent outlives it."""
import mmap
import os
import signal
import struct
import sys
import time
import traceback

TEXT_BYTES = 240
CELL = struct.Struct("<QH")  # how often it was told; bytes of the text behind
SILENCE_S = 60.0  # without any progress
POLL_S = 0.01


class Died(Exception):
    """The child ended otherwise than by its own decision."""


class Progress:
    def __init__(self):
        self.memory = mmap.mmap(-1, CELL.size + TEXT_BYTES)
        self.count = 0

    def tell(self, what):
        text = what.encode()[:TEXT_BYTES]
        self.count += 1
        self.memory[CELL.size:CELL.size + len(text)] = text
        CELL.pack_into(self.memory, 0, self.count, len(text))

    def read(self):
        """(how often, the latest)"""
        count, text_bytes = CELL.unpack_from(self.memory)
        return count, self.memory[CELL.size:CELL.size + text_bytes].decode(errors="replace")


def run_child(work, progress):
    code = 1
    try:
        code = work(progress.tell)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # pylint: disable=broad-except
        code = 1
        traceback.print_exc()
    finally:
        os._exit(code)


def run(work):
    """work(tell) in a child; its exit code. Died: a signal or a hang ended it."""
    progress = Progress()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        run_child(work, progress)
    seen, since = 0, time.monotonic()
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        count, what = progress.read()
        if count != seen:
            seen, since = count, time.monotonic()
        elif time.monotonic() - since > SILENCE_S:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise Died("no progress for %d s, while reading %s" % (SILENCE_S, what))
        time.sleep(POLL_S)
    if os.WIFSIGNALED(status):
        raise Died("the reader was ended by %s, while reading %s" % (
            signal.Signals(os.WTERMSIG(status)).name, progress.read()[1]))
    return os.WEXITSTATUS(status)
