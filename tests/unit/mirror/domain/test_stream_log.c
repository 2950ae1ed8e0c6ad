// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/stream_log.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

enum { NOW_S = 1000000 };

static struct lq_stream_log stream_log;
static struct lq_stream_log_effects out;
static struct lq_fixture_segment there; /* the newest segment of another writer, with an entry */
static struct lq_fixture_segment next;  /* the writer's own next one */
static struct lq_segment_packer packer;
static uint64_t now_s;

static void init(void)
{
    static const struct lq_segment_position none;
    static struct lq_fixture_segment claim;
    struct lq_segment_entry record = lq_fixture_record(4, 10);

    now_s = NOW_S;
    lq_stream_log_init(&stream_log, lq_fixture_digest, LQ_FIXTURE_PARTITION, LQ_FIXTURE_TENANT,
                       lq_fixture_writer('m'));
    lq_fixture_claim(&claim, 'o', 6, NULL);
    lq_segment_packer_start(&packer, lq_fixture_digest, 1000, &none);
    lq_segment_packer_begin(&packer, there.body);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &record), LQ_OK);
    lq_fixture_finish(&packer, &there, &claim.header);
}

static enum lq_result give(struct lq_stream_log_event event)
{
    event.token = event.token != 0 ? event.token : stream_log.token;
    event.now_s = now_s;
    return lq_stream_log_step(&stream_log, &event, &out);
}

/* One effect comes of it, of that kind. */
static void expect(struct lq_stream_log_event event, enum lq_stream_log_effect_kind kind)
{
    ck_assert_int_eq(give(event), LQ_OK);
    ck_assert_uint_eq(out.count, 1);
    ck_assert_int_eq(out.list[0].kind, kind);
}

static struct lq_stream_log_event on(enum lq_stream_log_event_kind kind)
{
    return (struct lq_stream_log_event){.kind = kind};
}

static struct lq_stream_log_event on_found(enum lq_stream_log_event_kind kind,
                                           const struct lq_segment_header *segment)
{
    return (struct lq_stream_log_event){.kind = kind,
                                        .found = segment != NULL ? LQ_STREAM_LOG_A_SEGMENT
                                                                 : LQ_STREAM_LOG_NOTHING,
                                        .segment = segment};
}

static struct lq_stream_log_event on_compared(enum lq_stream_log_verdict verdict)
{
    return (struct lq_stream_log_event){.kind = LQ_STREAM_LOG_ON_COMPARED, .verdict = verdict};
}

static struct lq_stream_log_event on_claim(uint64_t claim)
{
    return (struct lq_stream_log_event){.kind = LQ_STREAM_LOG_ON_CLAIM, .claim = claim};
}

/* Up to LOOKED; `segment` is the newest, NULL an empty stream. */
static void look(const struct lq_segment_header *segment)
{
    init();
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    if (segment != NULL) {
        expect(on_found(LQ_STREAM_LOG_ON_READ, segment), LQ_STREAM_LOG_COMPARE);
        expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_TELL_LOOKED);
    } else {
        expect(on_found(LQ_STREAM_LOG_ON_READ, NULL), LQ_STREAM_LOG_TELL_LOOKED);
    }
    ck_assert_int_eq(stream_log.state, LQ_STREAM_LOG_LOOKED);
}

/* Up to CLAIMING behind `there`, with claim 9. */
static void claim_behind(void)
{
    look(&there.header);
    expect(on_claim(9), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_PUT_CLAIM);
    ck_assert_int_eq(stream_log.state, LQ_STREAM_LOG_CLAIMING);
    ck_assert_uint_eq(out.list[0].number, 3);
}

static void open_log(void)
{
    claim_behind();
    expect(on(LQ_STREAM_LOG_ON_PUT), LQ_STREAM_LOG_TELL_OPEN);
    ck_assert_int_eq(stream_log.state, LQ_STREAM_LOG_OPEN);
}

