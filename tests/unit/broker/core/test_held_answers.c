// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What tells of a mirrored tenant's frame waits for the table, in order and within bounds; a local
 * one does not notice. Tenant t is mirrored, tenant l is local. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

static void open_mirrored(void)
{
    lq_core_case_open_without_retries();
    lq_core_fixture_durability(fixture, "t", LQ_DURABILITY_MIRRORED);
}

static uint64_t submit(const char *tenant, const char *session, uint64_t sequence)
{
    return lq_core_fixture_submit(fixture, tenant, session, 1, sequence);
}

static void waits(uint64_t tag)
{
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
}

static void answered(uint64_t tag, enum lq_outcome outcome)
{
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);

    ck_assert_ptr_nonnull(answer);
    ck_assert_int_eq(answer->outcome, outcome);
}

static void refused(uint64_t tag, const char *reason)
{
    answered(tag, LQ_OUTCOME_UNUSED);
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);
    ck_assert_msg(strncmp(answer->reason, reason, strlen(reason)) == 0, "%s", answer->reason);
}

static const struct lq_mirror_state *sight(void)
{
    static struct lq_tenant_mirror tenants[LQ_MIRROR_TENANTS_MAX];
    static struct lq_mirror_state state;

    state = (struct lq_mirror_state){.tenants = tenants};
    (void)lq_broker_core_mirror(fixture->core, lq_view_of("", 0), fixture->now_ns, &state);
    return &state;
}

/* The control stream has all notes, or all letters, so far. */
static void cover_notes(void)
{
    fixture->covered.outbox_sequence = fixture->ledger.outbox_sequence;
    lq_core_fixture_mirror(fixture, false, false);
}

static void cover_letters(void)
{
    fixture->covered.broker_sequence = fixture->broker_sequence;
    lq_core_fixture_mirror(fixture, false, false);
}

START_TEST(test_held_receipt_and_notice_until_the_stream_is_there)
{
    uint64_t tag = submit("t", "s", 1);

    lq_core_fixture_settle(fixture);
    waits(tag);
    ck_assert_uint_eq(fixture->publish_count, 0);
    ck_assert_uint_eq(sight()->held, 2);
    ck_assert_uint_eq(sight()->tenants[0].held_frames, 1);
    lq_core_fixture_stream(fixture, "t", 1);
    answered(tag, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->frame, 1);
    ck_assert_uint_eq(fixture->publish_count, 1);
    ck_assert_uint_eq(sight()->held, 0);
}
END_TEST

START_TEST(test_held_not_what_the_stream_has_already)
{
    lq_core_fixture_stream(fixture, "t", 9);
    uint64_t tag = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    answered(tag, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->publish_count, 1);
}
END_TEST

START_TEST(test_held_local_tenants_do_not_wait)
{
    uint64_t mirrored = submit("t", "s", 1);
    uint64_t local = submit("l", "s", 1);

    lq_core_fixture_settle(fixture);
    waits(mirrored);
    answered(local, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->publish_count, 1);
}
END_TEST

/* In the order in which they were decided, as far as the stream has come. */
START_TEST(test_held_in_order)
{
    uint64_t first = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    uint64_t second = submit("t", "s", 2);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_stream(fixture, "t", 1);
    answered(first, LQ_OUTCOME_APPLIED);
    waits(second);
    lq_core_fixture_stream(fixture, "t", 2);
    answered(second, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->publishes[0].frame, 1);
    ck_assert_uint_eq(fixture->publishes[1].frame, 2);
}
END_TEST

/* A session's later frame lies before another one's in the ledger: it waits for that, too. */
START_TEST(test_held_nothing_overtakes)
{
    lq_core_fixture_stream(fixture, "t", 0);
    uint64_t a = submit("t", "a", 1);
    uint64_t b = submit("t", "b", 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    ck_assert_uint_eq(batch->count, 2);
    lq_core_fixture_done(fixture, batch, 1); /* of b: sequence 1 */
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_stream(fixture, "t", 1);
    answered(b, LQ_OUTCOME_APPLIED);
    waits(a);
    lq_core_fixture_stream(fixture, "t", 2);
    answered(a, LQ_OUTCOME_APPLIED);
}
END_TEST

/* Its receipt is lost with a connection: the copy gets it, and nothing is executed again. */
START_TEST(test_held_copies_renew_the_address)
{
    uint64_t first = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    uint64_t copy = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->ticks_committed, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->resends, 1);
    ck_assert_uint_eq(sight()->held, 2);
    lq_core_fixture_stream(fixture, "t", 1);
    waits(first);
    answered(copy, LQ_OUTCOME_APPLIED);
    uint64_t later = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    answered(later, LQ_OUTCOME_DUPLICATE);
}
END_TEST

