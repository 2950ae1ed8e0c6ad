// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/broker_sealing.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "base/log.h"
#include "mirror/domain/segment.h"
#include "store/lmdb/ledger_feed.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)LQ_BROKER_VALUE_BYTES_MAX * 2)

void lq_broker_sealing_open(struct lq_broker_sealing *sealing, lq_ledger_t *ledger)
{
    *sealing = (struct lq_broker_sealing){
        .ledger = ledger,
        .letter = lq_alloc(1, sizeof *sealing->letter),
        .arena = {lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0},
    };
}

void lq_broker_sealing_close(struct lq_broker_sealing *sealing)
{
    free(sealing->letter);
    free(sealing->arena.memory);
    free(sealing->opened);
    *sealing = (struct lq_broker_sealing){.ledger = NULL};
}

/* ---- letters ---- */

static enum lq_result decode(struct lq_broker_sealing *sealing, struct lq_view value)
{
    const char *where;

    lq_arena_reset(&sealing->arena);
    return lq_letter_decode(value, &sealing->arena, sealing->letter, &where) == LQ_OK
               ? LQ_OK
               : LQ_ERR_CORRUPT;
}

enum lq_result lq_broker_sealing_letter(struct lq_broker_sealing *sealing, struct lq_view entry,
                                        const struct lq_letter **letter)
{
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    enum lq_result result = lq_broker_entry_read(entry, &head, &body);

    if (result != LQ_OK || !lq_broker_entry_has_letter(&head, &body)) {
        return result == LQ_OK ? LQ_ERR_CORRUPT : result;
    }
    if (head.is_sealed) {
        if (sealing->opened == NULL) {
            sealing->opened = lq_alloc(LQ_BROKER_VALUE_BYTES_MAX + LQ_SEALED_BOX_EXTRA_BYTES, 1);
        }
        size_t bytes = 0;
        result = lq_ledger_letter_open(sealing->ledger, entry, &body, sealing->opened, &bytes);
        body.value = lq_view_of(sealing->opened, bytes);
    }
    *letter = sealing->letter;
    return result == LQ_OK ? decode(sealing, body.value) : result;
}

/* ---- sealing ---- */

static enum lq_result seal_plainly(const struct lq_broker_sealing *sealing, struct lq_view entry,
                                   uint8_t *to, size_t *bytes)
{
    *bytes = entry.bytes + LQ_SEALED_BOX_EXTRA_BYTES;
    return lq_ledger_feed_seal_broker(sealing->ledger, entry, to);
}

enum lq_result lq_broker_sealing_write(struct lq_broker_sealing *sealing, struct lq_view entry,
                                       uint8_t *to, size_t *bytes)
{
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    enum lq_result result = lq_broker_entry_read(entry, &head, &body);

    sealing->tenant_number = 0;
    if (result != LQ_OK) {
        return result;
    }
    if (head.is_sealed || !lq_broker_entry_has_letter(&head, &body)) {
        return seal_plainly(sealing, entry, to, bytes);
    }
    struct lq_view tenant = lq_view_text("");
    if (decode(sealing, body.value) == LQ_OK) {
        tenant = sealing->letter->tenant;
    } else {
        lq_log_rarely(LQ_LOG_ERROR,
                      "the letter in entry %" PRIu64 " of the broker's outbox cannot be read, and "
                      "goes to the table without its contents",
                      head.sequence);
    }
    return lq_ledger_letter_seal(sealing->ledger, tenant, entry, to, bytes,
                                 &sealing->tenant_number);
}

/* ---- identities ---- */

static enum lq_result identify_plainly(const struct lq_broker_sealing *sealing,
                                       struct lq_view entry, uint8_t identity[LQ_HASH_BYTES])
{
    size_t bytes = 0;
    uint8_t *sealed = lq_alloc(entry.bytes + LQ_SEALED_BOX_EXTRA_BYTES, 1);
    enum lq_result result = seal_plainly(sealing, entry, sealed, &bytes);

    if (result == LQ_OK) {
        lq_segment_broker_identity(lq_digest, lq_view_of(sealed, bytes), identity);
    }
    free(sealed);
    return result;
}

enum lq_result lq_broker_sealing_identity(struct lq_broker_sealing *sealing, struct lq_view entry,
                                          uint8_t identity[LQ_HASH_BYTES])
{
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    uint8_t clear[LQ_BROKER_ENTRY_HEADER_BYTES];
    enum lq_result result = lq_broker_entry_read(entry, &head, &body);

    if (result != LQ_OK) {
        return result;
    }
    if (!lq_broker_entry_has_letter(&head, &body)) {
        return identify_plainly(sealing, entry, identity);
    }
    memcpy(clear, entry.data, sizeof clear);
    lq_put_u16(clear, LQ_BROKER_ENTRY_VERSION_SEALED);
    lq_segment_broker_identity(lq_digest, lq_view_of(clear, sizeof clear), identity);
    return LQ_OK;
}

enum lq_result lq_broker_sealing_compare(struct lq_broker_sealing *sealing, struct lq_view entry,
                                         const uint8_t table[LQ_HASH_BYTES],
                                         uint8_t identity[LQ_HASH_BYTES])
{
    uint8_t before[LQ_HASH_BYTES];
    enum lq_result result = lq_broker_sealing_identity(sealing, entry, identity);

    if (result != LQ_OK || memcmp(identity, table, LQ_HASH_BYTES) == 0) {
        return result;
    }
    result = identify_plainly(sealing, entry, before);
    if (result == LQ_OK && memcmp(before, table, LQ_HASH_BYTES) == 0) {
        memcpy(identity, before, LQ_HASH_BYTES);
    }
    return result;
}
