// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/export_reader.h"

#include "base/little_endian.h"

#include <errno.h>
#include <inttypes.h>

/* Exactly so many bytes. LQ_ERR_CORRUPT: the file ends before. */
static enum lq_result read_bytes(FILE *stream, uint8_t *to, size_t bytes)
{
    if (fread(to, 1, bytes, stream) == bytes) {
        return LQ_OK;
    }
    return ferror(stream) != 0 ? LQ_ERR_IO : LQ_ERR_CORRUPT;
}

static const char *why_no_header(enum lq_result result)
{
    switch (result) {
    case LQ_ERR_VERSION:
        return "an export of another format version";
    case LQ_ERR_KEY:
        return "its header was changed, or this is not its key";
    case LQ_ERR_CORRUPT:
        return "its header is cut short or names no frames";
    case LQ_ERR_IO:
        return strerror(errno);
    default:
        return "not an export";
    }
}

enum lq_result lq_export_reader_begin(struct lq_export_reader *reader, FILE *stream,
                                      const uint8_t key[LQ_SEAL_KEY_BYTES],
                                      struct lq_error_message *message)
{
    uint8_t header[LQ_EXPORT_HEADER_BYTES];

    reader->stream = stream;
    reader->over = false;
    memcpy(reader->key, key, sizeof reader->key);
    errno = 0;
    enum lq_result result = read_bytes(stream, header, sizeof header);
    if (result == LQ_OK) {
        result = lq_export_seal_read_header(key, header, &reader->header);
    }
    if (result != LQ_OK) {
        lq_error_message_set(message, "%s", why_no_header(result));
        return result;
    }
    reader->next = reader->header.first;
    return LQ_OK;
}

static enum lq_result complain(const struct lq_export_reader *reader, enum lq_result result,
                               const char *what, struct lq_error_message *message)
{
    lq_error_message_set(message, "frame %" PRIu64 ": %s", reader->next,
                         result == LQ_ERR_IO        ? strerror(errno)
                         : result == LQ_ERR_VERSION ? "a record of another version"
                                                    : what);
    return result;
}

/* Behind the last record. */
static enum lq_result check_end(struct lq_export_reader *reader, struct lq_error_message *message)
{
    uint8_t more;

    if (memcmp(reader->hash, reader->header.hash, LQ_HASH_BYTES) != 0) {
        reader->next = reader->header.last;
        return complain(reader, LQ_ERR_CORRUPT,
                        "its hash is not the one that the header vouches for", message);
    }
    if (fread(&more, 1, 1, reader->stream) == 1) {
        return complain(reader, LQ_ERR_CORRUPT, "something follows the last frame", message);
    }
    return ferror(reader->stream) != 0 ? complain(reader, LQ_ERR_IO, "", message)
                                       : LQ_ERR_NOT_FOUND;
}

enum lq_result lq_export_reader_next(struct lq_export_reader *reader, struct lq_record_info *info,
                                     struct lq_view *content, struct lq_error_message *message)
{
    uint8_t length[LQ_EXPORT_LENGTH_BYTES];
    const char *what = "";

    if (reader->over) {
        return check_end(reader, message);
    }
    errno = 0;
    enum lq_result result = read_bytes(reader->stream, length, sizeof length);
    if (result != LQ_OK) {
        return complain(reader, result, "the file ends before it", message);
    }
    size_t bytes = lq_get_u32(length);
    if (bytes < LQ_EXPORT_RECORD_EXTRA_BYTES || bytes > sizeof reader->record) {
        return complain(reader, LQ_ERR_CORRUPT, "no record is that long", message);
    }
    result = read_bytes(reader->stream, reader->record, bytes);
    if (result != LQ_OK) {
        return complain(reader, result, "the file ends in it", message);
    }
    result = lq_export_seal_open_record(
        reader->key, lq_view_of(reader->record, bytes), reader->next,
        reader->next == reader->header.first ? NULL : reader->hash, reader->plain, &what);
    if (result != LQ_OK) {
        return complain(reader, result, what, message);
    }
    *info = (struct lq_record_info){.frame = reader->next, .record_bytes = (uint32_t)bytes};
    memcpy(info->digest, reader->record + LQ_EXPORT_DIGEST_AT, LQ_HASH_BYTES);
    memcpy(info->hash, reader->record + LQ_EXPORT_HASH_AT, LQ_HASH_BYTES);
    memcpy(info->salt, reader->plain, LQ_RECORD_SALT_BYTES);
    memcpy(reader->hash, info->hash, LQ_HASH_BYTES);
    *content =
        lq_view_of(reader->plain + LQ_RECORD_SALT_BYTES, bytes - LQ_EXPORT_RECORD_EXTRA_BYTES);
    reader->over = reader->next == reader->header.last; /* the next one might not be a number */
    reader->next++;
    return LQ_OK;
}
