// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_loop.h"

#include "actors/runtime/actor_connection.h"
#include "actors/runtime/result_message.h"
#include "actors/runtime/work_counts.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_name.h"
#include "base/log.h"
#include "base/readiness.h"
#include "transport/poll_set.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define USUAL_TIMEOUT_MS 900u
#define MESSAGES_PER_TURN_MAX 64
#define BUSY_LOOK_NS (50 * LQ_NS_PER_MS)
#define FLUSH_MS 1000
#define OPENING_LOOK_MS 250
#define SIGNALS_PER_TURN_MAX 8     /* there are five kinds, and one of a kind waits at a time */
#define RETIRING_REASON "retiring" /* for people */
#define REASON_BYTES_MAX (LQ_REASON_BYTES_MAX - 1u)

_Static_assert(LQ_STAGE_BATCHES_MAX <= LQ_BATCHES_HELD_MAX, "a heartbeat names all batches");

struct actor_loop {
    const struct lq_batch_stage *stage;
    struct lq_progress_cell *cell;
    int signal_descriptor;
    struct lq_actor_connection connection;
    struct lq_stage_thread thread;
    struct lq_out_pool pool;
    struct lq_result_message message;
    uint32_t batch_count;
    struct lq_stage_batch batches[LQ_STAGE_BATCHES_MAX];
    uint32_t in_hand;                  /* given to the stage thread and not collected */
    enum lq_stage_condition condition; /* as last told to the broker */
    char pause_reason[256];
    char remark[256];      /* of the stage, while it works */
    uint64_t newest_batch; /* that came, of this epoch */
    uint64_t fence;        /* what is no newer was asked about by a RESOLVE before it came */
    uint64_t signal_told_ns;
    bool retiring;
    bool stuck;    /* the stage thread will not end */
    int exit_code; /* -1: go on */
};

static struct lq_stage_batch *free_batch(struct actor_loop *loop)
{
    for (uint32_t index = 0; index < loop->batch_count; index++) {
        if (!loop->batches[index].taken) {
            return &loop->batches[index];
        }
    }
    return NULL;
}

/* A whole result in one message goes out in its own memory, if there is other memory for the batch.
 */
static void send_message(struct actor_loop *loop, struct lq_stage_batch *batch, bool whole)
{
    struct lq_result_message *message = &loop->message;
    struct lq_out_memory *memory = NULL;
    const uint8_t *body = batch->out.memory + message->payload_offset;

    if (whole && message->payload_bytes > 0 && message->payload_offset == 0) {
        struct lq_out_memory *other = lq_out_pool_take(&loop->pool);
        if (other != NULL) {
            memory = batch->memory;
            batch->memory = other;
        }
    }
    lq_actor_connection_send(&loop->connection, message->header, message->header_bytes, body,
                             message->payload_bytes, memory);
}

static void answer_batch(struct actor_loop *loop, struct lq_stage_batch *batch)
{
    if (batch->kind == LQ_STAGE_BATCH_WORK) {
        lq_work_counts_add(&loop->connection.holding.counts, batch,
                           loop->stage->writer_epoch != NULL);
    }
    /* Of a broker that is gone: nobody waits for it. */
    if (batch->epoch == loop->connection.ready.epoch) {
        lq_result_message_pack(batch);
        for (uint32_t first = 0; first < batch->item_count;) {
            uint32_t next = lq_result_message_build(&loop->message, batch, first);
            send_message(loop, batch, first == 0 && next == batch->item_count);
            first = next;
        }
    }
    batch->taken = false;
}

