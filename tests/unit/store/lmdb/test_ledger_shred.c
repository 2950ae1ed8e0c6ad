// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A tenant whose keys are destroyed: nothing of it opens, nothing of it is written, all of it still
 * verifies. */
#include "store/core/outbox_entry.h"
#include "store/lmdb/ledger_feed.h"
#include "store/lmdb/ledger_letter.h"
#include "store/lmdb/ledger_verify.h"
#include "store/seal/keyring.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lq_ledger_fixture fixture;

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "other", 2), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "other", "s1", 4), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 5), LQ_COMMIT_DONE);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

static enum lq_commit_verdict shred(const char *tenant)
{
    struct lq_commit item = {
        .kind = LQ_COMMIT_SHRED_TENANT, .execution = {1, 99}, .names.tenant = lq_view_text(tenant)};

    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    return item.verdict;
}

static bool is_shredded(const char *tenant)
{
    bool shredded = false;

    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_is_shredded(fixture.ledger, lq_view_text(tenant), &shredded), LQ_OK);
    lq_ledger_read_end(fixture.ledger);
    return shredded;
}

static enum lq_result read_frame(const char *tenant, uint64_t frame)
{
    struct lq_record_info info;
    struct lq_view content;

    return lq_ledger_fixture_read(&fixture, tenant, "s1", frame, &content, &info);
}

START_TEST(test_shred_is_final_and_of_one_tenant)
{
    ck_assert_int_eq(read_frame("demo", 1), LQ_OK); /* its key is at hand now */
    ck_assert(!is_shredded("demo"));
    ck_assert_int_eq(shred("demo"), LQ_COMMIT_DONE);
    ck_assert(is_shredded("demo"));
    ck_assert(!is_shredded("other"));
    ck_assert_int_eq(read_frame("demo", 1), LQ_ERR_KEY);
    ck_assert_int_eq(read_frame("other", 0), LQ_OK);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 2, 6), LQ_COMMIT_SHREDDED);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s2", 7),
                     LQ_COMMIT_SHREDDED);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 8), LQ_COMMIT_EXISTS);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "other", "s1", 1, 9), LQ_COMMIT_DONE);
    ck_assert_int_eq(shred("demo"), LQ_COMMIT_ALREADY);
    ck_assert_int_eq(shred("nobody"), LQ_COMMIT_UNKNOWN);
    lq_ledger_close(&fixture.ledger);
    lq_ledger_fixture_open(&fixture);
    ck_assert(is_shredded("demo"));
    ck_assert_int_eq(read_frame("demo", 0), LQ_ERR_KEY);
}
END_TEST

/* What had been made of it stays made: a repeat of that hears so. */
START_TEST(test_shred_answers_repeats)
{
    ck_assert_int_eq(shred("demo"), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 5), LQ_COMMIT_ALREADY);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3),
                     LQ_COMMIT_ALREADY);
}
END_TEST

/* In one transaction with frames before and behind it: what it destroys is no more for all. */
START_TEST(test_shred_within_a_group)
{
    uint8_t bytes[2][64];
    struct lq_commit items[3] = {
        {.kind = LQ_COMMIT_FRAME, .execution = {1, 20}, .frame = 2},
        {.kind = LQ_COMMIT_SHRED_TENANT,
         .execution = {1, 21},
         .names.tenant = lq_view_text("demo")},
        {.kind = LQ_COMMIT_FRAME, .execution = {1, 22}, .frame = 1},
    };

    items[0].names = lq_session_names_of("demo", "s1");
    items[0].content = lq_ledger_fixture_content(bytes[0], sizeof bytes[0], "demo", "s1", 1);
    items[2].names = lq_session_names_of("other", "s1");
    items[2].content = lq_ledger_fixture_content(bytes[1], sizeof bytes[1], "other", "s1", 1);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, items, 3), LQ_OK);
    ck_assert_int_eq(items[0].verdict, LQ_COMMIT_SHREDDED);
    ck_assert_int_eq(items[1].verdict, LQ_COMMIT_DONE);
    ck_assert_int_eq(items[2].verdict, LQ_COMMIT_DONE);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

static void note_destroyed(void *context, const char *tenant, uint64_t records)
{
    ck_assert_str_eq(tenant, "demo");
    *(uint64_t *)context += records;
}

static void note_fault(void *context, const struct lq_ledger_fault *fault)
{
    (void)context;
    ck_abort_msg("%s: %s", fault->database, fault->what);
}

