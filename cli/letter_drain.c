// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Drain = export with fsync, then acknowledge exactly what was exported. A letter that comes or
 * changes meanwhile stays; a crash in between leaves letters both in the file and on the broker,
 * never neither. */
#include "base/error_message.h"
#include "cli/commands.h"
#include "cli/durable_file.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/letter_selection.h"
#include "cli/letter_text.h"
#include "cli/text_output.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

/* Fetch each selected letter whole and write it. Letters gone meanwhile leave the selection. */
static enum lq_exit_code export_letters(struct lq_broker_call *call,
                                        struct lq_letter_selection *selection, const char *path,
                                        FILE *to)
{
    uint32_t written = 0;
    uint32_t without_input = 0;

    for (uint32_t index = 0; index < selection->id_count; index++) {
        struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_LETTER,
                                           .letter_id_count = 1,
                                           .letter_ids = &selection->ids[index]};
        struct lq_admin_reply reply;
        enum lq_exit_code code = lq_broker_call_ask(call, &request, "dead letter", &reply);
        if (code == LQ_EXIT_NOT_FOUND) {
            continue;
        }
        if (code != LQ_EXIT_OK) {
            return code;
        }
        if (reply.letter_count == 0 || reply.letters[0].state != selection->state) {
            continue;
        }
        errno = 0;
        if (!lq_json_output_write("dlq.letter", lq_letter_text_json(&reply.letters[0], true), to)) {
            lq_text_output_error("%s: %s; nothing was written or acknowledged", path,
                                 strerror(errno != 0 ? errno : EIO));
            return LQ_EXIT_FAILED;
        }
        if (lq_interrupt_asked()) {
            lq_text_output_error("interrupted: nothing was written or acknowledged");
            return LQ_EXIT_FAILED;
        }
        without_input += reply.letters[0].payload.bytes == 0 && reply.letters[0].payload_bytes > 0;
        selection->ids[written++] = selection->ids[index];
    }
    selection->id_count = written;
    if (without_input > 0) {
        lq_text_output_note(
            call->invocation,
            "%u of them without their input, which is too long for an answer; their "
            "commands are whole, and the ledger has the frame before",
            without_input);
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code write_file(struct lq_broker_call *call,
                                    struct lq_letter_selection *selection, const char *path)
{
    struct lq_error_message message;
    struct lq_durable_file file;

    if (lq_durable_file_begin(&file, path, false, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_FAILED;
    }
    enum lq_exit_code code = export_letters(call, selection, path, file.stream);
    if (code != LQ_EXIT_OK || selection->id_count == 0) {
        lq_durable_file_abandon(&file);
        return code;
    }
    if (lq_durable_file_commit(&file, &message) != LQ_OK) {
        lq_text_output_error("%s; nothing was acknowledged", message.text);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code drain(struct lq_broker_call *call, struct lq_letter_selection *selection,
                               const char *path)
{
    const struct lq_invocation *invocation = call->invocation;
    uint64_t acknowledged = 0;
    enum lq_exit_code code = lq_letter_selection_collect(call, selection);

    if (code == LQ_EXIT_OK && !invocation->dry_run) {
        code = write_file(call, selection, path);
        if (code == LQ_EXIT_OK) {
            code = lq_letter_selection_apply(call, selection, LQ_ADMIN_ACKNOWLEDGE_LETTERS, false,
                                             &acknowledged);
            if (code != LQ_EXIT_OK) {
                lq_text_output_error("%s is written; only %" PRIu64
                                     " of its letters were acknowledged",
                                     path, acknowledged);
                code = LQ_EXIT_PARTLY;
            }
        }
    }
    if (code != LQ_EXIT_OK && code != LQ_EXIT_PARTLY) {
        return code;
    }
    uint64_t exported = invocation->dry_run ? 0 : selection->id_count;
    if (invocation->json) {
        lq_json_output_print("dlq.drain", json_pack("{s:o,s:I,s:I,s:I,s:b}", "file",
                                                    lq_json_output_text(lq_view_text(path)),
                                                    "selected", (json_int_t)selection->id_count,
                                                    "exported", (json_int_t)exported,
                                                    "acknowledged", (json_int_t)acknowledged,
                                                    "dry_run", (int)invocation->dry_run));
    } else if (invocation->dry_run) {
        printf("%u dead letters would be drained to %s\n", selection->id_count, path);
    } else if (exported == 0) {
        printf("no dead letters to drain; %s was not written\n", path);
    } else {
        printf("%" PRIu64 " dead letters exported to %s, %" PRIu64 " acknowledged\n", exported,
               path, acknowledged);
    }
    return acknowledged < exported ? LQ_EXIT_PARTLY : code;
}

static enum lq_exit_code check_target(const struct lq_invocation *invocation)
{
    const char *path = invocation->arguments[0];
    struct stat found;

    if (invocation->argument_count != 1 || path[0] == '\0') {
        lq_text_output_error("name one file to drain to");
        return LQ_EXIT_USAGE;
    }
    if (strcmp(path, "-") == 0) {
        lq_text_output_error("a drain takes letters off the broker once they are on disk, and what "
                             "goes to standard output cannot be made sure of: name a file (./- for "
                             "one of that name), or look with dlq list -o json and dlq show");
        return LQ_EXIT_USAGE;
    }
    if (lstat(path, &found) == 0) {
        lq_text_output_error("%s exists; a drain never overwrites", path);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_letter_drain_run(const struct lq_invocation *invocation)
{
    struct lq_letter_selection selection;
    struct lq_broker_call call = {.link = NULL};
    enum lq_exit_code code = lq_letter_selection_read(invocation, false, &selection);

    if (code == LQ_EXIT_OK) {
        code = check_target(invocation);
    }
    selection.state = selection.state == 0 ? LQ_LETTER_OPEN : selection.state;
    lq_interrupt_catch(); /* so that a file with a name is taken away */
    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_open(invocation, &call);
    }
    if (code == LQ_EXIT_OK) {
        code = drain(&call, &selection, invocation->arguments[0]);
    }
    lq_letter_selection_release(&selection);
    lq_broker_call_close(&call);
    return code;
}
