// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/export_replay.h"

#include "base/alloc.h"
#include "cli/export_reader.h"
#include "store/seal/key_file.h"
#include "world/canonical.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { KEY_PATH_BYTES = 4096 };

bool lq_export_replay_is_file(const char *argument)
{
    struct lq_session_path path;
    char begins[8] = "";
    FILE *file = fopen(argument, "rbe");

    if (file == NULL) {
        return false;
    }
    bool is_export = fread(begins, 1, sizeof begins, file) == sizeof begins &&
                     memcmp(begins, "LQEXPORT", sizeof begins) == 0;
    (void)fclose(file);
    return is_export || !lq_invocation_session_path(argument, &path);
}

static enum lq_result read_key(const char *file, const char *key_path,
                               uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_error_message *message)
{
    char beside[KEY_PATH_BYTES];
    int bytes = snprintf(beside, sizeof beside, "%s.key", file);

    if (key_path == NULL && (bytes < 0 || (size_t)bytes >= sizeof beside)) {
        lq_error_message_set(message, "the name of the file is too long");
        return LQ_ERR_INVALID;
    }
    return lq_key_file_read(key_path != NULL ? key_path : beside, key, message);
}

/* The next record into place `which`. What its content says of itself has to be what its place in
 * the file says. */
static enum lq_result read_frame(struct lq_frame_replay *replay, struct lq_export_reader *reader,
                                 unsigned which, struct lq_record_info *info,
                                 struct lq_error_message *message)
{
    const char *where = NULL;
    struct lq_view content;
    struct lq_tick *tick = &replay->ticks[which];
    enum lq_result result = lq_export_reader_next(reader, info, &content, message);

    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(content.bytes <= sizeof replay->contents[which]);
    memcpy(replay->contents[which], content.data, content.bytes);
    if (lq_canonical_decode(lq_view_of(replay->contents[which], content.bytes), tick, &where) !=
        LQ_OK) {
        lq_error_message_set(message, "frame %" PRIu64 " cannot be decoded at %s", info->frame,
                             where != NULL ? where : "its version");
        return LQ_ERR_CORRUPT;
    }
    if (tick->frame != info->frame) {
        lq_error_message_set(message, "frame %" PRIu64 ": its content is of frame %" PRIu64,
                             info->frame, tick->frame);
        return LQ_ERR_CORRUPT;
    }
    return LQ_OK;
}

static enum lq_result check_session(const struct lq_tick *tick, const struct lq_session_path *path,
                                    struct lq_error_message *message)
{
    if (strcmp(tick->tenant, path->tenant) == 0 && strcmp(tick->session, path->session) == 0) {
        return LQ_OK;
    }
    lq_error_message_set(message, "frame %" PRIu64 " is of another session", tick->frame);
    return LQ_ERR_CORRUPT;
}

static enum lq_result replay_records(struct lq_frame_replay *replay,
                                     struct lq_export_reader *reader, struct lq_session_path *path,
                                     struct lq_frame_replay_counts *counts,
                                     struct lq_error_message *message)
{
    struct lq_record_info info;
    unsigned which = 0;
    enum lq_result result = read_frame(replay, reader, which, &info, message);

    if (result != LQ_OK) {
        return result;
    }
    snprintf(path->tenant, sizeof path->tenant, "%s", replay->ticks[which].tenant);
    snprintf(path->session, sizeof path->session, "%s", replay->ticks[which].session);
    while ((result = read_frame(replay, reader, which ^ 1, &info, message)) == LQ_OK) {
        const struct lq_tick *recorded = &replay->ticks[which ^ 1];
        result = check_session(recorded, path, message);
        if (result != LQ_OK) {
            return result;
        }
        lq_frame_replay_compare(replay, &replay->ticks[which], &info, recorded, counts);
        which ^= 1;
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

enum lq_result lq_export_replay_file(struct lq_frame_replay *replay, const char *file,
                                     const char *key_path, struct lq_session_path *path,
                                     struct lq_frame_replay_counts *counts,
                                     struct lq_error_message *message)
{
    uint8_t key[LQ_SEAL_KEY_BYTES];
    FILE *stream = fopen(file, "rbe");

    *counts = (struct lq_frame_replay_counts){.frames = 0};
    if (stream == NULL) {
        lq_error_message_set(message, "%s", strerror(errno));
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
    }
    enum lq_result result = read_key(file, key_path, key, message);
    if (result == LQ_OK) {
        struct lq_export_reader *reader = lq_alloc(1, sizeof *reader);
        result = lq_export_reader_begin(reader, stream, key, message);
        if (result == LQ_OK) {
            result = replay_records(replay, reader, path, counts, message);
        }
        lq_key_file_forget(reader->key);
        free(reader);
    }
    lq_key_file_forget(key);
    (void)fclose(stream);
    return result;
}
