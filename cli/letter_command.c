// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/letter_selection.h"
#include "cli/letter_text.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>

struct letter_list {
    json_t *array;
    struct lq_text_table table;
    uint64_t count;
    uint64_t by_state[LQ_LETTER_DONE + 1];
};

static void add_headings(struct lq_text_table *table)
{
    static const char *const headings[] = {"LETTER", "STATE",  ">ROUND",    "SESSION", "STAGE",
                                           "ERROR",  ">TRIES", ">COMMANDS", "LAST"};

    table->column_count = sizeof headings / sizeof headings[0];
    for (uint32_t column = 0; column < table->column_count; column++) {
        lq_text_table_add(table, "%s", headings[column]);
    }
}

static void list_letter(void *context, const struct lq_letter *letter)
{
    struct letter_list *list = context;
    char time[32];

    list->count++;
    list->by_state[letter->state <= LQ_LETTER_DONE ? letter->state : 0]++;
    json_array_append_new(list->array, lq_letter_text_json(letter, false));
    lq_text_table_add(&list->table, "dlq_%016" PRIx64, letter->id);
    lq_text_table_add(&list->table, "%s", lq_letter_selection_state_name(letter->state));
    lq_text_table_add(&list->table, "%u", letter->round);
    lq_text_table_add(&list->table, "%.*s/%.*s", (int)letter->tenant.bytes,
                      (const char *)letter->tenant.data, (int)letter->session.bytes,
                      (const char *)letter->session.data);
    lq_text_table_add(&list->table, "%.*s", (int)letter->stage.bytes,
                      (const char *)letter->stage.data);
    lq_text_table_add(&list->table, "%.*s", (int)letter->error.bytes,
                      (const char *)letter->error.data);
    lq_text_table_add(&list->table, "%u", letter->tries);
    lq_text_table_add(&list->table, "%u", letter->command_count);
    lq_text_table_add(&list->table, "%s", lq_text_output_time(letter->last_wall_ns, time));
}

/* Status counts the first two together. */
static void note_counts(const struct lq_invocation *invocation, const struct letter_list *list)
{
    lq_text_output_note(invocation,
                        "%" PRIu64 " letters: %" PRIu64 " open, %" PRIu64
                        " being redriven, %" PRIu64 " done (kept until purged)",
                        list->count, list->by_state[LQ_LETTER_OPEN],
                        list->by_state[LQ_LETTER_REDRIVING], list->by_state[LQ_LETTER_DONE]);
}

enum lq_exit_code lq_letter_command_list(const struct lq_invocation *invocation)
{
    struct lq_letter_selection selection;
    struct lq_broker_call call = {.link = NULL};
    struct letter_list list = {.array = json_array()};
    enum lq_exit_code code = lq_letter_selection_read(invocation, false, &selection);

    add_headings(&list.table);
    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_open(invocation, &call);
    }
    if (code == LQ_EXIT_OK) {
        code = lq_letter_selection_each(&call, &selection, list_letter, &list);
    }
    if (code == LQ_EXIT_OK && invocation->json) {
        lq_json_output_print("dlq.list",
                             json_pack("{s:I,s:I,s:I,s:I,s:O}", "count", (json_int_t)list.count,
                                       "open", (json_int_t)list.by_state[LQ_LETTER_OPEN],
                                       "redriving", (json_int_t)list.by_state[LQ_LETTER_REDRIVING],
                                       "done", (json_int_t)list.by_state[LQ_LETTER_DONE], "letters",
                                       list.array));
    } else if (code == LQ_EXIT_OK) {
        lq_text_table_print(&list.table, stdout);
        note_counts(invocation, &list);
    }
    lq_text_table_clear(&list.table);
    json_decref(list.array);
    lq_letter_selection_release(&selection);
    lq_broker_call_close(&call);
    return code;
}

static enum lq_exit_code show_letter(struct lq_broker_call *call, uint64_t id)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};
    struct lq_admin_reply reply;
    const char *name = call->invocation->arguments[0];
    enum lq_exit_code code = lq_broker_call_ask(call, &request, name, &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.letter_count == 0) {
        lq_text_output_error("%s: no such letter", name);
        return LQ_EXIT_NOT_FOUND;
    }
    if (call->invocation->json) {
        lq_json_output_print("dlq.show", lq_letter_text_json(&reply.letters[0], true));
    } else {
        lq_letter_text_print(&reply.letters[0]);
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_letter_command_show(const struct lq_invocation *invocation)
{
    struct lq_broker_call call;
    uint64_t id = 0;

    if (invocation->argument_count != 1 || !lq_letter_selection_id(invocation->arguments[0], &id)) {
        lq_text_output_error("%s%sname one letter: dlq_ and 16 digits of 0-9 a-f",
                             invocation->argument_count > 0 ? invocation->arguments[0] : "",
                             invocation->argument_count > 0 ? ": " : "");
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = show_letter(&call, id);
    }
    lq_broker_call_close(&call);
    return code;
}
