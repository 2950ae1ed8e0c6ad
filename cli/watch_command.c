// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/standard_output.h"
#include "cli/broker_call.h"
#include "cli/broker_probe.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "client/watch.h"

#include <inttypes.h>
#include <stdlib.h>

enum { WAIT_MS = 200 };

struct watching {
    const struct lq_invocation *invocation;
    struct lq_session_path path;
    struct lq_cluster_config cluster;
    uint64_t probed_at_ns; /* the broker was there then */
    lq_link_t *link;
    lq_watch_t *watch;
    uint64_t heard_at_ns;   /* the latest frame */
    enum lq_exit_code code; /* of what ends it; LQ_EXIT_OK with `done`, or while it goes on */
    bool done;
    uint64_t count_max;
    uint64_t count;
    uint64_t last_frame;
    struct lq_world world;
};

static json_t *frame_json(const struct watching *watching, const struct lq_watch_frame *frame)
{
    return json_pack("{s:s,s:s,s:I,s:o,s:I,s:I}", "tenant", watching->path.tenant, "session",
                     watching->path.session, "frame", (json_int_t)frame->frame, "hash",
                     lq_json_output_hex(frame->hash, sizeof frame->hash), "steps",
                     (json_int_t)frame->steps, "commands", (json_int_t)frame->command_count);
}

static void print_frame(const struct watching *watching, const struct lq_watch_frame *frame,
                        bool has_world)
{
    char hash[LQ_TEXT_HASH_BYTES];

    printf("frame %" PRIu64 "  %s  %u steps  %u commands\n", frame->frame,
           lq_text_output_hash(frame->hash, 16, hash), frame->steps, frame->command_count);
    for (uint32_t body = 0; has_world && body < watching->world.body_count; body++) {
        printf("  body %u  at %.3f %.3f  speed %.3f %.3f  radius %.3f\n",
               watching->world.body_id[body], watching->world.x[body], watching->world.y[body],
               (double)watching->world.vx[body], (double)watching->world.vy[body],
               (double)watching->world.radius[body]);
    }
}

static void show_frame(struct watching *watching, const struct lq_watch_frame *frame)
{
    bool has_world = lq_watch_world(watching->watch, frame, &watching->world) == LQ_OK;

    if (watching->count > 0 && frame->frame > watching->last_frame + 1) {
        lq_text_output_note(watching->invocation, "%" PRIu64 " frames missed",
                            frame->frame - watching->last_frame - 1);
    }
    watching->last_frame = frame->frame;
    watching->count++;
    if (!watching->invocation->json) {
        print_frame(watching, frame, has_world);
        return;
    }
    json_t *document = frame_json(watching, frame);
    if (has_world) {
        json_object_set_new(document, "world", lq_json_output_world(&watching->world));
    }
    lq_json_output_print("frame", document);
}

/* An unknown session would be watched in silence: ask for it once. A cluster that cannot answer now
 * (that is said) may publish later. */
static enum lq_exit_code find_session(const struct watching *watching)
{
    struct lq_broker_call call;
    struct lq_admin_reply reply;
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_SESSION,
                                       .tenant = lq_view_text(watching->path.tenant),
                                       .session = lq_view_text(watching->path.session)};
    enum lq_exit_code code = lq_broker_call_open(watching->invocation, &call);

    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_ask(&call, &request, watching->invocation->arguments[0], &reply);
    }
    lq_broker_call_close(&call);
    bool may_come = code == LQ_EXIT_TIMEOUT || code == LQ_EXIT_TRY_AGAIN;
    return may_come ? LQ_EXIT_OK : code;
}

/* Silence may be a session that rests, or a broker that is gone: its socket tells. A broker that
 * restarts is back sooner than the probe gives up. */
static bool broker_gone(struct watching *watching, uint64_t now_ns)
{
    if (now_ns - watching->probed_at_ns < LQ_BROKER_PROBE_MS * LQ_NS_PER_MS) {
        return false;
    }
    bool gone = lq_broker_call_is_hopeless(watching->invocation, &watching->cluster);
    watching->probed_at_ns = lq_clock_monotonic_ns();
    return gone;
}

static void take_frame(void *context, const struct lq_watch_frame *frame)
{
    struct watching *watching = context;

    if (watching->done) {
        return;
    }
    watching->heard_at_ns = lq_clock_monotonic_ns();
    watching->probed_at_ns = watching->heard_at_ns;
    show_frame(watching, frame);
    if (!lq_standard_output_flush()) {
        watching->code = LQ_EXIT_FAILED;
    }
    watching->done = watching->code != LQ_EXIT_OK || watching->count == watching->count_max;
}

static void take_answer(void *context, const struct lq_watch_answer *answer)
{
    struct watching *watching = context;

    if (answer->result != LQ_OK && !watching->done) {
        lq_text_output_error("the broker refuses: %s", answer->why);
        watching->code = LQ_EXIT_FAILED;
        watching->done = true;
    }
}

/* Without --timeout it waits for ever; with it, for so long after each frame. */
static enum lq_exit_code watch_frames(struct watching *watching)
{
    watching->heard_at_ns = lq_clock_monotonic_ns();
    while (!lq_interrupt_asked() && !watching->done) {
        lq_link_wait(watching->link, WAIT_MS);
        (void)lq_link_turn(watching->link);
        uint64_t now_ns = lq_clock_monotonic_ns();
        if (watching->done) {
            break;
        }
        if (watching->invocation->timeout_given &&
            now_ns - watching->heard_at_ns > watching->invocation->timeout_ms * LQ_NS_PER_MS) {
            lq_text_output_error("no frame within %u ms", watching->invocation->timeout_ms);
            return LQ_EXIT_TIMEOUT;
        }
        if (broker_gone(watching, now_ns)) {
            return LQ_EXIT_UNREACHABLE;
        }
    }
    return watching->code;
}

static enum lq_exit_code open_watch(struct watching *watching)
{
    struct lq_error_message message;
    bool with_world = lq_invocation_value(watching->invocation, "world") != NULL;
    enum lq_exit_code code = lq_broker_call_configure(watching->invocation, &watching->cluster);
    const struct lq_link_options of_link = {.runtime_dir = watching->cluster.runtime_dir,
                                            .watches_max = 1};
    const struct lq_watch_options options = {.tenant = watching->path.tenant,
                                             .session = watching->path.session,
                                             .with_world = with_world,
                                             .on_frame = take_frame,
                                             .on_answer = take_answer,
                                             .context = watching};

    if (code == LQ_EXIT_OK &&
        (lq_link_open(&of_link, &watching->link, &message) != LQ_OK ||
         lq_watch_new(watching->link, &options, &watching->watch, &message) != LQ_OK)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    return code;
}

enum lq_exit_code lq_watch_command_run(const struct lq_invocation *invocation)
{
    struct lq_error_message message;
    struct watching *watching = lq_alloc(1, sizeof *watching);
    enum lq_exit_code code = LQ_EXIT_USAGE;

    watching->invocation = invocation;
    if (!lq_invocation_session_argument(invocation, &watching->path, &message) ||
        !lq_invocation_number(invocation, "count", (struct lq_number_range){0, UINT64_MAX, 0},
                              &watching->count_max, &message)) {
        lq_text_output_error("%s", message.text);
    } else {
        code = open_watch(watching);
    }
    if (code == LQ_EXIT_OK) {
        lq_interrupt_catch();
        code = find_session(watching);
        if (code == LQ_EXIT_OK) {
            code = watch_frames(watching);
        }
    }
    lq_link_close(&watching->link);
    free(watching);
    return code;
}
