// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The tables told again, in their order: each entry says what lies under a key, and that nothing
 * lies between it and the one told before. That is true when it is written, and what changes later
 * is told behind it. So it does not matter where a reader's copy stood, how often a step is made,
 * or what happens between two of them. */
#include "store/lmdb/broker_store_handle.h"

struct step {
    lq_broker_store_t *store;
    struct lq_broker_telling *telling;
    uint32_t table;
    uint64_t bytes; /* told by this step */
    bool has_more;  /* it ended before the table did */
    enum lq_result result;
};

/* Less where the outbox may have little: a step must not push out what it tells. */
static uint64_t bytes_max(const lq_broker_store_t *store)
{
    uint64_t share = store->outbox_bytes_max / 8;

    return share < LQ_BROKER_TELLING_BYTES ? share : LQ_BROKER_TELLING_BYTES;
}

static void put_place(struct lq_broker_telling *telling, uint32_t table, struct lq_view key)
{
    telling->place[0] = (uint8_t)table;
    if (key.bytes > 0) {
        memcpy(telling->place + 1, key.data, key.bytes);
    }
    telling->place_bytes = 1 + (uint32_t)key.bytes;
}

static struct lq_view told_before(const struct lq_broker_telling *telling)
{
    return lq_view_of(telling->place + 1, telling->place_bytes - 1);
}

static enum lq_result append(struct step *step, struct lq_view key, struct lq_view value)
{
    struct lq_broker_entry entry = {.kind = LQ_BROKER_ENTRY_TOLD, .table = step->table};
    const struct lq_broker_entry_body body = {
        .after = told_before(step->telling), .key = key, .value = value};

    step->bytes += lq_broker_entry_bytes(entry.kind, &body);
    return lq_broker_outbox_append(step->store, &entry, &body);
}

static bool tell(void *context, struct lq_view key, struct lq_view value)
{
    struct step *step = context;
    struct lq_broker_telling *telling = step->telling;
    uint8_t name[LQ_BROKER_KEY_BYTES_MAX];

    if (lq_view_equal(key, told_before(telling))) {
        return true;
    }
    if (telling->told >= LQ_BROKER_TELLING_ENTRIES ||
        (step->bytes > 0 && step->bytes + value.bytes > bytes_max(step->store))) {
        step->has_more = true;
        return false;
    }
    if (value.bytes == 0) {
        step->result = LQ_ERR_CORRUPT;
        return false;
    }
    LQ_ASSERT(key.bytes <= sizeof name);
    memcpy(name, key.data, key.bytes); /* the view dies with the next write */
    step->result = append(step, lq_view_of(name, key.bytes), value);
    put_place(telling, step->table, lq_view_of(name, key.bytes));
    telling->told++;
    return step->result == LQ_OK;
}

/* On to the end of a table, or of the step. */
static enum lq_result tell_table(struct step *step)
{
    struct lq_broker_telling *telling = step->telling;
    uint8_t from[LQ_BROKER_KEY_BYTES_MAX];
    struct lq_view before = told_before(telling);

    if (before.bytes > 0) {
        memcpy(from, before.data, before.bytes);
    }
    enum lq_result result =
        lq_broker_store_each(step->store, step->table, lq_view_of(from, before.bytes), tell, step);
    result = result == LQ_OK ? step->result : result;
    if (result != LQ_OK || step->has_more) {
        return result;
    }
    result = append(step, lq_view_of(NULL, 0), lq_view_of(NULL, 0));
    put_place(telling, step->table + 1, lq_view_of(NULL, 0));
    return result;
}

static enum lq_result count_all(lq_broker_store_t *store, uint64_t *all)
{
    enum lq_result result = LQ_OK;

    *all = 0;
    for (uint32_t table = 1; result == LQ_OK && table <= LQ_BROKER_TABLE_LAST; table++) {
        uint64_t count = 0;
        if (lq_broker_table_is_told_of(table)) {
            result =
                lq_lmdb_environment_count(&store->environment, store->write_txn, table, &count);
        }
        *all += count;
    }
    return result;
}

static bool is_a_place(const struct lq_broker_telling *telling)
{
    return telling->place_bytes <= LQ_BROKER_TELLING_PLACE_BYTES_MAX &&
           (telling->place_bytes == 0 || lq_broker_table_is_told_of(telling->place[0]));
}

static enum lq_result begin(lq_broker_store_t *store, struct lq_broker_telling *telling)
{
    struct lq_broker_entry entry = {.kind = LQ_BROKER_ENTRY_AGAIN};
    const struct lq_broker_entry_body nothing = {.limit = 0};

    put_place(telling, LQ_BROKER_TABLE_LIVE, lq_view_of(NULL, 0));
    return lq_broker_outbox_append(store, &entry, &nothing);
}

enum lq_result lq_broker_store_tell_again(lq_broker_store_t *store,
                                          struct lq_broker_telling *telling)
{
    struct step step = {.store = store, .telling = telling, .result = LQ_OK};
    enum lq_result result = LQ_OK;

    LQ_ASSERT(store->write_txn != NULL);
    if (!is_a_place(telling)) {
        return LQ_ERR_INVALID;
    }
    telling->first = store->outbox.next_sequence;
    telling->told = 0;
    if (telling->place_bytes == 0) {
        result = begin(store, telling);
    }
    while (result == LQ_OK && !step.has_more && lq_broker_table_is_told_of(telling->place[0])) {
        step.table = telling->place[0];
        result = tell_table(&step);
    }
    if (result == LQ_OK) {
        result = count_all(store, &telling->all);
    }
    telling->place_bytes = lq_broker_table_is_told_of(telling->place[0]) ? telling->place_bytes : 0;
    telling->last = store->outbox.next_sequence - 1;
    return result;
}
