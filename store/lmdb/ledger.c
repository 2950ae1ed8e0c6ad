// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "store/core/earlier_state.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/map_guard.h"
#include "store/seal/random_bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLAIN_BYTES = LQ_RECORD_SALT_BYTES + LQ_TICK_BYTES_MAX };
#define ENTRY_BYTES (UINT64_C(256) * 1024) /* what the transaction of an open takes, and more */

const struct lq_lmdb_database lq_ledger_databases[LQ_LEDGER_DATABASES] = {
    [LQ_LEDGER_RECORDS] = {"ledger", MDB_INTEGERKEY},
    [LQ_LEDGER_HEADS] = {"heads", MDB_INTEGERKEY},
    [LQ_LEDGER_NAMES] = {"names", 0},
    [LQ_LEDGER_KEYS] = {"keys", 0},
    [LQ_LEDGER_FRAMES] = {"frames", 0},
    [LQ_LEDGER_OUTBOX] = {"outbox", MDB_INTEGERKEY},
    [LQ_LEDGER_CURSORS] = {"cursors", 0},
    [LQ_LEDGER_LETTERS] = {"letters", MDB_INTEGERKEY},
    [LQ_LEDGER_PROOFS] = {"proofs", MDB_INTEGERKEY},
    [LQ_LEDGER_META] = {"meta", 0},
};

static enum lq_result say(struct lq_error_message *message, enum lq_result result,
                          const struct lq_ledger_options *options, const char *what)
{
    lq_error_message_set(message, "ledger %.110s: %s", options->folder, what);
    return result;
}

static struct lq_clock_pair read_clocks(void)
{
    return (struct lq_clock_pair){lq_clock_wall_ns(), lq_clock_running_ns()};
}

static enum lq_result open_keys(lq_ledger_t *ledger, bool is_new,
                                const struct lq_ledger_options *options,
                                struct lq_error_message *message)
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

/* A partition in which nothing happened yet. */
static enum lq_result found_partition(lq_ledger_t *ledger, struct lq_partition_state *state,
                                      const struct lq_ledger_options *options,
                                      struct lq_error_message *message)
{
    enum lq_result result = open_keys(ledger, true, options, message);

    if (result == LQ_OK) {
        lq_partition_state_clear(state, options->partition);
        lq_keyring_master_digest(ledger->keyring, state->master_digest);
        lq_random_bytes(state->history, sizeof state->history);
    }
    return result;
}

/* A writer goes on only where nothing is missing that the state of the partition knows of. */
static enum lq_result compare_counts(lq_ledger_t *ledger, MDB_txn *txn,
                                     const struct lq_partition_state *state,
                                     const struct lq_ledger_options *options,
                                     struct lq_error_message *message)
{
    char what[128];

    for (unsigned database = 0; database < LQ_LEDGER_DATABASES; database++) {
        uint64_t wanted = lq_ledger_state_count(state, database);
        uint64_t count;
        enum lq_result result =
            lq_lmdb_environment_count(&ledger->environment, txn, database, &count);
        if (result != LQ_OK) {
            return result;
        }
        if (count != wanted) {
            snprintf(what, sizeof what,
                     "damaged: its database \"%s\" has %" PRIu64 " entries instead of %" PRIu64,
                     lq_ledger_databases[database].name, count, wanted);
            return say(message, LQ_ERR_CORRUPT, options, what);
        }
    }
    return LQ_OK;
}

static enum lq_result check_key(lq_ledger_t *ledger, MDB_txn *txn,
                                const struct lq_partition_state *state,
                                const struct lq_ledger_options *options,
                                struct lq_error_message *message)
{
    uint8_t digest[LQ_HASH_BYTES];

    if (ledger->keyring == NULL) {
        return LQ_OK;
    }
    lq_keyring_master_digest(ledger->keyring, digest);
    if (memcmp(digest, state->master_digest, sizeof digest) != 0) {
        return say(message, LQ_ERR_KEY, options, "made with another master key");
    }
    if (lq_ledger_state_prove(ledger, txn) != LQ_OK) {
        return say(message, LQ_ERR_CORRUPT, options,
                   "damaged: the state of the partition was not written with the master key");
    }
    return LQ_OK;
}

