// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What watchers say is done and answered here; the core knows nothing of them. */
#include "broker/io/broker_shell.h"

#include "base/clock.h"
#include "base/log.h"

static void answer(struct lq_broker_shell *shell, uint32_t peer, uint64_t tag,
                   enum lq_result result, const char *why)
{
    struct lq_watching watching = {.epoch = shell->epoch,
                                   .tag = tag,
                                   .result = (uint32_t)result,
                                   .message = lq_view_text(why)};
    size_t bytes;

    if (lq_watching_encode(&watching, shell->scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(lq_frame_publisher_router(shell->publisher), peer,
                                    lq_view_of(shell->scratch, bytes), NULL);
    }
}

static void read_watch(struct lq_broker_shell *shell, const struct lq_router_message *received)
{
    static struct lq_log_throttle refusals = LQ_LOG_THROTTLE(5);
    struct lq_watch_request request;
    const char *where = "";
    const char *why = "";

    if (lq_watch_request_decode(received->message, &shell->arena, &request, &where) != LQ_OK) {
        lq_broker_shell_malformed(shell, "WATCH", where);
        return;
    }
    enum lq_result result =
        lq_frame_publisher_watch(shell->publisher, received->peer, &request, shell->now_ns, &why);
    if (result == LQ_ERR_FULL || result == LQ_ERR_LIMIT) {
        lq_log_throttled(&refusals, LQ_LOG_WARNING, "a watcher was refused: %s", why);
    }
    answer(shell, received->peer, request.tag, result, why);
}

bool lq_watch_port_read(struct lq_broker_shell *shell, const struct lq_turn_budget *budget)
{
    lq_router_socket_t *router = lq_frame_publisher_router(shell->publisher);
    uint32_t left = budget->messages;
    struct lq_router_message received;

    while (lq_clock_monotonic_ns() < budget->until_ns &&
           lq_router_socket_receive(router, shell->now_ns, &left, &received)) {
        lq_arena_reset(&shell->arena);
        if (received.kind == LQ_MESSAGE_WATCH && lq_message_part_bytes(&received.body) == 0) {
            read_watch(shell, &received);
        } else {
            lq_broker_shell_malformed(shell, "message of a watcher", "it is no WATCH");
        }
        lq_router_message_close(&received);
    }
    return left == 0;
}
