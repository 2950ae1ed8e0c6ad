// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/mirror_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "mirror/handler/commit_watch.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define CHECKPOINT_NS LQ_NS_PER_S
#define REPORT_NS (60 * LQ_NS_PER_S)
#define STOP_NS (10 * LQ_NS_PER_S)
#define STOP_LOOK_MS 200
#define CREDENTIALS_MS 30000
#define RUNS_PER_TURN 4u
#define OWN_DESCRIPTORS 5
#define LOOK_NS LQ_NS_PER_MS
#define LAST_WORDS_MS 2000
#define LAST_REPORT_MS 300
#define LOOKS_MAX 10u

static enum lq_result open_table(struct lq_mirror_loop *loop, const struct lq_mirror_config *config,
                                 struct lq_error_message *message)
{
    struct lq_aws_environment environment;
    enum lq_result result = lq_aws_environment_read(&environment, message);

    if (result != LQ_OK) {
        return result;
    }
    loop->credentials = lq_aws_credentials_new(&environment, LQ_CREDENTIAL_CHAIN_PROCESS_MS);
    const struct lq_dynamodb_gateway_options options = {.table = config->table,
                                                        .environment = &environment,
                                                        .credentials = loop->credentials,
                                                        .calls_max = (uint32_t)config->calls_max};
    result = lq_dynamodb_gateway_new(&options, &loop->gateway, message);
    if (result != LQ_OK) {
        return result;
    }
    const struct lq_publisher_options publisher = {.config = config,
                                                   .source = &loop->source,
                                                   .broker = &loop->broker,
                                                   .streams = &loop->streams,
                                                   .environment = &environment,
                                                   .credentials = loop->credentials};
    return lq_publisher_open(&loop->publisher, &publisher, message);
}

struct tenants {
    struct lq_mirror_streams *streams;
    enum lq_result result;
};

static void add_tenant(void *context, struct lq_view name, uint64_t number)
{
    struct tenants *tenants = context;
    enum lq_result result = lq_mirror_streams_add(tenants->streams, name, number);

    tenants->result = tenants->result == LQ_OK ? result : tenants->result;
}

static enum lq_result open_streams(struct lq_mirror_loop *loop,
                                   const struct lq_mirror_config *config,
                                   struct lq_error_message *message)
{
    const struct lq_mirror_streams_options options = {.partition = 0,
                                                      .tenants_max = config->tenants_max,
                                                      .bodies_max = (uint32_t)config->bodies_max,
                                                      .body_bytes = config->segment_bytes_max,
                                                      .flush_ns = config->flush_ms * LQ_NS_PER_MS};
    struct tenants tenants = {&loop->streams, LQ_OK};

    lq_mirror_streams_init(&loop->streams, &options);
    enum lq_result result = lq_ledger_source_tenants(&loop->source, add_tenant, &tenants);
    if (result == LQ_OK && tenants.result != LQ_OK) {
        lq_error_message_set(message, "there are more tenants than mirror/tenants_max");
        return tenants.result;
    }
    if (result != LQ_OK) {
        lq_error_message_set(message, "the ledger's tenants: %s", lq_result_text(result));
    }
    return result;
}

enum lq_result lq_mirror_loop_open(struct lq_mirror_loop *loop,
                                   const struct lq_cluster_config *cluster,
                                   const struct lq_mirror_config *config,
                                   struct lq_error_message *message)
{
    const struct lq_partition_paths paths = lq_cluster_partition(cluster, 0);

    *loop = (struct lq_mirror_loop){
        .watch = -1, .broker.watch = -1, .is_stale = true, .look_ns = UINT64_MAX};
    enum lq_result result = lq_ledger_source_open(&loop->source, cluster, message);
    if (result == LQ_OK) {
        result = lq_commit_watch_open(paths.folder, &loop->watch, message);
    }
    if (result == LQ_OK) {
        result = lq_broker_source_open(&loop->broker, cluster, loop->source.ledger, message);
    }
    if (result == LQ_OK) {
        result = open_streams(loop, config, message);
    }
    if (result == LQ_OK) {
        result = open_table(loop, config, message);
    }
    if (result == LQ_OK) {
        result = lq_cursor_keeper_open(&loop->cursor, cluster->runtime_dir, message);
    }
    if (loop->gateway != NULL) {
        lq_upkeep_init(&loop->upkeep, config, loop->gateway, &loop->source, &loop->streams);
    }
    loop->port = (struct lq_table_port){
        .gateway = loop->gateway,
        .source = &loop->source,
        .broker = &loop->broker,
        .streams = &loop->streams,
        .upkeep = &loop->upkeep,
        .mark = {.gateway = loop->gateway, .streams = &loop->streams, .store = &loop->source.state},
        .on_progress = lq_publisher_progress,
        .progress_context = &loop->publisher};
    lq_telling_port_open(&loop->again, loop->cursor.link);
    lq_notes_again_open(&loop->notes, &loop->source, &loop->streams, &loop->port,
                        &loop->again.ledger);
    loop->broker.again = &loop->again.broker;
    if (result == LQ_OK) {
        lq_progress_report_open(&loop->progress, loop->cursor.link, &loop->streams, &loop->port,
                                cluster->runtime_dir);
        loop->progress.again = &loop->again;
    }
    return result;
}

