// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The commit of a group, the path that every tick pays for.
 *
 * Two passes in one transaction. The first takes the items in order: it creates tenants and
 * sessions at once, and turns the names of frames into numbers. The second takes the frames sorted
 * by session number, so that the pages of `heads` are each touched once and in order, and seals
 * every record straight into the page where LMDB will keep it. Nothing is allocated per item.
 */
#include "store/core/commit_rule.h"
#include "store/core/content_prefix.h"
#include "store/lmdb/commit_group.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/map_size.h"

#include <stdlib.h>

/* A reader that was killed inside a transaction keeps every page from then on from being used
 * again, until somebody looks. */
enum { GROUPS_PER_READER_CHECK = 512 };

/* ---- first pass ---- */

static enum lq_result resolve_names(struct lq_commit_group *group, struct lq_commit *item,
                                    uint32_t item_index)
{
    struct lq_session_value session;
    enum lq_result result =
        lq_ledger_lookup_session(group->ledger, group->txn, item->names, &session);

    if (result == LQ_ERR_NOT_FOUND) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    group->ledger->slots[group->slot_count++] =
        (struct lq_commit_slot){session.number, session.tenant_number, item_index};
    return LQ_OK;
}

static enum lq_result take_item(struct lq_commit_group *group, struct lq_commit *item,
                                uint32_t item_index)
{
    if (item->content.bytes > LQ_TICK_BYTES_MAX) {
        lq_commit_group_decide(item, LQ_COMMIT_TOO_LARGE, 0, NULL);
        return LQ_OK;
    }
    /* A record whose content names another session could never be opened again. */
    LQ_ASSERT(item->content.bytes == 0
                  ? item->kind != LQ_COMMIT_FRAME && item->kind != LQ_COMMIT_CREATE_SESSION
                  : lq_content_prefix_matches(item->content, item->names));
    switch (item->kind) {
    case LQ_COMMIT_CREATE_TENANT:
        return lq_commit_creation_tenant(group, item);
    case LQ_COMMIT_CREATE_SESSION:
        return lq_commit_creation_session(group, item);
    case LQ_COMMIT_SET_CURSOR:
        return lq_commit_cursor_set(group, item);
    case LQ_COMMIT_DROP_CURSOR:
        return lq_commit_cursor_drop(group, item);
    case LQ_COMMIT_SHRED_TENANT:
        return lq_commit_shred(group, item);
    case LQ_COMMIT_SET_RETENTION:
        return lq_commit_retention_set(group, item);
    case LQ_COMMIT_ACCEPT_CLOCK:
        lq_commit_clock_accept(group, item);
        return LQ_OK;
    case LQ_COMMIT_DELETE_SESSION:
        return lq_commit_delete_session(group, item);
    case LQ_COMMIT_TELL_AGAIN:
        return lq_commit_telling_step(group, item);
    case LQ_COMMIT_FRAME:
        break;
    }
    LQ_ASSERT(item->kind == LQ_COMMIT_FRAME);
    return resolve_names(group, item, item_index);
}

/* ---- second pass ---- */

static int compare_slots(const void *left, const void *right)
{
    const struct lq_commit_slot *a = left;
    const struct lq_commit_slot *b = right;

    if (a->session_number != b->session_number) {
        return a->session_number < b->session_number ? -1 : 1;
    }
    return a->item_index < b->item_index ? -1 : 1;
}

static enum lq_result look_back(struct lq_commit_group *group, struct lq_commit *item,
                                uint64_t session_number, const struct lq_head_state *head)
{
    struct lq_record_header header;
    struct lq_view record;

    if (item->frame < lq_head_first_frame(head)) { /* who made it is not there any more */
        lq_commit_group_decide(item, LQ_COMMIT_CONFLICT, head->frame, head->hash);
        return LQ_OK;
    }
    enum lq_result result = lq_ledger_lookup_frame(group->ledger, group->txn,
                                                   (struct lq_ledger_chain){session_number, head},
                                                   item->frame, &record, &header);

    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    if (lq_commit_rule_past(header.execution, item->execution) == LQ_COMMIT_STEP_ALREADY) {
        lq_commit_group_decide(item, LQ_COMMIT_ALREADY, item->frame,
                               record.data + LQ_RECORD_HASH_AT);
        item->ledger_sequence = header.ledger_sequence;
        lq_commit_group_place_note(group, item);
    } else {
        lq_commit_group_decide(item, LQ_COMMIT_CONFLICT, head->frame, head->hash);
    }
    return LQ_OK;
}

static enum lq_result commit_frame(struct lq_commit_group *group, const struct lq_commit_slot *slot,
                                   struct lq_commit *item)
{
    MDB_val number = lq_lmdb_environment_value(&slot->session_number, sizeof slot->session_number);
    MDB_val value = {0, NULL};
    struct lq_head_state head;
    struct lq_record_header header = {0};
    const uint8_t *key;
    enum lq_result result = lq_lmdb_environment_result(
        mdb_cursor_get(group->heads, &number, &value, MDB_SET), "get a head");

