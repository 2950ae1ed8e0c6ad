// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/earlier_partition.h"

#include "store/lmdb/map_guard.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdio.h>

static const char state_key[] = "partition";

const struct lq_lmdb_database lq_earlier_databases[LQ_EARLIER_TABLES] = {
    [LQ_EARLIER_RECORDS] = {"ledger", MDB_INTEGERKEY},
    [LQ_EARLIER_HEADS] = {"heads", MDB_INTEGERKEY},
    [LQ_EARLIER_NAMES] = {"names", 0},
    [LQ_EARLIER_KEYS] = {"keys", 0},
    [LQ_EARLIER_FRAMES] = {"frames", 0},
    [LQ_EARLIER_OUTBOX] = {"outbox", MDB_INTEGERKEY},
    [LQ_EARLIER_CURSORS] = {"cursors", 0},
    [LQ_EARLIER_LETTERS] = {"letters", MDB_INTEGERKEY},
    [LQ_EARLIER_META] = {"meta", 0},
};

static enum lq_result say(const struct lq_earlier_partition *earlier, enum lq_result result,
                          struct lq_error_message *message, const char *what)
{
    lq_error_message_set(message, "ledger %.110s: %s", earlier->folder, what);
    return result;
}

enum lq_result lq_earlier_partition_get(struct lq_earlier_partition *earlier,
                                        enum lq_earlier_table table, struct lq_view key,
                                        struct lq_view *value)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val found = {0, NULL};
    int code = mdb_get(earlier->txn, earlier->environment.databases[table], &name, &found);

    *value = lq_lmdb_environment_view(found);
    return lq_lmdb_environment_result(code, "get");
}

void lq_earlier_partition_tag(const struct lq_earlier_partition *earlier,
                              enum lq_earlier_table table, struct lq_view key, struct lq_view value,
                              uint8_t tag[LQ_HASH_BYTES])
{
    const struct lq_entry_place place = {lq_earlier_databases[table].name,
                                         earlier->state.state.partition, key};

    lq_keyring_tag(earlier->keyring, &place, value, tag);
}

enum lq_result lq_earlier_partition_each(struct lq_earlier_partition *earlier,
                                         enum lq_earlier_table table, lq_earlier_entry_fn each,
                                         void *context)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    enum lq_result result = LQ_OK;
    int code = mdb_cursor_open(earlier->txn, earlier->environment.databases[table], &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor");
    }
    lq_map_guard_note(lq_earlier_databases[table].name);
    while (result == LQ_OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        result =
            each(context, table, lq_lmdb_environment_view(key), lq_lmdb_environment_view(value));
    }
    mdb_cursor_close(cursor);
    return result == LQ_OK && code != MDB_NOTFOUND ? lq_lmdb_environment_result(code, "next entry")
                                                   : result;
}

/* Format 1 has the digest of the key beside its state, and no tag. */
static enum lq_result check_key(struct lq_earlier_partition *earlier, struct lq_view value,
                                struct lq_error_message *message)
{
    const struct lq_earlier_state *state = &earlier->state;
    struct lq_view noted = lq_view_of(state->state.master_digest, LQ_HASH_BYTES);
    uint8_t digest[LQ_HASH_BYTES];
    enum lq_result result = LQ_OK;

    if (!state->has_proof) {
        result = lq_earlier_partition_get(earlier, LQ_EARLIER_META, lq_view_text("master"), &noted);
    }
    lq_keyring_master_digest(earlier->keyring, digest);
    if (result != LQ_OK || !lq_view_equal(noted, lq_view_of(digest, sizeof digest))) {
        return say(earlier, LQ_ERR_KEY, message, "made with another master key");
    }
    if (!state->has_proof) {
        return LQ_OK;
    }
    lq_earlier_partition_tag(earlier, LQ_EARLIER_META, lq_view_text(state_key),
                             lq_view_of(value.data, state->tag_at), digest);
    return memcmp(digest, value.data + state->tag_at, sizeof digest) == 0
               ? LQ_OK
               : say(earlier, LQ_ERR_CORRUPT, message,
                     "damaged: the state of the partition was not written with the master key");
}

