// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Random groups of commits, reads and reopens against a model that is two arrays in memory. */
#include "store/lmdb/ledger.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdio.h>

enum {
    TENANTS = 3,
    SESSIONS = 4, /* of each tenant */
    FRAMES_MAX = 400,
    GROUPS = 400,
    ITEMS_MAX = 24,
    BYTES_MIN = 40,
    BYTES_MAX = 6000
};

struct model_session {
    bool exists;
    uint64_t head;
    uint64_t counters[FRAMES_MAX + 1]; /* the execution that made each frame */
    uint32_t content_bytes[FRAMES_MAX + 1];
};

struct model {
    bool exists[TENANTS];
    uint64_t counters[TENANTS];
    struct model_session sessions[TENANTS][SESSIONS];
    uint64_t records;
};

static const char *const tenant_names[TENANTS] = {"a", "a.b", "tenant-with-a-long-name-12345678"};
static const char *const session_names[SESSIONS] = {"s", "s0", "S", "0"};
static struct lq_ledger_fixture fixture;
static struct model model;
static uint64_t random_state;

/* splitmix64 */
static uint64_t draw(uint64_t below)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

/* One drawn item, and what the model expects of it. */
struct draft {
    struct lq_commit item;
    uint32_t tenant;
    uint32_t session;
    enum lq_commit_verdict expected;
    uint8_t bytes[BYTES_MAX];
};

static enum lq_commit_verdict expect_tenant(const struct draft *draft)
{
    if (model.exists[draft->tenant]) {
        return model.counters[draft->tenant] == draft->item.execution.counter ? LQ_COMMIT_ALREADY
                                                                              : LQ_COMMIT_EXISTS;
    }
    model.exists[draft->tenant] = true;
    model.counters[draft->tenant] = draft->item.execution.counter;
    return LQ_COMMIT_DONE;
}

static void record(struct model_session *session, const struct draft *draft)
{
    session->head = draft->item.frame;
    session->counters[session->head] = draft->item.execution.counter;
    session->content_bytes[session->head] = (uint32_t)draft->item.content.bytes;
    model.records++;
}

static enum lq_commit_verdict expect_session(const struct draft *draft)
{
    struct model_session *session = &model.sessions[draft->tenant][draft->session];

    if (!model.exists[draft->tenant]) {
        return LQ_COMMIT_UNKNOWN;
    }
    if (session->exists) {
        return session->counters[0] == draft->item.execution.counter ? LQ_COMMIT_ALREADY
                                                                     : LQ_COMMIT_EXISTS;
    }
    session->exists = true;
    record(session, draft);
    return LQ_COMMIT_DONE;
}

static enum lq_commit_verdict expect_frame(const struct draft *draft)
{
    struct model_session *session = &model.sessions[draft->tenant][draft->session];

    if (!session->exists) {
        return LQ_COMMIT_UNKNOWN;
    }
    if (draft->item.frame == session->head + 1) {
        record(session, draft);
        return LQ_COMMIT_DONE;
    }
    return draft->item.frame <= session->head &&
                   session->counters[draft->item.frame] == draft->item.execution.counter
               ? LQ_COMMIT_ALREADY
               : LQ_COMMIT_CONFLICT;
}

static void draw_frame(struct draft *draft, uint64_t *next_counter)
{
    const struct model_session *session = &model.sessions[draft->tenant][draft->session];
    uint64_t kind = draw(10);

    draft->item.kind = LQ_COMMIT_FRAME;
    draft->item.frame = session->head + 1;
    if (kind == 0) {
        draft->item.frame += 1 + draw(3);
    } else if (kind == 1 && session->head > 0) {
        draft->item.frame = draw(session->head + 1);
    }
    if (draft->item.frame > FRAMES_MAX) {
        draft->item.frame = FRAMES_MAX;
    }
    bool repeat = draft->item.frame <= session->head && draw(2) == 0;
    draft->item.execution.counter =
        repeat ? session->counters[draft->item.frame] : (*next_counter)++;
}

