// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/letter_selection.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <poll.h>

enum { OUTCOME_POLL_MS = 50 };

struct change {
    const char *schema;
    enum lq_admin_kind kind;
    const char *done_words;
    const char *planned_words;
    bool destroys;
    uint8_t usual_state; /* without --state, filters and --all mean these; 0: any */
};

static const struct change redrive = {"dlq.redrive",
                                      LQ_ADMIN_REDRIVE_LETTERS,
                                      "put back into work",
                                      "would be put back into work",
                                      false,
                                      LQ_LETTER_OPEN};
static const struct change purge = {
    "dlq.purge", LQ_ADMIN_PURGE_LETTERS, "purged", "would be purged", true, 0};

/* What became of redriven letters that were waited for. */
struct outcomes {
    uint64_t applied, died, open;
};

/* One letter, without its words when it is not there. */
static enum lq_exit_code look_at(struct lq_broker_call *call, uint64_t id,
                                 const struct lq_letter **letter)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};
    static struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(call, &request, NULL, &reply);

    *letter = code == LQ_EXIT_OK && reply.letter_count > 0 ? &reply.letters[0] : NULL;
    return code == LQ_EXIT_NOT_FOUND ? LQ_EXIT_OK : code;
}

/* Why nothing can be done to a letter that was named; NULL: it can. */
static const char *obstacle(const struct change *change, const struct lq_letter *letter, char *text,
                            size_t bytes_max)
{
    if (letter == NULL) {
        return "no such letter: it was purged or drained, or never there";
    }
    if (change->kind != LQ_ADMIN_REDRIVE_LETTERS || letter->state == LQ_LETTER_OPEN) {
        return NULL;
    }
    if (letter->state == LQ_LETTER_REDRIVING) {
        return "is being redriven already";
    }
    snprintf(text, bytes_max, "is done: its command was decided in frame %" PRIu64,
             letter->done_frame);
    return text;
}

/* Named letters that nothing can be done to leave the selection, each with its reason; so do those
 * that were named twice. */
static enum lq_exit_code set_obstacles_aside(struct lq_broker_call *call,
                                             struct lq_letter_selection *selection,
                                             const struct change *change, json_t *refused)
{
    uint32_t kept = 0;

    for (uint32_t index = 0; index < selection->id_count; index++) {
        const struct lq_letter *letter = NULL;
        uint64_t id = selection->ids[index];
        char text[96];
        bool again = false;
        for (uint32_t before = 0; before < kept; before++) {
            again = again || selection->ids[before] == id;
        }
        enum lq_exit_code code = again ? LQ_EXIT_OK : look_at(call, id, &letter);
        if (code != LQ_EXIT_OK) {
            lq_text_output_error("dlq_%016" PRIx64 ": cannot be looked at", id);
            return code;
        }
        const char *why = again ? "was named twice" : obstacle(change, letter, text, sizeof text);
        if (why == NULL) {
            selection->ids[kept++] = id;
            continue;
        }
        selection->missing += !again && letter == NULL;
        lq_text_output_error("dlq_%016" PRIx64 ": %s", id, why);
        json_array_append_new(
            refused, json_pack("{s:o,s:s}", "id", lq_json_output_letter_id(id), "reason", why));
    }
    selection->id_count = kept;
    return LQ_EXIT_OK;
}

/* Until none of them is being redriven any more, or the time-out is over. */
static enum lq_exit_code wait_for_outcomes(struct lq_broker_call *call,
                                           const struct lq_letter_selection *selection,
                                           struct outcomes *outcomes)
{
    uint64_t until_ns =
        lq_clock_monotonic_ns() + call->invocation->timeout_ms * (uint64_t)LQ_NS_PER_MS;

    for (uint32_t index = 0; index < selection->id_count;) {
        const struct lq_letter *letter = NULL;
        enum lq_exit_code code = look_at(call, selection->ids[index], &letter);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        if (letter != NULL && letter->state == LQ_LETTER_REDRIVING) {
            if (lq_clock_monotonic_ns() < until_ns && !lq_interrupt_asked()) {
                (void)poll(NULL, 0, OUTCOME_POLL_MS);
                continue;
            }
            outcomes->open++;
        } else if (letter == NULL || letter->state == LQ_LETTER_DONE) {
            outcomes->applied++; /* or purged since: then it was decided before */
        } else {
            outcomes->died++;
            lq_text_output_error("dlq_%016" PRIx64 " is open again, round %u: %.*s at %.*s",
                                 letter->id, letter->round, (int)letter->error.bytes,
                                 (const char *)letter->error.data, (int)letter->stage.bytes,
                                 (const char *)letter->stage.data);
        }
        index++;
    }
    if (outcomes->open > 0) {
        lq_text_output_error("%" PRIu64 " letters are still being redriven after %u ms",
                             outcomes->open, call->invocation->timeout_ms);
        return LQ_EXIT_TIMEOUT;
    }
    return outcomes->died == 0     ? LQ_EXIT_OK
           : outcomes->applied > 0 ? LQ_EXIT_PARTLY
                                   : LQ_EXIT_FAILED;
}

