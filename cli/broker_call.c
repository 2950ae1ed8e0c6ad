// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"

#include "base/alloc.h"
#include "base/error_message.h"
#include "cli/broker_probe.h"
#include "cli/mirror_delay.h"
#include "cli/text_output.h"
#include "proto/wire_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARENA_BYTES = 16 * 1024 * 1024 };

enum lq_exit_code lq_broker_call_configure(const struct lq_invocation *invocation,
                                           struct lq_cluster_config *cluster)
{
    struct lq_error_message message;
    size_t count = 0;
    const struct lq_option *options = lq_cluster_options(&count);

    enum lq_result rc =
        lq_config_file_load(invocation->config_path, options, count, cluster, &message);
    const char *origin = invocation->config_origin;
    if (rc == LQ_ERR_NOT_FOUND && origin[0] == '\0') {
        lq_text_output_error("%s; name the cluster's configuration with -c FILE or LQ_CONFIG",
                             message.text);
    } else if (rc != LQ_OK) {
        lq_text_output_error("%s%s%s%s", message.text, origin[0] != '\0' ? " (named by " : "",
                             origin, origin[0] != '\0' ? ")" : "");
    }
    if (rc != LQ_OK) {
        return LQ_EXIT_USAGE;
    }
    return LQ_EXIT_OK;
}

/* Who is at the terminal, if there is one, and under which number this process runs. */
static void name_operator(char *to, size_t bytes_max)
{
    char name[64] = "";

    if (getlogin_r(name, sizeof name) != 0 ||
        !lq_wire_text_valid((const uint8_t *)name, strlen(name))) {
        snprintf(name, sizeof name, "uid");
    }
    snprintf(to, bytes_max, "%.40s (%u)", name, (unsigned)getuid());
}

enum lq_exit_code lq_broker_call_open(const struct lq_invocation *invocation,
                                      struct lq_broker_call *call)
{
    struct lq_error_message message;

    *call = (struct lq_broker_call){.invocation = invocation};
    name_operator(call->operator_name, sizeof call->operator_name);
    enum lq_exit_code code = lq_broker_call_configure(invocation, &call->cluster);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    const struct lq_link_options options = {.runtime_dir = call->cluster.runtime_dir};
    if (lq_link_open(&options, &call->link, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    call->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    return LQ_EXIT_OK;
}

void lq_broker_call_close(struct lq_broker_call *call)
{
    lq_link_close(&call->link);
    free(call->arena.memory);
    call->arena = (struct lq_arena){.memory = NULL};
}

enum lq_exit_code lq_broker_call_exit_code(enum lq_result result)
{
    switch (result) {
    case LQ_OK:
        return LQ_EXIT_OK;
    case LQ_ERR_NOT_FOUND:
        return LQ_EXIT_NOT_FOUND;
    case LQ_ERR_CORRUPT:
        return LQ_EXIT_BROKEN;
    case LQ_ERR_UNREACHABLE:
        return LQ_EXIT_UNREACHABLE;
    case LQ_ERR_TIMEOUT:
        return LQ_EXIT_TIMEOUT;
    case LQ_ERR_BUSY:
    case LQ_ERR_FULL:
    case LQ_ERR_STALE:
    case LQ_ERR_DISK_FULL:
    case LQ_ERR_MAP_FULL:
        return LQ_EXIT_TRY_AGAIN;
    default:
        return LQ_EXIT_FAILED;
    }
}

/* Whoever named a timeout wants to wait for a broker that is not there yet. */
bool lq_broker_call_is_hopeless(const struct lq_invocation *invocation,
                                const struct lq_cluster_config *cluster)
{
    if (invocation->timeout_given || lq_broker_probe_listens(cluster, LQ_BROKER_PROBE_MS)) {
        return false;
    }
    lq_text_output_error("no broker serves in %s: is the cluster up?", cluster->runtime_dir);
    return true;
}

void lq_broker_call_complain(const char *what, const struct lq_admin_reply *reply)
{
    if (reply->message.bytes > 0) {
        lq_text_output_error("%s: %.*s", what, (int)reply->message.bytes,
                             (const char *)reply->message.data);
    } else {
        lq_text_output_error("%s: %s", what, lq_result_text(reply->result));
    }
}

enum lq_exit_code lq_broker_call_ask(struct lq_broker_call *call, struct lq_admin_request *request,
                                     const char *what, struct lq_admin_reply *reply)
{
    if (lq_link_broker_epoch(call->link) == 0 &&
        lq_broker_call_is_hopeless(call->invocation, &call->cluster)) {
        return LQ_EXIT_UNREACHABLE;
    }
    request->operator_name = lq_view_text(call->operator_name);
    request->reason =
        lq_view_text(call->invocation->reason != NULL ? call->invocation->reason : "");
    enum lq_result rc =
        lq_link_ask(call->link, request, call->invocation->timeout_ms, &call->arena, reply);
    if (rc == LQ_ERR_UNREACHABLE) {
        lq_text_output_error("no broker answers in %s within %u ms: is the cluster up, or frozen?",
                             call->cluster.runtime_dir, call->invocation->timeout_ms);
        return LQ_EXIT_UNREACHABLE;
    }
    if (rc == LQ_ERR_TIMEOUT) {
        lq_text_output_error("%s: the broker lives, but no answer came within %u ms",
                             what != NULL ? what : "request", call->invocation->timeout_ms);
        if (request->tenant.bytes > 0) {
            lq_mirror_delay_explain(call, request->tenant);
        }
        return LQ_EXIT_TIMEOUT;
    }
    if (rc != LQ_OK) { /* nothing was answered */
        *reply = (struct lq_admin_reply){.result = rc};
    }
    if (reply->result != LQ_OK && what != NULL) {
        lq_broker_call_complain(what, reply);
    }
    return lq_broker_call_exit_code(reply->result);
}
