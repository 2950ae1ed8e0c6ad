// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_packer.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

static const struct lq_segment_position none;
static struct lq_fixture_segment claim;
static struct lq_fixture_segment segments[8];
static struct lq_segment_packer packer;

static void start(size_t body_max)
{
    lq_fixture_claim(&claim, 'a', 1, NULL);
    lq_segment_packer_start(&packer, lq_fixture_digest, body_max, &none);
}

static const struct lq_segment_header *before(int index)
{
    return index == 0 ? &claim.header : &segments[index - 1].header;
}

/* Add `entry`, in as many segments as it needs; the number of those that are finished then. */
static int add(const struct lq_segment_entry *entry, int finished)
{
    for (;;) {
        if (packer.body == NULL) {
            lq_segment_packer_begin(&packer, segments[finished].body);
        }
        enum lq_result result = lq_segment_packer_add(&packer, entry);
        if (result == LQ_OK) {
            return finished;
        }
        ck_assert_int_eq(result, LQ_ERR_FULL);
        lq_fixture_finish(&packer, &segments[finished], before(finished));
        finished++;
    }
}

static void check(int finished)
{
    struct lq_segment_header header;

    for (int index = 0; index < finished; index++) {
        ck_assert_int_eq(lq_segment_decode_header(lq_fixture_header(&segments[index]),
                                                  lq_fixture_digest, &header),
                         LQ_OK);
        ck_assert_int_eq(
            lq_segment_check_body(&header, lq_fixture_digest, lq_fixture_body(&segments[index])),
            LQ_OK);
        ck_assert_mem_eq(header.before, before(index)->after.sequence, sizeof header.before);
    }
}

START_TEST(test_packer_joins)
{
    struct lq_segment_entry record = lq_fixture_record(1, 100);
    struct lq_segment_entry note = lq_fixture_note(LQ_SEGMENT_OUTBOX, 1, 50);
    struct lq_segment_entry broker = lq_fixture_note(LQ_SEGMENT_BROKER, 7, 1);

    start(4000);
    ck_assert_int_eq(add(&record, 0), 0);
    ck_assert_int_eq(add(&note, 0), 0);
    ck_assert_int_eq(add(&broker, 0), 0);
    lq_fixture_finish(&packer, &segments[0], &claim.header);
    check(1);
    const struct lq_segment_header *header = &segments[0].header;
    ck_assert_uint_eq(header->piece_count, 3);
    ck_assert_uint_eq(header->body_bytes, 3 * 16 + 324 + 50 + 1);
    ck_assert_uint_eq(header->after.sequence[0], 1);
    ck_assert_uint_eq(header->after.sequence[1], 1);
    ck_assert_uint_eq(header->after.sequence[2], 7);
    ck_assert_mem_eq(header->after.identity[0], record.identity, LQ_HASH_BYTES);
    ck_assert_mem_eq(header->after.identity[2], broker.identity, LQ_HASH_BYTES);
}
END_TEST

START_TEST(test_packer_splits)
{
    struct lq_segment_entry large = lq_fixture_record(1, 900); /* 1,116 bytes */
    struct lq_segment_entry small = lq_fixture_record(2, 20);

    start(400); /* 384 a piece: 384, 384, 348 */
    int finished = add(&large, 0);
    ck_assert_int_eq(finished, 2);
    finished = add(&small, finished); /* begun behind the rest, in 20 bytes? no: too few */
    ck_assert_int_eq(finished, 3);
    lq_fixture_finish(&packer, &segments[finished], before(finished));
    check(finished + 1);
    ck_assert_uint_eq(segments[0].header.after.sequence[0], 0);
    ck_assert_uint_eq(segments[1].header.after.sequence[0], 0);
    ck_assert_uint_eq(segments[2].header.after.sequence[0], 1);
    ck_assert_uint_eq(segments[2].header.piece_count, 1);
    ck_assert_uint_eq(segments[3].header.after.sequence[0], 2);
}
END_TEST

