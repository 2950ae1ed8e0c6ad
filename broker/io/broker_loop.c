// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_shell.h"

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
#define LAST_WORDS_MS 2
#define WAIT_MS_MAX 1000u
/* What a port may read in a turn: enough to be busy, and so little that the others and the clock
 * get their turn whatever comes in. */
#define MESSAGES_PER_TURN 64u
#define READ_NS_PER_TURN (UINT64_C(10) * LQ_NS_PER_MS)
#define MESSAGES_AFTER_STALL 20000u
#define READ_NS_AFTER_STALL (UINT64_C(500) * LQ_NS_PER_MS)

static long wait_ms(const struct lq_broker_shell *shell, uint64_t next_round_ns)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = lq_broker_core_next_wakeup_ns(shell->core);

    if (next_round_ns < until_ns) {
        until_ns = next_round_ns;
    }
    if (until_ns <= now_ns) {
        return 0;
    }
    /* Rounded up: waking before the time would spin. */
    uint64_t ms = (until_ns - now_ns + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS;
    return ms < WAIT_MS_MAX ? (long)ms : (long)WAIT_MS_MAX;
}

static void take_deaths(struct lq_broker_shell *shell)
{
    uint32_t pid;

    while (lq_process_watch_take(shell->processes, &pid)) {
        struct lq_broker_event event = {.kind = LQ_ON_PROCESS_DIED, .process = {pid}};
        lq_broker_shell_step(shell, &event);
    }
}

