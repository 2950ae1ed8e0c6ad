// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/letter_selection.h"
#include "cli/text_output.h"

#include <inttypes.h>

struct change {
    const char *schema;
    enum lq_admin_kind kind;
    const char *done_words;
    const char *planned_words;
    bool destroys;
    uint8_t usual_state; /* without --state, filters and --all mean these; 0: any */
};

static const struct change redrive = {"dlq.redrive", LQ_ADMIN_REDRIVE_LETTERS,
                                      "redriven",    "would be redriven",
                                      false,         LQ_LETTER_OPEN};
static const struct change purge = {
    "dlq.purge", LQ_ADMIN_PURGE_LETTERS, "purged", "would be purged", true, 0};

static void report(const struct lq_invocation *invocation, const struct change *change,
                   uint32_t selected, uint64_t count)
{
    if (invocation->json) {
        lq_json_output_print(change->schema,
                             json_pack("{s:I,s:I,s:b}", "selected", (json_int_t)selected, "count",
                                       (json_int_t)count, "dry_run", (int)invocation->dry_run));
    } else {
        printf("%" PRIu64 " of %u dead letters %s\n", count, selected,
               invocation->dry_run ? change->planned_words : change->done_words);
    }
}

static enum lq_exit_code change_letters(struct lq_broker_call *call,
                                        struct lq_letter_selection *selection,
                                        const struct change *change)
{
    const struct lq_invocation *invocation = call->invocation;
    uint64_t count = 0;
    enum lq_exit_code code = lq_letter_selection_collect(call, selection);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (selection->left_out > 0) {
        lq_text_output_note(invocation,
                            "%u letters are being redriven and were left out; --state redriving "
                            "or their ids select them",
                            selection->left_out);
    }
    if (change->destroys && !invocation->dry_run && selection->id_count > 0 &&
        !lq_text_output_confirm(invocation, "Delete %u dead letters for ever?",
                                selection->id_count)) {
        lq_text_output_note(invocation, "nothing was deleted");
        return LQ_EXIT_FAILED;
    }
    code = lq_letter_selection_apply(call, selection, change->kind, invocation->dry_run, &count);
    if (code != LQ_EXIT_OK && count == 0) {
        return code;
    }
    report(invocation, change, selection->id_count, count);
    if (code != LQ_EXIT_OK || count < selection->id_count) {
        return count > 0 ? LQ_EXIT_PARTLY : LQ_EXIT_NOT_FOUND;
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code run_change(const struct lq_invocation *invocation,
                                    const struct change *change)
{
    struct lq_letter_selection selection;
    struct lq_broker_call call = {.client = NULL};
    enum lq_exit_code code = lq_letter_selection_read(invocation, true, &selection);

    if (selection.state == 0) {
        selection.state = change->usual_state;
    }
    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_open(invocation, &call);
    }
    if (code == LQ_EXIT_OK) {
        code = change_letters(&call, &selection, change);
    }
    lq_letter_selection_release(&selection);
    lq_broker_call_close(&call);
    return code;
}

enum lq_exit_code lq_letter_change_redrive(const struct lq_invocation *invocation)
{
    return run_change(invocation, &redrive);
}

enum lq_exit_code lq_letter_change_purge(const struct lq_invocation *invocation)
{
    return run_change(invocation, &purge);
}
