// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/client_codec.h"

#include "proto/wire_out.h"
#include "tests/unit/proto/proto_cases.h"

static uint8_t buffer[LQ_HEADER_BYTES_MAX];
static uint8_t memory[2 * 1024 * 1024];
static struct lq_arena arena = {memory, sizeof memory, 0};

static struct lq_view message_of(size_t bytes)
{
    lq_arena_reset(&arena);
    return lq_view_of(buffer + LQ_FRAMING_BYTES, bytes - LQ_FRAMING_BYTES);
}

START_TEST(test_submit_full)
{
    static struct lq_submit_command commands[LQ_SUBMIT_COMMANDS_MAX];
    struct lq_submit submit = {5,        {{1, 2}}, lq_view_text("demo"), LQ_SUBMIT_COMMANDS_MAX,
                               commands, 0};
    struct lq_submit back;
    const char *where = "";
    size_t bytes = 0;

    for (uint32_t index = 0; index < LQ_SUBMIT_COMMANDS_MAX; index++) {
        commands[index] =
            (struct lq_submit_command){lq_view_text("arena-0001"), 1 + index, 7 * index, index};
    }
    ck_assert_int_eq(lq_submit_encode(&submit, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_submit_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.command_count, LQ_SUBMIT_COMMANDS_MAX);
    ck_assert(lq_client_id_equal(&back.client, &submit.client));
    for (uint32_t index = 0; index < LQ_SUBMIT_COMMANDS_MAX; index++) {
        ck_assert_uint_eq(back.commands[index].sequence, commands[index].sequence);
        ck_assert_uint_eq(back.commands[index].tag, commands[index].tag);
        ck_assert_uint_eq(back.commands[index].command_bytes, commands[index].command_bytes);
        ck_assert(lq_view_equal(back.commands[index].session, commands[index].session));
    }
}
END_TEST

/* Every answer with the longest reason still fits into one message. */
START_TEST(test_receipt_full)
{
    static struct lq_receipt_answer answers[LQ_RECEIPT_ANSWERS_MAX];
    static char reason[LQ_REASON_BYTES_MAX];
    struct lq_receipt receipt = {5, LQ_RECEIPT_ANSWERS_MAX, answers};
    struct lq_receipt back;
    const char *where = "";
    size_t bytes = 0;

    memset(reason, 'r', sizeof reason - 1);
    for (uint32_t index = 0; index < LQ_RECEIPT_ANSWERS_MAX; index++) {
        answers[index] = (struct lq_receipt_answer){.tag = index,
                                                    .outcome = LQ_OUTCOME_REFUSED,
                                                    .frame = index,
                                                    .reason = lq_view_text(reason),
                                                    .last_tag = index + 1,
                                                    .again_ms = UINT32_MAX};
        memset(answers[index].hash, (int)(index & 0xff), sizeof answers[index].hash);
    }
    ck_assert_int_eq(lq_receipt_encode(&receipt, buffer, sizeof buffer, &bytes), LQ_OK);
    ck_assert_int_eq(lq_receipt_decode(message_of(bytes), &arena, &back, &where), LQ_OK);
    ck_assert_uint_eq(back.answer_count, LQ_RECEIPT_ANSWERS_MAX);
    for (uint32_t index = 0; index < LQ_RECEIPT_ANSWERS_MAX; index++) {
        ck_assert_uint_eq(back.answers[index].tag, index);
        ck_assert_uint_eq(back.answers[index].last_tag, index + 1);
        ck_assert_uint_eq(back.answers[index].again_ms, UINT32_MAX);
        ck_assert_mem_eq(back.answers[index].hash, answers[index].hash, 32);
        ck_assert(lq_view_equal(back.answers[index].reason, answers[index].reason));
    }
}
END_TEST

/* A submit of one command, with one thing changed. */
static const struct {
    const char *name;
    const char *tenant;
    const char *session;
    size_t client_bytes;
    uint32_t sequences;
    uint32_t command_bytes;
    enum lq_result result;
    const char *where;
} rows[] = {
    {"as it should be", "demo", "arena", 16, 1, 10, LQ_OK, ""},
    {"no client", "demo", "arena", 0, 1, 10, LQ_ERR_MALFORMED, "client"},
    {"a short client", "demo", "arena", 15, 1, 10, LQ_ERR_MALFORMED, "client"},
    {"a long tenant", "0123456789-0123456789-0123456789-", "arena", 16, 1, 10, LQ_ERR_MALFORMED,
     "tenant"},
    {"a long session", "demo", "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789",
     16, 1, 10, LQ_ERR_MALFORMED, "session"},
    {"no sequence", "demo", "arena", 16, 0, 10, LQ_ERR_MALFORMED, "sequence"},
    {"two sequences", "demo", "arena", 16, 2, 10, LQ_ERR_MALFORMED, "sequence"},
    {"more bytes than a body has", "demo", "arena", 16, 1, LQ_BODY_BYTES_MAX + 1, LQ_ERR_MALFORMED,
     "command_bytes"},
};

START_TEST(test_submit_faults)
{
    static const uint8_t client[16];
    uint64_t numbers[2] = {1, 2};
    struct lq_wire_out out;
    struct lq_submit submit;
    const char *where = "";
    size_t bytes = 0;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_SUBMIT, buffer, sizeof buffer);
    lq_wire_out_bytes(&out, 2, client, rows[_i].client_bytes);
    lq_wire_out_text(&out, 3, rows[_i].tenant);
    lq_wire_out_text(&out, 4, rows[_i].session);
    lq_wire_out_column64(&out, 5, numbers, rows[_i].sequences);
    lq_wire_out_column64(&out, 6, numbers, 1);
    lq_wire_out_uint32(&out, 7, rows[_i].command_bytes);
    ck_assert_int_eq(lq_wire_out_close(&out, &bytes), LQ_OK);
    enum lq_result result = lq_submit_decode(message_of(bytes), &arena, &submit, &where);
    ck_assert_msg(result == rows[_i].result, "%s: %d", rows[_i].name, (int)result);
    ck_assert_str_eq(where, rows[_i].where);
}
END_TEST

START_TEST(test_submit_too_many)
{
    struct lq_wire_out out;
    static uint64_t numbers[LQ_SUBMIT_COMMANDS_MAX + 1];
    struct lq_submit submit;
    const char *where = "";
    size_t bytes = 0;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_SUBMIT, buffer, sizeof buffer);
    lq_wire_out_bytes(&out, 2, "0123456789abcdef", 16);
    for (uint32_t index = 0; index < LQ_SUBMIT_COMMANDS_MAX + 1; index++) {
        lq_wire_out_entry(&out, 4, lq_view_text("a"));
        lq_wire_out_uint32(&out, 7, 1);
    }
    lq_wire_out_column64(&out, 5, numbers, LQ_SUBMIT_COMMANDS_MAX + 1);
    lq_wire_out_column64(&out, 6, numbers, LQ_SUBMIT_COMMANDS_MAX + 1);
    ck_assert_int_eq(lq_wire_out_close(&out, &bytes), LQ_OK);
    ck_assert_int_eq(lq_submit_decode(message_of(bytes), &arena, &submit, &where), LQ_ERR_LIMIT);
    ck_assert_str_eq(where, "session");
}
END_TEST

TCase *lq_test_client_codec(void)
{
    TCase *tc = tcase_create("client_codec");

    tcase_add_test(tc, test_submit_full);
    tcase_add_test(tc, test_receipt_full);
    tcase_add_loop_test(tc, test_submit_faults, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_submit_too_many);
    return tc;
}
