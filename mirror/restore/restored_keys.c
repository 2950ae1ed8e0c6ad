// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/restored_keys.h"

#include "base/alloc.h"
#include "mirror/domain/key_item.h"
#include "store/seal/digest.h"
#include "store/seal/keyring.h"

#include <stdlib.h>

enum { KEYS_BYTES_MAX = 64 * 1024 };

static enum lq_result bad_keys(struct lq_restoring *restoring,
                               const struct lq_restoring_tenant *tenant, const char *what)
{
    lq_error_message_set(restoring->message, "item K of tenant %s in the table: %s", tenant->name,
                         what);
    return LQ_ERR_CORRUPT;
}

static enum lq_result decode_keys(struct lq_restoring *restoring,
                                  const struct lq_restoring_tenant *tenant,
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

static enum lq_result take_keys(struct lq_restoring *restoring, struct lq_restoring_tenant *tenant,
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
            return lq_restoring_tell(restoring, result, "the ledger");
        }
        tenant->has_keys = true;
    }
    return LQ_OK;
}

enum lq_result lq_restored_keys_read(struct lq_restoring *restoring,
                                     struct lq_restoring_tenant *tenant)
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

static enum lq_result put_keys(struct lq_restoring *restoring,
                               const struct lq_restoring_tenant *tenant,
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
static enum lq_result cut_keys(struct lq_restoring *restoring,
                               const struct lq_restoring_tenant *tenant,
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

enum lq_result lq_restored_keys_destroy(struct lq_restoring *restoring,
                                        const struct lq_restoring_tenant *tenant)
{
    const struct lq_table_item *item;
    struct lq_segment_key key;

    lq_segment_key_of_keys(lq_view_text(tenant->name), &key);
    enum lq_result result =
        lq_table_asker_get(&restoring->asker, key.pk, key.sk, &item, restoring->message);
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK; /* gone meanwhile: that is what was wanted */
    }
    return result == LQ_OK ? cut_keys(restoring, tenant, item) : result;
}

enum lq_result lq_restored_keys_make(struct lq_restoring *restoring,
                                     struct lq_restoring_tenant *tenant)
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
        return lq_restoring_tell(restoring, result, "the ledger");
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

enum lq_result lq_restored_keys_find(void *context, uint64_t tenant_number, uint32_t generation,
                                     const uint8_t **key)
{
    struct lq_restoring *restoring = context;
    struct lq_restoring_tenant *tenant = lq_restoring_find_tenant(restoring, tenant_number);

    if (tenant == NULL || !tenant->has_keys) {
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result =
        generation == 0
            ? LQ_ERR_KEY
            : lq_ledger_restore_find_key(restoring->ledger, tenant_number, generation, key);
    tenant->letters += result == LQ_ERR_KEY;
    return result;
}
