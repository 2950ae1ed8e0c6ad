// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Chains of records. Of a partition: every record in the order of the ledger, each going on where
 * its session's record before ended; one pass, in the order of the file. Of one session: the places
 * of its records from the head back, then the same checks from frame 0 on. */
#include "store/lmdb/ledger_lookup.h"
#include "store/lmdb/map_guard.h"
#include "store/lmdb/verification.h"
#include "store/seal/digest.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdlib.h>

enum { STEPS_PER_TRANSACTION = 4096 };

/* A session that was restored without its oldest records begins with a keyframe, in the part of the
 * ledger that may have gaps; what its H follows from is not there. */
static bool begins_late(const struct lq_verification *verification,
                        const struct lq_verified_chain *chain,
                        const struct lq_record_header *header)
{
    return chain->reached.record_count == 0 && header->frame > 0 &&
           header->frame == lq_head_first_frame(&chain->head) &&
           header->ledger_sequence < verification->state.gapless_ledger &&
           header->previous_sequence > 0 && header->previous_sequence < header->ledger_sequence &&
           header->kind == LQ_RECORD_KEYFRAME &&
           header->keyframe_sequence == header->ledger_sequence;
}

/* Whether a delta is on the newest keyframe of its chain, and not too far from it; a keyframe names
 * itself. */
static bool keyframe_fits(const struct lq_head_state *reached,
                          const struct lq_record_header *header)
{
    return header->kind == LQ_RECORD_KEYFRAME
               ? header->keyframe_sequence == header->ledger_sequence
               : reached->record_count > 0 &&
                     header->keyframe_sequence == reached->keyframe_sequence &&
                     header->frame - reached->keyframe_frame < LQ_RECORD_SPAN_MAX;
}

/* The first record behind what was dropped. */
static const char *check_front(const struct lq_verified_chain *chain,
                               const struct lq_record_header *header, struct lq_view record)
{
    const struct lq_chain_link link = {header, record.data + LQ_RECORD_HEADER_AT,
                                       record.data + LQ_RECORD_DIGEST_AT,
                                       record.data + LQ_RECORD_HASH_AT};

    return lq_drop_proof_precedes(&chain->proof, &link, lq_digest)
               ? NULL
               : "record does not follow from what was dropped";
}

/* Whether a record goes on where its session's chain ended; what is wrong with it, else NULL. */
static const char *check_place(const struct lq_verification *verification,
                               struct lq_verified_chain *chain,
                               const struct lq_record_header *header, struct lq_view record)
{
    const struct lq_head_state *reached = &chain->reached;
    bool first = reached->record_count == 0;

    if (header->tenant_number != chain->tenant_number) {
        return "record is another tenant's";
    }
    if (begins_late(verification, chain, header)) {
        return NULL;
    }
    bool proven = first && chain->proof.tenant_number != 0;
    uint64_t wanted = proven ? chain->proof.last_frame + 1 : first ? 0 : reached->frame + 1;
    if (header->frame > wanted) {
        lq_verification_misses(chain, header->frame - 1);
    } else if (header->frame != wanted) {
        return "record has another frame";
    }
    if (proven || header->frame != wanted) {
        if (header->kind != LQ_RECORD_KEYFRAME || !keyframe_fits(reached, header)) {
            return "what is left does not begin with a keyframe";
        }
        return header->frame == wanted ? check_front(chain, header, record) : NULL;
    }
    if (header->previous_sequence != reached->ledger_sequence) {
        return "record names another one before it";
    }
    if (!keyframe_fits(reached, header)) {
        return "record names another keyframe, or one too far back";
    }
    return lq_record_seal_follows(record, reached->hash) ? NULL : "H does not follow";
}

static void go_on(struct lq_verified_chain *chain, const struct lq_record_header *header,
                  struct lq_view record)
{
    chain->reached.frame = header->frame;
    chain->reached.ledger_sequence = header->ledger_sequence;
    chain->reached.keyframe_sequence = header->keyframe_sequence;
    if (header->kind == LQ_RECORD_KEYFRAME) {
        chain->reached.keyframe_frame = header->frame;
    }
    chain->index_wanted += lq_record_is_indexed(header);
    memcpy(chain->reached.digest, record.data + LQ_RECORD_DIGEST_AT, LQ_HASH_BYTES);
    chain->reached.execution = header->execution;
    chain->reached.record_count++;
    memcpy(chain->reached.hash, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    lq_digest_sum_add(&chain->reached.rolling, chain->reached.hash);
}

static enum lq_result check_record(struct lq_verification *verification, uint64_t sequence,
                                   struct lq_view record)
{
    struct lq_record_header header;

