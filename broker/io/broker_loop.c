// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "broker/io/heap_slack.h"
#include "broker/io/signal_flags.h"
#include "transport/poll_set.h"

#include <string.h>

#define BEAT_MS 1000u
#define BEATS_PER_TRIM 4u
#define LOOK_MS 500u /* at the runtime folder; below the time that a silent one is watched for */
#define STALL_MS 250u
#define LAST_WORDS_NS (2 * LQ_NS_PER_MS)
#define WAIT_NS_MAX LQ_NS_PER_S
/* What a port may read in a turn: enough to be busy, and so little that the others and the clock
 * get their turn whatever comes in. */
#define MESSAGES_PER_TURN 64u
#define READ_NS_PER_TURN (UINT64_C(2) * LQ_NS_PER_MS)
#define MESSAGES_AFTER_STALL 20000u
#define READ_NS_AFTER_STALL (UINT64_C(500) * LQ_NS_PER_MS)

static uint64_t wait_ns(const struct lq_broker_loop *loop, uint64_t next_round_ns)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = lq_broker_core_next_wakeup_ns(loop->feed->core);

    if (next_round_ns < until_ns) {
        until_ns = next_round_ns;
    }
    if (until_ns <= now_ns) {
        return 0;
    }
    return until_ns - now_ns < WAIT_NS_MAX ? until_ns - now_ns : WAIT_NS_MAX;
}

/* Sessions that wait for a letter's room stand still until an operator makes some: say so. */
static void tell_full_letters(struct lq_broker_loop *loop)
{
    uint32_t waiting = lq_broker_core_letters_waiting(loop->feed->core);

    if ((waiting > 0) == loop->letters_full) {
        return;
    }
    loop->letters_full = waiting > 0;
    if (waiting > 0) {
        lq_log_warning("the dead letters are full (broker/letters_max = %llu) or those of a tenant "
                       "are: sessions wait for room until some are drained, purged or redriven",
                       (unsigned long long)loop->letters_max);
    } else {
        lq_log_info("the dead letters have room again");
    }
}

static struct lq_turn_budget budget_of(uint32_t messages, uint64_t read_ns)
{
    return (struct lq_turn_budget){messages, lq_clock_monotonic_ns() + read_ns};
}

/* What an actor sent before it ended counts: an answer, a GOODBYE. It may still be on its way
 * through libzmq's thread when the kernel tells of the death. */
static bool hear_last_words(struct lq_broker_loop *loop, const struct lq_turn_budget *of_actors)
{
    struct lq_poll_entry actors = {.socket = lq_router_socket_handle(loop->actors->router)};

    return lq_poll_set_wait(&actors, 1, LAST_WORDS_NS) > 0 &&
           lq_actor_port_read(loop->actors, of_actors);
}

/* Everything that came, once; true if a socket has more. Actors have a budget of their own. */
static bool read_all(struct lq_broker_loop *loop, const struct lq_poll_entry *items,
                     const struct lq_turn_budget *of_actors)
{
    bool more = false;

    if (items[0].readable) {
        more = lq_actor_port_read(loop->actors, of_actors);
    }
    if (items[1].readable) {
        struct lq_turn_budget budget = budget_of(MESSAGES_PER_TURN, READ_NS_PER_TURN);
        more = lq_client_port_read(loop->clients, &budget) || more;
    }
    if (items[2].readable) {
        struct lq_turn_budget budget = budget_of(MESSAGES_PER_TURN, READ_NS_PER_TURN);
        more = lq_watch_port_read(loop->watchers, &budget) || more;
    }
    if (items[3].readable) {
        lq_storage_port_read(loop->storage);
    }
    if (items[4].readable) {
        more = hear_last_words(loop, of_actors) || more;
        lq_instance_port_take_deaths(loop->instances);
    }
    return more;
}

/* The loop stood still (stopped, swapped, a debugger): what actors said meanwhile is taken in
 * first, and their deadlines move by the gap. Clients and watchers wait for their turn as always.
 */
