// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_restore.h"

#include "base/clock.h"
#include "mirror/restore/restored_entries.h"
#include "mirror/restore/restored_keys.h"
#include "mirror/restore/restoring.h"
#include "mirror/restore/table_bases.h"
#include "store/seal/random_bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Addresses only: the broker gives its store the map that its own configuration says. */
#define BROKER_MAP_BYTES (UINT64_C(64) << 30)
/* For the contents that deltas build on, as sessions' records come in turns. */
#define CACHE_BYTES (UINT64_C(256) << 20)

/* ---- before the claims ---- */

static enum lq_result read_control(struct lq_restoring *restoring, uint64_t end)
{
    return lq_table_walk_read(&restoring->walk, &restoring->control, end,
                              lq_restored_entries_take_of_control, restoring, restoring->message);
}

/* A session without records gets those of its base. One that begins late has to have a base of what
 * is before: else its first segments have not expired, they are missing. */
static enum lq_result take_base(void *context, const struct lq_base_header *base,
                                struct lq_base_reader *reader, const char **why)
{
    struct lq_restoring *restoring = context;
    struct lq_restored_session session;
    struct lq_view record;
    enum lq_result result =
        lq_ledger_restore_session(restoring->ledger, base->session_number, &session);

    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK; /* of a session that is newer than what was read */
    }
    if (result == LQ_OK && session.tenant_number != base->tenant_number) {
        *why = "it is of another tenant's session";
        return LQ_ERR_CORRUPT;
    }
    bool is_empty = session.record_count == 0;
    while (result == LQ_OK && is_empty &&
           (result = lq_base_reader_next(reader, &record)) == LQ_OK) {
        result = lq_restoring_told_by_ledger(
            restoring, lq_ledger_restore_base(restoring->ledger, record), why);
    }
    if (result == LQ_ERR_CORRUPT && *why == NULL) {
        *why = reader->why;
    }
    if (result != LQ_OK && result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    uint64_t first = is_empty ? base->first_frame : session.first_frame;
    restoring->covered += first > 0 && base->frame + 1 >= first;
    return LQ_OK;
}

/* What has expired of a stream is in bases, if somebody still needs it. */
static enum lq_result read_bases(struct lq_restoring *restoring, struct lq_restoring_tenant *tenant)
{
    const struct lq_table_bases_options options = {.asker = &restoring->asker,
                                                   .stream = &tenant->stream,
                                                   .partition = restoring->options->partition,
                                                   .each = take_base,
                                                   .context = restoring};
    uint64_t before = lq_ledger_restore_late(restoring->ledger);

    restoring->covered = 0;
    enum lq_result result = lq_table_bases_read(&options, restoring->message);
    tenant->late += lq_ledger_restore_late(restoring->ledger) - before;
    if (result == LQ_OK && restoring->covered < tenant->late) {
        lq_error_message_set(restoring->message,
                             "stream %s of the table, segment %" PRIu64
                             ": the segments before it are missing: %" PRIu64
                             " sessions have no base for what was in them",
                             tenant->stream.key.pk, tenant->stream.first_number,
                             tenant->late - restoring->covered);
        return LQ_ERR_CORRUPT;
    }
    return lq_restoring_tell(restoring, result, "the ledger");
}

/* Sessions whose first record in the stream was a delta have a beginning now, from their bases:
 * what comes behind that is in the stream. */
static enum lq_result read_again(struct lq_restoring *restoring,
                                 const struct lq_restoring_tenant *tenant, uint64_t end)
{
    struct lq_table_stream again;

    lq_table_walk_stream(&again, lq_view_text(tenant->name), restoring->options->partition,
                         tenant->stream.tenant_number);
    return lq_table_walk_read(&restoring->walk, &again, end, lq_restored_entries_take_again,
                              restoring, restoring->message);
}

static enum lq_result read_tenant(struct lq_restoring *restoring,
                                  struct lq_restoring_tenant *tenant, uint64_t end)
{
    if (!tenant->has_keys || end == 0) {
        return LQ_OK;
    }
    uint64_t before = lq_ledger_restore_late(restoring->ledger);
    uint64_t destroyed = lq_ledger_restore_destroyed(restoring->ledger);
    uint64_t waits = lq_ledger_restore_waits(restoring->ledger);
    restoring->at = tenant;
    enum lq_result result =
        lq_table_walk_read(&restoring->walk, &tenant->stream, end,
                           lq_restored_entries_take_of_tenant, restoring, restoring->message);
    tenant->late += lq_ledger_restore_late(restoring->ledger) - before;
    if (result == LQ_OK && tenant->stream.first_number > 1) {
        result = read_bases(restoring, tenant);
    }
    if (result == LQ_OK && lq_ledger_restore_waits(restoring->ledger) > waits) {
        result = read_again(restoring, tenant, end);
    }
    tenant->destroyed += lq_ledger_restore_destroyed(restoring->ledger) - destroyed;
    return result;
}

