// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/earlier_state.h"

#include "base/little_endian.h"
#include "tests/support/suite.h"

TCase *lq_test_earlier_state(void);

/* In place of BLAKE2b, which is not this folder's business: every byte counts, by its place. */
static void digest_for_test(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    uint64_t lanes[4] = {1, 2, 3, 4};

    for (size_t at = 0; at < message.bytes; at++) {
        lanes[at % 4] = lanes[at % 4] * UINT64_C(6364136223846793005) + message.data[at] + at;
    }
    memcpy(digest, lanes, LQ_HASH_BYTES);
}

/* By format: length, where the tag is, the first of the next numbers, that of the sums, the history
 * and the count of frames. The page of each format is in the history of docs/ledger-format.md. */
static const struct {
    uint32_t format;
    size_t bytes, tag_at, next_at, sums_at, history_at, frames_at;
} rows[] = {
    {1, 48, 0, 16, 0, 0, 0},
    {2, 368, 304, 24, 112, 0, 64},
    {3, 464, 400, 24, 176, 128, 88},
    {4, 504, 440, 24, 216, 168, 88},
};

static uint8_t bytes[512];
static struct lq_earlier_state earlier;

static void close_state(size_t tag_at)
{
    if (tag_at > 0) {
        digest_for_test(bytes + tag_at + LQ_HASH_BYTES, lq_view_of(bytes, tag_at + LQ_HASH_BYTES));
    }
}

/* A state of 10 records, 3 tenants, 4 sessions and 6 entries of the outbox. */
static void make(int row)
{
    memset(bytes, 0, sizeof bytes);
    lq_put_u32(bytes, rows[row].format);
    lq_put_u32(bytes + 4, 7);
    lq_put_u64(bytes + 8, 99);
    lq_put_u64(bytes + rows[row].next_at, 11);
    lq_put_u64(bytes + rows[row].next_at + 8, 4);
    lq_put_u64(bytes + rows[row].next_at + 16, 5);
    lq_put_u64(bytes + rows[row].next_at + 24, 7);
    if (rows[row].format >= 3) {
        lq_put_u64(bytes + 56, 2); /* the first was trimmed */
        lq_put_u64(bytes + 64, 10);
        lq_put_u64(bytes + 72, 4);
        lq_put_u64(bytes + 96, 5);
    }
    if (rows[row].format == 4) {
        lq_put_u64(bytes + 128, 7);
        for (size_t at = 136; at < 168; at += 8) {
            lq_put_u64(bytes + at, 1);
        }
    }
    if (rows[row].sums_at > 0) {
        lq_put_u64(bytes + rows[row].sums_at, 1234);
        lq_put_u64(bytes + rows[row].frames_at, 4);
    }
    if (rows[row].history_at > 0) {
        bytes[rows[row].history_at] = 77;
    }
    close_state(rows[row].tag_at);
}

static enum lq_result decode(size_t count)
{
    return lq_earlier_state_decode(lq_view_of(bytes, count), digest_for_test, &earlier);
}

START_TEST(test_earlier_state_fields)
{
    const struct lq_partition_state *state = &earlier.state;
    bool proven = rows[_i].tag_at > 0;

    make(_i);
    ck_assert_int_eq(decode(rows[_i].bytes), LQ_OK);
    ck_assert_uint_eq(earlier.format, rows[_i].format);
    ck_assert_uint_eq(earlier.tag_at, rows[_i].tag_at);
    ck_assert(earlier.has_proof == proven);
    ck_assert(earlier.has_history == (rows[_i].history_at > 0));
    ck_assert_uint_eq(state->partition, 7);
    ck_assert_uint_eq(state->writer_epoch, 99);
    ck_assert_uint_eq(state->next_ledger_sequence, 11);
    ck_assert_uint_eq(state->next_tenant_number, 4);
    ck_assert_uint_eq(state->next_session_number, 5);
    ck_assert_uint_eq(state->next_outbox_sequence, 7);
    ck_assert_uint_eq(state->record_count, 10);
    ck_assert_uint_eq(state->session_count, 4);
    ck_assert_uint_eq(state->name_count, 7);
    ck_assert_uint_eq(state->first_outbox_sequence, rows[_i].format >= 3 ? 2 : 1);
    ck_assert_uint_eq(state->outbox_count, rows[_i].format >= 3 ? 5 : 6);
    ck_assert_uint_eq(state->gapless_ledger, 1);
    ck_assert_uint_eq(state->gapless_outbox, 1);
    ck_assert_uint_eq(state->frame_count, proven ? 4 : 0);
    ck_assert_uint_eq(state->records.lanes[0], proven ? 1234 : 0);
    ck_assert_uint_eq(state->history[0], rows[_i].history_at > 0 ? 77 : 0);
}
END_TEST

START_TEST(test_earlier_state_lengths)
{
    make(_i);
    for (size_t count = 0; count < sizeof bytes; count++) {
        enum lq_result wanted = count == rows[_i].bytes ? LQ_OK : LQ_ERR_CORRUPT;

        LQ_HOLDS(decode(count) == wanted, "%zu bytes", count);
    }
}
END_TEST

START_TEST(test_earlier_state_check)
{
    make(_i);
    for (size_t at = 8; at < rows[_i].bytes && rows[_i].tag_at > 0; at++) {
        bytes[at] ^= 1;
        LQ_HOLDS(decode(rows[_i].bytes) == LQ_ERR_CORRUPT, "byte %zu", at);
        bytes[at] ^= 1;
    }
    /* Numbers begin at 1, also where the check is right. */
    for (size_t at = 0; at < 3; at++) {
        make(_i);
        lq_put_u64(bytes + rows[_i].next_at + 8 * at, 0);
        close_state(rows[_i].tag_at);
        ck_assert_int_eq(decode(rows[_i].bytes), LQ_ERR_CORRUPT);
    }
}
END_TEST

START_TEST(test_earlier_state_other_formats)
{
    static const uint32_t formats[] = {0, 5, 6, UINT32_MAX};

    make(3);
    for (size_t at = 0; at < sizeof formats / sizeof formats[0]; at++) {
        lq_put_u32(bytes, formats[at]);
        ck_assert_int_eq(decode(504), LQ_ERR_VERSION);
        ck_assert_uint_eq(earlier.format, formats[at]);
    }
}
END_TEST

TCase *lq_test_earlier_state(void)
{
    TCase *tc = tcase_create("earlier_state");
    int count = (int)(sizeof rows / sizeof rows[0]);

    tcase_add_loop_test(tc, test_earlier_state_fields, 0, count);
    tcase_add_loop_test(tc, test_earlier_state_lengths, 0, count);
    tcase_add_loop_test(tc, test_earlier_state_check, 0, count);
    tcase_add_test(tc, test_earlier_state_other_formats);
    return tc;
}
