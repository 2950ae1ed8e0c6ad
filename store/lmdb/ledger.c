// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger.h"

#include "base/alloc.h"
#include "store/lmdb/ledger_lookup.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLAIN_BYTES = LQ_RECORD_SALT_BYTES + LQ_TICK_BYTES_MAX };

static const struct lq_lmdb_database databases[LQ_LEDGER_DATABASES] = {
    [LQ_LEDGER_RECORDS] = {"ledger", MDB_INTEGERKEY},
    [LQ_LEDGER_HEADS] = {"heads", MDB_INTEGERKEY},
    [LQ_LEDGER_NAMES] = {"names", 0},
    [LQ_LEDGER_KEYS] = {"keys", 0},
    [LQ_LEDGER_FRAMES] = {"frames", 0},
    [LQ_LEDGER_OUTBOX] = {"outbox", MDB_INTEGERKEY},
    [LQ_LEDGER_CURSORS] = {"cursors", 0},
    [LQ_LEDGER_LETTERS] = {"letters", MDB_INTEGERKEY},
    [LQ_LEDGER_META] = {"meta", 0},
};

static enum lq_result say(char *message, enum lq_result result,
                          const struct lq_ledger_options *options, const char *what)
{
    snprintf(message, LQ_LMDB_MESSAGE_BYTES, "ledger %.180s: %s", options->folder, what);
    return result;
}

static enum lq_result put_meta(lq_ledger_t *ledger, MDB_txn *txn, const char *name,
                               const uint8_t *bytes, size_t count)
{
    MDB_val key = lq_lmdb_environment_value(name, strlen(name));
    MDB_val value = lq_lmdb_environment_value(bytes, count);

    return lq_lmdb_environment_result(
        mdb_put(txn, ledger->environment.databases[LQ_LEDGER_META], &key, &value, 0), "put meta");
}

/* Whether our master key is the one that this partition was made with. A new partition adopts it.
 */
static enum lq_result check_master(lq_ledger_t *ledger, MDB_txn *txn, bool is_new,
                                   const struct lq_ledger_options *options, char *message)
{
    uint8_t digest[LQ_HASH_BYTES];
    MDB_val key = lq_lmdb_environment_value(LQ_META_MASTER, sizeof LQ_META_MASTER - 1);
    MDB_val value;

    lq_keyring_master_digest(ledger->keyring, digest);
    if (is_new) {
        return put_meta(ledger, txn, LQ_META_MASTER, digest, sizeof digest);
    }
    int code = mdb_get(txn, ledger->environment.databases[LQ_LEDGER_META], &key, &value);
    if (code != 0) {
        return say(message, lq_lmdb_environment_result(code, "get the master digest"), options,
                   "its note of the master key is missing");
    }
    if (!lq_view_equal(lq_lmdb_environment_view(value), lq_view_of(digest, sizeof digest))) {
        return say(message, LQ_ERR_KEY, options, "made with another master key");
    }
    return LQ_OK;
}

static enum lq_result open_keys(lq_ledger_t *ledger, bool is_new,
                                const struct lq_ledger_options *options, char *message)
{
    if (options->master_key_file == NULL) {
        return ledger->writing ? say(message, LQ_ERR_KEY, options, "a writer needs a master key")
                               : LQ_OK;
    }
    enum lq_result result = lq_keyring_open(options->master_key_file, &ledger->keyring, message);
    if (result == LQ_ERR_NOT_FOUND && is_new) {
        /* LQ_ERR_EXISTS: another partition made it just now. */
        result = lq_keyring_create_master(options->master_key_file, message);
        if (result == LQ_OK || result == LQ_ERR_EXISTS) {
            result = lq_keyring_open(options->master_key_file, &ledger->keyring, message);
        }
    }
    /* Beside a ledger that is there, no key or one for everybody's eyes is no matter of waiting. */
    return result == LQ_ERR_NOT_FOUND || result == LQ_ERR_PERMISSION ? LQ_ERR_KEY : result;
}

