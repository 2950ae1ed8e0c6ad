// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/watch_desk.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "client/watch_record.h"
#include "proto/client_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    ARENA_BYTES = 4 * 1024 * 1024,
    MESSAGES_PER_TURN_MAX = 256,
    SAID_PER_TURN_MAX = 256,
    FRAMES_QUEUED_MAX = 1000,
    REQUESTS_QUEUED_MAX = 1200, /* more than the watches of a socket */
    WATCH_BYTES_MAX = 256,
    RECONNECT_MS = 10,
    RECONNECT_MS_MAX = 200
};
_Static_assert(LQ_WATCH_DESK_SOCKETS_MAX *LQ_WATCH_DESK_OF_A_SOCKET >= LQ_LINK_WATCHES_MAX,
               "each watch has a connection");

/* A WATCH says that we are still here, and finds a broker that came anew. */
#define SAY_EVERY_NS (UINT64_C(1000) * LQ_NS_PER_MS)
#define SAY_AGAIN_NS (UINT64_C(250) * LQ_NS_PER_MS) /* while it was not answered */

enum lq_result lq_watch_desk_init(struct lq_watch_desk *desk, const char *runtime_dir,
                                  uint32_t watches_max, int poll_descriptor,
                                  struct lq_error_message *message)
{
    *desk = (struct lq_watch_desk){.poll_descriptor = poll_descriptor};
    enum lq_result rc =
        lq_cluster_endpoint_in(runtime_dir, "cluster/runtime_dir", LQ_ENDPOINT_FRAMES,
                               desk->endpoint, sizeof desk->endpoint, message);
    if (rc != LQ_OK) {
        return rc;
    }
    lq_message_part_init(&desk->header);
    lq_message_part_init(&desk->body);
    desk->watches_max = watches_max;
    desk->watches = lq_alloc(watches_max, sizeof(struct lq_watch *));
    desk->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    return LQ_OK;
}

void lq_watch_desk_release(struct lq_watch_desk *desk)
{
    if (desk->watches == NULL) {
        return;
    }
    for (uint32_t index = 0; index < desk->watches_max; index++) {
        lq_watch_destroy(&desk->watches[index]);
    }
    lq_message_part_close(&desk->header);
    lq_message_part_close(&desk->body);
    for (uint32_t index = 0; index < LQ_WATCH_DESK_SOCKETS_MAX; index++) {
        lq_dealer_socket_close(&desk->sockets[index].dealer, 0);
    }
    free(desk->watches);
    free(desk->arena.memory);
    *desk = (struct lq_watch_desk){.watches = NULL};
}

static enum lq_result open_socket(struct lq_watch_desk *desk, struct lq_watch_socket *socket,
                                  struct lq_error_message *message)
{
    const struct lq_dealer_options options = {
        .endpoint = desk->endpoint,
        .part_bytes_max = LQ_BODY_BYTES_MAX,
        .sent_messages_max = REQUESTS_QUEUED_MAX,
        .received_messages_max = FRAMES_QUEUED_MAX,
        .reconnect_ms = RECONNECT_MS,
        .reconnect_ms_max = RECONNECT_MS_MAX,
    };
    struct epoll_event event = {.events = EPOLLIN};
    enum lq_result rc = lq_dealer_socket_open(&options, &socket->dealer, message);

    if (rc == LQ_OK && epoll_ctl(desk->poll_descriptor, EPOLL_CTL_ADD,
                                 lq_dealer_socket_descriptor(socket->dealer), &event) != 0) {
        lq_error_message_set(message, "no descriptor of epoll: %s", strerror(errno));
        lq_dealer_socket_close(&socket->dealer, 0);
        return LQ_ERR_LIMIT;
    }
    return rc;
}

enum lq_result lq_watch_desk_socket(struct lq_watch_desk *desk, uint8_t *socket,
                                    struct lq_error_message *message)
{
    for (uint8_t index = 0; index < LQ_WATCH_DESK_SOCKETS_MAX; index++) {
        if (desk->sockets[index].watch_count < LQ_WATCH_DESK_OF_A_SOCKET) {
            *socket = index;
            return desk->sockets[index].dealer != NULL
                       ? LQ_OK
                       : open_socket(desk, &desk->sockets[index], message);
        }
    }
    LQ_ASSERT(false); /* there are fewer watches than places */
    return LQ_ERR_LIMIT;
}

/* ---- saying ---- */

