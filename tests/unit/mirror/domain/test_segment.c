// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment.h"

#include "base/little_endian.h"
#include "store/core/outbox_entry.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

static struct lq_fixture_segment claim;
static struct lq_fixture_segment data;

/* A claim, and a segment behind it: record 4, note 9, the first piece of record 7. */
static void make(void)
{
    static const struct lq_segment_position none;
    struct lq_segment_packer packer;
    struct lq_segment_entry record = lq_fixture_record(4, 10);
    struct lq_segment_entry note = lq_fixture_note(LQ_SEGMENT_OUTBOX, 9, 20);
    struct lq_segment_entry large = lq_fixture_record(7, 900);

    lq_fixture_claim(&claim, 'a', 6, NULL);
    lq_segment_packer_start(&packer, lq_fixture_digest, 700, &none);
    lq_segment_packer_begin(&packer, data.body);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &record), LQ_OK);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &note), LQ_OK);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &large), LQ_ERR_FULL);
    lq_fixture_finish(&packer, &data, &claim.header);
}

START_TEST(test_segment_layout)
{
    struct lq_segment_header back;

    make();
    const uint8_t *at = data.header_bytes;
    ck_assert_uint_eq(lq_get_u16(at), LQ_SEGMENT_VERSION);
    ck_assert_uint_eq(at[2], 2);
    ck_assert_uint_eq(at[3], 0);
    ck_assert_uint_eq(lq_get_u32(at + 4), LQ_FIXTURE_PARTITION);
    ck_assert_uint_eq(lq_get_u64(at + 8), LQ_FIXTURE_TENANT);
    ck_assert_uint_eq(lq_get_u64(at + 16), 2);
    ck_assert_uint_eq(lq_get_u64(at + 24), 6);
    ck_assert_mem_eq(at + 32, lq_fixture_writer('a'), 16);
    ck_assert_uint_eq(lq_get_u64(at + 48), 0);
    ck_assert_uint_eq(lq_get_u64(at + 72), 4);
    ck_assert_uint_eq(lq_get_u64(at + 80), 9);
    ck_assert_uint_eq(lq_get_u64(at + 88), 0);
    ck_assert_uint_eq(lq_get_u32(at + 96), 3);
    ck_assert_uint_eq(lq_get_u32(at + 100), 700);
    ck_assert_uint_eq(lq_get_u64(at + 104), 0);
    ck_assert_mem_eq(at + 112, data.header.after.identity[0], 32);
    ck_assert_mem_eq(at + 272, claim.header.digest, 32);
    ck_assert_mem_eq(at + 304, data.header.digest, 32);
    ck_assert_int_eq(lq_segment_decode_header(lq_fixture_header(&data), lq_fixture_digest, &back),
                     LQ_OK);
    ck_assert_mem_eq(&back.after, &data.header.after, sizeof back.after);
    ck_assert(lq_segment_same_step(&back, &data.header));
    ck_assert_int_eq(lq_segment_check_body(&back, lq_fixture_digest, lq_fixture_body(&data)),
                     LQ_OK);
    ck_assert_int_eq(lq_segment_decode_header(lq_fixture_header(&claim), lq_fixture_digest, &back),
                     LQ_OK);
    ck_assert_int_eq(lq_segment_check_body(&back, lq_fixture_digest, lq_view_of(NULL, 0)), LQ_OK);
}
END_TEST

/* A change of `bytes` bytes at `at` of the header; the digest is made anew unless it says not. */
static const struct {
    const char *name;
    size_t at;
    int bytes;
    uint64_t value;
    bool of_claim, digest_stays;
    enum lq_result result;
} faults[] = {
    {"another version", 0, 2, 1, false, false, LQ_ERR_VERSION},
    {"no kind", 2, 1, 0, false, false, LQ_ERR_CORRUPT},
    {"an unknown kind", 2, 1, 3, false, false, LQ_ERR_CORRUPT},
    {"a reserved byte set", 3, 1, 1, false, false, LQ_ERR_CORRUPT},
    {"number 0", 16, 8, 0, false, false, LQ_ERR_CORRUPT},
    {"claim 0", 24, 8, 0, false, false, LQ_ERR_CORRUPT},
    {"a position that goes back", 48, 8, 5, false, false, LQ_ERR_CORRUPT},
    {"a position without an identity", 88, 8, 1, false, false, LQ_ERR_CORRUPT},
    {"an identity without a position", 176, 1, 1, false, false, LQ_ERR_CORRUPT},
    {"data without pieces", 96, 4, 0, false, false, LQ_ERR_CORRUPT},
    {"more pieces than there is room for", 96, 4, 44, false, false, LQ_ERR_CORRUPT},
    {"pieces beyond all memory", 96, 4, UINT32_MAX, false, false, LQ_ERR_CORRUPT},
    {"a body longer than any", 100, 4, LQ_SEGMENT_BODY_BYTES_MAX + 1, false, false, LQ_ERR_CORRUPT},
    {"records in the control stream", 8, 8, 0, false, false, LQ_ERR_CORRUPT},
    {"a changed byte", 104, 1, 1, false, true, LQ_ERR_CORRUPT},
    {"another digest", 335, 1, 0xff, false, true, LQ_ERR_CORRUPT},
    {"a claim with pieces", 96, 4, 1, true, false, LQ_ERR_CORRUPT},
    {"a claim with a body", 100, 4, 40, true, false, LQ_ERR_CORRUPT},
    {"a claim with content", 208, 1, 1, true, false, LQ_ERR_CORRUPT},
    {"nothing wrong with a claim", 104, 1, 1, true, false, LQ_OK},
    {"nothing wrong with data", 104, 1, 1, false, false, LQ_OK},
};

