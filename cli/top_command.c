// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/standard_output.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/status_text.h"
#include "cli/text_output.h"

#include <curses.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { PICTURE_BYTES_MAX = 64 * 1024, KEY_POLL_MS = 50, INTERVAL_MS_MIN = 10 };

struct top {
    struct lq_broker_call call;
    struct lq_partition_spaces spaces;
    struct lq_status before;
    bool has_before;
    bool on_terminal;
    uint32_t interval_ms;
    char *picture;
};

static void draw_picture(const char *picture)
{
    int line = 0;

    erase();
    while (*picture != '\0' && line < LINES) {
        int bytes = (int)strcspn(picture, "\n");
        mvaddnstr(line++, 0, picture, bytes < COLS ? bytes : COLS);
        picture += bytes;
        picture += *picture == '\n';
    }
    refresh();
}

static enum lq_exit_code show_picture(struct top *top)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_STATUS};
    struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(&top->call, &request, "status", &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.status == NULL) {
        return LQ_EXIT_FAILED;
    }
    /* counters begin anew with the broker: an older epoch is no base for rates */
    bool comparable = top->has_before && top->before.epoch == reply.status->epoch;
    lq_partition_space_look(&top->spaces, &top->call.cluster);
    const struct lq_status_picture picture = {top->call.cluster.name, reply.status,
                                              comparable ? &top->before : NULL, &top->spaces};
    if (top->call.invocation->json) {
        lq_json_output_print("status", lq_status_text_json(&picture));
    } else if (!top->on_terminal) {
        lq_status_text_print(&picture, stdout);
        fputc('\n', stdout);
    } else {
        FILE *to = fmemopen(top->picture, PICTURE_BYTES_MAX, "w");
        LQ_ASSERT(to != NULL);
        lq_status_text_print(&picture, to);
        fputs("\nq: end\n", to);
        fclose(to);
        draw_picture(top->picture);
    }
    top->before = *reply.status;
    top->has_before = true;
    return LQ_EXIT_OK;
}

/* Wait for the next picture. False: the user wants to end. */
static bool wait_interval(const struct top *top)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + top->interval_ms * LQ_NS_PER_MS;

    while (lq_clock_monotonic_ns() < until_ns && !lq_interrupt_asked()) {
        if (!top->on_terminal) {
            (void)poll(NULL, 0, KEY_POLL_MS);
        } else if (getch() == 'q') {
            return false;
        }
    }
    return !lq_interrupt_asked();
}

static enum lq_exit_code show_pictures(struct top *top, uint64_t count_max)
{
    enum lq_exit_code code = LQ_EXIT_OK;
    uint64_t count = 0;

    for (;;) {
        code = show_picture(top);
        if (code == LQ_EXIT_OK && !lq_standard_output_flush()) {
            return LQ_EXIT_FAILED;
        }
        if (code != LQ_EXIT_OK || ++count == count_max || !wait_interval(top)) {
            return code;
        }
    }
}

static bool begin_terminal(void)
{
    const char *terminal = getenv("TERM");

    if (newterm(NULL, lq_standard_output_terminal(), stdin) == NULL) {
        lq_text_output_error("TERM=%s is no terminal that top can draw on: set TERM, or use -b",
                             terminal != NULL ? terminal : "");
        return false;
    }
    cbreak();
    noecho();
    (void)curs_set(0);
    timeout(KEY_POLL_MS);
    return true;
}

enum lq_exit_code lq_top_command_run(const struct lq_invocation *invocation)
{
    struct lq_error_message message;
    const char *interval = lq_invocation_value(invocation, "interval");
    uint64_t count_max = 0;
    struct top *top = lq_alloc(1, sizeof *top);

    top->interval_ms = 1000;
    top->on_terminal = lq_invocation_value(invocation, "batch") == NULL && !invocation->json &&
                       isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    if (!lq_invocation_number(invocation, "count", (struct lq_number_range){0, UINT64_MAX, 0},
                              &count_max, &message)) {
        lq_text_output_error("%s", message.text);
        free(top);
        return LQ_EXIT_USAGE;
    }
    if (interval != NULL && (!lq_invocation_duration(interval, &top->interval_ms) ||
                             top->interval_ms < INTERVAL_MS_MIN)) {
        lq_text_output_error("--interval %s is no time between two pictures: 10ms, 1s, at most 24h",
                             interval);
        free(top);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &top->call);
    if (code == LQ_EXIT_OK) {
        lq_interrupt_catch();
        top->picture = lq_alloc(PICTURE_BYTES_MAX, 1);
        if (top->on_terminal && !begin_terminal()) {
            code = LQ_EXIT_FAILED;
        } else {
            code = show_pictures(top, count_max);
        }
        if (top->on_terminal && !isendwin()) {
            endwin();
        }
    }
    lq_partition_space_close(&top->spaces);
    lq_broker_call_close(&top->call);
    free(top->picture);
    free(top);
    return code;
}
