// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What is left of dropped frames, changed behind the ledger's back, one change a row: what verify
 * says with the key and without it. Session 1 has lost its front, session 2 as well, session 3
 * nothing; every record is a keyframe. */
#include "base/little_endian.h"
#include "store/core/drop_proof.h"
#include "store/core/head.h"
#include "store/core/partition_state.h"
#include "store/lmdb/ledger_verify.h"
#include "store/seal/digest.h"
#include "store/seal/entry_proof.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_changes.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <lmdb.h>

#define S UINT64_C(1000000000)

enum { CONTENT_BYTES = 300, VALUE_BYTES_MAX = 2048, FRAMES = 200 };

static struct lq_ledger_fixture fixture;
static struct lq_clock_pair clocks;

static struct lq_clock_pair read_clocks(void)
{
    return clocks;
}

static void append(const char *session, uint64_t frame)
{
    static uint64_t counter = 100;
    uint8_t bytes[CONTENT_BYTES];
    struct lq_commit item = {.kind = frame == 0 ? LQ_COMMIT_CREATE_SESSION : LQ_COMMIT_FRAME,
                             .execution = {1, ++counter},
                             .names = lq_session_names_of("demo", session),
                             .frame = frame};

    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", session, (uint8_t)frame);
    lq_put_u64(bytes + 6 + 4 + strlen(session) + 28, clocks.wall_ns);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    clocks.wall_ns += 10 * S;
    clocks.running_ns += 10 * S;
}