static void take_batch(struct actor_loop *loop, bool resolve)
{
    struct lq_actor_connection *connection = &loop->connection;
    struct lq_stage_batch *batch = free_batch(loop);
    const char *name = resolve ? "RESOLVE" : "DISPATCH";
    const char *where = "";

    if (batch == NULL || (resolve && loop->stage->resolve == NULL)) {
        lq_log_rarely(LQ_LOG_WARNING, "a %s dropped: %s", name,
                      batch == NULL ? "beyond the credit" : "this stage has no ledger");
        return;
    }
    enum lq_result result =
        resolve
            ? lq_stage_batch_read_resolve(batch, connection->message, &connection->header, &where)
            : lq_stage_batch_read_dispatch(batch, connection->message, &connection->header,
                                           &connection->body, &where);
    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "a %s dropped: %s: %s", name, lq_result_text(result), where);
        return;
    }
    if (batch->epoch != connection->ready.epoch) {
        lq_log_debug("a %s of epoch %" PRIu64 " dropped", name, batch->epoch);
        return;
    }
    batch->taken = true;
    if (resolve) {
        loop->fence = batch->fence > loop->fence ? batch->fence : loop->fence;
    } else {
        loop->newest_batch =
            batch->number > loop->newest_batch ? batch->number : loop->newest_batch;
    }
    /* Older than a RESOLVE that overtook it: the answer to that was final. */
    bool fenced = !resolve && batch->number <= loop->fence;
    if (fenced || (loop->retiring && !resolve)) {
        answer_batch(loop, batch);
        return;
    }
    loop->in_hand++;
    lq_stage_thread_give(&loop->thread, batch);
}

/* What was given and not begun: forgotten when of another epoch, returned when `all`. A RESOLVE
 * then gets no answer: a commit that it asks about may still be under way, so nobody here knows.
 * The broker asks the next incarnation. */
static void take_back(struct actor_loop *loop, bool all)
{
    struct lq_stage_batch *batch;
    uint64_t epoch = all ? 0 : loop->connection.ready.epoch;

    while ((batch = lq_stage_thread_take_back(&loop->thread, epoch)) != NULL) {
        LQ_ASSERT(loop->in_hand > 0);
        loop->in_hand--;
        if (all && batch->kind == LQ_STAGE_BATCH_RESOLVE) {
            batch->taken = false;
        } else {
            answer_batch(loop, batch);
        }
    }
}

/* After READY: the broker takes a new actor for one that works. */
static void tell_pause(struct actor_loop *loop)
{
    if (loop->retiring) {
        lq_actor_connection_send_paused(
            &loop->connection, (struct lq_paused){.paused = true,
                                                  .retiring = true,
                                                  .reason = lq_view_text(RETIRING_REASON)});
    } else if (loop->condition == LQ_STAGE_PAUSED) {
        lq_actor_connection_send_paused(
            &loop->connection,
            (struct lq_paused){.paused = true, .reason = lq_view_text(loop->pause_reason)});
    }
}

static void handle_message(struct actor_loop *loop, enum lq_connection_event event)
{
    switch (event) {
    case LQ_CONNECTION_ON_EPOCH:
        loop->newest_batch = 0;
        loop->fence = 0;
        take_back(loop, false);
        tell_pause(loop);
        break;
    case LQ_CONNECTION_ON_REGISTERED:
        lq_readiness_notify();
        tell_pause(loop);
        break;
    case LQ_CONNECTION_ON_DISPATCH:
        take_batch(loop, false);
        break;
    case LQ_CONNECTION_ON_RESOLVE:
        take_batch(loop, true);
        break;
    case LQ_CONNECTION_ON_NOTHING:
    case LQ_CONNECTION_ON_HANDLED:
        break;
    }
}

static void receive_messages(struct actor_loop *loop)
{
    for (int turn = 0; turn < MESSAGES_PER_TURN_MAX && loop->exit_code < 0; turn++) {
        enum lq_connection_event event =
            lq_actor_connection_receive(&loop->connection, lq_clock_monotonic_ns());
        if (event == LQ_CONNECTION_ON_NOTHING) {
            break;
        }
        handle_message(loop, event);
    }
}

