// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_verify.h"

#include "base/alloc.h"
#include "store/lmdb/ledger_lookup.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/map_guard.h"
#include "store/lmdb/meta_pages.h"
#include "store/lmdb/verification.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void report(struct lq_verification *verification, const struct lq_ledger_fault *fault)
{
    verification->totals->faults++;
    if (verification->options->on_fault != NULL) {
        verification->options->on_fault(verification->options->context, fault);
    }
}

void lq_verification_fault(struct lq_verification *verification, enum lq_ledger_database database,
                           const struct lq_verified_chain *chain, uint64_t frame,
                           const char *format, ...)
{
    char what[LQ_FAULT_TEXT_BYTES];
    struct lq_ledger_fault fault = {.database = lq_ledger_databases[database].name,
                                    .tenant = "",
                                    .session = "",
                                    .frame = frame,
                                    .what = what};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (chain != NULL && chain->name != NULL) {
        const struct lq_verified_tenant *tenant =
            lq_verification_tenant(verification, chain->tenant_number);
        fault.session = chain->name;
        fault.tenant = tenant != NULL ? tenant->name : "";
    }
    report(verification, &fault);
}

static void fault_of_file(struct lq_verification *verification, const char *what)
{
    const struct lq_ledger_fault fault = {"", "", "", 0, what};

    report(verification, &fault);
}

bool lq_verification_is_damage(enum lq_result result)
{
    return result == LQ_ERR_NOT_FOUND || result == LQ_ERR_CORRUPT || result == LQ_ERR_VERSION;
}

enum lq_result lq_verification_key(struct lq_verification *verification, uint64_t tenant_number,
                                   uint32_t generation, const uint8_t **key, bool *destroyed)
{
    lq_ledger_t *ledger = verification->ledger;

    *destroyed = false;
    if (tenant_number == 0) {
        return LQ_ERR_CORRUPT;
    }
    *key = lq_keyring_find(ledger->keyring, tenant_number, generation);
    if (*key != NULL) {
        return LQ_OK;
    }
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return result;
    }
    lq_map_guard_enter(ledger->folder, "a tenant's key");
    result = lq_ledger_lookup_key(ledger, ledger->read_txn, tenant_number, generation, key);
    *destroyed = result == LQ_ERR_KEY &&
                 lq_ledger_lookup_is_destroyed(ledger, ledger->read_txn, tenant_number, generation);
    lq_map_guard_leave();
    lq_ledger_read_end(ledger);
    return result == LQ_ERR_KEY ? LQ_ERR_CORRUPT : result;
}

/* ---- by number ---- */

static int compare_numbers(const void *key, const void *entry)
{
    uint64_t one;
    uint64_t other;

    memcpy(&one, key, sizeof one); /* the number comes first in each of the two structs */
    memcpy(&other, entry, sizeof other);
    return one < other ? -1 : one > other;
}

struct lq_verified_tenant *lq_verification_tenant(struct lq_verification *verification,
                                                  uint64_t number)
{
    if (!verification->tenants_ordered) {
        qsort(verification->tenants, verification->tenant_count, sizeof *verification->tenants,
              compare_numbers);
        verification->tenants_ordered = true;
    }
    return bsearch(&number, verification->tenants, verification->tenant_count,
                   sizeof *verification->tenants, compare_numbers);
}

struct lq_verified_chain *lq_verification_chain(struct lq_verification *verification,
                                                uint64_t number)
{
    /* Without gaps its place is known. */
    if (number > 0 && number <= verification->chain_count &&
        verification->chains[number - 1].number == number) {
        return &verification->chains[number - 1];
    }
    return bsearch(&number, verification->chains, verification->chain_count,
                   sizeof *verification->chains, compare_numbers);
}

/* ---- the snapshot ---- */

static void check_meta_pages(struct lq_verification *verification)
{
    char path[PATH_MAX];
    char why[128] = "";

    snprintf(path, sizeof path, "%s/data.mdb", verification->ledger->folder);
    if (lq_meta_pages_check(path, why, sizeof why) != LQ_OK) {
        fault_of_file(verification, why);
    }
}

static uint64_t tenant_max(const struct lq_partition_state *state)
{
    return state->name_count - state->session_count;
}

/* The counts of the state size our tables: they cannot be greater than what the file has. */
static bool make_tables(struct lq_verification *verification)
{
    const struct lq_partition_state *state = &verification->state;

    if (state->session_count > verification->counts[LQ_LEDGER_HEADS] ||
        state->name_count > verification->counts[LQ_LEDGER_NAMES]) {
        return false;
    }
    verification->tenants = lq_alloc(tenant_max(state) + 1, sizeof *verification->tenants);
    verification->chains = lq_alloc(state->session_count + 1, sizeof *verification->chains);
    return true;
}

