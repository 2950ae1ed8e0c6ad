// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The item of the partition: read, put, moved on; what was long on its way moves nothing back. */
#include "mirror/handler/partition_mark.h"

#include "base/clock.h"
#include "mirror/domain/partition_item.h"
#include "store/seal/digest.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/handler/upkeep_fixture.h"

enum { CLAIM = 7, SECOND_CLAIM = 8 };

static struct lq_partition_mark mark;
static struct lq_feed_state store;

static void claim(uint64_t number)
{
    struct lq_stream_log *control = &lq_upkeep_fixture.streams.set.streams[LQ_STREAM_SET_CONTROL];

    control->state = LQ_STREAM_LOG_OPEN;
    control->claim = number;
    control->table.number = number;
    lq_upkeep_fixture.streams.streams[LQ_STREAM_SET_CONTROL].is_started = true;
}

static void hear(const struct lq_dynamodb_answer *answer)
{
    lq_partition_mark_hear(&mark, answer, lq_upkeep_fixture.now_ns);
}

static void turn(void)
{
    lq_upkeep_fixture.now_ns += 6 * LQ_NS_PER_S; /* longer than it waits after a refusal */
    lq_partition_mark_turn(&mark, lq_upkeep_fixture.now_ns, false);
}

static void start(uint64_t number)
{
    mark = (struct lq_partition_mark){.streams = &lq_upkeep_fixture.streams, .store = &store};
    claim(number);
    turn();
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    turn();
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    ck_assert_int_eq(mark.state, LQ_MARK_SET);
}

static void set_up(void)
{
    lq_upkeep_fixture_make();
    memset(&store, 0, sizeof store);
    start(CLAIM);
}

static void tear_down(void)
{
    lq_upkeep_fixture_remove();
}

static void want(uint64_t ledger_sequence, uint64_t outbox_sequence)
{
    mark.wants.feed = (struct lq_feed_position){ledger_sequence, outbox_sequence};
    turn();
}

static void ck_says(uint64_t ledger_sequence, uint64_t outbox_sequence)
{
    const struct lq_fake_item *item = lq_fake_table_find("P#0", "M");

    ck_assert_ptr_nonnull(item);
    ck_assert_uint_eq(lq_fake_table_number(item, 'l'), ledger_sequence);
    ck_assert_uint_eq(lq_fake_table_number(item, 'o'), outbox_sequence);
}

START_TEST(test_partition_mark_moves_on)
{
    ck_says(0, 0);
    want(5, 9);
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    ck_says(5, 9);
    ck_assert_uint_eq(mark.says.feed.outbox_sequence, 9);
    turn();
    ck_assert(!lq_fake_table_step(LQ_FAKE_DONE, hear));
    start(SECOND_CLAIM);
    ck_says(5, 9);
    ck_assert_uint_eq(mark.says.feed.ledger_sequence, 5);
    ck_assert_ptr_null(mark.over);
}
END_TEST

START_TEST(test_partition_mark_is_never_moved_back)
{
    want(5, 9);
    struct lq_fake_question late = lq_fake_table.questions[0];
    ck_assert(lq_fake_table_step(LQ_FAKE_NOT_DONE, hear));
    want(6, 10);
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    lq_fake_table.questions[lq_fake_table.question_count++] = late;
    ck_assert(lq_fake_table_step(LQ_FAKE_LOST, hear));
    ck_says(6, 10);
}
END_TEST

START_TEST(test_partition_mark_meets_itself)
{
    want(5, 9);
    struct lq_fake_question again = lq_fake_table.questions[0];
    lq_fake_table.questions[lq_fake_table.question_count++] = again;
    struct lq_partition_mark asked = mark;
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    mark = asked; /* its answer was lost: the same question was asked again, and met what it did */
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    ck_assert_ptr_null(mark.over);
    ck_assert_uint_eq(mark.says.feed.ledger_sequence, 5);
    ck_says(5, 9);
}
END_TEST

START_TEST(test_partition_mark_ends_at_a_later_claim)
{
    struct lq_partition_mark first = mark;

    start(SECOND_CLAIM);
    mark = first;
    claim(CLAIM);
    want(5, 9);
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    ck_assert_str_eq(mark.over, "another writer has claimed the table");
    ck_says(0, 0);
}
END_TEST

START_TEST(test_partition_mark_ends_when_its_item_is_gone)
{
    lq_fake_table_remove("P#0", "M");
    want(5, 9);
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    ck_assert_ptr_nonnull(mark.over);
    ck_assert_ptr_nonnull(strstr(mark.over, "emptied"));
}
END_TEST

/* The records in its streams are not those that this program writes. */
START_TEST(test_partition_mark_ends_at_another_format)
{
    struct lq_fake_item *item = lq_fake_table_find("P#0", "M");
    struct lq_partition_item partition;

    ck_assert_int_eq(
        lq_partition_item_decode(lq_view_of(item->h, item->h_bytes), lq_digest, &partition), LQ_OK);
    partition.ledger_format--;
    lq_partition_item_encode(&partition, lq_digest, item->h);
    mark = (struct lq_partition_mark){.streams = &lq_upkeep_fixture.streams, .store = &store};
    turn();
    ck_assert(lq_fake_table_step(LQ_FAKE_DONE, hear));
    ck_assert_ptr_nonnull(mark.over);
    ck_assert_ptr_nonnull(strstr(mark.over, "another format"));
}
END_TEST

TCase *lq_test_partition_mark(void);
TCase *lq_test_partition_mark(void)
{
    TCase *tc = tcase_create("partition_mark");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_partition_mark_moves_on);
    tcase_add_test(tc, test_partition_mark_is_never_moved_back);
    tcase_add_test(tc, test_partition_mark_meets_itself);
    tcase_add_test(tc, test_partition_mark_ends_at_a_later_claim);
    tcase_add_test(tc, test_partition_mark_ends_when_its_item_is_gone);
    tcase_add_test(tc, test_partition_mark_ends_at_another_format);
    return tc;
}