void lq_mirror_loop_close(struct lq_mirror_loop *loop)
{
    lq_progress_report_close(&loop->progress);
    lq_telling_port_close(&loop->again);
    lq_notes_again_close(&loop->notes);
    lq_cursor_keeper_close(&loop->cursor);
    lq_publisher_close(&loop->publisher);
    lq_upkeep_destroy(&loop->upkeep);
    lq_dynamodb_gateway_destroy(&loop->gateway);
    lq_aws_credentials_destroy(&loop->credentials);
    if (loop->streams.streams != NULL) {
        lq_mirror_streams_destroy(&loop->streams);
    }
    lq_broker_source_close(&loop->broker);
    lq_ledger_source_close(&loop->source);
    if (loop->watch >= 0) {
        close(loop->watch);
        loop->watch = -1;
    }
}

/* ---- the feed ---- */

/* As many entries as have room. */
static enum lq_result take_entries(struct lq_mirror_loop *loop, uint64_t now_ns)
{
    const struct lq_feed_entry *entry;

    while ((entry = lq_ledger_source_entry(&loop->source)) != NULL) {
        enum lq_result result = lq_feed_note_apply(&loop->streams, &loop->port, entry);
        if (result == LQ_OK) {
            result = lq_mirror_streams_take(&loop->streams, entry, now_ns);
        }
        if (result != LQ_OK) {
            return result;
        }
        lq_base_port_saw(&loop->upkeep.bases, entry, now_ns);
        *(entry->is_record ? &loop->at.ledger_sequence : &loop->at.outbox_sequence) =
            entry->sequence;
        loop->source.next++;
    }
    return LQ_OK;
}

/* A commit that cannot be seen yet wakes nobody again: it is looked for, less and less often. */
static void look_again(struct lq_mirror_loop *loop, uint64_t now_ns)
{
    loop->look_ns = now_ns + (LOOK_NS << loop->looks);
    loop->looks += loop->looks < LOOKS_MAX;
}

/* What follows is gone: notes are told again, ahead of all else; if they were, only events are
 * lost, and reading goes on behind them. */
static enum lq_result begin_again(struct lq_mirror_loop *loop)
{
    enum lq_result result = lq_notes_again_begin(&loop->notes, loop->at.outbox_sequence);

    if (result == LQ_OK && !lq_notes_again_is_active(&loop->notes)) {
        loop->at.outbox_sequence = loop->notes.kept_after;
    }
    return result;
}

static enum lq_result read_notes(struct lq_mirror_loop *loop, uint64_t now_ns)
{
    enum lq_result result = lq_notes_again_turn(&loop->notes, now_ns);

    loop->look_ns = loop->notes.look_ns;
    if (result == LQ_OK && !lq_notes_again_is_active(&loop->notes)) {
        if (loop->at.outbox_sequence < loop->notes.kept_after) {
            loop->at.outbox_sequence = loop->notes.kept_after;
        }
        loop->is_stale = true;
        loop->look_ns = now_ns;
    }
    return result;
}

static enum lq_result read_on(struct lq_mirror_loop *loop, uint64_t now_ns)
{
    if (lq_notes_again_is_active(&loop->notes)) {
        return read_notes(loop, now_ns);
    }
    loop->look_ns = UINT64_MAX;
    for (uint32_t run = 0; run < RUNS_PER_TURN; run++) {
        enum lq_result result = take_entries(loop, now_ns);
        if (result != LQ_OK) {
            return result == LQ_ERR_FULL ? LQ_OK : result;
        }
        if (!loop->is_stale) {
            return LQ_OK;
        }
        result = lq_ledger_source_read(&loop->source, loop->at);
        if (result == LQ_ERR_STALE) {
            loop->look_ns = now_ns;
            return begin_again(loop);
        }
        if (result != LQ_OK) {
            return result;
        }
        bool is_empty = lq_ledger_source_entry(&loop->source) == NULL;
        loop->is_stale = !is_empty || loop->source.run.is_behind;
        if (is_empty && loop->is_stale) {
            look_again(loop, now_ns);
            return LQ_OK;
        }
        loop->looks = 0;
    }
    loop->look_ns = now_ns; /* there is more */
    return LQ_OK;
}

