// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_reader.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

#include <stdio.h>

/* A stream: 0 claim of a; 1 note 1, first piece of record 1; 2 its rest, record 2; 3 first piece of
 * record 3; 4 claim of b; 5 record 3, from its beginning. */
enum { COUNT = 6, BODY_MAX = 420, LENT = 1400 };

static struct lq_fixture_segment stream[COUNT];
static struct lq_segment_reader reader;
static uint8_t lent[LENT];

static void pack(int index, struct lq_segment_packer *packer, const struct lq_segment_entry *entry,
                 enum lq_result expected)
{
    if (packer->body == NULL) {
        lq_segment_packer_begin(packer, stream[index].body);
    }
    ck_assert_int_eq(lq_segment_packer_add(packer, entry), expected);
}

static void make(void)
{
    static const struct lq_segment_position none;
    struct lq_segment_packer packer;
    struct lq_segment_entry note = lq_fixture_note(LQ_SEGMENT_OUTBOX, 1, 50);
    struct lq_segment_entry one = lq_fixture_record(1, 292);
    struct lq_segment_entry two = lq_fixture_record(2, 0);
    struct lq_segment_entry three = lq_fixture_record(3, 400);

    lq_fixture_claim(&stream[0], 'a', 1, NULL);
    lq_segment_packer_start(&packer, lq_fixture_digest, BODY_MAX, &none);
    pack(1, &packer, &note, LQ_OK);
    pack(1, &packer, &one, LQ_ERR_FULL);
    lq_fixture_finish(&packer, &stream[1], &stream[0].header);
    pack(2, &packer, &one, LQ_OK);
    pack(2, &packer, &two, LQ_ERR_FULL);
    lq_fixture_finish(&packer, &stream[2], &stream[1].header);
    pack(3, &packer, &two, LQ_OK);
    pack(3, &packer, &three, LQ_ERR_FULL);
    lq_fixture_finish(&packer, &stream[3], &stream[2].header);
    lq_fixture_claim(&stream[4], 'b', 3, &stream[3].header);
    lq_segment_packer_start(&packer, lq_fixture_digest, LQ_FIXTURE_BODY_BYTES,
                            &stream[4].header.after);
    pack(5, &packer, &three, LQ_OK);
    lq_fixture_finish(&packer, &stream[5], &stream[4].header);
    lq_segment_reader_start(&reader, lq_fixture_digest, LQ_FIXTURE_PARTITION, LQ_FIXTURE_TENANT,
                            lent, sizeof lent);
}

static enum lq_result take(int index)
{
    return lq_segment_reader_take(&reader, lq_fixture_header(&stream[index]),
                                  lq_fixture_body(&stream[index]));
}

/* The entries of a segment, as digits: kind, sequence. */
static const char *entries(void)
{
    static char text[64];
    size_t at = 0;
    struct lq_segment_entry entry;

    text[0] = '\0';
    while (lq_segment_reader_next(&reader, &entry) == LQ_OK) {
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%d%d ", entry.kind, (int)entry.sequence);
    }
    return text;
}

START_TEST(test_reader_reads_a_stream)
{
    static const char *const expected[COUNT] = {"", "21 ", "11 ", "12 ", "", "13 "};
    struct lq_segment_entry entry;

    make();
    for (int index = 0; index < COUNT; index++) {
        ck_assert_msg(take(index) == LQ_OK, "%d: %s", index, reader.why);
        ck_assert_str_eq(entries(), expected[index]);
    }
    ck_assert_uint_eq(reader.first_number, 1);
    make();
    ck_assert_int_eq(take(0), LQ_OK);
    ck_assert_int_eq(take(1), LQ_OK);
    ck_assert_str_eq(entries(), "21 ");
    ck_assert_int_eq(take(2), LQ_OK);
    ck_assert_int_eq(lq_segment_reader_next(&reader, &entry), LQ_OK);
    struct lq_segment_entry made = lq_fixture_record(1, 292);
    ck_assert(lq_view_equal(entry.bytes, made.bytes)); /* put together over two segments */
    ck_assert_mem_eq(entry.identity, made.identity, LQ_HASH_BYTES);
}
END_TEST

