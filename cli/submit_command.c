// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/error_message.h"
#include "base/standard_output.h"
#include "cli/command_fields.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/line_reader.h"
#include "cli/submit_job.h"
#include "cli/text_output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_AT_ONCE_MAX = 256, WAIT_MS = 20 };

/* ---- one command from the command line ---- */

static enum lq_exit_code read_words(const struct lq_invocation *invocation,
                                    struct lq_command_draft *draft)
{
    struct lq_error_message message = {""};
    enum lq_result rc = lq_command_fields_begin(draft, invocation->arguments[1], &message);

    for (int index = 2; index < invocation->argument_count && rc == LQ_OK; index++) {
        rc = lq_command_fields_set(draft, invocation->arguments[index], &message);
    }
    if (rc != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code submit_one(const struct lq_invocation *invocation,
                                    struct lq_submit_job *job, const struct lq_session_path *path,
                                    const struct lq_command *command)
{
    char reason[LQ_REASON_BYTES_MAX];
    uint32_t handle = 0;

    if (lq_command_check(command, reason) != LQ_OK) {
        lq_text_output_error("refused: %s", reason);
        return LQ_EXIT_FAILED;
    }
    enum lq_exit_code code = lq_submit_job_open(invocation, path->tenant, 1, job);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    job->receipts = invocation->json ? json_array() : NULL;
    code = lq_submit_job_reserve(job, path->session, &handle);
    if (code == LQ_EXIT_OK) {
        code = lq_submit_job_save(job);
    }
    if (code == LQ_EXIT_OK) {
        code = lq_submit_job_send(job, handle, command);
    }
    return code == LQ_EXIT_USAGE ? code : lq_submit_job_finish(job, code);
}

static enum lq_exit_code run_one(const struct lq_invocation *invocation, struct lq_submit_job *job)
{
    struct lq_session_path path;

    if (!lq_invocation_session_path(invocation->arguments[0], &path)) {
        lq_text_output_error("%s is no session: say TENANT/SESSION", invocation->arguments[0]);
        return LQ_EXIT_USAGE;
    }
    struct lq_command_draft *draft = lq_alloc(1, sizeof *draft);
    enum lq_exit_code code = read_words(invocation, draft);
    if (code == LQ_EXIT_OK && invocation->dry_run) {
        lq_json_output_print("submit.plan", lq_command_fields_to_json(&draft->command));
    } else if (code == LQ_EXIT_OK) {
        code = submit_one(invocation, job, &path, &draft->command);
    }
    free(draft);
    return code;
}

/* ---- a stream of JSON lines ---- */

struct line {
    json_t *object;
    uint64_t number;
    uint32_t handle;
};

struct stream {
    const struct lq_invocation *invocation;
    struct lq_submit_job *job;
    const char *name; /* of the file, for messages */
    struct lq_line_reader reader;
    struct lq_command_draft draft;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1]; /* "" until a line names one */
    bool open;
    uint64_t bad_lines;
    struct line lines[LINES_AT_ONCE_MAX];
    uint32_t line_count;
};

static void complain(struct stream *stream, uint64_t number, const char *what)
{
    lq_text_output_error("%s: line %" PRIu64 ": %s", stream->name, number, what);
    stream->bad_lines++;
}

/* The tenant and session of a line: "session":"s1" with --tenant or "tenant", or "session":"T/S".
 * All lines must agree in the tenant. NULL: said on stderr. */
static const char *line_session(struct stream *stream, const struct line *line)
{
    const char *session = json_string_value(json_object_get(line->object, "session"));
    const char *tenant = json_string_value(json_object_get(line->object, "tenant"));
    const char *slash = session != NULL ? strchr(session, '/') : NULL;
    struct lq_view name = tenant != NULL  ? lq_view_text(tenant)
                          : slash != NULL ? lq_view_of(session, (size_t)(slash - session))
                                          : lq_view_text(stream->tenant);

    if (session == NULL || !lq_tenant_name_valid(name)) {
        complain(stream, line->number, "needs \"session\", and a tenant: \"T/S\" or --tenant");
        return NULL;
    }
    if (stream->tenant[0] == '\0') {
        memcpy(stream->tenant, name.data, name.bytes);
        stream->tenant[name.bytes] = '\0';
    }
    if (!lq_view_equal(name, lq_view_text(stream->tenant))) {
        complain(stream, line->number, "is for another tenant than the lines before");
        return NULL;
    }
    return slash != NULL ? slash + 1 : session;
}

/* Parse a line and reserve its number. The stream is opened by its first good line, when its tenant
 * is known. */
static enum lq_exit_code take_line(struct stream *stream, char *text)
{
    json_error_t error;
    struct line *line = &stream->lines[stream->line_count];

    if (text[strspn(text, " \t\r")] == '\0') {
        return LQ_EXIT_OK;
    }
    line->number = stream->reader.line_number;
    line->object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(line->object)) {
        complain(stream, line->number, line->object == NULL ? error.text : "is no JSON object");
        json_decref(line->object);
        return LQ_EXIT_OK;
    }
    const char *session = line_session(stream, line);
    enum lq_exit_code code = LQ_EXIT_OK;
    if (session != NULL && !stream->open) {
        code = lq_submit_job_open(stream->invocation, stream->tenant, LQ_SUBMIT_JOB_RESERVE,
                                  stream->job);
        stream->open = code == LQ_EXIT_OK;
    }
    bool reserved = session != NULL && code == LQ_EXIT_OK &&
                    lq_submit_job_reserve(stream->job, session, &line->handle) == LQ_EXIT_OK;
    if (!reserved) {
        stream->bad_lines += session != NULL;
        json_decref(line->object);
        return code;
    }
    stream->line_count++;
    return LQ_EXIT_OK;
}