    if (record.data == NULL || lq_record_decode_header(record, &header) != LQ_OK) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                              "record %" PRIu64 " is unreadable", sequence);
        return LQ_OK;
    }
    if (header.ledger_sequence != sequence || header.partition != verification->ledger->partition) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, header.frame,
                              "record %" PRIu64 " lies in the place of record %" PRIu64,
                              header.ledger_sequence, sequence);
        return LQ_OK;
    }
    struct lq_verified_chain *chain = lq_verification_chain(verification, header.session_number);
    if (chain == NULL || !chain->has_head) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, header.frame,
                              "record %" PRIu64 " is of session number %" PRIu64
                              ", which has no head",
                              sequence, header.session_number);
        return LQ_OK;
    }
    if (chain->name == NULL && chain->reached.record_count == 0) {
        chain->tenant_number = header.tenant_number; /* its name is missing: said once, there */
    }
    const char *what = check_place(verification, chain, &header, record);
    if (what != NULL) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, header.frame,
                              "record %" PRIu64 ": %s", sequence, what);
    }
    /* A keyframe ends the span before it. */
    enum lq_result result =
        header.kind == LQ_RECORD_KEYFRAME ? lq_verification_unopened(verification, chain) : LQ_OK;
    go_on(chain, &header, record);
    verification->totals->records++;
    return result == LQ_OK && verification->with_key
               ? lq_verification_content(verification, chain, &header, record)
               : result;
}

/* Where the chain ended against where the head says that it ends. */
static enum lq_result check_end(struct lq_verification *verification,
                                struct lq_verified_chain *chain)
{
    const struct lq_head_state *head = &chain->head;
    const struct lq_head_state *reached = &chain->reached;
    enum lq_result result = lq_verification_unopened(verification, chain);

    if (!chain->has_head || chain->is_lost || head->record_count == 0 || result != LQ_OK) {
        return result; /* where all records went, the proof was compared with the head */
    }
    if (reached->record_count == 0 || head->frame != reached->frame ||
        head->ledger_sequence != reached->ledger_sequence ||
        (chain->gone == 0 && head->record_count != reached->record_count)) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, chain, head->frame,
                              "head is frame %" PRIu64 " in record %" PRIu64
                              ", the chain ends with frame %" PRIu64 " in record %" PRIu64,
                              head->frame, head->ledger_sequence, reached->frame,
                              reached->ledger_sequence);
        return LQ_OK;
    }
    if (memcmp(head->hash, reached->hash, LQ_HASH_BYTES) != 0 ||
        memcmp(head->digest, reached->digest, LQ_HASH_BYTES) != 0 ||
        head->keyframe_frame != reached->keyframe_frame ||
        !lq_execution_id_equal(head->execution, reached->execution) ||
        head->keyframe_sequence != reached->keyframe_sequence) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, chain, head->frame,
                              "head does not fit its record");
    }
    if (chain->gone == 0 && !lq_digest_sum_equal(&head->rolling, &reached->rolling)) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, chain, head->frame,
                              "rolling digest is not that of the chain");
    }
    return LQ_OK;
}

/* Sequences between two records that are there. A partition that was restored lacks some below the
 * one that it went on with; what is missing among those its counts and sums tell. Above, as many
 * are missing as were dropped. */
static void count_gap(struct lq_verification *verification, uint64_t expected, uint64_t sequence)
{
    uint64_t gapless = verification->state.gapless_ledger;
    uint64_t first = expected > gapless ? expected : gapless;

    if (first < sequence) {
        verification->missing += sequence - first;
        verification->last_missing = sequence - 1;
    }
}

static void check_missing(struct lq_verification *verification)
{
    const struct lq_partition_state *state = &verification->state;
    uint64_t most = state->dropped_count + verification->dropped_since;
    /* Restored, it may have dropped some of those that it could lack. */
    uint64_t least = state->gapless_ledger > 1 ? 0 : state->dropped_count;

    if (verification->missing < least || verification->missing > most) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                              "%" PRIu64 " records are missing, the last is %" PRIu64 "; %" PRIu64
                              " were dropped",
                              verification->missing, verification->last_missing, most);
    }
}

static enum lq_result check_run(struct lq_verification *verification, uint64_t *expected)
{
    const struct lq_entry_copy *copy = verification->copy;

