// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/broker_entry.h"

#include "tests/support/suite.h"

#include <signal.h>

enum { ROOM = 4096 };

static const struct {
    struct lq_broker_entry entry;
    const char *texts[8]; /* key, value, tenant, session, action, operator, detail, reason */
    const char *quota;
    uint64_t limit, refused;
} rows[] = {
    {{LQ_BROKER_ENTRY_EPOCH, 0, 0, 1, 7, 8, false, false}, {"", "", "", "", "", "", ""}, "", 0, 0},
    {{LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LIVE, 0, 2, 7, 8, false, false},
     {"demo s1", "rate", "", "", "", "", ""},
     "",
     0,
     0},
    {{LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_QUOTAS, 0, 3, 7, 8, false, false},
     {"demo", "", "", "", "", "", ""},
     "",
     0,
     0},
    {{LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_LETTERS, 0, 4, UINT64_MAX, UINT64_MAX, false, false},
     {"12345678", "", "", "", "", "", ""},
     "",
     0,
     0},
    {{LQ_BROKER_ENTRY_ACTION, 0, 0, 5, 7, 0, false, false},
     {"", "", "demo", "", "session.resume", "uid 1000", "3 sessions"},
     "",
     0,
     0},
    {{LQ_BROKER_ENTRY_ACTION, 0, 0, 5, 7, 0, false, false},
     {"", "", "demo", "", "quota.set", "ada (1000)", "weight=2", "it is asked for"},
     "",
     0,
     0},
    {{LQ_BROKER_ENTRY_QUOTA, 0, 0, 6, 7, 8, false, false},
     {"", "", "demo", "", "", "", ""},
     "ticks/s",
     50,
     12},
    {{LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_PARKED, 0, 7, 7, 8, false, true},
     {"demo s1", "physics", "", "", "", "", ""},
     "",
     0,
     0},
    {{LQ_BROKER_ENTRY_QUOTA, 0, 0, 8, 7, 8, false, true},
     {"", "", "demo", "", "", "", ""},
     "ticks/s",
     50,
     12},
};

static struct lq_broker_entry_body body_of(size_t index)
{
    const char *const *texts = rows[index].texts;

    return (struct lq_broker_entry_body){.key = lq_view_text(texts[0]),
                                         .value = lq_view_text(texts[1]),
                                         .tenant = lq_view_text(texts[2]),
                                         .session = lq_view_text(texts[3]),
                                         .action = lq_view_text(texts[4]),
                                         .operator_name = lq_view_text(texts[5]),
                                         .detail = lq_view_text(texts[6]),
                                         .reason = lq_view_text(texts[7] != NULL ? texts[7] : ""),
                                         .quota = lq_view_text(rows[index].quota),
                                         .limit = rows[index].limit,
                                         .refused = rows[index].refused};
}

static size_t write_row(size_t index, struct lq_broker_entry *entry, uint8_t bytes[ROOM])
{
    struct lq_broker_entry_body body = body_of(index);
    size_t count = lq_broker_entry_bytes(rows[index].entry.kind, &body);

    ck_assert_uint_le(count, ROOM);
    *entry = rows[index].entry;
    lq_broker_entry_write(entry, &body, bytes);
    return count;
}

static void ck_same(const struct lq_broker_entry *a, const struct lq_broker_entry *b)
{
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_uint_eq(a->table, b->table);
    ck_assert_uint_eq(a->body_bytes, b->body_bytes);
    ck_assert_uint_eq(a->sequence, b->sequence);
    ck_assert_uint_eq(a->epoch, b->epoch);
    ck_assert_uint_eq(a->wall_ns, b->wall_ns);
    ck_assert_int_eq(a->is_quiet, b->is_quiet);
}

START_TEST(test_broker_entry_goes_there_and_back)
{
    struct lq_broker_entry written;
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    struct lq_broker_entry_body wanted = body_of(_i);
    uint8_t bytes[ROOM];
    size_t count = write_row(_i, &written, bytes);

    ck_assert_int_eq(lq_broker_entry_read(lq_view_of(bytes, count), &entry, &body), LQ_OK);
    ck_same(&entry, &written);
    ck_assert(lq_view_equal(body.key, wanted.key));
    ck_assert(lq_view_equal(body.value, wanted.value));
    ck_assert(lq_view_equal(body.tenant, wanted.tenant));
    ck_assert(lq_view_equal(body.session, wanted.session));
    ck_assert(lq_view_equal(body.action, wanted.action));
    ck_assert(lq_view_equal(body.reason, wanted.reason));
    ck_assert(lq_view_equal(body.operator_name, wanted.operator_name));
    ck_assert(lq_view_equal(body.detail, wanted.detail));
    ck_assert(lq_view_equal(body.quota, wanted.quota));
    ck_assert_uint_eq(body.limit, wanted.limit);
    ck_assert_uint_eq(body.refused, wanted.refused);
    ck_assert_int_eq(lq_broker_entry_read_header(lq_view_of(bytes, count), &entry), LQ_OK);
    ck_same(&entry, &written);
}
END_TEST

/* One byte less or more is no entry; a put's value is what remains, so its length says it. */
START_TEST(test_broker_entry_is_as_long_as_it_says)
{
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    uint8_t bytes[ROOM];
    size_t count = write_row(_i, &entry, bytes);

    for (size_t less = 0; less < count; less++) {
        ck_assert_int_eq(lq_broker_entry_read(lq_view_of(bytes, less), &entry, &body),
                         LQ_ERR_CORRUPT);
    }
    ck_assert_int_eq(lq_broker_entry_read(lq_view_of(bytes, count + 1), &entry, &body),
                     LQ_ERR_CORRUPT);
}
END_TEST