/* PAUSED goes before the batch it returns, so that the broker does not send that again at once. */
static void follow_condition(struct actor_loop *loop, const struct lq_stage_report *report)
{
    if (report->condition == LQ_STAGE_LOST) {
        lq_log_error("leaving without an answer: %s (%s)", report->reason,
                     lq_result_text(report->fault));
        loop->exit_code = LQ_ACTOR_EXIT_TROUBLE;
        return;
    }
    if (report->condition == loop->condition) {
        return;
    }
    loop->condition = report->condition;
    memcpy(loop->pause_reason, report->reason, sizeof loop->pause_reason);
    if (report->condition == LQ_STAGE_PAUSED) {
        lq_log_warning("paused: %s", report->reason);
    } else {
        lq_log_info("working again");
    }
    if (!loop->retiring) {
        lq_actor_connection_send_paused(
            &loop->connection, (struct lq_paused){.paused = report->condition == LQ_STAGE_PAUSED,
                                                  .reason = lq_view_text(report->reason)});
    }
}

static void collect_batches(struct actor_loop *loop)
{
    struct lq_stage_report report;
    struct lq_stage_batch *batch;
    uint64_t count;

    if (read(loop->thread.done_descriptor, &count, sizeof count) < 0) {
        return; /* nothing new */
    }
    do {
        batch = lq_stage_thread_collect(&loop->thread, &report);
        memcpy(loop->remark, report.remark, sizeof loop->remark);
        follow_condition(loop, &report);
        if (batch != NULL) {
            LQ_ASSERT(loop->in_hand > 0);
            loop->in_hand--;
            answer_batch(loop, batch);
        }
    } while (batch != NULL);
}

static void answer_overdue(struct actor_loop *loop, const struct lq_stage_overdue *overdue)
{
    struct lq_stage_batch *batch = overdue->batch;
    /* The stage thread may still be writing into the batch's own answers. */
    struct lq_answer *own = batch->answers;

    batch->answers = lq_alloc(LQ_BATCH_ITEMS_MAX, sizeof *batch->answers);
    lq_stage_batch_return_all(batch);
    lq_answer_fail(&batch->answers[overdue->item_index], LQ_ERROR_STATES_TIMEOUT,
                   "stage %s took longer than %u ms", loop->stage->name, batch->item_timeout_ms);
    lq_log_error("execution %" PRIu64 " of %.*s/%.*s took longer than %u ms; leaving",
                 batch->items[overdue->item_index].execution.counter,
                 (int)batch->items[overdue->item_index].names.tenant.bytes,
                 (const char *)batch->items[overdue->item_index].names.tenant.data,
                 (int)batch->items[overdue->item_index].names.session.bytes,
                 (const char *)batch->items[overdue->item_index].names.session.data,
                 batch->item_timeout_ms);
    answer_batch(loop, batch);
    if (!loop->connection.blocked) {
        /* Told the broker: the next incarnation need not. */
        lq_progress_cell_clear(loop->cell);
    }
    free(batch->answers);
    batch->answers = own;
}

/* When to look again. */
static uint64_t watch_clock(struct actor_loop *loop, uint64_t now_ns)
{
    struct lq_stage_overdue overdue;
    uint64_t next_ns;

    if (lq_stage_thread_overdue(&loop->thread, now_ns, USUAL_TIMEOUT_MS, &overdue, &next_ns)) {
        loop->stuck = true;
        if (overdue.item_index < LQ_BATCH_ITEMS_MAX) {
            answer_overdue(loop, &overdue);
        } else {
            lq_log_error("the commit hangs; leaving without an answer");
        }
        take_back(loop, true);
        loop->exit_code = LQ_ACTOR_EXIT_ITEM_TIMEOUT;
    }
    if (loop->in_hand > 0 && next_ns > now_ns + BUSY_LOOK_NS) {
        next_ns = now_ns + BUSY_LOOK_NS;
    }
    return next_ns;
}

/* The signal that asks us to end; 0: none does. */
static uint32_t take_signal(struct actor_loop *loop)
{
    struct signalfd_siginfo signal;

    for (int turn = 0; turn < SIGNALS_PER_TURN_MAX; turn++) {
        if (read(loop->signal_descriptor, &signal, sizeof signal) < 0) {
            return 0;
        }
        if (signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) {
            return signal.ssi_signo;
        }
        uint64_t now_ns = lq_clock_monotonic_ns();
        if (loop->signal_told_ns == 0 || now_ns - loop->signal_told_ns >= LQ_NS_PER_S) {
            loop->signal_told_ns = now_ns;
            lq_log_info("SIG%s is ignored: a changed configuration takes effect on restart",
                        sigabbrev_np((int)signal.ssi_signo));
        }
    }
    return 0;
}