START_TEST(test_shred_leaves_chains_that_verify)
{
    struct lq_ledger_verify_totals totals;
    uint64_t destroyed = 0;
    const struct lq_ledger_verify_options options = {
        .on_fault = note_fault, .on_destroyed = note_destroyed, .context = &destroyed};

    ck_assert_int_eq(shred("demo"), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    ck_assert_uint_eq(totals.records, 3);
    ck_assert_uint_eq(totals.opened, 1);
    ck_assert_uint_eq(totals.destroyed, 2);
    ck_assert_uint_eq(destroyed, 2);
}
END_TEST

static enum lq_result count_key(void *context, struct lq_view wrapped)
{
    (void)wrapped;
    ++*(uint32_t *)context;
    return LQ_OK;
}

/* The newest entry of the outbox is a note about the key, and tells who keeps a copy of it. */
START_TEST(test_shred_is_noted)
{
    static uint8_t memory[LQ_FEED_RUN_BYTES_MIN];
    struct lq_feed_entry found = {.is_record = false};
    struct lq_feed_state state;
    struct lq_outbox_entry entry;
    uint32_t keys = 0;

    ck_assert_int_eq(shred("demo"), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(fixture.ledger, &state), LQ_OK);
    lq_ledger_read_end(fixture.ledger);
    found.sequence = state.newest.outbox_sequence;
    ck_assert_int_eq(lq_ledger_feed_get(fixture.ledger, &found, memory, sizeof memory), LQ_OK);
    ck_assert_int_eq(lq_outbox_entry_decode(found.value, &entry), LQ_OK);
    ck_assert_int_eq(entry.kind, LQ_OUTBOX_KEY);
    ck_assert_uint_eq(entry.tenant_number, 1);
    ck_assert_uint_eq(entry.key_generation, 1);
    ck_assert_int_eq(lq_ledger_feed_each_key(fixture.ledger, 1, count_key, &keys), LQ_OK);
    ck_assert_uint_eq(keys, 1);
    ck_assert_int_eq(shred("demo"), LQ_COMMIT_ALREADY); /* and no second note */
    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_feed_state(fixture.ledger, &state), LQ_OK);
    lq_ledger_read_end(fixture.ledger);
    ck_assert_uint_eq(state.newest.outbox_sequence, found.sequence);
}
END_TEST

/* Another process that has the key at hand, from before: 0 when it opens no record any more. */
static int read_on(const int *to_us, const int *from_us)
{
    struct lq_head head;
    struct lq_view content;
    struct lq_error_message message;
    struct lq_session_names names = lq_session_names_of("demo", "s1");
    lq_ledger_t *reader = NULL;
    char byte = 0;

    if (lq_ledger_open_reader(&fixture.options, &reader, &message) != LQ_OK ||
        lq_ledger_read_begin(reader) != LQ_OK) {
        return 1;
    }
    if (lq_ledger_read_newest(reader, names, &head, NULL, &content, &message) != LQ_OK) {
        return 2;
    }
    lq_ledger_read_end(reader);
    if (write(from_us[1], &byte, 1) != 1 || read(to_us[0], &byte, 1) != 1 ||
        lq_ledger_read_begin(reader) != LQ_OK) {
        return 3;
    }
    enum lq_result result = lq_ledger_read_newest(reader, names, &head, NULL, &content, &message);
    lq_ledger_read_end(reader);
    lq_ledger_close(&reader);
    return result == LQ_ERR_KEY ? 0 : 4;
}