/* Why a state is not one that can be converted. */
static enum lq_result refuse(const struct lq_earlier_partition *earlier, enum lq_result result,
                             struct lq_error_message *message)
{
    uint32_t format = earlier->state.format;
    char what[96];

    if (result != LQ_ERR_VERSION) {
        return say(earlier, LQ_ERR_CORRUPT, message,
                   "damaged: the state of the partition cannot be read");
    }
    snprintf(what, sizeof what,
             format == LQ_PARTITION_FORMAT ? "has format %" PRIu32 " already"
                                           : "has format %" PRIu32
                                             ", which this program does not know",
             format);
    return say(earlier, format == LQ_PARTITION_FORMAT ? LQ_ERR_STATE : LQ_ERR_VERSION, message,
               what);
}

/* Before the databases are looked at: a partition of this program's format has others. */
static enum lq_result read_state(struct lq_earlier_partition *earlier, struct lq_view *value,
                                 struct lq_error_message *message)
{
    int code = mdb_dbi_open(earlier->txn, lq_earlier_databases[LQ_EARLIER_META].name, 0,
                            &earlier->environment.databases[LQ_EARLIER_META]);

    if (code != 0 || lq_earlier_partition_get(earlier, LQ_EARLIER_META, lq_view_text(state_key),
                                              value) != LQ_OK) {
        return say(earlier, LQ_ERR_CORRUPT, message,
                   "damaged: the state of the partition is missing");
    }
    enum lq_result result = lq_earlier_state_decode(*value, lq_digest, &earlier->state);
    return result == LQ_OK ? LQ_OK : refuse(earlier, result, message);
}

static enum lq_result check_state(struct lq_earlier_partition *earlier, struct lq_view value,
                                  uint32_t partition, struct lq_error_message *message)
{
    const struct lq_earlier_state *state = &earlier->state;

    if (state->state.partition != partition) {
        return say(earlier, LQ_ERR_INVALID, message, "is another partition");
    }
    if (state->has_proof &&
        (state->state.transaction != mdb_txn_id(earlier->txn) ||
         lq_lmdb_environment_compare_before(&earlier->environment, state->state.transaction,
                                            state->state.meta_before) != LQ_OK)) {
        return say(earlier, LQ_ERR_CORRUPT, message,
                   "damaged: it shows an older state than its meta pages have");
    }
    return check_key(earlier, value, message);
}

enum lq_result lq_earlier_partition_open(struct lq_earlier_partition *earlier, uint32_t partition,
                                         struct lq_error_message *message)
{
    const struct lq_lmdb_environment_options options = {.folder = earlier->folder,
                                                        .databases = lq_earlier_databases,
                                                        .database_count = LQ_EARLIER_TABLES};
    struct lq_view value = {NULL, 0};

    earlier->txn = NULL;
    enum lq_result result = lq_lmdb_environment_open(&options, &earlier->environment, message);
    if (result == LQ_OK) {
        result = lq_lmdb_environment_begin(&earlier->environment, MDB_RDONLY, &earlier->txn);
    }
    if (result == LQ_OK && mdb_txn_id(earlier->txn) == 0) {
        return say(earlier, LQ_ERR_NOT_FOUND, message, "nothing there");
    }
    if (result == LQ_OK) {
        result = read_state(earlier, &value, message);
    }
    if (result == LQ_OK) {
        result =
            lq_lmdb_environment_databases(&options, &earlier->environment, earlier->txn, message);
    }
    return result == LQ_OK ? check_state(earlier, value, partition, message) : result;
}

void lq_earlier_partition_close(struct lq_earlier_partition *earlier)
{
    if (earlier->txn != NULL) {
        mdb_txn_abort(earlier->txn);
        earlier->txn = NULL;
    }
    lq_lmdb_environment_close(&earlier->environment);
}