/* The control stream names whatever a tenant's stream has. So the ends of those are looked at
 * before it is read to its end, and read up to there. */
static enum lq_result read_all(struct lq_restoring *restoring)
{
    enum lq_result result = read_control(restoring, 0);

    for (uint32_t index = 0; result == LQ_OK && index < restoring->tenant_count; index++) {
        struct lq_restoring_tenant *tenant = &restoring->tenants[index];
        result = lq_table_walk_newest(&restoring->walk, &tenant->stream, &tenant->newest,
                                      restoring->message);
    }
    if (result == LQ_OK) {
        result = read_control(restoring, 0);
    }
    for (uint32_t index = 0; result == LQ_OK && index < restoring->tenant_count; index++) {
        struct lq_restoring_tenant *tenant = &restoring->tenants[index];
        result = lq_restored_keys_read(restoring, tenant);
        if (result == LQ_OK) {
            result = read_tenant(restoring, tenant, tenant->newest);
        }
    }
    return result;
}

/* The table says itself how far it has all; the streams' ends could be missing otherwise. */
static enum lq_result check_ends(struct lq_restoring *restoring)
{
    uint64_t record = 0;
    uint64_t outbox = restoring->control.after[LQ_SEGMENT_OUTBOX - 1];
    uint64_t broker = restoring->control.after[LQ_SEGMENT_BROKER - 1];

    if (broker < restoring->mark.broker_sequence) {
        lq_error_message_set(restoring->message,
                             "the newest segments of stream %s of the table are missing: item M "
                             "tells of entry %" PRIu64
                             " of the broker's outbox, the stream ends with %" PRIu64,
                             restoring->control.key.pk, restoring->mark.broker_sequence, broker);
        return LQ_ERR_CORRUPT;
    }
    for (uint32_t index = 0; index < restoring->tenant_count; index++) {
        const uint64_t *after = restoring->tenants[index].stream.after;
        if (!restoring->tenants[index].has_keys) {
            return LQ_OK; /* what its stream has was not looked at */
        }
        record = after[LQ_SEGMENT_RECORD - 1] > record ? after[LQ_SEGMENT_RECORD - 1] : record;
        outbox = after[LQ_SEGMENT_OUTBOX - 1] > outbox ? after[LQ_SEGMENT_OUTBOX - 1] : outbox;
    }
    if (record < restoring->mark.ledger_sequence || outbox < restoring->mark.outbox_sequence) {
        lq_error_message_set(restoring->message,
                             "the newest segments of a stream are missing: item M tells of record "
                             "%" PRIu64 " and entry %" PRIu64 " of the outbox, the streams end "
                             "with %" PRIu64 " and %" PRIu64,
                             restoring->mark.ledger_sequence, restoring->mark.outbox_sequence,
                             record, outbox);
        return LQ_ERR_CORRUPT;
    }
    return LQ_OK;
}

/* Of a session whose frame 0 was in segments that have expired something has to be there, unless a
 * restore before this one may have left it out. In the segments that are left nothing can be
 * missing: what they pass over without its record, their writer had not. */
static enum lq_result check_empty(void *context, uint64_t tenant_number, uint64_t session_number,
                                  uint64_t ledger_sequence)
{
    struct lq_restoring *restoring = context;
    const struct lq_restoring_tenant *tenant = lq_restoring_find_tenant(restoring, tenant_number);

    if (tenant == NULL || !tenant->has_keys || ledger_sequence > tenant->stream.first_before ||
        session_number <= restoring->named_before) {
        return LQ_OK;
    }
    lq_error_message_set(restoring->message,
                         "stream %s of the table: session number %" PRIu64
                         " has neither a record nor a base, and its frame 0, record %" PRIu64
                         ", was in the table",
                         tenant->stream.key.pk, session_number, ledger_sequence);
    return LQ_ERR_CORRUPT;
}

/* ---- claims ---- */

static enum lq_result claim_control(struct lq_restoring *restoring)
{
    restoring->claim.partition = restoring->options->partition;
    lq_random_bytes(restoring->claim.writer, sizeof restoring->claim.writer);
    enum lq_result result = lq_stream_claim(&restoring->asker, &restoring->control,
                                            &restoring->claim, restoring->message);
    restoring->restored->claim = restoring->claim.claim;
    restoring->control_claim = restoring->claim.number;
    return result == LQ_OK ? read_control(restoring, restoring->claim.number) : result;
}

static enum lq_result claim_tenant(struct lq_restoring *restoring,
                                   struct lq_restoring_tenant *tenant)
{
    enum lq_result result =
        lq_stream_claim(&restoring->asker, &tenant->stream, &restoring->claim, restoring->message);