/* Where the table's state says that all is mirrored; what lies there already is passed over. */
static bool find_position(struct lq_mirror_loop *loop)
{
    if (!lq_partition_mark_is_read(&loop->port.mark)) {
        return false;
    }
    loop->at = loop->port.mark.says.feed;
    lq_broker_source_start(&loop->broker, loop->port.mark.says.broker);
    loop->has_position = true;
    lq_upkeep_begin(&loop->upkeep, loop->port.mark.says.based);
    return true;
}

/* ---- what is durable ---- */

static bool same_position(struct lq_feed_position a, struct lq_feed_position b)
{
    return a.ledger_sequence == b.ledger_sequence && a.outbox_sequence == b.outbox_sequence;
}

/* More was packed than the table's state should say. */
static bool has_moved(const struct lq_mirror_loop *loop)
{
    return !same_position(loop->at, loop->port.mark.wants.feed) ||
           loop->broker.settled != loop->port.mark.wants.broker;
}

static void keep_position(struct lq_mirror_loop *loop, uint64_t now_ns)
{
    struct lq_mirror_checkpoint *checkpoint = &loop->streams.checkpoint;

    if (!checkpoint->is_open && now_ns >= loop->checkpoint_ns && has_moved(loop)) {
        lq_mirror_streams_open_checkpoint(&loop->streams, loop->at, loop->broker.settled);
        loop->checkpoint_ns = now_ns + CHECKPOINT_NS;
    }
    if (checkpoint->is_open && checkpoint->owed == 0 && loop->port.key_count == 0) {
        checkpoint->is_open = false;
        loop->port.mark.wants.feed = checkpoint->position;
        loop->port.mark.wants.broker = checkpoint->broker;
        loop->port.mark.wants.based = loop->upkeep.based;
    }
    if (!checkpoint->is_open && same_position(loop->at, loop->port.mark.wants.feed)) {
        loop->port.mark.wants.based = loop->upkeep.based;
    }
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* In the broker's store what is in the table is not needed, also where it is told again; in the
 * ledger's outbox events are, which come when that is done. Nobody can stand where entries are
 * gone. */
static enum lq_result keep_cursors(struct lq_mirror_loop *loop)
{
    struct lq_feed_position keep = lq_publisher_keep(&loop->publisher, &loop->port);
    uint64_t broker = lq_publisher_keep_broker(&loop->publisher, &loop->port);
    uint64_t durable[LQ_SEGMENT_SOURCES];
    enum lq_result result = LQ_OK;

    if (loop->cursor.ledger.is_refused) {
        loop->cursor.ledger.is_refused = false;
        result = lq_notes_again_look(&loop->notes);
    }
    if (result == LQ_OK && loop->cursor.broker.is_refused) {
        loop->cursor.broker.is_refused = false;
        result = lq_broker_source_look(&loop->broker);
    }
    if (loop->broker.at != loop->broker.settled) {
        lq_stream_set_durable(&loop->streams.set, LQ_STREAM_SET_CONTROL, durable);
        broker = later(broker, durable[LQ_SEGMENT_BROKER - 1]);
    }
    keep.outbox_sequence = later(keep.outbox_sequence, loop->notes.kept_after);
    /* The stores may forget what the table's state says is there, and has left; not before they
     * were compared with it, which what is forgotten would spoil. */
    if (loop->port.mark.state >= LQ_MARK_SET) {
        lq_cursor_keeper_want_broker(&loop->cursor, later(broker, loop->broker.kept_after));
    }
    if (lq_partition_mark_is_read(&loop->port.mark)) {
        lq_cursor_keeper_want(&loop->cursor, keep);
    }
    return result;
}

/* Of what has gone to the table and to the bus since the line before. */
static void report(struct lq_mirror_loop *loop, uint64_t now_ns, bool last)
{
    const struct lq_mirror_streams *streams = &loop->streams;
    const struct lq_base_port *bases = &loop->upkeep.bases;
    const struct lq_expiry_port *expiry = &loop->upkeep.expiry;
    uint64_t requests =
        loop->port.requests + loop->port.mark.requests + bases->requests + expiry->requests;
    bool is_new = requests != loop->reported_requests;

    if (!last && now_ns < loop->report_ns) {
        return;
    }
    if (lq_publisher_report(&loop->publisher) || is_new) {
        loop->report_ns = now_ns + REPORT_NS;
    }
    if (!is_new) {
        return;
    }
    loop->reported_requests = requests;
    lq_log_info("mirrored to %" PRIu64 ":%" PRIu64 "; %" PRIu64 " segments with %" PRIu64
                " entries and %" PRIu64 " bytes, %" PRIu64 " requests, %.0f write units, %" PRIu64
                " conflicts, %" PRIu64 " refusals; entry %" PRIu64 " of the broker; %" PRIu64
                " bases with %.0f and %" PRIu64 " segments that expire, %" PRIu64
                " later than before, with %.0f write units; %" PRIu64 " bases were there",
                loop->port.mark.says.feed.ledger_sequence,
                loop->port.mark.says.feed.outbox_sequence, streams->segments, streams->entries,
                streams->bytes, requests, loop->port.write_units, loop->port.conflicts,
                loop->port.refusals, loop->port.mark.says.broker, bases->bases, bases->write_units,
                expiry->segments, expiry->renewed, expiry->write_units, bases->found);
}

/* ---- the turn ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When something is due though nobody speaks. */
static uint64_t next_ns(struct lq_mirror_loop *loop, uint64_t now_ns)
{
    uint64_t due_ns = earlier(lq_mirror_streams_next_ns(&loop->streams),
                              lq_dynamodb_gateway_next_timer_ns(loop->gateway));

    due_ns = earlier(due_ns, lq_link_next_timer_ns(loop->cursor.link));
    due_ns = earlier(due_ns, lq_publisher_next_ns(&loop->publisher));
    due_ns = earlier(due_ns, lq_progress_report_next_ns(&loop->progress));
    due_ns = earlier(due_ns, loop->look_ns);
    due_ns = earlier(due_ns, lq_cursor_keeper_next_ns(&loop->cursor));
    due_ns = earlier(due_ns, lq_telling_port_next_ns(&loop->again));
    due_ns = earlier(due_ns, lq_upkeep_next_ns(&loop->upkeep, now_ns));
    due_ns = earlier(due_ns, loop->broker.look_ns);
    due_ns = earlier(due_ns, lq_table_port_next_ns(&loop->port));
    if (!loop->streams.checkpoint.is_open && has_moved(loop)) {
        due_ns = earlier(due_ns, loop->checkpoint_ns);
    }
    return due_ns;
}

static void wait(struct lq_mirror_loop *loop, int at_most_ms)
{
    struct pollfd polled[OWN_DESCRIPTORS + LQ_PUBLISHER_DESCRIPTORS] = {
        {loop->watch, POLLIN, 0},
        {loop->broker.watch, POLLIN, 0},
        {lq_dynamodb_gateway_descriptor(loop->gateway), POLLIN, 0},
        {lq_link_descriptor(loop->cursor.link), POLLIN, 0},
        {loop->progress.watch, POLLIN, 0}};
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t due_ns = next_ns(loop, now_ns);
    int wait_ms = at_most_ms;

    if (due_ns != UINT64_MAX) {
        uint64_t left_ms = due_ns > now_ns ? (due_ns - now_ns) / LQ_NS_PER_MS + 1 : 0;
        if (wait_ms < 0 || left_ms < (uint64_t)wait_ms) {
            wait_ms = left_ms > 60000 ? 60000 : (int)left_ms;
        }
    }
    const struct timespec left = {wait_ms / 1000, (wait_ms % 1000) * 1000000L};
    sigset_t none;

    lq_publisher_poll(&loop->publisher, polled + OWN_DESCRIPTORS);
    sigemptyset(&none); /* a signal that asks to stop comes here or not at all */
    (void)ppoll(polled, sizeof polled / sizeof polled[0], wait_ms < 0 ? NULL : &left, &none);
}

static enum lq_result turn(struct lq_mirror_loop *loop, bool ends)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    enum lq_result result = LQ_OK;

    loop->is_stale = lq_commit_watch_take(loop->watch) || loop->is_stale;
    loop->broker.is_stale = lq_commit_watch_take(loop->broker.watch) || loop->broker.is_stale;
    lq_dynamodb_gateway_turn(loop->gateway);
    lq_table_port_hear(&loop->port, now_ns);
    if (loop->has_position || find_position(loop)) {
        result = read_on(loop, now_ns);
        loop->fails_at_broker = result == LQ_OK;
        if (result == LQ_OK) {
            result = lq_broker_source_turn(&loop->broker, &loop->streams, now_ns);
        }
    }
    if (loop->publisher.is_open) {
        lq_expiry_port_left(&loop->upkeep.expiry, loop->port.mark.says.left.outbox,
                            loop->port.mark.says.left.audited);
    }
    lq_upkeep_turn(&loop->upkeep, loop->at.ledger_sequence, now_ns, ends);
    keep_position(loop, now_ns);
    if (result == LQ_OK) {
        result = keep_cursors(loop);
    }
    if (result == LQ_OK && loop->has_position) {
        result = lq_publisher_turn(&loop->publisher, &loop->port, loop->at, now_ns);
    }
    lq_progress_report_turn(&loop->progress, loop->at, now_ns);
    lq_table_port_turn(&loop->port, now_ns, ends);
    lq_dynamodb_gateway_turn(loop->gateway);
    if (!ends) {
        lq_telling_port_turn(&loop->again, now_ns);
    }
    lq_cursor_keeper_turn(&loop->cursor);
    report(loop, now_ns, false);
    return result;
}

