// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_content.h"

#include "base/alloc.h"
#include "store/lmdb/map_guard.h"
#include "world/canonical.h"

#include <stdlib.h>

/* One reading. */
struct reading {
    lq_ledger_t *ledger;
    struct lq_ledger_rebuild *rebuild;
    const struct lq_content_wanted *wanted;
    uint8_t key[LQ_CONTENT_KEY_BYTES];      /* in the cache */
    uint64_t sequences[LQ_RECORD_SPAN_MAX]; /* deltas, the newest first */
    uint32_t count;
    uint64_t keyframe;           /* its sequence; 0: they begin at a content of the cache */
    uint8_t hash[LQ_HASH_BYTES]; /* H of what they begin at, then of each */
    const struct lq_tick *tick;  /* what was reached, in `rebuild` or the caller's */
};

static const struct lq_record_fault fine = {LQ_OK, NULL};

static struct lq_record_fault corrupt(const char *what)
{
    return (struct lq_record_fault){LQ_ERR_CORRUPT, what};
}

static struct lq_ledger_rebuild *memory_of(lq_ledger_t *ledger)
{
    if (ledger->rebuild == NULL) {
        struct lq_ledger_rebuild *made = lq_alloc(1, sizeof *made);
        made->cache_memory = lq_alloc(1, ledger->cache_bytes);
        lq_content_cache_start(&made->cache, made->cache_memory, ledger->cache_bytes);
        ledger->rebuild = made;
    }
    return ledger->rebuild;
}

void lq_ledger_content_forget(lq_ledger_t *ledger)
{
    if (ledger->rebuild != NULL) {
        lq_content_cache_clear(&ledger->rebuild->cache);
    }
}

void lq_ledger_content_free(struct lq_ledger_rebuild **rebuild)
{
    if (*rebuild != NULL) {
        free((*rebuild)->cache_memory);
        free(*rebuild);
        *rebuild = NULL;
    }
}

static struct lq_view key_of(const struct reading *reading)
{
    return lq_view_of(reading->key, sizeof reading->key);
}

static const uint8_t *hash_of(struct lq_view record)
{
    return record.data + LQ_RECORD_HASH_AT;
}

/* ---- records that the wanted one builds on ---- */

/* Into ledger->plain: salt and body. Outside of a transaction a key that is not at hand is looked
 * for in one. */
static struct lq_record_fault open_body(struct reading *reading, struct lq_view record,
                                        const struct lq_record_header *header, struct lq_view *body)
{
    lq_ledger_t *ledger = reading->ledger;
    bool own = reading->wanted->txn == NULL;
    const uint8_t *key = NULL;

    if (header->body_bytes > LQ_TICK_BYTES_MAX || header->content_bytes > LQ_TICK_BYTES_MAX) {
        return corrupt("length");
    }
    enum lq_result result = own ? lq_ledger_read_begin(ledger) : LQ_OK;
    if (result != LQ_OK) {
        return (struct lq_record_fault){result, "store"};
    }
    result = lq_ledger_lookup_key(ledger, own ? ledger->read_txn : reading->wanted->txn,
                                  header->tenant_number, header->seal_generation, &key);
    if (own) {
        lq_ledger_read_end(ledger);
    }
    if (result != LQ_OK) {
        return (struct lq_record_fault){result == LQ_ERR_NOT_FOUND ? LQ_ERR_KEY : result, "key"};
    }
    if (lq_record_seal_unseal(record, key, ledger->plain) != LQ_OK) {
        return corrupt("seal");
    }
    *body = lq_view_of(ledger->plain + LQ_RECORD_SALT_BYTES, header->body_bytes);
    return fine;
}

/* A record of the same session at `sequence`. */
static struct lq_record_fault look_up(struct reading *reading, MDB_txn *txn, uint64_t sequence,
                                      struct lq_view *record, struct lq_record_header *header)
{
    const struct lq_record_header *wanted = reading->wanted->header;
    enum lq_result result = lq_ledger_lookup_record(reading->ledger, txn, sequence, record, header);

