// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/watch.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "config/config_file.h"
#include "proto/client_codec.h"
#include "proto/tick_codec.h"
#include "transport/dealer_socket.h"
#include "transport/poll_set.h"

#include <stdlib.h>

enum {
    ARENA_BYTES = 4 * 1024 * 1024,
    MESSAGES_PER_CALL_MAX = 256,
    FRAMES_QUEUED_MAX = 1000,
    REQUESTS_QUEUED_MAX = 1000,
    WATCH_BYTES_MAX = 256,
    RECONNECT_MS = 10,
    RECONNECT_MS_MAX = 200
};

/* A WATCH says that we are still here, and finds a broker that came anew. */
#define SAY_EVERY_NS (UINT64_C(1000) * LQ_NS_PER_MS)
#define SAY_AGAIN_NS (UINT64_C(250) * LQ_NS_PER_MS) /* while none was answered */
#define TAG 1u                                      /* one session a connection: any will do */

struct lq_watch {
    lq_dealer_socket_t *socket;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    bool with_world;
    bool answered;
    bool left; /* the last call took what it may take, not what there is */
    uint64_t say_at_ns;
    struct lq_message_part header, body;
    struct lq_arena arena;
    char why[LQ_WATCHING_MESSAGE_BYTES_MAX + 1];
};

static enum lq_result open_socket(struct lq_watch *watch, const char *endpoint,
                                  struct lq_error_message *message)
{
    const struct lq_dealer_options options = {
        .endpoint = endpoint,
        .part_bytes_max = LQ_BODY_BYTES_MAX,
        .sent_messages_max = REQUESTS_QUEUED_MAX,
        .received_messages_max = FRAMES_QUEUED_MAX,
        .reconnect_ms = RECONNECT_MS,
        .reconnect_ms_max = RECONNECT_MS_MAX,
    };

    return lq_dealer_socket_open(&options, &watch->socket, message);
}

enum lq_result lq_watch_new(const struct lq_watch_options *options, lq_watch_t **watch,
                            struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];

    if (options->runtime_dir == NULL || options->tenant == NULL || options->session == NULL) {
        lq_error_message_set(message, "runtime_dir, tenant or session is not set");
        return LQ_ERR_INVALID;
    }
    if (!lq_tenant_name_valid(lq_view_text(options->tenant)) ||
        !lq_session_name_valid(lq_view_text(options->session))) {
        lq_error_message_set(message, "%s/%s is no name of a session", options->tenant,
                             options->session);
        return LQ_ERR_INVALID;
    }
    enum lq_result rc = lq_descriptor_limit_raise(LQ_DESCRIPTOR_LIMIT_BASE, message);
    if (rc == LQ_OK) {
        rc = lq_cluster_endpoint_in(options->runtime_dir, "cluster/runtime_dir", LQ_ENDPOINT_FRAMES,
                                    endpoint, sizeof endpoint, message);
    }
    if (rc != LQ_OK) {
        return rc;
    }
    struct lq_watch *made = lq_alloc(1, sizeof *made);
    memcpy(made->tenant, options->tenant, strlen(options->tenant) + 1);
    memcpy(made->session, options->session, strlen(options->session) + 1);
    made->with_world = options->with_world;
    lq_message_part_init(&made->header);
    lq_message_part_init(&made->body);
    made->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    rc = open_socket(made, endpoint, message);
    if (rc != LQ_OK) {
        lq_watch_destroy(&made);
        return rc;
    }
    *watch = made;
    return LQ_OK;
}

void lq_watch_destroy(lq_watch_t **watch)
{
    struct lq_watch *gone = *watch;

    if (gone == NULL) {
        return;
    }
    lq_message_part_close(&gone->header);
    lq_message_part_close(&gone->body);
    lq_dealer_socket_close(&gone->socket, 0);
    free(gone->arena.memory);
    free(gone);
    *watch = NULL;
}

bool lq_watch_answered(const lq_watch_t *watch)
{
    return watch->answered;
}

const char *lq_watch_why(const lq_watch_t *watch)
{
    return watch->why;
}

