// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/broker_source.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/handler/commit_watch.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUNS_PER_TURN 4u
#define LOOK_NS LQ_NS_PER_MS
#define LOOKS_MAX 10u

enum {
    RUN_BYTES = 2 * LQ_BROKER_FEED_RUN_BYTES_MIN,
    SEALED_BYTES = LQ_BROKER_ENTRY_BYTES_MAX + LQ_LEDGER_LETTER_EXTRA_BYTES
};

_Static_assert((int)SEALED_BYTES <= (int)LQ_SEGMENT_ENTRY_BYTES_MAX, "a stream takes any entry");

enum lq_result lq_broker_source_open(struct lq_broker_source *source,
                                     const struct lq_cluster_config *cluster, lq_ledger_t *ledger,
                                     struct lq_error_message *message)
{
    char folder[PATH_MAX];

    *source = (struct lq_broker_source){.watch = -1, .is_stale = true, .look_ns = UINT64_MAX};
    snprintf(folder, sizeof folder, "%s/broker", cluster->data_dir);
    enum lq_result result = lq_broker_feed_open(folder, &source->feed, message);
    if (result == LQ_OK) {
        result = lq_commit_watch_open(folder, &source->watch, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    source->run.memory = lq_alloc(RUN_BYTES, 1);
    source->run.bytes_max = RUN_BYTES;
    source->probe.memory = lq_alloc(LQ_BROKER_FEED_RUN_BYTES_MIN, 1);
    source->probe.bytes_max = LQ_BROKER_FEED_RUN_BYTES_MIN;
    source->sealed = lq_alloc(SEALED_BYTES, 1);
    lq_broker_sealing_open(&source->sealing, ledger);
    return LQ_OK;
}

void lq_broker_source_close(struct lq_broker_source *source)
{
    lq_broker_feed_close(&source->feed);
    lq_broker_sealing_close(&source->sealing);
    free(source->run.memory);
    free(source->probe.memory);
    free(source->sealed);
    source->run.memory = source->probe.memory = source->sealed = NULL;
    if (source->watch >= 0) {
        close(source->watch);
        source->watch = -1;
    }
}

/* ---- comparing ---- */

enum lq_result lq_broker_source_describe(struct lq_broker_source *source,
                                         const struct lq_segment_position *table,
                                         struct lq_stream_log_store *store)
{
    const size_t place = LQ_SEGMENT_BROKER - 1;
    uint64_t sequence = table->sequence[place];
    struct lq_broker_feed_state state;
    enum lq_result result = lq_broker_feed_state(source->feed, &state);

    if (result != LQ_OK) {
        return result;
    }
    store->next[place] = state.newest + 1;
    if (sequence == 0 || sequence > state.newest) {
        return LQ_OK;
    }
    result = lq_broker_feed_read(source->feed, sequence - 1, &source->probe);
    if (result == LQ_ERR_STALE) {
        return LQ_OK; /* trimmed */
    }
    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(source->probe.count > 0);
    store->known[place] = true;
    return lq_broker_sealing_compare(&source->sealing, source->probe.entries[0].value,
                                     table->identity[place], store->identity[place]);
}

/* ---- packing ---- */

/* A letter waits until the feed has named its tenant: then it is known whether that tenant's key is
 * in the table, without which the letter would be none. */
static bool awaits_name(const struct lq_broker_source *source,
                        const struct lq_mirror_streams *streams)
{
    uint64_t tenant_number = source->sealing.tenant_number;

    return tenant_number > 0 &&
           lq_mirror_streams_place(streams, tenant_number) == LQ_STREAM_SET_CONTROL;
}

/* As many entries as have room. */
static enum lq_result pack(struct lq_broker_source *source, struct lq_mirror_streams *streams,
                           uint64_t now_ns)
{
    while (source->next < source->run.count) {
        const struct lq_broker_feed_entry *entry = &source->run.entries[source->next];
        enum lq_result result = LQ_OK;
        if (source->sealed_bytes == 0) {
            result = lq_broker_sealing_write(&source->sealing, entry->value, source->sealed,
                                             &source->sealed_bytes);
        }
        if (result == LQ_OK && awaits_name(source, streams)) {
            result = LQ_ERR_FULL;
        }
        if (result == LQ_OK) {
            result = lq_mirror_streams_take_broker(
                streams, entry->sequence, lq_view_of(source->sealed, source->sealed_bytes), now_ns);
        }
        if (result != LQ_OK) {
            return result;
        }
        source->sealed_bytes = 0;
        source->at = entry->sequence;
        source->next++;
    }
    return LQ_OK;
}

/* ---- what is told again ---- */

void lq_broker_source_start(struct lq_broker_source *source, uint64_t sequence)
{
    source->at = source->settled = sequence;
}

enum lq_result lq_broker_source_look(struct lq_broker_source *source)
{
    struct lq_broker_feed_state state;
    enum lq_result result = lq_broker_feed_state(source->feed, &state);

    if (result == LQ_OK) {
        source->kept_after = state.first - 1;
    }
    return result;
}

static enum lq_result begin_again(struct lq_broker_source *source,
                                  struct lq_mirror_streams *streams)
{
    enum lq_result result = lq_broker_source_look(source);

    if (result != LQ_OK) {
        return result;
    }
    lq_log_warning("entries %" PRIu64 " to %" PRIu64
                   " of the broker's outbox are gone, and are not "
                   "in the table: the tables of its store are told again",
                   source->at + 1, source->kept_after);
    streams->letters_from = UINT64_MAX;
    lq_telling_port_begin(source->again);
    return LQ_OK;
}

/* Where reading goes on. False: nothing was told yet. */
static bool find_again(struct lq_broker_source *source)
{
    const struct lq_telling *telling = &source->again->telling;

    if (!lq_telling_is_active(telling)) {
        return true;
    }
    if (telling->first > 0 && source->at + 1 < telling->first) {
        source->at = telling->first - 1;
        source->run.count = source->next = 0;
        source->sealed_bytes = 0;
        source->is_stale = true;
    }
    return telling->first > 0;
}

/* What is packed may have been the last of it. */
static void settle(struct lq_broker_source *source, struct lq_mirror_streams *streams)
{
    struct lq_telling *telling = &source->again->telling;

    if (lq_telling_read(telling, source->at)) {
        streams->letters_from = telling->last;
        lq_log_info("the tables of the broker's store are told again: %" PRIu64
                    " entries, in entries %" PRIu64 " to %" PRIu64,
                    telling->told, telling->first, telling->last);
    }
    if (!lq_telling_is_active(telling)) {
        source->settled = source->at;
    }
}

/* ---- reading on ---- */

/* A commit that cannot be seen yet wakes nobody again: it is looked for, less and less often. */
static void look_again(struct lq_broker_source *source, uint64_t now_ns)
{
    source->look_ns = now_ns + (LOOK_NS << source->looks);
    source->looks += source->looks < LOOKS_MAX;
}

static enum lq_result read_run(struct lq_broker_source *source, uint64_t now_ns)
{
    source->next = 0;
    enum lq_result result = lq_broker_feed_read(source->feed, source->at, &source->run);
    if (result != LQ_OK) {
        return result;
    }
    source->is_stale = source->run.count > 0 || source->run.is_behind;
    if (source->run.count == 0 && source->is_stale) {
        look_again(source, now_ns);
    } else {
        source->looks = 0;
    }
    return LQ_OK;
}

enum lq_result lq_broker_source_turn(struct lq_broker_source *source,
                                     struct lq_mirror_streams *streams, uint64_t now_ns)
{
    source->look_ns = UINT64_MAX;
    if (!find_again(source)) {
        return LQ_OK;
    }
    for (uint32_t run = 0; run < RUNS_PER_TURN; run++) {
        enum lq_result result = pack(source, streams, now_ns);
        settle(source, streams);
        if (result != LQ_OK) {
            return result == LQ_ERR_FULL ? LQ_OK : result;
        }
        if (!source->is_stale) {
            return LQ_OK;
        }
        result = read_run(source, now_ns);
        if (result == LQ_ERR_STALE) {
            return begin_again(source, streams);
        }
        if (result != LQ_OK || source->run.count == 0) {
            return result;
        }
    }
    source->look_ns = now_ns; /* there is more */
    return LQ_OK;
}

bool lq_broker_source_is_done(const struct lq_broker_source *source)
{
    return !source->is_stale && source->next == source->run.count;
}
