// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session stop, start and rate: what an operator decides about a session, told when it is on disk.
 */
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/known_names.h"
#include "cli/session_life_text.h"
#include "cli/session_rate.h"
#include "cli/text_output.h"

#include <inttypes.h>

static void print(const struct lq_session_path *path, const struct lq_session_change *change,
                  const struct lq_session_life *life, bool dry_run)
{
    char rate[LQ_SESSION_RATE_TEXT_BYTES];
    const char *would = dry_run ? "would be " : "";

    if (!change->sets_rate) {
        printf("%s/%s %s%s\n", path->tenant, path->session, would,
               change->stopped ? "stopped" : "started");
        return;
    }
    printf("%s/%s %s%s, from its next frame on%s\n", path->tenant, path->session,
           dry_run ? "would have " : "", lq_session_rate_text(change->rate, rate),
           life->stopped ? ": when it is started again" : "");
}

/* The broker would keep it for any name: who mistypes one must hear of it. Where the ledger cannot
 * say whether there is such a session, it is done all the same. */
static enum lq_exit_code find(struct lq_broker_call *call, const struct lq_session_path *path)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_SESSION,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session)};
    struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(call, &request, NULL, &reply);

    if (code == LQ_EXIT_OK && reply.session_count == 1 && reply.sessions[0].deleted) {
        lq_text_output_error("%s/%s: it was deleted at frame %" PRIu64, path->tenant, path->session,
                             reply.sessions[0].frame);
        return LQ_EXIT_NOT_FOUND;
    }
    return code == LQ_EXIT_OK ? code : lq_known_names_find(call, path->tenant, path->session);
}

static enum lq_exit_code change_session(struct lq_broker_call *call,
                                        const struct lq_session_path *path,
                                        const struct lq_session_change *change)
{
    const struct lq_invocation *invocation = call->invocation;
    struct lq_admin_request request = {.kind = LQ_ADMIN_CHANGE_SESSION,
                                       .tenant = lq_view_text(path->tenant),
                                       .session = lq_view_text(path->session),
                                       .dry_run = invocation->dry_run,
                                       .has_change = true,
                                       .change = *change};
    struct lq_admin_reply reply;
    enum lq_exit_code code = find(call, path);

    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_ask(call, &request, invocation->arguments[0], &reply);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (invocation->json) {
        json_t *document = lq_session_life_text_json(&reply.life);
        json_object_set_new(document, "tenant", json_string(path->tenant));
        json_object_set_new(document, "session", json_string(path->session));
        json_object_set_new(document, "dry_run", json_boolean(invocation->dry_run));
        lq_json_output_print(change->sets_rate ? "session.rate"
                             : change->stopped ? "session.stop"
                                               : "session.start",
                             document);
    } else {
        print(path, change, &reply.life, invocation->dry_run);
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code run(const struct lq_invocation *invocation,
                             const struct lq_session_path *path,
                             const struct lq_session_change *change)
{
    struct lq_broker_call call;
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);

    if (code == LQ_EXIT_OK) {
        code = change_session(&call, path, change);
    }
    lq_broker_call_close(&call);
    return code;
}

static enum lq_exit_code set_stopped(const struct lq_invocation *invocation, bool stopped)
{
    const struct lq_session_change change = {.sets_stopped = true, .stopped = stopped};
    struct lq_session_path path;
    struct lq_error_message message;

    if (!lq_invocation_session_argument(invocation, &path, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    return run(invocation, &path, &change);
}

enum lq_exit_code lq_session_life_command_stop(const struct lq_invocation *invocation)
{
    return set_stopped(invocation, true);
}

enum lq_exit_code lq_session_life_command_start(const struct lq_invocation *invocation)
{
    return set_stopped(invocation, false);
}

enum lq_exit_code lq_session_life_command_rate(const struct lq_invocation *invocation)
{
    struct lq_session_change change = {.sets_rate = true};
    struct lq_invocation named = *invocation;
    struct lq_session_path path;
    struct lq_error_message message;

    if (invocation->argument_count != 2) {
        lq_text_output_error("name one session, TENANT/SESSION, and its rate: N or N/D");
        return LQ_EXIT_USAGE;
    }
    named.argument_count = 1;
    if (!lq_invocation_session_argument(&named, &path, &message) ||
        !lq_session_rate_read(invocation->arguments[1], "the rate", &change.rate, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    return run(invocation, &path, &change);
}
