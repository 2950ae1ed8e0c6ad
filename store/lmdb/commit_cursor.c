// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/commit_group.h"

#include <stdio.h>

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static enum lq_result find(struct lq_commit_group *group, struct lq_view name, MDB_val *value)
{
    MDB_val key = lq_lmdb_environment_value(name.data, name.bytes);

    return lq_lmdb_environment_result(
        mdb_get(group->txn, group->ledger->environment.databases[LQ_LEDGER_CURSORS], &key, value),
        "get a cursor");
}

enum lq_result lq_commit_cursor_remove(struct lq_commit_group *group, struct lq_view name)
{
    MDB_val key = lq_lmdb_environment_value(name.data, name.bytes);
    uint8_t digest[LQ_HASH_BYTES];
    MDB_val value = {0, NULL};
    enum lq_result result = find(group, name, &value);

    if (result != LQ_OK) {
        return result;
    }
    lq_entry_proof_digest(name, lq_lmdb_environment_view(value), digest);
    lq_digest_sum_subtract(&group->state.cursors, digest);
    group->state.cursor_count--;
    return lq_lmdb_environment_result(
        mdb_del(group->txn, group->ledger->environment.databases[LQ_LEDGER_CURSORS], &key, NULL),
        "remove a cursor");
}

static enum lq_result put(struct lq_commit_group *group, struct lq_view name,
                          struct lq_feed_position position)
{
    uint8_t value[LQ_CURSOR_VALUE_BYTES];

    lq_ledger_key_put_cursor(position, value);
    lq_commit_group_tag(group, LQ_LEDGER_CURSORS, name, value, sizeof value);
    group->state.cursor_count++;
    return lq_commit_group_add(group, LQ_LEDGER_CURSORS, name, lq_view_of(value, sizeof value),
                               &group->state.cursors);
}

enum lq_result lq_commit_cursor_set(struct lq_commit_group *group, struct lq_commit *item)
{
    struct lq_feed_position position = item->position;
    const struct lq_partition_state *state = &group->state;
    struct lq_feed_position before = {0, 0};
    MDB_val value = {0, NULL};

    lq_commit_group_decide(item, LQ_COMMIT_DONE, 0, NULL);
    if (!lq_tenant_name_valid(item->cursor)) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (position.ledger_sequence >= state->next_ledger_sequence ||
        position.outbox_sequence >= state->next_outbox_sequence) {
        lq_commit_group_decide(item, LQ_COMMIT_CONFLICT, 0, NULL);
        return LQ_OK;
    }
    enum lq_result result = find(group, item->cursor, &value);
    if (result == LQ_OK) {
        result = lq_ledger_key_get_cursor(lq_lmdb_environment_view(value), &before);
        if (result == LQ_OK) {
            result = lq_commit_cursor_remove(group, item->cursor);
        }
    } else if (result == LQ_ERR_NOT_FOUND) {
        if (position.outbox_sequence + 1 < state->first_outbox_sequence) {
            lq_commit_group_decide(item, LQ_COMMIT_CONFLICT, 0, NULL);
            return LQ_OK;
        }
        if (state->cursor_count >= LQ_CURSORS_MAX) {
            lq_commit_group_decide(item, LQ_COMMIT_FULL, 0, NULL);
            return LQ_OK;
        }
        result = LQ_OK;
    }
    /* A cursor never goes back: what it has passed may be gone, and requests come twice. */
    position.ledger_sequence = greater(position.ledger_sequence, before.ledger_sequence);
    position.outbox_sequence = greater(position.outbox_sequence, before.outbox_sequence);
    return result == LQ_OK ? put(group, item->cursor, position) : result;
}

enum lq_result lq_commit_cursor_drop(struct lq_commit_group *group, struct lq_commit *item)
{
    enum lq_result result = lq_tenant_name_valid(item->cursor)
                                ? lq_commit_cursor_remove(group, item->cursor)
                                : LQ_ERR_NOT_FOUND;

    lq_commit_group_decide(item, result == LQ_OK ? LQ_COMMIT_DONE : LQ_COMMIT_UNKNOWN, 0, NULL);
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

enum lq_result lq_commit_cursor_list(struct lq_commit_group *group,
                                     struct lq_outbox_cursors *cursors)
{
    struct lq_feed_position position;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    enum lq_result result = LQ_OK;
    int code = mdb_cursor_open(group->txn, group->ledger->environment.databases[LQ_LEDGER_CURSORS],
                               &cursor);

    cursors->count = 0;
    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of cursors");
    }
    while (result == LQ_OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        result = key.mv_size > LQ_CURSOR_NAME_BYTES_MAX || cursors->count == LQ_CURSORS_MAX
                     ? LQ_ERR_CORRUPT
                     : lq_ledger_key_get_cursor(lq_lmdb_environment_view(value), &position);
        if (result == LQ_OK) {
            cursors->list[cursors->count].at = position;
            snprintf(cursors->list[cursors->count].name, sizeof cursors->list[0].name, "%.*s",
                     (int)key.mv_size, (const char *)key.mv_data);
            cursors->count++;
        }
    }
    mdb_cursor_close(cursor);
    return result == LQ_OK && code != MDB_NOTFOUND ? lq_lmdb_environment_result(code, "next cursor")
                                                   : result;
}
