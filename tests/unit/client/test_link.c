// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A link over real sockets, to a broker that the test plays. */
#include "client/link.h"

#include "client/link_record.h"
#include "proto/play_codec.h"
#include "tests/unit/client/client_cases.h"
#include "tests/unit/client/played_broker.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS_MAX = 600, SHARE = 64 };
#define QUOTA "TENANT_QUOTA: commands/s"

static struct lq_played_broker broker;
static struct {
    lq_client_t *client;
    uint32_t handle;
    uint32_t receipts;
    uint64_t heard; /* the number of the last receipt */
} members[CLIENTS_MAX];

static void open_link(void)
{
    const struct lq_link_options options = {.clients_max = CLIENTS_MAX,
                                            .outstanding_max = 4096,
                                            .watches_max = 2048,
                                            .requests_max = 200};

    memset(members, 0, sizeof members);
    lq_played_broker_open(&broker, &options);
}

static void close_link(void)
{
    lq_played_broker_close(&broker);
}

static void hear(void *context, const struct lq_client_receipt *receipt)
{
    size_t index = (size_t)((uintptr_t)context);

    members[index].receipts++;
    members[index].heard = receipt->sequence;
}

static void make_client(uint32_t index, const char *tenant, uint32_t sessions)
{
    const struct lq_client_options options = {.tenant = tenant,
                                              .on_receipt = hear,
                                              .context = (void *)(uintptr_t)index,
                                              .sessions_max = sessions};
    struct lq_error_message message = {""};

    ck_assert_msg(lq_client_new(broker.link, &options, &members[index].client, &message) == LQ_OK,
                  "%s", message.text);
    ck_assert_int_eq(lq_client_session(members[index].client, "s1", 1, &members[index].handle),
                     LQ_OK);
}

static void submit_to(uint32_t index, uint32_t handle, uint32_t count)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE, .outcome = LQ_OUTCOME_PENDING};
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t sequence;

    while (count-- > 0) {
        ck_assert_int_eq(
            lq_client_submit(members[index].client, handle, &command, NULL, &sequence, reason),
            LQ_OK);
    }
}

static void submit(uint32_t index, uint32_t count)
{
    submit_to(index, members[index].handle, count);
}

static bool is_of(uint32_t command, uint32_t index)
{
    return lq_client_id_equal(&broker.commands[command].client,
                              lq_client_identity(members[index].client));
}

static void answer_all(uint32_t first)
{
    for (uint32_t command = first; command < broker.command_count; command++) {
        lq_played_broker_answer(&broker, command, LQ_OUTCOME_APPLIED, "", 0);
    }
}

static void await_receipts(void)
{
    while (lq_link_outstanding(broker.link) > 0) {
        lq_played_broker_pass(&broker);
    }
}

START_TEST(hundreds_of_clients_over_one_connection)
{
    char tenant[8];

    for (uint32_t index = 0; index < CLIENTS_MAX; index++) {
        snprintf(tenant, sizeof tenant, "t%u", index % 7);
        make_client(index, tenant, 1);
        submit(index, 1 + index % 3);
    }
    uint32_t commands = lq_link_outstanding(broker.link);
    lq_played_broker_await(&broker, commands);
    for (uint32_t command = 0; command < commands; command++) {
        ck_assert_uint_eq(broker.commands[command].peer, broker.commands[0].peer);
    }
    answer_all(0);
    await_receipts();
    for (uint32_t index = 0; index < CLIENTS_MAX; index++) {
        ck_assert_uint_eq(members[index].receipts, 1 + index % 3);
        ck_assert_uint_eq(members[index].heard, 1 + index % 3);
    }
    ck_assert_uint_eq(broker.late_wakes, 0);
}
END_TEST

/* A client with hundreds of commands, others of its tenant and another one's with one each. */
START_TEST(clients_take_turns)
{
    uint32_t handle;
    char session[8];

    make_client(0, "t", 10);
    for (uint32_t index = 1; index <= 3; index++) {
        make_client(index, index == 3 ? "other" : "t", 1);
    }
    for (uint32_t number = 0; number < 8; number++) {
        snprintf(session, sizeof session, "f%u", number);
        ck_assert_int_eq(lq_client_session(members[0].client, session, 1, &handle), LQ_OK);
        submit_to(0, handle, LQ_CLIENT_WINDOW);
    }
    for (uint32_t index = 1; index <= 3; index++) {
        submit(index, 1);
    }
    lq_played_broker_await(&broker, 8 * LQ_CLIENT_WINDOW + 3);
    for (uint32_t command = 0; command < 8 * LQ_CLIENT_WINDOW + 3; command++) {
        const struct lq_played_command *noted = &broker.commands[command];
        if (!is_of(command, 0)) {
            ck_assert_uint_lt(noted->message, 5);
            ck_assert_uint_lt(command, 2 * SHARE + 3);
        }
    }
    /* Alone again, it sends as much as a message takes. */
    ck_assert_uint_le(broker.submits, 8 + 3);
    answer_all(0);
    await_receipts();
}
END_TEST

