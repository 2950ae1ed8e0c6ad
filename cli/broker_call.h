// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_call.h - questions to the broker: read the configuration, connect, ask, and turn what went
 * wrong into a message and an exit code. */
#ifndef LQ_BROKER_CALL_H
#define LQ_BROKER_CALL_H

#include "cli/invocation.h"
#include "client/administration.h"
#include "config/config_file.h"

struct lq_broker_call {
    const struct lq_invocation *invocation;
    struct lq_cluster_config cluster;
    lq_link_t *link;
    struct lq_arena arena;                         /* of the latest reply */
    char operator_name[LQ_OPERATOR_BYTES_MAX + 1]; /* the user, and its number */
};

/* The cluster's configuration. LQ_EXIT_USAGE: said on stderr. */
enum lq_exit_code lq_broker_call_configure(const struct lq_invocation *invocation,
                                           struct lq_cluster_config *cluster);

/* Ready to ask. Closed by lq_broker_call_close(), also after an error. */
enum lq_exit_code lq_broker_call_open(const struct lq_invocation *invocation,
                                      struct lq_broker_call *call);
void lq_broker_call_close(struct lq_broker_call *call);

/* No broker listens and nobody asked to wait for one: said on stderr. */
bool lq_broker_call_is_hopeless(const struct lq_invocation *invocation,
                                const struct lq_cluster_config *cluster);

/* Ask once. The reply lives until the next call. Any result but LQ_OK is said on stderr with `what`
 * ("tenant demo") and becomes the exit code; without `what` the broker's refusals are not said. */
enum lq_exit_code lq_broker_call_ask(struct lq_broker_call *call, struct lq_admin_request *request,
                                     const char *what, struct lq_admin_reply *reply);

/* Say on stderr why the broker refused. */
void lq_broker_call_complain(const char *what, const struct lq_admin_reply *reply);

/* The exit code of a result that was not LQ_OK. */
enum lq_exit_code lq_broker_call_exit_code(enum lq_result result);

#endif