/* At the edge: just fits, a byte too long, and what is left is just enough for a piece. */
START_TEST(test_packer_edges)
{
    static const struct {
        size_t room;
        enum lq_result result;
        size_t body_bytes;
    } rows[] = {
        {16 + 200, LQ_OK, 216},    {16 + 199, LQ_ERR_FULL, 215}, {16 + 64, LQ_ERR_FULL, 80},
        {16 + 63, LQ_ERR_FULL, 0}, {16 + 201, LQ_OK, 216},
    };
    struct lq_segment_entry filler = lq_fixture_note(LQ_SEGMENT_OUTBOX, 1, 84);
    struct lq_segment_entry entry = lq_fixture_note(LQ_SEGMENT_BROKER, 1, 200);

    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        start(100 + rows[row].room);
        lq_segment_packer_begin(&packer, segments[0].body);
        ck_assert_int_eq(lq_segment_packer_add(&packer, &filler), LQ_OK);
        ck_assert_int_eq(lq_segment_packer_add(&packer, &entry), rows[row].result);
        ck_assert_uint_eq(packer.body_bytes, 100 + rows[row].body_bytes);
    }
}
END_TEST

START_TEST(test_packer_passes_over_what_is_there)
{
    struct lq_segment_position position = {.sequence = {4, 0, 0}};
    struct lq_segment_entry covered = lq_fixture_record(4, 10);
    struct lq_segment_entry next = lq_fixture_record(6, 10);

    memset(position.identity[0], 1, LQ_HASH_BYTES);
    lq_segment_packer_start(&packer, lq_fixture_digest, 1000, &position);
    lq_segment_packer_begin(&packer, segments[0].body);
    ck_assert(lq_segment_packer_is_empty(&packer));
    ck_assert_int_eq(lq_segment_packer_add(&packer, &covered), LQ_ERR_STALE);
    ck_assert(lq_segment_packer_is_empty(&packer));
    ck_assert_int_eq(lq_segment_packer_add(&packer, &next), LQ_OK);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &next), LQ_ERR_STALE);
    ck_assert(!lq_segment_packer_is_empty(&packer));
    ck_assert_uint_eq(packer.piece_count, 1);
}
END_TEST

/* The identity of a segment depends on what its entries are, not on how they are sealed. */
START_TEST(test_packer_content_identity)
{
    struct lq_segment_entry record = lq_fixture_record(1, 100);
    uint8_t sealed_anew[LQ_RECORD_EXTRA_BYTES + 100];
    struct lq_segment_header headers[3];

    memcpy(sealed_anew, record.bytes.data, record.bytes.bytes);
    for (int turn = 0; turn < 3; turn++) {
        start(1000);
        lq_segment_packer_begin(&packer, segments[turn].body);
        record.identity[0] ^= turn == 2;
        ck_assert_int_eq(lq_segment_packer_add(&packer, &record), LQ_OK);
        lq_fixture_finish(&packer, &segments[turn], &claim.header);
        headers[turn] = segments[turn].header;
        sealed_anew[LQ_RECORD_NONCE_AT] ^= 1;
        record.bytes = lq_view_of(sealed_anew, sizeof sealed_anew);
    }
    ck_assert_mem_eq(headers[0].content, headers[1].content, LQ_HASH_BYTES);
    ck_assert_mem_ne(headers[0].digest, headers[1].digest, LQ_HASH_BYTES);
    ck_assert(lq_segment_same_step(&headers[0], &headers[1]));
    ck_assert(!lq_segment_same_step(&headers[0], &headers[2]));
}
END_TEST

START_TEST(test_packer_refuses_what_no_reader_takes)
{
    static uint8_t bytes[LQ_SEGMENT_ENTRY_BYTES_MAX + 1];
    struct lq_segment_entry entry = {
        .kind = LQ_SEGMENT_BROKER, .sequence = 1, .bytes = {bytes, sizeof bytes}};

    start(1000);
    lq_segment_packer_begin(&packer, segments[0].body);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &entry), LQ_ERR_LIMIT);
    ck_assert(lq_segment_packer_is_empty(&packer));
}
END_TEST

TCase *lq_test_segment_packer(void);
TCase *lq_test_segment_packer(void)
{
    TCase *tc = tcase_create("segment_packer");

    tcase_add_test(tc, test_packer_joins);
    tcase_add_test(tc, test_packer_splits);
    tcase_add_test(tc, test_packer_edges);
    tcase_add_test(tc, test_packer_passes_over_what_is_there);
    tcase_add_test(tc, test_packer_content_identity);
    tcase_add_test(tc, test_packer_refuses_what_no_reader_takes);
    return tc;
}