/* After a restart nothing is known: what load finds waits until the mirror has told. */
START_TEST(test_held_duplicates)
{
    submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_stream(fixture, "t", 1);
    lq_core_fixture_mirror(fixture, true, false); /* another writer: what was told is over */
    uint64_t copy = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    waits(copy);
    lq_core_fixture_stream(fixture, "t", 1);
    answered(copy, LQ_OUTCOME_DUPLICATE);
}
END_TEST

START_TEST(test_held_resolved_commits)
{
    uint64_t tag = submit("t", "s", 1);
    struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);

    (void)lq_core_fixture_commit(fixture, &batch->items[0], outcomes);
    lq_core_fixture_die(fixture, 4);
    lq_core_fixture_ready(fixture, 5, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    waits(tag);
    lq_core_fixture_stream(fixture, "t", 1);
    answered(tag, LQ_OUTCOME_APPLIED);
}
END_TEST

/* Without its place in the ledger nobody can tell when a frame is there: it is asked about. */
START_TEST(test_held_results_without_a_place_are_asked_for)
{
    struct lq_outcome_entry outcome = {.outcome = LQ_OUTCOME_APPLIED};
    struct lq_result_item item = {
        .verdict = LQ_ITEM_DONE, .frame = 1, .outcome_count = 1, .outcomes = &outcome};
    uint64_t tag = submit("t", "s", 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);

    item.execution = batch->items[0].counter;
    item.lease = batch->items[0].lease;
    lq_core_fixture_result(fixture, LQ_ON_RESULT, batch->peer, batch->number, &item, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 1);
    waits(tag);
}
END_TEST

static const enum lq_execution_kind held_kinds[] = {
    LQ_EXECUTION_CREATE_TENANT, LQ_EXECUTION_CREATE_SESSION, LQ_EXECUTION_SHRED_TENANT};

START_TEST(test_held_creations)
{
    lq_core_fixture_admin(fixture, held_kinds[_i]);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 0);
    cover_notes();
    ck_assert_uint_eq(fixture->admin_done, 1);
    lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 2);
}
END_TEST

/* What READ tells of a frame waits for it, and for all that was held before. */
START_TEST(test_held_readings)
{
    struct lq_broker_event event = {.kind = LQ_ON_ADMIN,
                                    .peer = 100,
                                    .tag = 77,
                                    .names = lq_session_names_of("t", "s"),
                                    .admin = {LQ_EXECUTION_QUERY, false, true}};
    struct lq_result_item item = {.verdict = LQ_ITEM_DONE, .ledger_sequence = 5};

    lq_core_fixture_stream(fixture, "t", 4);
    event.payload = lq_core_fixture_payload(fixture, 20);
    lq_core_fixture_step(fixture, &event);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    item.execution = batch->items[0].counter;
    item.lease = batch->items[0].lease;
    lq_core_fixture_result(fixture, LQ_ON_RESULT, batch->peer, batch->number, &item, 40);
    ck_assert_uint_eq(fixture->admin_done, 0);
    lq_core_fixture_stream(fixture, "t", 5);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->admin_done, 1);
}
END_TEST

START_TEST(test_held_letters)
{
    uint64_t tag = lq_core_case_die_once("s", 1, 1);
    waits(tag);
    uint64_t copy = submit("t", "s", 1); /* renews the address */
    waits(copy);
    cover_letters();
    waits(tag);
    answered(copy, LQ_OUTCOME_DEAD_LETTERED);
    copy = submit("t", "s", 1);
    answered(copy, LQ_OUTCOME_DEAD_LETTERED);
    lq_core_fixture_mirror(fixture, true, false);
    fixture->covered.broker_sequence = 0;
    lq_core_fixture_mirror(fixture, true, false);
    copy = submit("t", "s", 1);
    waits(copy);
    cover_letters();
    answered(copy, LQ_OUTCOME_DEAD_LETTERED);
}
END_TEST

/* That a redrive has settled a letter is told when its frame and the note of it are there. */
START_TEST(test_held_settled_letters)
{
    lq_core_case_die_once("s", 1, 1);
    cover_letters();
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    ck_assert_uint_eq(fixture->change_count, 0);
    lq_core_fixture_stream(fixture, "t", 1);
    ck_assert_uint_eq(fixture->change_count, 0);
    cover_notes();
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(fixture->changes[0].done);
    ck_assert_uint_eq(fixture->changes[0].frame, 1);
}
END_TEST

/* ---- durability ---- */

START_TEST(test_held_is_let_go_by_local)
{
    uint64_t tag = submit("t", "s", 1);

    lq_core_fixture_settle(fixture);
    waits(tag);
    lq_core_fixture_durability(fixture, "t", _i == 0 ? LQ_DURABILITY_LOCAL : 0);
    lq_core_fixture_turn(fixture);
    answered(tag, LQ_OUTCOME_APPLIED);
    lq_core_fixture_durability(fixture, "t", LQ_DURABILITY_MIRRORED);
    tag = submit("t", "s", 2);
    lq_core_fixture_settle(fixture);
    waits(tag);
}
END_TEST

