// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Whatever is committed with a delta or without, whatever the cache has kept, and however often the
 * ledger is opened anew: every content that is read is the one that was committed, and is stored as
 * the rules have it. */
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/delta_session.h"

#include <stdio.h>

enum { SESSIONS = 5, STEPS = 1500, ROUNDS = 3 };

static struct lq_ledger_fixture fixture;
static struct lq_delta_session sessions[SESSIONS];
static struct lq_random_world random_steps;

static uint64_t draw(uint64_t below)
{
    return lq_random_world_number(&random_steps, below);
}

/* Memory for nothing, for one content or another, for most, for all. */
static void open_anew(void)
{
    static const size_t caches[] = {1, 6000, 40000, 8u << 20};
    static const uint32_t every[] = {0, 1, 2, 7, 64};

    lq_ledger_close(&fixture.ledger);
    fixture.options.cache_bytes = caches[draw(sizeof caches / sizeof caches[0])];
    fixture.options.keyframe_every = every[draw(sizeof every / sizeof every[0])];
    lq_ledger_fixture_open(&fixture);
}

static void verify(void)
{
    const struct lq_ledger_verify_options options = {.context = &fixture};
    struct lq_ledger_verify_totals totals;
    uint64_t records = 0;

    ck_assert_msg(lq_ledger_fixture_count_broken(&fixture) == 0, "%s", fixture.fault);
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    for (int index = 0; index < SESSIONS; index++) {
        records += sessions[index].frame + 1;
    }
    ck_assert_uint_eq(totals.records, records);
    ck_assert_uint_eq(totals.opened, records);
}

static void step(void)
{
    struct lq_delta_session *session = &sessions[draw(SESSIONS)];
    uint64_t what = draw(100);

    if (what < 60 && session->frame + 1 < LQ_DELTA_FRAMES_MAX) {
        uint64_t given = draw(20);
        lq_delta_session_next(&fixture, session,
                              given == 0   ? LQ_DELTA_NONE
                              : given == 1 ? LQ_DELTA_AGAINST_ANOTHER
                                           : LQ_DELTA_RIGHT,
                              draw(30) == 0);
    } else if (what < 80) {
        lq_delta_session_check_newest(&fixture, session);
    } else if (what < 98) {
        uint64_t from = draw(session->frame + 1);
        for (uint64_t frame = from; frame <= session->frame && frame < from + draw(5) + 1;
             frame++) {
            lq_delta_session_check_frame(&fixture, session, frame);
        }
    } else {
        open_anew();
    }
}

START_TEST(test_contents_come_back)
{
    static const char *const names[SESSIONS] = {"a", "b", "c", "d", "e"};

    random_steps.state = lq_suite_seed(1) + (uint64_t)_i;
    lq_ledger_fixture_make(&fixture);
    fixture.options.map_bytes = 256u << 20;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    for (int index = 0; index < SESSIONS; index++) {
        sessions[index].random.state = draw(UINT64_MAX);
        lq_delta_session_create(&fixture, &sessions[index], "demo", names[index],
                                index == 0 ? 1 : (uint32_t)(index * 20));
    }
    for (int count = 0; count < STEPS; count++) {
        step();
    }
    verify();
    for (int index = 0; index < SESSIONS; index++) {
        for (uint64_t frame = 0; frame <= sessions[index].frame; frame++) {
            lq_delta_session_check_frame(&fixture, &sessions[index], frame);
        }
        lq_delta_session_free(&sessions[index]);
    }
    lq_ledger_fixture_remove(&fixture);
}
END_TEST

static TCase *make_case(void)
{
    TCase *tc = tcase_create("delta_ledger");

    tcase_add_loop_test(tc, test_contents_come_back, 0, ROUNDS);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {make_case};

    return lq_suite_run("delta_ledger", cases, 1);
}