START_TEST(test_shred_reaches_readers)
{
    int to_child[2];
    int from_child[2];
    char byte = 0;

    ck_assert_int_eq(pipe(to_child), 0);
    ck_assert_int_eq(pipe(from_child), 0);
    pid_t child = fork();
    if (child == 0) {
        char read_result = (char)read_on(to_child, from_child);
        if (write(from_child[1], &read_result, 1) != 1) {
            abort();
        }
        /* What it inherited is not its own to free: no leak checker shall look for it. */
        raise(SIGKILL);
    }
    close(from_child[1]); /* so that its end is heard */
    ck_assert_int_eq(read(from_child[0], &byte, 1), 1);
    ck_assert_int_eq(shred("demo"), LQ_COMMIT_DONE);
    ck_assert_int_eq(write(to_child[1], &byte, 1), 1);
    ck_assert_int_eq(read(from_child[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    close(to_child[0]);
    close(to_child[1]);
    close(from_child[0]);
}
END_TEST

/* ---- letters ---- */

enum { LETTER_ROOM = 512 };

/* An entry of the broker's outbox with a letter, sealed as of `tenant` and opened again with the
 * master key alone: to `plain`, read into head and body. */
static struct lq_view seal_letter(const char *tenant, uint8_t plain[LETTER_ROOM],
                                  struct lq_broker_entry_body *body)
{
    struct lq_broker_entry head = {
        .kind = LQ_BROKER_ENTRY_PUT, .table = LQ_BROKER_TABLE_LETTERS, .sequence = 1, .epoch = 1};
    const struct lq_broker_entry_body says = {.key = lq_view_text("letter 1"),
                                              .value = lq_view_text("what players sent")};
    uint8_t entry[LETTER_ROOM];
    uint8_t sealed[LETTER_ROOM];
    struct lq_error_message message;
    lq_keyring_t *keyring = NULL;
    uint64_t tenant_number = 0;
    size_t bytes = lq_broker_entry_bytes(head.kind, &says);

    lq_broker_entry_write(&head, &says, entry);
    ck_assert_int_eq(lq_ledger_letter_seal(fixture.ledger, lq_view_text(tenant),
                                           lq_view_of(entry, bytes), sealed, &bytes,
                                           &tenant_number),
                     LQ_OK);
    ck_assert_int_eq(lq_keyring_open(fixture.key_file, &keyring, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open_broker(keyring, lq_view_of(sealed, bytes), plain), LQ_OK);
    lq_keyring_close(&keyring);
    struct lq_view found = lq_view_of(plain, bytes - LQ_SEALED_BOX_EXTRA_BYTES);
    ck_assert_int_eq(lq_broker_entry_read(found, &head, body), LQ_OK);
    ck_assert(head.is_sealed);
    ck_assert_uint_eq(body->tenant_number, tenant_number);
    ck_assert_ptr_null(memmem(found.data, found.bytes, "players", 7));
    return found;
}

START_TEST(test_shred_reaches_letters_that_left)
{
    uint8_t plain[LETTER_ROOM];
    uint8_t later[LETTER_ROOM];
    uint8_t value[LETTER_ROOM];
    struct lq_broker_entry_body body;
    struct lq_broker_entry_body without;
    size_t bytes = 0;
    struct lq_view entry = seal_letter("demo", plain, &body);

    ck_assert_uint_eq(body.tenant_number, 1);
    ck_assert_uint_eq(body.key_generation, 1);
    ck_assert_int_eq(lq_ledger_letter_open(fixture.ledger, entry, &body, value, &bytes), LQ_OK);
    ck_assert(lq_view_equal(lq_view_of(value, bytes), lq_view_text("what players sent")));
    ck_assert_int_eq(shred("demo"), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_letter_open(fixture.ledger, entry, &body, value, &bytes),
                     LQ_ERR_KEY);
    entry = seal_letter("demo", later, &without);
    ck_assert_uint_eq(without.tenant_number, 1);
    ck_assert_uint_eq(without.value.bytes, 0);
    ck_assert_int_eq(lq_ledger_letter_open(fixture.ledger, entry, &without, value, &bytes),
                     LQ_ERR_KEY);
    ck_assert_mem_eq(plain, later, LQ_BROKER_ENTRY_HEADER_BYTES);
    (void)seal_letter("other", plain, &body);
    ck_assert_uint_eq(body.key_generation, 1);
}
END_TEST

/* It is nobody's, and opens to nobody. */
START_TEST(test_a_letter_of_nobody_leaves_without_contents)
{
    uint8_t plain[LETTER_ROOM];
    struct lq_broker_entry_body body;

    (void)seal_letter("nobody", plain, &body);
    ck_assert_uint_eq(body.tenant_number, 0);
    ck_assert_uint_eq(body.value.bytes, 0);
    (void)seal_letter("", plain, &body);
    ck_assert_uint_eq(body.value.bytes, 0);
}
END_TEST

TCase *lq_test_ledger_shred(void);
TCase *lq_test_ledger_shred(void)
{
    TCase *tc = tcase_create("ledger_shred");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_shred_is_final_and_of_one_tenant);
    tcase_add_test(tc, test_shred_answers_repeats);
    tcase_add_test(tc, test_shred_within_a_group);
    tcase_add_test(tc, test_shred_leaves_chains_that_verify);
    tcase_add_test(tc, test_shred_is_noted);
    tcase_add_test(tc, test_shred_reaches_readers);
    tcase_add_test(tc, test_shred_reaches_letters_that_left);
    tcase_add_test(tc, test_a_letter_of_nobody_leaves_without_contents);
    return tc;
}