/* The configuration's durability is that of tenants without their own. A tenant that was forgotten
 * meanwhile is as far in the table as it was. */
START_TEST(test_held_by_the_configuration)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    struct lq_durability durability;
    char name[8];

    config.durability.policy = LQ_DURABILITY_MIRRORED;
    config.tenants_max = 2; /* four records */
    lq_core_case_reopen(&config);
    lq_core_fixture_durability(fixture, "l", LQ_DURABILITY_LOCAL);
    lq_core_fixture_stream(fixture, "t", 7);
    for (uint32_t number = 0; number < 6; number++) {
        snprintf(name, sizeof name, "u%u", number);
        lq_core_fixture_stream(fixture, name, 1);
        submit(name, "s", 1);
        lq_core_fixture_settle(fixture);
        lq_core_fixture_stream(fixture, name, 100);
    }
    uint64_t tag = submit("t", "s", 1);
    uint64_t local = submit("l", "s", 1);
    lq_core_fixture_settle(fixture);
    answered(tag, LQ_OUTCOME_APPLIED);
    answered(local, LQ_OUTCOME_APPLIED);
    lq_broker_core_durability(fixture->core, lq_view_text("l"), &durability);
    ck_assert(durability.own);
    ck_assert_int_eq(durability.policy, LQ_DURABILITY_LOCAL);
    lq_broker_core_durability(fixture->core, lq_view_text("nobody"), &durability);
    ck_assert(!durability.own);
    ck_assert_int_eq(durability.policy, LQ_DURABILITY_MIRRORED);
}
END_TEST

START_TEST(test_held_durabilities_are_listed)
{
    struct lq_tenant_policy list[LQ_MIRROR_POLICIES_MAX];
    uint32_t count = 0;
    bool more = true;
    uint64_t number =
        lq_broker_core_policies(fixture->core, lq_view_of("", 0), list, &count, &more);

    ck_assert_uint_eq(count, 2);
    ck_assert(!more);
    ck_assert_uint_eq(list[0].tenant.bytes, 0);
    ck_assert_int_eq(list[0].durability.policy, LQ_DURABILITY_LOCAL);
    ck_assert(lq_view_equal(list[1].tenant, lq_view_text("t")));
    lq_core_fixture_durability(fixture, "a", LQ_DURABILITY_MIRRORED);
    ck_assert_uint_ne(
        lq_broker_core_policies(fixture->core, lq_view_of("", 0), list, &count, &more), number);
    ck_assert(lq_view_equal(list[1].tenant, lq_view_text("a")));
    lq_broker_core_policies(fixture->core, lq_view_text("a"), list, &count, &more);
    ck_assert_uint_eq(count, 1);
    ck_assert(lq_view_equal(list[0].tenant, lq_view_text("t")));
}
END_TEST

/* ---- bounds ---- */

/* A tenant alone may hold half of what all may: 32. Each frame has a receipt and a notice. */
START_TEST(test_held_to_the_bound)
{
    char session[8];
    uint64_t tags[40];

    for (uint32_t number = 0; number < 40; number++) {
        snprintf(session, sizeof session, "s%u", number);
        tags[number] = submit("t", session, 1);
        lq_core_fixture_settle(fixture);
    }
    refused(tags[39], "MIRROR_BEHIND: ");
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->ticks_committed, 16);
    ck_assert_uint_eq(lq_broker_core_admits(fixture->core, lq_view_text("t"), fixture->now_ns), 0);
    uint64_t local = submit("l", "s", 1);
    lq_core_fixture_settle(fixture);
    answered(local, LQ_OUTCOME_APPLIED);
    lq_core_fixture_admin(fixture, LQ_EXECUTION_CREATE_TENANT);
    ck_assert(strncmp(fixture->admin_reason, "MIRROR_BEHIND", 13) == 0);
    lq_core_fixture_stream(fixture, "t", 100);
    answered(tags[0], LQ_OUTCOME_APPLIED);
    uint64_t again = submit("t", "s39", 1);
    lq_core_fixture_settle(fixture);
    answered(again, LQ_OUTCOME_APPLIED);
}
END_TEST

