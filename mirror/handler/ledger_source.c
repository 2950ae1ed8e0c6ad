// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/ledger_source.h"

#include "base/alloc.h"
#include "store/seal/digest.h"

#include <stdlib.h>

enum { RUN_BYTES = 8 * 1024 * 1024, PAGE_NAMES = 256 };

enum lq_result lq_ledger_source_state(struct lq_ledger_source *source, struct lq_feed_state *state)
{
    enum lq_result result = lq_ledger_read_begin(source->ledger);

    if (result == LQ_OK) {
        result = lq_ledger_feed_state(source->ledger, state);
        lq_ledger_read_end(source->ledger);
    }
    return result;
}

enum lq_result lq_ledger_source_open(struct lq_ledger_source *source,
                                     const struct lq_cluster_config *cluster,
                                     struct lq_error_message *message)
{
    const struct lq_partition_paths paths = lq_cluster_partition(cluster, 0);
    const struct lq_ledger_options options = {.folder = paths.folder,
                                              .master_key_file = cluster->master_key_file,
                                              .map_bytes = cluster->map_bytes,
                                              .partition = 0,
                                              .cache_bytes = cluster->cache_bytes};

    *source = (struct lq_ledger_source){.ledger = NULL};
    enum lq_result result = lq_ledger_open_reader(&options, &source->ledger, message);
    if (result != LQ_OK) {
        return result;
    }
    source->run.memory = lq_alloc(RUN_BYTES, 1);
    source->run.bytes_max = RUN_BYTES;
    source->probe.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    source->probe.bytes_max = LQ_FEED_RUN_BYTES_MIN;
    result = lq_ledger_source_state(source, &source->state);
    if (result != LQ_OK) {
        lq_error_message_set(message, "the ledger's state: %s", lq_result_text(result));
    }
    return result;
}

void lq_ledger_source_close(struct lq_ledger_source *source)
{
    lq_ledger_close(&source->ledger);
    free(source->run.memory);
    free(source->probe.memory);
    source->run.memory = source->probe.memory = NULL;
}

/* A page of tenants behind `after`. */
static enum lq_result read_page(struct lq_ledger_source *source, const char *after,
                                struct lq_ledger_name *names, uint32_t *count)
{
    enum lq_result result = lq_ledger_read_begin(source->ledger);

    *count = 0;
    if (result == LQ_OK) {
        result =
            lq_ledger_list_tenants(source->ledger, lq_view_text(after), names, PAGE_NAMES, count);
        lq_ledger_read_end(source->ledger);
    }
    return result;
}

enum lq_result lq_ledger_source_tenants(struct lq_ledger_source *source,
                                        lq_ledger_source_tenant_fn each, void *context)
{
    struct lq_ledger_name *names = lq_alloc(PAGE_NAMES, sizeof *names);
    char after[LQ_SESSION_NAME_BYTES_MAX + 1] = "";
    enum lq_result result;
    uint32_t count;

    do {
        result = read_page(source, after, names, &count);
        for (uint32_t index = 0; result == LQ_OK && index < count; index++) {
            each(context, lq_view_text(names[index].text), names[index].number);
            memcpy(after, names[index].text, sizeof after);
        }
    } while (result == LQ_OK && count == PAGE_NAMES);
    free(names);
    return result;
}

/* ---- comparing ---- */

bool lq_ledger_source_outbox_identity(struct lq_view value, uint8_t identity[LQ_HASH_BYTES])
{
    struct lq_outbox_entry entry;

    if (lq_outbox_entry_decode(value, &entry) != LQ_OK) {
        return false;
    }
    if (entry.kind == LQ_OUTBOX_EVENT) {
        return lq_segment_event_identity(lq_digest, value, identity);
    }
    lq_segment_plain_identity(lq_digest, value, identity);
    return true;
}

/* The identity of one entry, if the store still has it: what follows the entry before it, in a feed
 * whose other half is read to its end. */
static enum lq_result identify(struct lq_ledger_source *source, const struct lq_feed_state *state,
                               enum lq_segment_entry_kind kind, uint64_t sequence,
                               struct lq_stream_log_store *store)
{
    bool is_record = kind == LQ_SEGMENT_RECORD;
    struct lq_feed_position before = state->newest;
    uint8_t *identity = store->identity[kind - 1];

    *(is_record ? &before.ledger_sequence : &before.outbox_sequence) = sequence - 1;
    enum lq_result result = lq_ledger_feed_read(source->ledger, before, &source->probe);
    if (result == LQ_ERR_STALE) {
        return LQ_OK; /* trimmed */
    }
    if (result != LQ_OK || source->probe.count == 0 ||
        source->probe.entries[0].is_record != is_record ||
        source->probe.entries[0].sequence != sequence) {
        return result;
    }
    struct lq_view value = source->probe.entries[0].value;
    store->known[kind - 1] = is_record ? lq_segment_record_identity(value, identity)
                                       : lq_ledger_source_outbox_identity(value, identity);
    return LQ_OK;
}

enum lq_result lq_ledger_source_describe(struct lq_ledger_source *source,
                                         const struct lq_segment_position *table,
                                         struct lq_stream_log_store *store)
{
    static const enum lq_segment_entry_kind kinds[] = {LQ_SEGMENT_RECORD, LQ_SEGMENT_OUTBOX};
    struct lq_feed_state state;
    enum lq_result result = lq_ledger_source_state(source, &state);

    if (result != LQ_OK) {
        return result;
    }
    store->next[LQ_SEGMENT_RECORD - 1] = state.newest.ledger_sequence + 1;
    store->next[LQ_SEGMENT_OUTBOX - 1] = state.newest.outbox_sequence + 1;
    for (size_t index = 0; result == LQ_OK && index < sizeof kinds / sizeof kinds[0]; index++) {
        uint64_t sequence = table->sequence[kinds[index] - 1];
        if (sequence > 0 && sequence < store->next[kinds[index] - 1]) {
            result = identify(source, &state, kinds[index], sequence, store);
        }
    }
    return result;
}

/* ---- reading on ---- */

enum lq_result lq_ledger_source_read(struct lq_ledger_source *source, struct lq_feed_position after)
{
    LQ_ASSERT(lq_ledger_source_entry(source) == NULL);
    source->next = 0;
    source->run.count = 0;
    return lq_ledger_feed_read(source->ledger, after, &source->run);
}

const struct lq_feed_entry *lq_ledger_source_entry(const struct lq_ledger_source *source)
{
    return source->next < source->run.count ? &source->run.entries[source->next] : NULL;
}
