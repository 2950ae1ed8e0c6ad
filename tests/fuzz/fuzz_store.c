// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Keys and values of the stores' databases. The first byte of an input chooses the layout; what a
 * reader takes it writes again byte by byte. */
#include "base/little_endian.h"
#include "store/core/broker_entry.h"
#include "store/core/content_prefix.h"
#include "store/core/drop_proof.h"
#include "store/core/earlier_state.h"
#include "store/core/head.h"
#include "store/core/ledger_key.h"
#include "store/core/outbox_note.h"
#include "store/core/partition_state.h"
#include "store/core/record.h"
#include "store/core/retention.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_same(struct lq_view from, const uint8_t *again, size_t bytes)
{
    LQ_ASSERT(from.bytes >= bytes);
    LQ_ASSERT(memcmp(from.data, again, bytes) == 0);
}

static bool lies_in(struct lq_view part, struct lq_view whole)
{
    return part.data >= whole.data && part.data + part.bytes <= whole.data + whole.bytes;
}

static void try_record(struct lq_view from)
{
    struct lq_record_header header;
    uint8_t again[LQ_RECORD_HEADER_AT + LQ_RECORD_HEADER_BYTES];

    if (lq_record_decode_header(from, &header) == LQ_OK) {
        LQ_ASSERT(from.bytes == lq_record_bytes(header.body_bytes));
        if (header.ledger_sequence > header.previous_sequence) { /* the chain's walk checks that */
            lq_record_encode_header(&header, again);
            check_same(from, again, sizeof again);
        }
    }
}

/* In place of BLAKE2b, which this program does without. */
static void add_up(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    memset(digest, 0, LQ_HASH_BYTES);
    for (size_t at = 0; at < message.bytes; at++) {
        digest[at % LQ_HASH_BYTES] = (uint8_t)(digest[at % LQ_HASH_BYTES] * 3 + message.data[at]);
    }
}

static void try_head(struct lq_view from)
{
    struct lq_head_state head;
    uint8_t again[LQ_HEAD_BYTES];

    if (lq_head_decode(from, &head) == LQ_OK) {
        lq_head_encode(&head, again);
        check_same(from, again, sizeof again);
    }
}

/* The state of a partition of before, which ends in a check but for that of format 1. */
static void try_earlier(struct lq_view from)
{
    struct lq_earlier_state earlier;
    uint8_t again[512];

    if (from.bytes > LQ_HASH_BYTES && from.bytes <= sizeof again) {
        memcpy(again, from.data, from.bytes);
        if (lq_get_u32(again) != 1) {
            size_t covered = from.bytes - LQ_HASH_BYTES;

            add_up(again + covered, lq_view_of(again, covered));
        }
        if (lq_earlier_state_decode(lq_view_of(again, from.bytes), add_up, &earlier) == LQ_OK) {
            LQ_ASSERT(earlier.format <= LQ_EARLIER_STATE_FORMATS);
            LQ_ASSERT(earlier.tag_at + 2 * (size_t)LQ_HASH_BYTES == from.bytes ||
                      !earlier.has_proof);
        }
    }
}

static void try_partition(struct lq_view from)
{
    struct lq_partition_state state;
    uint8_t again[LQ_PARTITION_STATE_BYTES];

    try_earlier(from);
    /* No fuzzer finds a digest: whatever comes is given its check, and then read. */
    if (from.bytes == sizeof again) {
        memcpy(again, from.data, sizeof again);
        lq_partition_state_check(add_up, again);
        if (lq_partition_state_decode(lq_view_of(again, sizeof again), add_up, &state) == LQ_OK) {
            lq_partition_state_encode(&state, again);
            check_same(from, again, LQ_PARTITION_STATE_TAG_AT);
        }
    }
    if (lq_partition_state_decode(from, add_up, &state) == LQ_OK) {
        lq_partition_state_encode(&state, again);
        check_same(from, again, LQ_PARTITION_STATE_TAG_AT);
    }
}

static void try_outbox(struct lq_view from)
{
    struct lq_outbox_entry entry;
    struct lq_outbox_note note;
    uint8_t again[LQ_OUTBOX_ENTRY_HEADER_BYTES + LQ_OUTBOX_NOTE_BODY_BYTES_MAX];

    if (lq_outbox_entry_decode(from, &entry) != LQ_OK) {
        return;
    }
    bool is_event = entry.kind == LQ_OUTBOX_EVENT;
    LQ_ASSERT(from.bytes == entry.body_bytes + (size_t)(is_event ? LQ_OUTBOX_ENTRY_SEALED_BYTES
                                                                 : LQ_OUTBOX_ENTRY_TAGGED_BYTES));
    lq_outbox_entry_encode(&entry, again);
    check_same(from, again, LQ_OUTBOX_ENTRY_HEADER_BYTES);
    if (!is_event && lq_outbox_note_decode(from, &entry, &note) == LQ_OK) {
        size_t bytes =
            lq_outbox_note_encode(entry.kind, &note, again + LQ_OUTBOX_ENTRY_HEADER_BYTES);
        LQ_ASSERT(bytes == entry.body_bytes);
        check_same(from, again, LQ_OUTBOX_ENTRY_HEADER_BYTES + bytes);
    }
}