/* The first of three messages is refused: all of the tenant waits and comes in order, in another
 * round; another tenant's goes on in its own. */
START_TEST(a_tenant_waits_alone)
{
    make_client(0, "t", 1);
    make_client(1, "t", 1);
    make_client(2, "other", 1);
    submit(0, 2);
    submit(1, 2);
    submit(2, 1);
    lq_played_broker_await(&broker, 5);
    uint32_t round = broker.commands[0].round;
    uint32_t first = is_of(0, 0) ? 0 : 1;
    for (uint32_t command = 0; command < 5; command++) {
        bool others = strcmp(broker.commands[command].tenant, "other") == 0;
        ck_assert_int_eq(broker.commands[command].round != round, others);
        if (is_of(command, first) && broker.commands[command].sequence == 1) {
            lq_played_broker_answer(&broker, command, LQ_OUTCOME_UNUSED, QUOTA, 1000);
        } else if (others) {
            lq_played_broker_answer(&broker, command, LQ_OUTCOME_APPLIED, "", 0);
        }
    }
    struct lq_client_quota quota = {.waits = 0};
    while (quota.waits == 0) {
        lq_played_broker_pass(&broker);
        lq_client_quota(members[0].client, &quota);
    }
    submit(0, 1);
    submit(1, 1);
    submit(2, 1);
    lq_played_broker_await(&broker, 6);
    ck_assert_str_eq(broker.commands[5].tenant, "other");
    lq_client_quota(members[2].client, &quota);
    ck_assert_uint_eq(quota.waits, 0);
    for (uint32_t command = 6; command < 12; command++) {
        lq_played_broker_await(&broker, command + 1);
        ck_assert_str_eq(broker.commands[command].tenant, "t");
        ck_assert_uint_ne(broker.commands[command].round, round);
        lq_played_broker_answer(&broker, command, LQ_OUTCOME_APPLIED, "", 0);
    }
    for (uint32_t index = 0; index < 2; index++) {
        uint64_t last = 0;
        for (uint32_t command = 6; command < 12; command++) {
            if (is_of(command, index)) {
                ck_assert_uint_eq(broker.commands[command].sequence, ++last);
            }
        }
        ck_assert_uint_eq(last, 3);
    }
    lq_played_broker_answer(&broker, 5, LQ_OUTCOME_APPLIED, "", 0);
    await_receipts();
}
END_TEST

static uint32_t count_of_epoch(void)
{
    uint32_t count = 0;

    for (uint32_t command = 0; command < broker.command_count; command++) {
        count += broker.commands[command].epoch == broker.epoch;
    }
    return count;
}

/* All that is unanswered, of all clients, under its epoch, in bounded turns. */
START_TEST(a_new_broker_hears_everything)
{
    enum { A_TURN_MAX = 512 };

    for (uint32_t index = 0; index < CLIENTS_MAX; index++) {
        make_client(index, index % 2 == 0 ? "even" : "odd", 1);
        submit(index, 2);
    }
    lq_played_broker_await(&broker, 2 * CLIENTS_MAX);
    answer_all(2 * CLIENTS_MAX - 100); /* all but the last hundred */
    while (lq_link_outstanding(broker.link) > 2 * CLIENTS_MAX - 100) {
        lq_played_broker_pass(&broker);
    }
    lq_played_broker_renew(&broker);
    while (count_of_epoch() < 2 * CLIENTS_MAX - 100) {
        uint64_t sent = broker.link->sent_mark;
        lq_played_broker_pass(&broker);
        ck_assert_uint_le(broker.link->sent_mark - sent, A_TURN_MAX);
    }
    ck_assert_uint_ge(lq_link_resends(broker.link), 2 * CLIENTS_MAX - 100);
    answer_all(0);
    await_receipts();
    for (uint32_t index = 0; index < CLIENTS_MAX; index++) {
        ck_assert_uint_eq(members[index].receipts, 2);
    }
}
END_TEST

/* ---- requests ---- */

static uint32_t replies;

static void take_reply(void *context, const struct lq_admin_reply *reply)
{
    const struct lq_admin_request *request = context;

    ck_assert_uint_eq(reply->count, request->tag);
    replies++;
}