/* Up to PUTTING of segment 4, with record 5. */
static void put(enum lq_stream_log_effect_kind expected)
{
    struct lq_segment_entry record = lq_fixture_record(5, 20);

    lq_segment_packer_start(&packer, lq_fixture_digest, 1000, &stream_log.table.after);
    lq_segment_packer_begin(&packer, next.body);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &record), LQ_OK);
    lq_stream_log_stamp(&stream_log, 77, &next.header);
    lq_segment_packer_finish(&packer, &next.header, next.header_bytes);
    expect(on_found(LQ_STREAM_LOG_ON_SEGMENT, &next.header), expected);
}

static void expect_over(struct lq_stream_log_event event, enum lq_stream_log_state state,
                        const char *why)
{
    expect(event,
           state == LQ_STREAM_LOG_ENDED ? LQ_STREAM_LOG_TELL_ENDED : LQ_STREAM_LOG_TELL_REFUSED);
    ck_assert_int_eq(stream_log.state, state);
    ck_assert_str_eq(stream_log.why, why);
    ck_assert_int_eq(give(on(LQ_STREAM_LOG_ON_LOOK)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on_claim(0)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on_found(LQ_STREAM_LOG_ON_SEGMENT, &next.header)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on(LQ_STREAM_LOG_ON_PUT)), LQ_ERR_STATE);
    ck_assert_uint_eq(out.count, 0);
}

static const char *const another = "another writer has claimed the stream";
static const char *const twin = "another process has this writer's id";

START_TEST(test_log_claims_an_empty_stream)
{
    struct lq_segment_header claim;

    look(NULL);
    expect(on_claim(0), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, NULL), LQ_STREAM_LOG_PUT_CLAIM);
    ck_assert_uint_eq(out.list[0].number, 1);
    ck_assert_uint_eq(out.list[0].not_after_s, NOW_S + LQ_STREAM_LOG_PUT_S);
    ck_assert_int_eq(
        lq_segment_decode_header(lq_view_of(stream_log.put_header, LQ_SEGMENT_HEADER_BYTES),
                                 lq_fixture_digest, &claim),
        LQ_OK);
    ck_assert_int_eq(claim.kind, LQ_SEGMENT_CLAIM);
    ck_assert_uint_eq(claim.claim, 1);
    expect(on(LQ_STREAM_LOG_ON_PUT), LQ_STREAM_LOG_TELL_OPEN);
    ck_assert_uint_eq(stream_log.claim, 1);
}
END_TEST

START_TEST(test_log_claims_behind_another)
{
    open_log();
    ck_assert_uint_eq(stream_log.claim, 9);
    ck_assert_uint_eq(stream_log.table.number, 3);
    ck_assert_uint_eq(stream_log.table.after.sequence[0], 4);
    ck_assert_mem_eq(stream_log.table.previous, there.header.digest, LQ_HASH_BYTES);
    ck_assert_mem_eq(&stream_log.table.after, &there.header.after, sizeof there.header.after);
    put(LQ_STREAM_LOG_PUT_SEGMENT);
    ck_assert_uint_eq(out.list[0].number, 4);
    expect(on(LQ_STREAM_LOG_ON_PUT), LQ_STREAM_LOG_TELL_DURABLE);
    ck_assert_uint_eq(stream_log.table.after.sequence[0], 5);
    ck_assert_mem_eq(stream_log.table.digest, next.header.digest, LQ_HASH_BYTES);
    ck_assert_int_eq(stream_log.state, LQ_STREAM_LOG_OPEN);
}
END_TEST

/* 0 asks for one above the newest; a given claim has to be above it. */
START_TEST(test_log_claim_rises)
{
    look(&there.header);
    expect(on_claim(0), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_PUT_CLAIM);
    ck_assert_uint_eq(stream_log.put.claim, 7);
    for (uint64_t claim = 5; claim <= 6; claim++) {
        look(&there.header);
        expect(on_claim(claim), LQ_STREAM_LOG_READ_NEWEST);
        expect_over(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_ENDED,
                    "a later writer has claimed the stream");
    }
}
END_TEST

static const struct {
    enum lq_stream_log_verdict verdict;
    const char *why;
} verdicts[] = {
    {LQ_STREAM_LOG_BEHIND,
     "the store is behind the table: an old copy, or another writer was here"},
    {LQ_STREAM_LOG_DIFFERENT, "the store is different from the table: another writer was here"},
};

