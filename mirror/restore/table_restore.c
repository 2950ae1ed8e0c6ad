// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_restore.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "mirror/domain/key_item.h"
#include "mirror/restore/key_notes.h"
#include "mirror/restore/stream_claim.h"
#include "mirror/restore/table_bases.h"
#include "mirror/restore/table_mark.h"
#include "store/core/outbox_note.h"
#include "store/seal/digest.h"
#include "store/seal/keyring.h"
#include "store/seal/random_bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Addresses only: the broker gives its store the map that its own configuration says. */
#define BROKER_MAP_BYTES (UINT64_C(64) << 30)

enum { KEYS_BYTES_MAX = 64 * 1024 };

struct tenant {
    struct lq_table_stream stream;
    char name[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint64_t newest;   /* segment of its stream when the control stream was read */
    uint64_t key_note; /* outbox sequence of the newest note about its keys */
    bool has_keys;
    uint64_t keys_at;   /* that note when item K was read */
    bool keys_are_old;  /* item K has a key that a note says is destroyed */
    bool is_left_out;   /* as asked */
    uint64_t destroyed; /* its records that nobody can open */
    uint64_t late;      /* its sessions that begin behind what has expired */
};

struct restoring {
    const struct lq_table_restore_options *options;
    struct lq_table_restored *restored;
    struct lq_error_message *message;
    struct lq_table_asker asker;
    struct lq_table_walk walk;
    struct lq_table_mark mark;
    struct lq_table_stream control;
    struct tenant *tenants;
    uint32_t tenant_count, tenant_max;
    struct lq_key_notes key_notes;
    struct lq_stream_claim claim;
    uint64_t newest_session; /* that a note has named */
    uint64_t named_before;   /* sessions up to this one were, when the table was restored before */
    uint64_t epoch;          /* that the broker's entries have come to */
    uint64_t control_claim;  /* segment of the control stream */
    lq_ledger_restore_t *ledger;
    lq_broker_restore_t *broker;
    struct tenant *at; /* whose stream or bases are read */
    uint64_t covered;  /* its sessions that begin late and have a base for what is before */
    char lacking[160]; /* whose key is missing, and what to do */
};

/* ---- entries ---- */

/* What a store says; what it does not say in words, its result does. */
static enum lq_result tell(struct restoring *restoring, enum lq_result result, const char *store)
{
    if (result != LQ_OK && restoring->message->text[0] == '\0') {
        lq_error_message_set(restoring->message, "%.200s: %s: %s%s", restoring->options->folder,
                             store, lq_result_text(result),
                             result == LQ_ERR_MAP_FULL ? " (raise store/map_bytes_max)" : "");
    }
    return result;
}

static enum lq_result told_by_ledger(struct restoring *restoring, enum lq_result result,
                                     const char **why)
{
    const char *said = lq_ledger_restore_why(restoring->ledger);

    if (result == LQ_ERR_CORRUPT && said[0] != '\0') {
        *why = said;
        if (lq_ledger_restore_lacks_key(restoring->ledger) && restoring->at != NULL) {
            snprintf(restoring->lacking, sizeof restoring->lacking,
                     "%s: item K of tenant %s lacks it (--without %s restores the others)", said,
                     restoring->at->name, restoring->at->name);
            *why = restoring->lacking;
        }
        return result;
    }
    return tell(restoring, result, "the ledger");
}

static struct tenant *find_tenant(struct restoring *restoring, uint64_t number)
{
    for (uint32_t index = restoring->tenant_count; index > 0; index--) {
        if (restoring->tenants[index - 1].stream.tenant_number == number) {
            return &restoring->tenants[index - 1];
        }
    }
    return NULL;
}

static bool is_left_out(const struct restoring *restoring, struct lq_view name)
{
    const char *at = restoring->options->without;

    while (at != NULL) {
        const char *end = strchr(at, ',');
        size_t bytes = end != NULL ? (size_t)(end - at) : strlen(at);
        if (lq_view_equal(name, lq_view_of(at, bytes))) {
            return true;
        }
        at = end != NULL ? end + 1 : NULL;
    }
    return false;
}

static void add_tenant(struct restoring *restoring, struct lq_view name, uint64_t number)
{
    if (restoring->tenant_count == restoring->tenant_max) {
        restoring->tenant_max = restoring->tenant_max == 0 ? 64 : 2 * restoring->tenant_max;
        restoring->tenants =
            lq_realloc(restoring->tenants, restoring->tenant_max, sizeof *restoring->tenants);
    }
    struct tenant *tenant = &restoring->tenants[restoring->tenant_count++];
    *tenant = (struct tenant){.newest = 0};
    memcpy(tenant->name, name.data, name.bytes);
    tenant->is_left_out = is_left_out(restoring, name);
    lq_table_walk_stream(&tenant->stream, name, restoring->options->partition, number);
}

/* Whose streams and keys there are, the notes tell. */
static void hear_note(struct restoring *restoring, struct lq_view value)
{
    const char *only = restoring->options->tenant;
    struct lq_outbox_entry entry;
    struct lq_outbox_note note;
    struct tenant *tenant;

    if (lq_outbox_entry_decode(value, &entry) != LQ_OK ||
        lq_outbox_note_decode(value, &entry, &note) != LQ_OK) {
        return; /* said already */
    }
    if (entry.kind == LQ_OUTBOX_TENANT && find_tenant(restoring, entry.tenant_number) == NULL &&
        (only == NULL || lq_view_equal(note.name, lq_view_text(only)))) {
        add_tenant(restoring, note.name, entry.tenant_number);
    } else if (entry.kind == LQ_OUTBOX_KEY &&
               (tenant = find_tenant(restoring, entry.tenant_number)) != NULL) {
        tenant->key_note = entry.outbox_sequence;
        lq_key_notes_hear(&restoring->key_notes, &entry);
    } else if (entry.kind == LQ_OUTBOX_SESSION &&
               entry.session_number > restoring->newest_session) {
        restoring->newest_session = entry.session_number;
    }
}

/* Only a restore goes that far on: what was named before may have been left out by it. */
static void hear_epoch(struct restoring *restoring)
{
    uint64_t epoch = lq_broker_restore_epoch(restoring->broker);

    if (epoch >= restoring->epoch + LQ_TABLE_RESTORE_EPOCHS) {
        restoring->named_before = restoring->newest_session;
    }
    restoring->epoch = epoch;
}

static enum lq_result take_control(void *context, const struct lq_segment_entry *entry,
                                   const char **why)
{
    struct restoring *restoring = context;
    struct lq_outbox_entry outbox;
    enum lq_result result;

    switch (entry->kind) {
    case LQ_SEGMENT_OUTBOX:
        if (lq_outbox_entry_decode(entry->bytes, &outbox) == LQ_OK &&
            (outbox.kind == LQ_OUTBOX_EVENT || outbox.outbox_sequence != entry->sequence)) {
            *why = "an entry that does not belong there";
            return LQ_ERR_CORRUPT;
        }
        result = told_by_ledger(restoring, lq_ledger_restore_entry(restoring->ledger, entry->bytes),
                                why);
        if (result == LQ_OK) {
            hear_note(restoring, entry->bytes);
        }
        return result;
    case LQ_SEGMENT_BROKER:
        result = lq_broker_restore_entry(restoring->broker, entry->bytes, why);
        hear_epoch(restoring);
        return *why != NULL ? result : tell(restoring, result, "the broker's store");
    case LQ_SEGMENT_RECORD:
        break;
    }
    *why = "a record in the control stream";
    return LQ_ERR_CORRUPT;
}

static enum lq_result take_of_tenant(void *context, const struct lq_segment_entry *entry,
                                     const char **why)
{
    struct restoring *restoring = context;
    struct lq_outbox_entry outbox;

    if (entry->kind == LQ_SEGMENT_RECORD) {
        return told_by_ledger(restoring,
                              lq_ledger_restore_record(restoring->ledger, entry->bytes,
                                                       restoring->at->stream.first_number > 1),
                              why);
    }
    if (entry->kind == LQ_SEGMENT_OUTBOX &&
        lq_outbox_entry_decode(entry->bytes, &outbox) == LQ_OK && outbox.kind == LQ_OUTBOX_EVENT &&
        outbox.outbox_sequence == entry->sequence &&
        outbox.tenant_number == restoring->walk.reader.tenant_number) {
        return told_by_ledger(restoring, lq_ledger_restore_entry(restoring->ledger, entry->bytes),
                              why);
    }
    *why = "an entry that does not belong there";
    return LQ_ERR_CORRUPT;
}

/* ---- keys ---- */

static enum lq_result bad_keys(struct restoring *restoring, const struct tenant *tenant,
                               const char *what)
{
    lq_error_message_set(restoring->message, "item K of tenant %s in the table: %s", tenant->name,
                         what);
    return LQ_ERR_CORRUPT;
}

static enum lq_result decode_keys(struct restoring *restoring, const struct tenant *tenant,
                                  const struct lq_table_item *item, struct lq_key_item *keys,
                                  struct lq_view *rest)
{
    const struct lq_table_attribute *header = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);