    if (result != LQ_OK) {
        return (struct lq_record_fault){result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result,
                                        "a record that it builds on"};
    }
    if (header->session_number != wanted->session_number ||
        header->tenant_number != wanted->tenant_number) {
        return corrupt("a record that it builds on is another session's");
    }
    if (header->form != LQ_RECORD_WHOLE) {
        return (struct lq_record_fault){LQ_ERR_NOT_FOUND, "a record that it builds on"};
    }
    return record->bytes <= LQ_CONTENT_RECORD_BYTES_MAX ? fine : corrupt("length");
}

/* The same; outside of a transaction `record` is a copy. */
static struct lq_record_fault fetch(struct reading *reading, uint64_t sequence,
                                    struct lq_view *record, struct lq_record_header *header)
{
    lq_ledger_t *ledger = reading->ledger;

    if (reading->wanted->txn != NULL) {
        return look_up(reading, reading->wanted->txn, sequence, record, header);
    }
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return (struct lq_record_fault){result, "store"};
    }
    struct lq_record_fault fault = look_up(reading, ledger->read_txn, sequence, record, header);
    if (fault.result == LQ_OK) {
        memcpy(reading->rebuild->copied, record->data, record->bytes);
        record->data = reading->rebuild->copied;
    }
    lq_ledger_read_end(ledger);
    return fault;
}

/* ---- back to what is known ---- */

/* The deltas from the wanted record back to the frame behind `known`, or, NULL, to the keyframe. */
static struct lq_record_fault walk_back(struct reading *reading, MDB_txn *txn,
                                        const struct lq_cached_content *known)
{
    struct lq_record_header header = *reading->wanted->header;
    struct lq_record_header previous;
    struct lq_view record;

    reading->count = 0;
    reading->keyframe = 0;
    while (header.kind == LQ_RECORD_DELTA) {
        if (reading->count == LQ_RECORD_SPAN_MAX - 1) {
            return corrupt("no keyframe is near");
        }
        reading->sequences[reading->count++] = header.ledger_sequence;
        if (known != NULL && known->frame + 1 == header.frame) {
            return fine;
        }
        struct lq_record_fault fault =
            look_up(reading, txn, header.previous_sequence, &record, &previous);
        if (fault.result != LQ_OK) {
            return fault;
        }
        if (previous.frame + 1 != header.frame ||
            previous.keyframe_sequence != header.keyframe_sequence) {
            return corrupt("place in the chain");
        }
        header = previous;
    }
    reading->keyframe = header.ledger_sequence;
    return header.keyframe_sequence == header.ledger_sequence ? fine
                                                              : corrupt("place in the chain");
}

static struct lq_record_fault find_way(struct reading *reading,
                                       const struct lq_cached_content *known)
{
    lq_ledger_t *ledger = reading->ledger;

    if (reading->wanted->txn != NULL ||
        (known != NULL && known->frame + 1 == reading->wanted->header->frame)) {
        return walk_back(reading, reading->wanted->txn, known); /* without a look-up, or in it */
    }
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return (struct lq_record_fault){result, "store"};
    }
    struct lq_record_fault fault = walk_back(reading, ledger->read_txn, known);
    lq_ledger_read_end(ledger);
    return fault;
}

/* ---- and forward again ---- */

static struct lq_record_fault begin_at(struct reading *reading, struct lq_view content)
{
    struct lq_tick *tick = &reading->rebuild->ticks[0];
    const char *where = "";

    reading->tick = tick;
    return lq_canonical_decode(content, tick, &where) == LQ_OK
               ? fine
               : corrupt("the content that it builds on");
}

static struct lq_record_fault begin_at_keyframe(struct reading *reading)
{
    struct lq_record_header header;
    struct lq_view record;
    struct lq_view content = {NULL, 0};
    struct lq_record_fault fault = fetch(reading, reading->keyframe, &record, &header);