static enum lq_result count_entries(struct lq_verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    enum lq_result result = LQ_OK;
    char what[LQ_FAULT_TEXT_BYTES];

    for (unsigned index = 0; result == LQ_OK && index < LQ_LEDGER_DATABASES; index++) {
        uint64_t wanted = lq_ledger_state_count(&verification->state, index);
        result = lq_lmdb_environment_count(&ledger->environment, ledger->read_txn, index,
                                           &verification->counts[index]);
        if (result == LQ_OK && verification->counts[index] != wanted) {
            snprintf(what, sizeof what,
                     "database \"%s\" counts %" PRIu64 " entries, the state %" PRIu64,
                     lq_ledger_databases[index].name, verification->counts[index], wanted);
            fault_of_file(verification, what);
        }
    }
    return result;
}

static enum lq_result read_state(struct lq_verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    enum lq_result result = lq_ledger_state_get(ledger, ledger->read_txn, &verification->state);

    if (lq_verification_is_damage(result)) {
        fault_of_file(verification, "the state of the partition is missing or unreadable");
        return result;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (verification->with_key && lq_ledger_state_prove(ledger, ledger->read_txn) != LQ_OK) {
        fault_of_file(verification,
                      "the state of the partition was not written with the master key");
    }
    if (verification->state.transaction != mdb_txn_id(ledger->read_txn)) {
        fault_of_file(verification,
                      "the state of the partition is of another transaction than the file");
    }
    if (lq_lmdb_environment_compare_before(&ledger->environment, verification->state.transaction,
                                           verification->state.meta_before) != LQ_OK) {
        fault_of_file(verification, "the meta page before is not the one that the state knows");
    }
    verification->totals->next_ledger_sequence = verification->state.next_ledger_sequence;
    lq_digest_sum_put(&verification->state.records, verification->totals->records_sum);
    result = count_entries(verification);
    if (result == LQ_OK && !make_tables(verification)) {
        fault_of_file(verification,
                      "the state has more sessions or tenants than there are entries");
        return LQ_ERR_CORRUPT;
    }
    return result;
}

/* One head, also looked up by its key. */
static void take_head(struct lq_verification *verification, MDB_val key, MDB_val value,
                      uint64_t *expected)
{
    lq_ledger_t *ledger = verification->ledger;
    MDB_val found;
    uint64_t number;

    memcpy(&number, key.mv_data, sizeof number);
    if (number != *expected &&
        (number < *expected || number > verification->state.gapless_session)) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                              "head of session number %" PRIu64 " instead of %" PRIu64, number,
                              *expected);
    }
    bool ascends = number >= *expected;
    *expected = number + 1;
    if (mdb_get(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_HEADS], &key, &found) !=
            0 ||
        found.mv_data != value.mv_data) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                              "head of session number %" PRIu64 " is not found by its key", number);
    }
    if (!ascends || number == 0 || number >= verification->state.next_session_number ||
        verification->chain_count == verification->state.session_count) {
        return; /* said above, or by the count */
    }
    struct lq_verified_chain *chain = &verification->chains[verification->chain_count++];
    chain->number = number;
    chain->has_head = lq_head_decode(lq_lmdb_environment_view(value), &chain->head) == LQ_OK;
    if (!chain->has_head) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                              "head of session number %" PRIu64 " is unreadable", number);
    }
}

/* All heads, in the transaction of the state: they change with every frame. */
static enum lq_result read_heads(struct lq_verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    uint64_t expected = 1;
    uint64_t count = 0;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int code =
        mdb_cursor_open(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_HEADS], &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of heads");
    }
    lq_map_guard_note("database \"heads\"");
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0 &&
           count <= verification->state.session_count) {
        count++;
        if (key.mv_size == sizeof expected) {
            take_head(verification, key, value, &expected);
        }
    }
    mdb_cursor_close(cursor);
    if (expected < verification->state.next_session_number &&
        verification->state.next_session_number > verification->state.gapless_session) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                              "the last head is of session number %" PRIu64 " instead of %" PRIu64,
                              expected - 1, verification->state.next_session_number - 1);
    }
    if (count != verification->state.session_count) {
        lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                              "%" PRIu64 " entries instead of %" PRIu64, count,
                              verification->state.session_count);
    }
    return code == 0 || code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk on");
}