    if (header == NULL || body == NULL ||
        lq_key_item_decode(header->view, body->view, lq_digest, keys) != LQ_OK) {
        return bad_keys(restoring, tenant, "it is damaged, or of a newer program");
    }
    if (keys->tenant_number != tenant->stream.tenant_number ||
        keys->partition != restoring->options->partition) {
        return bad_keys(restoring, tenant, "it is of another tenant");
    }
    *rest = body->view;
    return LQ_OK;
}

static enum lq_result take_keys(struct restoring *restoring, struct tenant *tenant,
                                const struct lq_table_item *item)
{
    uint8_t left[LQ_WRAPPED_KEY_HEADER_BYTES];
    struct lq_key_item keys;
    struct lq_view wrapped;
    struct lq_view rest;
    enum lq_result decoded = decode_keys(restoring, tenant, item, &keys, &rest);

    if (decoded != LQ_OK) {
        return decoded;
    }
    while (lq_key_item_next(&rest, &wrapped) == LQ_OK) {
        if (lq_key_notes_cut(&restoring->key_notes, keys.tenant_number, &wrapped, left)) {
            tenant->keys_are_old = true;
            restoring->restored->keys_destroyed++;
        }
        enum lq_result result =
            lq_ledger_restore_key(restoring->ledger, keys.tenant_number, wrapped);
        if (result == LQ_ERR_CORRUPT) {
            return bad_keys(restoring, tenant, lq_ledger_restore_why(restoring->ledger));
        }
        if (result != LQ_OK) {
            return tell(restoring, result, "the ledger");
        }
        tenant->has_keys = true;
    }
    return LQ_OK;
}