/* Read what the partition is, and as a writer take it over. */
static enum lq_result enter(lq_ledger_t *ledger, MDB_txn *txn,
                            const struct lq_ledger_options *options, char *message)
{
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];
    struct lq_partition_state state;
    enum lq_result result = lq_ledger_lookup_partition(ledger, txn, &state);
    bool is_new = result == LQ_ERR_NOT_FOUND && ledger->writing;

    if (is_new) {
        lq_partition_state_clear(&state, options->partition);
    } else if (result != LQ_OK) {
        return say(message, result, options,
                   result == LQ_ERR_VERSION     ? "has a format this program does not know"
                   : result == LQ_ERR_NOT_FOUND ? "nothing there"
                                                : "cannot be read");
    }
    if (state.partition != options->partition) {
        return say(message, LQ_ERR_INVALID, options, "is another partition");
    }
    result = open_keys(ledger, is_new, options, message);
    if (result == LQ_OK && ledger->keyring != NULL) {
        result = check_master(ledger, txn, is_new, options, message);
    }
    if (result == LQ_OK && ledger->writing) {
        state.writer_epoch++;
        lq_partition_state_encode(&state, bytes);
        result = put_meta(ledger, txn, LQ_META_PARTITION, bytes, sizeof bytes);
        if (result != LQ_OK) {
            say(message, result, options, lq_result_text(result));
        }
    }
    ledger->writer_epoch = state.writer_epoch;
    return result;
}

static enum lq_result open_ledger(const struct lq_ledger_options *options, bool writing,
                                  lq_ledger_t **opened, char *message)
{
    lq_ledger_t *ledger = lq_alloc(1, sizeof *ledger);
    struct lq_lmdb_environment_options environment = {
        .folder = options->folder,
        .map_bytes = options->map_bytes,
        .databases = databases,
        .database_count = LQ_LEDGER_DATABASES,
        .writing = writing,
    };
    MDB_txn *txn = NULL;

    message[0] = '\0';
    ledger->writing = writing;
    ledger->partition = options->partition;
    enum lq_result result = lq_lmdb_environment_open(&environment, &ledger->environment, message);
    if (result == LQ_OK) {
        result = lq_lmdb_environment_begin(&ledger->environment, writing ? 0 : MDB_RDONLY, &txn);
    }
    if (result == LQ_OK) {
        result = enter(ledger, txn, options, message);
    }
    if (result == LQ_OK && writing) {
        int code = mdb_txn_commit(txn);
        txn = NULL;
        result = lq_lmdb_environment_result(code, "raise the writer epoch");
    }
    if (txn != NULL) {
        mdb_txn_abort(txn);
    }
    if (result != LQ_OK) {
        if (message[0] == '\0') {
            say(message, result, options, lq_result_text(result));
        }
        lq_ledger_close(&ledger);
        return result;
    }
    ledger->plain = lq_alloc(1, PLAIN_BYTES);
    if (writing) {
        ledger->slots = lq_alloc(LQ_COMMIT_ITEMS_MAX, sizeof *ledger->slots);
        ledger->secrets = lq_alloc(LQ_COMMIT_ITEMS_MAX, sizeof *ledger->secrets);
    }
    *opened = ledger;
    return LQ_OK;
}

enum lq_result lq_ledger_open_writer(const struct lq_ledger_options *options, lq_ledger_t **ledger,
                                     char *message)
{
    return open_ledger(options, true, ledger, message);
}

enum lq_result lq_ledger_open_reader(const struct lq_ledger_options *options, lq_ledger_t **ledger,
                                     char *message)
{
    return open_ledger(options, false, ledger, message);
}

void lq_ledger_close(lq_ledger_t **ledger)
{
    lq_ledger_t *closing = *ledger;

    if (closing == NULL) {
        return;
    }
    *ledger = NULL;
    if (closing->read_txn != NULL) {
        mdb_txn_abort(closing->read_txn);
    }
    lq_lmdb_environment_close(&closing->environment);
    lq_keyring_close(&closing->keyring);
    free(closing->plain);
    free(closing->slots);
    free(closing->secrets);
    free(closing);
}

uint64_t lq_ledger_writer_epoch(const lq_ledger_t *ledger)
{
    return ledger->writer_epoch;
}

void lq_ledger_map_use(lq_ledger_t *ledger, uint64_t *used_bytes, uint64_t *map_bytes)
{
    lq_lmdb_environment_map_use(&ledger->environment, used_bytes, map_bytes);
}
