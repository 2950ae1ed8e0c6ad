#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Golden ledgers as text: ledger_dump.py dump DATA > FILE; ledger_dump.py make FILE DATA.

A line is an entry, "TABLE KEY VALUE" in hex; the first one is the master key. `make` writes DATA/ledger/0 through LMDB and
DATA/keys/master.key. The state of a partition names the number of the transaction that wrote it and what the meta page before
it was; these, and the tag and the check over them, are made anew for the new file, once the old ones were found to be right."""
import hashlib
import pathlib
import struct
import sys

import lmdb

INTEGER_KEYS = ("ledger", "heads", "outbox", "letters", "proofs")
MAP_BYTES, DATABASES_MAX = 1 << 30, 16
META_BYTES, META_NUMBER_AT, META_PAGE_SIZE_AT = 152, 144, 40
STATE_KEY = b"partition"
TRANSACTION_AT = 16
# By format: where the state has the digest of the meta page before, and its tag; it has a check of 32 bytes
# behind the tag. Format 1 has none of them.
CLOSINGS = {2: (272, 304), 3: (368, 400), 4: (408, 440), 5: (472, 504)}


def blake2b(message, key=b""):
    return hashlib.blake2b(message, digest_size=32, key=key).digest()


def closing_of(state):
    return CLOSINGS.get(struct.unpack_from("<I", state)[0])


def close(state, tag_at, master):
    """Tag and check behind the first bytes of a state."""
    front = bytes(state[:tag_at])
    tag = blake2b(b"meta\0" + front[4:8] + struct.pack("<H", len(STATE_KEY)) + STATE_KEY + front,
                  blake2b(b"ledgerquest tag key", master))
    return front + tag + blake2b(front + tag)


def dump(data):
    master = bytes.fromhex((data / "keys" / "master.key").read_text(encoding="ascii"))
    print("master", master.hex())
    with lmdb.open(str(data / "ledger" / "0"), readonly=True, max_dbs=DATABASES_MAX) as env, env.begin() as txn:
        for name in [key for key, _ in txn.cursor()]:
            for key, value in txn.cursor(env.open_db(name, txn=txn, create=False)):
                print(name.decode(), key.hex(), value.hex())
        state = txn.get(STATE_KEY, db=env.open_db(b"meta", txn=txn, create=False))
    if closing_of(state) is not None:
        assert close(state, closing_of(state)[1], master) == state, "the state is not one of this key"


def newest_meta(path):
    """(transaction, digest) of the newest meta page."""
    data = path.read_bytes()
    pages = [data[at:at + META_BYTES] for at in (0, struct.unpack_from("<I", data, META_PAGE_SIZE_AT)[0])]
    return max((struct.unpack_from("<Q", page, META_NUMBER_AT)[0], blake2b(page)) for page in pages)


def renewed(state, path, master):
    """The state for the transaction that follows the newest one of the file."""
    closing = closing_of(state)
    if closing is None:
        return state
    transaction, digest = newest_meta(path)
    before_at, tag_at = closing
    assert close(state, tag_at, master) == state, "the state is not one of this key"
    state = bytearray(state)
    struct.pack_into("<Q", state, TRANSACTION_AT, transaction + 1)
    if before_at is not None:
        state[before_at:before_at + len(digest)] = digest
    return close(state, tag_at, master)


def make(path, data):
    lines = [line.split(" ") for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    master = bytes.fromhex(lines[0][1])
    for name in ("keys", "ledger/0"):
        (data / name).mkdir(parents=True, mode=0o700)
    (data / "keys" / "master.key").write_text(master.hex() + "\n", encoding="ascii")
    (data / "keys" / "master.key").chmod(0o600)
    folder = data / "ledger" / "0"
    with lmdb.open(str(folder), map_size=MAP_BYTES, max_dbs=DATABASES_MAX, mode=0o600) as env:
        state, = (bytes.fromhex(value) for name, key, value in lines[1:] if (name, key) == ("meta", STATE_KEY.hex()))
        names = EMPTY_TABLES[:10 if struct.unpack_from("<I", state)[0] >= 5 else 9]
        tables = {name: env.open_db(name.encode(), integerkey=name in INTEGER_KEYS) for name in names}
        with env.begin(write=True) as txn:
            for name, key, value in lines[1:]:
                txn.put(bytes.fromhex(key), bytes.fromhex(value), db=tables[name])
        with env.begin(write=True) as txn:
            state = renewed(txn.get(STATE_KEY, db=tables["meta"]), folder / "data.mdb", master)
            txn.put(STATE_KEY, state, db=tables["meta"])


# Of a table that has no entry the dump tells nothing; each format has these, and from 5 on the last one.
EMPTY_TABLES = ("ledger", "heads", "names", "keys", "frames", "outbox", "cursors", "letters", "meta", "proofs")


def main():
    if sys.argv[1:2] == ["dump"]:
        dump(pathlib.Path(sys.argv[2]))
    else:
        make(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))


if __name__ == "__main__":
    main()