/* Of the rows' bytes one is changed. */
static const struct {
    size_t row, at;
    uint8_t value;
    enum lq_result result;
} bad[] = {
    {0, 0, 3, LQ_ERR_VERSION},    {0, 0, 2, LQ_ERR_CORRUPT},   {1, 0, 2, LQ_ERR_CORRUPT},
    {3, 0, 2, LQ_ERR_CORRUPT},    {0, 2, 0, LQ_ERR_CORRUPT},   {0, 2, 8, LQ_ERR_CORRUPT},
    {0, 3, 1, LQ_ERR_CORRUPT},    {0, 8, 0, LQ_ERR_CORRUPT},   {0, 16, 0, LQ_ERR_CORRUPT},
    {1, 3, 0, LQ_ERR_CORRUPT},    {1, 3, 200, LQ_ERR_CORRUPT}, {1, 32, 0, LQ_ERR_CORRUPT},
    {1, 32, 99, LQ_ERR_CORRUPT},  {3, 32, 7, LQ_ERR_CORRUPT},  {4, 3, 1, LQ_ERR_CORRUPT},
    {4, 32, 5, LQ_ERR_CORRUPT},   {6, 32, 3, LQ_ERR_CORRUPT},  {6, 7, 255, LQ_ERR_CORRUPT},
    {0, 3, 0x80, LQ_ERR_CORRUPT},
};

START_TEST(test_broker_entry_refuses)
{
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    uint8_t bytes[ROOM];
    size_t count = write_row(bad[_i].row, &entry, bytes);

    bytes[bad[_i].at] = bad[_i].value;
    ck_assert_int_eq(lq_broker_entry_read(lq_view_of(bytes, count), &entry, &body), bad[_i].result);
}
END_TEST

/* A whole entry becomes quiet, and is else what it was. */
START_TEST(test_broker_entry_is_made_quiet)
{
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    uint8_t bytes[ROOM];
    uint8_t quiet[ROOM];
    size_t count = write_row(1, &entry, bytes);

    memcpy(quiet, bytes, count);
    lq_broker_entry_set_quiet(quiet);
    ck_assert_int_eq(lq_broker_entry_read(lq_view_of(quiet, count), &entry, &body), LQ_OK);
    ck_assert(entry.is_quiet);
    ck_assert_uint_eq(entry.table, LQ_BROKER_TABLE_LIVE);
    quiet[3] = bytes[3];
    ck_assert_mem_eq(quiet, bytes, count);
}
END_TEST

/* What lies between two keys that are told is nothing; at the end of a table there is no key. */
START_TEST(test_broker_entry_told_again)
{
    static const char *const told[][3] = {
        {"", "a", "v"}, {"a", "b", "v"}, {"b", "", ""}, {"", "", ""}, {"", "", "v"}};
    struct lq_broker_entry_body back;
    uint8_t bytes[ROOM];

    for (size_t row = 0; row < sizeof told / sizeof told[0]; row++) {
        struct lq_broker_entry entry = {
            LQ_BROKER_ENTRY_TOLD, LQ_BROKER_TABLE_LIVE, 0, 3, 1, 1, false, false};
        struct lq_broker_entry_body body = {.after = lq_view_text(told[row][0]),
                                            .key = lq_view_text(told[row][1]),
                                            .value = lq_view_text(told[row][2])};
        bool is_sound = body.key.bytes > 0 || body.value.bytes == 0;
        size_t count = lq_broker_entry_bytes(entry.kind, &body);
        if (!is_sound) { /* a value without a key: made of one that has a key of a byte */
            body.key = lq_view_text("k");
            count = lq_broker_entry_bytes(entry.kind, &body);
        }
        lq_broker_entry_write(&entry, &body, bytes);
        if (!is_sound) {
            bytes[LQ_BROKER_ENTRY_HEADER_BYTES + 2] = 0; /* the length of the key */
        }
        ck_assert_int_eq(lq_broker_entry_read(lq_view_of(bytes, count), &entry, &back),
                         is_sound ? LQ_OK : LQ_ERR_CORRUPT);
        if (is_sound) {
            ck_assert(lq_view_equal(back.after, body.after));
            ck_assert(lq_view_equal(back.key, body.key));
            ck_assert(lq_view_equal(back.value, body.value));
        }
    }
}
END_TEST

START_TEST(test_broker_entry_is_not_written_without_a_key)
{
    struct lq_broker_entry entry = {
        LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_LIVE, 0, 1, 1, 1, false, false};
    struct lq_broker_entry_body body = {.limit = 0};
    uint8_t bytes[ROOM];

    lq_broker_entry_write(&entry, &body, bytes);
}
END_TEST

TCase *lq_test_broker_entry(void);
TCase *lq_test_broker_entry(void)
{
    TCase *tc = tcase_create("broker_entry");

    tcase_add_loop_test(tc, test_broker_entry_goes_there_and_back, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tc, test_broker_entry_is_as_long_as_it_says, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_broker_entry_is_made_quiet);
    tcase_add_loop_test(tc, test_broker_entry_refuses, 0, sizeof bad / sizeof bad[0]);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tc, test_broker_entry_is_not_written_without_a_key, SIGABRT);
    }
    tcase_add_test(tc, test_broker_entry_told_again);
    return tc;
}