static enum lq_result read_keys(struct restoring *restoring, struct tenant *tenant)
{
    const struct lq_table_item *item;
    struct lq_segment_key key;

    if (tenant->is_left_out) {
        return LQ_OK;
    }
    tenant->keys_at = tenant->key_note;
    lq_segment_key_of_keys(lq_view_text(tenant->name), &key);
    enum lq_result result =
        lq_table_asker_get(&restoring->asker, key.pk, key.sk, &item, restoring->message);
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    return result == LQ_OK ? take_keys(restoring, tenant, item) : result;
}

static enum lq_result put_keys(struct restoring *restoring, const struct tenant *tenant,
                               const struct lq_key_item *keys, const uint8_t *body,
                               const struct lq_table_condition *condition)
{
    uint8_t header[LQ_KEY_ITEM_HEADER_BYTES];
    struct lq_segment_key key;
    struct lq_table_item item = {.attribute_count = 0};

    lq_key_item_encode(keys, lq_digest, body, header);
    lq_segment_key_of_keys(lq_view_text(tenant->name), &key);
    item.pk = lq_view_text(key.pk);
    item.sk = lq_view_text(key.sk);
    lq_table_item_add_number(&item, "n", keys->counter);
    lq_table_item_add_bytes(&item, "h", lq_view_of(header, sizeof header));
    lq_table_item_add_bytes(&item, "b", lq_view_of(body, keys->body_bytes));
    return lq_table_asker_put(&restoring->asker, &item, condition, restoring->message);
}

