// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/letter_selection.h"

#include "base/alloc.h"
#include "cli/known_names.h"
#include "cli/text_output.h"
#include "proto/wire_text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ERROR_BYTES_MAX = 63 }; /* docs/protocol.md: of a stage's error */

static const char *const states[] = {"any", "open", "redriving", "done"};

const char *lq_letter_selection_state_name(uint8_t state)
{
    return state > 0 && state <= LQ_LETTER_DONE ? states[state] : "?";
}

bool lq_letter_selection_id(const char *text, uint64_t *id)
{
    char *end = NULL;

    if (strncmp(text, "dlq_", 4) != 0 || strlen(text) != 20) {
        return false;
    }
    *id = strtoull(text + 4, &end, 16);
    return *end == '\0' && strspn(text + 4, "0123456789abcdef") == 16;
}

static void note_id(struct lq_letter_selection *selection, uint64_t id)
{
    if (selection->id_count == selection->id_count_max) {
        selection->id_count_max = selection->id_count_max * 2 + 64;
        selection->ids =
            lq_realloc(selection->ids, selection->id_count_max, sizeof *selection->ids);
    }
    selection->ids[selection->id_count++] = id;
}

/* --session TENANT/SESSION, or --tenant and a name alone. */
static bool read_names(const struct lq_invocation *invocation,
                       struct lq_letter_selection *selection)
{
    const char *session = lq_invocation_value(invocation, "session");
    const char *tenant = lq_invocation_value(invocation, "tenant");

    if (tenant != NULL && !lq_tenant_name_valid(lq_view_text(tenant))) {
        lq_text_output_error("--tenant %s is no name of a tenant: 1 to %d of [A-Za-z0-9._-]",
                             tenant, LQ_TENANT_NAME_BYTES_MAX);
        return false;
    }
    selection->tenant = tenant;
    if (session == NULL) {
        return true;
    }
    if (tenant != NULL && lq_session_name_valid(lq_view_text(session))) {
        selection->session = session;
        return true;
    }
    if (!lq_invocation_session_path(session, &selection->path)) {
        lq_text_output_error("--session %s: say TENANT/SESSION, or --tenant TENANT as well",
                             session);
        return false;
    }
    if (tenant != NULL && strcmp(tenant, selection->path.tenant) != 0) {
        lq_text_output_error("--tenant %s and --session %s are of two tenants", tenant, session);
        return false;
    }
    selection->tenant = selection->path.tenant;
    selection->session = selection->path.session;
    return true;
}

static bool read_filters(const struct lq_invocation *invocation,
                         struct lq_letter_selection *selection)
{
    const char *state = lq_invocation_value(invocation, "state");

    selection->stage = lq_invocation_value(invocation, "stage");
    selection->error = lq_invocation_value(invocation, "error");
    if (!read_names(invocation, selection)) {
        return false;
    }
    size_t error_bytes = selection->error != NULL ? strlen(selection->error) : 1;
    if (error_bytes < 1 || error_bytes > ERROR_BYTES_MAX ||
        (selection->error != NULL &&
         !lq_wire_text_valid((const uint8_t *)selection->error, error_bytes))) {
        lq_text_output_error("--error: 1 to %d bytes of UTF-8", ERROR_BYTES_MAX);
        return false;
    }
    for (uint8_t known = LQ_LETTER_OPEN; state != NULL && known <= LQ_LETTER_DONE; known++) {
        if (strcmp(state, states[known]) == 0) {
            selection->state = known;
        }
    }
    if (state != NULL && selection->state == 0) {
        lq_text_output_error("--state is open, redriving or done, not %s", state);
        return false;
    }
    return true;
}

