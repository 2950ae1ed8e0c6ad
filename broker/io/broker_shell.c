// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/broker_shell.h"

#include "base/log.h"

void lq_broker_shell_step(struct lq_broker_shell *shell, const struct lq_broker_event *event)
{
    lq_broker_core_step(shell->core, event, shell->now_ns, &shell->effects);
    lq_effect_runner_run(shell);
}

void lq_broker_shell_malformed(struct lq_broker_shell *shell, const char *what, const char *where)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(1);

    shell->malformed++;
    lq_log_throttled(&lines, LQ_LOG_WARNING, "dropped a malformed %s (%s); %llu so far", what,
                     where, (unsigned long long)lq_broker_shell_malformed_count(shell));
}

uint64_t lq_broker_shell_malformed_count(const struct lq_broker_shell *shell)
{
    return shell->malformed + lq_router_socket_dropped(shell->actors) +
           lq_router_socket_dropped(shell->clients) +
           lq_router_socket_dropped(lq_frame_publisher_router(shell->publisher));
}

void lq_broker_shell_welcome(struct lq_broker_shell *shell, lq_router_socket_t *router,
                             uint32_t peer)
{
    struct lq_welcome welcome = {shell->epoch, LQ_SUBMIT_COMMANDS_MAX, LQ_BODY_BYTES_MAX,
                                 (uint32_t)shell->config.mailbox_commands_max};
    size_t bytes;

    if (lq_welcome_encode(&welcome, shell->scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(router, peer, lq_view_of(shell->scratch, bytes), NULL);
    }
}