static void begin_retiring(struct actor_loop *loop, uint32_t number)
{
    lq_log_info("retiring on signal %u, %u batches in hand", number, loop->in_hand);
    loop->retiring = true;
    lq_progress_cell_leave(loop->cell);
    tell_pause(loop);
    /* What was on its way is returned now. What comes later the broker takes back by our GOODBYE.
     */
    receive_messages(loop);
}

/* For the next heartbeat: what we hold and whether we work, in case that a message was lost. */
static void describe_holding(struct actor_loop *loop)
{
    struct lq_heartbeat *holding = &loop->connection.holding;
    bool paused = loop->retiring || loop->condition == LQ_STAGE_PAUSED;
    const char *reason = loop->retiring ? RETIRING_REASON
                         : paused       ? loop->pause_reason
                                        : loop->remark;

    holding->tells = true;
    holding->newest_batch = loop->newest_batch;
    holding->batch_count = 0;
    for (uint32_t index = 0; index < loop->batch_count; index++) {
        const struct lq_stage_batch *batch = &loop->batches[index];
        if (batch->taken && batch->kind == LQ_STAGE_BATCH_WORK &&
            batch->epoch == loop->connection.ready.epoch) {
            holding->batches[holding->batch_count++] = batch->number;
        }
    }
    holding->paused = paused;
    holding->retiring = loop->retiring;
    holding->reason = lq_view_of(reason, strnlen(reason, REASON_BYTES_MAX));
}

static void run_turns(struct actor_loop *loop)
{
    while (loop->exit_code < 0) {
        uint64_t beat_ns;
        uint64_t now_ns = lq_clock_monotonic_ns();

        lq_progress_cell_sign(loop->cell, now_ns);
        describe_holding(loop);
        lq_actor_connection_beat(&loop->connection, now_ns, &beat_ns);
        uint64_t look_ns = watch_clock(loop, now_ns);
        if (loop->retiring && loop->in_hand == 0) {
            lq_actor_connection_send_goodbye(&loop->connection);
            loop->exit_code = LQ_ACTOR_EXIT_OK;
        }
        if (loop->exit_code >= 0) {
            return;
        }
        uint64_t wake_ns = beat_ns < look_ns ? beat_ns : look_ns;
        uint64_t wait_ns = wake_ns > now_ns ? wake_ns - now_ns : 0;
        struct lq_poll_entry polled[] = {
            {.socket = lq_dealer_socket_handle(loop->connection.socket),
             .wants_room = loop->connection.blocked},
            {.descriptor = loop->thread.done_descriptor},
            {.descriptor = loop->signal_descriptor},
        };
        if (lq_poll_set_wait(polled, 3, wait_ns) <= 0) {
            continue;
        }
        if (polled[0].has_room) {
            /* A broker is there again: it shall hear of us at once. */
            loop->connection.blocked = false;
            loop->connection.heartbeat_due_ns = 0;
        }
        collect_batches(loop);
        receive_messages(loop);
        uint32_t number = polled[2].readable ? take_signal(loop) : 0;
        if (number != 0 && !loop->retiring) {
            begin_retiring(loop, number);
        }
    }
}

