// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_lookup.h"

/* A walk over the keys of `names` that begin with `prefix`: its kind alone, or also a tenant. */
struct walk {
    lq_ledger_t *ledger;
    struct lq_view prefix;
    struct lq_view after; /* the name to begin behind; empty: the first */
    struct lq_ledger_name *names;
    uint32_t count_max;
    uint32_t count;
};

static enum lq_result take_name(struct walk *walk, MDB_val key, MDB_val value)
{
    struct lq_view name = lq_view_of((const uint8_t *)key.mv_data + walk->prefix.bytes,
                                     key.mv_size - walk->prefix.bytes);
    struct lq_tenant_value tenant;
    struct lq_session_value session;
    struct lq_ledger_name *to = &walk->names[walk->count];
    bool is_tenant = walk->prefix.bytes == 1;

    if (lq_view_equal(name, walk->after)) {
        return LQ_OK;
    }
    if (name.bytes >= sizeof to->text) {
        return LQ_ERR_CORRUPT;
    }
    enum lq_result result =
        is_tenant ? lq_ledger_key_get_tenant(lq_lmdb_environment_view(value), &tenant)
                  : lq_ledger_key_get_session(lq_lmdb_environment_view(value), &session);
    if (result != LQ_OK) {
        return result;
    }
    to->number = is_tenant ? tenant.number : session.number;
    memcpy(to->text, name.data, name.bytes);
    to->text[name.bytes] = '\0';
    walk->count++;
    return LQ_OK;
}

static enum lq_result walk_names(struct walk *walk)
{
    uint8_t start[LQ_LEDGER_KEY_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX];
    MDB_cursor *cursor;
    MDB_val value;
    MDB_val key = lq_lmdb_environment_value(start, walk->prefix.bytes + walk->after.bytes);
    MDB_cursor_op op = MDB_SET_RANGE;
    enum lq_result result = LQ_OK;

    LQ_ASSERT(walk->ledger->reading);
    if (walk->after.bytes > LQ_SESSION_NAME_BYTES_MAX) {
        return LQ_ERR_INVALID;
    }
    memcpy(start, walk->prefix.data, walk->prefix.bytes);
    if (walk->after.bytes > 0) {
        memcpy(start + walk->prefix.bytes, walk->after.data, walk->after.bytes);
    }
    int code = mdb_cursor_open(walk->ledger->read_txn,
                               walk->ledger->environment.databases[LQ_LEDGER_NAMES], &cursor);
    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of names");
    }
    while (result == LQ_OK && walk->count < walk->count_max) {
        result = lq_lmdb_environment_result(mdb_cursor_get(cursor, &key, &value, op), "next name");
        op = MDB_NEXT;
        if (result != LQ_OK || key.mv_size <= walk->prefix.bytes ||
            memcmp(key.mv_data, walk->prefix.data, walk->prefix.bytes) != 0) {
            break;
        }
        result = take_name(walk, key, value);
    }
    mdb_cursor_close(cursor);
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

enum lq_result lq_ledger_list_tenants(lq_ledger_t *ledger, struct lq_view after,
                                      struct lq_ledger_name *names, uint32_t count_max,
                                      uint32_t *count)
{
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    size_t bytes = lq_ledger_key_tenant(lq_view_text("x"), key);

    LQ_ASSERT(bytes == 2);
    struct walk walk = {ledger, lq_view_of(key, 1), after, names, count_max, 0};
    enum lq_result result = walk_names(&walk);
    *count = walk.count;
    return result;
}

enum lq_result lq_ledger_list_sessions(lq_ledger_t *ledger, struct lq_view tenant,
                                       struct lq_view after, struct lq_ledger_name *names,
                                       uint32_t count_max, uint32_t *count)
{
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    struct lq_tenant_value value;
    size_t bytes = lq_ledger_key_session((struct lq_session_names){tenant, lq_view_text("x")}, key);

    *count = 0;
    LQ_ASSERT(ledger->reading);
    enum lq_result result = lq_ledger_lookup_tenant(ledger, ledger->read_txn, tenant, &value);
    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(bytes > 1);
    struct walk walk = {ledger, lq_view_of(key, bytes - 1), after, names, count_max, 0};
    result = walk_names(&walk);
    *count = walk.count;
    return result;
}
