// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/broker_store_handle.h"

#include "base/little_endian.h"
#include "world/identity.h"
#include "world/world_limits.h"

_Static_assert((int)LQ_BROKER_CURSOR_NAME_BYTES_MAX == (int)LQ_TENANT_NAME_BYTES_MAX,
               "a cursor is named as a tenant is");

static enum lq_result find(lq_broker_store_t *store, struct lq_view name, uint64_t *sequence)
{
    uint8_t value[LQ_BROKER_SEQUENCE_BYTES];
    struct lq_view view;
    enum lq_result result =
        lq_broker_store_get(store, LQ_BROKER_TABLE_CURSORS, name, value, sizeof value, &view);

    if (result == LQ_OK && view.bytes != sizeof value) {
        return LQ_ERR_CORRUPT;
    }
    *sequence = result == LQ_OK ? lq_get_u64(value) : 0;
    return result;
}

/* Whether a cursor that is not there yet may be made there. */
static enum lq_result check_new(lq_broker_store_t *store, uint64_t sequence)
{
    uint64_t count;

    if (sequence + 1 < lq_broker_outbox_first(&store->outbox)) {
        return LQ_ERR_CONFLICT;
    }
    enum lq_result result = lq_lmdb_environment_count(&store->environment, store->write_txn,
                                                      LQ_BROKER_TABLE_CURSORS, &count);
    return result == LQ_OK && count >= LQ_BROKER_CURSORS_MAX ? LQ_ERR_FULL : result;
}

enum lq_result lq_broker_store_set_cursor(lq_broker_store_t *store, struct lq_view name,
                                          uint64_t sequence)
{
    uint8_t value[LQ_BROKER_SEQUENCE_BYTES];
    uint64_t before;

    LQ_ASSERT(store->write_txn != NULL);
    if (!lq_tenant_name_valid(name)) {
        return LQ_ERR_INVALID;
    }
    if (sequence >= store->outbox.next_sequence) {
        return LQ_ERR_CONFLICT;
    }
    enum lq_result result = find(store, name, &before);
    if (result == LQ_ERR_NOT_FOUND) {
        result = check_new(store, sequence);
    } else if (result == LQ_OK && before >= sequence) {
        return LQ_OK; /* what it has passed may be gone, and requests come twice */
    }
    lq_put_u64(value, sequence);
    return result == LQ_OK
               ? lq_broker_store_put_sealed(store,
                                            (struct lq_broker_place){LQ_BROKER_TABLE_CURSORS, name},
                                            lq_view_of(value, sizeof value), 0)
               : result;
}

enum lq_result lq_broker_store_drop_cursor(lq_broker_store_t *store, struct lq_view name)
{
    MDB_val key = lq_lmdb_environment_value(name.data, name.bytes);

    LQ_ASSERT(store->write_txn != NULL);
    if (!lq_tenant_name_valid(name)) {
        return LQ_ERR_NOT_FOUND;
    }
    return lq_lmdb_environment_result(mdb_del(store->write_txn,
                                              store->environment.databases[LQ_BROKER_TABLE_CURSORS],
                                              &key, NULL),
                                      "drop a cursor");
}

enum lq_result lq_broker_store_take_cursor(struct lq_view key, struct lq_view value,
                                           struct lq_broker_feed_state *state)
{
    struct lq_broker_cursor *to = &state->cursors[state->cursor_count];

    if (state->cursor_count == LQ_BROKER_CURSORS_MAX ||
        key.bytes > LQ_BROKER_CURSOR_NAME_BYTES_MAX || value.bytes != LQ_BROKER_SEQUENCE_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(to->name, key.data, key.bytes);
    to->name[key.bytes] = '\0';
    to->sequence = lq_get_u64(value.data);
    state->cursor_count++;
    return LQ_OK;
}

struct listing {
    struct lq_broker_feed_state *state;
    enum lq_result result;
};

static bool list_cursor(void *context, struct lq_view key, struct lq_view value)
{
    struct listing *listing = context;

    listing->result = lq_broker_store_take_cursor(key, value, listing->state);
    return listing->result == LQ_OK;
}

enum lq_result lq_broker_store_feed_state(lq_broker_store_t *store,
                                          struct lq_broker_feed_state *state)
{
    const struct lq_broker_outbox *outbox =
        store->write_txn != NULL ? &store->outbox : &store->committed;
    struct listing listing = {state, LQ_OK};

    *state = (struct lq_broker_feed_state){.newest = outbox->next_sequence - 1,
                                           .first = lq_broker_outbox_first(outbox),
                                           .count = outbox->count,
                                           .bytes = outbox->bytes,
                                           .epoch = store->epoch};
    enum lq_result result = lq_broker_store_each(store, LQ_BROKER_TABLE_CURSORS,
                                                 lq_view_of(NULL, 0), list_cursor, &listing);
    return result == LQ_OK ? listing.result : result;
}
