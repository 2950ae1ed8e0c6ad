# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The work of tamper and test_tamper.py: changes and flips, each on a copy of the store, by several processes."""

import collections
import concurrent.futures
import multiprocessing
import pathlib
import random
import shutil
import tempfile
import time

import tamper_changes as changes
import tamper_files  # noqa: F401  its changes are in the list
import tamper_state  # noqa: F401
import tamper_tables  # noqa: F401
from cluster import ROOT, check
from ledger_forgery import Forgery
from lmdb_pages import LmdbPages
from tamper_judge import (ACCEPTED, DETECTED, EXIT_CONFIG, EXIT_NOT_FOUND, KEY, NO_KEY, REFUSED, STARTS, UNREADABLE, Bench, dump,
                          is_seen_at_open)
from tamper_store import make_store


def check_document():
    """The reasons of UNDETECTABLE are the document's, and its list has no more."""
    text = (ROOT / "docs" / "ledger-format.md").read_text()
    flat = " ".join(text.split())
    for reason in changes.REASONS:
        check(reason in flat, f"docs/ledger-format.md does not say {reason!r}")
    check(changes.LIST_HEADING in text, "docs/ledger-format.md has no list of what cannot be shown")
    listed = text.split(changes.LIST_HEADING)[1].split("\n## ")[0]
    items = [line[2:].split(":")[0] for line in listed.splitlines() if line.startswith("- ")]
    check(items == [changes.OLD_COPY, changes.OWNER, changes.NO_TABLE], f"the document lists {items}")
    used = set(changes.UNDETECTABLE.values())
    check(used == set(changes.REASONS), f"without an example: {set(changes.REASONS) - used}")
    rows = {(one.name, form) for one in changes.CHANGES for form in one.forms}
    unknown = [row for row in changes.UNDETECTABLE if row[:2] not in rows]
    check(not unknown, f"no such change: {unknown}")


class Worker:
    """What every process has for itself: a copy of the store."""

    bench = pages = original = before = None

    @classmethod
    def begin(cls, store, folder):
        cls.bench = Bench(pathlib.Path(tempfile.mkdtemp(dir=folder)), store)
        cls.original = cls.bench.data.read_bytes()
        cls.pages = LmdbPages(cls.original)
        cls.before = dump(cls.bench.partition)


# ---- named changes ----

def expected_of(one, form, verdict):
    if (one.name, form, verdict.with_key) in changes.UNDETECTABLE:
        return ACCEPTED
    return REFUSED if one.refused else DETECTED


def make_change(one, form, bench):
    if form == changes.FILE:
        one.run(bench.partition, bench.store)
    else:
        older = Forgery(bench.store.older).read()
        master = bytes.fromhex(bench.key.read_text())
        Forgery(bench.partition).edit(lambda tables: one.run(tables, older), form, master)
    (bench.partition / "lock.mdb").unlink(missing_ok=True)


def judge_change(index, form):
    """(name, form, verdicts, breaches)"""
    one, bench = changes.CHANGES[index], Worker.bench
    seen, breaches = [], []
    try:
        make_change(one, form, bench)
        if bench.data.read_bytes() == Worker.original:
            breaches.append(f"{one.name}, {form}: changed nothing")
        seen = list(bench.verdicts())
        for verdict in seen:
            expected = expected_of(one, form, verdict)
            is_missing = one.nothing and verdict.code == EXIT_NOT_FOUND
            wrong = verdict.wrong() or (verdict.kind != expected and not is_missing and f"should be {expected}")
            if wrong:
                breaches.append(f"{one.name}, {form}: {wrong}: {verdict}")
        breaches += judge_replay(f"{one.name}, {form}", bench)
        breaches += judge_writer(f"{one.name}, {form}", bench, seen, may_found=one.nothing)
    except Exception as error:  # pylint: disable=broad-except
        breaches.append(f"{one.name}, {form}: cannot be made: {type(error).__name__}: {error}")
    finally:
        bench.restore()
    return one.name, form, seen, breaches


def judge_replay(what, bench):
    """lqctl replay looks at less, but does not die of it."""
    verdict = bench.lqctl(KEY, "replay")
    return [f"{what}: {verdict.wrong()}: {verdict}"] if verdict.wrong() else []


def judge_writer(what, bench, seen, may_found=False):
    """A writer goes on in no partition whose damage shows when it is opened, and does not die of any."""
    to_be_seen = is_seen_at_open(bench.partition, bytes.fromhex(bench.key.read_text()))
    if to_be_seen is False or may_found:
        return []
    verdict = bench.open_as_writer()
    seen.append(verdict)
    wrong = verdict.wrong()
    if verdict.code not in ((EXIT_CONFIG,) if to_be_seen else (EXIT_CONFIG, STARTS)):
        wrong = wrong or "neither starts nor ends with 78"
    return [f"{what}: {wrong}: {verdict}"] if wrong else []