static void try_broker(struct lq_view from)
{
    static uint8_t again[65536 + LQ_BROKER_ENTRY_HEADER_BYTES];
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;

    if (from.bytes <= sizeof again && lq_broker_entry_read(from, &entry, &body) == LQ_OK) {
        LQ_ASSERT(body.value.bytes == 0 || lies_in(body.value, from));
        if (entry.is_sealed) {
            return; /* who writes those, lq_letter_seal_write(), needs a key */
        }
        LQ_ASSERT(lq_broker_entry_bytes(entry.kind, &body) == from.bytes);
        LQ_ASSERT(body.key.bytes == 0 || lies_in(body.key, from));
        lq_broker_entry_write(&entry, &body, again);
        check_same(from, again, from.bytes);
    }
}

static void try_name(struct lq_view from)
{
    struct lq_session_names names;
    uint8_t again[LQ_LEDGER_KEY_NAME_BYTES_MAX];

    if (lq_ledger_key_read_name(from, &names) == LQ_OK) {
        size_t bytes = names.session.bytes > 0 ? lq_ledger_key_session(names, again)
                                               : lq_ledger_key_tenant(names.tenant, again);
        LQ_ASSERT(bytes == from.bytes);
        check_same(from, again, bytes);
    }
}

static void try_proof(struct lq_view from)
{
    struct lq_drop_proof proof;
    uint8_t again[LQ_DROP_PROOF_TAG_AT];
    char text[LQ_RETENTION_TEXT_BYTES];
    uint64_t seconds = 0;

    if (lq_drop_proof_decode(from, &proof) == LQ_OK) {
        lq_drop_proof_encode(&proof, again);
        check_same(from, again, sizeof again);
    }
    if (lq_retention_parse(from, &seconds) == LQ_OK) {
        LQ_ASSERT(lq_retention_valid(seconds));
        lq_retention_text(seconds, text);
    }
}

static void try_small_values(struct lq_view from)
{
    struct lq_tenant_value tenant;
    struct lq_session_value session;
    struct lq_letter_value letter;
    uint8_t again[LQ_TENANT_VALUE_BYTES_MAX];
    uint64_t number = 0;
    uint64_t frame = 0;
    uint32_t generation = 0;

    if (lq_ledger_key_get_tenant(from, &tenant) == LQ_OK) {
        size_t bytes = lq_ledger_key_put_tenant(&tenant, again);
        LQ_ASSERT(bytes == from.bytes);
        check_same(from, again, bytes - LQ_ENTRY_TAG_BYTES);
    }
    if (lq_ledger_key_get_session(from, &session) == LQ_OK) {
        lq_ledger_key_put_session(&session, again);
        check_same(from, again, LQ_SESSION_VALUE_BYTES - LQ_ENTRY_TAG_BYTES);
    }
    try_proof(from);
    if (lq_ledger_key_get_letter(from, &letter) == LQ_OK) {
        lq_ledger_key_put_letter(&letter, again);
        check_same(from, again, LQ_LETTER_VALUE_BYTES - LQ_ENTRY_TAG_BYTES);
    }
    if (lq_ledger_key_read_frame(from, &number, &frame) == LQ_OK && number > 0) {
        lq_ledger_key_frame(number, frame, again);
        check_same(from, again, LQ_LEDGER_KEY_FRAME_BYTES);
    }
    if (lq_ledger_key_read_generation(from, &number, &generation) == LQ_OK && number > 0) {
        lq_ledger_key_generation(number, generation, again);
        check_same(from, again, LQ_LEDGER_KEY_GENERATION_BYTES);
    }
}

static void try_prefix(struct lq_view from)
{
    struct lq_session_names names;

    if (lq_content_prefix_read(from, &names) == LQ_OK) {
        LQ_ASSERT(lies_in(names.tenant, from));
        LQ_ASSERT(lies_in(names.session, from));
        LQ_ASSERT(lq_content_prefix_matches(from, names));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static void (*const layouts[])(struct lq_view) = {try_record, try_head,  try_partition,
                                                      try_outbox, try_name,  try_small_values,
                                                      try_prefix, try_broker};

    if (bytes > 0) {
        layouts[data[0] % (sizeof layouts / sizeof layouts[0])](lq_view_of(data + 1, bytes - 1));
    }
    return 0;
}