/* Nothing is to be read, packed or put any more, and the table's state says so. */
static bool is_done(const struct lq_mirror_loop *loop)
{
    if (lq_notes_again_is_active(&loop->notes) ||
        lq_telling_is_active(&loop->broker.again->telling)) {
        return lq_mirror_streams_are_idle(&loop->streams); /* begun anew after the next start */
    }
    return loop->has_position && !loop->is_stale && lq_ledger_source_entry(&loop->source) == NULL &&
           lq_mirror_streams_are_idle(&loop->streams) && loop->port.mark.state == LQ_MARK_SET &&
           same_position(loop->at, loop->port.mark.says.feed) &&
           lq_broker_source_is_done(&loop->broker) &&
           loop->broker.settled == loop->port.mark.says.broker &&
           lq_publisher_is_done(&loop->publisher, &loop->port, loop->at) &&
           lq_upkeep_is_done(&loop->upkeep, loop->at.ledger_sequence) &&
           loop->port.mark.says.based == loop->upkeep.based;
}

static enum lq_mirror_end complain_of_broker(const struct lq_mirror_loop *loop,
                                             enum lq_result result)
{
    if (result == LQ_ERR_INVALID) {
        lq_log_error("the table tells of entry %" PRIu64
                     " of the broker's outbox, which this store has not: an old copy, or another "
                     "writer was here",
                     loop->broker.at);
        return LQ_MIRROR_OVER;
    }
    lq_log_error("the broker's outbox cannot be read: %s", lq_result_text(result));
    return LQ_MIRROR_FAILED;
}

