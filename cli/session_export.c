// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lqctl session export: frames of a session in a file of their own, under a key of their own. */
#include "base/alloc.h"
#include "base/error_message.h"
#include "base/little_endian.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/durable_file.h"
#include "cli/frame_read.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/ledger_walk.h"
#include "cli/text_output.h"
#include "store/lmdb/ledger_feed.h"
#include "store/seal/export_seal.h"
#include "store/seal/key_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_BYTES_MAX = LQ_EXPORT_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX };

struct exporting {
    const struct lq_invocation *invocation;
    struct lq_ledger_walk walk;
    struct lq_frame_range range; /* asked for */
    uint64_t first;              /* the record that the first of them is recomputed from */
    const char *path;
    char key_path[LQ_DURABLE_FILE_PATH_BYTES];
    bool key_made;
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint64_t bytes;
    uint8_t content[LQ_TICK_BYTES_MAX];
    uint8_t plain[LQ_RECORD_SALT_BYTES + LQ_TICK_BYTES_MAX];
    uint8_t stored[LQ_FEED_RUN_BYTES_MIN]; /* a record as it lies there */
    uint8_t sealed[LQ_EXPORT_LENGTH_BYTES + RECORD_BYTES_MAX];
};

/* ---- the key ---- */

/* The key of an export is shown to whoever gets it: it must not open anything else. */
static bool is_master_key(const struct exporting *exporting)
{
    uint8_t master[LQ_SEAL_KEY_BYTES];
    struct lq_error_message message;
    bool same =
        lq_key_file_read(exporting->walk.cluster.master_key_file, master, &message) == LQ_OK &&
        memcmp(master, exporting->key, sizeof master) == 0;

    lq_key_file_forget(master);
    return same;
}

/* The one that is named, if its file is there; else one is made. */
static enum lq_exit_code take_key(struct exporting *exporting)
{
    struct lq_error_message message;
    enum lq_result result = lq_key_file_create(exporting->key_path, &message);
    bool named = lq_invocation_value(exporting->invocation, "key") != NULL;

    exporting->key_made = result == LQ_OK;
    if (result == LQ_OK || (result == LQ_ERR_EXISTS && named)) {
        result = lq_key_file_read(exporting->key_path, exporting->key, &message);
    }
    if (result != LQ_OK) {
        lq_text_output_error("%s%s", message.text,
                             result == LQ_ERR_EXISTS ? "; name a key to use again with --key" : "");
        return LQ_EXIT_FAILED;
    }
    if (is_master_key(exporting)) {
        lq_text_output_error("%s is the master key: an export has a key of its own",
                             exporting->key_path);
        return LQ_EXIT_USAGE;
    }
    return LQ_EXIT_OK;
}

/* ---- records ---- */

static enum lq_exit_code complain(uint64_t frame, enum lq_result result,
                                  const struct lq_error_message *message)
{
    lq_text_output_error("frame %" PRIu64 ": %s", frame,
                         message->text[0] != '\0' ? message->text : lq_result_text(result));
    return lq_broker_call_exit_code(result);
}

/* The record at `place` into exporting->sealed, behind its length; its bytes in *bytes. */
static enum lq_result seal_record(struct exporting *exporting, struct lq_session_names names,
                                  uint64_t place, struct lq_record_info *info, size_t *bytes,
                                  struct lq_error_message *message)
{
    struct lq_record_buffer buffer = {.memory = exporting->content,
                                      .bytes_max = sizeof exporting->content};
    struct lq_feed_entry stored = {.is_record = true, .sequence = place};
    enum lq_result result =
        lq_ledger_read_record(exporting->walk.ledger, names, place, &buffer, info, message);

    if (result == LQ_OK) {
        result = lq_ledger_feed_get(exporting->walk.ledger, &stored, exporting->stored,
                                    sizeof exporting->stored);
    }
    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(buffer.content.bytes <= LQ_TICK_BYTES_MAX);
    memcpy(exporting->plain, info->salt, LQ_RECORD_SALT_BYTES);
    memcpy(exporting->plain + LQ_RECORD_SALT_BYTES, buffer.content.data, buffer.content.bytes);
    *bytes = LQ_EXPORT_RECORD_EXTRA_BYTES + buffer.content.bytes;
    lq_put_u32(exporting->sealed, (uint32_t)*bytes);
    lq_export_seal_write_record(
        exporting->key, stored.value.data + LQ_RECORD_HEADER_AT,
        lq_view_of(exporting->plain, LQ_RECORD_SALT_BYTES + buffer.content.bytes),
        exporting->sealed + LQ_EXPORT_LENGTH_BYTES);
    *bytes += LQ_EXPORT_LENGTH_BYTES;
    return LQ_OK;
}

