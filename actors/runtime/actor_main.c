// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The main() of every actor: options, locks, signals, then the loop. */
#include "actors/runtime/actor_loop.h"
#include "actors/runtime/actor_options.h"
#include "actors/runtime/actor_runtime.h"
#include "actors/runtime/progress_cell.h"
#include "actors/runtime/runtime_folder.h"
#include "base/descriptor_limit.h"
#include "base/error_message.h"
#include "base/log.h"
#include "transport/processor_turns.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define LQ_UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LQ_UNDER_SANITIZER 1
#endif
#endif

/* Blocked in all threads, also in libzmq's, which inherit the mask: the loop reads them as events.
 */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    sigaddset(signals, SIGUSR1);
    sigaddset(signals, SIGUSR2);
    sigprocmask(SIG_BLOCK, signals, NULL);
}

/* Keys are in memory: no core file, no debugger of the same user. The leak check of a sanitizer
 * build is such a debugger. */
static void hide_memory(void)
{
#if !defined(LQ_UNDER_SANITIZER)
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int check_surroundings(const struct lq_actor_options *options, char *endpoint,
                              size_t endpoint_bytes)
{
    struct lq_error_message message;

    if (lq_descriptor_limit_raise(LQ_DESCRIPTOR_LIMIT_BASE, &message) != LQ_OK ||
        lq_runtime_folder_check(options->cluster.runtime_dir, &message) != LQ_OK ||
        lq_cluster_endpoint(&options->cluster, LQ_ENDPOINT_ACTORS, endpoint, endpoint_bytes,
                            &message) != LQ_OK) {
        lq_log_error("%s", message.text);
        return LQ_ACTOR_EXIT_CONFIG;
    }
    return LQ_ACTOR_EXIT_OK;
}

int lq_actor_run_batch_stage(int argc, char **argv, const struct lq_batch_stage *stage)
{
    static struct lq_actor_options options;
    struct lq_progress_cell cell = {.descriptor = -1};
    struct lq_execution_id suspect = {0, 0};
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX];
    struct lq_error_message message;
    bool joined = true;
    sigset_t blocked;
    int exit_code = LQ_ACTOR_EXIT_OK;

    umask(0077);
    block_signals(&blocked);
    if (!lq_actor_options_read(&options, stage, argc, argv, &exit_code)) {
        return exit_code;
    }
    int signals = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
    LQ_ASSERT(signals >= 0);
    signal(SIGPIPE, SIG_IGN); /* only now: --help into a pipe that closes ends as anywhere */
    exit_code = check_surroundings(&options, endpoint, sizeof endpoint);
    if (exit_code != LQ_ACTOR_EXIT_OK) {
        return exit_code;
    }
    if (stage->partitioned) {
        hide_memory();
    }
    if (lq_progress_cell_open(&cell, options.cluster.runtime_dir, options.instance, stage->name,
                              &suspect, &message) != LQ_OK) {
        lq_log_error("%s", message.text);
        return LQ_ACTOR_EXIT_TROUBLE;
    }
    if (suspect.counter != 0) {
        lq_log_warning("the previous incarnation died on execution %" PRIu64 " of epoch %" PRIu64,
                       suspect.counter, suspect.epoch);
    }
    lq_processor_turns_shorten();
    const struct lq_actor_start start = {&options, stage, &cell, suspect, endpoint, signals};
    exit_code = lq_actor_loop_run(&start, &joined);
    lq_log_settle();
    lq_log_info("ends with %d", exit_code);
    if (!joined) {
        _exit(exit_code); /* the stage thread hangs and still uses what exit() would take away */
    }
    lq_progress_cell_close(&cell);
    close(signals);
    return exit_code;
}
