// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed follow: the change feed as the cluster tells it, from any host that reaches the broker. What
 * was printed and has left this process is passed: the cursor moves behind it. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/standard_output.h"
#include "cli/broker_call.h"
#include "cli/broker_probe.h"
#include "cli/commands.h"
#include "cli/feed_entry.h"
#include "cli/interrupt.h"
#include "cli/text_output.h"
#include "client/feed_reader.h"

#include <stdlib.h>

enum { WAIT_MS = 200 };

struct following {
    const struct lq_invocation *invocation;
    struct lq_cluster_config cluster;
    lq_link_t *link;
    lq_feed_reader_t *reader;
    uint64_t count, count_max; /* 0: no bound */
    uint64_t heard_at_ns;      /* the newest entry */
    uint64_t probed_at_ns;     /* the broker was there then */
    struct lq_feed_place printed;
    bool has_printed;
    bool ended;
    enum lq_exit_code code;
};

static bool has_enough(const struct following *following)
{
    return following->count_max > 0 && following->count >= following->count_max;
}

static void take_item(void *context, const struct lq_feed_item *item)
{
    struct following *following = context;

    if (has_enough(following)) {
        return;
    }
    lq_feed_entry_print(item, following->invocation->json);
    following->printed = item->behind;
    following->has_printed = true;
    following->count++;
    following->heard_at_ns = lq_clock_monotonic_ns();
    following->probed_at_ns = following->heard_at_ns;
}

static void take_end(void *context, const struct lq_feed_end *end)
{
    struct following *following = context;

    lq_text_output_error("the feed: %s",
                         end->why[0] != '\0' ? end->why : lq_result_text(end->result));
    /* What it would go on with is not there, as `feed read` says it. */
    following->code = end->result == LQ_ERR_STALE || end->result == LQ_ERR_CONFLICT
                          ? LQ_EXIT_NOT_FOUND
                          : lq_broker_call_exit_code(end->result);
    following->ended = true;
}

/* Silence may be a ledger in which nothing happens, or a broker that is gone. */
static bool is_hopeless(struct following *following, uint64_t now_ns)
{
    if (now_ns - following->probed_at_ns < LQ_BROKER_PROBE_MS * LQ_NS_PER_MS) {
        return false;
    }
    bool gone = lq_broker_call_is_hopeless(following->invocation, &following->cluster);
    following->probed_at_ns = lq_clock_monotonic_ns();
    return gone;
}

static void pass_printed(struct following *following)
{
    if (!following->has_printed) {
        return;
    }
    if (!lq_standard_output_flush()) {
        following->code = LQ_EXIT_FAILED;
        following->ended = true;
        return;
    }
    lq_feed_reader_pass(following->reader, following->printed);
}

/* Without --timeout it waits for ever; with it, for so long after each entry. */
static bool has_waited(const struct following *following, uint64_t now_ns)
{
    const struct lq_invocation *invocation = following->invocation;

    return invocation->timeout_given &&
           now_ns - following->heard_at_ns > invocation->timeout_ms * LQ_NS_PER_MS;
}

static enum lq_exit_code follow(struct following *following)
{
    following->heard_at_ns = lq_clock_monotonic_ns();
    while (!lq_interrupt_asked() && !following->ended && !has_enough(following)) {
        lq_link_wait(following->link, WAIT_MS);
        (void)lq_link_turn(following->link);
        uint64_t now_ns = lq_clock_monotonic_ns();
        pass_printed(following);
        if (!following->ended && has_waited(following, now_ns)) {
            lq_text_output_error("no entry within %u ms", following->invocation->timeout_ms);
            return LQ_EXIT_TIMEOUT;
        }
        if (!following->ended && is_hopeless(following, now_ns)) {
            return LQ_EXIT_UNREACHABLE;
        }
    }
    return following->code;
}

static bool is_told(const struct following *following)
{
    struct lq_feed_place passed = lq_feed_reader_passed(following->reader);

    return !following->has_printed || following->ended ||
           (passed.ledger_sequence >= following->printed.ledger_sequence &&
            passed.outbox_sequence >= following->printed.outbox_sequence);
}

/* What is printed need not be told again to the next one: the cursor is waited for, not for long.
 */
static void settle(struct following *following, bool has_cursor)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + following->invocation->timeout_ms * LQ_NS_PER_MS;

    while (has_cursor && !is_told(following) && lq_clock_monotonic_ns() < until_ns) {
        lq_link_wait(following->link, WAIT_MS);
        (void)lq_link_turn(following->link);
    }
}

static enum lq_exit_code open_reader(struct following *following,
                                     struct lq_feed_reader_options *options)
{
    struct lq_error_message message;
    enum lq_exit_code code = lq_broker_call_configure(following->invocation, &following->cluster);
    const struct lq_link_options of_link = {.runtime_dir = following->cluster.runtime_dir};

    options->on_item = take_item;
    options->on_end = take_end;
    options->context = following;
    if (code == LQ_EXIT_OK &&
        (lq_link_open(&of_link, &following->link, &message) != LQ_OK ||
         lq_feed_reader_new(following->link, options, &following->reader, &message) != LQ_OK)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    return code;
}

static enum lq_exit_code read_options(struct following *following,
                                      struct lq_feed_reader_options *options)
{
    const struct lq_invocation *invocation = following->invocation;
    const char *after = lq_invocation_value(invocation, "after");
    struct lq_error_message message;

    if (invocation->argument_count > 1) {
        lq_text_output_error("%s: feed follow takes one cursor", invocation->arguments[1]);
        return LQ_EXIT_USAGE;
    }
    if (!lq_invocation_number(invocation, "count", (struct lq_number_range){0, UINT64_MAX, 0},
                              &following->count_max, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    if (after != NULL && !lq_feed_entry_position(after, &options->after)) {
        lq_text_output_error("--after %s: not a position: R:E, two whole numbers", after);
        return LQ_EXIT_USAGE;
    }
    options->has_after = after != NULL;
    options->cursor = invocation->argument_count == 1 ? invocation->arguments[0] : NULL;
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_feed_follow_run(const struct lq_invocation *invocation)
{
    struct following following = {.invocation = invocation, .code = LQ_EXIT_OK};
    struct lq_feed_reader_options options = {.cursor = NULL};
    enum lq_exit_code code = read_options(&following, &options);

    if (code == LQ_EXIT_OK) {
        code = open_reader(&following, &options);
    }
    if (code == LQ_EXIT_OK) {
        lq_interrupt_catch();
        code = follow(&following);
        settle(&following, options.cursor != NULL);
    }
    lq_feed_reader_destroy(&following.reader);
    lq_link_close(&following.link);
    return code;
}