/* From any segment on, when those before have expired: what began before is passed over. */
START_TEST(test_reader_begins_anywhere)
{
    static const char *const expected[COUNT] = {"", "21 ", "", "12 ", "", "13 "};

    for (int first = 1; first < COUNT; first++) {
        make();
        for (int index = first; index < COUNT; index++) {
            ck_assert_int_eq(take(index), LQ_OK);
            const char *read = entries();
            if (index == first && index < 4) {
                ck_assert_str_eq(read, first == 3 ? "" : expected[index]);
            }
            ck_assert(index != 5 || strcmp(read, "13 ") == 0);
        }
        ck_assert_uint_eq(reader.first_number, (uint64_t)first + 1);
    }
}
END_TEST

/* What is done to the segment at `index`, before it is taken in its place or another's. */
static void swap_writer(struct lq_fixture_segment *segment)
{
    memcpy(segment->header.writer, lq_fixture_writer('c'), LQ_SEGMENT_WRITER_BYTES);
}

static void raise_claim(struct lq_fixture_segment *segment)
{
    segment->header.claim++;
}

static void lower_claim(struct lq_fixture_segment *segment)
{
    segment->header.claim = 1;
}

static void change_previous(struct lq_fixture_segment *segment)
{
    segment->header.previous[0] ^= 1;
}

static void change_partition(struct lq_fixture_segment *segment)
{
    segment->header.partition++;
}

static void change_tenant(struct lq_fixture_segment *segment)
{
    segment->header.tenant_number++;
}

static void begin_later(struct lq_fixture_segment *segment)
{
    segment->header.before[2] = segment->header.after.sequence[2] = 1;
    segment->header.after.identity[2][0] = 1;
}

static void change_identity(struct lq_fixture_segment *segment)
{
    segment->header.after.identity[1][0] ^= 1;
}

static void begin_anew(struct lq_fixture_segment *segment)
{
    segment->body[1] |= LQ_SEGMENT_FIRST_PIECE;
}

static void another_rest(struct lq_fixture_segment *segment)
{
    segment->body[0] = LQ_SEGMENT_BROKER;
    segment->header.after.sequence[0] = 0;
    memset(segment->header.after.identity[0], 0, LQ_HASH_BYTES);
    segment->header.after.sequence[2] = 1;
    segment->header.after.identity[2][0] = 1;
}

static void no_beginning(struct lq_fixture_segment *segment)
{
    segment->body[1] &= (uint8_t)~LQ_SEGMENT_FIRST_PIECE;
}

static const struct {
    int index;
    void (*change)(struct lq_fixture_segment *segment);
    const char *why;
} faults[] = {
    {2, swap_writer, "a segment of a writer that does not hold the claim"},
    {2, raise_claim, "a segment of a writer that does not hold the claim"},
    {4, lower_claim, "a claim that is not above the one before"},
    {2, change_previous, "the segment before is another than the one it names"},
    {4, change_previous, "the segment before is another than the one it names"},
    {2, change_partition, "a segment of another stream"},
    {2, change_tenant, "a segment of another stream"},
    {2, begin_later, "it does not begin where the segment before ended"},
    {2, change_identity, "an identity changed where no entry was added"},
    {2, begin_anew, "an entry is not finished"},
    {2, another_rest, "an entry is not finished"},
    {1, no_beginning, "a rest of an entry without its beginning"},
    {0, change_previous, "the first segment names others before it"},
    {0, begin_later, "the first segment names others before it"},
};