    if (result == LQ_OK && tenant->has_keys && tenant->key_note > tenant->keys_at) {
        lq_error_message_set(restoring->message,
                             "keys of tenant %s changed while they were restored: restore again",
                             tenant->name);
        return LQ_ERR_CONFLICT;
    }

    if (result == LQ_OK && !tenant->has_keys) {
        result = lq_restored_keys_read(restoring, tenant);
    }
    if (result == LQ_OK && !tenant->has_keys && !tenant->is_left_out &&
        restoring->claim.covers_nothing) {
        result = lq_restored_keys_make(restoring, tenant);
    }
    if (result == LQ_OK && !tenant->has_keys) {
        restoring->restored->tenants_without_keys++;
    }
    if (result == LQ_OK && tenant->keys_are_old) {
        result = lq_restored_keys_destroy(restoring, tenant);
    }
    return result == LQ_OK ? read_tenant(restoring, tenant, restoring->claim.number) : result;
}

static enum lq_result claim_all(struct lq_restoring *restoring)
{
    enum lq_result result = claim_control(restoring);

    for (uint32_t index = 0; result == LQ_OK && index < restoring->tenant_count; index++) {
        result = claim_tenant(restoring, &restoring->tenants[index]);
    }
    return result;
}

/* ---- the whole ---- */

static enum lq_result open_stores(struct lq_restoring *restoring)
{
    const struct lq_table_restore_options *options = restoring->options;
    char folder[2][4096];
    char made_file[2][4096];

    snprintf(folder[0], sizeof folder[0], "%s/ledger/%" PRIu32, options->folder,
             options->partition);
    snprintf(made_file[0], sizeof made_file[0], "%s/ledger-%" PRIu32 ".made", options->folder,
             options->partition);
    snprintf(folder[1], sizeof folder[1], "%s/broker", options->folder);
    snprintf(made_file[1], sizeof made_file[1], "%s/broker.made", options->folder);
    const struct lq_ledger_restore_options ledger = {
        .ledger = {.folder = folder[0],
                   .master_key_file = options->master_key_file,
                   .map_bytes = options->map_bytes,
                   .map_bytes_max = options->map_bytes_max,
                   .partition = options->partition,
                   .made_file = made_file[0],
                   .cache_bytes = CACHE_BYTES},
        .outbox_after = restoring->mark.published_outbox,
        .tenant = options->tenant};
    const struct lq_broker_restore_options broker = {
        .store = {.folder = folder[1], .map_bytes = BROKER_MAP_BYTES, .made_file = made_file[1]},
        .master_key_file = options->master_key_file,
        .outbox_after = restoring->mark.published_broker,
        .tenant = options->tenant,
        .letter_is_of = options->letter_is_of,
        .letter_context = options->context};
    enum lq_result result = lq_ledger_restore_open(&ledger, &restoring->ledger, restoring->message);
    if (result == LQ_OK) {
        result = lq_broker_restore_open(&broker, &restoring->broker, restoring->message);
    }
    if (result == LQ_OK) {
        restoring->message->text[0] = '\0'; /* a key that had to be made was missed, and said so */
    }
    return result;
}

static enum lq_result open_letters(struct lq_restoring *restoring)
{
    enum lq_result result =
        lq_broker_restore_letters(restoring->broker, lq_restored_keys_find, restoring);

    if (result == LQ_ERR_CORRUPT) {
        lq_error_message_set(restoring->message,
                             "stream %s of the table has a letter that does not open under the "
                             "key of its tenant",
                             restoring->control.key.pk);
    }
    return lq_restoring_tell(restoring, result, "the broker's store");
}

static enum lq_result finish_stores(struct lq_restoring *restoring)
{
    struct lq_table_restored *restored = restoring->restored;
    uint64_t epoch = lq_broker_restore_epoch(restoring->broker);
    enum lq_result result = open_letters(restoring);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_restore_finish(restoring->ledger, &restored->ledger);
    if (result != LQ_OK) {
        return lq_restoring_tell(restoring, result, "the ledger");
    }
    epoch = restored->ledger.epoch > epoch ? restored->ledger.epoch : epoch;
    restored->epoch = epoch + LQ_TABLE_RESTORE_EPOCHS;
    if (restored->epoch > UINT32_MAX) { /* a letter's id has so many bits of it */
        lq_error_message_set(restoring->message,
                             "epoch %" PRIu64 " is too high to go on from: letters' ids have 32 "
                             "bits of it",
                             epoch);
        return LQ_ERR_LIMIT;
    }
    return lq_restoring_tell(
        restoring,
        lq_broker_restore_finish(restoring->broker, restored->epoch - 1, &restored->broker),
        "the broker's store");
}