enum lq_exit_code lq_letter_selection_read(const struct lq_invocation *invocation, bool with_ids,
                                           struct lq_letter_selection *selection)
{
    *selection = (struct lq_letter_selection){.ids = NULL};
    if (!read_filters(invocation, selection)) {
        return LQ_EXIT_USAGE;
    }
    if (!with_ids) {
        return LQ_EXIT_OK;
    }
    bool filtered = selection->tenant != NULL || selection->stage != NULL ||
                    selection->error != NULL || selection->state != 0;
    bool all = lq_invocation_value(invocation, "all") != NULL;
    selection->by_ids = invocation->argument_count > 0;
    for (int index = 0; index < invocation->argument_count; index++) {
        uint64_t id = 0;
        if (!lq_letter_selection_id(invocation->arguments[index], &id)) {
            lq_text_output_error("%s is no letter's id (dlq_ and 16 hexadecimal digits)",
                                 invocation->arguments[index]);
            return LQ_EXIT_USAGE;
        }
        note_id(selection, id);
    }
    if (selection->by_ids && (filtered || all)) {
        lq_text_output_error("say which letters by ids, or by filters; not by both");
        return LQ_EXIT_USAGE;
    }
    if (!selection->by_ids && !filtered && !all) {
        lq_text_output_error("say which letters: ids, or filters (--tenant, --session, --stage, "
                             "--error, --state), or --all");
        return LQ_EXIT_USAGE;
    }
    return LQ_EXIT_OK;
}

void lq_letter_selection_release(struct lq_letter_selection *selection)
{
    free(selection->ids);
    *selection = (struct lq_letter_selection){.ids = NULL};
}

static struct lq_view view_of(const char *text)
{
    return text != NULL ? lq_view_text(text) : (struct lq_view){NULL, 0};
}

/* Letters of any state. */
static enum lq_exit_code each_of_any_state(struct lq_broker_call *call,
                                           const struct lq_letter_selection *selection,
                                           lq_letter_selection_fn each, void *context)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_LIST_LETTERS,
        .tenant = view_of(selection->tenant),
        .session = view_of(selection->session),
        .stage = view_of(selection->stage != NULL ? selection->stage_name : NULL),
        .error = view_of(selection->error),
        .count_max = LQ_ADMIN_PAGE_MAX,
    };
    struct lq_admin_reply reply;

    do {
        enum lq_exit_code code = lq_broker_call_ask(call, &request, "dead letters", &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        for (uint32_t index = 0; index < reply.letter_count; index++) {
            request.after_letter = reply.letters[index].id;
            each(context, &reply.letters[index]);
        }
    } while (reply.more && reply.letter_count > 0);
    return LQ_EXIT_OK;
}

struct visit {
    lq_letter_selection_fn each;
    void *context;
    uint8_t state;
    uint64_t count; /* of any state */
};

static void visit_letter(void *context, const struct lq_letter *letter)
{
    struct visit *visit = context;

    visit->count++;
    if (visit->state == 0 || visit->state == letter->state) {
        visit->each(visit->context, letter);
    }
}

struct errors {
    char text[512];
    size_t used;
};

/* "Physics.Diverged, Score.Marked": each once. */
static void note_error(void *context, const struct lq_letter *letter)
{
    struct errors *errors = context;
    char name[ERROR_BYTES_MAX + 1];

    snprintf(name, sizeof name, "%.*s", (int)letter->error.bytes, (const char *)letter->error.data);
    const char *found = strstr(errors->text, name);
    size_t after = found != NULL ? (size_t)(found - errors->text) + strlen(name) : 0;
    bool noted = found != NULL && (found == errors->text || found[-1] == ' ') &&
                 (errors->text[after] == '\0' || errors->text[after] == ',');
    if (!noted && errors->used + strlen(name) + 3 < sizeof errors->text) {
        errors->used +=
            (size_t)snprintf(errors->text + errors->used, sizeof errors->text - errors->used,
                             "%s%s", errors->used > 0 ? ", " : "", name);
    }
}

/* Nothing fits: because it is not there, or because a name is none. Any stage may name an error as
 * it likes, so that an unknown one is a remark and not a mistake. */
static enum lq_exit_code explain_nothing(struct lq_broker_call *call,
                                         const struct lq_letter_selection *selection,
                                         bool stage_known)
{
    struct errors errors = {.used = 0};
    struct lq_letter_selection wider = *selection;
    enum lq_exit_code code = LQ_EXIT_OK;

    if (selection->stage != NULL && !stage_known) {
        return lq_known_names_no_stage(call, "--stage", selection->stage);
    }
    code = lq_known_names_find(call, selection->tenant, selection->session);
    if (code != LQ_EXIT_OK || selection->error == NULL) {
        return code;
    }
    wider.error = NULL;
    code = each_of_any_state(call, &wider, note_error, &errors);
    if (code == LQ_EXIT_OK && errors.used > 0) {
        lq_text_output_note(call->invocation, "no letter died of %s; others died of %s",
                            selection->error, errors.text);
    }
    return code;
}