void lq_watch_desk_step_in(struct lq_watch *watch, struct lq_watch_row *row)
{
    watch->row = row;
    watch->next = NULL;
    watch->previous = row->last;
    if (row->last == NULL) {
        row->first = watch;
    } else {
        row->last->next = watch;
    }
    row->last = watch;
}

void lq_watch_desk_step_out(struct lq_watch *watch)
{
    struct lq_watch_row *row = watch->row;

    if (watch->previous == NULL) {
        row->first = watch->next;
    } else {
        watch->previous->next = watch->next;
    }
    if (watch->next == NULL) {
        row->last = watch->previous;
    } else {
        watch->next->previous = watch->previous;
    }
}

bool lq_watch_desk_say(const struct lq_watch *watch, bool stop)
{
    uint8_t bytes[WATCH_BYTES_MAX];
    size_t written;
    const struct lq_watch_request request = {.tag = watch->tag,
                                             .names =
                                                 lq_session_names_of(watch->tenant, watch->session),
                                             .world = watch->with_world && !stop,
                                             .play = watch->play && !stop,
                                             .stop = stop};
    enum lq_result rc = lq_watch_request_encode(&request, bytes, sizeof bytes, &written);

    LQ_ASSERT(rc == LQ_OK);
    return lq_dealer_socket_send(watch->desk->sockets[watch->socket].dealer,
                                 lq_view_of(bytes, written), NULL);
}

/* Whom no broker has answered comes last: a new one's answers are worth waiting for. */
static struct lq_watch *next_due(const struct lq_watch_desk *desk)
{
    struct lq_watch *asked = desk->asked.first;
    struct lq_watch *heard = desk->heard.first;

    if (asked == NULL || heard == NULL) {
        return asked != NULL ? asked : heard;
    }
    return asked->say_at_ns < heard->say_at_ns ? asked : heard;
}

static void say_due(struct lq_watch_desk *desk, uint64_t now_ns)
{
    if (now_ns < desk->blocked_until_ns) {
        return;
    }
    for (uint32_t count = 0; count < SAID_PER_TURN_MAX; count++) {
        struct lq_watch *watch = next_due(desk);
        if (watch == NULL || watch->say_at_ns > now_ns) {
            return;
        }
        if (!lq_watch_desk_say(watch, false)) {
            desk->blocked_until_ns = now_ns + RECONNECT_MS * LQ_NS_PER_MS;
            return;
        }
        bool is_heard = watch->answered_epoch != 0 && watch->answered_epoch == desk->epoch;
        lq_watch_desk_step_out(watch);
        watch->say_at_ns = now_ns + (is_heard ? SAY_EVERY_NS : SAY_AGAIN_NS);
        lq_watch_desk_step_in(watch, is_heard ? &desk->heard : &desk->asked);
    }
}

uint64_t lq_watch_desk_due_ns(const struct lq_watch_desk *desk)
{
    const struct lq_watch *watch = next_due(desk);

    if (watch == NULL) {
        return UINT64_MAX;
    }
    return watch->say_at_ns > desk->blocked_until_ns ? watch->say_at_ns : desk->blocked_until_ns;
}

/* A broker that knows nothing of us: all that the one before had heard is due before all else. */
void lq_watch_desk_meet(struct lq_watch_desk *desk, uint64_t epoch)
{
    struct lq_watch_row heard = desk->heard;

    if (epoch <= desk->epoch) {
        return;
    }
    desk->epoch = epoch;
    desk->heard = (struct lq_watch_row){.first = NULL};
    for (struct lq_watch *watch = heard.first; watch != NULL; watch = watch->next) {
        watch->row = &desk->asked;
        watch->say_at_ns = 0;
    }
    if (heard.first == NULL) {
        return;
    }
    heard.last->next = desk->asked.first;
    if (desk->asked.first == NULL) {
        desk->asked.last = heard.last;
    } else {
        desk->asked.first->previous = heard.last;
    }
    desk->asked.first = heard.first;
}

/* ---- receiving ---- */

static struct lq_watch *find(const struct lq_watch_desk *desk, uint64_t tag)
{
    uint32_t place = (uint32_t)tag;

    if (place >= desk->watches_max || desk->watches[place] == NULL ||
        desk->watches[place]->tag != tag) {
        return NULL;
    }
    return desk->watches[place];
}

