#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lqctl session export and replay FILE: frames leave under a key of their own, are verified and recomputed without the
cluster's files, and read by a reader that knows the format page alone; whatever is wrong with a file, its key or the
question is said, and nothing is left behind."""

import hashlib
import json
import os
import pathlib
import shutil
import stat
import struct
import subprocess
import tempfile

import nacl.bindings
import nacl.exceptions

from cluster import BIN, WAIT_S, Cluster, check, run_tests
from wire_client import WireClient, join, thrust

OK, FAILED, USAGE, NOT_FOUND, BROKEN = 0, 1, 2, 3, 7
FRAMES = 40


def elsewhere(folder, *words):
    """lqctl on another machine: no configuration, no cluster; (exit code, document or None, stderr)."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LQ_")}
    done = subprocess.run([str(BIN / "lqctl"), "-o", "json", *words], cwd=folder, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=WAIT_S, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def blake2b(message, key=b""):
    return hashlib.blake2b(message, key=key, digest_size=32).digest()


def read_export(path, key_path):
    """{frame: (H, content)}, by docs/ledger-format.md alone."""
    data, key = path.read_bytes(), bytes.fromhex(key_path.read_text().strip())

    def open_seal(box, associated):
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(box[24:], associated, box[:24], key)
    magic, version, zero, first, last = struct.unpack_from("<8sIIQQ", data)
    check((magic, version, zero) == (b"LQEXPORT", 1, 0) and open_seal(data[64:104], data[:64]) == b"", "header")
    at, before, frames = 104, bytes(32) if first == 0 else None, {}
    for frame in range(first, last + 1):
        length, = struct.unpack_from("<I", data, at)
        record = data[at + 4:at + 4 + length]
        at += 4 + length
        plain = open_seal(record[144:], record[:144])
        check(struct.unpack_from("<Q", record, 32) == (frame,), f"record of frame {frame}")
        check(blake2b(plain[32:], plain[:32]) == record[80:112], f"D of frame {frame}")
        check(before is None or blake2b(before + record[:112]) == record[112:144], f"H of frame {frame}")
        before = record[112:144]
        frames[frame] = (before, plain[32:])
    check(before == data[32:64] and at == len(data), "the end")
    return frames


def played(cluster):
    """A session with 40 frames; their hashes."""
    cluster.create_sessions("acme", ["s1"])
    with WireClient(cluster, "acme") as client:
        receipts = [client.ask("s1", join())] + [client.ask("s1", thrust(1.0, 0.5)) for _ in range(FRAMES - 1)]
    return {receipt.frame: receipt.hash for receipt in receipts}


def exports_are_verified_and_replayed_elsewhere():
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="lq-elsewhere-") as folder:
        hashes = played(cluster)
        file = cluster.folder / "part.lqexport"
        document = cluster.lqctl("session", "export", "acme/s1", str(file), "--frames", "10..30")
        key = pathlib.Path(document["key_file"])
        told = [document[name] for name in ("first", "from", "to", "key_made")]
        check(told == [9, 10, 30, True], f"{document}")
        check(document["bytes"] == file.stat().st_size and key == pathlib.Path(f"{file}.key"), f"{document}")
        for path in (file, key):
            check(stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path} has mode {path.stat().st_mode:o}")
        read = read_export(file, key)
        check(sorted(read) == list(range(9, 31)), "other frames")
        check({frame: digest.hex() for frame, (digest, _) in read.items()} ==
              {frame: hashes[frame] for frame in read}, "the hashes are not those of the receipts")
        whole = cluster.folder / "whole"
        cluster.lqctl("session", "export", "acme/s1", str(whole), "--frames", f"0..{FRAMES}", "--key", str(key))
        check(len(read_export(whole, key)) == FRAMES + 1, "all frames, under the key that was named")
        cluster.ledgerquest("down")
        for path in (file, key, whole):
            shutil.copy(path, folder)
        code, document, errors = elsewhere(folder, "replay", "part.lqexport")
        check((code, document["frames"], document["equal"]) == (OK, 21, 21), f"{code} {document} {errors}")
        check(document["by_session"][0]["session"] == "s1", f"{document}")
        code, document, errors = elsewhere(folder, "replay", "whole", "--key", "part.lqexport.key")
        check((code, document["frames"], document["equal"]) == (OK, FRAMES, FRAMES), f"{code} {document} {errors}")
        return f"{len(read)} records, read by three readers"