/* Before the socket is opened: READY must not be sent by a stage that cannot work. */
static bool wait_until_open(struct actor_loop *loop, struct lq_stage_report *report)
{
    struct lq_poll_entry polled[] = {{.descriptor = loop->thread.done_descriptor},
                                     {.descriptor = loop->signal_descriptor}};

    for (;;) {
        lq_stage_thread_collect(&loop->thread, report);
        if (report->condition != LQ_STAGE_OPENING) {
            break;
        }
        lq_progress_cell_sign(loop->cell, lq_clock_monotonic_ns());
        (void)lq_poll_set_wait(polled, 2, OPENING_LOOK_MS * LQ_NS_PER_MS);
        if (polled[1].readable && take_signal(loop) != 0) {
            loop->exit_code = LQ_ACTOR_EXIT_OK;
            loop->stuck = true; /* perhaps for long, in open() */
            return false;
        }
    }
    loop->condition = report->condition;
    if (report->condition == LQ_STAGE_SERVING) {
        return true;
    }
    lq_log_error("%s (%s)", report->reason, lq_result_text(report->fault));
    bool hopeless = report->fault == LQ_ERR_INVALID || report->fault == LQ_ERR_KEY ||
                    report->fault == LQ_ERR_VERSION || report->fault == LQ_ERR_CORRUPT;
    loop->exit_code = hopeless ? LQ_ACTOR_EXIT_CONFIG : LQ_ACTOR_EXIT_TROUBLE;
    return false;
}

static void describe_actor(struct lq_ready *ready, const struct lq_actor_options *options,
                           const struct lq_batch_stage *stage, struct lq_execution_id suspect,
                           uint64_t writer_epoch)
{
    memset(ready, 0, sizeof *ready);
    snprintf(ready->stage, sizeof ready->stage, "%s", stage->name);
    snprintf(ready->instance, sizeof ready->instance, "%s", options->instance);
    ready->version = stage->version;
    ready->partition_count = stage->partitioned ? 1 : 0;
    ready->pid = (uint32_t)getpid();
    ready->credit = (uint32_t)options->settings.credit;
    ready->items_max = (uint32_t)options->settings.items_max;
    ready->bytes_max = (uint32_t)options->settings.bytes_max;
    ready->suspect = suspect;
    ready->writer_epoch = writer_epoch;
}

static void open_memory(struct actor_loop *loop, uint32_t credit)
{
    loop->batch_count = credit + 1 + LQ_STAGE_RESOLVES_MAX;
    LQ_ASSERT(loop->batch_count <= LQ_STAGE_BATCHES_MAX);
    lq_out_pool_open(&loop->pool, loop->batch_count + credit + 2);
    for (uint32_t index = 0; index < loop->batch_count; index++) {
        lq_stage_batch_open(&loop->batches[index], lq_out_pool_take(&loop->pool));
    }
    lq_result_message_open(&loop->message);
}

static void close_memory(struct actor_loop *loop)
{
    for (uint32_t index = 0; index < loop->batch_count; index++) {
        lq_stage_batch_close(&loop->batches[index]);
    }
    lq_out_pool_close(&loop->pool);
    lq_result_message_close(&loop->message);
}

/* Until it is to end; what the stage says of itself decides whether it begins at all. */
static void serve(struct actor_loop *loop, const struct lq_actor_start *start)
{
    struct lq_stage_report report;
    struct lq_ready ready;

    if (!wait_until_open(loop, &report)) {
        return;
    }
    describe_actor(&ready, start->options, start->stage, start->suspect, report.writer_epoch);
    if (lq_actor_connection_open(&loop->connection, start->endpoint, &ready) == LQ_OK) {
        run_turns(loop);
    } else {
        loop->exit_code = LQ_ACTOR_EXIT_TROUBLE;
    }
}

int lq_actor_loop_run(const struct lq_actor_start *start, bool *joined)
{
    static struct actor_loop loop;
    struct lq_error_message message;

    loop = (struct actor_loop){.stage = start->stage,
                               .cell = start->cell,
                               .signal_descriptor = start->signal_descriptor,
                               .exit_code = -1};
    *joined = true;
    if (lq_stage_thread_start(&loop.thread, start->stage, &start->options->cluster, start->cell,
                              &message) != LQ_OK) {
        lq_log_error("%s", message.text);
        return LQ_ACTOR_EXIT_TROUBLE;
    }
    open_memory(&loop, (uint32_t)start->options->settings.credit);
    serve(&loop, start);
    *joined = !loop.stuck;
    if (!loop.stuck) {
        lq_stage_thread_stop(&loop.thread);
    }
    lq_actor_connection_close(&loop.connection, FLUSH_MS);
    if (!loop.stuck) {
        close_memory(&loop);
    }
    return loop.exit_code;
}