START_TEST(test_log_refuses_another_store)
{
    init();
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    expect_over(on_compared(verdicts[_i].verdict), LQ_STREAM_LOG_REFUSED, verdicts[_i].why);
    look(&there.header); /* another writer came between the look and the claim */
    expect(on_claim(9), LQ_STREAM_LOG_READ_NEWEST);
    there.header.after.sequence[0]++;
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    ck_assert_uint_eq(stream_log.table.after.sequence[0], 5);
    expect_over(on_compared(verdicts[_i].verdict), LQ_STREAM_LOG_REFUSED, verdicts[_i].why);
}
END_TEST

START_TEST(test_log_refuses_what_it_finds)
{
    struct lq_stream_log_event unreadable = {.kind = LQ_STREAM_LOG_ON_READ,
                                             .found = LQ_STREAM_LOG_UNREADABLE};

    init();
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    expect_over(unreadable, LQ_STREAM_LOG_REFUSED, "the newest segment cannot be read");
    init();
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    there.header.tenant_number++;
    expect_over(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_REFUSED,
                "the newest segment is of another stream");
    init();
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    there.header.partition++;
    expect_over(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_REFUSED,
                "the newest segment is of another stream");
    look(&there.header);
    expect(on_claim(9), LQ_STREAM_LOG_READ_NEWEST);
    expect_over(on_found(LQ_STREAM_LOG_ON_READ, NULL), LQ_STREAM_LOG_REFUSED,
                "segments have vanished from the table");
    init();
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    memcpy(there.header.writer, lq_fixture_writer('m'), LQ_SEGMENT_WRITER_BYTES);
    expect_over(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_ENDED, twin);
}
END_TEST

/* A claim met an item: another's, so it looks again and claims behind that; its own, found there or
 * as the newest one. */
START_TEST(test_log_claim_meets)
{
    struct lq_segment_header mine;

    claim_behind();
    expect(on_found(LQ_STREAM_LOG_ON_CONDITION, &there.header), LQ_STREAM_LOG_READ_NEWEST);
    there.header.number = 3;
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_PUT_CLAIM);
    ck_assert_uint_eq(out.list[0].number, 4);
    mine = stream_log.put;
    mine.wall_ns = 5; /* an earlier try of the same claim */
    mine.digest[0] ^= 1;
    expect(on_found(LQ_STREAM_LOG_ON_CONDITION, &mine), LQ_STREAM_LOG_TELL_OPEN);
    ck_assert_mem_eq(stream_log.table.digest, mine.digest, LQ_HASH_BYTES);

    claim_behind();
    mine = stream_log.put;
    expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &mine), LQ_STREAM_LOG_TELL_OPEN);

    claim_behind();
    expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_PUT_CLAIM);
    ck_assert_uint_eq(out.list[0].number, 3);

    claim_behind();
    mine = stream_log.put;
    expect((struct lq_stream_log_event){.kind = LQ_STREAM_LOG_ON_CONDITION,
                                        .found = LQ_STREAM_LOG_NOT_SHOWN},
           LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &mine), LQ_STREAM_LOG_TELL_OPEN);
}
END_TEST

START_TEST(test_log_claims_are_bounded)
{
    claim_behind();
    for (int lost = 1; lost < LQ_STREAM_LOG_CLAIMS_MAX; lost++) {
        expect(on_found(LQ_STREAM_LOG_ON_CONDITION, &there.header), LQ_STREAM_LOG_READ_NEWEST);
        there.header.number++;
        expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
        expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_PUT_CLAIM);
    }
    expect_over(on_found(LQ_STREAM_LOG_ON_CONDITION, &there.header), LQ_STREAM_LOG_ENDED,
                "other writers were faster, again and again");
}
END_TEST

/* What a put may meet, and what becomes of the writer. */
static void meet_own(struct lq_segment_header *item)
{
    item->wall_ns++;
    item->digest[0] ^= 1;
    item->body_digest[0] ^= 1;
}

static void meet_other(struct lq_segment_header *item)
{
    memcpy(item->writer, lq_fixture_writer('x'), LQ_SEGMENT_WRITER_BYTES);
    item->claim++;
}

static void meet_other_content(struct lq_segment_header *item)
{
    item->content[0] ^= 1;
}