def judge_broker(name):
    """The broker goes on in no store of its own that lost a database. None: with nothing changed it starts."""
    bench = Worker.bench
    bench.restore_broker()
    path = bench.broker / "data.mdb"
    if name is not None:
        flip(path, LmdbPages(path.read_bytes()).records[name] - 1, 0)
    verdict = bench.open_as_writer("lq-broker", path)
    expected = STARTS if name is None else EXIT_CONFIG
    what = f"a bit of the name of {name} in the broker's store flips" if name else "the broker's store is whole"
    wrong = verdict.wrong() or (verdict.code != expected and f"should be {expected}")
    return what, "broker", [verdict], [f"{what}: {wrong}: {verdict}"] if wrong else []


# ---- flips ----

def choose_bit(chance, structural):
    """(byte, bit, what it is of)"""
    pages = Worker.pages
    if structural:  # of each kind as many, though there are few meta pages and many nodes
        spans = pages.structural_spans()
        kind = chance.choice(sorted({span.kind for span in spans}))
        span = chance.choice([span for span in spans if span.kind == kind])
        return chance.randrange(span.at, span.at + span.count), chance.randrange(8), span.kind
    page = chance.choice(pages.used_pages())
    return page * pages.page_bytes + chance.randrange(pages.page_bytes), chance.randrange(8), pages.kinds[page]


def flip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def meaning_of(after):
    """What a flip did to what the tables hold."""
    if after[0] == UNREADABLE:
        return UNREADABLE
    if after == Worker.before:
        return "nothing changed"
    return "only sealed bytes changed" if after[1] == Worker.before[1] else "content changed"


def judge_flip(seed, structural):
    """(what it hit, its meaning, verdicts, breaches)"""
    at, bit, kind = choose_bit(random.Random(seed), structural)
    bench, pages = Worker.bench, Worker.pages
    page = at // pages.page_bytes
    what = f"flip of seed {seed}, bit {bit} of byte {at}, {kind} of page {page} of {pages.owners[page]!r}"
    flip(bench.data, at, bit)
    try:
        meaning = meaning_of(dump(bench.partition))
        seen, breaches = list(bench.verdicts()), []
        for verdict in seen:
            wrong = verdict.wrong()
            if verdict.kind not in (ACCEPTED, DETECTED):
                wrong = wrong or "neither accepted nor detected"
            harmless = meaning == "nothing changed" or (
                meaning == "only sealed bytes changed" and verdict.with_key == NO_KEY)
            if verdict.kind == ACCEPTED and not harmless:
                wrong = f"accepted: {meaning}"
            if wrong:
                breaches.append(f"{what}: {wrong}: {verdict}")
        breaches += judge_replay(what, bench)
        breaches += judge_writer(what, bench, seen)
    finally:
        bench.data.write_bytes(Worker.original)
        (bench.partition / "lock.mdb").unlink(missing_ok=True)
    return kind, meaning, seen, breaches


# ---- the whole ----

def count(counter, seen, what, verbose):
    counter["in all"] += 1
    for verdict in seen:
        counter[f"{verdict.reader}, {verdict.with_key}: {verdict.kind}"] += 1
        if verbose:
            print(f"{what}: {verdict}")


def broker_databases(store):
    return sorted(LmdbPages((store.broker / "data.mdb").read_bytes()).records)


def run_jobs(options, store, folder):
    """(rows, counts of verdicts by form or meaning, breaches)"""
    rows = [(index, form) for index, one in enumerate(changes.CHANGES) if options.changes in one.name
            for form in one.forms]
    flips = [(options.seed * 1000003 + index, index < options.structural)
             for index in range(options.structural + options.flips)]
    counts, breaches = collections.defaultdict(collections.Counter), []
    with concurrent.futures.ProcessPoolExecutor(
            options.processes, multiprocessing.get_context("fork"), Worker.begin, (store, folder)) as pool:
        for name, form, seen, wrong in pool.map(judge_change, *zip(*rows)) if rows else ():
            count(counts[f"changes, {form}"], seen, f"{name}, {form}", options.verbose)
            breaches += wrong
        if rows:
            for name, form, seen, wrong in pool.map(judge_broker, [None, *broker_databases(store)]):
                count(counts["changes, broker's store"], seen, f"{name}, {form}", options.verbose)
                breaches += wrong
        for (_, structural), (kind, meaning, seen, wrong) in zip(
                flips, pool.map(judge_flip, *zip(*flips), chunksize=4) if flips else ()):
            count(counts[f"{'structural ' if structural else ''}flips, {meaning}"], seen, kind, options.verbose)
            breaches += wrong
    return len(rows), counts, breaches


def run(options):
    """(what was counted, as text; breaches)"""
    check_document()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lq-tamper-"))
    try:
        store = make_store(folder)
        whole = Bench(folder / "whole", store)
        for verdict in whole.verdicts():
            check(verdict.kind == ACCEPTED, f"before any change: {verdict}")
        check(dump(whole.partition)[0] != UNREADABLE, "before any change: the dump")
        begun = time.monotonic()
        rows, counts, breaches = run_jobs(options, store, folder)
        for what in sorted(counts):
            print(f"{what}: {', '.join(f'{name} {number}' for name, number in sorted(counts[what].items()))}")
        return (f"seed {options.seed}: {len(changes.CHANGES)} changes in {rows} forms, {len(changes.UNDETECTABLE)} rows "
                f"listed as undetectable; {options.structural} structural and {options.flips} other flips; "
                f"{time.monotonic() - begun:.0f} s; {len(breaches)} breaches"), breaches
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