/* Item K without the keys that notes say are destroyed. */
static enum lq_result cut_keys(struct restoring *restoring, const struct tenant *tenant,
                               const struct lq_table_item *item)
{
    struct lq_key_item cut = {.partition = restoring->options->partition,
                              .tenant_number = tenant->stream.tenant_number,
                              .counter = tenant->key_note};
    const struct lq_table_condition below = {
        .requirement = LQ_TABLE_BELOW, .name = "n", .number = tenant->key_note + 1};
    uint8_t left[LQ_WRAPPED_KEY_HEADER_BYTES];
    struct lq_key_item keys;
    struct lq_view wrapped;
    struct lq_view rest;
    enum lq_result result = decode_keys(restoring, tenant, item, &keys, &rest);

    if (result != LQ_OK) {
        return result;
    }
    uint8_t *body = lq_alloc(KEYS_BYTES_MAX, 1);
    while (result == LQ_OK && lq_key_item_next(&rest, &wrapped) == LQ_OK) {
        (void)lq_key_notes_cut(&restoring->key_notes, keys.tenant_number, &wrapped, left);
        result = lq_key_item_add(&cut, wrapped, body, KEYS_BYTES_MAX);
    }
    if (result == LQ_OK) {
        result = put_keys(restoring, tenant, &cut, body, &below);
    }
    free(body);
    return result == LQ_ERR_CONFLICT
               ? bad_keys(restoring, tenant, "its n is above the notes about the tenant's keys")
               : result;
}

/* A key that was destroyed leaves the table too, if whoever should have seen to it died before. */
static enum lq_result destroy_keys(struct restoring *restoring, const struct tenant *tenant)
{
    const struct lq_table_item *item;
    struct lq_segment_key key;

    lq_segment_key_of_keys(lq_view_text(tenant->name), &key);
    enum lq_result result =
        lq_table_asker_get(&restoring->asker, key.pk, key.sk, &item, restoring->message);
    return result == LQ_OK ? cut_keys(restoring, tenant, item) : result;
}

/* Its creation is in the table, its key was not yet, and nothing is sealed under that: it gets
 * another one, in the table too. */
static enum lq_result make_key(struct restoring *restoring, struct tenant *tenant)
{
    const struct lq_table_condition absent = {.requirement = LQ_TABLE_ABSENT};
    struct lq_key_item keys = {.partition = restoring->options->partition,
                               .tenant_number = tenant->stream.tenant_number,
                               .counter = tenant->key_note};
    uint8_t wrapped[LQ_WRAPPED_KEY_BYTES];
    uint8_t body[LQ_WRAPPED_KEY_BYTES + LQ_KEY_ITEM_KEY_EXTRA_BYTES];
    enum lq_result result =
        lq_ledger_restore_new_key(restoring->ledger, keys.tenant_number, wrapped);

    if (result != LQ_OK) {
        return tell(restoring, result, "the ledger");
    }
    result = lq_key_item_add(&keys, lq_view_of(wrapped, sizeof wrapped), body, sizeof body);
    LQ_ASSERT(result == LQ_OK);
    result = put_keys(restoring, tenant, &keys, body, &absent);
    if (result == LQ_ERR_CONFLICT) {
        return bad_keys(restoring, tenant, "somebody has just put it; restore again");
    }
    restoring->restored->keys_made += result == LQ_OK;
    return result;
}

/* ---- before the claims ---- */

static enum lq_result read_control(struct restoring *restoring, uint64_t end)
{
    return lq_table_walk_read(&restoring->walk, &restoring->control, end, take_control, restoring,
                              restoring->message);
}

/* A session without records gets those of its base. One that begins late has to have a base of what
 * is before: else its first segments have not expired, they are missing. */
static enum lq_result take_base(void *context, const struct lq_base_header *base,
                                struct lq_base_reader *reader, const char **why)
{
    struct restoring *restoring = context;
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
        result = told_by_ledger(restoring,
                                lq_ledger_restore_record(restoring->ledger, record, true), why);
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
static enum lq_result read_bases(struct restoring *restoring, struct tenant *tenant)
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
    return tell(restoring, result, "the ledger");
}

static enum lq_result read_tenant(struct restoring *restoring, struct tenant *tenant, uint64_t end)
{
    if (!tenant->has_keys || end == 0) {
        return LQ_OK;
    }
    uint64_t before = lq_ledger_restore_late(restoring->ledger);
    uint64_t destroyed = lq_ledger_restore_destroyed(restoring->ledger);
    restoring->at = tenant;
    enum lq_result result = lq_table_walk_read(&restoring->walk, &tenant->stream, end,
                                               take_of_tenant, restoring, restoring->message);
    tenant->late += lq_ledger_restore_late(restoring->ledger) - before;
    if (result == LQ_OK && tenant->stream.first_number > 1) {
        result = read_bases(restoring, tenant);
    }
    tenant->destroyed += lq_ledger_restore_destroyed(restoring->ledger) - destroyed;
    return result;
}

