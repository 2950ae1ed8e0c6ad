// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/outbox_entry.h"

#include "tests/support/suite.h"

static const struct lq_outbox_entry event = {.kind = LQ_OUTBOX_EVENT,
                                             .key_generation = 1,
                                             .event_index = 2,
                                             .body_bytes = 3,
                                             .outbox_sequence = 4,
                                             .tenant_number = 5,
                                             .session_number = 6,
                                             .frame = 7,
                                             .ledger_sequence = 8};

enum { EVENT_BYTES = LQ_OUTBOX_ENTRY_SEALED_BYTES + 3 };

static enum lq_result decode(const uint8_t *bytes, size_t count, struct lq_outbox_entry *entry)
{
    return lq_outbox_entry_decode(lq_view_of(bytes, count), entry);
}

START_TEST(test_outbox_entry_layout)
{
    static const size_t offsets[] = {4, 48, 52, 8, 16, 24, 32, 40};
    struct lq_outbox_entry back;
    uint8_t bytes[EVENT_BYTES] = {0};

    memset(&back, 0, sizeof back);
    lq_outbox_entry_encode(&event, bytes);
    ck_assert_uint_eq(bytes[0], LQ_OUTBOX_ENTRY_VERSION);
    for (size_t index = 0; index < sizeof offsets / sizeof offsets[0]; index++) {
        ck_assert_uint_eq(bytes[offsets[index]], index + 1);
    }
    ck_assert_int_eq(decode(bytes, sizeof bytes, &back), LQ_OK);
    ck_assert_mem_eq(&back, &event, sizeof back);
}
END_TEST

START_TEST(test_outbox_entry_refuses)
{
    struct lq_outbox_entry back;
    uint8_t bytes[EVENT_BYTES] = {0};

    lq_outbox_entry_encode(&event, bytes);
    ck_assert_int_eq(decode(bytes, sizeof bytes - 1, &back), LQ_ERR_CORRUPT);
    ck_assert_int_eq(decode(bytes, LQ_OUTBOX_ENTRY_TAGGED_BYTES - 1, &back), LQ_ERR_CORRUPT);
    bytes[2] = LQ_OUTBOX_KIND_LAST + 1;
    ck_assert_int_eq(decode(bytes, sizeof bytes, &back), LQ_ERR_CORRUPT);
    bytes[2] = LQ_OUTBOX_EVENT;
    bytes[0] = 9;
    ck_assert_int_eq(decode(bytes, sizeof bytes, &back), LQ_ERR_VERSION);
}
END_TEST

/* One field each that its kind has not, or lacks. */
static const struct lq_outbox_entry unsound[] = {
    {LQ_OUTBOX_EVENT, 1, 0, 0, 0, 1, 1, 1, 1, false},
    {LQ_OUTBOX_EVENT, 1, 0, 0, 1, 0, 1, 1, 1, false},
    {LQ_OUTBOX_EVENT, 1, 0, 0, 1, 1, 0, 1, 1, false},
    {LQ_OUTBOX_EVENT, 1, 0, 0, 1, 1, 1, 1, 0, false},
    {LQ_OUTBOX_TENANT, 0, 2, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_TENANT, 1, 0, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_TENANT, 0, 0, 0, 1, 1, 1, 0, 1, false},
    {LQ_OUTBOX_SESSION, 0, 0, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_SESSION, 0, 0, 0, 1, 1, 1, 1, 1, false},
    {LQ_OUTBOX_KEY, 0, 0, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_KEY, 1, 0, 0, 1, 1, 0, 2, 1, false},
    {LQ_OUTBOX_LETTER, 0, 0, 0, 1, 1, 0, 1, 1, false},
    {LQ_OUTBOX_LETTER, 1, 0, 0, 1, 1, 1, 1, 1, false},
    {LQ_OUTBOX_AGAIN, 0, 0, 0, 1, 0, 0, 0, 1, false},
    {LQ_OUTBOX_AGAIN, 0, 1, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_AGAIN, 0, 1, 0, 1, 0, 1, 0, 1, false},
    {LQ_OUTBOX_LETTER, 0, 2, 0, 1, 1, 1, 1, 1, false},
};

/* Notes of what was told before say so; a session's may name a later frame than its first. */
static const struct lq_outbox_entry again[] = {
    {LQ_OUTBOX_TENANT, 0, 1, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_SESSION, 0, 1, 0, 1, 1, 1, 70, 1, false},
    {LQ_OUTBOX_KEY, 1, 1, 0, 1, 1, 0, 0, 1, false},
    {LQ_OUTBOX_LETTER, 0, 1, 0, 1, 1, 1, 1, 1, false},
    {LQ_OUTBOX_AGAIN, 0, 1, 0, 1, 0, 0, 0, 0, false},
};

