// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Streams whose puts are slow, beside others; what a store says of an entry that a table names. */
#include "base/clock.h"
#include "base/little_endian.h"
#include "mirror/handler/ledger_source.h"
#include "mirror/handler/mirror_streams.h"
#include "store/seal/digest.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdlib.h>

enum { BODY_BYTES = 1024, BODIES = 16, RECORD_BYTES = 300, SLOW = 1, OTHER = 2 };

static struct lq_mirror_streams streams;
static uint64_t sequence;

static void set_up(void)
{
    const struct lq_mirror_streams_options options = {
        .tenants_max = 4, .bodies_max = BODIES, .body_bytes = BODY_BYTES, .flush_ns = LQ_NS_PER_S};

    lq_mirror_streams_init(&streams, &options);
    ck_assert_int_eq(lq_mirror_streams_add(&streams, lq_view_text("slow"), SLOW), LQ_OK);
    ck_assert_int_eq(lq_mirror_streams_add(&streams, lq_view_text("other"), OTHER), LQ_OK);
    for (uint32_t place = 0; place <= OTHER; place++) {
        streams.set.streams[place].state = LQ_STREAM_LOG_OPEN;
        streams.set.streams[place].claim = 1;
        lq_mirror_streams_start(&streams, place);
    }
    streams.set.control_claimed = true;
    sequence = 0;
}

static void tear_down(void)
{
    lq_mirror_streams_destroy(&streams);
}

/* A record of a tenant that has nothing but its header. */
static enum lq_result take(uint64_t tenant_number)
{
    static uint8_t bytes[RECORD_BYTES];
    struct lq_record_header header = {.version = LQ_RECORD_VERSION,
                                      .seal_version = LQ_RECORD_SEAL_VERSION,
                                      .form = LQ_RECORD_WHOLE,
                                      .kind = LQ_RECORD_KEYFRAME,
                                      .key_generation = 1,
                                      .content_bytes = RECORD_BYTES - LQ_RECORD_EXTRA_BYTES,
                                      .ledger_sequence = sequence + 1,
                                      .tenant_number = tenant_number,
                                      .session_number = tenant_number,
                                      .frame = sequence,
                                      .keyframe_sequence = sequence + 1};
    struct lq_feed_entry entry = {true, sequence + 1, lq_view_of(bytes, sizeof bytes)};

    lq_record_encode_header(&header, bytes);
    enum lq_result result = lq_mirror_streams_take(&streams, &entry, 1);
    sequence += result == LQ_OK;
    return result;
}

/* The stream's next segment is on its way; the newest record that is whole in it, or before. */
static uint64_t seal(uint32_t place)
{
    ck_assert(lq_mirror_streams_is_due(&streams, place, 2 * LQ_NS_PER_S, false));
    lq_mirror_streams_seal(&streams, place, 7);
    return streams.streams[place].put.after.sequence[LQ_SEGMENT_RECORD - 1];
}

static void land(uint32_t place)
{
    struct lq_stream_log *log = &streams.set.streams[place];

    log->table = streams.streams[place].put;
    lq_mirror_streams_durable(&streams, place);
}

START_TEST(test_a_slow_stream_keeps_its_share_and_no_more)
{
    uint64_t taken = 0;

    ck_assert_int_eq(take(SLOW), LQ_OK);
    (void)seal(SLOW); /* and that never lands */
    while (take(SLOW) == LQ_OK) {
        ck_assert_int_eq(take(OTHER), LQ_OK);
        if (++taken % 2 == 0) {
            (void)seal(OTHER);
            land(OTHER);
        }
        ck_assert_uint_lt(taken, 1000);
    }
    ck_assert_uint_eq(streams.streams[SLOW].full_count, BODIES / 8 + 1);
    ck_assert_uint_ge(taken, (BODIES / 8 + 1) * BODY_BYTES / RECORD_BYTES);
    ck_assert_int_eq(take(SLOW), LQ_ERR_FULL);
    ck_assert_int_eq(take(OTHER), LQ_OK);
    /* It lands after all: what waits goes in its order, and there is room again. */
    land(SLOW);
    uint64_t last = seal(SLOW);
    ck_assert_int_eq(take(SLOW), LQ_OK);
    while (streams.streams[SLOW].full != NULL || streams.streams[SLOW].body != NULL) {
        uint8_t digest[LQ_HASH_BYTES];
        memcpy(digest, streams.streams[SLOW].put.digest, sizeof digest);
        land(SLOW);
        uint64_t next = seal(SLOW);
        ck_assert_uint_ge(next, last);
        ck_assert_mem_eq(streams.streams[SLOW].put.previous, digest, sizeof digest);
        last = next;
    }
    land(SLOW);
    ck_assert_uint_eq(last, sequence);
    ck_assert_uint_eq(streams.streams[SLOW].full_pieces, 0);
}
END_TEST