static enum lq_exit_code write_bytes(struct exporting *exporting, struct lq_durable_file *file,
                                     const uint8_t *from, size_t bytes)
{
    if (fwrite(from, 1, bytes, file->stream) != bytes) {
        lq_text_output_error("%s: it cannot be written", exporting->path);
        return LQ_EXIT_FAILED;
    }
    exporting->bytes += bytes;
    return LQ_EXIT_OK;
}

static enum lq_exit_code write_records(struct exporting *exporting, struct lq_session_names names,
                                       struct lq_durable_file *file)
{
    struct lq_error_message message = {""};
    struct lq_record_info info;
    uint64_t places[LQ_PLACES_MAX];
    uint32_t count = 0;
    uint32_t used = 0;

    for (uint64_t left = exporting->range.to - exporting->first + 1; left > 0; left--) {
        uint64_t frame = exporting->range.to - left + 1;
        size_t bytes = 0;
        enum lq_result result = LQ_OK;
        if (lq_interrupt_asked()) {
            lq_text_output_error("interrupted before frame %" PRIu64 ": no file was made", frame);
            return LQ_EXIT_FAILED;
        }
        if (used == count) {
            used = 0;
            result = lq_ledger_places(exporting->walk.ledger, names, frame, places, &count);
        }
        if (result == LQ_OK) {
            result = seal_record(exporting, names, places[used++], &info, &bytes, &message);
        }
        if (result == LQ_OK && info.frame != frame) {
            result = LQ_ERR_CORRUPT;
        }
        if (result != LQ_OK) {
            return complain(frame, result, &message);
        }
        enum lq_exit_code code = write_bytes(exporting, file, exporting->sealed, bytes);
        if (code != LQ_EXIT_OK) {
            return code;
        }
    }
    return LQ_EXIT_OK;
}

/* Which H the header vouches for. */
static enum lq_exit_code make_header(struct exporting *exporting, struct lq_session_names names,
                                     struct lq_export_header *header)
{
    struct lq_error_message message = {""};
    struct lq_record_info info;
    uint64_t places[LQ_PLACES_MAX];
    uint32_t count = 0;
    size_t bytes = 0;
    enum lq_result result =
        lq_ledger_places(exporting->walk.ledger, names, exporting->range.to, places, &count);

    if (result == LQ_OK) {
        result = seal_record(exporting, names, places[0], &info, &bytes, &message);
    }
    if (result != LQ_OK) {
        return complain(exporting->range.to, result, &message);
    }
    *header = (struct lq_export_header){.first = exporting->first, .last = exporting->range.to};
    memcpy(header->hash, info.hash, sizeof header->hash);
    return LQ_EXIT_OK;
}

static enum lq_exit_code write_file(struct exporting *exporting, struct lq_session_names names)
{
    struct lq_error_message message = {""};
    struct lq_export_header header;
    struct lq_durable_file file;
    uint8_t encoded[LQ_EXPORT_HEADER_BYTES];

