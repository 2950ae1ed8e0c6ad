// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* One record for a reader that computes: what it needs is copied out in one short transaction,
 * which is ended before any seal is opened; so is each record that a delta builds on. A reader
 * that is stopped while it computes keeps no page from being used again. */
#include "base/alloc.h"
#include "base/error_message.h"
#include "store/core/content_prefix.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/map_guard.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdio.h>

enum { RECORD_BYTES_MAX = LQ_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX };

struct wanted {
    struct lq_session_names names;
    uint64_t ledger_sequence;
};

/* A record outside of its transaction. */
struct copied_record {
    struct lq_view record; /* in ledger->copied */
    struct lq_record_header header;
    uint8_t previous_hash[LQ_HASH_BYTES];
    bool begins_late; /* the record before it is not there: its H follows from nothing here */
};

static const char LATE[] = "";

/* The first record of a session that was restored without its oldest ones: what it follows from is
 * not there. */
static bool begins_late(lq_ledger_t *ledger, const struct lq_record_header *header)
{
    struct lq_head_state head;

    return header->frame > 0 &&
           lq_ledger_lookup_head(ledger, ledger->read_txn, header->session_number, &head) ==
               LQ_OK &&
           header->frame == lq_head_first_frame(&head);
}

/* The record before was dropped: its H is in the proof. */
static bool was_dropped(lq_ledger_t *ledger, const struct lq_record_header *header,
                        uint8_t hash[LQ_HASH_BYTES])
{
    struct lq_drop_proof proof;

    if (lq_ledger_lookup_proof(ledger, ledger->read_txn, header->session_number, &proof) != LQ_OK ||
        proof.last_sequence != header->previous_sequence || proof.last_frame + 1 != header->frame) {
        return false;
    }
    memcpy(hash, proof.last_hash, LQ_HASH_BYTES);
    return true;
}

