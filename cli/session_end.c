// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session delete: the ledger marks it, which is one transaction and final; then its dead letters
 * go. Whoever was interrupted between the two says it again. */
#include "cli/session_end.h"

#include "base/error_message.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/letter_selection.h"
#include "cli/session_life_text.h"
#include "cli/text_output.h"

#include <inttypes.h>

struct ending {
    struct lq_session_path path;
    uint64_t frame; /* its last one */
    uint8_t hash[32];
    bool was_deleted; /* before this command */
    uint64_t letters; /* that went */
};

enum lq_exit_code lq_session_end_ask(struct lq_broker_call *call, const char *tenant,
                                     const char *session, struct lq_session_entry *entry)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_DELETE_SESSION,
                                       .tenant = lq_view_text(tenant),
                                       .session = lq_view_text(session)};
    struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(call, &request, session, &reply);

    if (code == LQ_EXIT_OK && reply.session_count != 1) {
        lq_text_output_error("%s/%s: the answer names no session", tenant, session);
        return LQ_EXIT_FAILED;
    }
    if (code == LQ_EXIT_OK) {
        *entry = reply.sessions[0];
    }
    return code;
}

enum lq_exit_code lq_session_end_letters(struct lq_broker_call *call, const char *tenant,
                                         const char *session, uint64_t *count)
{
    struct lq_letter_selection selection = {.tenant = tenant, .session = session};
    enum lq_exit_code code = lq_letter_selection_collect(call, &selection);

    if (code == LQ_EXIT_OK) {
        selection.state = LQ_LETTER_REDRIVING;
        code = lq_letter_selection_collect(call, &selection);
    }
    if (code == LQ_EXIT_OK) {
        code = lq_letter_selection_apply(call, &selection, LQ_ADMIN_PURGE_LETTERS,
                                         call->invocation->dry_run, count);
    }
    lq_letter_selection_release(&selection);
    return code;
}

static void take(struct ending *ending, const struct lq_session_entry *entry)
{
    ending->frame = entry->frame;
    memcpy(ending->hash, entry->hash, sizeof ending->hash);
}

/* As the ledger has it; and whether it is stopped, as it has to be. */
static enum lq_exit_code look(struct lq_broker_call *call, struct ending *ending)
{
    struct lq_session_entry entry;
    struct lq_session_life life = {.stopped = false};
    enum lq_exit_code code = lq_session_life_text_find(call, &ending->path, &entry);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    take(ending, &entry);
    ending->was_deleted = entry.deleted;
    if (entry.deleted) {
        return LQ_EXIT_OK;
    }
    code = lq_session_life_text_ask(call, &ending->path, &life);
    if (code == LQ_EXIT_OK && !life.stopped) {
        lq_text_output_error("%s/%s: it is not stopped; see: lqctl session stop",
                             ending->path.tenant, ending->path.session);
        return LQ_EXIT_FAILED;
    }
    return code;
}

static enum lq_exit_code end_it(struct lq_broker_call *call, struct ending *ending)
{
    const struct lq_session_path *path = &ending->path;
    struct lq_session_entry entry;

    if (ending->was_deleted || call->invocation->dry_run) {
        return LQ_EXIT_OK;
    }
    if (!lq_text_output_confirm(call->invocation,
                                "Delete session %s/%s, its frames and its name, for ever?",
                                path->tenant, path->session)) {
        lq_text_output_note(call->invocation, "nothing was deleted");
        return LQ_EXIT_FAILED;
    }
    enum lq_exit_code code = lq_session_end_ask(call, path->tenant, path->session, &entry);
    if (code == LQ_EXIT_OK) {
        take(ending, &entry);
    }
    return code;
}

static void report(const struct lq_invocation *invocation, const struct ending *ending)
{
    const struct lq_session_path *path = &ending->path;

    if (invocation->json) {
        lq_json_output_print(
            "session.delete",
            json_pack("{s:s,s:s,s:b,s:b,s:I,s:o,s:I}", "tenant", path->tenant, "session",
                      path->session, "dry_run", (int)invocation->dry_run, "was_deleted",
                      (int)ending->was_deleted, "frame", (json_int_t)ending->frame, "hash",
                      lq_json_output_hex(ending->hash, sizeof ending->hash), "letters",
                      (json_int_t)ending->letters));
        return;
    }
    printf("session %s/%s %s at frame %" PRIu64 ": %" PRIu64 " dead letters %s\n", path->tenant,
           path->session,
           ending->was_deleted   ? "was deleted before,"
           : invocation->dry_run ? "would be deleted"
                                 : "deleted",
           ending->frame, ending->letters, invocation->dry_run ? "would be purged" : "purged");
}

static enum lq_exit_code carry_out(struct lq_broker_call *call, struct ending *ending)
{
    enum lq_exit_code code = look(call, ending);

    if (code == LQ_EXIT_OK) {
        code = end_it(call, ending);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    code =
        lq_session_end_letters(call, ending->path.tenant, ending->path.session, &ending->letters);
    if (code != LQ_EXIT_OK && !call->invocation->dry_run) {
        lq_text_output_error("%s/%s: it is deleted; say it again for its dead letters",
                             ending->path.tenant, ending->path.session);
        return LQ_EXIT_PARTLY;
    }
    if (code == LQ_EXIT_OK) {
        report(call->invocation, ending);
    }
    return code;
}

enum lq_exit_code lq_session_end_run(const struct lq_invocation *invocation)
{
    struct ending ending = {.was_deleted = false};
    struct lq_error_message message;
    struct lq_broker_call call;

    if (!lq_invocation_session_argument(invocation, &ending.path, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = carry_out(&call, &ending);
    }
    lq_broker_call_close(&call);
    return code;
}