static void report(const struct lq_invocation *invocation, const struct change *change,
                   uint64_t selected, uint64_t count, json_t *refused,
                   const struct outcomes *outcomes)
{
    if (invocation->json) {
        json_t *document =
            json_pack("{s:I,s:I,s:b,s:O}", "selected", (json_int_t)selected, "count",
                      (json_int_t)count, "dry_run", (int)invocation->dry_run, "refused", refused);
        if (outcomes != NULL) {
            json_object_set_new(document, "done", lq_json_output_number(outcomes->applied));
            json_object_set_new(document, "open_again", lq_json_output_number(outcomes->died));
            json_object_set_new(document, "redriving", lq_json_output_number(outcomes->open));
        }
        lq_json_output_print(change->schema, document);
        return;
    }
    printf("%" PRIu64 " of %" PRIu64 " dead letters %s\n", count, selected,
           invocation->dry_run ? change->planned_words : change->done_words);
    if (outcomes != NULL) {
        printf("%" PRIu64 " done, %" PRIu64 " open again, %" PRIu64 " still being redriven\n",
               outcomes->applied, outcomes->died, outcomes->open);
    } else if (change->kind == LQ_ADMIN_REDRIVE_LETTERS && count > 0 && !invocation->dry_run) {
        lq_text_output_note(invocation, "lqctl dlq show tells what became of them; --wait waits");
    }
}

/* Change what is left of the selection; of `selected` letters in all. */
static enum lq_exit_code carry_out(struct lq_broker_call *call,
                                   struct lq_letter_selection *selection,
                                   const struct change *change, uint32_t selected, json_t *refused)
{
    const struct lq_invocation *invocation = call->invocation;
    bool waits = change->kind == LQ_ADMIN_REDRIVE_LETTERS && !invocation->dry_run &&
                 lq_invocation_value(invocation, "wait") != NULL;
    struct outcomes outcomes = {0};
    enum lq_exit_code outcome = LQ_EXIT_OK;
    uint64_t count = 0;
    enum lq_exit_code code =
        lq_letter_selection_apply(call, selection, change->kind, invocation->dry_run, &count);

    if (code != LQ_EXIT_OK && count == 0) {
        return code;
    }
    if (waits && code == LQ_EXIT_OK) {
        outcome = wait_for_outcomes(call, selection, &outcomes);
    }
    report(invocation, change, selected, count, refused, waits ? &outcomes : NULL);
    if (code != LQ_EXIT_OK || count < selected) {
        return count > 0                        ? LQ_EXIT_PARTLY
               : selection->missing == selected ? LQ_EXIT_NOT_FOUND
                                                : LQ_EXIT_FAILED;
    }
    return outcome;
}

static enum lq_exit_code change_letters(struct lq_broker_call *call,
                                        struct lq_letter_selection *selection,
                                        const struct change *change)
{
    const struct lq_invocation *invocation = call->invocation;
    json_t *refused = json_array();
    enum lq_exit_code code = lq_letter_selection_collect(call, selection);
    uint32_t selected = selection->id_count;

    if (code == LQ_EXIT_OK && selection->by_ids) {
        code = set_obstacles_aside(call, selection, change, refused);
    }
    if (code == LQ_EXIT_OK && selection->left_out > 0) {
        lq_text_output_note(invocation,
                            "%u letters are being redriven and were left out; --state redriving "
                            "or their ids select them",
                            selection->left_out);
    }
    if (code == LQ_EXIT_OK && change->destroys && !invocation->dry_run && selection->id_count > 0 &&
        !lq_text_output_confirm(invocation, "Delete %u dead letters for ever?",
                                selection->id_count)) {
        lq_text_output_note(invocation, "nothing was deleted");
        code = LQ_EXIT_FAILED;
    }
    if (code == LQ_EXIT_OK) {
        code = carry_out(call, selection, change, selected, refused);
    }
    json_decref(refused);
    return code;
}

static enum lq_exit_code run_change(const struct lq_invocation *invocation,
                                    const struct change *change)
{
    struct lq_letter_selection selection;
    struct lq_broker_call call = {.link = NULL};
    enum lq_exit_code code = lq_letter_selection_read(invocation, true, &selection);

    if (code == LQ_EXIT_OK && change->kind == LQ_ADMIN_REDRIVE_LETTERS && selection.state != 0 &&
        selection.state != LQ_LETTER_OPEN) {
        lq_text_output_error("only open letters can be redriven, not --state %s",
                             lq_letter_selection_state_name(selection.state));
        code = LQ_EXIT_USAGE;
    }
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