    if (fault.result == LQ_OK) {
        fault = open_body(reading, record, &header, &content);
    }
    if (fault.result != LQ_OK) {
        return fault;
    }
    memcpy(reading->hash, hash_of(record), sizeof reading->hash);
    return begin_at(reading, content);
}

static struct lq_record_fault take_delta(struct reading *reading, struct lq_view record,
                                         const struct lq_record_header *header, bool is_last)
{
    struct lq_ledger_rebuild *rebuild = reading->rebuild;
    struct lq_tick *after =
        reading->tick == &rebuild->ticks[0] ? &rebuild->ticks[1] : &rebuild->ticks[0];
    const char *where = "";
    struct lq_view delta = {NULL, 0};

    if (!lq_record_seal_follows(record, reading->hash)) {
        return corrupt("hash chain");
    }
    struct lq_record_fault fault = open_body(reading, record, header, &delta);
    if (fault.result != LQ_OK) {
        return fault;
    }
    if (is_last && reading->wanted->tick != NULL) {
        after = reading->wanted->tick;
    }
    if (lq_tick_delta_decode(delta, reading->tick, after, &rebuild->scratch, &where) != LQ_OK) {
        return corrupt("delta");
    }
    memcpy(reading->hash, hash_of(record), sizeof reading->hash);
    reading->tick = after;
    return fine;
}

/* All deltas; the content of the last one. */
static struct lq_record_fault go_forward(struct reading *reading, struct lq_view *content)
{
    const struct lq_content_wanted *wanted = reading->wanted;
    struct lq_ledger_rebuild *rebuild = reading->rebuild;
    struct lq_record_fault fault = fine;
    size_t bytes = 0;

    while (fault.result == LQ_OK && reading->count > 1) {
        struct lq_record_header header;
        struct lq_view record;
        fault = fetch(reading, reading->sequences[--reading->count], &record, &header);
        if (fault.result == LQ_OK) {
            fault = take_delta(reading, record, &header, false);
        }
    }
    if (fault.result == LQ_OK) {
        fault = take_delta(reading, wanted->record, wanted->header, true);
    }
    if (fault.result == LQ_OK && (lq_canonical_encode(reading->tick, rebuild->content,
                                                      sizeof rebuild->content, &bytes) != LQ_OK ||
                                  bytes != wanted->header->content_bytes)) {
        fault = corrupt("content");
    }
    *content = lq_view_of(rebuild->content, bytes);
    return fault;
}

/* From a content of the cache, if the chain leads there. */
static bool rebuild_from_known(struct reading *reading, const struct lq_cached_content *known,
                               struct lq_view *content)
{
    struct lq_ledger_rebuild *rebuild = reading->rebuild;
    const struct lq_cached_content was = *known; /* a look-up may empty the cache */

    lq_content_cache_copy(&rebuild->cache, known, rebuild->content);
    memcpy(reading->hash, was.proof, sizeof reading->hash);
    return find_way(reading, &was).result == LQ_OK && reading->keyframe == 0 &&
           begin_at(reading, lq_view_of(rebuild->content, was.bytes)).result == LQ_OK &&
           go_forward(reading, content).result == LQ_OK;
}

static struct lq_record_fault rebuild_from_keyframe(struct reading *reading,
                                                    struct lq_view *content)
{
    struct lq_record_fault fault = find_way(reading, NULL);

    if (fault.result == LQ_OK) {
        fault = begin_at_keyframe(reading);
    }
    return fault.result == LQ_OK ? go_forward(reading, content) : fault;
}

static struct lq_record_fault rebuild_content(struct reading *reading,
                                              const struct lq_cached_content *known,
                                              struct lq_view *content)
{
    if (known != NULL && known->frame < reading->wanted->header->frame) {
        if (rebuild_from_known(reading, known, content)) {
            return fine;
        }
        /* Not where the chain leads, or damage that the other way finds too. */
        lq_content_cache_drop(&reading->rebuild->cache, key_of(reading));
    }
    return rebuild_from_keyframe(reading, content);
}

/* ---- one content ---- */

