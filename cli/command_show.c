// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lqctl command show: what became of a command, and who says so. */
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/command_finding.h"
#include "cli/commands.h"
#include "cli/finding_text.h"
#include "cli/frame_read.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/text_output.h"

enum { LETTER_PAGES_MAX = 64, FRAMES_USUAL = 10000, FRAMES_MOST = 10000000 };

struct finding {
    struct lq_broker_call call;
    struct lq_session_path path;
    struct lq_command_name name;
    uint64_t frames_max;
    struct lq_command_evidence evidence;
    uint64_t epoch; /* of the broker that was asked */
};

static struct lq_admin_request request_of(const struct finding *finding, enum lq_admin_kind kind)
{
    return (struct lq_admin_request){.kind = (uint8_t)kind,
                                     .tenant = lq_view_text(finding->path.tenant),
                                     .session = lq_view_text(finding->path.session)};
}

/* ---- the broker ---- */

/* The texts of a sighting are a stage's name or nothing; they outlive the reply so. */
static struct lq_view keep_text(struct lq_view text, char *to)
{
    LQ_ASSERT(text.bytes <= LQ_STAGE_NAME_BYTES_MAX);
    if (text.bytes > 0) {
        memcpy(to, text.data, text.bytes);
    }
    return lq_view_of(to, text.bytes);
}

static enum lq_exit_code ask_broker(struct finding *finding)
{
    static char stage[LQ_STAGE_NAME_BYTES_MAX];
    static char parked_by[LQ_STAGE_NAME_BYTES_MAX];
    struct lq_admin_request request = request_of(finding, LQ_ADMIN_FIND_COMMAND);
    struct lq_command_sighting *sighting = &finding->evidence.sighting;
    struct lq_admin_reply reply;

    request.has_command = true;
    request.command = finding->name;
    enum lq_exit_code code =
        lq_broker_call_ask(&finding->call, &request, "find the command", &reply);
    if (code == LQ_EXIT_OK) {
        *sighting = reply.sighting;
        sighting->stage = keep_text(reply.sighting.stage, stage);
        sighting->parked_by = keep_text(reply.sighting.parked_by, parked_by);
        finding->epoch = lq_link_broker_epoch(finding->call.link);
    }
    return code;
}

/* ---- its letters ---- */

static bool has_command(const struct lq_letter *letter, const struct lq_command_name *name)
{
    for (uint32_t index = 0; index < letter->command_count; index++) {
        if (letter->commands[index].sequence == name->sequence &&
            lq_client_id_equal(&letter->commands[index].client, &name->client)) {
            return true;
        }
    }
    return false;
}

/* The newest letter that has it counts. */
static enum lq_exit_code ask_letters(struct finding *finding)
{
    struct lq_command_evidence *evidence = &finding->evidence;
    struct lq_admin_request request = request_of(finding, LQ_ADMIN_LIST_LETTERS);
    struct lq_admin_reply reply = {.more = true};
    enum lq_exit_code code = LQ_EXIT_OK;

    for (uint32_t page = 0; page < LETTER_PAGES_MAX && reply.more; page++) {
        code = lq_broker_call_ask(&finding->call, &request, "the dead letters", &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        for (uint32_t index = 0; index < reply.letter_count; index++) {
            const struct lq_letter *letter = &reply.letters[index];
            request.after_letter = letter->id;
            if (has_command(letter, &finding->name)) {
                evidence->letter_id = letter->id;
                evidence->letter_state = letter->state;
                evidence->letter_frame = letter->done_frame;
            }
        }
        evidence->letters_count += reply.letter_count;
        reply.more = reply.more && reply.letter_count > 0;
    }
    evidence->letters_cut = reply.more;
    return code;
}

/* ---- the session ---- */

/* Nobody may be there who could say: then what the broker has is told alone. */
static enum lq_exit_code ask_window(struct finding *finding)
{
    struct lq_command_evidence *evidence = &finding->evidence;
    struct lq_admin_request request = request_of(finding, LQ_ADMIN_WINDOW);
    struct lq_admin_reply reply;
    char name[LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + 2];

    snprintf(name, sizeof name, "%s/%s", finding->path.tenant, finding->path.session);
    request.has_player = true;
    memcpy(request.player, finding->name.client.bytes, sizeof request.player);
    enum lq_exit_code code = lq_broker_call_ask(&finding->call, &request, name, &reply);
    if (code == LQ_EXIT_OK && reply.window != NULL) {
        evidence->window_told = true;
        evidence->window = *reply.window;
        evidence->finding = lq_command_finding_window(&finding->name, reply.window);
    }
    bool broker_has_it = evidence->sighting.place != LQ_COMMAND_NOWHERE || evidence->letter_id != 0;
    return code == LQ_EXIT_TIMEOUT && broker_has_it ? LQ_EXIT_OK : code;
}

/* ---- its frames ---- */

static enum lq_exit_code look_at_frame(void *context, const struct lq_frame_entry *frame,
                                       struct lq_view world)
{
    struct finding *finding = context;
    struct lq_command_evidence *evidence = &finding->evidence;