static void meet_other_identity(struct lq_segment_header *item)
{
    item->after.identity[0][0] ^= 1;
}

static const struct {
    void (*change)(struct lq_segment_header *item);
    const char *why; /* NULL: it is its own */
} meetings[] = {
    {meet_own, NULL},
    {meet_other, "another writer has claimed the stream"},
    {meet_other_content, "another process has this writer's id"},
    {meet_other_identity, "another process has this writer's id"},
};

START_TEST(test_log_put_meets)
{
    for (int shown = 0; shown < 2; shown++) {
        open_log();
        put(LQ_STREAM_LOG_PUT_SEGMENT);
        struct lq_segment_header item = next.header;
        meetings[_i].change(&item);
        struct lq_stream_log_event met = on_found(LQ_STREAM_LOG_ON_CONDITION, &item);
        if (shown == 0) {
            met.found = LQ_STREAM_LOG_NOT_SHOWN;
            expect(met, LQ_STREAM_LOG_READ_ITEM);
            ck_assert_uint_eq(out.list[0].number, 4);
            met = on_found(LQ_STREAM_LOG_ON_READ, &item);
        }
        if (meetings[_i].why != NULL) {
            expect_over(met, LQ_STREAM_LOG_ENDED, meetings[_i].why);
        } else {
            expect(met, LQ_STREAM_LOG_TELL_DURABLE);
            ck_assert_mem_eq(stream_log.table.digest, item.digest, LQ_HASH_BYTES);
            lq_stream_log_stamp(&stream_log, 1, &item);
            ck_assert_uint_eq(item.number, 5);
            ck_assert_mem_eq(item.previous, stream_log.table.digest, LQ_HASH_BYTES);
        }
    }
}
END_TEST

START_TEST(test_log_put_meets_the_impossible)
{
    struct lq_stream_log_event met = {.kind = LQ_STREAM_LOG_ON_CONDITION,
                                      .found = LQ_STREAM_LOG_UNREADABLE};

    open_log();
    put(LQ_STREAM_LOG_PUT_SEGMENT);
    expect_over(met, LQ_STREAM_LOG_ENDED, "what is there cannot be read");
    open_log();
    put(LQ_STREAM_LOG_PUT_SEGMENT);
    met.found = LQ_STREAM_LOG_NOTHING;
    expect_over(met, LQ_STREAM_LOG_ENDED, "a segment was there and has vanished");
}
END_TEST

/* No answer: the same again, under the same number and another token; late answers are stale. */
START_TEST(test_log_no_answer)
{
    open_log();
    put(LQ_STREAM_LOG_PUT_SEGMENT);
    uint64_t first = out.list[0].token;
    now_s += LQ_STREAM_LOG_SURE_S;
    expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_PUT_SEGMENT);
    ck_assert_uint_eq(out.list[0].number, 4);
    ck_assert_uint_ne(out.list[0].token, first);
    ck_assert_uint_eq(out.list[0].not_after_s, NOW_S + LQ_STREAM_LOG_PUT_S);
    ck_assert_int_eq(
        give((struct lq_stream_log_event){.kind = LQ_STREAM_LOG_ON_PUT, .token = first}),
        LQ_ERR_STALE);
    ck_assert_uint_eq(out.count, 0);
    ck_assert_int_eq(stream_log.state, LQ_STREAM_LOG_PUTTING);
    expect(on(LQ_STREAM_LOG_ON_PUT), LQ_STREAM_LOG_TELL_DURABLE);
    ck_assert_int_eq(give(on(LQ_STREAM_LOG_ON_PUT)), LQ_ERR_STATE);

    init(); /* reads are made again, and a comparison */
    expect(on(LQ_STREAM_LOG_ON_LOOK), LQ_STREAM_LOG_READ_NEWEST);
    expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_COMPARE);
    expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_TELL_LOOKED);
}
END_TEST

/* After a long silence, and when the clock went back, it looks before it puts. */
static const int64_t silences[] = {LQ_STREAM_LOG_SURE_S, LQ_STREAM_LOG_SURE_S + 1, 10 * 86400, -1};

