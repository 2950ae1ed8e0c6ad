// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/actor_codec.h"

#include "proto/wire_limits.h"
#include "tests/unit/proto/proto_cases.h"
#include "tests/unit/proto/wire_samples.h"

#include "ledgerquest/v1/actor.pb-c.h"

#include <stdlib.h>

static uint8_t buffer[LQ_HEADER_BYTES_MAX];
static uint8_t memory[8 * 1024 * 1024];
static struct lq_arena arena = {memory, sizeof memory, 0};

static struct lq_view message_of(size_t bytes)
{
    lq_arena_reset(&arena);
    return lq_view_of(buffer + LQ_FRAMING_BYTES, bytes - LQ_FRAMING_BYTES);
}

START_TEST(test_dispatch_full)
{
    struct lq_dispatch dispatch;
    struct lq_dispatch back;
    const char *where = "";
    size_t bytes = 0;

    lq_wire_sample_dispatch(&dispatch, LQ_BATCH_ITEMS_MAX);
    ck_assert_int_eq(lq_dispatch_encode(&dispatch, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_dispatch_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.item_count, LQ_BATCH_ITEMS_MAX);
    ck_assert_uint_eq(back.item_timeout_ms, 900);
    for (uint32_t index = 0; index < LQ_BATCH_ITEMS_MAX; index++) {
        const struct lq_dispatch_item *a = &dispatch.items[index];
        const struct lq_dispatch_item *b = &back.items[index];
        ck_assert_uint_eq(a->execution, b->execution);
        ck_assert_uint_eq(a->lease, b->lease);
        ck_assert_uint_eq(a->kind, b->kind);
        ck_assert_uint_eq(a->flags, b->flags);
        ck_assert_uint_eq(a->payload_bytes, b->payload_bytes);
        ck_assert(lq_session_names_equal(a->names, b->names));
    }
}
END_TEST

/* Outcomes with details in between, at the largest size: 256 items of 64 commands. */
START_TEST(test_result_full)
{
    struct lq_result_batch batch;
    struct lq_result_batch back;
    const char *where = "";
    size_t bytes = 0;

    lq_wire_sample_result(&batch, LQ_BATCH_ITEMS_MAX, LQ_COMMANDS_PER_TICK_MAX);
    for (uint32_t index = 0; index < LQ_BATCH_ITEMS_MAX; index += 3) {
        struct lq_outcome_entry *entry = &batch.items[index].outcomes[index % 64];
        entry->outcome = index % 2 == 0 ? LQ_OUTCOME_REFUSED : LQ_OUTCOME_DUPLICATE;
        entry->reason = index % 2 == 0 ? lq_view_text("x: no") : lq_view_of(NULL, 0);
        entry->frame = index % 2 == 0 ? 0 : index;
    }
    ck_assert_int_eq(
        lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_result_batch_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.item_count, LQ_BATCH_ITEMS_MAX);
    ck_assert(back.last);
    for (uint32_t index = 0; index < LQ_BATCH_ITEMS_MAX; index++) {
        const struct lq_result_item *a = &batch.items[index];
        const struct lq_result_item *b = &back.items[index];
        ck_assert_uint_eq(a->execution, b->execution);
        ck_assert_uint_eq(a->verdict, b->verdict);
        ck_assert_mem_eq(a->hash, b->hash, sizeof a->hash);
        ck_assert_uint_eq(a->outcome_count, b->outcome_count);
        for (uint32_t entry = 0; entry < a->outcome_count; entry++) {
            ck_assert_uint_eq(a->outcomes[entry].outcome, b->outcomes[entry].outcome);
            ck_assert_uint_eq(a->outcomes[entry].frame, b->outcomes[entry].frame);
            ck_assert(lq_view_equal(a->outcomes[entry].reason, b->outcomes[entry].reason));
        }
    }
}
END_TEST

/* Times of items are a column of their own: told, told as nothing, or not told at all. */
static const struct {
    const char *name;
    bool timed;
    uint32_t item_us;
} times[] = {
    {"timed", true, 70},
    {"timed, and all took less than one", true, 0},
    {"of a stage that times batches only", false, 0},
};

START_TEST(test_result_times)
{
    struct lq_result_batch batch;
    struct lq_result_batch back;
    const char *where = "";
    size_t bytes = 0;

    lq_wire_sample_result(&batch, 3, 1);
    batch.timed = times[_i].timed;
    batch.end_us = 9;
    for (uint32_t index = 0; index < 3; index++) {
        batch.items[index].service_us = times[_i].item_us * (index + 1);
    }
    ck_assert_int_eq(
        lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_result_batch_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_msg(back.timed == times[_i].timed, "%s", times[_i].name);
    ck_assert_uint_eq(back.end_us, 9);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_uint_eq(back.items[index].service_us, times[_i].item_us * (index + 1));
    }
}
END_TEST

/* A batch whose refusals do not fit is for its sender to split: half of it fits sooner or later. */
START_TEST(test_result_too_many_reasons)
{
    static char reason[LQ_REASON_BYTES_MAX];
    struct lq_result_batch batch;
    uint32_t count = LQ_BATCH_ITEMS_MAX;
    size_t bytes = 0;

    memset(reason, 'r', sizeof reason - 1);
    lq_wire_sample_result(&batch, count, LQ_COMMANDS_PER_TICK_MAX);
    for (uint32_t index = 0; index < count * LQ_COMMANDS_PER_TICK_MAX; index++) {
        batch.items[0].outcomes[index].reason = lq_view_text(reason);
    }
    ck_assert_int_eq(
        lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, buffer, sizeof buffer, &bytes),
        LQ_ERR_LIMIT);
    while (lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, buffer, sizeof buffer, &bytes) !=
           LQ_OK) {
        batch.item_count /= 2;
    }
    ck_assert_uint_ge(batch.item_count, 1);
}
END_TEST

