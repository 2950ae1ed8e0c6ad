// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_loop.h - the parts of lq-gateway, and the one thread that turns them.
 *
 *     turn: sockets of clients -> link to the broker -> states that are due
 *     every 100 ms: who is attached, who leaves;  every second: sweep;  every minute: a line of
 * counts
 */
#ifndef LQ_GATEWAY_LOOP_H
#define LQ_GATEWAY_LOOP_H

#include "config/config_file.h"
#include "gateway/handler/gateway_config.h"

#include <stdbool.h>

typedef struct lq_gateway_loop lq_gateway_loop_t;

/* Both configurations are borrowed until _close(). LQ_ERR_BUSY, LQ_ERR_INVALID, LQ_ERR_IO:
 * `message` says why. */
LQ_MUST_CHECK enum lq_result lq_gateway_loop_open(const struct lq_cluster_config *cluster,
                                                  const struct lq_gateway_config *config,
                                                  const char *instance, lq_gateway_loop_t **loop,
                                                  struct lq_error_message *message);
void lq_gateway_loop_close(lq_gateway_loop_t **loop);

/* Until *stop is set; then connections end with 4000, and what is left of players is for the next
 * gateway. */
void lq_gateway_loop_run(lq_gateway_loop_t *loop, const volatile int *stop);

#endif