static enum lq_mirror_end complain(const struct lq_mirror_loop *loop, enum lq_result result)
{
    if (loop->fails_at_broker) {
        return complain_of_broker(loop, result);
    }
    if (result == LQ_ERR_INVALID) {
        lq_log_error("the table tells of %" PRIu64 ":%" PRIu64
                     ", which this store has not: an old copy, or another writer was here",
                     loop->at.ledger_sequence, loop->at.outbox_sequence);
        return LQ_MIRROR_OVER;
    }
    lq_log_error("the feed cannot be read: %s", lq_result_text(result));
    return LQ_MIRROR_FAILED;
}

enum lq_mirror_end lq_mirror_loop_run(struct lq_mirror_loop *loop, const volatile int *stop)
{
    struct lq_error_message message = {""};
    uint64_t stop_by_ns = 0;

    if (lq_aws_credentials_wait(loop->credentials, CREDENTIALS_MS, &message) != LQ_OK) {
        lq_log_warning("no credentials yet: %s", message.text);
    }
    for (;;) {
        bool ends = *stop != 0;
        enum lq_result result = turn(loop, ends);
        if (result != LQ_OK) {
            return complain(loop, result);
        }
        if (loop->port.over != NULL) {
            lq_log_error("the mirror ends: %s", loop->port.over);
            lq_progress_report_end(&loop->progress, loop->port.over, LAST_WORDS_MS);
            return LQ_MIRROR_OVER;
        }
        if (ends && stop_by_ns == 0) {
            stop_by_ns = lq_clock_monotonic_ns() + STOP_NS;
        }
        if (ends && (is_done(loop) || lq_clock_monotonic_ns() > stop_by_ns)) {
            report(loop, lq_clock_monotonic_ns(), true);
            lq_progress_report_end(&loop->progress, NULL, LAST_REPORT_MS);
            return LQ_MIRROR_STOPPED;
        }
        wait(loop, ends ? STOP_LOOK_MS : -1);
    }
}