START_TEST(test_log_looks_again_after_silence)
{
    bool sure = silences[_i] == LQ_STREAM_LOG_SURE_S;

    open_log();
    now_s += (uint64_t)silences[_i];
    put(sure ? LQ_STREAM_LOG_PUT_SEGMENT : LQ_STREAM_LOG_READ_NEWEST);
    if (!sure) {
        struct lq_segment_header newest = stream_log.table;
        expect(on_found(LQ_STREAM_LOG_ON_READ, &newest), LQ_STREAM_LOG_PUT_SEGMENT);
        ck_assert_uint_eq(out.list[0].number, 4);
        ck_assert_uint_eq(out.list[0].not_after_s, now_s + LQ_STREAM_LOG_PUT_S);
        expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_PUT_SEGMENT);
    }
    open_log();
    put(LQ_STREAM_LOG_PUT_SEGMENT);
    now_s += (uint64_t)silences[_i];
    expect(on(LQ_STREAM_LOG_ON_NO_ANSWER),
           sure ? LQ_STREAM_LOG_PUT_SEGMENT : LQ_STREAM_LOG_READ_NEWEST);
}
END_TEST

/* What it may find then. */
START_TEST(test_log_finds_after_silence)
{
    struct lq_segment_header newest;

    for (int found = 0; found < 5; found++) {
        open_log();
        put(LQ_STREAM_LOG_PUT_SEGMENT);
        now_s += 2 * 86400;
        expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_READ_NEWEST);
        newest = next.header;
        switch (found) {
        case 0: /* its own put */
            expect(on_found(LQ_STREAM_LOG_ON_READ, &newest), LQ_STREAM_LOG_TELL_DURABLE);
            break;
        case 1: /* somebody's, many numbers later */
            meet_other(&newest);
            newest.number = 900;
            expect_over(on_found(LQ_STREAM_LOG_ON_READ, &newest), LQ_STREAM_LOG_ENDED, another);
            break;
        case 2:
            expect_over(on_found(LQ_STREAM_LOG_ON_READ, NULL), LQ_STREAM_LOG_ENDED,
                        "segments have vanished from the table");
            break;
        case 3: /* the answer itself is old by now: it asks once more */
            newest = stream_log.table;
            now_s += LQ_STREAM_LOG_SURE_S + 1;
            expect(on_found(LQ_STREAM_LOG_ON_READ, &newest), LQ_STREAM_LOG_READ_NEWEST);
            expect(on_found(LQ_STREAM_LOG_ON_READ, &newest), LQ_STREAM_LOG_PUT_SEGMENT);
            break;
        default: /* no answer: it asks again */
            expect(on(LQ_STREAM_LOG_ON_NO_ANSWER), LQ_STREAM_LOG_READ_NEWEST);
        }
    }
    look(&there.header); /* nor is a claim put on an old answer */
    expect(on_claim(9), LQ_STREAM_LOG_READ_NEWEST);
    expect(on_found(LQ_STREAM_LOG_ON_READ, &there.header), LQ_STREAM_LOG_COMPARE);
    now_s += LQ_STREAM_LOG_SURE_S + 1;
    expect(on_compared(LQ_STREAM_LOG_SAME), LQ_STREAM_LOG_READ_NEWEST);
}
END_TEST

/* Events that no state but theirs takes. */
START_TEST(test_log_forbidden)
{
    init();
    ck_assert_int_eq(give(on_claim(0)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on(LQ_STREAM_LOG_ON_PUT)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on_found(LQ_STREAM_LOG_ON_SEGMENT, &there.header)), LQ_ERR_STATE);
    look(&there.header);
    ck_assert_int_eq(give(on(LQ_STREAM_LOG_ON_LOOK)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on_compared(LQ_STREAM_LOG_SAME)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on(LQ_STREAM_LOG_ON_NO_ANSWER)), LQ_ERR_STATE);
    claim_behind();
    ck_assert_int_eq(give(on_found(LQ_STREAM_LOG_ON_SEGMENT, &there.header)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on_found(LQ_STREAM_LOG_ON_READ, &there.header)), LQ_ERR_STATE);
    open_log();
    put(LQ_STREAM_LOG_PUT_SEGMENT); /* one put is under way at a time */
    ck_assert_int_eq(give(on_found(LQ_STREAM_LOG_ON_SEGMENT, &next.header)), LQ_ERR_STATE);
    ck_assert_int_eq(give(on_compared(LQ_STREAM_LOG_SAME)), LQ_ERR_STATE);
}
END_TEST