START_TEST(many_requests_are_under_way)
{
    enum { REQUESTS = 200 };
    static struct lq_admin_request requests[REQUESTS + 1];
    char tenants[REQUESTS][8];

    replies = 0;
    for (uint32_t index = 0; index < REQUESTS; index++) {
        snprintf(tenants[index], sizeof tenants[index], "t%u", index);
        requests[index] = (struct lq_admin_request){.kind = LQ_ADMIN_SHOW_TENANT,
                                                    .tenant = lq_view_text(tenants[index])};
        ck_assert_int_eq(
            lq_link_request(broker.link, &requests[index], take_reply, &requests[index]), LQ_OK);
    }
    ck_assert_int_eq(lq_link_request(broker.link, &requests[REQUESTS], take_reply, NULL),
                     LQ_ERR_FULL);
    while (broker.request_count < REQUESTS) {
        lq_played_broker_pass(&broker);
    }
    lq_link_forget(broker.link, &requests[7]);
    for (uint32_t index = REQUESTS; index > 0; index--) {
        lq_played_broker_reply(&broker, broker.requests[index - 1].tag);
        lq_played_broker_reply(&broker, broker.requests[index - 1].tag); /* late copies */
    }
    while (replies < REQUESTS - 1) {
        lq_played_broker_pass(&broker);
    }
    lq_played_broker_pass(&broker);
    ck_assert_uint_eq(replies, REQUESTS - 1);
    ck_assert_int_eq(lq_link_request(broker.link, &requests[7], take_reply, &requests[7]), LQ_OK);
}
END_TEST

/* ---- watches ---- */

static struct sight {
    lq_watch_t *watch;
    uint32_t frames, answers;
    uint64_t frame;
    enum lq_result result;
    bool ends; /* at its next frame */
} sights[3];

static void take_frame(void *context, const struct lq_watch_frame *frame)
{
    struct sight *sight = context;

    sight->frames++;
    sight->frame = frame->frame;
    if (sight->ends) {
        lq_watch_destroy(&sight->watch);
    }
}

static void take_answer(void *context, const struct lq_watch_answer *answer)
{
    struct sight *sight = context;

    ck_assert_uint_eq(answer->epoch, broker.epoch);
    ck_assert_str_eq(answer->why, answer->result == LQ_OK ? "" : "no");
    sight->answers++;
    sight->result = answer->result;
}

static void watch(uint32_t index, const char *session)
{
    const struct lq_watch_options options = {.tenant = "t",
                                             .session = session,
                                             .on_frame = take_frame,
                                             .on_answer = take_answer,
                                             .context = &sights[index]};
    struct lq_error_message message = {""};

    ck_assert_int_eq(lq_watch_new(broker.link, &options, &sights[index].watch, &message), LQ_OK);
}

static void await_watches(uint32_t count)
{
    while (broker.watch_count < count) {
        lq_played_broker_pass(&broker);
    }
}

START_TEST(frames_go_to_their_watch)
{
    static const char *const names[] = {"s1", "s2", "s3"};
    uint64_t tags[3];

    memset(sights, 0, sizeof sights);
    for (uint32_t index = 0; index < 3; index++) {
        watch(index, names[index]);
    }
    await_watches(3);
    for (uint32_t index = 0; index < 3; index++) {
        tags[index] = broker.watches[index].tag;
        lq_played_broker_watching(&broker, tags[index], index == 2 ? LQ_ERR_FULL : LQ_OK);
        lq_played_broker_frame(&broker, tags[index], 10 + index);
    }
    sights[1].ends = true;
    while (sights[2].frames == 0) {
        lq_played_broker_pass(&broker);
    }
    ck_assert_uint_eq(sights[0].frame, 10);
    ck_assert_uint_eq(sights[1].frame, 11);
    ck_assert_int_eq(sights[2].result, LQ_ERR_FULL);
    ck_assert_ptr_null(sights[1].watch);
    lq_played_broker_frame(&broker, tags[1], 12); /* of one that has ended */
    lq_played_broker_frame(&broker, UINT64_MAX, 12);
    lq_played_broker_frame(&broker, tags[0], 12);
    while (sights[0].frame != 12) {
        lq_played_broker_pass(&broker);
    }
    ck_assert_uint_eq(sights[1].frames, 1);
    ck_assert_uint_eq(sights[0].answers, 1);
}
END_TEST