    for (uint32_t index = 0; index < copy->count; index++) {
        const struct lq_copied_entry *entry = &copy->entries[index];
        uint64_t sequence;
        memcpy(&sequence, entry->key.data, sizeof sequence);
        if (expected != NULL && sequence >= verification->state.next_ledger_sequence) {
            verification->copy->ended = true; /* newer than the state */
            return LQ_OK;
        }
        if (!entry->found) {
            lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                                  "record %" PRIu64 " is not found by its sequence", sequence);
        }
        if (expected != NULL) {
            count_gap(verification, *expected, sequence);
            *expected = sequence + 1;
            verification->walked++;
        }
        enum lq_result result = check_record(verification, sequence, entry->value);
        if (result != LQ_OK) {
            return result;
        }
    }
    return LQ_OK;
}

static void compare_sums(struct lq_verification *verification)
{
    struct lq_digest_sum heads = {{0}};
    struct lq_digest_sum reached = {{0}};

    for (uint64_t place = 0; place < verification->chain_count; place++) {
        lq_digest_sum_join(&heads, &verification->chains[place].head.rolling);
        lq_digest_sum_join(&reached, &verification->chains[place].reached.rolling);
    }
    if (verification->dropped_since == 0 &&
        !lq_digest_sum_equal(&reached, &verification->state.records)) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                              "the sum of H is not the one of the state");
    }
    if (!lq_digest_sum_equal(&heads, &verification->state.records)) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                              "the sum of rolling digests is not the one of the state");
    }
}

enum lq_result lq_verification_records(struct lq_verification *verification)
{
    const struct lq_entry_range range = {.database = LQ_LEDGER_RECORDS, .reference_at = -1};
    uint64_t expected = 1;
    enum lq_result result;

    lq_entry_copy_begin(verification->copy, &range);
    do {
        result = lq_entry_copy_next(verification->copy);
        enum lq_result checked = check_run(verification, &expected);
        if (checked != LQ_OK) {
            return checked;
        }
    } while (result == LQ_OK && verification->copy->count > 0);
    if (result != LQ_OK) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                              "the database cannot be read on after record %" PRIu64 ": %s",
                              expected - 1, lq_result_text(result));
        if (!lq_verification_is_damage(result)) {
            return result;
        }
    }
    count_gap(verification, expected, verification->state.next_ledger_sequence);
    enum lq_result counted = lq_verification_gone(verification);
    if (counted != LQ_OK) {
        return counted;
    }
    check_missing(verification);
    if (verification->walked > verification->state.record_count ||
        verification->walked + verification->dropped_since < verification->state.record_count) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                              "%" PRIu64 " records instead of %" PRIu64, verification->walked,
                              verification->state.record_count);
    }
    result = LQ_OK;
    for (uint64_t place = 0; result == LQ_OK && place < verification->chain_count; place++) {
        lq_verification_index_count(verification, &verification->chains[place]);
        result = check_end(verification, &verification->chains[place]);
    }
    compare_sums(verification);
    return result;
}

/* ---- one session ---- */

/* The places of a session's records, newest first. */
struct places {
    uint64_t *sequences;
    uint64_t count, count_max;
};

static void add_place(struct places *places, uint64_t sequence)
{
    if (places->count == places->count_max) {
        places->count_max = places->count_max == 0 ? 1024 : places->count_max * 2;
        places->sequences =
            lq_realloc(places->sequences, places->count_max, sizeof *places->sequences);
    }
    places->sequences[places->count++] = sequence;
}

/* Some steps back in one transaction; *sequence becomes 0 at the end. */
static enum lq_result step_back(struct lq_verification *verification,
                                const struct lq_verified_chain *chain, uint64_t *sequence,
                                struct places *places)
{
    lq_ledger_t *ledger = verification->ledger;
    struct lq_record_header header;
    struct lq_view record;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    lq_map_guard_enter(ledger->folder, "the records of a session, from its head back");
    for (int steps = 0; result == LQ_OK && *sequence != 0 && steps < STEPS_PER_TRANSACTION;
         steps++) {
        result = lq_ledger_lookup_record(ledger, ledger->read_txn, *sequence, &record, &header);
        if (result == LQ_OK && header.session_number != chain->number) {
            result = LQ_ERR_CORRUPT;
        }
        if (result == LQ_OK) {
            add_place(places, *sequence);
            bool is_first = header.frame == lq_head_first_frame(&chain->head);
            bool may_end = chain->proof.tenant_number != 0 ||
                           header.ledger_sequence < verification->state.gapless_ledger;
            *sequence = is_first && may_end ? 0 : header.previous_sequence;
        }
    }
    lq_map_guard_leave();
    lq_ledger_read_end(ledger);
    if (result == LQ_ERR_NOT_FOUND && places->count > 0) {
        *sequence = 0; /* dropped since, or missing: the first that is there shows it */
        return LQ_OK;
    }
    return result;
}

