// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/limit_store.h"

#include "base/alloc.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#define MAP_BYTES (UINT64_C(64) << 30) /* sparse */
#define HEAD_BYTES 96u                 /* as the engine's heads */

struct lq_limit_store {
    MDB_env *env;
    MDB_dbi records, heads;
    uint64_t last_sequence;
    struct head_place {
        uint64_t token;
        uint64_t sequence;
    } places[LQ_LIMIT_BATCH_MAX];
};

static void check(int code, const char *what)
{
    lq_limit_demand(code == MDB_SUCCESS, what);
}

lq_limit_store_t *lq_limit_store_open(const char *folder)
{
    lq_limit_store_t *store = lq_alloc(1, sizeof *store);
    MDB_txn *txn;

    check(mdb_env_create(&store->env), "create an LMDB environment");
    check(mdb_env_set_maxdbs(store->env, 2), "set the number of databases");
    check(mdb_env_set_mapsize(store->env, MAP_BYTES), "set the map's size");
    check(mdb_env_open(store->env, folder, 0, 0600), "open the store");
    check(mdb_txn_begin(store->env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "ledger", MDB_CREATE | MDB_INTEGERKEY, &store->records), "open");
    check(mdb_dbi_open(txn, "heads", MDB_CREATE | MDB_INTEGERKEY, &store->heads), "open");
    check(mdb_txn_commit(txn), "commit");
    return store;
}

void lq_limit_store_close(lq_limit_store_t **store)
{
    if (*store != NULL) {
        mdb_env_close((*store)->env);
        free(*store);
        *store = NULL;
    }
}

static int compare_places(const void *left, const void *right)
{
    const struct head_place *a = left;
    const struct head_place *b = right;

    return a->token < b->token ? -1 : a->token > b->token;
}

static void put(MDB_cursor *cursor, uint64_t number, MDB_val *value, unsigned flags)
{
    MDB_val key = {sizeof number, &number};

    check(mdb_cursor_put(cursor, &key, value, flags), "put");
}

static void append_records(lq_limit_store_t *store, MDB_txn *txn,
                           const struct lq_limit_entry *entries, uint32_t count,
                           const uint8_t *body, size_t record_bytes)
{
    MDB_cursor *cursor;

    check(mdb_cursor_open(txn, store->records, &cursor), "open a cursor");
    for (uint32_t index = 0; index < count; index++) {
        MDB_val value = {record_bytes, NULL};
        store->places[index] = (struct head_place){entries[index].token, ++store->last_sequence};
        put(cursor, store->last_sequence, &value, MDB_APPEND | MDB_RESERVE);
        memcpy(value.mv_data, body, record_bytes);
        body += entries[index].bytes;
    }
    mdb_cursor_close(cursor);
}

static void put_heads(lq_limit_store_t *store, MDB_txn *txn, uint32_t count)
{
    uint64_t head[HEAD_BYTES / sizeof(uint64_t)] = {0};
    MDB_cursor *cursor;

    qsort(store->places, count, sizeof store->places[0], compare_places);
    check(mdb_cursor_open(txn, store->heads, &cursor), "open a cursor");
    for (uint32_t index = 0; index < count; index++) {
        MDB_val value = {sizeof head, head};
        head[0] = store->places[index].sequence;
        put(cursor, store->places[index].token, &value, 0);
    }
    mdb_cursor_close(cursor);
}

void lq_limit_store_commit(lq_limit_store_t *store, const struct lq_limit_entry *entries,
                           uint32_t count, const uint8_t *body, size_t record_bytes)
{
    MDB_txn *txn;

    LQ_ASSERT(count <= LQ_LIMIT_BATCH_MAX);
    check(mdb_txn_begin(store->env, NULL, 0, &txn), "begin");
    append_records(store, txn, entries, count, body, record_bytes);
    put_heads(store, txn, count);
    check(mdb_txn_commit(txn), "commit");
}