static struct lq_record_fault fill_tick(const struct lq_content_wanted *wanted,
                                        struct lq_view content)
{
    const char *where = "";

    return wanted->tick == NULL || lq_canonical_decode(content, wanted->tick, &where) == LQ_OK
               ? fine
               : corrupt("content");
}

/* What the cache has is the content of this very record. */
static bool is_known(const struct lq_cached_content *known, const struct lq_content_wanted *wanted)
{
    return known != NULL && known->frame == wanted->header->frame &&
           memcmp(known->proof, hash_of(wanted->record), LQ_HASH_BYTES) == 0;
}

/* The content of a keyframe, of one that is known, or of one that is rebuilt; and into
 * ledger->plain the salt, where it is needed. */
static struct lq_record_fault find_content(struct reading *reading,
                                           const struct lq_cached_content *known,
                                           struct lq_view *content)
{
    const struct lq_content_wanted *wanted = reading->wanted;
    struct lq_ledger_rebuild *rebuild = reading->rebuild;
    struct lq_record_fault fault = fine;
    struct lq_view body;

    if (is_known(known, wanted)) {
        *content = lq_view_of(rebuild->content, known->bytes);
        lq_content_cache_copy(&rebuild->cache, known, rebuild->content);
        fault = wanted->proven ? open_body(reading, wanted->record, wanted->header, &body) : fine;
        return fault.result == LQ_OK ? fill_tick(wanted, *content) : fault;
    }
    if (wanted->header->kind == LQ_RECORD_KEYFRAME) {
        fault = open_body(reading, wanted->record, wanted->header, content);
        return fault.result == LQ_OK ? fill_tick(wanted, *content) : fault;
    }
    return rebuild_content(reading, known, content);
}

static struct lq_record_fault read_content(struct reading *reading, struct lq_view *content)
{
    const struct lq_content_wanted *wanted = reading->wanted;
    struct lq_content_cache *cache = &reading->rebuild->cache;

    if (wanted->header->form != LQ_RECORD_WHOLE) {
        return (struct lq_record_fault){LQ_ERR_NOT_FOUND, "its world"};
    }
    struct lq_record_fault fault =
        find_content(reading, lq_content_cache_find(cache, key_of(reading)), content);
    if (fault.result == LQ_OK && wanted->proven &&
        !lq_record_seal_covers(wanted->record, reading->ledger->plain, *content)) {
        lq_content_cache_drop(cache, key_of(reading));
        fault = corrupt("digest of the content");
    }
    if (fault.result == LQ_OK) {
        lq_content_cache_put(cache, key_of(reading), wanted->header->frame, hash_of(wanted->record),
                             *content);
    }
    return fault;
}

void lq_ledger_content_key(enum lq_content_reader reader, uint64_t session_number,
                           uint8_t key[LQ_CONTENT_KEY_BYTES])
{
    key[0] = (uint8_t)reader;
    memcpy(key + 1, &session_number, sizeof session_number);
}

bool lq_ledger_content_is_near(lq_ledger_t *ledger, enum lq_content_reader reader,
                               const struct lq_record_header *header)
{
    uint8_t key[LQ_CONTENT_KEY_BYTES];

    lq_ledger_content_key(reader, header->session_number, key);
    const struct lq_cached_content *known =
        lq_content_cache_find(&memory_of(ledger)->cache, lq_view_of(key, sizeof key));
    return header->kind == LQ_RECORD_KEYFRAME ||
           (known != NULL && known->frame + 1 == header->frame);
}

struct lq_record_fault lq_ledger_content_read(lq_ledger_t *ledger,
                                              const struct lq_content_wanted *wanted,
                                              struct lq_content_found *found)
{
    struct reading reading = {.ledger = ledger, .rebuild = memory_of(ledger), .wanted = wanted};

    lq_ledger_content_key(wanted->reader, wanted->header->session_number, reading.key);
    struct lq_record_fault fault = read_content(&reading, &found->content);
    found->salt = ledger->plain;
    return fault;
}
