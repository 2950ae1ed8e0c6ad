// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What records hold: seal, D, and the names inside. A record is opened as it comes while the
 * content before it is at hand. When there are more sessions than contents fit into memory, the
 * deltas of a session are left for the end of their span, where they are read again one after the
 * other: so each is opened once, and what came before the first of them once more at most. */
#include "store/core/content_prefix.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/map_guard.h"
#include "store/lmdb/verification.h"

#include <inttypes.h>

static void count_destroyed(struct lq_verification *verification,
                            const struct lq_record_header *header)
{
    struct lq_verified_tenant *whose = lq_verification_tenant(verification, header->tenant_number);

    verification->totals->destroyed++;
    if (whose != NULL) {
        whose->destroyed++;
    }
}

static void check_names(struct lq_verification *verification, const struct lq_verified_chain *chain,
                        const struct lq_record_header *header, struct lq_view content)
{
    const struct lq_verified_tenant *tenant =
        lq_verification_tenant(verification, chain->tenant_number);

    if (chain->name == NULL || tenant == NULL) {
        return; /* said where the names were read */
    }
    if (!lq_content_prefix_matches(content, lq_session_names_of(tenant->name, chain->name))) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, header->frame,
                              "record %" PRIu64 ": names inside the seal are another session's",
                              header->ledger_sequence);
    }
}

static enum lq_result open_content(struct lq_verification *verification,
                                   struct lq_verified_chain *chain,
                                   const struct lq_record_header *header, struct lq_view record)
{
    const struct lq_content_wanted wanted = {
        .reader = LQ_CONTENT_OF_RECORDS, .header = header, .record = record, .proven = true};
    struct lq_content_found found;
    const uint8_t *key;
    bool destroyed;

    if (header->content_bytes > LQ_TICK_BYTES_MAX) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, header->frame,
                              "content is longer than any may be");
        return LQ_OK;
    }
    enum lq_result result = lq_verification_key(verification, header->tenant_number,
                                                header->seal_generation, &key, &destroyed);
    if (destroyed) {
        count_destroyed(verification, header);
        return LQ_OK;
    }
    if (result != LQ_OK) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, header->frame,
                              "its key (tenant %" PRIu64 ", generation %" PRIu32 ") is no key: %s",
                              header->tenant_number, header->seal_generation,
                              lq_result_text(result));
        return lq_verification_is_damage(result) ? LQ_OK : result;
    }
    struct lq_record_fault fault = lq_ledger_content_read(verification->ledger, &wanted, &found);
    if (fault.result == LQ_ERR_NOT_FOUND) { /* its keyframe: then the record is dropped too */
        lq_verification_misses(chain, header->frame);
        return LQ_OK;
    }
    if (fault.result != LQ_OK) {
        bool damage = lq_verification_is_damage(fault.result) || fault.result == LQ_ERR_KEY;
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, header->frame,
                              "record %" PRIu64 ": %s", header->ledger_sequence, fault.what);
        return damage ? LQ_OK : fault.result;
    }
    verification->totals->opened++;
    check_names(verification, chain, header, found.content);
    return LQ_OK;
}

enum lq_result lq_verification_content(struct lq_verification *verification,
                                       struct lq_verified_chain *chain,
                                       const struct lq_record_header *header, struct lq_view record)
{
    if (chain->unopened == 0 &&
        lq_ledger_content_is_near(verification->ledger, LQ_CONTENT_OF_RECORDS, header)) {
        return open_content(verification, chain, header, record);
    }
    chain->unopened++;
    /* A span has no more; what goes on was said to be wrong. */
    return chain->unopened == LQ_RECORD_SPAN_MAX ? lq_verification_unopened(verification, chain)
                                                 : LQ_OK;
}

/* A record of the chain, copied out in a transaction of its own. */
static enum lq_result read_again(struct lq_verification *verification, uint64_t sequence,
                                 struct lq_view *record, struct lq_record_header *header)
{
    lq_ledger_t *ledger = verification->ledger;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    lq_map_guard_enter(ledger->folder, "records of a session");
    result = lq_ledger_lookup_record(ledger, ledger->read_txn, sequence, record, header);
    if (result == LQ_OK && record->bytes > LQ_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX) {
        result = LQ_ERR_CORRUPT;
    }
    if (result == LQ_OK) {
        memcpy(verification->record, record->data, record->bytes);
        record->data = verification->record;
    }
    lq_map_guard_leave();
    lq_ledger_read_end(ledger);
    return result;
}

/* The sequences of the unopened deltas, the newest first. */
static enum lq_result find_unopened(struct lq_verification *verification,
                                    const struct lq_verified_chain *chain,
                                    uint64_t sequences[LQ_RECORD_SPAN_MAX], uint32_t *count)
{
    uint64_t sequence = chain->reached.ledger_sequence;
    struct lq_record_header header;
    struct lq_view record;
    enum lq_result result = lq_ledger_read_begin(verification->ledger);

    *count = 0;
    if (result != LQ_OK) {
        return result;
    }
    lq_map_guard_enter(verification->ledger->folder, "records of a session");
    while (result == LQ_OK && *count < chain->unopened) {
        result = lq_ledger_lookup_record(verification->ledger, verification->ledger->read_txn,
                                         sequence, &record, &header);
        if (result == LQ_OK && header.session_number != chain->number) {
            result = LQ_ERR_CORRUPT;
        }
        if (result == LQ_OK) {
            sequences[(*count)++] = sequence;
            sequence = header.previous_sequence;
        }
    }
    lq_map_guard_leave();
    lq_ledger_read_end(verification->ledger);
    return result;
}

enum lq_result lq_verification_unopened(struct lq_verification *verification,
                                        struct lq_verified_chain *chain)
{
    uint64_t sequences[LQ_RECORD_SPAN_MAX];
    struct lq_record_header header;
    struct lq_view record;
    uint32_t count = 0;

    if (chain->unopened == 0) {
        return LQ_OK;
    }
    enum lq_result result = find_unopened(verification, chain, sequences, &count);
    chain->unopened = 0;
    if (result == LQ_ERR_NOT_FOUND) { /* dropped since, or missing: so are all before the end */
        lq_verification_misses(chain, chain->reached.frame);
        return LQ_OK;
    }
    if (lq_verification_is_damage(result)) {
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, chain->reached.frame,
                              "record %" PRIu64 ": what it builds on cannot be read",
                              chain->reached.ledger_sequence);
        result = LQ_OK;
    }
    while (result == LQ_OK && count > 0) {
        result = read_again(verification, sequences[--count], &record, &header);
        if (result == LQ_OK) {
            result = open_content(verification, chain, &header, record);
        }
    }
    return lq_verification_is_damage(result) ? LQ_OK : result;
}