/* Nothing is queued for a broker that is not there: it is said again soon. */
static void say_watch(struct lq_watch *watch, uint64_t now_ns)
{
    uint8_t bytes[WATCH_BYTES_MAX];
    size_t written;
    struct lq_watch_request request = {.tag = TAG,
                                       .names = lq_session_names_of(watch->tenant, watch->session),
                                       .world = watch->with_world};

    if (now_ns < watch->say_at_ns) {
        return;
    }
    enum lq_result rc = lq_watch_request_encode(&request, bytes, sizeof bytes, &written);
    LQ_ASSERT(rc == LQ_OK);
    bool sent = lq_dealer_socket_send(watch->socket, lq_view_of(bytes, written), NULL);
    uint64_t again_ns = watch->answered ? SAY_EVERY_NS : SAY_AGAIN_NS;
    watch->say_at_ns = now_ns + (sent ? again_ns : RECONNECT_MS * LQ_NS_PER_MS);
}

static enum lq_result take_answer(struct lq_watch *watch, struct lq_view message)
{
    struct lq_watching answer;
    const char *where = NULL;

    if (lq_watching_decode(message, &watch->arena, &answer, &where) != LQ_OK || answer.tag != TAG) {
        return LQ_ERR_NOT_FOUND;
    }
    watch->answered = true;
    if (answer.result == LQ_OK) {
        return LQ_ERR_NOT_FOUND;
    }
    memcpy(watch->why, answer.message.data, answer.message.bytes);
    watch->why[answer.message.bytes] = '\0';
    return answer.result == LQ_ERR_INVALID ? LQ_ERR_INVALID : LQ_ERR_FULL;
}

/* What the message at hand is: LQ_OK a frame, LQ_ERR_NOT_FOUND nothing to hand out. */
static enum lq_result read_message(struct lq_watch *watch, struct lq_watch_frame *frame)
{
    struct lq_frame_notice notice;
    enum lq_message_kind kind;
    struct lq_view message;
    const char *where = NULL;

    lq_arena_reset(&watch->arena);
    if (lq_framing_get(lq_message_part_view(&watch->header), &kind, &message) != LQ_OK) {
        return LQ_ERR_NOT_FOUND;
    }
    if (kind == LQ_MESSAGE_WATCHING) {
        return take_answer(watch, message);
    }
    if (kind != LQ_MESSAGE_FRAME ||
        lq_frame_notice_decode(message, &watch->arena, &notice, &where) != LQ_OK ||
        notice.tag != TAG) {
        return LQ_ERR_NOT_FOUND;
    }
    *frame = (struct lq_watch_frame){.epoch = notice.epoch,
                                     .frame = notice.frame,
                                     .steps = notice.steps,
                                     .command_count = notice.command_count};
    memcpy(frame->hash, notice.hash, sizeof frame->hash);
    return LQ_OK;
}

int lq_watch_descriptor(const lq_watch_t *watch)
{
    return lq_dealer_socket_descriptor(watch->socket);
}

uint64_t lq_watch_next_timer_ns(const lq_watch_t *watch)
{
    return watch->left ? 0 : watch->say_at_ns;
}

enum lq_result lq_watch_next(lq_watch_t *watch, struct lq_watch_frame *frame)
{
    uint32_t part_count;

    say_watch(watch, lq_clock_monotonic_ns());
    watch->left = true;
    for (uint32_t count = 0; count < MESSAGES_PER_CALL_MAX; count++) {
        if (!lq_dealer_socket_receive(watch->socket, &watch->header, &watch->body, &part_count)) {
            watch->left = false;
            break;
        }
        enum lq_result result = read_message(watch, frame);
        if (result != LQ_ERR_NOT_FOUND) {
            return result;
        }
    }
    return LQ_ERR_NOT_FOUND;
}

enum lq_result lq_watch_world(lq_watch_t *watch, struct lq_world *world)
{
    struct lq_view encoded = lq_message_part_view(&watch->body);
    const char *where = NULL;

    if (encoded.bytes == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    lq_arena_reset(&watch->arena);
    return lq_world_decode(encoded, &watch->arena, world, &where) == LQ_OK ? LQ_OK
                                                                           : LQ_ERR_MALFORMED;
}

void lq_watch_wait(const lq_watch_t *watch, uint32_t timeout_ms)
{
    uint64_t timer_ns = lq_watch_next_timer_ns(watch);
    uint64_t now_ns = lq_clock_monotonic_ns();
    struct lq_poll_entry entry = {.socket = lq_dealer_socket_handle(watch->socket)};

    if (timer_ns <= now_ns) {
        return;
    }
    if (timer_ns - now_ns < timeout_ms * LQ_NS_PER_MS) {
        timeout_ms = (uint32_t)((timer_ns - now_ns) / LQ_NS_PER_MS) + 1;
    }
    (void)lq_poll_set_wait(&entry, 1, (long)timeout_ms);
}