START_TEST(test_segment_header_refuses)
{
    struct lq_segment_header back;
    uint8_t bytes[LQ_SEGMENT_HEADER_BYTES];

    make();
    memcpy(bytes, faults[_i].of_claim ? claim.header_bytes : data.header_bytes, sizeof bytes);
    for (int byte = 0; byte < faults[_i].bytes; byte++) {
        bytes[faults[_i].at + (size_t)byte] = (uint8_t)(faults[_i].value >> (8 * byte));
    }
    if (!faults[_i].digest_stays) {
        lq_fixture_digest(bytes + LQ_SEGMENT_DIGEST_AT, lq_view_of(bytes, LQ_SEGMENT_DIGEST_AT));
    }
    enum lq_result result =
        lq_segment_decode_header(lq_view_of(bytes, sizeof bytes), lq_fixture_digest, &back);
    ck_assert_msg(result == faults[_i].result, "%s: %s", faults[_i].name, lq_result_text(result));
}
END_TEST

START_TEST(test_segment_header_refuses_every_length)
{
    struct lq_segment_header back;

    make();
    for (size_t bytes = 0; bytes < LQ_SEGMENT_HEADER_BYTES; bytes++) {
        ck_assert_int_eq(lq_segment_decode_header(lq_view_of(data.header_bytes, bytes),
                                                  lq_fixture_digest, &back),
                         LQ_ERR_CORRUPT);
    }
}
END_TEST

/* Where the pieces of `data` begin: record 4 has 234 bytes, note 9 has 20, the rest is 7's. */
enum { RECORD_AT = 0, NOTE_AT = 16 + 234, LARGE_AT = NOTE_AT + 16 + 20 };

static const struct {
    const char *name;
    size_t at;
    uint8_t value;
} body_faults[] = {
    {"no kind", RECORD_AT, 0},
    {"an unknown kind", RECORD_AT, 4},
    {"an unknown flag", RECORD_AT + 1, 7},
    {"a reserved byte set", RECORD_AT + 2, 1},
    {"an empty piece", RECORD_AT + 4, 0},
    {"a piece that is shorter", RECORD_AT + 4, 233},
    {"a piece that goes beyond the body", RECORD_AT + 6, 1},
    {"a piece beyond all memory", RECORD_AT + 7, 0xff},
    {"sequence 0", RECORD_AT + 8, 0},
    {"another sequence than covered", RECORD_AT + 8, 3},
    {"a piece that leaves its entry open, with others behind it", RECORD_AT + 1, 1},
    {"a rest behind others", NOTE_AT + 1, 2},
    {"a note that the header does not cover", NOTE_AT + 8, 10},
    {"an unfinished entry that is covered", LARGE_AT + 8, 4},
    {"an entry that ends and is not covered", LARGE_AT + 1, 3},
};

START_TEST(test_segment_body_refuses)
{
    make();
    ck_assert_int_eq(data.body[body_faults[_i].at] == body_faults[_i].value, 0);
    data.body[body_faults[_i].at] = body_faults[_i].value;
    ck_assert_int_eq(lq_segment_check_body(&data.header, lq_fixture_digest, lq_fixture_body(&data)),
                     LQ_ERR_CORRUPT); /* its digest */
    lq_fixture_seal(&data);
    ck_assert_msg(lq_segment_check_body(&data.header, lq_fixture_digest, lq_fixture_body(&data)) ==
                      LQ_ERR_CORRUPT,
                  "%s", body_faults[_i].name);
}
END_TEST