def changed_exports_are_refused():
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="lq-elsewhere-") as name:
        played(cluster)
        folder = pathlib.Path(name)
        made = {}
        for part in ("1..4", "11..14"):
            made[part] = folder / part
            cluster.lqctl("session", "export", "acme/s1", str(made[part]), "--frames", part,
                          *(["--key", f"{made['1..4']}.key"] if part != "1..4" else []))
        good = made["1..4"].read_bytes()
        other = made["11..14"].read_bytes()
        length, = struct.unpack_from("<I", good, 104)
        second = 104 + 4 + length
        changed = {
            "a bit of the header": (good[:20] + bytes([good[20] ^ 1]) + good[21:], FAILED),
            "another version": (good[:8] + b"\2" + good[9:], FAILED),
            "no export": (b"LQEXPORD" + good[8:], FAILED),
            "a bit of a content": (good[:second - 40] + bytes([good[second - 40] ^ 4]) + good[second - 39:], BROKEN),
            "a record left out": (good[:104] + good[second:], BROKEN),
            "cut in a record": (good[:second + 50], BROKEN),
            "cut between records": (good[:second], BROKEN),
            "cut in the header": (good[:99], BROKEN),
            "empty": (b"", BROKEN),
            "more behind it": (good + b"\0", BROKEN),
            "records of another export": (good[:104] + other[104:], BROKEN),
            "a length beyond all": (good[:104] + b"\xff\xff\xff\xff" + good[108:], BROKEN),
        }
        for what, (data, wanted) in changed.items():
            path = folder / "changed"
            path.write_bytes(data)
            code, document, errors = elsewhere(folder, "replay", "changed", "--key", "1..4.key")
            check((code, document) == (wanted, None), f"{what}: {code} {errors}")
            check(errors.startswith("lqctl: changed: ") and errors.count("\n") == 1, f"{what}: {errors}")
        keys = {"not there": (None, NOT_FOUND), "short": ("00" * 31 + "\n", FAILED),
                "another": ("00" * 32 + "\n", FAILED)}
        for what, (text, wanted) in keys.items():
            path = folder / "some.key"
            if text is not None:
                path.write_text(text)
                path.chmod(0o600)
            code, document, errors = elsewhere(folder, "replay", "1..4", "--key", "some.key")
            check((code, document) == (wanted, None), f"key {what}: {code} {errors}")
        (folder / "1..4.key").chmod(0o644)
        code, _, errors = elsewhere(folder, "replay", "./1..4")
        check(code == FAILED and "1..4.key" in errors, f"a key that others may read: {code} {errors}")
        return f"{len(changed)} files, {len(keys) + 1} keys"


def what_cannot_be_exported_says_why():
    with Cluster() as cluster:
        played(cluster)
        there = cluster.folder / "there"
        there.write_text("mine")
        here = str(cluster.folder / "here")
        master = str(cluster.run / "data" / "keys" / "master.key")
        hostile = [
            ([], USAGE, "takes a session and a file"),
            (["acme/s1"], USAGE, "takes a session and a file"),
            (["acme/s1", here], USAGE, "--frames A..B"),
            (["acme", here, "--frames", "1..2"], USAGE, "takes a session and a file"),
            (["acme/s1", "-", "--frames", "1..2"], USAGE, "not standard output"),
            (["acme/s1", here, "--frames", "2..1"], USAGE, "the first is behind the second"),
            (["acme/s1", here, "--frames", f"1..{2**64 - 1}"], NOT_FOUND, f"the newest is frame {FRAMES}"),
            (["acme/s9", here, "--frames", "1..2"], NOT_FOUND, "no such tenant or session"),
            (["other/s1", here, "--frames", "1..2"], NOT_FOUND, "no such tenant or session"),
            (["acme/s1", str(there), "--frames", "1..2"], FAILED, "exists; an export never overwrites"),
            (["acme/s1", str(cluster.folder / "no" / "folder"), "--frames", "1..2"], FAILED, "no/folder"),
            (["acme/s1", here, "--frames", "1..2", "--key", master], USAGE, "is the master key"),
            (["acme/s1", here, "--frames", "1..2", "--key", str(there)], FAILED, "there"),
        ]
        before = sorted(cluster.folder.iterdir())
        for words, wanted, said in hostile:
            code, document, errors = cluster.try_lqctl("session", "export", *words)
            check((code, document) == (wanted, None) and said in errors, f"{words}: {code} {errors}")
            left = set(cluster.folder.iterdir()) - set(before)
            check(not left or left == {cluster.folder / "no"}, f"{words} leaves {left}")
        check(there.read_text() == "mine", "a file was overwritten")
        (cluster.folder / "twice.key").write_text("00" * 32 + "\n")
        code, _, errors = cluster.try_lqctl("session", "export", "acme/s1", str(cluster.folder / "twice"),
                                            "--frames", "1..2")
        check(code == FAILED and "--key" in errors, f"a key that is there already: {code} {errors}")
        cluster.lqctl("session", "export", "acme/s1", here, "--frames", "0..0")
        code, _, errors = elsewhere(cluster.folder, "replay", here)
        check(code == NOT_FOUND and "nothing is proven" in errors, f"one record: {code} {errors}")
        code, _, errors = elsewhere(cluster.folder, "replay", here, "--from", "1")
        check(code == USAGE and "as a whole" in errors, f"a part: {code} {errors}")
        return f"{len(hostile)} ways to ask wrongly"


if __name__ == "__main__":
    run_tests("export", [exports_are_verified_and_replayed_elsewhere, changed_exports_are_refused,
                         what_cannot_be_exported_says_why])
