// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/table_mark.h"

#include "mirror/domain/segment_key.h"
#include "store/core/partition_state.h"
#include "store/seal/digest.h"
#include "store/seal/keyring.h"

#include <inttypes.h>

static uint64_t number_of(const struct lq_table_item *item, const char *name)
{
    const struct lq_table_attribute *number = lq_table_item_find(item, name, LQ_TABLE_NUMBER);

    return number != NULL ? number->number : 0;
}

enum lq_result lq_table_mark_read(struct lq_table_asker *asker, uint32_t partition,
                                  struct lq_table_mark *mark, struct lq_error_message *message)
{
    const struct lq_table_item *item;
    struct lq_segment_key key;

    lq_segment_key_of_state(partition, &key);
    enum lq_result result = lq_table_asker_get(asker, key.pk, key.sk, &item, message);
    if (result == LQ_ERR_NOT_FOUND) {
        lq_error_message_set(message, "table %.100s has no partition %" PRIu32, asker->table,
                             partition);
    }
    if (result == LQ_ERR_IO && asker->has_no_table) {
        return LQ_ERR_NOT_FOUND; /* and said */
    }
    if (result != LQ_OK) {
        return result;
    }
    const struct lq_table_attribute *bytes = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    result = bytes == NULL ? LQ_ERR_CORRUPT
                           : lq_partition_item_decode(bytes->view, lq_digest, &mark->item);
    bool has_numbers = lq_table_item_find(item, "l", LQ_TABLE_NUMBER) != NULL &&
                       lq_table_item_find(item, "o", LQ_TABLE_NUMBER) != NULL;
    if (result != LQ_OK || mark->item.partition != partition || !has_numbers ||
        number_of(item, "n") != mark->item.claim) {
        lq_error_message_set(message, "item M of partition %" PRIu32 " in table %.100s is %s",
                             partition, asker->table,
                             result == LQ_ERR_VERSION ? "of a newer program" : "damaged");
        return result == LQ_ERR_VERSION ? result : LQ_ERR_CORRUPT;
    }
    if (mark->item.ledger_format != LQ_PARTITION_FORMAT) {
        lq_error_message_set(message,
                             "table %.100s has a ledger of format %" PRIu32
                             ", this program knows format %u",
                             asker->table, mark->item.ledger_format, LQ_PARTITION_FORMAT);
        return LQ_ERR_VERSION;
    }
    mark->ledger_sequence = number_of(item, "l");
    mark->outbox_sequence = number_of(item, "o");
    mark->broker_sequence = number_of(item, "q");
    mark->published_outbox = number_of(item, "e");
    mark->published_broker = number_of(item, "f");
    return LQ_OK;
}

enum lq_result lq_table_mark_check_key(const struct lq_table_mark *mark,
                                       const char *master_key_file,
                                       struct lq_error_message *message)
{
    uint8_t digest[LQ_HASH_BYTES];
    lq_keyring_t *keyring = NULL;
    enum lq_result result = lq_keyring_open(master_key_file, &keyring, message);

    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND ? LQ_ERR_KEY : result;
    }
    lq_keyring_master_digest(keyring, digest);
    lq_keyring_close(&keyring);
    if (memcmp(digest, mark->item.master_digest, sizeof digest) != 0) {
        lq_error_message_set(message,
                             "the table was written under another master key than that of %.200s",
                             master_key_file);
        return LQ_ERR_KEY;
    }
    return LQ_OK;
}

enum lq_result lq_table_mark_write(struct lq_table_asker *asker, const struct lq_table_mark *mark,
                                   struct lq_error_message *message)
{
    const struct lq_table_condition below = {
        .requirement = LQ_TABLE_BELOW, .name = "n", .number = mark->item.claim};
    uint8_t bytes[LQ_PARTITION_ITEM_BYTES];
    const struct lq_table_item *found;
    struct lq_table_item change = {.attribute_count = 0};
    struct lq_segment_key key;

    lq_partition_item_encode(&mark->item, lq_digest, bytes);
    lq_segment_key_of_state(mark->item.partition, &key);
    change.pk = lq_view_text(key.pk);
    change.sk = lq_view_text(key.sk);
    lq_table_item_add_number(&change, "n", mark->item.claim);
    lq_table_item_add_bytes(&change, "h", lq_view_of(bytes, sizeof bytes));
    lq_table_item_add_number(&change, "l", mark->ledger_sequence);
    lq_table_item_add_number(&change, "o", mark->outbox_sequence);
    lq_table_item_add_number(&change, "q", mark->broker_sequence);
    enum lq_result result = lq_table_asker_update(asker, &change, &below, message);
    if (result != LQ_ERR_CONFLICT) {
        return result;
    }
    result =
        lq_table_asker_get(asker, key.pk, key.sk, &found, message); /* a try without an answer? */
    const struct lq_table_attribute *there =
        result == LQ_OK ? lq_table_item_find(found, "h", LQ_TABLE_BYTES) : NULL;
    if (there != NULL && lq_view_equal(there->view, lq_view_of(bytes, sizeof bytes))) {
        return LQ_OK;
    }
    lq_error_message_set(message, "another writer has claimed table %.100s meanwhile",
                         asker->table);
    return LQ_ERR_CONFLICT;
}