    if (lq_durable_file_begin(&file, exporting->path, false, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_FAILED;
    }
    /* Behind that, so that no key is made for a file that cannot be. */
    enum lq_exit_code code = take_key(exporting);
    if (code == LQ_EXIT_OK) {
        code = make_header(exporting, names, &header);
    }
    if (code == LQ_EXIT_OK) {
        lq_export_seal_write_header(exporting->key, &header, encoded);
        code = write_bytes(exporting, &file, encoded, sizeof encoded);
    }
    if (code == LQ_EXIT_OK) {
        code = write_records(exporting, names, &file);
    }
    if (code != LQ_EXIT_OK) {
        lq_durable_file_abandon(&file);
        return code;
    }
    if (lq_durable_file_commit(&file, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

/* ---- the session ---- */

static void report(const struct exporting *exporting, const struct lq_session_path *path)
{
    if (exporting->invocation->json) {
        lq_json_output_print(
            "session.export",
            json_pack("{s:s,s:s,s:I,s:I,s:I,s:o,s:o,s:b,s:I}", "tenant", path->tenant, "session",
                      path->session, "from", (json_int_t)exporting->range.from, "to",
                      (json_int_t)exporting->range.to, "first", (json_int_t)exporting->first,
                      "file", lq_json_output_text(lq_view_text(exporting->path)), "key_file",
                      lq_json_output_text(lq_view_text(exporting->key_path)), "key_made",
                      (int)exporting->key_made, "bytes", (json_int_t)exporting->bytes));
        return;
    }
    printf("%s/%s: frames %" PRIu64 " to %" PRIu64 " exported to %s, %" PRIu64
           " bytes\nits key is in %s%s\n",
           path->tenant, path->session, exporting->range.from, exporting->range.to, exporting->path,
           exporting->bytes, exporting->key_path, exporting->key_made ? ", made for it" : "");
}

static enum lq_exit_code export_session(void *context, const struct lq_session_path *path)
{
    struct exporting *exporting = context;
    struct lq_session_names names = lq_session_names_of(path->tenant, path->session);
    struct lq_head head;
    enum lq_result result = lq_ledger_read_begin(exporting->walk.ledger);

    if (result == LQ_OK) {
        result = lq_ledger_head(exporting->walk.ledger, names, &head);
        lq_ledger_read_end(exporting->walk.ledger);
    }
    if (result != LQ_OK) {
        lq_text_output_error("%s/%s: %s", path->tenant, path->session, lq_result_text(result));
        return lq_broker_call_exit_code(result);
    }
    const struct lq_frame_bounds bounds = {
        head.record_count > head.frame ? 0 : head.frame + 1 - head.record_count, head.frame};
    enum lq_exit_code code =
        lq_frame_read_check(path, &bounds, exporting->range.from, exporting->range.to);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    exporting->first =
        exporting->range.from > bounds.oldest ? exporting->range.from - 1 : exporting->range.from;
    code = write_file(exporting, names);
    /* A named one may serve another export by now; and the file may be there, although its folder
     * could not be flushed. */
    if (code != LQ_EXIT_OK && exporting->key_made &&
        lq_invocation_value(exporting->invocation, "key") == NULL &&
        access(exporting->path, F_OK) != 0) {
        (void)unlink(exporting->key_path);
    }
    if (code == LQ_EXIT_OK) {
        report(exporting, path);
    }
    return code;
}

static enum lq_exit_code run(struct exporting *exporting, const struct lq_session_path *path)
{
    uint64_t found = 0;
    enum lq_exit_code code = lq_ledger_walk_open(exporting->invocation, &exporting->walk);

    for (uint32_t partition = 0;
         code == LQ_EXIT_OK && found == 0 && partition < exporting->walk.partition_count;
         partition++) {
        code = lq_ledger_walk_partition(&exporting->walk, partition);
        if (code == LQ_EXIT_OK) {
            code =
                lq_ledger_walk_sessions(&exporting->walk, path, export_session, exporting, &found);
        }
    }
    if (code == LQ_EXIT_OK && found == 0) {
        lq_text_output_error("%s/%s: no such tenant or session", path->tenant, path->session);
        return LQ_EXIT_NOT_FOUND;
    }
    return code;
}

static bool read_arguments(struct exporting *exporting, struct lq_session_path *path,
                           struct lq_error_message *message)
{
    const struct lq_invocation *invocation = exporting->invocation;
    const char *key = lq_invocation_value(invocation, "key");

    if (invocation->argument_count != 2 ||
        !lq_invocation_session_path(invocation->arguments[0], path)) {
        lq_error_message_set(message, "session export takes a session and a file: "
                                      "TENANT/SESSION FILE");
        return false;
    }
    exporting->path = invocation->arguments[1];
    if (exporting->path[0] == '\0' || strcmp(exporting->path, "-") == 0) {
        lq_error_message_set(message, "name a file to export to, not standard output");
        return false;
    }
    int bytes = snprintf(exporting->key_path, sizeof exporting->key_path, "%s%s",
                         key != NULL ? key : exporting->path, key != NULL ? "" : ".key");
    if (bytes < 0 || (size_t)bytes >= sizeof exporting->key_path ||
        exporting->key_path[0] == '\0') {
        lq_error_message_set(message, "the name of the key's file is empty or too long");
        return false;
    }
    return lq_invocation_frames(invocation, &exporting->range, message);
}

enum lq_exit_code lq_session_export_run(const struct lq_invocation *invocation)
{
    struct exporting *exporting = lq_alloc(1, sizeof *exporting);
    struct lq_session_path path;
    struct lq_error_message message;
    struct stat found;
    enum lq_exit_code code = LQ_EXIT_USAGE;

    exporting->invocation = invocation;
    if (!read_arguments(exporting, &path, &message)) {
        lq_text_output_error("%s", message.text);
    } else if (lstat(exporting->path, &found) == 0) {
        lq_text_output_error("%s exists; an export never overwrites", exporting->path);
        code = LQ_EXIT_FAILED;
    } else {
        lq_interrupt_catch();
        code = run(exporting, &path);
    }
    lq_ledger_walk_close(&exporting->walk);
    lq_key_file_forget(exporting->key);
    free(exporting);
    return code;
}