    if (result == LQ_OK) {
        result = lq_head_decode(lq_lmdb_environment_view(value), &head);
    }
    if (result == LQ_OK && head.ledger_sequence >= group->state.next_ledger_sequence) {
        result = LQ_ERR_CORRUPT;
    }
    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    switch (lq_commit_rule_frame(&head, item->frame, item->execution)) {
    case LQ_COMMIT_STEP_ALREADY:
        lq_commit_group_decide(item, LQ_COMMIT_ALREADY, head.frame, head.hash);
        item->ledger_sequence = head.ledger_sequence;
        lq_commit_group_place_note(group, item);
        return LQ_OK;
    case LQ_COMMIT_STEP_LOOK_BACK:
        return look_back(group, item, slot->session_number, &head);
    case LQ_COMMIT_STEP_APPEND:
        break;
    case LQ_COMMIT_STEP_CONFLICT:
    case LQ_COMMIT_STEP_EXISTS:
        lq_commit_group_decide(item, LQ_COMMIT_CONFLICT, head.frame, head.hash);
        return LQ_OK;
    }
    if (head.life == LQ_HEAD_DELETED) {
        lq_commit_group_decide(item, LQ_COMMIT_DELETED, head.frame, head.hash);
        return LQ_OK;
    }
    header.tenant_number = slot->tenant_number;
    header.session_number = slot->session_number;
    result = lq_commit_group_find_key(group, &header, &key);
    return result == LQ_OK ? lq_commit_group_append(group, item, &header, &head, key)
                           : lq_commit_group_decide_keyless(group, &header, item, result);
}

/* ---- the transaction ---- */

static enum lq_result begin_group(struct lq_commit_group *group)
{
    const MDB_dbi *dbi = group->ledger->environment.databases;
    enum lq_result result = lq_lmdb_environment_begin(&group->ledger->environment, 0, &group->txn);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_state_get(group->ledger, group->txn, &group->state);
    if (result != LQ_OK) {
        return result;
    }
    if (group->state.writer_epoch != group->ledger->writer_epoch) {
        return LQ_ERR_STALE;
    }
    lq_commit_clock_look(group);
    result = lq_lmdb_environment_result(
        mdb_cursor_open(group->txn, dbi[LQ_LEDGER_RECORDS], &group->records), "open a cursor");
    return result == LQ_OK ? lq_lmdb_environment_result(
                                 mdb_cursor_open(group->txn, dbi[LQ_LEDGER_HEADS], &group->heads),
                                 "open a cursor")
                           : result;
}

static enum lq_result run_group(struct lq_commit_group *group, struct lq_commit *items,
                                uint32_t count)
{
    struct lq_commit_slot *slots = group->ledger->slots;
    enum lq_result result = begin_group(group);

    for (uint32_t index = 0; result == LQ_OK && index < count; index++) {
        result = take_item(group, &items[index], index);
    }
    if (result == LQ_OK) {
        qsort(slots, group->slot_count, sizeof *slots, compare_slots);
    }
    for (uint32_t index = 0; result == LQ_OK && index < group->slot_count; index++) {
        result = commit_frame(group, &slots[index], &items[slots[index].item_index]);
    }
    if (result == LQ_OK) {
        result = lq_commit_outbox_trim(group);
    }
    if (result == LQ_OK) {
        result = lq_commit_compaction_step(group);
    }
    return result == LQ_OK ? lq_ledger_state_put(group->ledger, group->txn, &group->state) : result;
}

/* A whole attempt; ends the transaction in any case. */
static enum lq_result try_group(lq_ledger_t *ledger, struct lq_commit *items, uint32_t count)
{
    struct lq_commit_group group = {.ledger = ledger};

    lq_record_seal_draw(ledger->secrets, count);
    enum lq_result result = run_group(&group, items, count);
    lq_record_seal_forget(ledger->secrets, count);
    if (result == LQ_OK) {
        result = lq_lmdb_environment_commit(&ledger->environment, group.txn, "commit");
    } else if (group.txn != NULL) {
        mdb_txn_abort(group.txn);
    }
    if (result != LQ_OK) {
        /* Numbers of tenants that this transaction created are given again, with other keys. */
        lq_keyring_forget(ledger->keyring);
        memset(ledger->generations, 0, sizeof ledger->generations);
    }
    return result;
}

/* A map that is full is raised, and the group tried again, until it fits or the map may not grow
 * any more; a group of the largest size needs a few steps of a small map. Each try begins with
 * nothing: the one before was aborted. */
static enum lq_result grow_and_try(lq_ledger_t *ledger, struct lq_commit *items, uint32_t count)
{
    enum lq_result result = LQ_ERR_MAP_FULL;

    while (result == LQ_ERR_MAP_FULL) {
        enum lq_result raised =
            lq_map_size_raise(ledger->environment.env, ledger->environment.map_bytes_max);
        if (raised != LQ_OK) {
            return raised;
        }
        result = try_group(ledger, items, count);
    }
    return result;
}

enum lq_result lq_ledger_commit(lq_ledger_t *ledger, struct lq_commit *items, uint32_t count)
{
    size_t bytes = 0;

    LQ_ASSERT(ledger->writing);
    LQ_ASSERT(!ledger->reading);
    for (uint32_t index = 0; index < count; index++) {
        bytes += items[index].content.bytes;
    }
    if (count > LQ_COMMIT_ITEMS_MAX || bytes > LQ_COMMIT_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    if (count == 0) {
        return LQ_OK;
    }
    if (++ledger->group_count % GROUPS_PER_READER_CHECK == 0) {
        (void)lq_lmdb_environment_clear_readers(&ledger->environment);
    }
    enum lq_result result = try_group(ledger, items, count);
    if (result == LQ_ERR_MAP_FULL && lq_lmdb_environment_clear_readers(&ledger->environment) > 0) {
        /* A dead reader held pages that were free. */
        result = try_group(ledger, items, count);
    }
    if (result == LQ_ERR_MAP_FULL) {
        result = grow_and_try(ledger, items, count);
    }
    switch (result) {
    case LQ_OK:
    case LQ_ERR_DISK_FULL:
    case LQ_ERR_MAP_FULL:
    case LQ_ERR_STALE:
        return result;
    default: /* what is left can only be a disk or file that failed under us */
        return LQ_ERR_IO;
    }
}