/* What waits in the mailbox opens when there is room again; grid points that pass are lost. */
START_TEST(test_held_work_waits_for_room)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.held_answers_max = 4;
    config.batch_commands_max = 1;
    lq_core_case_reopen(&config);
    lq_core_fixture_durability(fixture, "t", LQ_DURABILITY_MIRRORED);
    uint64_t first = submit("t", "s", 1);
    uint64_t second = submit("t", "s", 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    lq_core_fixture_stream(fixture, "t", 1);
    answered(first, LQ_OUTCOME_APPLIED);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 2);
    lq_core_fixture_stream(fixture, "t", 2);
    answered(second, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_held_while_the_mirror_is_over)
{
    uint64_t held = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_mirror(fixture, false, true);
    uint64_t tag = submit("t", "s", 2);
    refused(tag, "BROKER_PAUSED: ");
    uint64_t local = submit("l", "s", 1);
    lq_core_fixture_settle(fixture);
    answered(local, LQ_OUTCOME_APPLIED);
    waits(held);
    lq_core_fixture_mirror(fixture, true, false);
    lq_core_fixture_stream(fixture, "t", 5);
    answered(held, LQ_OUTCOME_APPLIED);
    tag = submit("t", "s", 2);
    lq_core_fixture_settle(fixture);
    answered(tag, LQ_OUTCOME_APPLIED);
}
END_TEST

/* The worlds of notices count as the tenant's bytes; where they have no room they are left out. */
START_TEST(test_held_worlds_within_the_payload_quota)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_PAYLOAD_BYTES, _i == 0 ? 1000 : 150);
    uint64_t tag = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    waits(tag);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->payload_bytes, _i == 0 ? 100 : 0);
    lq_core_fixture_stream(fixture, "t", 1);
    ck_assert_uint_eq(fixture->publish_count, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->payload_bytes, 0);
}
END_TEST

/* More than a step's effects have room for: it goes on in the next turn. */
START_TEST(test_held_many_leave_in_turns)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    uint32_t answers = 0;

    config.held_answers_max = 4000;
    config.batch_commands_max = 1;
    lq_core_case_reopen(&config);
    lq_core_fixture_durability(fixture, "t", LQ_DURABILITY_MIRRORED);
    for (uint64_t sequence = 1; sequence <= 600; sequence++) {
        submit("t", "s", sequence);
        if (sequence % 50 == 0) {
            lq_core_fixture_settle(fixture);
        }
    }
    lq_core_fixture_stream(fixture, "t", 600);
    for (uint32_t index = 0; index < fixture->answer_count; index++) {
        answers += fixture->answers[index].outcome == LQ_OUTCOME_APPLIED;
    }
    ck_assert_uint_eq(answers, 600);
    ck_assert_uint_eq(fixture->publish_count, 600);
}
END_TEST

START_TEST(test_held_streams_beyond_their_room_are_not_known)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.streams_max = 1;
    lq_core_case_reopen(&config);
    lq_core_fixture_durability(fixture, "t", LQ_DURABILITY_MIRRORED);
    ck_assert(lq_broker_core_has_room_for_stream(fixture->core, lq_view_text("t")));
    lq_core_fixture_stream(fixture, "l", 1);
    ck_assert(lq_broker_core_has_room_for_stream(fixture->core, lq_view_text("l")));
    ck_assert(!lq_broker_core_has_room_for_stream(fixture->core, lq_view_text("t")));
    lq_core_fixture_stream(fixture, "t", 1);
    uint64_t tag = submit("t", "s", 1);
    lq_core_fixture_settle(fixture);
    waits(tag);
}
END_TEST

TCase *lq_test_held_answers(void);
TCase *lq_test_held_answers(void)
{
    TCase *tc = tcase_create("held_answers");

    tcase_add_checked_fixture(tc, open_mirrored, lq_core_case_close);
    tcase_add_test(tc, test_held_receipt_and_notice_until_the_stream_is_there);
    tcase_add_test(tc, test_held_not_what_the_stream_has_already);
    tcase_add_test(tc, test_held_local_tenants_do_not_wait);
    tcase_add_test(tc, test_held_in_order);
    tcase_add_test(tc, test_held_nothing_overtakes);
    tcase_add_test(tc, test_held_copies_renew_the_address);
    tcase_add_test(tc, test_held_duplicates);
    tcase_add_test(tc, test_held_resolved_commits);
    tcase_add_test(tc, test_held_results_without_a_place_are_asked_for);
    tcase_add_loop_test(tc, test_held_creations, 0, 3);
    tcase_add_test(tc, test_held_readings);
    tcase_add_test(tc, test_held_letters);
    tcase_add_test(tc, test_held_settled_letters);
    tcase_add_loop_test(tc, test_held_is_let_go_by_local, 0, 2);
    tcase_add_test(tc, test_held_by_the_configuration);
    tcase_add_test(tc, test_held_durabilities_are_listed);
    tcase_add_test(tc, test_held_to_the_bound);
    tcase_add_test(tc, test_held_work_waits_for_room);
    tcase_add_test(tc, test_held_while_the_mirror_is_over);
    tcase_add_loop_test(tc, test_held_worlds_within_the_payload_quota, 0, 2);
    tcase_add_test(tc, test_held_many_leave_in_turns);
    tcase_add_test(tc, test_held_streams_beyond_their_room_are_not_known);
    return tc;
}