static void set_up(void)
{
    clocks = (struct lq_clock_pair){1700000000 * S, 1000 * S};
    lq_ledger_fixture_make(&fixture);
    lq_ledger_changes_use_key(fixture.key_file);
    fixture.options.retention_s = 600;
    fixture.options.clock = read_clocks;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    for (uint64_t frame = 0; frame < FRAMES; frame++) {
        append("s1", frame);
        append("s2", frame);
    }
    append("s3", 0);
    append("s3", 1);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
    lq_ledger_close(&fixture.ledger);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

/* ---- changing tables ---- */

struct table {
    MDB_txn *txn;
    MDB_dbi database;
};

static struct table open_table(MDB_txn *txn, const char *name)
{
    struct table table = {.txn = txn};

    ck_assert_int_eq(mdb_dbi_open(txn, name, 0, &table.database), 0);
    return table;
}

static size_t get(struct table table, uint64_t number, uint8_t value[VALUE_BYTES_MAX])
{
    MDB_val key = {sizeof number, &number};
    MDB_val found;

    ck_assert_int_eq(mdb_get(table.txn, table.database, &key, &found), 0);
    ck_assert_uint_le(found.mv_size, VALUE_BYTES_MAX);
    memcpy(value, found.mv_data, found.mv_size);
    return found.mv_size;
}

static void put(struct table table, uint64_t number, uint8_t *value, size_t bytes)
{
    MDB_val key = {sizeof number, &number};
    MDB_val data = {bytes, value};

    ck_assert_int_eq(mdb_put(table.txn, table.database, &key, &data, 0), 0);
}

static void delete_entry(struct table table, uint64_t number)
{
    MDB_val key = {sizeof number, &number};

    ck_assert_int_eq(mdb_del(table.txn, table.database, &key, NULL), 0);
}

static void flip(MDB_txn *txn, size_t at)
{
    struct table proofs = open_table(txn, "proofs");
    uint8_t value[VALUE_BYTES_MAX];
    size_t bytes = get(proofs, 1, value);

    value[at] ^= 1;
    put(proofs, 1, value, bytes);
}

static void delete_proof(MDB_txn *txn)
{
    delete_entry(open_table(txn, "proofs"), 1);
}

static void change_frame(MDB_txn *txn)
{
    flip(txn, 24);
}

static void change_sequence(MDB_txn *txn)
{
    flip(txn, 32);
}

static void change_hash(MDB_txn *txn)
{
    flip(txn, 40);
}

static void exchange_proofs(MDB_txn *txn)
{
    struct table proofs = open_table(txn, "proofs");
    uint8_t one[VALUE_BYTES_MAX];
    uint8_t other[VALUE_BYTES_MAX];
    size_t bytes = get(proofs, 1, one);

    ck_assert_uint_eq(get(proofs, 2, other), bytes);
    put(proofs, 1, other, bytes);
    put(proofs, 2, one, bytes);
}

static void make_up_proof(MDB_txn *txn)
{
    struct table proofs = open_table(txn, "proofs");
    uint8_t value[VALUE_BYTES_MAX];
    size_t bytes = get(proofs, 1, value);

    put(proofs, 3, value, bytes);
}

/* ---- dropping by hand ---- */

/* The first record that is there of a session. */
struct front {
    uint64_t session_number;
    struct lq_record_header header;
    uint8_t record[VALUE_BYTES_MAX];
    uint8_t proof_before[LQ_DROP_PROOF_BYTES], proof[LQ_DROP_PROOF_BYTES];
    bool proven, spoiled; /* with a proof of one's own; whose H is another one */
};

static void find_front(MDB_txn *txn, struct front *front)
{
    struct table records = open_table(txn, "ledger");
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;

    ck_assert_int_eq(mdb_cursor_open(txn, records.database, &cursor), 0);
    do {
        ck_assert_int_eq(mdb_cursor_get(cursor, &key, &value, MDB_NEXT), 0);
        ck_assert_int_eq(
            lq_record_decode_header(lq_view_of(value.mv_data, value.mv_size), &front->header),
            LQ_OK);
    } while (front->header.session_number != front->session_number);
    ck_assert_uint_le(value.mv_size, VALUE_BYTES_MAX);
    memcpy(front->record, value.mv_data, value.mv_size);
    mdb_cursor_close(cursor);
}

static void edit_state(struct lq_partition_state *state, void *context)
{
    const struct front *front = context;
    struct lq_view key = lq_view_of(&front->session_number, sizeof front->session_number);
    uint8_t digest[LQ_HASH_BYTES];

    state->record_count--;
    state->frame_count--;
    lq_digest_sum_subtract(&state->records, front->record + LQ_RECORD_HASH_AT);
    if (front->proven) {
        state->dropped_count++;
        lq_entry_proof_digest(key, lq_view_of(front->proof_before, LQ_DROP_PROOF_BYTES), digest);
        lq_digest_sum_subtract(&state->proofs, digest);
        lq_entry_proof_digest(key, lq_view_of(front->proof, LQ_DROP_PROOF_BYTES), digest);
        lq_digest_sum_add(&state->proofs, digest);
    }
}

static void extend_proof(MDB_txn *txn, struct front *front)
{
    struct table proofs = open_table(txn, "proofs");
    struct lq_drop_proof proof;
    uint8_t value[VALUE_BYTES_MAX];
    const struct lq_chain_link link = {&front->header, front->record + LQ_RECORD_HEADER_AT,
                                       front->record + LQ_RECORD_DIGEST_AT,
                                       front->record + LQ_RECORD_HASH_AT};

    ck_assert_uint_eq(get(proofs, front->session_number, value), LQ_DROP_PROOF_BYTES);
    memcpy(front->proof_before, value, LQ_DROP_PROOF_BYTES);
    ck_assert_int_eq(lq_drop_proof_decode(lq_view_of(value, LQ_DROP_PROOF_BYTES), &proof), LQ_OK);
    ck_assert_int_eq(lq_drop_proof_extend(&proof, &link, lq_digest), LQ_OK);
    proof.last_hash[7] ^= front->spoiled;
    lq_drop_proof_encode(&proof, value);
    memcpy(front->proof, value, LQ_DROP_PROOF_BYTES);
    put(proofs, front->session_number, value, LQ_DROP_PROOF_BYTES);
}

/* All but the tags is as if it had been dropped. */
static void drop(MDB_txn *txn, struct front *front, bool with_key)
{
    struct table frames = open_table(txn, "frames");
    struct table heads = open_table(txn, "heads");
    struct lq_head_state head;
    uint8_t name[LQ_LEDGER_KEY_FRAME_BYTES];
    uint8_t value[VALUE_BYTES_MAX];
    MDB_val key = {sizeof name, name};

    find_front(txn, front);
    delete_entry(open_table(txn, "ledger"), front->header.ledger_sequence);
    lq_ledger_key_frame(front->session_number, front->header.frame, name);
    ck_assert_int_eq(mdb_del(txn, frames.database, &key, NULL), 0);
    size_t bytes = get(heads, front->session_number, value);
    ck_assert_int_eq(lq_head_decode(lq_view_of(value, bytes), &head), LQ_OK);
    head.record_count--;
    lq_digest_sum_subtract(&head.rolling, front->record + LQ_RECORD_HASH_AT);
    lq_head_encode(&head, value);
    put(heads, front->session_number, value, bytes);
    if (front->proven) {
        extend_proof(txn, front);
    }
    lq_ledger_changes_edit_state(txn, edit_state, front, with_key);
}

static void delete_first_record(MDB_txn *txn)
{
    struct front front = {.session_number = 1};

    find_front(txn, &front);
    delete_entry(open_table(txn, "ledger"), front.header.ledger_sequence);
}

static void drop_without_proof(MDB_txn *txn)
{
    struct front front = {.session_number = 1};

    drop(txn, &front, true);
}

static void drop_without_any_proof(MDB_txn *txn)
{
    struct front front = {.session_number = 3};

    drop(txn, &front, true);
}

static void drop_with_own_proof(MDB_txn *txn)
{
    struct front front = {.session_number = 1, .proven = true};

    drop(txn, &front, false);
}

static void drop_with_own_proof_and_state(MDB_txn *txn)
{
    struct front front = {.session_number = 1, .proven = true};

    drop(txn, &front, true);
}

static void drop_with_another_proof(MDB_txn *txn)
{
    struct front front = {.session_number = 1, .proven = true, .spoiled = true};

    drop(txn, &front, true);
}

static void one_more(struct lq_partition_state *state, void *context)
{
    (void)context;
    state->dropped_count++;
}

static void count_one_more(MDB_txn *txn)
{
    lq_ledger_changes_edit_state(txn, one_more, NULL, true);
}

static void put_it_back(MDB_txn *txn)
{
    struct front front = {.session_number = 1};

    find_front(txn, &front);
    uint64_t sequence = front.header.previous_sequence;
    lq_put_u64(front.record + LQ_RECORD_HEADER_AT + 8, sequence);
    lq_put_u64(front.record + LQ_RECORD_HEADER_AT + 40, sequence - 1);
    put(open_table(txn, "ledger"), sequence, front.record,
        LQ_RECORD_EXTRA_BYTES + front.header.body_bytes);
}

/* ---- who sees it ---- */

static const struct {
    const char *name;
    void (*change)(MDB_txn *txn);
    bool writes_state; /* and the transaction's number with it */
    bool by_all;
} rows[] = {
    {"a proof deleted", delete_proof, false, true},
    {"a proof of another frame", change_frame, false, true},
    {"a proof of another record", change_sequence, false, true},
    {"a proof of another H", change_hash, false, true},
    {"two proofs exchanged", exchange_proofs, false, true},
    {"a proof made up", make_up_proof, false, true},
    {"the first record deleted", delete_first_record, false, true},
    {"a dropped record back", put_it_back, false, true},
    {"dropped without a proof", drop_without_proof, true, true},
    {"the first one dropped without a proof", drop_without_any_proof, true, true},
    {"dropped with a proof of another H", drop_with_another_proof, true, true},
    {"dropped with a proof of one's own", drop_with_own_proof, true, false},
    {"dropped with a proof of one's own, the state tagged", drop_with_own_proof_and_state, true,
     false},
    {"one more counted as dropped", count_one_more, true, true},
};

static void change(void (*with)(MDB_txn *txn), bool writes_state)
{
    MDB_env *env;
    MDB_txn *txn;

    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 12), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, fixture.options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, fixture.partition_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    with(txn);
    if (!writes_state) {
        lq_ledger_changes_keep_pace(txn);
    }
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void count_fault(void *context, const struct lq_ledger_fault *fault)
{
    (void)fault;
    ++*(uint64_t *)context;
}

static uint64_t count_faults(const char *key_file)
{
    struct lq_ledger_options options = fixture.options;
    uint64_t faults = 0;
    const struct lq_ledger_verify_options verify = {.on_fault = count_fault, .context = &faults};
    struct lq_ledger_verify_totals totals;

    options.master_key_file = key_file;
    enum lq_result result = lq_ledger_open_reader(&options, &fixture.ledger, &fixture.message);
    if (result != LQ_OK) {
        ck_assert_int_eq(result, LQ_ERR_CORRUPT);
        return 1; /* not even opened */
    }
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &verify, &totals), LQ_OK);
    ck_assert_uint_eq(totals.faults, faults);
    lq_ledger_close(&fixture.ledger);
    return faults;
}

START_TEST(test_verify_sees_changed_proofs)
{
    change(rows[_i].change, rows[_i].writes_state);
    ck_assert_msg((count_faults(NULL) > 0) == rows[_i].by_all, "%s: without the key",
                  rows[_i].name);
    ck_assert_msg(count_faults(fixture.key_file) > 0, "%s: with the key", rows[_i].name);
}
END_TEST

TCase *lq_test_ledger_proofs(void);
TCase *lq_test_ledger_proofs(void)
{
    TCase *tc = tcase_create("ledger_proofs");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, test_verify_sees_changed_proofs, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return tc;
}