static enum lq_result take_snapshot(struct lq_verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    lq_map_guard_enter(ledger->folder, "the state of the partition");
    result = read_state(verification);
    if (result == LQ_OK) {
        result = read_heads(verification);
        if (result == LQ_OK) {
            result = lq_verification_proofs(verification);
        }
        if (result == LQ_OK) {
            result = lq_verification_cursors(verification);
        }
        if (lq_verification_is_damage(result)) {
            lq_verification_fault(verification, LQ_LEDGER_HEADS, NULL, 0,
                                  "the database cannot be read: a damaged page");
        }
    }
    lq_map_guard_leave();
    lq_ledger_read_end(ledger);
    return result;
}

/* ---- the whole, and its parts ---- */

static enum lq_result verify_partition(struct lq_verification *verification)
{
    enum lq_result result = lq_verification_names(verification);

    if (result == LQ_OK) {
        result = lq_verification_keys(verification);
    }
    if (result == LQ_OK) {
        result = lq_verification_frames(verification, NULL);
    }
    if (result == LQ_OK) {
        result = lq_verification_outbox(verification);
    }
    if (result == LQ_OK) {
        result = lq_verification_letters(verification);
    }
    return result == LQ_OK ? lq_verification_records(verification) : result;
}

/* A tenant or a session: names first, then the chain of each session that was asked for. */
static enum lq_result verify_part(struct lq_verification *verification)
{
    enum lq_result result = lq_verification_names(verification);
    const struct lq_ledger_verify_totals *totals = verification->totals;

    if (result == LQ_OK && totals->faults == 0 &&
        (totals->tenants == 0 ||
         (verification->options->names.session.bytes > 0 && totals->sessions == 0))) {
        return LQ_ERR_NOT_FOUND;
    }
    for (uint64_t place = 0; result == LQ_OK && place < verification->chain_count; place++) {
        struct lq_verified_chain *chain = &verification->chains[place];
        if (chain->name != NULL) {
            result = lq_verification_session(verification, chain);
        }
        if (result == LQ_OK && chain->name != NULL) {
            result = lq_verification_frames(verification, chain);
        }
    }
    if (result == LQ_OK) {
        result = lq_verification_tails(verification);
    }
    return result == LQ_OK ? lq_verification_gone(verification) : result;
}

static void tell_destroyed(const struct lq_verification *verification)
{
    const struct lq_ledger_verify_options *options = verification->options;

    for (uint64_t place = 0; place < verification->tenant_count; place++) {
        const struct lq_verified_tenant *tenant = &verification->tenants[place];
        if (options->on_destroyed != NULL && tenant->destroyed > 0) {
            options->on_destroyed(options->context, tenant->name, tenant->destroyed);
        }
    }
}

static void tell_kept(const struct lq_verification *verification)
{
    struct lq_ledger_verify_totals *totals = verification->totals;

    for (uint64_t place = 0; place < verification->chain_count; place++) {
        const struct lq_verified_chain *chain = &verification->chains[place];
        if (chain->name != NULL && chain->has_head) {
            totals->dropped += lq_drop_proof_count(&chain->proof);
            totals->first_frame = lq_head_first_frame(&chain->head);
            totals->head_frame = chain->head.frame;
        }
    }
}

static void forget(struct lq_verification *verification)
{
    for (uint64_t place = 0; place < verification->tenant_count; place++) {
        free(verification->tenants[place].name);
    }
    for (uint64_t place = 0; place < verification->chain_count; place++) {
        free(verification->chains[place].name);
    }
    free(verification->tenants);
    free(verification->chains);
    free(verification->plain);
    free(verification->record);
    lq_entry_copy_destroy(&verification->copy);
}

enum lq_result lq_ledger_verify(lq_ledger_t *ledger, const struct lq_ledger_verify_options *options,
                                struct lq_ledger_verify_totals *totals)
{
    struct lq_verification verification = {
        .ledger = ledger,
        .options = options,
        .totals = totals,
        .is_whole = options->names.tenant.bytes == 0,
        .with_key = ledger->keyring != NULL && !options->without_key,
    };

    LQ_ASSERT(options->names.tenant.bytes > 0 || options->names.session.bytes == 0);
    *totals = (struct lq_ledger_verify_totals){0};
    verification.copy = lq_entry_copy_new(ledger);
    verification.plain = lq_alloc(LQ_TICK_BYTES_MAX, 1);
    verification.record = lq_alloc(LQ_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX, 1);
    check_meta_pages(&verification);
    enum lq_result result = take_snapshot(&verification);
    if (result == LQ_OK) {
        result =
            verification.is_whole ? verify_partition(&verification) : verify_part(&verification);
    } else if (lq_verification_is_damage(result) && totals->faults > 0) {
        result = LQ_OK; /* what could be said was said */
    }
    tell_destroyed(&verification);
    tell_kept(&verification);
    forget(&verification);
    return result;
}
