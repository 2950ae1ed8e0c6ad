# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What was dropped of the fronts of chains: by the proofs that were read with the state, and, since a writer may go on
dropping while all else is read, by those that are there in the end."""
from ledger_entries import Broken, Proof, State
from ledger_partition import show_key


class DroppedFronts:
    def __init__(self, partition, fault):
        self.partition, self.fault = partition, fault
        self.proofs = {}  # by session number
        self.count = 0  # records
        self.since, self.count_since, self.any_since = {}, 0, False  # the same in the end
        self.not_found = []  # (session, frame, what was looked for) that have to be dropped then
        self.jumps = {}  # by session number: (record, frames before it that were not there)

    def add(self, proof):
        self.proofs[proof.session] = proof
        self.count += proof.count

    def record(self, session, frame, sequence):
        """The record of that frame; None: it was dropped, or that remains to be seen."""
        proof = self.proofs.get(session)
        if proof is not None and frame <= proof.last:
            return None
        try:
            return self.partition.record(sequence)
        except Broken:
            self.not_found.append((session, frame, sequence))
            return None

    def may_jump(self, chain, record):
        """The records before this keyframe are not there: they may have been dropped since."""
        expected = chain.count if chain.last is not None else chain.first
        if record.frame <= expected:
            return False
        self.jumps.setdefault(record.session, []).append((record, record.frame - expected))
        return True

    def read_again(self):
        value, proofs = self.partition.proofs_at_once()
        state = State(value)
        for key, entry in proofs:
            try:
                proof = Proof(key, entry)
            except Broken as broken:
                self.fault(str(broken), "proofs", show_key("proofs", key))
                continue
            self.since[proof.session] = proof
        self.count_since = state.dropped
        self.any_since = state.dropped != self.count
        for session, frame, sequence in self.not_found:
            if session not in self.since or frame > self.since[session].last:
                self.fault("record %d is missing" % sequence, "ledger", str(sequence))

    def proof_since(self, session):
        return self.since.get(session)

    def check_jumps(self, chain, proof):
        """How many records were dropped since; all that are missing have to be."""
        jumped = 0
        for record, frames in self.jumps.get(chain.name.number, ()):
            jumped += frames
            gone = proof.last if proof is not None else -1
            if gone < record.frame - 1 or (gone == record.frame - 1 and not (
                    record.previous == proof.sequence and record.follows(proof.hash))):
                self.fault("%d records before it are missing" % frames, "ledger", str(record.sequence), chain.name, record.frame)
        return jumped
