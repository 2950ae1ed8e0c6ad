# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What docs/ledger-format.md says is to check, in its order."""
import collections
import struct

from ledger_content import Content
from ledger_entries import (AGAIN, EVENT, KEY, SESSION, SUMMED, TAG_BYTES, TENANT, Broken, Cursor, Head, Name, OutboxEntry,
                            Record, State, Sum, UnknownFormat, WrappedKey, blake2b, demand, entry_digest, make_tag,
                            make_tag_key)
from ledger_partition import DATABASES, Damaged, Missing, show_key

FRAMES_PER_INDEX_ENTRY = 64
LISTED_MAX = 100


class Refused(Exception):
    """This is another partition, or of another format, or of another key."""


class Chain:
    """A session on the way through its records."""

    def __init__(self, name, head):
        self.name, self.head = name, head
        # A restored session may lack its oldest records: then it begins with another frame than 0.
        self.first = max(head.frame + 1 - head.count, 0)
        self.count, self.hash, self.last = 0, bytes(32), None
        self.sum = Sum()
        self.indexed = 0  # entries of `frames`
        self.beyond_head = False


class Verification:
    """Of a partition, which has to be that of this number; with `tenant` or also `session`, of what concerns these alone.

    on_content(record, content) is called for every record that was opened."""

    def __init__(self, partition, master=None, tenant=None, session=None, on_content=None, number=0):
        self.partition, self.master, self.on_content, self.number = partition, master, on_content, number
        self.tenant, self.session = tenant, session
        self.whole = tenant is None
        self.totals = {"sessions": 0, "records": 0, "opened": 0, "destroyed": 0, "broken": 0, "tenants": 0,
                       "events": 0, "letters": 0}
        self.destroyed = collections.Counter()  # records of which the key was destroyed, by tenant
        self.faults = []
        self.state = None
        self.tag_key = make_tag_key(master) if master is not None else None
        self.heads = {}  # by session number
        self.tenants = {}  # name by number
        self.chains = {}  # by session number
        self.keys = {}  # by (tenant, generation); None: destroyed
        self.generations = {}  # how many keys a tenant has, by its number
        self.counted, self.sums = {}, {name: Sum() for name in SUMMED}
        self.outbox_bytes, self.outbox_trimmed = 0, False

    def fault(self, what, table="", key="", name=None, frame=0):
        """name: the Name of the session that it concerns."""
        self.totals["broken"] += 1
        if len(self.faults) < LISTED_MAX:
            self.faults.append({"tenant": name.tenant if name else "", "session": name.session if name else "",
                                "frame": frame, "table": table, "key": key, "what": what})

    def wants(self, name):
        return self.whole or (name is not None and name.tenant == self.tenant and
                              self.session in (None, name.session))

    def run(self):
        try:
            self.check_file()
            self.check_databases()
            self.check_names()
            self.check_keys()
            self.check_frames()
            self.check_ledger()
            self.check_outbox()
            self.check_letters()
            if self.whole:
                self.check_counts_and_sums()
        except Damaged as damaged:
            self.fault(damaged.what, damaged.database)
        return self

    # ---- 1 to 3: the file, its databases, the state ----

    def check_file(self):
        transaction, state, heads, cursors, self.counts = self.partition.snapshot()
        if state is None:
            raise Damaged("meta", "the state of the partition is missing")
        try:
            self.state = State(state)
        except UnknownFormat as unknown:
            raise Refused(str(unknown)) from None
        except Broken as broken:
            raise Damaged("meta", "the state of the partition: %s" % broken) from None
        if self.state.partition != self.number:
            raise Refused("the state is of partition %d" % self.state.partition)
        self.check_master_key()
        if self.state.transaction != transaction:
            self.fault("the state is of transaction %d, the file of %d" % (self.state.transaction, transaction),
                       "meta", "partition")
        if not self.partition.meta_pages_agree(self.state):
            self.fault("the meta pages are not those of this state and of the transaction before", "data.mdb")
        self.read_heads(heads)
        self.read_cursors(cursors)

    def read_cursors(self, cursors):
        """In the transaction of the state, because they move."""
        self.counted["cursors"] = len(cursors)
        for key, value in cursors:
            self.sums["cursors"].add(entry_digest(key, value))
            try:
                cursor = Cursor(key, value)
                demand(cursor.ledger_sequence < self.state.next_sequence and
                       cursor.outbox_sequence < self.state.next_outbox, "cursor is beyond the end")
            except Broken as broken:
                self.fault(str(broken), "cursors", show_key("cursors", key))
                continue
            if self.whole:
                self.check_tag("cursors", key, value, None)

    def check_master_key(self):
        state = self.state
        if self.master is None:
            return
        if state.master_digest != blake2b(b"ledgerquest master key", key=self.master):
            raise Refused("the ledger was made with another master key")
        if state.tag != make_tag(self.tag_key, "meta", state.partition, b"partition", state.tagged):
            self.fault("the tag of the state is not one of the master key", "meta", "partition")

    def read_heads(self, heads):
        for key, value in heads:
            number, = struct.unpack("=Q", key)
            try:
                self.heads[number] = Head(value)
            except Broken as broken:
                self.fault(str(broken), "heads", str(number))
        expected = 1
        for number in (*sorted(self.heads), self.state.next_session):
            if self.whole and max(expected, self.state.gapless_session) < number <= self.state.next_session:
                self.fault("sessions below %d have no head" % number, "heads")
            expected = number + 1

    def check_databases(self):
        names = {key.decode(errors="replace") for key in self.partition.database_names()}
        if names != set(DATABASES):
            self.fault("has %s" % ", ".join(sorted(names ^ set(DATABASES))), "unnamed database")
        for name in DATABASES:
            if not self.partition.flags_are_right(name):
                self.fault("has other flags", name)
        self.counted["meta"] = sum(1 for _ in self.partition.walk("meta"))
        if self.counted["meta"] != 1:
            self.fault("has %d entries instead of 1" % self.counted["meta"], "meta")

    # ---- 4 to 7: tables ----

    def entries(self, table, parse, is_newer):
        """(key as text, what parse(key, value) makes of an entry), without what is newer than the state. An entry
        that cannot be parsed is a fault."""
        self.counted[table] = 0
        for key, value in self.partition.walk(table):
            try:
                entry = parse(key, value)
            except (Broken, struct.error) as broken:
                self.fault(str(broken), table, show_key(table, key))
                entry = None
            if entry is not None and is_newer(entry):
                continue
            self.counted[table] += 1
            if table in self.sums and table != "ledger":
                self.sums[table].add(entry_digest(key, value))
            if table == "outbox":
                self.outbox_bytes += len(key) + len(value)
            if entry is not None:
                yield show_key(table, key), entry

    def check_tag(self, table, key, value, name):
        """Of an entry that ends in its tag."""
        if self.tag_key is None or not self.wants(name):
            return
        tag = make_tag(self.tag_key, table, self.state.partition, key, value[:-TAG_BYTES])
        if tag[:TAG_BYTES] != value[-TAG_BYTES:]:
            self.fault("the tag is not one of the master key", table, show_key(table, key))

    def check_names(self):
        def parse(key, value):
            name = Name(key, value)
            self.check_tag("names", key, value, name)
            return name

        def is_newer(name):
            return name.number >= (self.state.next_tenant if name.session is None else self.state.next_session)
        sessions = {}
        for key, name in self.entries("names", parse, is_newer):
            of_tenant = name.session is None
            numbers = self.tenants if of_tenant else sessions
            if name.number == 0 or name.number in numbers:
                self.fault("%s number %d is there twice, or 0" % (
                    "tenant" if of_tenant else "session", name.number), "names", key)
            elif of_tenant:
                self.tenants[name.number] = name.tenant
            else:
                sessions[name.number] = name
        for number, name in sorted(sessions.items()):
            if self.tenants.get(name.tenant_number) != name.tenant:
                self.fault("the tenant is not there under number %d" % name.tenant_number, "names",
                           "%s/%s" % (name.tenant, name.session), name)
            if self.wants(name):
                self.open_chain(number, name)
        self.check_all_numbers_named(sessions)

    def check_all_numbers_named(self, sessions):
        if self.whole:
            for what, numbers, gapless, end in (
                    ("tenant", self.tenants, self.state.gapless_tenant, self.state.next_tenant),
                    ("session", sessions, self.state.gapless_session, self.state.next_session)):
                expected = gapless
                for number in (*sorted(one for one in numbers if one >= gapless), end):
                    if number > expected:
                        self.fault("%s number %d has no name; %d such" % (what, expected, number - expected), "names")
                    expected = number + 1
            nameless = [number for number in self.heads if number not in sessions and number < self.state.next_session]
            if nameless:
                self.fault("session number %d has no name; %d such" % (nameless[0], len(nameless)), "names")
            self.totals["tenants"] = len(self.tenants)
            return
        self.totals["tenants"] = int(self.tenant in self.tenants.values())
        if not self.totals["tenants"] or (self.session is not None and not self.chains):
            raise Missing("no %s" % (self.tenant if self.session is None else self.tenant + "/" + self.session))

    def open_chain(self, number, name):
        self.totals["sessions"] += 1
        if number in self.heads:
            self.chains[number] = Chain(name, self.heads[number])
        else:
            self.fault("head is missing", "heads", str(number), name)

    def check_keys(self):
        with_key = set()
        for key, wrapped in self.entries("keys", WrappedKey, lambda one: one.tenant >= self.state.next_tenant):
            with_key.add(wrapped.tenant)
            if self.whole and wrapped.tenant not in self.tenants:
                self.fault("key of tenant number %d, which has no name" % wrapped.tenant, "keys", key)
            self.generations[wrapped.tenant] = self.generations.get(wrapped.tenant, 0) + 1
            if not self.whole and self.tenants.get(wrapped.tenant) != self.tenant:
                continue
            try:
                if self.master is not None:
                    self.keys[wrapped.tenant, wrapped.generation] = wrapped.open(self.master)
            except Broken as broken:
                self.fault("wrapped key: %s" % broken, "keys", key)
        for number, name in sorted(self.tenants.items()):
            if number not in with_key and self.whole | (name == self.tenant):
                self.fault("tenant %s has no key" % name, "keys", str(number))

    def tenant_key(self, tenant, generation):
        demand((tenant, generation) in self.keys, "key %d.%d is missing" % (tenant, generation))
        return self.keys[tenant, generation]

    def is_below_head(self, session, frame):
        return session in self.heads and frame <= self.heads[session].frame

    def is_newer(self, session, frame):
        """The head in hand is older than such an entry."""
        return not self.is_below_head(session, frame) and 0 < session

    def check_frames(self):
        def parse(key, value):
            demand(len(key) == 16 and len(value) == 8, "has a wrong length")
            return struct.unpack(">QQ", key) + struct.unpack("<Q", value)
        for key, (session, frame, sequence) in self.entries("frames", parse,
                                                            lambda entry: self.is_newer(*entry[:2])):
            chain = self.chains.get(session)
            if chain is None and not self.whole:
                continue
            if chain is not None:
                chain.indexed += 1
            name = chain.name if chain is not None else None
            try:
                demand(frame % FRAMES_PER_INDEX_ENTRY == 0, "is not of a multiple of 64")
                record = self.partition.record(sequence)
                demand((record.session, record.frame) == (session, frame),
                       "index of frames does not lead to the record")
            except Broken as broken:
                self.fault(str(broken), "frames", key, name, frame)

    def check_outbox(self):
        def parse(key, value):
            entry = OutboxEntry(value)
            demand(struct.unpack("=Q", key)[0] == entry.sequence, "entry lies in another's place")
            if entry.kind != EVENT and self.whole:
                self.check_tag("outbox", key, value, None)
            return entry
        missing, expected, reached = None, self.state.first_outbox, 0
        for key, entry in self.entries("outbox", parse, lambda one: one.sequence >= self.state.next_outbox):
            first = max(expected, self.state.gapless_outbox)
            missing = missing or (first if entry.sequence > first else None)
            expected = entry.sequence + 1
            chain = self.chains.get(entry.session)
            if chain is None and not self.whole:
                continue
            self.totals["events"] += entry.kind == EVENT
            try:
                demand(entry.again or entry.ledger_sequence >= reached, "entry comes after a record before the last one's")
                self.check_outbox_entry(entry, chain)
            except Broken as broken:
                self.fault(str(broken), "outbox", key, chain.name if chain else None, entry.frame)
            reached = reached if entry.again else entry.ledger_sequence
        if self.whole:
            first = max(expected, self.state.gapless_outbox)
            self.check_outbox_in_all(missing or (first if first < self.state.next_outbox else None))

    def check_outbox_entry(self, entry, chain):
        demand(entry.ledger_sequence < self.state.next_sequence and (entry.kind == AGAIN or entry.tenant in self.tenants),
               "entry names a tenant or a record that is not there")
        if entry.session == 0:
            self.check_note_of_tenant(entry)
            return
        demand(chain is not None, "entry names no session")
        demand(entry.tenant == chain.name.tenant_number, "entry names another tenant than its session's")
        demand(entry.frame <= chain.head.frame, "entry is of a frame above the head")
        if entry.is_deletion:  # of its last frame, whichever record it comes after
            demand(entry.frame == chain.head.frame, "a session was deleted at another frame than its last")
            return
        record = self.partition.record(entry.ledger_sequence)
        # Told again of a session that begins late: of a frame before, its first record is named.
        first = chain.head.frame + 1 - chain.head.count
        frame = first if entry.again and entry.frame < first else entry.frame
        demand((record.session, record.frame) == (entry.session, frame),
               "entry names a record that is not its frame's")
        demand(entry.kind != SESSION or entry.name == chain.name.session, "note has another name than the session")
        if self.master is not None and entry.kind == EVENT:
            key = self.tenant_key(entry.tenant, entry.generation)
            if key is not None:
                entry.open(key)

    def check_note_of_tenant(self, entry):
        demand(entry.kind != TENANT or entry.name == self.tenants[entry.tenant],
               "note has another name than the tenant")
        demand(entry.kind != KEY or entry.generation <= self.generations.get(entry.tenant, 0),
               "note is of a key that is not there")

    def check_outbox_in_all(self, missing):
        """Bytes, and what is missing. What a writer has trimmed since the snapshot is counted anew, in one transaction."""
        state = self.partition.read_state()
        if state.first_outbox == self.state.first_outbox:
            if missing:
                self.fault("entry %d is missing" % missing, "outbox", str(missing))
            if self.outbox_bytes != self.state.outbox_bytes:
                self.fault("has %d bytes instead of %d" % (self.outbox_bytes, self.state.outbox_bytes), "outbox")
            return
        value, walked = self.partition.outbox_at_once()
        state, total = State(value), Sum()
        for key, entry in walked:
            total.add(entry_digest(key, entry))
        if (len(walked), sum(len(key) + len(entry) for key, entry in walked), total.bytes()) != (
                state.entries["outbox"], state.outbox_bytes, state.sums["outbox"]):
            self.fault("count, bytes or sum of its entries is not the state's", "outbox")
        self.outbox_trimmed = True

    def check_letters(self):
        def parse(key, value):
            demand(len(value) == 16 + TAG_BYTES, "has %d bytes instead of 32" % len(value))
            session, frame = struct.unpack_from("<QQ", value)
            if not self.is_newer(session, frame) and (self.whole or session in self.chains):
                chain = self.chains.get(session)
                self.check_tag("letters", key, value, chain.name if chain is not None else None)
            return session, frame
        for key, (session, frame) in self.entries("letters", parse, lambda entry: self.is_newer(*entry)):
            if self.whole or session in self.chains:
                self.totals["letters"] += 1
            if self.whole and not self.is_below_head(session, frame):
                self.fault("names no session", "letters", key)

    def check_counts_and_sums(self):
        for table in DATABASES:
            if table == "outbox" and self.outbox_trimmed:
                continue
            expected = self.state.entries[table]
            walked = self.counted.get(table, len(self.heads) if table == "heads" else 0)
            if not walked == self.counts[table] == expected:
                self.fault("has %d entries, says %d, and should have %d" % (walked, self.counts[table], expected),
                           table)
        for table in SUMMED:
            if table == "outbox" and self.outbox_trimmed:
                continue
            if self.sums[table].bytes() != self.state.sums[table]:
                self.fault("the sum of its entries is not the state's", table)
        rolling = Sum()
        for head in self.heads.values():
            rolling.add(head.rolling)
        if rolling.bytes() != self.state.sums["ledger"]:
            self.fault("the sum of the rolling digests is not that of the ledger", "heads")

    # ---- 8 to 11: chains ----

    def check_ledger(self):
        """All records in the order of the ledger; each moves its session's chain on."""
        def parse(key, value):
            record = Record(value)
            demand(struct.unpack("=Q", key)[0] == record.sequence and record.partition == self.state.partition,
                   "record lies in another's place")
            return record
        expected = 1
        for key, record in self.entries("ledger", parse, lambda one: one.sequence >= self.state.next_sequence):
            self.check_gap(expected, record.sequence)
            expected = record.sequence + 1
            self.sums["ledger"].add(record.hash)
            chain = self.chains.get(record.session)
            if chain is not None:
                self.totals["records"] += 1
                self.check_link(chain, record)
            elif self.whole:
                self.fault("record belongs to no session", "ledger", key)
        self.check_gap(expected, self.state.next_sequence)
        for chain in self.chains.values():
            self.check_end(chain)

    def check_gap(self, expected, sequence):
        """A restored partition lacks records below the one that it went on with; their number is the state's."""
        first = max(expected, self.state.gapless_sequence)
        if self.whole and first < sequence:
            self.fault("record %d is missing" % first, "ledger", str(sequence))

    def check_link(self, chain, record):
        if chain.count > chain.head.frame:
            if not chain.beyond_head:
                self.fault_of(chain, record, "the head is at frame %d, the ledger goes on" % chain.head.frame)
            chain.beyond_head = True
        previous = chain.last.sequence if chain.last is not None else 0
        begins_late = (chain.last is None and record.frame == chain.first > 0 and
                       record.sequence < self.state.gapless_sequence and 0 < record.previous < record.sequence == record.keyframe)
        if begins_late and record.tenant == chain.name.tenant_number:
            chain.count, previous = record.frame, record.previous
        if record.tenant != chain.name.tenant_number:
            self.fault_of(chain, record, "record is another tenant's")
        elif record.frame != chain.count:
            self.fault_of(chain, record, "record is frame %d where %d should be" % (record.frame, chain.count))
        elif record.previous != previous or record.keyframe != record.sequence:
            self.fault_of(chain, record, "the previous or the keyframe's sequence is wrong")
        if not begins_late and not record.follows(chain.hash):
            self.fault_of(chain, record, "H does not follow")
        chain.count = record.frame + 1
        chain.hash, chain.last = record.hash, record
        chain.sum.add(record.hash)
        if self.master is not None:
            self.open_record(chain, record)

    def fault_of(self, chain, record, what):
        self.fault(what, "ledger", str(record.sequence), chain.name, record.frame)

    def check_end(self, chain):
        head, last = chain.head, chain.last
        if last is None:
            self.fault("no record is there", "ledger", "", chain.name)
            return
        if (head.frame, head.sequence, head.hash, head.execution, head.keyframe) != (
                last.frame, last.sequence, last.hash, last.execution, last.keyframe):
            self.fault("head does not fit the newest record", "heads", str(chain.name.number), chain.name, head.frame)
        if head.count != chain.count - chain.first or head.rolling != chain.sum.bytes():
            self.fault("count or rolling digest is not the head's", "heads", str(chain.name.number), chain.name,
                       head.frame)
        wanted = head.frame // FRAMES_PER_INDEX_ENTRY + 1 - -(-chain.first // FRAMES_PER_INDEX_ENTRY)
        if chain.indexed != wanted:
            self.fault("the index of frames has %d entries instead of %d" % (chain.indexed, wanted), "frames", "", chain.name,
                       head.frame)

    def open_record(self, chain, record):
        try:
            key = self.tenant_key(record.tenant, record.generation)
            if key is None:
                self.totals["destroyed"] += 1
                self.destroyed[chain.name.tenant] += 1
                return
            content = Content(record.open(key))
            demand((content.tenant, content.session) == (chain.name.tenant, chain.name.session),
                   "names inside the seal are another session's")
            self.totals["opened"] += 1
            if self.on_content is not None:
                content.read_to_commands()
                demand(content.frame == record.frame, "frame inside the seal is another one")
                self.on_content(record, content)
        except Broken as broken:
            self.fault_of(chain, record, str(broken))
        except (struct.error, IndexError, UnicodeDecodeError):
            self.fault_of(chain, record, "content is malformed")