START_TEST(test_reader_refuses)
{
    make();
    for (int index = 0; index < faults[_i].index; index++) {
        ck_assert_int_eq(take(index), LQ_OK);
        entries();
    }
    struct lq_segment_header before = reader.header;
    faults[_i].change(&stream[faults[_i].index]);
    lq_fixture_seal(&stream[faults[_i].index]);
    ck_assert_int_eq(take(faults[_i].index), LQ_ERR_CORRUPT);
    ck_assert_str_eq(reader.why, faults[_i].why);
    ck_assert_mem_eq(&before.digest, &reader.header.digest, LQ_HASH_BYTES);
}
END_TEST

START_TEST(test_reader_misses_a_segment)
{
    make();
    ck_assert_int_eq(take(0), LQ_OK);
    ck_assert_int_eq(take(2), LQ_ERR_CORRUPT);
    ck_assert_str_eq(reader.why, "a segment is missing");
    ck_assert_int_eq(take(1), LQ_OK);
    entries();
    ck_assert_int_eq(take(1), LQ_ERR_CORRUPT);
    ck_assert_int_eq(take(0), LQ_ERR_CORRUPT);
    make();
    stream[1].header.number = 1; /* data, where a claim must be */
    lq_fixture_seal(&stream[1]);
    ck_assert_int_eq(take(1), LQ_ERR_CORRUPT);
    ck_assert_str_eq(reader.why, "the first segment is no claim");
    make();
    stream[0].header_bytes[0] = 1;
    ck_assert_int_eq(take(0), LQ_ERR_VERSION);
    make();
    ck_assert_int_eq(take(0), LQ_OK);
    stream[1].body[20] ^= 1;
    ck_assert_int_eq(take(1), LQ_ERR_CORRUPT);
    ck_assert_str_eq(reader.why, "its body is not what its header says");
}
END_TEST

/* A record has to fit the place that the pieces give it. */
START_TEST(test_reader_looks_into_records)
{
    static const struct {
        size_t at; /* of the record in segment 5 */
        uint8_t change;
    } rows[] = {{LQ_RECORD_HEADER_AT + 8, 1},  {LQ_RECORD_HEADER_AT + 16, 1},
                {LQ_RECORD_HEADER_AT + 76, 1}, {LQ_RECORD_HEADER_AT + 72, 1},
                {LQ_RECORD_HASH_AT, 1},        {LQ_RECORD_HEADER_AT + 2, 1}};
    struct lq_segment_entry entry;

    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        make();
        stream[5].body[16 + rows[row].at] ^= rows[row].change;
        lq_fixture_seal(&stream[5]);
        ck_assert_int_eq(take(5), LQ_OK);
        ck_assert_msg(lq_segment_reader_next(&reader, &entry) == LQ_ERR_CORRUPT, "row %zu", row);
        ck_assert_str_eq(reader.why, "a record that does not fit its place");
    }
}
END_TEST

START_TEST(test_reader_keeps_to_what_was_lent)
{
    struct lq_segment_entry entry;

    make();
    lq_segment_reader_start(&reader, lq_fixture_digest, LQ_FIXTURE_PARTITION, LQ_FIXTURE_TENANT,
                            lent, 515); /* record 1 has 516 bytes */
    ck_assert_int_eq(take(0), LQ_OK);
    ck_assert_int_eq(take(1), LQ_OK);
    ck_assert_str_eq(entries(), "21 ");
    ck_assert_int_eq(take(2), LQ_OK);
    ck_assert_int_eq(lq_segment_reader_next(&reader, &entry), LQ_ERR_LIMIT);
}
END_TEST

TCase *lq_test_segment_reader(void);
TCase *lq_test_segment_reader(void)
{
    TCase *tc = tcase_create("segment_reader");

    tcase_add_test(tc, test_reader_reads_a_stream);
    tcase_add_test(tc, test_reader_begins_anywhere);
    tcase_add_loop_test(tc, test_reader_refuses, 0, sizeof faults / sizeof faults[0]);
    tcase_add_test(tc, test_reader_misses_a_segment);
    tcase_add_test(tc, test_reader_looks_into_records);
    tcase_add_test(tc, test_reader_keeps_to_what_was_lent);
    return tc;
}