static enum lq_result refuse_format(uint32_t format, const struct lq_ledger_options *options,
                                    struct lq_error_message *message)
{
    char what[160];

    snprintf(what, sizeof what,
             format <= LQ_EARLIER_STATE_FORMATS
                 ? "has format %" PRIu32 ", which an earlier release wrote: "
                   "lqctl store convert --from OLD --to NEW writes it anew in this one's"
                 : "has format %" PRIu32 ", which this program does not know",
             format);
    return say(message, LQ_ERR_VERSION, options, what);
}

/* Another format has other databases: what it is comes before what it lacks. */
static enum lq_result refuse_other_format(lq_ledger_t *ledger, MDB_txn *txn,
                                          const struct lq_ledger_options *options,
                                          struct lq_error_message *message)
{
    struct lq_partition_state state;

    if (ledger->environment.is_new ||
        mdb_dbi_open(txn, lq_ledger_databases[LQ_LEDGER_META].name, 0,
                     &ledger->environment.databases[LQ_LEDGER_META]) != 0 ||
        lq_ledger_state_get(ledger, txn, &state) != LQ_ERR_VERSION) {
        return LQ_OK;
    }
    return refuse_format(lq_ledger_state_format(ledger, txn), options, message);
}

/* Read what the partition is, and see that it is ours. */
static enum lq_result find_partition(lq_ledger_t *ledger, MDB_txn *txn,
                                     struct lq_partition_state *state,
                                     const struct lq_ledger_options *options,
                                     struct lq_error_message *message)
{
    enum lq_result result = lq_ledger_state_get(ledger, txn, state);

    if (result != LQ_OK) {
        return say(message, result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result, options,
                   result == LQ_ERR_NOT_FOUND
                       ? "damaged: the state of the partition is missing"
                       : "damaged: the state of the partition cannot be read");
    }
    if (state->partition != options->partition) {
        return say(message, LQ_ERR_INVALID, options, "is another partition");
    }
    /* A writer's transaction sees what the one before it wrote. */
    if (state->transaction != mdb_txn_id(txn) - (ledger->writing ? 1 : 0) ||
        lq_lmdb_environment_compare_before(&ledger->environment, state->transaction,
                                           state->meta_before) != LQ_OK) {
        return say(message, LQ_ERR_CORRUPT, options,
                   "damaged: it shows an older state than its meta pages have");
    }
    result = open_keys(ledger, false, options, message);
    if (result == LQ_OK) {
        result = check_key(ledger, txn, state, options, message);
    }
    if (result == LQ_OK && ledger->writing) {
        result = compare_counts(ledger, txn, state, options, message);
    }
    if (result == LQ_OK && ledger->writing &&
        lq_ledger_state_compare_heads(ledger, txn, state) != LQ_OK) {
        return say(message, LQ_ERR_CORRUPT, options,
                   "damaged: its heads are not those that its records add up to");
    }
    return result;
}

/* Open the databases, read what the partition is, and as a writer take it over. */
static enum lq_result enter(lq_ledger_t *ledger, MDB_txn *txn,
                            const struct lq_lmdb_environment_options *environment,
                            const struct lq_ledger_options *options,
                            struct lq_error_message *message)
{
    struct lq_partition_state state;
    enum lq_result result = refuse_other_format(ledger, txn, options, message);

    if (result == LQ_OK) {
        result = lq_lmdb_environment_databases(environment, &ledger->environment, txn, message);
    }
    if (result == LQ_OK) {
        result = ledger->environment.is_new ? found_partition(ledger, &state, options, message)
                                            : find_partition(ledger, txn, &state, options, message);
    }
    if (result == LQ_OK && ledger->writing) {
        lq_wall_guard_begin(&ledger->wall_guard, state.wall_verdict, state.committed_wall_ns,
                            ledger->clock());
        state.wall_verdict = ledger->wall_guard.verdict;
        ledger->drop_waits_for_clock = state.drop_waits;
        state.writer_epoch++;
        result = lq_ledger_state_put(ledger, txn, &state);
    }
    if (result == LQ_OK) {
        ledger->writer_epoch = state.writer_epoch;
    }
    return result;
}