static void turn_around(struct places *places)
{
    for (uint64_t index = 0; index < places->count / 2; index++) {
        uint64_t *one = &places->sequences[index];
        uint64_t *other = &places->sequences[places->count - 1 - index];
        uint64_t kept = *one;
        *one = *other;
        *other = kept;
    }
}

static enum lq_result check_places(struct lq_verification *verification,
                                   const struct places *places)
{
    struct lq_entry_range range = {.database = LQ_LEDGER_RECORDS,
                                   .sequences = places->sequences,
                                   .sequence_count = places->count,
                                   .reference_at = -1};
    struct lq_entry_copy *copy = verification->copy;
    enum lq_result result = LQ_OK;

    lq_entry_copy_begin(copy, &range);
    while (result == LQ_OK && copy->sequence_index < range.sequence_count) {
        result = lq_entry_copy_next(copy);
        enum lq_result checked = check_run(verification, NULL);
        if (checked != LQ_OK) {
            return checked;
        }
        if (result == LQ_ERR_NOT_FOUND) { /* dropped since it was noted: the next one shows it */
            range.sequences += copy->sequence_index + 1;
            range.sequence_count -= copy->sequence_index + 1;
            lq_entry_copy_begin(copy, &range);
            result = LQ_OK;
        }
    }
    return result;
}

enum lq_result lq_verification_session(struct lq_verification *verification,
                                       struct lq_verified_chain *chain)
{
    struct places places = {0};
    uint64_t sequence = chain->head.record_count > 0 ? chain->head.ledger_sequence : 0;
    enum lq_result result = LQ_OK;

    while (result == LQ_OK && sequence != 0) {
        result = step_back(verification, chain, &sequence, &places);
    }
    if (lq_verification_is_damage(result)) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, 0,
                              "record %" PRIu64
                              " is %s, or another session's: the chain ends there",
                              sequence, result == LQ_ERR_NOT_FOUND ? "missing" : "unreadable");
        chain->is_lost = true;
        result = LQ_OK;
    }
    turn_around(&places);
    if (result == LQ_OK) {
        result = check_places(verification, &places);
    }
    free(places.sequences);
    enum lq_result ended = check_end(verification, chain);
    return result == LQ_OK || lq_verification_is_damage(result) ? ended : result;
}

/* The records of a run that lie behind the head of a chain that was asked for. */
static void check_tail_run(struct lq_verification *verification)
{
    struct lq_entry_copy *copy = verification->copy;

    for (uint32_t index = 0; index < copy->count; index++) {
        struct lq_record_header header;
        uint64_t sequence;
        memcpy(&sequence, copy->entries[index].key.data, sizeof sequence);
        if (sequence >= verification->state.next_ledger_sequence) {
            copy->ended = true; /* newer than the state */
            return;
        }
        if (copy->entries[index].value.data == NULL ||
            lq_record_decode_header(copy->entries[index].value, &header) != LQ_OK) {
            continue; /* of whom, the verification of the partition says */
        }
        const struct lq_verified_chain *chain =
            lq_verification_chain(verification, header.session_number);
        if (chain != NULL && chain->name != NULL && chain->has_head &&
            sequence > chain->head.ledger_sequence) {
            lq_verification_fault(verification, LQ_LEDGER_HEADS, chain, header.frame,
                                  "record %" PRIu64 " lies behind the head, which is frame %" PRIu64
                                  " in record %" PRIu64,
                                  sequence, chain->head.frame, chain->head.ledger_sequence);
        }
    }
}

enum lq_result lq_verification_tails(struct lq_verification *verification)
{
    struct lq_entry_range range = {
        .database = LQ_LEDGER_RECORDS, .after = UINT64_MAX, .reference_at = -1};
    enum lq_result result = LQ_OK;

    for (uint64_t place = 0; place < verification->chain_count; place++) {
        const struct lq_verified_chain *chain = &verification->chains[place];
        if (chain->name != NULL && chain->has_head && chain->head.ledger_sequence < range.after) {
            range.after = chain->head.ledger_sequence;
        }
    }
    if (range.after == UINT64_MAX) {
        return LQ_OK;
    }
    lq_entry_copy_begin(verification->copy, &range);
    do {
        result = lq_entry_copy_next(verification->copy);
        check_tail_run(verification);
    } while (result == LQ_OK && verification->copy->count > 0);
    if (lq_verification_is_damage(result)) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, NULL, 0,
                              "the database cannot be read on after record %" PRIu64, range.after);
        return LQ_OK;
    }
    return result;
}