static void tell_destroyed(const struct lq_restoring *restoring)
{
    const struct lq_table_restore_options *options = restoring->options;

    for (uint32_t index = 0; index < restoring->tenant_count; index++) {
        const struct lq_restoring_tenant *tenant = &restoring->tenants[index];
        if (options->on_destroyed != NULL && tenant->destroyed + tenant->letters > 0) {
            options->on_destroyed(options->context, tenant->name, tenant->destroyed,
                                  tenant->letters);
        }
    }
}

/* Who names one that is not there has meant another one. */
static enum lq_result check_left_out(struct lq_restoring *restoring)
{
    const char *at = restoring->options->without;

    while (at != NULL) {
        const char *end = strchr(at, ',');
        struct lq_view name = lq_view_of(at, end != NULL ? (size_t)(end - at) : strlen(at));
        bool found = false;
        for (uint32_t index = 0; !found && index < restoring->tenant_count; index++) {
            found = lq_view_equal(name, lq_view_text(restoring->tenants[index].name));
        }
        if (!found) {
            lq_error_message_set(restoring->message, "table %.100s has no tenant %.*s",
                                 restoring->options->table, (int)name.bytes,
                                 (const char *)name.data);
            return LQ_ERR_NOT_FOUND;
        }
        at = end != NULL ? end + 1 : NULL;
    }
    return LQ_OK;
}

static enum lq_result take_over(struct lq_restoring *restoring)
{
    const struct lq_ledger_restored *ledger = &restoring->restored->ledger;
    struct lq_table_mark *mark = &restoring->mark;

    mark->item.claim = restoring->claim.claim;
    mark->item.segment = restoring->control_claim;
    mark->item.wall_ns = lq_clock_wall_ns();
    memcpy(mark->item.writer, restoring->claim.writer, sizeof mark->item.writer);
    memcpy(mark->item.history, ledger->history, sizeof mark->item.history);
    mark->ledger_sequence = ledger->ledger_sequence;
    mark->outbox_sequence = ledger->outbox_sequence;
    mark->broker_sequence = restoring->restored->broker.sequence;
    return lq_table_mark_write(&restoring->asker, mark, restoring->message);
}

static enum lq_result run(struct lq_restoring *restoring)
{
    const struct lq_table_restore_options *options = restoring->options;
    bool whole = options->tenant == NULL;
    enum lq_result result = lq_table_mark_read(&restoring->asker, options->partition,
                                               &restoring->mark, restoring->message);

    if (result == LQ_OK) {
        result =
            lq_table_mark_check_key(&restoring->mark, options->master_key_file, restoring->message);
    }
    if (result == LQ_OK) {
        result = open_stores(restoring);
    }
    if (result == LQ_OK) {
        result = read_all(restoring);
    }
    if (result == LQ_OK) {
        result = check_left_out(restoring);
    }
    if (result == LQ_OK && !whole && restoring->tenant_count == 0) {
        lq_error_message_set(restoring->message, "table %.100s has no tenant %s", options->table,
                             options->tenant);
        return LQ_ERR_NOT_FOUND;
    }
    if (result == LQ_OK && whole) {
        result = check_ends(restoring);
    }
    if (result == LQ_OK) {
        result = lq_restoring_tell(
            restoring, lq_ledger_restore_each_empty(restoring->ledger, check_empty, restoring),
            "the ledger");
    }
    if (result == LQ_OK && whole && !options->dry_run) {
        result = claim_all(restoring);
    }
    if (result == LQ_OK) {
        result = finish_stores(restoring);
    }
    if (result == LQ_OK) {
        tell_destroyed(restoring);
    }
    return result == LQ_OK && whole && !options->dry_run ? take_over(restoring) : result;
}

enum lq_result lq_table_restore(const struct lq_table_restore_options *options,
                                struct lq_table_restored *restored,
                                struct lq_error_message *message)
{
    struct lq_restoring restoring = {.options = options, .restored = restored, .message = message};

    *restored = (struct lq_table_restored){.epoch = 0};
    message->text[0] = '\0';
    lq_table_walk_stream(&restoring.control, lq_view_of("", 0), options->partition, 0);
    enum lq_result result = lq_table_asker_open(&restoring.asker, options->table, message);
    if (result == LQ_OK) {
        lq_table_walk_open(&restoring.walk, &restoring.asker, options->partition);
        result = run(&restoring);
        restored->segments = restoring.walk.segments;
        restored->requests = restoring.asker.requests;
        lq_table_walk_close(&restoring.walk);
    }
    lq_ledger_restore_close(&restoring.ledger);
    lq_broker_restore_close(&restoring.broker);
    lq_table_asker_close(&restoring.asker);
    lq_key_notes_forget(&restoring.key_notes);
    free(restoring.tenants);
    return result;
}