START_TEST(test_outbox_entry_told_again)
{
    struct lq_outbox_entry back;
    uint8_t bytes[LQ_OUTBOX_ENTRY_TAGGED_BYTES] = {0};

    lq_outbox_entry_encode(&again[_i], bytes);
    ck_assert_int_eq(decode(bytes, sizeof bytes, &back), LQ_OK);
    ck_assert(lq_outbox_entry_is_again(&back));
    ck_assert_uint_eq(back.frame, again[_i].frame);
}
END_TEST

/* Of which kinds no event may leave. */
static const struct {
    struct lq_outbox_entry entry;
    bool may_be_quiet;
} quiet[] = {
    {{LQ_OUTBOX_EVENT, 1, 0, 0, 1, 1, 1, 1, 1, true}, true},
    {{LQ_OUTBOX_EVENT, 1, 127, 0, 1, 1, 1, 1, 1, true}, true},
    {{LQ_OUTBOX_SESSION, 0, 0, 0, 1, 1, 1, 0, 1, true}, true},
    {{LQ_OUTBOX_SESSION, 0, 1, 0, 1, 1, 1, 0, 1, true}, false}, /* told again: none leaves anyway */
    {{LQ_OUTBOX_DELETED, 0, 0, 0, 1, 1, 1, 5, 1, true}, true},
    {{LQ_OUTBOX_DELETED, 0, 1, 0, 1, 1, 1, 5, 1, true}, false},
    {{LQ_OUTBOX_TENANT, 0, 0, 0, 1, 1, 0, 0, 1, true}, false},
    {{LQ_OUTBOX_KEY, 1, 0, 0, 1, 1, 0, 0, 1, true}, false},
    {{LQ_OUTBOX_LETTER, 0, 0, 0, 1, 1, 1, 1, 1, true}, false},
    {{LQ_OUTBOX_AGAIN, 0, 1, 0, 1, 0, 0, 0, 0, true}, false},
};

START_TEST(test_outbox_entry_quiet)
{
    const struct lq_outbox_entry *entry = &quiet[_i].entry;
    struct lq_outbox_entry back;
    uint8_t bytes[LQ_OUTBOX_ENTRY_SEALED_BYTES] = {0};
    size_t count = entry->kind == LQ_OUTBOX_EVENT ? LQ_OUTBOX_ENTRY_SEALED_BYTES
                                                  : LQ_OUTBOX_ENTRY_TAGGED_BYTES;

    lq_outbox_entry_encode(entry, bytes);
    ck_assert_uint_eq(bytes[51], 0x80);
    ck_assert_int_eq(decode(bytes, count, &back), quiet[_i].may_be_quiet ? LQ_OK : LQ_ERR_CORRUPT);
    if (quiet[_i].may_be_quiet) {
        ck_assert(back.is_quiet);
        ck_assert_uint_eq(back.event_index, entry->event_index);
    }
}
END_TEST

START_TEST(test_outbox_entry_refuses_fields_of_other_kinds)
{
    struct lq_outbox_entry entry = unsound[_i];
    struct lq_outbox_entry back;
    uint8_t bytes[LQ_OUTBOX_ENTRY_SEALED_BYTES] = {0};
    size_t count =
        entry.kind == LQ_OUTBOX_EVENT ? LQ_OUTBOX_ENTRY_SEALED_BYTES : LQ_OUTBOX_ENTRY_TAGGED_BYTES;

    entry.outbox_sequence = entry.outbox_sequence == 0 ? 1 : entry.outbox_sequence;
    lq_outbox_entry_encode(&entry, bytes);
    if (unsound[_i].outbox_sequence == 0) {
        memset(bytes + 8, 0, 8);
    }
    ck_assert_int_eq(decode(bytes, count, &back), LQ_ERR_CORRUPT);
}
END_TEST

TCase *lq_test_outbox_entry(void);
TCase *lq_test_outbox_entry(void)
{
    TCase *tc = tcase_create("outbox_entry");

    tcase_add_loop_test(tc, test_outbox_entry_quiet, 0, sizeof quiet / sizeof quiet[0]);
    tcase_add_test(tc, test_outbox_entry_layout);
    tcase_add_test(tc, test_outbox_entry_refuses);
    tcase_add_loop_test(tc, test_outbox_entry_refuses_fields_of_other_kinds, 0,
                        sizeof unsound / sizeof unsound[0]);
    tcase_add_loop_test(tc, test_outbox_entry_told_again, 0, (int)(sizeof again / sizeof again[0]));
    return tc;
}
