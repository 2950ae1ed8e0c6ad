// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/proto/mirror_samples.h"

static struct lq_stream_progress streams[2];
static const struct lq_client_id fourth = {{0, 4, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0}};
static const struct lq_client_id client = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

/* persist's: where the ledger has what it tells of. */
enum lq_result lq_mirror_sample_placed(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_result_batch batch;

    lq_wire_sample_result(&batch, 2, 1);
    batch.items[0].ledger_sequence = 1042;
    batch.items[1].ledger_sequence = 1043;
    batch.items[1].outbox_sequence = 317;
    return lq_result_batch_encode(LQ_MESSAGE_RESULT, &batch, to, bytes_max, written);
}

static struct lq_mirror_report report_of(uint64_t number)
{
    struct lq_mirror_report report = {.told_again = 129,
                                      .all_again = 173,
                                      .claim = 3,
                                      .number = number,
                                      .outbox_sequence = 317,
                                      .broker_sequence = 41,
                                      .read_sequence = 1050,
                                      .segments = 12,
                                      .entries = 1200,
                                      .bytes = 350000,
                                      .requests = 30,
                                      .milliunits = 355500,
                                      .conflicts = 1,
                                      .refusals = 2,
                                      .policies = UINT64_C(5) << 32};

    for (uint32_t index = 0; index < LQ_MIRROR_WRITER_BYTES; index++) {
        report.writer[index] = (uint8_t)(16 + index);
    }
    return report;
}

enum lq_result lq_mirror_sample_report(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_mirror_report report = report_of(8);
    struct lq_admin_request request = {
        .epoch = 5, .tag = 9, .client = client, .kind = LQ_ADMIN_REPORT_MIRROR, .mirror = &report};

    streams[0] = (struct lq_stream_progress){lq_view_text("demo"), 1042, 7, 300};
    streams[1] = (struct lq_stream_progress){lq_view_text("other"), 1043, 0, 0};
    report.stream_count = 2;
    report.streams = streams;
    report.over = lq_view_text("another writer has the stream");
    report.policies_after = lq_view_text("demo");
    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_orders(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_tenant_policy list[] = {
        {lq_view_text(""), {.policy = LQ_DURABILITY_LOCAL}},
        {lq_view_text("demo"), {true, LQ_DURABILITY_MIRRORED, 200, 30}}};
    struct lq_mirror_orders orders = {.again = true,
                                      .policies = (UINT64_C(5) << 32) + 1,
                                      .policy_count = 2,
                                      .list = list,
                                      .more = true};
    struct lq_admin_reply reply = {.tag = 9, .orders = &orders};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_state(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_tenant_mirror tenants[] = {
        {{lq_view_text("demo"), {true, LQ_DURABILITY_MIRRORED, 200, 30}},
         true,
         {lq_view_text("demo"), 1042, 7, 300},
         12,
         5,
         480}};
    struct lq_mirror_state state = {.reported = true,
                                    .age_ms = 250,
                                    .report = report_of(8),
                                    .held = 12,
                                    .held_max = 100000,
                                    .ledger_sequence = 1060,
                                    .usual = {.policy = LQ_DURABILITY_LOCAL},
                                    .tenant_count = 1,
                                    .tenants = tenants};
    struct lq_admin_reply reply = {
        .tag = 10,
        .more = true,
        .mirror = &state,
        .has_durability = true,
        .durability = {true, LQ_DURABILITY_MIRRORED, 200, 30},
    };

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_durability(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = {.epoch = 5,
                                       .tag = 11,
                                       .client = client,
                                       .kind = LQ_ADMIN_SET_DURABILITY,
                                       .tenant = lq_view_text("demo"),
                                       .has_durability = true,
                                       .durability = {true, LQ_DURABILITY_MIRRORED, 200, 30}};

    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_cursor(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = {.epoch = 5,
                                       .tag = 8,
                                       .client = fourth,
                                       .kind = LQ_ADMIN_SET_CURSOR,
                                       .has_cursor = true,
                                       .cursor = {lq_view_text("audit"), 1042, 317},
                                       .drop_cursor = true};

    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_feed(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_feed_report feed = {
        .history = {1, 2, 3},
        .ledger_sequence = 2000,
        .outbox_sequence = 400,
        .first_outbox_sequence = 318,
        .outbox_count = 83,
        .outbox_bytes = 9000,
        .cursor_count = 2,
        .cursors = {{lq_view_text("audit"), 1042, 317}, {lq_view_text("mirror"), 2000, 400}}};
    struct lq_admin_reply reply = {.tag = 8, .count = 1, .feed = &feed};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_telling_request(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_request request = {.epoch = 5,
                                       .tag = 9,
                                       .client = fourth,
                                       .kind = LQ_ADMIN_TELL_BROKER_AGAIN,
                                       .place = lq_view_of("\3\0\377place", 8)};

    return lq_admin_request_encode(&request, to, bytes_max, written);
}

enum lq_result lq_mirror_sample_telling_reply(uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_admin_reply reply = {.tag = 9,
                                   .count = 128,
                                   .has_telling = true,
                                   .telling = {lq_view_of("\3\0\377more", 7), 318, 446, 128, 1000}};

    return lq_admin_reply_encode(&reply, to, bytes_max, written);
}
