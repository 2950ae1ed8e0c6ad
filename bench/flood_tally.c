// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/flood_tally.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

static const char *const outcome_names[LQ_OUTCOME_LAST + 1] = {
    [LQ_OUTCOME_APPLIED] = "applied",
    [LQ_OUTCOME_REFUSED] = "refused",
    [LQ_OUTCOME_DUPLICATE] = "duplicate",
    [LQ_OUTCOME_UNUSED] = "unused",
    [LQ_OUTCOME_DEAD_LETTERED] = "dead_lettered",
};

static void count_reason(struct lq_flood_tally *tally, struct lq_view reason, uint32_t commands)
{
    char text[LQ_REASON_BYTES_MAX];

    snprintf(text, sizeof text, "%.*s", (int)reason.bytes, (const char *)reason.data);
    for (uint32_t index = 0; index < tally->reason_count; index++) {
        if (strcmp(tally->reasons[index].text, text) == 0) {
            tally->reasons[index].commands += commands;
            return;
        }
    }
    if (tally->reason_count < LQ_FLOOD_REASONS_MAX) {
        uint32_t index = tally->reason_count++;
        memcpy(tally->reasons[index].text, text, sizeof text);
        tally->reasons[index].commands = commands;
    }
}

void lq_flood_tally_add(struct lq_flood_tally *tally, const struct lq_receipt_answer *answer,
                        uint32_t commands)
{
    tally->answers++;
    tally->runs += commands > 1;
    if (answer->outcome <= LQ_OUTCOME_LAST) {
        tally->answered[answer->outcome] += commands;
    }
    if (answer->reason.bytes > 0) {
        count_reason(tally, answer->reason, commands);
    }
}

uint64_t lq_flood_tally_answered(const struct lq_flood_tally *tally)
{
    uint64_t sum = 0;

    for (uint32_t outcome = 0; outcome <= LQ_OUTCOME_LAST; outcome++) {
        sum += tally->answered[outcome];
    }
    return sum;
}

static uint64_t unanswered(const struct lq_flood_tally *tally)
{
    uint64_t answered = lq_flood_tally_answered(tally);

    return tally->sent > answered ? tally->sent - answered : 0;
}

static void print_json(const struct lq_flood_tally *tally, const struct lq_flood_options *options)
{
    json_t *answered = json_object();
    json_t *reasons = json_object();

    for (uint32_t outcome = 0; outcome <= LQ_OUTCOME_LAST; outcome++) {
        if (outcome_names[outcome] != NULL) {
            json_object_set_new(answered, outcome_names[outcome],
                                json_integer((json_int_t)tally->answered[outcome]));
        }
    }
    for (uint32_t index = 0; index < tally->reason_count; index++) {
        json_object_set_new(reasons, tally->reasons[index].text,
                            json_integer((json_int_t)tally->reasons[index].commands));
    }
    json_t *document = json_pack(
        "{s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "connections",
        (json_int_t)options->connections, "commands_per_message", (json_int_t)options->commands,
        "sent", (json_int_t)tally->sent, "messages", (json_int_t)tally->messages, "seconds",
        (double)tally->seconds_ns / 1e9, "answered", answered, "reasons", reasons, "receipts",
        (json_int_t)tally->receipts, "answers", (json_int_t)tally->answers, "runs",
        (json_int_t)tally->runs, "unanswered", (json_int_t)unanswered(tally), "not_welcome",
        (json_int_t)tally->not_welcome);
    json_dumpf(document, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(document);
}

static void print_line(const char *what, uint64_t number)
{
    printf("%-22s %" PRIu64 "\n", what, number);
}

void lq_flood_tally_print(const struct lq_flood_tally *tally,
                          const struct lq_flood_options *options)
{
    if (options->json != 0) {
        print_json(tally, options);
        return;
    }
    printf("%-22s %" PRIu64 " in %" PRIu64 " messages over %" PRIu64 " connections, %.1f s\n",
           "sent", tally->sent, tally->messages, options->connections,
           (double)tally->seconds_ns / 1e9);
    for (uint32_t outcome = 0; outcome <= LQ_OUTCOME_LAST; outcome++) {
        if (outcome_names[outcome] != NULL) {
            print_line(outcome_names[outcome], tally->answered[outcome]);
        }
    }
    print_line("unanswered", unanswered(tally));
    printf("%-22s %" PRIu64 ", of them runs %" PRIu64 ", in %" PRIu64 " messages\n", "answers",
           tally->answers, tally->runs, tally->receipts);
    print_line("not welcome", tally->not_welcome);
    for (uint32_t index = 0; index < tally->reason_count; index++) {
        printf("%12" PRIu64 "  %s\n", tally->reasons[index].commands, tally->reasons[index].text);
    }
}