/* Sessions that wait for a letter's room stand still until an operator makes some: say so. */
static void tell_full_letters(struct lq_broker_shell *shell)
{
    uint32_t waiting = lq_broker_core_letters_waiting(shell->core);

    if ((waiting > 0) == shell->letters_full) {
        return;
    }
    shell->letters_full = waiting > 0;
    if (waiting > 0) {
        lq_log_warning("the dead letters are full (broker/letters_max = %llu): sessions wait for "
                       "room until some are drained, purged or redriven",
                       (unsigned long long)shell->config.letters_max);
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
static bool hear_last_words(struct lq_broker_shell *shell, const struct lq_turn_budget *of_actors)
{
    struct lq_poll_entry actors = {.socket = lq_router_socket_handle(shell->actors)};

    return lq_poll_set_wait(&actors, 1, LAST_WORDS_MS) > 0 && lq_actor_port_read(shell, of_actors);
}

/* Everything that came, once; true if a socket has more. Actors have a budget of their own. */
static bool read_all(struct lq_broker_shell *shell, const struct lq_poll_entry *items,
                     const struct lq_turn_budget *of_actors)
{
    bool more = false;

    if (items[0].readable) {
        more = lq_actor_port_read(shell, of_actors);
    }
    if (items[1].readable) {
        struct lq_turn_budget budget = budget_of(MESSAGES_PER_TURN, READ_NS_PER_TURN);
        more = lq_client_port_read(shell, &budget) || more;
    }
    if (items[2].readable) {
        struct lq_turn_budget budget = budget_of(MESSAGES_PER_TURN, READ_NS_PER_TURN);
        more = lq_watch_port_read(shell, &budget) || more;
    }
    if (items[3].readable) {
        lq_storage_port_read(shell);
    }
    if (items[4].readable) {
        more = hear_last_words(shell, of_actors) || more;
        take_deaths(shell);
    }
    return more;
}

/* The loop stood still (stopped, swapped, a debugger): what actors said meanwhile is taken in
 * first, and their deadlines move by the gap. Clients and watchers wait for their turn as always.
 */
static void recover_from_stall(struct lq_broker_shell *shell, struct lq_poll_entry *items,
                               uint64_t gap_ns)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(10);
    struct lq_broker_event event = {.kind = LQ_ON_STALL, .stall = {gap_ns}};

    lq_log_throttled(&lines, LQ_LOG_WARNING, "the broker stood still for %llu ms",
                     (unsigned long long)(gap_ns / LQ_NS_PER_MS));
    lq_broker_shell_step(shell, &event);
    if (lq_poll_set_wait(items, 5, 0) > 0) {
        struct lq_turn_budget budget = budget_of(MESSAGES_AFTER_STALL, READ_NS_AFTER_STALL);
        (void)read_all(shell, items, &budget);
    }
}

/* Once a second. */
static void beat(struct lq_broker_shell *shell)
{
    lq_actor_port_beat(shell);
    tell_full_letters(shell);
    lq_frame_publisher_forget(shell->publisher, shell->now_ns);
    if (++shell->beats % BEATS_PER_TRIM == 0) {
        (void)lq_heap_slack_return();
    }
    lq_log_settle();
}

static void tell_ignored_signal(struct lq_broker_shell *shell)
{
    int number = lq_signal_flags_take_ignored();

    if (number != 0 &&
        (shell->signal_told_ns == 0 || shell->now_ns - shell->signal_told_ns >= LQ_NS_PER_S)) {
        shell->signal_told_ns = shell->now_ns;
        lq_log_info("SIG%s is ignored: a changed configuration takes effect on restart",
                    sigabbrev_np(number));
    }
}

/* What is done again and again, each in its time. */
static void run_rounds(struct lq_broker_shell *shell, uint64_t *next_beat_ns,
                       uint64_t *next_look_ns)
{
    if (shell->now_ns >= *next_beat_ns) {
        beat(shell);
        *next_beat_ns = shell->now_ns + BEAT_MS * LQ_NS_PER_MS;
    }
    if (shell->now_ns >= *next_look_ns) {
        lq_instance_port_look(shell);
        *next_look_ns = shell->now_ns + LOOK_MS * LQ_NS_PER_MS;
    }
}

static void measure_turn(struct lq_broker_shell *shell)
{
    uint64_t took_us = (lq_clock_monotonic_ns() - shell->now_ns) / 1000;

    if (took_us > shell->turn_max_us) {
        shell->turn_max_us = took_us < UINT32_MAX ? (uint32_t)took_us : UINT32_MAX;
    }
}

void lq_broker_loop_run(struct lq_broker_shell *shell, const volatile int *stop)
{
    struct lq_poll_entry items[] = {
        {.socket = lq_router_socket_handle(shell->actors)},
        {.socket = lq_router_socket_handle(shell->clients)},
        {.socket = lq_router_socket_handle(lq_frame_publisher_router(shell->publisher))},
        {.descriptor = lq_storage_thread_descriptor(shell->storage)},
        {.descriptor = lq_process_watch_descriptor(shell->processes)},
    };
    struct lq_broker_event turn = {.kind = LQ_ON_TURN};
    uint64_t next_beat_ns = 0;
    uint64_t next_look_ns = 0;

    shell->now_ns = lq_clock_monotonic_ns();
    while (!*stop) {
        long wait = wait_ms(shell, next_beat_ns < next_look_ns ? next_beat_ns : next_look_ns);
        uint64_t expected_ns = shell->now_ns + (uint64_t)wait * LQ_NS_PER_MS;
        int ready = lq_poll_set_wait(items, 5, wait);
        shell->now_ns = lq_clock_monotonic_ns();
        if (shell->now_ns > expected_ns + STALL_MS * LQ_NS_PER_MS) {
            recover_from_stall(shell, items, shell->now_ns - expected_ns);
        } else if (ready > 0) {
            struct lq_turn_budget budget = budget_of(MESSAGES_PER_TURN, READ_NS_PER_TURN);
            (void)read_all(shell, items, &budget);
        }
        lq_broker_shell_step(shell, &turn);
        lq_receipt_writer_flush(shell->receipts, shell->clients);
        tell_ignored_signal(shell);
        run_rounds(shell, &next_beat_ns, &next_look_ns);
        measure_turn(shell);
    }
}