    (void)world;
    for (uint32_t index = 0; index < frame->command_count && !evidence->found; index++) {
        const struct lq_frame_command *command = &frame->commands[index];
        if (command->sequence == finding->name.sequence &&
            lq_client_id_equal(&command->client, &finding->name.client)) {
            evidence->found = true;
            evidence->frame = frame->frame;
            evidence->outcome = command->outcome;
            evidence->kind = command->kind;
            memcpy(evidence->hash, frame->hash, sizeof evidence->hash);
            snprintf(evidence->reason, sizeof evidence->reason, "%.*s", (int)command->reason.bytes,
                     command->reason.bytes > 0 ? (const char *)command->reason.data : "");
        }
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code look_at(struct finding *finding, uint64_t from, uint64_t to)
{
    const struct lq_frame_span span = {.from = from, .to = to, .without_worlds = true};

    return lq_frame_read_each(&finding->call, &finding->path, &span, look_at_frame, finding);
}

/* Backwards, an answer at a time, up to the oldest that is kept or the bound. */
static enum lq_exit_code search_back(struct finding *finding, uint64_t newest)
{
    struct lq_command_evidence *evidence = &finding->evidence;
    enum lq_exit_code code = LQ_EXIT_OK;
    uint64_t left = finding->frames_max;
    uint64_t to = newest;

    while (code == LQ_EXIT_OK && left > 0 && !evidence->found && !lq_interrupt_asked()) {
        uint64_t count = to - evidence->oldest + 1;
        count = count > LQ_READ_FRAMES_MAX ? LQ_READ_FRAMES_MAX : count;
        count = count > left ? left : count;
        uint64_t from = to - count + 1;
        code = look_at(finding, from, to);
        if (code == LQ_EXIT_OK && !lq_interrupt_asked()) {
            evidence->searched_to = evidence->searched ? evidence->searched_to : to;
            evidence->searched_from = from;
            evidence->searched = true;
        }
        if (from == evidence->oldest) {
            break;
        }
        left -= count;
        to = from - 1;
    }
    return code;
}

static enum lq_exit_code ask_frames(struct finding *finding)
{
    struct lq_command_evidence *evidence = &finding->evidence;
    struct lq_frame_bounds bounds;
    bool possible = false;
    uint64_t newest = lq_command_finding_newest(evidence->finding, &evidence->window, &possible);

    if (!possible) {
        return LQ_EXIT_OK;
    }
    enum lq_exit_code code = lq_frame_read_bounds(&finding->call, &finding->path, &bounds);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    evidence->oldest = bounds.oldest;
    uint64_t done = evidence->letter_frame;
    if (evidence->letter_state == LQ_LETTER_DONE && done >= bounds.oldest && done <= newest) {
        code = look_at(finding, done, done);
    }
    if (code == LQ_EXIT_OK && !evidence->found && newest >= bounds.oldest) {
        return search_back(finding, newest);
    }
    if (code == LQ_EXIT_OK && !evidence->found) {
        evidence->searched = true; /* there is none to be searched */
        evidence->searched_from = bounds.oldest;
        evidence->searched_to = bounds.oldest;
    }
    return code;
}

/* ---- the answer ---- */

static enum lq_exit_code exit_code_of(enum lq_command_answer answer, bool window_told)
{
    if (answer == LQ_ANSWER_NEVER_SEEN) {
        return LQ_EXIT_NOT_FOUND;
    }
    return answer == LQ_ANSWER_NO_LONGER_KNOWN || answer == LQ_ANSWER_UNDECIDED || !window_told
               ? LQ_EXIT_PARTLY
               : LQ_EXIT_OK;
}

static enum lq_exit_code find(struct finding *finding)
{
    enum lq_exit_code code = ask_broker(finding);

    if (code == LQ_EXIT_OK) {
        code = ask_letters(finding);
    }
    if (code == LQ_EXIT_OK) {
        code = ask_window(finding);
    }
    if (code == LQ_EXIT_OK && finding->evidence.window_told) {
        code = ask_frames(finding);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    enum lq_command_answer answer = lq_command_finding_judge(&finding->evidence);
    const struct lq_finding_subject subject = {finding->path, finding->name, finding->epoch};
    if (finding->call.invocation->json) {
        lq_json_output_print("command.show",
                             lq_finding_text_json(&subject, &finding->evidence, answer));
    } else {
        lq_finding_text_print(&subject, &finding->evidence, answer);
    }
    if (answer == LQ_ANSWER_UNDECIDED && finding->evidence.window_told) {
        lq_text_output_note(finding->call.invocation, "search further back with --frames N");
    }
    return exit_code_of(answer, finding->evidence.window_told);
}

static bool read_arguments(const struct lq_invocation *invocation, struct finding *finding,
                           struct lq_error_message *message)
{
    const char *session = lq_invocation_value(invocation, "session");

    if (invocation->argument_count != 1) {
        lq_error_message_set(message, "command show takes one command: CLIENT:NUMBER");
        return false;
    }
    if (session == NULL || !lq_invocation_session_path(session, &finding->path)) {
        lq_error_message_set(message, "%.200s%ssay of which session: --session TENANT/SESSION",
                             session != NULL ? session : "", session != NULL ? ": " : "");
        return false;
    }
    return lq_command_finding_name(invocation->arguments[0], &finding->name, message) &&
           lq_invocation_number(invocation, "frames",
                                (struct lq_number_range){1, FRAMES_MOST, FRAMES_USUAL},
                                &finding->frames_max, message);
}

enum lq_exit_code lq_command_show_run(const struct lq_invocation *invocation)
{
    struct finding finding = {.frames_max = FRAMES_USUAL};
    struct lq_error_message message;

    if (!read_arguments(invocation, &finding, &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &finding.call);
    if (code == LQ_EXIT_OK) {
        lq_interrupt_catch();
        code = find(&finding);
    }
    lq_broker_call_close(&finding.call);
    return code;
}
