// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_slots.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/base_fixture.h"

static struct lq_base_slots slots;

/* Show pieces `from` to `to` - 1 of the fixture's base, named after `segment`, as they lie in
 * `slot`. */
static void show(uint32_t slot, uint64_t segment, uint32_t from, uint32_t to)
{
    struct lq_segment_key key = {.pk = ""};
    uint8_t header[LQ_BASE_ITEM_HEADER_BYTES];

    lq_base_fixture.header.segment = segment;
    for (uint32_t piece = from; piece < to; piece++) {
        struct lq_view body = lq_base_item_piece(&lq_base_fixture.header, lq_fixture_digest,
                                                 lq_base_fixture.base, piece, header);
        lq_segment_key_set_base(&key, 5, slot, piece);
        lq_base_slots_take(&slots, lq_view_text(key.sk), lq_view_of(header, sizeof header), body);
    }
}

static void begin(void)
{
    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX);
    lq_base_slots_start(&slots, lq_fixture_digest);
}

/* The segment of the newest whole one; 0: there is none. */
static uint64_t newest(uint32_t *slot)
{
    const struct lq_base_header *header = lq_base_slots_newest(&slots, slot);

    return header == NULL ? 0 : header->segment;
}

START_TEST(test_slots_newest_whole)
{
    uint32_t slot;

    begin();
    ck_assert_uint_eq(newest(&slot), 0);
    show(0, 70, 0, 2);
    ck_assert_uint_eq(newest(&slot), 0); /* two of three */
    show(0, 70, 2, 3);
    ck_assert_uint_eq(newest(&slot), 70);
    ck_assert_uint_eq(slot, 0);
    show(1, 77, 0, 3);
    ck_assert_uint_eq(newest(&slot), 77);
    ck_assert_uint_eq(slot, 1);
}
END_TEST

START_TEST(test_slots_torn)
{
    uint32_t slot;

    begin();
    show(0, 80, 0, 1);
    show(0, 70, 1, 3); /* a writer died behind its first piece */
    show(1, 77, 0, 3);
    ck_assert_uint_eq(newest(&slot), 77);
    ck_assert_uint_eq(slot, 1);
}
END_TEST

/* A base of one piece, over one of three: what is left of that means nothing. */
START_TEST(test_slots_rest_behind_the_last)
{
    uint32_t slot;

    begin();
    lq_base_fixture_make(LQ_FIXTURE_BASE_MAX);
    ck_assert_uint_eq(lq_base_fixture.header.piece_count, 1);
    show(0, 80, 0, 1);
    lq_base_fixture_make(LQ_FIXTURE_PIECE_MAX);
    show(0, 70, 1, 3);
    ck_assert_uint_eq(newest(&slot), 80);
}
END_TEST

START_TEST(test_slots_unreadable)
{
    struct lq_segment_key key = {.pk = ""};
    uint8_t header[LQ_BASE_ITEM_HEADER_BYTES];
    uint32_t slot;

    begin();
    struct lq_view body = lq_base_item_piece(&lq_base_fixture.header, lq_fixture_digest,
                                             lq_base_fixture.base, 0, header);
    lq_segment_key_set_base(&key, 5, 0, 0);
    header[30]++;
    lq_base_slots_take(&slots, lq_view_text(key.sk), lq_view_of(header, sizeof header), body);
    header[30]--;
    lq_base_slots_take(&slots, lq_view_text(key.sk), lq_view_of(header, sizeof header),
                       lq_view_of(body.data, body.bytes - 1));
    lq_base_slots_take(&slots, lq_view_text("B#5"), lq_view_of(header, sizeof header), body);
    lq_segment_key_set_base(&key, 6, 0, 0);
    lq_base_slots_take(&slots, lq_view_text(key.sk), lq_view_of(header, sizeof header), body);
    lq_base_fixture.base[10]++; /* other bytes than its digest says */
    lq_segment_key_set_base(&key, 5, 0, 0);
    lq_base_slots_take(&slots, lq_view_text(key.sk), lq_view_of(header, sizeof header), body);
    ck_assert_uint_eq(slots.slots[0].pieces, 0);
    lq_base_fixture.base[10]--;
    show(0, 77, 0, 3);
    ck_assert_uint_eq(newest(&slot), 77);
}
END_TEST

START_TEST(test_slots_judge)
{
    struct lq_base_header base;
    uint32_t slot = 9;

    begin();
    base = lq_base_fixture.header; /* of frame 9, at 40, segment 77 */
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_WANTED);
    ck_assert_uint_eq(slot, 0);
    show(0, 77, 0, 3);
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_THERE);
    base.segment = 90; /* another claim since, and the same head */
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_THERE);
    base.frame = 10;
    base.sequence = 50;
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_WANTED);
    ck_assert_uint_eq(slot, 1); /* never over the newest */
    base.segment = 77;          /* which would make two newest ones */
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_ODD);
    base.segment = 70;
    base.frame = 8; /* a newer one is there */
    base.sequence = 30;
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_THERE);
    base.sequence = 45;
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_ODD);
    base.frame = 9;
    base.sequence = 40;
    base.hash[3]++; /* another history */
    ck_assert_int_eq(lq_base_slots_judge(&slots, &base, &slot), LQ_BASE_ODD);
}
END_TEST

TCase *lq_test_base_slots(void);
TCase *lq_test_base_slots(void)
{
    TCase *tc = tcase_create("base_slots");

    tcase_add_test(tc, test_slots_newest_whole);
    tcase_add_test(tc, test_slots_torn);
    tcase_add_test(tc, test_slots_rest_behind_the_last);
    tcase_add_test(tc, test_slots_unreadable);
    tcase_add_test(tc, test_slots_judge);
    return tc;
}