static void draw_item(struct draft *draft, uint64_t *next_counter)
{
    uint64_t kind = draw(20);

    draft->item = (struct lq_commit){.execution = {1, 0}};
    draft->tenant = (uint32_t)draw(TENANTS);
    draft->session = (uint32_t)draw(SESSIONS);
    draft->item.names.tenant = lq_view_text(tenant_names[draft->tenant]);
    if (kind == 0) {
        draft->item.kind = LQ_COMMIT_CREATE_TENANT;
        draft->item.execution.counter =
            draw(3) == 0 ? model.counters[draft->tenant] : (*next_counter)++;
        draft->expected = expect_tenant(draft);
        return;
    }
    draft->item.names.session = lq_view_text(session_names[draft->session]);
    /* The content is drawn before the model records its length. */
    draft->item.content = lq_ledger_fixture_content(
        draft->bytes, BYTES_MIN + draw(draw(8) == 0 ? BYTES_MAX - BYTES_MIN : 400),
        tenant_names[draft->tenant], session_names[draft->session], 0);
    if (kind == 1) {
        draft->item.kind = LQ_COMMIT_CREATE_SESSION;
        draft->item.execution.counter =
            draw(3) == 0 ? model.sessions[draft->tenant][draft->session].counters[0]
                         : (*next_counter)++;
        draft->expected = expect_session(draft);
    } else {
        draw_frame(draft, next_counter);
        draft->expected = expect_frame(draft);
    }
}

static void commit_group(uint64_t *next_counter)
{
    static struct draft drafts[ITEMS_MAX];
    struct lq_commit items[ITEMS_MAX];
    uint32_t count = 1 + (uint32_t)draw(ITEMS_MAX);

    for (uint32_t index = 0; index < count; index++) {
        draw_item(&drafts[index], next_counter);
        items[index] = drafts[index].item;
    }
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, items, count), LQ_OK);
    for (uint32_t index = 0; index < count; index++) {
        ck_assert_msg(items[index].verdict == drafts[index].expected,
                      "item %u: verdict %d, expected %d", index, items[index].verdict,
                      drafts[index].expected);
    }
}

static void check_heads_and_a_frame(void)
{
    struct lq_record_info info;
    struct lq_view content;
    struct lq_head head;
    uint8_t expected[BYTES_MAX];

    for (uint32_t index = 0; index < TENANTS * SESSIONS; index++) {
        const char *tenant = tenant_names[index % TENANTS];
        const char *name = session_names[index / TENANTS];
        const struct model_session *session = &model.sessions[index % TENANTS][index / TENANTS];
        enum lq_result result = lq_ledger_fixture_head(&fixture, tenant, name, &head);
        ck_assert_int_eq(result, session->exists ? LQ_OK : LQ_ERR_NOT_FOUND);
        if (!session->exists) {
            continue;
        }
        ck_assert_uint_eq(head.frame, session->head);
        ck_assert_uint_eq(head.record_count, session->head + 1);
        uint64_t frame = draw(session->head + 1);
        ck_assert_int_eq(lq_ledger_fixture_read(&fixture, tenant, name, frame, &content, &info),
                         LQ_OK);
        ck_assert_uint_eq(info.frame, frame);
        ck_assert_uint_eq(info.execution.counter, session->counters[frame]);
        ck_assert(lq_view_equal(
            content,
            lq_ledger_fixture_content(expected, session->content_bytes[frame], tenant, name, 0)));
    }
}

static void check_chains(void)
{
    const struct lq_ledger_verify_options options = {.on_fault = NULL};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    ck_assert_uint_eq(totals.faults, 0);
    ck_assert_uint_eq(totals.opened, model.records);
    ck_assert_uint_eq(totals.records, model.records);
}

START_TEST(test_ledger_model)
{
    uint64_t next_counter = 1;
    uint64_t reopen_count = 0;

    random_state = lq_suite_seed(20260601);
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    for (uint32_t group = 0; group < GROUPS; group++) {
        commit_group(&next_counter);
        if (draw(20) == 0) {
            check_heads_and_a_frame();
        }
        if (draw(40) == 0) {
            lq_ledger_close(&fixture.ledger);
            lq_ledger_fixture_open(&fixture);
            ck_assert_uint_eq(lq_ledger_writer_epoch(fixture.ledger), ++reopen_count + 1);
            check_chains();
        }
    }
    check_heads_and_a_frame();
    check_chains();
    lq_ledger_fixture_remove(&fixture);
}
END_TEST

static TCase *make_case(void)
{
    TCase *tc = tcase_create("ledger_model");

    tcase_add_test(tc, test_ledger_model);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {make_case};

    return lq_suite_run("ledger_model", cases, 1);
}