static enum lq_exit_code send_line(struct stream *stream, const struct line *line)
{
    struct lq_error_message message;
    uint32_t handle = line->handle;

    if (lq_command_fields_from_json(&stream->draft, line->object, &message) != LQ_OK) {
        complain(stream, line->number, message.text);
        return LQ_EXIT_OK;
    }
    const char *name = stream->job->sessions[handle].name;
    enum lq_exit_code code = lq_submit_job_reserve(stream->job, name, &handle);
    if (code == LQ_EXIT_OK) {
        code = lq_submit_job_save(stream->job);
    }
    if (code == LQ_EXIT_OK) {
        code = lq_submit_job_send(stream->job, handle, &stream->draft.command);
        code = code == LQ_EXIT_FAILED ? LQ_EXIT_OK : code; /* counted; the next lines go on */
    }
    return code;
}

static enum lq_exit_code send_lines(struct stream *stream)
{
    enum lq_exit_code code = LQ_EXIT_OK;

    for (uint32_t index = 0; index < stream->line_count; index++) {
        if (code == LQ_EXIT_OK && !lq_interrupt_asked()) {
            code = send_line(stream, &stream->lines[index]);
        }
        json_decref(stream->lines[index].object);
    }
    stream->line_count = 0;
    return code;
}

static enum lq_exit_code pump(struct stream *stream)
{
    enum lq_exit_code code = LQ_EXIT_OK;

    while (code == LQ_EXIT_OK && !lq_line_reader_done(&stream->reader) && !lq_interrupt_asked()) {
        bool busy = stream->open && lq_client_outstanding(stream->job->client) > 0;
        enum lq_result rc = lq_line_reader_fill(&stream->reader, busy ? 0 : WAIT_MS);
        if (rc != LQ_OK) {
            lq_text_output_error("%s: line %" PRIu64 ": %s", stream->name,
                                 stream->reader.line_number + 1,
                                 rc == LQ_ERR_LIMIT ? "too long" : lq_result_text(rc));
            return LQ_EXIT_FAILED;
        }
        char *text = NULL;
        while (code == LQ_EXIT_OK && stream->line_count < LINES_AT_ONCE_MAX &&
               (text = lq_line_reader_next(&stream->reader)) != NULL) {
            code = take_line(stream, text);
        }
        bool took = stream->line_count > 0;
        enum lq_exit_code sent = send_lines(stream);
        code = code == LQ_EXIT_OK ? sent : code;
        if (code == LQ_EXIT_OK && stream->open) {
            code = lq_submit_job_turn(stream->job, busy && !took ? WAIT_MS : 0);
        }
        if (code == LQ_EXIT_OK && !lq_standard_output_flush()) {
            code = LQ_EXIT_FAILED; /* no receipt could be told */
        }
    }
    return code;
}

static enum lq_exit_code run_stream(const struct lq_invocation *invocation,
                                    struct lq_submit_job *job)
{
    const char *path = invocation->arguments[0];
    const char *tenant = lq_invocation_value(invocation, "tenant");
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        lq_text_output_error(
            "%s: %s%s", path, strerror(errno),
            strchr(path, '/') != NULL ? " (of one command: submit TENANT/SESSION KIND)" : "");
        return LQ_EXIT_USAGE;
    }
    struct stat found;
    if (fstat(fd, &found) == 0 && S_ISDIR(found.st_mode)) {
        lq_text_output_error("%s: %s", path, strerror(EISDIR));
        (void)close(fd);
        return LQ_EXIT_USAGE;
    }
    struct stream *stream = lq_alloc(1, sizeof *stream);
    stream->invocation = invocation;
    stream->name = fd == STDIN_FILENO ? "standard input" : path;
    stream->job = job;
    snprintf(stream->tenant, sizeof stream->tenant, "%s", tenant != NULL ? tenant : "");
    lq_line_reader_init(&stream->reader, fd);
    lq_interrupt_catch();
    enum lq_exit_code code = pump(stream);
    if (stream->open) {
        job->invalid_count += stream->bad_lines;
        code = lq_submit_job_finish(job, code);
    } else if (code == LQ_EXIT_OK && stream->bad_lines > 0) {
        code = LQ_EXIT_FAILED;
    }
    free(stream);
    if (fd != STDIN_FILENO) {
        (void)close(fd);
    }
    return code;
}

enum lq_exit_code lq_submit_command_run(const struct lq_invocation *invocation)
{
    struct lq_submit_job job = {.state = {.lock_fd = -1}};
    enum lq_exit_code code = LQ_EXIT_USAGE;

    if (invocation->argument_count == 0) {
        lq_text_output_error(
            "usage: lqctl submit TENANT/SESSION KIND [KEY=VALUE ...], or a FILE of "
            "JSON lines, or -");
    } else if (invocation->argument_count == 1) {
        code = run_stream(invocation, &job);
    } else {
        code = run_one(invocation, &job);
    }
    lq_submit_job_close(&job);
    return code;
}