enum lq_exit_code lq_letter_selection_each(struct lq_broker_call *call,
                                           struct lq_letter_selection *selection,
                                           lq_letter_selection_fn each, void *context)
{
    struct visit visit = {.each = each, .context = context, .state = selection->state};
    bool stage_known = false;
    enum lq_exit_code code = LQ_EXIT_OK;

    if (selection->stage != NULL) {
        code = lq_known_names_stage(call, selection->stage, selection->stage_name, &stage_known);
    }
    if (code == LQ_EXIT_OK) {
        code = each_of_any_state(call, selection, visit_letter, &visit);
    }
    if (code == LQ_EXIT_OK && visit.count == 0) {
        code = explain_nothing(call, selection, stage_known);
    }
    return code;
}

/* Without --state, "all" are those that lie still. */
static void collect_id(void *context, const struct lq_letter *letter)
{
    struct lq_letter_selection *selection = context;

    if (selection->state == 0 && letter->state == LQ_LETTER_REDRIVING) {
        selection->left_out++;
    } else {
        note_id(selection, letter->id);
    }
}

enum lq_exit_code lq_letter_selection_collect(struct lq_broker_call *call,
                                              struct lq_letter_selection *selection)
{
    if (selection->by_ids) {
        return LQ_EXIT_OK;
    }
    return lq_letter_selection_each(call, selection, collect_id, selection);
}

/* The request was sent more than once: an earlier copy may have done it, its answer lost with the
 * broker. Then the letters themselves say what became of them. */
static enum lq_exit_code count_changed(struct lq_broker_call *call,
                                       const struct lq_admin_request *asked, uint64_t *count)
{
    struct lq_admin_reply reply;

    *count = 0;
    for (uint32_t index = 0; index < asked->letter_id_count; index++) {
        struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_LETTER,
                                           .letter_id_count = 1,
                                           .letter_ids = &asked->letter_ids[index]};
        enum lq_exit_code code = lq_broker_call_ask(call, &request, NULL, &reply);
        if (code != LQ_EXIT_OK && code != LQ_EXIT_NOT_FOUND) {
            return code;
        }
        bool gone = code == LQ_EXIT_NOT_FOUND || reply.letter_count == 0;
        bool redriven =
            !gone && (reply.letters[0].state != LQ_LETTER_OPEN || reply.letters[0].round > 0);
        *count += asked->kind == LQ_ADMIN_REDRIVE_LETTERS ? redriven : gone;
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_letter_selection_apply(struct lq_broker_call *call,
                                            const struct lq_letter_selection *selection,
                                            enum lq_admin_kind kind, bool dry_run, uint64_t *count)
{
    *count = 0;
    for (uint32_t done = 0; done < selection->id_count;) {
        uint32_t left = selection->id_count - done;
        struct lq_admin_request request = {
            .kind = (uint8_t)kind,
            .dry_run = dry_run,
            .letter_id_count = left < LQ_ADMIN_LETTER_IDS_MAX ? left : LQ_ADMIN_LETTER_IDS_MAX,
            .letter_ids = selection->ids + done,
        };
        struct lq_admin_reply reply;
        uint64_t repeats = lq_link_request_repeats(call->link);
        enum lq_exit_code code = lq_broker_call_ask(call, &request, "dead letters", &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        uint64_t changed = reply.count;
        bool repeated = lq_link_request_repeats(call->link) != repeats;
        if (reply.message.bytes > 0) {
            lq_text_output_note(call->invocation, "%.*s", (int)reply.message.bytes,
                                (const char *)reply.message.data);
        }
        if (repeated && !dry_run && changed < request.letter_id_count) {
            code = count_changed(call, &request, &changed);
        }
        *count += changed;
        if (code != LQ_EXIT_OK) {
            return code;
        }
        done += request.letter_id_count;
    }
    return LQ_EXIT_OK;
}