/* A checkpoint waits for whatever was read before it, that which waits in full segments too. */
START_TEST(test_a_checkpoint_waits_for_full_segments)
{
    uint32_t landed = 0;

    ck_assert_int_eq(take(SLOW), LQ_OK);
    (void)seal(SLOW);
    for (uint32_t index = 0; index < 8; index++) {
        ck_assert_int_eq(take(SLOW), LQ_OK);
    }
    uint32_t wait = streams.streams[SLOW].full_count + 2;
    ck_assert_uint_gt(wait, 2);
    lq_mirror_streams_open_checkpoint(&streams, (struct lq_feed_position){sequence, 0}, 0);
    for (; streams.checkpoint.owed > 0; landed++) {
        land(SLOW);
        if (streams.streams[SLOW].body != NULL) {
            (void)seal(SLOW);
        }
    }
    ck_assert_uint_eq(landed, wait);
    ck_assert(lq_mirror_streams_are_idle(&streams));
}
END_TEST

/* All bodies together have a bound too. */
START_TEST(test_all_slow_streams_are_bounded)
{
    uint64_t taken = 0;

    while (take(SLOW) == LQ_OK || take(OTHER) == LQ_OK) {
        ck_assert_uint_lt(++taken, 1000);
    }
    ck_assert_uint_le(streams.bodies.made_count, BODIES);
}
END_TEST

/* The entry where a mirror stands stays in the outbox, so a copy that has gone another way since,
 * in notes alone, is told from this one. */
START_TEST(test_an_old_copy_that_differs_in_notes_alone)
{
    static struct lq_ledger_fixture ledger;
    struct lq_ledger_source source = {.ledger = NULL};
    struct lq_segment_position table = {.sequence = {0, 2, 0}};
    struct lq_stream_log_store store = {.known = {false}};
    struct lq_feed_position at = {0, 2};

    lq_ledger_fixture_make(&ledger);
    lq_ledger_fixture_open(&ledger);
    source.ledger = ledger.ledger;
    source.probe.memory = malloc(LQ_FEED_RUN_BYTES_MIN);
    source.probe.bytes_max = LQ_FEED_RUN_BYTES_MIN;
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&ledger, "this", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_set_cursor(&ledger, "mirror", at), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_set_cursor(&ledger, "mirror", at), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_source_describe(&source, &table, &store), LQ_OK);
    store.next[LQ_SEGMENT_BROKER - 1] = 1;
    memset(table.identity[LQ_SEGMENT_OUTBOX - 1], 0x5a, LQ_HASH_BYTES); /* of another tenant */
    ck_assert_int_eq(lq_stream_log_compare(&table, &store), LQ_STREAM_LOG_DIFFERENT);
    memcpy(table.identity[LQ_SEGMENT_OUTBOX - 1], store.identity[LQ_SEGMENT_OUTBOX - 1],
           LQ_HASH_BYTES);
    ck_assert_int_eq(lq_stream_log_compare(&table, &store), LQ_STREAM_LOG_SAME);
    free(source.probe.memory);
    lq_ledger_fixture_remove(&ledger);
}
END_TEST

TCase *lq_test_mirror_streams(void);
TCase *lq_test_mirror_streams(void)
{
    TCase *tc = tcase_create("mirror_streams");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_a_slow_stream_keeps_its_share_and_no_more);
    tcase_add_test(tc, test_a_checkpoint_waits_for_full_segments);
    tcase_add_test(tc, test_all_slow_streams_are_bounded);
    tcase_add_test(tc, test_an_old_copy_that_differs_in_notes_alone);
    return tc;
}