START_TEST(test_empty_batches)
{
    struct lq_result_batch batch = {.epoch = 5, .batch = 6, .last = true};
    struct lq_dispatch dispatch = {.epoch = 5, .batch = 6};
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(
        lq_result_batch_encode(LQ_MESSAGE_RESOLVED, &batch, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_uint_eq(buffer[3], LQ_MESSAGE_RESOLVED);
    ck_assert_int_eq(lq_result_batch_decode(message_of(bytes), &arena, &batch, &where), LQ_OK);
    ck_assert_uint_eq(batch.item_count, 0);
    ck_assert_int_eq(lq_dispatch_encode(&dispatch, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_dispatch_decode(message_of(bytes), &arena, &dispatch, &where), LQ_OK);
    ck_assert_uint_eq(dispatch.item_count, 0);
}
END_TEST

START_TEST(test_goodbye)
{
    struct lq_heartbeat beat = {.epoch = UINT64_MAX};
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_heartbeat_encode(LQ_MESSAGE_GOODBYE, &beat, buffer, sizeof buffer, &bytes),
                     LQ_OK);
    ck_assert_uint_eq(buffer[3], LQ_MESSAGE_GOODBYE);
    ck_assert_int_eq(lq_heartbeat_decode(message_of(bytes), &arena, &beat, &where), LQ_OK);
    ck_assert_uint_eq(beat.epoch, UINT64_MAX);
    ck_assert(!beat.tells);
}
END_TEST

/* Messages that protobuf is content with and we are not: changes to an unpacked sample. */
static Ledgerquest__V1__Dispatch *dispatch;
static Ledgerquest__V1__Result *result;

static void shorten_lease(void)
{
    dispatch->n_lease--;
}
static void shorten_kind(void)
{
    dispatch->n_kind--;
}
static void shorten_flags(void)
{
    dispatch->n_flags--;
}
static void shorten_payload_bytes(void)
{
    dispatch->n_payload_bytes--;
}
static void shorten_tenant(void)
{
    dispatch->n_tenant--;
}
static void shorten_session(void)
{
    dispatch->n_session--;
}
static void unknown_kind(void)
{
    dispatch->kind[0] = 9;
}
static void long_tenant(void)
{
    dispatch->tenant[0] = (char *)"a-name-of-more-than-thirty-two-bytes";
}
static void large_payloads(void)
{
    dispatch->payload_bytes[0] = LQ_BODY_BYTES_MAX;
}
static void shorten_verdict(void)
{
    result->n_verdict--;
}
static void shorten_frame(void)
{
    result->n_frame--;
}
static void shorten_hash(void)
{
    result->hash.len--;
}
static void shorten_outcome_count(void)
{
    result->n_outcome_count--;
}
static void shorten_outcomes(void)
{
    result->n_outcome--;
}
static void too_few_outcomes(void)
{
    result->outcome_count[1]--;
}
static void too_many_outcomes(void)
{
    result->outcome_count[0] = LQ_COMMANDS_PER_TICK_MAX + 1;
}
static void unknown_verdict(void)
{
    result->verdict[0] = 6;
}
static void unknown_outcome(void)
{
    result->outcome[0] = LEDGERQUEST__V1__OUTCOME__OUTCOME_DEAD_LETTERED;
}
static void detail_of_nothing(void)
{
    result->details[0]->index = (uint32_t)result->n_outcome;
}
static void failure_of_nothing(void)
{
    result->failures[0]->item = (uint32_t)result->n_execution;
}
static void failure_of_no_command(void)
{
    result->failures[0]->command = LQ_COMMANDS_PER_TICK_MAX + 1;
}

static const struct {
    void (*spoil)(void);
    bool of_result;
    enum lq_result expected;
    const char *where;
} faults[] = {
    {shorten_lease, false, LQ_ERR_MALFORMED, "lease"},
    {shorten_kind, false, LQ_ERR_MALFORMED, "kind"},
    {shorten_flags, false, LQ_ERR_MALFORMED, "flags"},
    {shorten_payload_bytes, false, LQ_ERR_MALFORMED, "payload_bytes"},
    {shorten_tenant, false, LQ_ERR_MALFORMED, "tenant"},
    {shorten_session, false, LQ_ERR_MALFORMED, "session"},
    {unknown_kind, false, LQ_ERR_MALFORMED, "kind"},
    {long_tenant, false, LQ_ERR_MALFORMED, "tenant"},
    {large_payloads, false, LQ_ERR_LIMIT, "payload_bytes"},
    {shorten_verdict, true, LQ_ERR_MALFORMED, "verdict"},
    {shorten_frame, true, LQ_ERR_MALFORMED, "frame"},
    {shorten_hash, true, LQ_ERR_MALFORMED, "hash"},
    {shorten_outcome_count, true, LQ_ERR_MALFORMED, "outcome_count"},
    {shorten_outcomes, true, LQ_ERR_MALFORMED, "outcome"},
    {too_few_outcomes, true, LQ_ERR_MALFORMED, "outcome"},
    {too_many_outcomes, true, LQ_ERR_MALFORMED, "outcome_count"},
    {unknown_verdict, true, LQ_ERR_MALFORMED, "verdict"},
    {unknown_outcome, true, LQ_ERR_MALFORMED, "outcome"},
    {detail_of_nothing, true, LQ_ERR_MALFORMED, "details.index"},
    {failure_of_nothing, true, LQ_ERR_MALFORMED, "failures.item"},
    {failure_of_no_command, true, LQ_ERR_MALFORMED, "failures.command"},
};

static const struct lq_wire_sample *sample_named(const char *name)
{
    for (size_t index = 0; index < lq_wire_sample_count; index++) {
        if (strcmp(lq_wire_samples[index].name, name) == 0) {
            return &lq_wire_samples[index];
        }
    }
    ck_abort_msg("no sample %s", name);
    return NULL;
}

START_TEST(test_faults)
{
    const struct lq_wire_sample *sample =
        sample_named(faults[_i].of_result ? "result" : "dispatch");
    static uint8_t spoiled[LQ_HEADER_BYTES_MAX];
    ProtobufCMessage *unpacked;
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(sample->encode(buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(
        lq_wire_unpack(sample->descriptor, message_of(bytes), &arena, &unpacked, &where), LQ_OK);
    dispatch = (Ledgerquest__V1__Dispatch *)unpacked;
    result = (Ledgerquest__V1__Result *)unpacked;
    faults[_i].spoil();
    bytes = protobuf_c_message_pack(unpacked, spoiled);
    lq_arena_reset(&arena);
    enum lq_result found =
        sample->again(lq_view_of(spoiled, bytes), &arena, buffer, sizeof buffer, &bytes, &where);
    ck_assert_msg(found == faults[_i].expected, "%d %s", (int)found, faults[_i].where);
    ck_assert_str_eq(where, faults[_i].where);
}
END_TEST

TCase *lq_test_actor_codec(void)
{
    TCase *tc = tcase_create("actor_codec");

    tcase_add_test(tc, test_dispatch_full);
    tcase_add_test(tc, test_result_full);
    tcase_add_loop_test(tc, test_result_times, 0, (int)(sizeof times / sizeof times[0]));
    tcase_add_test(tc, test_result_too_many_reasons);
    tcase_add_test(tc, test_empty_batches);
    tcase_add_test(tc, test_goodbye);
    tcase_add_loop_test(tc, test_faults, 0, sizeof faults / sizeof faults[0]);
    return tc;
}