/* The first transaction: of a writer it also raises the writer epoch, in a commit of its own. */
static enum lq_result open_partition(lq_ledger_t *ledger,
                                     const struct lq_lmdb_environment_options *environment,
                                     const struct lq_ledger_options *options,
                                     struct lq_error_message *message)
{
    MDB_txn *txn = NULL;
    enum lq_result result = lq_lmdb_environment_open(environment, &ledger->environment, message);

    if (result == LQ_OK && environment->writing) {
        /* So that one which was full under the writer before can be entered. */
        result = lq_lmdb_environment_make_room(&ledger->environment, ENTRY_BYTES);
        result = result == LQ_ERR_IO ? LQ_ERR_IO : LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_lmdb_environment_begin(&ledger->environment,
                                           environment->writing ? 0 : MDB_RDONLY, &txn);
    }
    if (result != LQ_OK) {
        return result;
    }
    if (!environment->writing && mdb_txn_id(txn) == 0) {
        result = say(message, LQ_ERR_NOT_FOUND, options, "nothing there");
    } else {
        result = enter(ledger, txn, environment, options, message);
    }
    if (result != LQ_OK) {
        mdb_txn_abort(txn);
        return result;
    }
    result = lq_lmdb_environment_commit(&ledger->environment, txn, "enter the partition");
    return result == LQ_OK && environment->writing
               ? lq_lmdb_environment_note_made(environment, &ledger->environment)
               : result;
}

static enum lq_result open_ledger(const struct lq_ledger_options *options, bool writing,
                                  lq_ledger_t **opened, struct lq_error_message *message)
{
    lq_ledger_t *ledger = lq_alloc(1, sizeof *ledger);
    const struct lq_lmdb_environment_options environment = {
        .folder = options->folder,
        .map_bytes = options->map_bytes,
        .map_bytes_max = options->map_bytes_max,
        .databases = lq_ledger_databases,
        .database_count = LQ_LEDGER_DATABASES,
        .writing = writing,
        .made_file = options->made_file,
    };

    message->text[0] = '\0';
    ledger->folder = lq_alloc(strlen(options->folder) + 1, 1);
    memcpy(ledger->folder, options->folder, strlen(options->folder) + 1);
    ledger->writing = writing;
    ledger->partition = options->partition;
    ledger->outbox_bytes_max = options->outbox_bytes_max;
    ledger->keyframe_every =
        options->keyframe_every == 0 ? LQ_RECORD_SPAN_MAX : options->keyframe_every;
    ledger->cache_bytes = options->cache_bytes == 0 ? LQ_LEDGER_CACHE_BYTES : options->cache_bytes;
    LQ_ASSERT(ledger->keyframe_every <= LQ_RECORD_SPAN_MAX);
    ledger->retention_s = options->retention_s;
    ledger->clock = options->clock != NULL ? options->clock : read_clocks;
    lq_map_guard_enter(options->folder, "what the partition is");
    enum lq_result result = open_partition(ledger, &environment, options, message);
    lq_map_guard_leave();
    if (result != LQ_OK) {
        if (message->text[0] == '\0') {
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
                                     struct lq_error_message *message)
{
    return open_ledger(options, true, ledger, message);
}

enum lq_result lq_ledger_open_reader(const struct lq_ledger_options *options, lq_ledger_t **ledger,
                                     struct lq_error_message *message)
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
    free(closing->folder);
    free(closing->plain);
    free(closing->copied);
    lq_ledger_content_free(&closing->rebuild);
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

enum lq_result lq_ledger_make_room(lq_ledger_t *ledger, uint64_t bytes)
{
    LQ_ASSERT(ledger->writing);
    LQ_ASSERT(!ledger->reading);
    return lq_lmdb_environment_make_room(&ledger->environment, bytes);
}

const struct lq_wall_guard *lq_ledger_drop_waits_for_clock(const lq_ledger_t *ledger)
{
    return ledger->drop_waits_for_clock && ledger->wall_guard.verdict != LQ_WALL_BELIEVED
               ? &ledger->wall_guard
               : NULL;
}

bool lq_ledger_oldest_reader(lq_ledger_t *ledger, int64_t *pid, uint64_t *lag)
{
    return lq_lmdb_environment_oldest_reader(&ledger->environment, pid, lag);
}
