// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A session is deleted: its head says so, and a note. Name and number stay taken, and its last
 * frame and H stay proven; its records go by and by. */
#include "store/lmdb/commit_group.h"

static enum lq_result mark(struct lq_commit_group *group, uint64_t session_number,
                           struct lq_head_state *head)
{
    uint8_t bytes[LQ_HEAD_BYTES];
    MDB_val key = lq_lmdb_environment_value(&session_number, sizeof session_number);

    head->life = LQ_HEAD_DELETED;
    lq_head_encode(head, bytes);
    MDB_val value = lq_lmdb_environment_value(bytes, sizeof bytes);
    return lq_lmdb_environment_result(
        mdb_put(group->txn, group->ledger->environment.databases[LQ_LEDGER_HEADS], &key, &value, 0),
        "mark a head as deleted");
}

static enum lq_result note(struct lq_commit_group *group, const struct lq_session_value *session,
                           const struct lq_head_state *head, bool is_quiet)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_DELETED,
                                    .tenant_number = session->tenant_number,
                                    .session_number = session->number,
                                    .frame = head->frame,
                                    .is_quiet = is_quiet};
    struct lq_outbox_note said = {.ledger_sequence = head->ledger_sequence};

    memcpy(said.hash, head->hash, LQ_HASH_BYTES);
    return lq_commit_outbox_note(group, &entry, &said);
}

enum lq_result lq_commit_delete_session(struct lq_commit_group *group, struct lq_commit *item)
{
    struct lq_session_value session;
    struct lq_head_state head;
    enum lq_result result =
        lq_ledger_lookup_session(group->ledger, group->txn, item->names, &session);

    if (result == LQ_ERR_NOT_FOUND) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_ledger_lookup_head(group->ledger, group->txn, session.number, &head);
    }
    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    bool was_deleted = head.life == LQ_HEAD_DELETED;
    if (!was_deleted) {
        result = mark(group, session.number, &head);
    }
    if (result == LQ_OK && !was_deleted) {
        result = note(group, &session, &head, item->is_quiet);
    }
    lq_commit_group_decide(item, was_deleted ? LQ_COMMIT_ALREADY : LQ_COMMIT_DONE, head.frame,
                           head.hash);
    item->ledger_sequence = head.ledger_sequence;
    lq_commit_group_place_note(group, item);
    return result;
}