static const struct {
    const char *name;
    uint64_t table[3], next[3];
    bool known[3], same[3];
    enum lq_stream_log_verdict verdict;
} comparisons[] = {
    {"nothing there", {0, 0, 0}, {1, 1, 1}, {0}, {0}, LQ_STREAM_LOG_SAME},
    {"equal", {4, 9, 2}, {5, 10, 3}, {1, 1, 1}, {1, 1, 1}, LQ_STREAM_LOG_SAME},
    {"ahead", {4, 9, 2}, {50, 100, 30}, {1, 1, 1}, {1, 1, 1}, LQ_STREAM_LOG_SAME},
    {"an outbox that was trimmed", {4, 9, 2}, {5, 10, 3}, {1, 0, 0}, {1, 0, 0}, LQ_STREAM_LOG_SAME},
    {"a record behind", {4, 9, 2}, {4, 10, 3}, {0, 1, 1}, {0, 1, 1}, LQ_STREAM_LOG_BEHIND},
    {"a note behind", {4, 9, 2}, {5, 9, 3}, {1, 0, 1}, {1, 0, 1}, LQ_STREAM_LOG_BEHIND},
    {"the broker behind", {4, 9, 2}, {5, 10, 2}, {1, 1, 0}, {1, 1, 0}, LQ_STREAM_LOG_BEHIND},
    {"another record", {4, 9, 2}, {5, 10, 3}, {1, 1, 1}, {0, 1, 1}, LQ_STREAM_LOG_DIFFERENT},
    {"another's record", {4, 9, 2}, {5, 10, 3}, {0, 1, 1}, {0, 1, 1}, LQ_STREAM_LOG_DIFFERENT},
    {"another note", {0, 9, 2}, {5, 10, 3}, {0, 1, 1}, {0, 0, 1}, LQ_STREAM_LOG_DIFFERENT},
    {"different and behind", {4, 9, 2}, {5, 10, 2}, {1, 1, 0}, {0, 1, 0}, LQ_STREAM_LOG_BEHIND},
};

START_TEST(test_log_compare)
{
    struct lq_segment_position table = {0};
    struct lq_stream_log_store store = {0};

    for (int source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        table.sequence[source] = comparisons[_i].table[source];
        memset(table.identity[source], 7, LQ_HASH_BYTES);
        store.next[source] = comparisons[_i].next[source];
        store.known[source] = comparisons[_i].known[source];
        memset(store.identity[source], comparisons[_i].same[source] ? 7 : 8, LQ_HASH_BYTES);
    }
    ck_assert_msg(lq_stream_log_compare(&table, &store) == comparisons[_i].verdict, "%s",
                  comparisons[_i].name);
}
END_TEST

TCase *lq_test_stream_log(void);
TCase *lq_test_stream_log(void)
{
    TCase *tc = tcase_create("stream_log");

    tcase_add_test(tc, test_log_claims_an_empty_stream);
    tcase_add_test(tc, test_log_claims_behind_another);
    tcase_add_test(tc, test_log_claim_rises);
    tcase_add_loop_test(tc, test_log_refuses_another_store, 0, 2);
    tcase_add_test(tc, test_log_refuses_what_it_finds);
    tcase_add_test(tc, test_log_claim_meets);
    tcase_add_test(tc, test_log_claims_are_bounded);
    tcase_add_loop_test(tc, test_log_put_meets, 0, sizeof meetings / sizeof meetings[0]);
    tcase_add_test(tc, test_log_put_meets_the_impossible);
    tcase_add_test(tc, test_log_no_answer);
    tcase_add_loop_test(tc, test_log_looks_again_after_silence, 0,
                        sizeof silences / sizeof silences[0]);
    tcase_add_test(tc, test_log_finds_after_silence);
    tcase_add_test(tc, test_log_forbidden);
    tcase_add_loop_test(tc, test_log_compare, 0, sizeof comparisons / sizeof comparisons[0]);
    return tc;
}
