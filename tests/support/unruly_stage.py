#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The example stage in Python, with answers that the broker must not believe. By the text of a Custom
command in the batch:

    twice        the answer is sent two times
    late         the answer waits until the lease has run out and the work came again; then both are sent
    other-lease  before the answer comes one under a lease that was never given
    other-epoch  before the answer comes one that claims to be for the broker before this one
"""

import importlib.util
import pathlib

PATH = pathlib.Path(__file__).resolve().parents[2] / "examples" / "stage_in_python" / "score.py"
_spec = importlib.util.spec_from_file_location("score", PATH)
score = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(score)


class UnrulyActor(score.Actor):
    def __init__(self, *words):
        super().__init__(*words)
        self.mark = b""
        self.held = None  # (execution, message, body) of an answer that waits
        self.were_late = set()

    def on_dispatch(self, dispatch, body):
        self.mark = next((mark for mark in (b"twice", b"late", b"other-lease", b"other-epoch")
                          if mark in body), b"")
        if self.held and self.held[0] in dispatch.execution:
            _, message, old_body = self.held
            self.held = None
            super().send(score.RESULT, message, old_body)
        super().on_dispatch(dispatch, body)

    def send(self, kind, message, body=b""):
        if kind == score.RESULT and self.mark:
            if self.mark == b"late" and message.execution[0] not in self.were_late:
                self.were_late.add(message.execution[0])
                self.held = message.execution[0], message, body
                return
            other = score.actor_pb2.Result()
            other.CopyFrom(message)
            if self.mark == b"other-lease":
                for index, lease in enumerate(other.lease):
                    other.lease[index] = lease + 1
                other.batch += 1
            if self.mark == b"other-epoch":
                other.epoch -= 1
            if self.mark != b"late":
                super().send(kind, other, body)
        super().send(kind, message, body)


if __name__ == "__main__":
    score.Actor = UnrulyActor
    score.main()