START_TEST(test_segment_body_is_whole)
{
    make();
    struct lq_view body = lq_fixture_body(&data);
    ck_assert_int_eq(lq_segment_check_body(&data.header, lq_fixture_digest,
                                           lq_view_of(body.data, body.bytes - 1)),
                     LQ_ERR_CORRUPT);
    data.header.piece_count = 2; /* and something behind them */
    lq_fixture_seal(&data);
    ck_assert_int_eq(lq_segment_check_body(&data.header, lq_fixture_digest, body), LQ_ERR_CORRUPT);
    data.header.piece_count = 4;
    lq_fixture_seal(&data);
    ck_assert_int_eq(lq_segment_check_body(&data.header, lq_fixture_digest, body), LQ_ERR_CORRUPT);
    data.header.piece_count = 3;
    data.header.tenant_number = 0; /* a record in the control stream */
    lq_fixture_seal(&data);
    ck_assert_int_eq(lq_segment_check_body(&data.header, lq_fixture_digest, body), LQ_ERR_CORRUPT);
}
END_TEST

/* What must be equal in two tries of one put, and what need not. */
START_TEST(test_segment_same_step)
{
    make();
    struct lq_segment_header other = data.header;
    other.wall_ns++;
    other.digest[0]++;
    other.body_digest[0]++;
    other.previous[0]++;
    ck_assert(lq_segment_same_step(&data.header, &other));
    struct {
        void *at;
    } fields[] = {{&other.kind},
                  {&other.partition},
                  {&other.tenant_number},
                  {&other.number},
                  {&other.claim},
                  {&other.piece_count},
                  {&other.body_bytes},
                  {other.writer},
                  {other.before},
                  {&other.after},
                  {other.content},
                  {other.after.identity[2]},
                  {&other.after.sequence[1]}};
    for (size_t index = 0; index < sizeof fields / sizeof fields[0]; index++) {
        uint8_t *byte = fields[index].at;
        *byte ^= 1;
        ck_assert_msg(!lq_segment_same_step(&data.header, &other), "field %zu", index);
        *byte ^= 1;
    }
    ck_assert(lq_segment_same_step(&data.header, &other));
}
END_TEST

START_TEST(test_segment_identities_outlive_a_rotation)
{
    struct lq_segment_entry record = lq_fixture_record(4, 10);
    uint8_t event[LQ_OUTBOX_ENTRY_SEALED_BYTES + 12] = {0};
    uint8_t one[LQ_HASH_BYTES];
    uint8_t other[LQ_HASH_BYTES];
    struct lq_outbox_entry entry = {.key_generation = 1, .body_bytes = 12, .outbox_sequence = 8};

    ck_assert(lq_segment_record_identity(record.bytes, one));
    ck_assert_mem_eq(one, record.bytes.data + LQ_RECORD_HASH_AT, sizeof one);
    ck_assert(!lq_segment_record_identity(lq_view_of(event, LQ_RECORD_EXTRA_BYTES - 1), one));
    lq_outbox_entry_encode(&entry, event);
    ck_assert(lq_segment_event_identity(lq_fixture_digest, lq_view_of(event, sizeof event), one));
    entry.key_generation = 2;
    lq_outbox_entry_encode(&entry, event);
    memset(event + LQ_OUTBOX_ENTRY_HEADER_BYTES, 7, 20); /* nonce */
    ck_assert(lq_segment_event_identity(lq_fixture_digest, lq_view_of(event, sizeof event), other));
    ck_assert_mem_eq(one, other, sizeof one);
    entry.event_index = 1;
    lq_outbox_entry_encode(&entry, event);
    ck_assert(lq_segment_event_identity(lq_fixture_digest, lq_view_of(event, sizeof event), other));
    ck_assert_mem_ne(one, other, sizeof one);
    ck_assert(!lq_segment_event_identity(
        lq_fixture_digest, lq_view_of(event, LQ_OUTBOX_ENTRY_SEALED_BYTES - 1), other));
}
END_TEST

TCase *lq_test_segment(void);
TCase *lq_test_segment(void)
{
    TCase *tc = tcase_create("segment");

    tcase_add_test(tc, test_segment_layout);
    tcase_add_loop_test(tc, test_segment_header_refuses, 0, sizeof faults / sizeof faults[0]);
    tcase_add_test(tc, test_segment_header_refuses_every_length);
    tcase_add_loop_test(tc, test_segment_body_refuses, 0,
                        sizeof body_faults / sizeof body_faults[0]);
    tcase_add_test(tc, test_segment_body_is_whole);
    tcase_add_test(tc, test_segment_same_step);
    tcase_add_test(tc, test_segment_identities_outlive_a_rotation);
    return tc;
}