static void recover_from_stall(struct lq_broker_loop *loop, struct lq_poll_entry *items,
                               uint64_t gap_ns)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(10);
    struct lq_broker_event event = {.kind = LQ_ON_STALL, .stall = {gap_ns}};

    lq_log_throttled(&lines, LQ_LOG_WARNING, "the broker stood still for %llu ms",
                     (unsigned long long)(gap_ns / LQ_NS_PER_MS));
    lq_core_feed_step(loop->feed, &event);
    if (lq_poll_set_wait(items, 5, 0) > 0) {
        struct lq_turn_budget budget = budget_of(MESSAGES_AFTER_STALL, READ_NS_AFTER_STALL);
        (void)read_all(loop, items, &budget);
    }
}

/* Once a second. */
static void beat(struct lq_broker_loop *loop)
{
    lq_actor_orders_beat(loop->orders);
    tell_full_letters(loop);
    lq_frame_publisher_forget(loop->watchers->publisher, loop->feed->now_ns);
    if (++loop->beats % BEATS_PER_TRIM == 0) {
        (void)lq_heap_slack_return();
    }
    lq_log_settle();
}

static void tell_ignored_signal(struct lq_broker_loop *loop)
{
    int number = lq_signal_flags_take_ignored();

    if (number != 0 &&
        (loop->signal_told_ns == 0 || loop->feed->now_ns - loop->signal_told_ns >= LQ_NS_PER_S)) {
        loop->signal_told_ns = loop->feed->now_ns;
        lq_log_info("SIG%s is ignored: a changed configuration takes effect on restart",
                    sigabbrev_np(number));
    }
}

/* What is done again and again, each in its time. */
static void run_rounds(struct lq_broker_loop *loop, uint64_t *next_beat_ns, uint64_t *next_look_ns)
{
    if (loop->feed->now_ns >= *next_beat_ns) {
        beat(loop);
        *next_beat_ns = loop->feed->now_ns + BEAT_MS * LQ_NS_PER_MS;
    }
    if (loop->feed->now_ns >= *next_look_ns) {
        lq_instance_port_look(loop->instances);
        *next_look_ns = loop->feed->now_ns + LOOK_MS * LQ_NS_PER_MS;
    }
}

void lq_broker_loop_run(struct lq_broker_loop *loop, const volatile int *stop)
{
    struct lq_poll_entry items[] = {
        {.socket = lq_router_socket_handle(loop->actors->router)},
        {.socket = lq_router_socket_handle(loop->clients->router)},
        {.socket = lq_router_socket_handle(lq_frame_publisher_router(loop->watchers->publisher))},
        {.descriptor = lq_storage_thread_descriptor(loop->storage->thread)},
        {.descriptor = lq_process_watch_descriptor(loop->instances->processes)},
    };
    struct lq_broker_event turn = {.kind = LQ_ON_TURN};
    uint64_t next_beat_ns = 0;
    uint64_t next_look_ns = 0;

    loop->feed->now_ns = lq_clock_monotonic_ns();
    while (!*stop) {
        uint64_t wait = wait_ns(loop, next_beat_ns < next_look_ns ? next_beat_ns : next_look_ns);
        uint64_t expected_ns = loop->feed->now_ns + wait;
        int ready = lq_poll_set_wait(items, 5, wait);
        loop->feed->now_ns = lq_clock_monotonic_ns();
        if (loop->feed->now_ns > expected_ns + STALL_MS * LQ_NS_PER_MS) {
            recover_from_stall(loop, items, loop->feed->now_ns - expected_ns);
        } else if (ready > 0) {
            struct lq_turn_budget budget = budget_of(MESSAGES_PER_TURN, READ_NS_PER_TURN);
            (void)read_all(loop, items, &budget);
        }
        lq_core_feed_step(loop->feed, &turn);
        lq_receipt_writer_flush(loop->receipts, loop->clients->router);
        tell_ignored_signal(loop);
        run_rounds(loop, &next_beat_ns, &next_look_ns);
        lq_broker_status_turn(loop->status, lq_clock_monotonic_ns() - loop->feed->now_ns);
    }
}