/* The control stream names whatever a tenant's stream has. So the ends of those are looked at
 * before it is read to its end, and read up to there. */
static enum lq_result read_all(struct restoring *restoring)
{
    enum lq_result result = read_control(restoring, 0);

    for (uint32_t index = 0; result == LQ_OK && index < restoring->tenant_count; index++) {
        struct tenant *tenant = &restoring->tenants[index];
        result = lq_table_walk_newest(&restoring->walk, &tenant->stream, &tenant->newest,
                                      restoring->message);
    }
    if (result == LQ_OK) {
        result = read_control(restoring, 0);
    }
    for (uint32_t index = 0; result == LQ_OK && index < restoring->tenant_count; index++) {
        struct tenant *tenant = &restoring->tenants[index];
        result = read_keys(restoring, tenant);
        if (result == LQ_OK) {
            result = read_tenant(restoring, tenant, tenant->newest);
        }
    }
    return result;
}

/* The table says itself how far it has all; the streams' ends could be missing otherwise. */
static enum lq_result check_ends(struct restoring *restoring)
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
    struct restoring *restoring = context;
    const struct tenant *tenant = find_tenant(restoring, tenant_number);

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

static enum lq_result claim_control(struct restoring *restoring)
{
    restoring->claim.partition = restoring->options->partition;
    lq_random_bytes(restoring->claim.writer, sizeof restoring->claim.writer);
    enum lq_result result = lq_stream_claim(&restoring->asker, &restoring->control,
                                            &restoring->claim, restoring->message);
    restoring->restored->claim = restoring->claim.claim;
    restoring->control_claim = restoring->claim.number;
    return result == LQ_OK ? read_control(restoring, restoring->claim.number) : result;
}

static enum lq_result claim_tenant(struct restoring *restoring, struct tenant *tenant)
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
        result = read_keys(restoring, tenant);
    }
    if (result == LQ_OK && !tenant->has_keys && !tenant->is_left_out &&
        restoring->claim.covers_nothing) {
        result = make_key(restoring, tenant);
    }
    if (result == LQ_OK && !tenant->has_keys) {
        restoring->restored->tenants_without_keys++;
    }
    if (result == LQ_OK && tenant->keys_are_old) {
        result = destroy_keys(restoring, tenant);
    }
    return result == LQ_OK ? read_tenant(restoring, tenant, restoring->claim.number) : result;
}

static enum lq_result claim_all(struct restoring *restoring)
{
    enum lq_result result = claim_control(restoring);

    for (uint32_t index = 0; result == LQ_OK && index < restoring->tenant_count; index++) {
        result = claim_tenant(restoring, &restoring->tenants[index]);
    }
    return result;
}

/* ---- the whole ---- */

static enum lq_result open_stores(struct restoring *restoring)
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
                   .made_file = made_file[0]},
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

static enum lq_result finish_stores(struct restoring *restoring)
{
    struct lq_table_restored *restored = restoring->restored;
    uint64_t epoch = lq_broker_restore_epoch(restoring->broker);
    enum lq_result result = lq_ledger_restore_finish(restoring->ledger, &restored->ledger);

    if (result != LQ_OK) {
        return tell(restoring, result, "the ledger");
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
    return tell(restoring,
                lq_broker_restore_finish(restoring->broker, restored->epoch - 1, &restored->broker),
                "the broker's store");
}

static void tell_destroyed(const struct restoring *restoring)
{
    const struct lq_table_restore_options *options = restoring->options;

    for (uint32_t index = 0; index < restoring->tenant_count; index++) {
        if (options->on_destroyed != NULL && restoring->tenants[index].destroyed > 0) {
            options->on_destroyed(options->context, restoring->tenants[index].name,
                                  restoring->tenants[index].destroyed);
        }
    }
}

/* Who names one that is not there has meant another one. */
static enum lq_result check_left_out(struct restoring *restoring)
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

static enum lq_result take_over(struct restoring *restoring)
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

static enum lq_result run(struct restoring *restoring)
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
        result =
            tell(restoring, lq_ledger_restore_each_empty(restoring->ledger, check_empty, restoring),
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
    struct restoring restoring = {.options = options, .restored = restored, .message = message};

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
