// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/message_text.h"

#include "tests/support/suite.h"

TCase *lq_test_message_text(void);

static char text[8192];
static struct lq_json_writer writer;

static void start(void)
{
    lq_json_writer_start(&writer, text, sizeof text - 1);
}

static const char *written(void)
{
    ck_assert_uint_le(writer.bytes, writer.bytes_max);
    text[writer.bytes] = '\0';
    return text;
}

START_TEST(test_receipts)
{
    static const uint8_t hash[32] = {0xab};

    start();
    lq_message_text_receipt(
        &writer, &(struct lq_receipt_text){
                     .number = 3, .outcome = LQ_OUTCOME_APPLIED, .frame = 9, .hash = hash});
    ck_assert_str_eq(written(),
                     "{\"type\":\"receipt\",\"number\":3,\"outcome\":\"applied\",\"frame\":9,"
                     "\"hash\":\"ab00000000000000000000000000000000000000000000000000000000000000"
                     "\"}");
    start();
    lq_message_text_receipt(&writer, &(struct lq_receipt_text){.number = 4,
                                                               .previous = true,
                                                               .outcome = LQ_OUTCOME_UNUSED,
                                                               .reason = lq_view_text("X: \"y\"")});
    ck_assert_str_eq(written(), "{\"type\":\"receipt\",\"number\":4,\"previous\":true,"
                                "\"outcome\":\"unused\",\"reason\":\"X: \\\"y\\\"\"}");
    start();
    lq_message_text_receipt(
        &writer, &(struct lq_receipt_text){
                     .number = 6, .outcome = LQ_OUTCOME_DUPLICATE, .frame = 9, .hash = hash});
    ck_assert_str_eq(written(),
                     "{\"type\":\"receipt\",\"number\":6,\"outcome\":\"duplicate\",\"frame\":9}");
    start();
    lq_message_text_receipt(&writer, &(struct lq_receipt_text){.number = 5,
                                                               .outcome = LQ_OUTCOME_DEAD_LETTERED,
                                                               .letter_id = UINT64_MAX});
    ck_assert_str_eq(written(), "{\"type\":\"receipt\",\"number\":5,\"outcome\":\"dead-lettered\","
                                "\"letter\":\"18446744073709551615\"}");
}
END_TEST

START_TEST(test_events)
{
    const struct lq_tick_event events[] = {
        {.type = "PlayerJoined", .body_id = 7, .client = {{0xde, 0xad, 0, 0, 0, 0, 0, 1, 2}}},
        {.type = "Bump", .body_id = 8},
        {.type = "Dawn"},
        {.type = "Collision", .body_id = 1, .other_id = 3, .x = 0.0, .y = 2.5, .impulse = 4.5f},
        {.type = "Mark", .x = -1.0},
        {.type = "CollisionsDropped", .count = 300}};

    start();
    lq_message_text_events(&writer, 12, events, 6);
    ck_assert_str_eq(written(),
                     "{\"type\":\"event\",\"frame\":12,\"events\":["
                     "{\"type\":\"PlayerJoined\",\"body\":7,\"player\":\"dead000000000001\"},"
                     "{\"type\":\"Bump\",\"body\":8},{\"type\":\"Dawn\"},"
                     "{\"type\":\"Collision\",\"body\":1,\"other\":3,\"x\":0,\"y\":2.5,"
                     "\"impulse\":4.5},{\"type\":\"Mark\",\"x\":-1,\"y\":0},"
                     "{\"type\":\"CollisionsDropped\",\"count\":300}]}");
    start();
    lq_message_text_gap(&writer, 3, 5);
    ck_assert_str_eq(written(), "{\"type\":\"event\",\"gap\":{\"from\":3,\"to\":5}}");
}
END_TEST

START_TEST(test_errors_and_pings)
{
    start();
    lq_message_text_error(&writer, &(struct lq_error_text){"rate", "slower", 0, true});
    ck_assert_str_eq(written(), "{\"type\":\"error\",\"code\":\"rate\",\"reason\":\"slower\"}");
    start();
    lq_message_text_error(&writer, &(struct lq_error_text){"rate", "slower", 6, true});
    ck_assert_str_eq(written(), "{\"type\":\"error\",\"code\":\"rate\",\"reason\":\"slower\","
                                "\"number\":6,\"previous\":true}");
    start();
    lq_message_text_pong(&writer, -4);
    ck_assert_str_eq(written(), "{\"type\":\"ping\",\"at\":-4}");
}
END_TEST

START_TEST(test_welcome)
{
    struct lq_player_rules rules;
    struct lq_welcome_text welcome = {.id = {{1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9}},
                                      .previous = 8,
                                      .resume = "T",
                                      .session = "a",
                                      .frame = 4,
                                      .states_per_s = 20,
                                      .rules = &rules};

    lq_player_rules_default(&rules);
    start();
    lq_message_text_welcome(&writer, &welcome);
    ck_assert_str_eq(
        written(),
        "{\"type\":\"welcome\",\"player\":\"0100000000000002\",\"incarnation\":"
        "\"0000000000000009\","
        "\"previous\":\"0000000000000008\",\"resume\":\"T\",\"session\":\"a\",\"frame\":4,"
        "\"rules\":{\"kinds\":[\"Join\",\"Leave\",\"SetThrust\",\"ApplyImpulse\"],"
        "\"thrust_max\":20,\"impulse_max\":20,\"strength_max\":0,\"custom_bytes_max\":0,"
        "\"join\":{\"x\":0,\"y\":0,\"width\":1000000000,\"height\":1000000000,\"radius_min\":1,"
        "\"radius_max\":1,\"kind_min\":0,\"kind_max\":0}},"
        "\"limits\":{\"message_bytes\":65536,\"outstanding\":64,\"states_per_s\":20,"
        "\"commands_per_s\":20,\"unacknowledged\":8}}");
}
END_TEST

START_TEST(test_state_heads)
{
    static const uint8_t hash[32];
    struct lq_state_head head = {.state = 2, .frame = 5, .applied = 3, .hash = hash, .base = -1};

    start();
    lq_message_text_state_head(&writer, &head);
    lq_json_writer_end_object(&writer);
    ck_assert_ptr_nonnull(strstr(written(), "\"base\":-1,\"applied\":3}"));
    head.is_whole = true;
    start();
    lq_message_text_state_head(&writer, &head);
    lq_json_writer_end_object(&writer);
    ck_assert_ptr_nonnull(strstr(written(), "\"base\":null"));
}
END_TEST

TCase *lq_test_message_text(void)
{
    TCase *tests = tcase_create("message_text");

    tcase_add_test(tests, test_receipts);
    tcase_add_test(tests, test_events);
    tcase_add_test(tests, test_errors_and_pings);
    tcase_add_test(tests, test_welcome);
    tcase_add_test(tests, test_state_heads);
    return tests;
}
