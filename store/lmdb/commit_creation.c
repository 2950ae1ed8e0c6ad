// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/commit_rule.h"
#include "store/lmdb/commit_group.h"

static enum lq_result note_tenant(struct lq_commit_group *group,
                                  const struct lq_tenant_value *value, struct lq_view name)
{
    struct lq_outbox_entry tenant = {.kind = LQ_OUTBOX_TENANT, .tenant_number = value->number};
    struct lq_outbox_entry key = {
        .kind = LQ_OUTBOX_KEY, .tenant_number = value->number, .key_generation = 1};
    struct lq_outbox_note note = {.execution = value->execution, .name = name};
    enum lq_result result = lq_commit_outbox_note(group, &tenant, &note);

    return result == LQ_OK ? lq_commit_outbox_note(group, &key, &note) : result;
}

enum lq_result lq_commit_creation_tenant(struct lq_commit_group *group, struct lq_commit *item)
{
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    uint8_t generation[LQ_LEDGER_KEY_GENERATION_BYTES];
    uint8_t wrapped[LQ_WRAPPED_KEY_BYTES];
    uint8_t bytes[LQ_TENANT_VALUE_BYTES_MAX];
    struct lq_tenant_value value;
    struct lq_view key;
    size_t name_bytes = lq_ledger_key_tenant(item->names.tenant, name);

    if (name_bytes == 0) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    enum lq_result result =
        lq_ledger_lookup_tenant(group->ledger, group->txn, item->names.tenant, &value);
    if (result != LQ_OK && result != LQ_ERR_NOT_FOUND) {
        return lq_commit_group_decide_broken(item, result);
    }
    enum lq_commit_step step =
        lq_commit_rule_create(result == LQ_OK ? &value.execution : NULL, item->execution);
    if (step != LQ_COMMIT_STEP_APPEND) {
        lq_commit_group_decide(
            item, step == LQ_COMMIT_STEP_ALREADY ? LQ_COMMIT_ALREADY : LQ_COMMIT_EXISTS, 0, NULL);
        lq_commit_group_place_note(group, item);
        return LQ_OK;
    }
    value = (struct lq_tenant_value){.number = group->state.next_tenant_number++,
                                     .execution = item->execution};
    size_t value_bytes = lq_ledger_key_put_tenant(&value, bytes);
    lq_ledger_key_generation(value.number, 1, generation);
    lq_keyring_make_key(group->ledger->keyring, value.number, 1, wrapped);
    key = lq_view_of(name, name_bytes);
    lq_commit_group_tag(group, LQ_LEDGER_NAMES, key, bytes, value_bytes);
    result = lq_commit_group_add(group, LQ_LEDGER_NAMES, key, lq_view_of(bytes, value_bytes),
                                 &group->state.names);
    if (result == LQ_OK) {
        group->state.name_count++;
        group->state.key_count++;
        result =
            lq_commit_group_add(group, LQ_LEDGER_KEYS, lq_view_of(generation, sizeof generation),
                                lq_view_of(wrapped, sizeof wrapped), &group->state.keys);
    }
    if (result == LQ_OK) {
        result = note_tenant(group, &value, item->names.tenant);
    }
    lq_commit_group_decide(item, LQ_COMMIT_DONE, 0, NULL);
    lq_commit_group_place_note(group, item);
    return result;
}

/* A session that is there already: who created it? */
static enum lq_result compare_creation(struct lq_commit_group *group, struct lq_commit *item,
                                       uint64_t session_number)
{
    struct lq_record_header header;
    struct lq_head_state head;
    struct lq_view record;
    enum lq_result result = lq_ledger_lookup_head(group->ledger, group->txn, session_number, &head);

    if (result == LQ_OK && head.life == LQ_HEAD_DELETED) {
        lq_commit_group_decide(item, LQ_COMMIT_DELETED, head.frame, head.hash);
        lq_commit_group_place_note(group, item);
        return LQ_OK;
    }
    if (result == LQ_OK && lq_head_first_frame(&head) > 0) { /* who made it is not there any more */
        lq_commit_group_decide(item, LQ_COMMIT_EXISTS, 0, NULL);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_ledger_lookup_frame(group->ledger, group->txn,
                                        (struct lq_ledger_chain){session_number, &head}, 0, &record,
                                        &header);
    }
    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    enum lq_commit_step step = lq_commit_rule_create(&header.execution, item->execution);
    lq_commit_group_decide(item,
                           step == LQ_COMMIT_STEP_ALREADY ? LQ_COMMIT_ALREADY : LQ_COMMIT_EXISTS, 0,
                           record.data + LQ_RECORD_HASH_AT);
    item->ledger_sequence = head.ledger_sequence;
    lq_commit_group_place_note(group, item);
    return LQ_OK;
}

static enum lq_result note_session(struct lq_commit_group *group,
                                   const struct lq_session_value *value, struct lq_view name)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_SESSION,
                                    .tenant_number = value->tenant_number,
                                    .session_number = value->number};

    return lq_commit_outbox_note(group, &entry, &(struct lq_outbox_note){.name = name});
}

enum lq_result lq_commit_creation_session(struct lq_commit_group *group, struct lq_commit *item)
{
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    uint8_t bytes[LQ_SESSION_VALUE_BYTES];
    struct lq_tenant_value tenant;
    struct lq_session_value session;
    struct lq_head_state head = {0};
    struct lq_record_header header = {0};
    const uint8_t *key;
    size_t name_bytes = lq_ledger_key_session(item->names, name);
    enum lq_result result =
        lq_ledger_lookup_tenant(group->ledger, group->txn, item->names.tenant, &tenant);

    LQ_ASSERT(item->frame == 0);
    if (name_bytes == 0 || result == LQ_ERR_NOT_FOUND) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_ledger_lookup_session(group->ledger, group->txn, item->names, &session);
    }
    if (result == LQ_OK) {
        return compare_creation(group, item, session.number);
    }
    if (result != LQ_ERR_NOT_FOUND) {
        return lq_commit_group_decide_broken(item, result);
    }
    header.tenant_number = tenant.number;
    header.session_number = group->state.next_session_number;
    result = lq_commit_group_find_key(group, &header, &key);
    if (result != LQ_OK) {
        return lq_commit_group_decide_keyless(group, &header, item, result);
    }
    group->state.next_session_number++;
    session = (struct lq_session_value){header.session_number, header.tenant_number};
    lq_ledger_key_put_session(&session, bytes);
    lq_commit_group_tag(group, LQ_LEDGER_NAMES, lq_view_of(name, name_bytes), bytes, sizeof bytes);
    result = lq_commit_group_add(group, LQ_LEDGER_NAMES, lq_view_of(name, name_bytes),
                                 lq_view_of(bytes, sizeof bytes), &group->state.names);
    if (result == LQ_OK) {
        group->state.name_count++;
        group->state.session_count++;
        result = lq_commit_group_append(group, item, &header, &head, key);
    }
    if (result == LQ_OK) {
        result = note_session(group, &session, item->names.session);
    }
    if (result == LQ_OK) {
        lq_commit_group_place_note(group, item);
    }
    return result;
}