static void take_answer(struct lq_watch_desk *desk, struct lq_view message)
{
    struct lq_watching answer;
    const char *where = NULL;
    char why[LQ_WATCHING_MESSAGE_BYTES_MAX + 1];

    if (lq_watching_decode(message, &desk->arena, &answer, &where) != LQ_OK) {
        return;
    }
    struct lq_watch *watch = find(desk, answer.tag);
    if (watch == NULL) {
        return;
    }
    lq_watch_desk_meet(desk, answer.epoch);
    bool is_news = watch->answered_epoch != answer.epoch || answer.result != LQ_OK || answer.began;
    watch->answered_epoch = answer.result == LQ_OK ? answer.epoch : 0;
    if (is_news && watch->on_answer != NULL) {
        struct lq_watch_answer told = {
            .result = LQ_ERR_FULL, .epoch = answer.epoch, .frame = answer.frame, .why = why};
        if (answer.result == LQ_OK || answer.result == LQ_ERR_INVALID) {
            told.result = (enum lq_result)answer.result;
        }
        memcpy(why, answer.message.data != NULL ? answer.message.data : (const uint8_t *)"",
               answer.message.bytes);
        why[answer.message.bytes] = '\0';
        watch->on_answer(watch->context, &told);
    }
}

/* The body part is the World and, for who wants it, a Play behind it. */
static bool split_body(const struct lq_watch *watch, struct lq_view body, uint32_t world_bytes,
                       struct lq_watch_frame *frame)
{
    if (world_bytes > body.bytes) {
        return false;
    }
    frame->encoded_world = world_bytes > 0 ? lq_view_of(body.data, world_bytes) : body;
    if (watch->play && world_bytes > 0) {
        frame->encoded_play = lq_view_of(body.data + world_bytes, body.bytes - world_bytes);
    }
    return true;
}

static void take_frame(struct lq_watch_desk *desk, struct lq_view message)
{
    struct lq_frame_notice notice;
    const char *where = NULL;

    if (lq_frame_notice_decode(message, &desk->arena, &notice, &where) != LQ_OK) {
        return;
    }
    struct lq_watch *watch = find(desk, notice.tag);
    if (watch == NULL) {
        return; /* of one that has ended */
    }
    struct lq_watch_frame frame = {.epoch = notice.epoch,
                                   .frame = notice.frame,
                                   .steps = notice.steps,
                                   .command_count = notice.command_count};
    if (!split_body(watch, lq_message_part_view(&desk->body), notice.world_bytes, &frame)) {
        return;
    }
    memcpy(frame.hash, notice.hash, sizeof frame.hash);
    watch->on_frame(watch->context, &frame);
}

static void take_message(struct lq_watch_desk *desk)
{
    enum lq_message_kind kind;
    struct lq_view message;

    lq_arena_reset(&desk->arena);
    if (lq_framing_get(lq_message_part_view(&desk->header), &kind, &message) != LQ_OK) {
        return;
    }
    if (kind == LQ_MESSAGE_WATCHING) {
        take_answer(desk, message);
    } else if (kind == LQ_MESSAGE_FRAME) {
        take_frame(desk, message);
    }
}

/* True: there may be more. */
static bool receive(struct lq_watch_desk *desk)
{
    uint32_t part_count;
    uint32_t left = MESSAGES_PER_TURN_MAX;

    for (uint32_t index = 0; index < LQ_WATCH_DESK_SOCKETS_MAX; index++) {
        uint32_t place = (desk->socket_turn + index) % LQ_WATCH_DESK_SOCKETS_MAX;
        lq_dealer_socket_t *dealer = desk->sockets[place].dealer;
        while (dealer != NULL && left > 0 &&
               lq_dealer_socket_receive(dealer, &desk->header, &desk->body, &part_count)) {
            take_message(desk);
            left--;
        }
    }
    desk->socket_turn = (desk->socket_turn + 1) % LQ_WATCH_DESK_SOCKETS_MAX;
    return left == 0;
}

bool lq_watch_desk_turn(struct lq_watch_desk *desk, uint64_t now_ns)
{
    if (desk->watches == NULL) {
        return false;
    }
    say_due(desk, now_ns);
    bool more = receive(desk);
    say_due(desk, now_ns); /* to a new broker */
    for (uint32_t index = 0; index < LQ_WATCH_DESK_SOCKETS_MAX && !more; index++) {
        const struct lq_watch_socket *socket = &desk->sockets[index];
        more = socket->dealer != NULL && lq_dealer_socket_is_ready(socket->dealer, false);
    }
    return more;
}
