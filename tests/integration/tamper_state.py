# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Changes of keys, of the state of the partition and of what should be empty, for tamper."""

import struct

from tamper_changes import AGREES, KEY, NO_KEY, OWNER, UNTAGGED, change, flipped, patched, swap
from ledger_forgery import AGREEING, BARE, KEYED, close_state, entries, integer_key

OTHER_KEY = bytes(range(32))
STATE = b"partition"


# ---- keys ----

@change("two wrapped keys are exchanged")
def _(tables, _older):
    swap(tables["keys"], struct.pack(">QI", 1, 1), struct.pack(">QI", 2, 1))


@change("two wrapped keys are exchanged, and their numbers", accepted=UNTAGGED)
def _(tables, _older):
    keys = tables["keys"]
    swap(keys, struct.pack(">QI", 1, 1), struct.pack(">QI", 2, 1))
    for tenant in (1, 2):
        key = struct.pack(">QI", tenant, 1)
        keys[key] = patched(keys[key], 8, "<Q", tenant)


@change("a wrapped key is deleted")
def _(tables, _older):
    del tables["keys"][struct.pack(">QI", 1, 1)]


@change("a bit of a wrapped key flips", accepted=UNTAGGED)
def _(tables, _older):
    key = struct.pack(">QI", 1, 1)
    tables["keys"][key] = flipped(tables["keys"][key], 50)


@change("a key is declared destroyed", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    key = struct.pack(">QI", 1, 1)
    tables["keys"][key] = patched(tables["keys"][key][:16], 2, "<B", 2)


@change("a key gets a second generation", accepted=UNTAGGED)
def _(tables, _older):
    tables["keys"][struct.pack(">QI", 1, 2)] = patched(tables["keys"][struct.pack(">QI", 1, 1)], 4, "<I", 2)


# ---- the state, meta, cursors ----

@change("an old state is replayed", forms=(BARE,))
def _(tables, older):
    tables["meta"][STATE] = older["meta"][STATE]


@change("the state is deleted", forms=(BARE,))
def _(tables, _older):
    del tables["meta"][STATE]


@change("the state loses its end", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = tables["meta"][STATE][:536]


@change("the writer epoch is raised", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    tables["meta"][STATE] = flipped(tables["meta"][STATE], 8, 5)


@change("the state is that of another partition", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 4, "<I", 1)


@change("the state is that of another partition, its check made right", forms=(AGREEING, KEYED), refused=True)
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 4, "<I", 1)


@change("the state has another format", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 0, "<I", 6)


@change("the state has another format, its check made right", forms=(AGREEING, KEYED), refused=True)
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 0, "<I", 6)


@change("a bit of the state's check flips", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = flipped(tables["meta"][STATE], 476)


@change("a bit of the state's tag flips, its check made right", forms=(BARE,), accepted=[(BARE, NO_KEY, AGREES)])
def _(tables, _older):
    state = flipped(tables["meta"][STATE], 510)[:536]
    tables["meta"][STATE] = state + entries.blake2b(state)


@change("counts and sums of the state are those of before, its check made right", forms=(BARE,))
def _(tables, older):
    front = tables["meta"][STATE][:24] + older["meta"][STATE][24:472] + tables["meta"][STATE][472:504]
    tables["meta"][STATE] = close_state(front)


@change("the state names another meta page before")
def _(tables, _older):
    tables["meta"][STATE] = flipped(tables["meta"][STATE], 480)


@change("the digest of the master key is another one's", forms=(AGREEING, KEYED), accepted=UNTAGGED, refused=True)
def _(tables, _older):
    state = tables["meta"][STATE]
    tables["meta"][STATE] = state[:184] + entries.blake2b(b"ledgerquest master key", OTHER_KEY) + state[216:]


@change("the state is tagged by another key", forms=(BARE,), accepted=[(BARE, NO_KEY, AGREES)])
def _(tables, _older):
    tables["meta"][STATE] = close_state(tables["meta"][STATE][:504], OTHER_KEY)


@change("meta gets an entry")
def _(tables, _older):
    tables["meta"][b"note"] = b"x"


@change("cursors gets an entry")
def _(tables, _older):
    tables["cursors"][b"reader"] = integer_key(7)
