// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* verification.h - one verification under way: what it knows of the partition, for the files of
 * ledger_verify.h only.
 *
 *     snapshot   state, LMDB's counts, heads, proofs  one transaction
 *     tables     names, keys, frames, outbox, letters each walked once, checked entry by entry
 *     chains     the records in their order; every session goes on where its record before ended
 */
#ifndef LQ_VERIFICATION_H
#define LQ_VERIFICATION_H

#include "store/core/drop_proof.h"
#include "store/core/head.h"
#include "store/core/ledger_key.h"
#include "store/core/record.h"
#include "store/lmdb/entry_copy.h"
#include "store/lmdb/ledger_verify.h"

enum { LQ_FAULT_TEXT_BYTES = 192 };

/* A tenant that has a name. */
struct lq_verified_tenant {
    uint64_t number;
    char *name;
    uint64_t key_count;
    uint64_t destroyed; /* records that were not opened because their key was destroyed */
};

/* A session that has a head: what that says, and how far its chain was followed. */
struct lq_verified_chain {
    uint64_t number;
    char *name; /* NULL: not in `names`, or not asked for */
    uint64_t tenant_number;
    bool has_head;
    bool is_lost; /* its chain cannot be followed on: said once */
    struct lq_head_state head;
    struct lq_head_state reached; /* record_count 0: no record yet */
    uint64_t index_count;         /* entries of `frames` */
    uint64_t index_wanted;        /* that the records followed so far have to have */
    uint32_t unopened;            /* deltas up to `reached` whose contents were not looked at yet */
    struct lq_drop_proof proof;   /* what was dropped of it; tenant number 0: nothing */
    uint64_t gone; /* frames below were looked for in vain: dropped since, or missing */
};

struct lq_verification {
    lq_ledger_t *ledger;
    const struct lq_ledger_verify_options *options;
    struct lq_ledger_verify_totals *totals;
    bool is_whole; /* of the partition, not of a part of it */
    bool with_key;
    struct lq_partition_state state;
    uint64_t counts[LQ_LEDGER_DATABASES]; /* LMDB's, in the transaction of `state` */
    struct lq_verified_tenant *tenants;   /* by number, once all are there; as many as by `state` */
    uint64_t tenant_count;
    bool tenants_ordered;
    struct lq_verified_chain *chains; /* by number; as many as by `state` */
    uint64_t chain_count;
    uint64_t walked;                /* records of the partition, so far */
    uint64_t missing, last_missing; /* sequences without a record */
    uint64_t dropped_since;         /* records, since the snapshot */
    struct lq_entry_copy *copy;
    uint8_t *plain;  /* of a seal: an event */
    uint8_t *record; /* one that is read again */
};

/* Say a fault. `chain` NULL: of no session. */
void lq_verification_fault(struct lq_verification *verification, enum lq_ledger_database database,
                           const struct lq_verified_chain *chain, uint64_t frame,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A result that is a fault of the ledger, not of reading it. */
bool lq_verification_is_damage(enum lq_result result);

/* By number. NULL: no such name, or no such head. Numbers may have gaps in a partition that was
 * restored, so they are looked for. */
struct lq_verified_tenant *lq_verification_tenant(struct lq_verification *verification,
                                                  uint64_t number);
struct lq_verified_chain *lq_verification_chain(struct lq_verification *verification,
                                                uint64_t number);

/* A tenant's key; in a transaction of its own if it is not at hand. As lq_ledger_lookup_key(). */
LQ_MUST_CHECK enum lq_result lq_verification_key(struct lq_verification *verification,
                                                 uint64_t tenant_number, uint32_t generation,
                                                 const uint8_t **key, bool *destroyed);

/* The tables; in verification_tables.c. Errors: only those that are no damage. */
LQ_MUST_CHECK enum lq_result lq_verification_names(struct lq_verification *verification);
LQ_MUST_CHECK enum lq_result lq_verification_keys(struct lq_verification *verification);
/* Of one session, or, NULL, of all. */
LQ_MUST_CHECK enum lq_result lq_verification_frames(struct lq_verification *verification,
                                                    struct lq_verified_chain *of);
/* Whether it has as many entries as its records have to have: behind both. */
void lq_verification_index_count(struct lq_verification *verification,
                                 const struct lq_verified_chain *chain);
LQ_MUST_CHECK enum lq_result lq_verification_outbox(struct lq_verification *verification);
LQ_MUST_CHECK enum lq_result lq_verification_letters(struct lq_verification *verification);
/* In the transaction of the snapshot: they move with every batch that somebody follows. */
LQ_MUST_CHECK enum lq_result lq_verification_cursors(struct lq_verification *verification);

/* What was dropped, in the transaction of the snapshot. And in the end, when all was walked:
 * whether what was not there had been dropped meanwhile. In verification_proofs.c. */
LQ_MUST_CHECK enum lq_result lq_verification_proofs(struct lq_verification *verification);
LQ_MUST_CHECK enum lq_result lq_verification_gone(struct lq_verification *verification);

/* A frame of a chain is not there, and all before it are not. */
static inline void lq_verification_misses(struct lq_verified_chain *chain, uint64_t frame)
{
    chain->gone = frame >= chain->gone ? frame + 1 : chain->gone;
}

/* Whether the tag at the end of an entry's value is one that our master key made; also without it.
 */
bool lq_verification_tag_fits(const struct lq_verification *verification,
                              enum lq_ledger_database database, struct lq_view key,
                              struct lq_view value);

/* Whether what a note says is what the tables say; in verification_note.c. */
struct lq_outbox_entry;
bool lq_verification_note_agrees(struct lq_verification *verification,
                                 const struct lq_outbox_entry *entry, struct lq_view value);

/* The content of the record that a chain has just come to, or of a delta of it later, and of those
 * that were left for later; in verification_contents.c. Errors: only those that are no damage. */
LQ_MUST_CHECK enum lq_result lq_verification_content(struct lq_verification *verification,
                                                     struct lq_verified_chain *chain,
                                                     const struct lq_record_header *header,
                                                     struct lq_view record);
LQ_MUST_CHECK enum lq_result lq_verification_unopened(struct lq_verification *verification,
                                                      struct lq_verified_chain *chain);

/* The records of the partition, or of one session; in verification_chains.c. */
LQ_MUST_CHECK enum lq_result lq_verification_records(struct lq_verification *verification);
/* Records of the chains asked for that lie behind their heads: hidden by a head that was set back.
 */
LQ_MUST_CHECK enum lq_result lq_verification_tails(struct lq_verification *verification);
LQ_MUST_CHECK enum lq_result lq_verification_session(struct lq_verification *verification,
                                                     struct lq_verified_chain *chain);

#endif