/* H of the record before this one; zeroes before frame 0, and before a late beginning. */
static struct lq_record_fault find_previous_hash(lq_ledger_t *ledger,
                                                 const struct lq_record_header *header,
                                                 uint8_t hash[LQ_HASH_BYTES])
{
    struct lq_record_header previous;
    struct lq_view record;

    if (header->previous_sequence == 0) {
        memset(hash, 0, LQ_HASH_BYTES);
        return header->frame == 0 ? (struct lq_record_fault){LQ_OK, NULL}
                                  : (struct lq_record_fault){LQ_ERR_CORRUPT, "place in the chain"};
    }
    enum lq_result result = lq_ledger_lookup_record(ledger, ledger->read_txn,
                                                    header->previous_sequence, &record, &previous);
    if (result == LQ_ERR_NOT_FOUND && was_dropped(ledger, header, hash)) {
        return (struct lq_record_fault){LQ_OK, NULL};
    }
    if (result == LQ_ERR_NOT_FOUND && begins_late(ledger, header)) {
        memset(hash, 0, LQ_HASH_BYTES);
        return (struct lq_record_fault){LQ_OK, LATE};
    }
    if (result != LQ_OK) {
        return (struct lq_record_fault){result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result,
                                        "the record before it"};
    }
    if (previous.session_number != header->session_number || previous.frame + 1 != header->frame) {
        return (struct lq_record_fault){LQ_ERR_CORRUPT, "place in the chain"};
    }
    memcpy(hash, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    return (struct lq_record_fault){LQ_OK, NULL};
}

static struct lq_record_fault find_record(lq_ledger_t *ledger, const struct wanted *wanted,
                                          struct copied_record *copied)
{
    struct lq_session_value numbers;
    struct lq_record_fault fault = {
        lq_ledger_lookup_session(ledger, ledger->read_txn, wanted->names, &numbers), "name"};

    if (fault.result != LQ_OK) {
        return fault;
    }
    fault = (struct lq_record_fault){lq_ledger_lookup_record(ledger, ledger->read_txn,
                                                             wanted->ledger_sequence,
                                                             &copied->record, &copied->header),
                                     "header"};
    if (fault.result != LQ_OK) {
        return fault;
    }
    if (copied->header.session_number != numbers.number ||
        copied->header.tenant_number != numbers.tenant_number) {
        fault = (struct lq_record_fault){LQ_ERR_CORRUPT, "owner: it belongs to another session"};
    }
    return fault;
}

/* All that is read from the store for it. Inside the transaction. */
static struct lq_record_fault copy_out(lq_ledger_t *ledger, const struct wanted *wanted,
                                       struct copied_record *copied)
{
    struct lq_record_fault fault = find_record(ledger, wanted, copied);

    if (fault.result == LQ_OK && copied->header.content_bytes > LQ_TICK_BYTES_MAX) {
        fault = (struct lq_record_fault){LQ_ERR_CORRUPT, "length"};
    }
    if (fault.result == LQ_OK) {
        fault = find_previous_hash(ledger, &copied->header, copied->previous_hash);
        copied->begins_late = fault.result == LQ_OK && fault.what == LATE;
    }
    if (fault.result != LQ_OK) {
        return fault;
    }
    LQ_ASSERT(copied->record.bytes <= RECORD_BYTES_MAX);
    memcpy(ledger->copied, copied->record.data, copied->record.bytes);
    copied->record.data = ledger->copied;
    return fault;
}

static struct lq_record_fault copy_record(lq_ledger_t *ledger, const struct wanted *wanted,
                                          struct copied_record *copied)
{
    char what[96];
    struct lq_record_fault fault = {lq_ledger_read_begin(ledger), "store"};

    if (fault.result != LQ_OK) {
        return fault;
    }
    if (ledger->copied == NULL) {
        ledger->copied = lq_alloc(RECORD_BYTES_MAX, 1);
    }
    snprintf(what, sizeof what, "record %" PRIu64, wanted->ledger_sequence);
    lq_map_guard_enter(ledger->folder, what);
    fault = copy_out(ledger, wanted, copied);
    lq_map_guard_leave();
    lq_ledger_read_end(ledger);
    return fault;
}

static struct lq_record_fault open_record(lq_ledger_t *ledger, const struct wanted *wanted,
                                          const struct copied_record *copied,
                                          struct lq_content_found *found)
{
    const struct lq_content_wanted content = {.reader = LQ_CONTENT_OF_RECORDS,
                                              .header = &copied->header,
                                              .record = copied->record,
                                              .proven = true};

    if (!copied->begins_late && !lq_record_seal_follows(copied->record, copied->previous_hash)) {
        return (struct lq_record_fault){LQ_ERR_CORRUPT, "hash chain"};
    }
    struct lq_record_fault fault = lq_ledger_content_read(ledger, &content, found);
    if (fault.result == LQ_OK && !lq_content_prefix_matches(found->content, wanted->names)) {
        fault = (struct lq_record_fault){LQ_ERR_CORRUPT, "names inside the seal"};
    }
    return fault;
}

static void describe(const struct copied_record *copied, const struct lq_content_found *found,
                     struct lq_record_info *info)
{
    info->ledger_sequence = copied->header.ledger_sequence;
    info->previous_sequence = copied->header.previous_sequence;
    info->frame = copied->header.frame;
    info->execution = copied->header.execution;
    info->key_generation = copied->header.key_generation;
    info->record_bytes = (uint32_t)copied->record.bytes;
    info->is_keyframe = copied->header.kind == LQ_RECORD_KEYFRAME;
    memcpy(info->previous_hash, copied->previous_hash, LQ_HASH_BYTES);
    memcpy(info->salt, found->salt, LQ_RECORD_SALT_BYTES);
    memcpy(info->digest, copied->record.data + LQ_RECORD_DIGEST_AT, LQ_HASH_BYTES);
    memcpy(info->hash, copied->record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
}

static enum lq_result read_wanted(lq_ledger_t *ledger, const struct wanted *wanted,
                                  struct lq_record_buffer *buffer, struct lq_record_info *info,
                                  struct lq_error_message *message)
{
    struct copied_record copied = {0};
    struct lq_content_found found = {{NULL, 0}, NULL};
    struct lq_record_fault fault = copy_record(ledger, wanted, &copied);

    if (fault.result == LQ_OK) {
        fault = open_record(ledger, wanted, &copied, &found);
    }
    if (fault.result == LQ_OK && found.content.bytes > buffer->bytes_max) {
        fault = (struct lq_record_fault){LQ_ERR_LIMIT, "length"};
    }
    if (fault.result != LQ_OK) {
        lq_error_message_set(
            message, "record %" PRIu64 " of %.*s/%.*s: %s: %s", wanted->ledger_sequence,
            (int)wanted->names.tenant.bytes, (const char *)wanted->names.tenant.data,
            (int)wanted->names.session.bytes, (const char *)wanted->names.session.data, fault.what,
            lq_result_text(fault.result));
        return fault.result;
    }
    memcpy(buffer->memory, found.content.data, found.content.bytes);
    buffer->content = lq_view_of(buffer->memory, found.content.bytes);
    describe(&copied, &found, info);
    return LQ_OK;
}

enum lq_result lq_ledger_read_record(lq_ledger_t *ledger, struct lq_session_names names,
                                     uint64_t ledger_sequence, struct lq_record_buffer *buffer,
                                     struct lq_record_info *info, struct lq_error_message *message)
{
    const struct wanted wanted = {names, ledger_sequence};

    LQ_ASSERT(ledger_sequence > 0);
    return read_wanted(ledger, &wanted, buffer, info, message);
}

void lq_ledger_digest_as(const struct lq_record_info *info, struct lq_view content,
                         uint8_t digest[LQ_HASH_BYTES])
{
    lq_digest_keyed(digest, info->salt, content);
}