/* One answer of a broker that comes anew has all the others said to it at once. */
START_TEST(a_new_broker_is_told_of_all_watches)
{
    static const char *const names[] = {"s1", "s2", "s3"};

    memset(sights, 0, sizeof sights);
    for (uint32_t index = 0; index < 3; index++) {
        watch(index, names[index]);
    }
    uint32_t heard = 0;
    while (sights[0].answers + sights[1].answers + sights[2].answers < 3 ||
           broker.watch_count < 6) { /* said again when it was answered: for a second now */
        lq_played_broker_pass(&broker);
        for (; heard < broker.watch_count; heard++) {
            lq_played_broker_watching(&broker, broker.watches[heard].tag, LQ_OK);
        }
    }
    lq_played_broker_pass(&broker);
    broker.epoch++;
    lq_played_broker_watching(&broker, broker.watches[0].tag, LQ_OK);
    while (sights[0].answers + sights[1].answers + sights[2].answers < 6) {
        lq_played_broker_pass(&broker);
        for (; heard < broker.watch_count; heard++) {
            lq_played_broker_watching(&broker, broker.watches[heard].tag, LQ_OK);
        }
    }
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_uint_eq(sights[index].answers, 2);
    }
}
END_TEST

static struct {
    uint32_t worlds, plays;
    uint64_t sequence, marked;
} seen;

static void take_play(void *context, const struct lq_watch_frame *frame)
{
    static struct lq_world world;
    struct lq_play play;
    const struct sight *sight = context;

    if (lq_watch_world(sight->watch, frame, &world) == LQ_OK) {
        ck_assert_uint_eq(world.next_body_id, 17);
        seen.worlds++;
    }
    if (lq_watch_play(sight->watch, frame, &play) == LQ_OK) {
        ck_assert_uint_eq(play.command_count, 1);
        seen.sequence = play.commands[0].sequence;
        seen.plays++;
    }
}

static void take_marker(void *context, const struct lq_watch_answer *answer)
{
    (void)context;
    seen.marked = answer->frame;
}

/* World, outcomes, and where the watch begins. */
START_TEST(a_watch_for_players)
{
    const struct lq_watch_options options = {.tenant = "t",
                                             .session = "s1",
                                             .play = true,
                                             .on_frame = take_play,
                                             .on_answer = take_marker,
                                             .context = &sights[0]};
    struct lq_error_message message = {""};

    memset(&seen, 0, sizeof seen);
    ck_assert_int_eq(lq_watch_new(broker.link, &options, &sights[0].watch, &message), LQ_OK);
    await_watches(1);
    ck_assert(broker.watches[0].play);
    lq_played_broker_watching(&broker, broker.watches[0].tag, LQ_OK);
    lq_played_broker_play(&broker, broker.watches[0].tag, 41, 5);
    lq_played_broker_frame(&broker, broker.watches[0].tag, 42); /* without a body part */
    lq_played_broker_play(&broker, broker.watches[0].tag, 43, 6);
    while (seen.plays < 2) {
        lq_played_broker_pass(&broker);
    }
    ck_assert_uint_eq(seen.worlds, 2);
    ck_assert_uint_eq(seen.sequence, 6);
    ck_assert_uint_eq(seen.marked, 40);
}
END_TEST

/* More than the broker takes over one connection. */
START_TEST(a_thousand_watches_and_more)
{
    enum { WATCHES = 1030 };
    static lq_watch_t *watches[WATCHES];
    struct lq_error_message message = {""};
    struct lq_watch_options options = {.tenant = "t", .on_frame = take_frame, .context = sights};
    char session[16];

    memset(sights, 0, sizeof sights);
    for (uint32_t index = 0; index < WATCHES; index++) {
        snprintf(session, sizeof session, "s%u", index);
        options.session = session;
        ck_assert_msg(lq_watch_new(broker.link, &options, &watches[index], &message) == LQ_OK, "%s",
                      message.text);
    }
    await_watches(WATCHES);
    lq_played_broker_frame(&broker, broker.watches[WATCHES - 1].tag, 5);
    while (sights[0].frames == 0) {
        lq_played_broker_pass(&broker);
    }
    for (uint32_t index = 0; index < WATCHES; index++) {
        lq_watch_destroy(&watches[index]);
    }
}
END_TEST

TCase *lq_test_link(void)
{
    TCase *tcase = tcase_create("link");

    tcase_add_checked_fixture(tcase, open_link, close_link);
    tcase_add_test(tcase, hundreds_of_clients_over_one_connection);
    tcase_add_test(tcase, clients_take_turns);
    tcase_add_test(tcase, a_tenant_waits_alone);
    tcase_add_test(tcase, a_new_broker_hears_everything);
    tcase_add_test(tcase, many_requests_are_under_way);
    tcase_add_test(tcase, frames_go_to_their_watch);
    tcase_add_test(tcase, a_new_broker_is_told_of_all_watches);
    tcase_add_test(tcase, a_watch_for_players);
    tcase_add_test(tcase, a_thousand_watches_and_more);
    return tcase;
}
