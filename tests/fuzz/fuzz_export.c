// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Exports: a whole file, under the key of the golden one, and records as whoever has the key can
 * make them. The first byte chooses. No input is read beyond its end, and what is given out was
 * checked. */
#include "cli/export_reader.h"

#include "base/little_endian.h"
#include "store/seal/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { FILE_BYTES_MAX = 16384, CUT_MAX = 64 };

static uint8_t key[LQ_SEAL_KEY_BYTES]; /* of tests/golden/export_v1.hex */
static struct lq_export_reader reader;
static uint8_t file[FILE_BYTES_MAX];

static void read_all(size_t bytes)
{
    struct lq_error_message message = {""};
    struct lq_record_info info;
    struct lq_view content;
    uint8_t digest[LQ_HASH_BYTES];
    FILE *stream = fmemopen(file, bytes, "rb");

    if (stream == NULL) {
        return;
    }
    enum lq_result result = lq_export_reader_begin(&reader, stream, key, &message);
    LQ_ASSERT(result == LQ_OK || message.text[0] != '\0');
    for (uint32_t frames = 0; result == LQ_OK; frames++) {
        LQ_ASSERT(frames < FILE_BYTES_MAX);
        result = lq_export_reader_next(&reader, &info, &content, &message);
        if (result == LQ_OK) {
            lq_digest_keyed(digest, info.salt, content);
            LQ_ASSERT(memcmp(digest, info.digest, sizeof digest) == 0);
        }
        LQ_ASSERT(result == LQ_OK || result == LQ_ERR_NOT_FOUND || message.text[0] != '\0');
    }
    (void)fclose(stream);
}

/* Header and one record, both sealed well: frame numbers, clear header, salt and content are the
 * input's; lengths are right, cut or longer as its first byte says. */
static size_t seal(const uint8_t *data, size_t bytes, int8_t cut)
{
    static uint8_t clear[LQ_EXPORT_CLEAR_BYTES];
    static uint8_t plain[FILE_BYTES_MAX / 2];
    struct lq_export_header header = {.first = 0, .last = 0};
    size_t clear_bytes = bytes < sizeof clear ? bytes : sizeof clear;
    size_t at = LQ_EXPORT_HEADER_BYTES;

    memset(clear, 0, sizeof clear);
    memcpy(clear, data, clear_bytes);
    memset(plain, 0, sizeof plain);
    size_t plain_bytes = bytes - clear_bytes;
    plain_bytes = plain_bytes > sizeof plain ? sizeof plain : plain_bytes;
    if (plain_bytes > 0) {
        memcpy(plain, data + clear_bytes, plain_bytes);
    }
    if (clear_bytes > 8 && (clear[3] & 1) == 0) { /* mostly the frame that it says */
        header.first = lq_get_u64(clear + 32);
        header.last = header.first;
    }
    memcpy(header.hash, clear + LQ_EXPORT_HASH_AT, LQ_HASH_BYTES);
    lq_export_seal_write_header(key, &header, file);
    size_t length = LQ_EXPORT_CLEAR_BYTES + plain_bytes + LQ_SEALED_BOX_EXTRA_BYTES;
    lq_put_u32(file + at, (uint32_t)((int64_t)length + cut));
    at += LQ_EXPORT_LENGTH_BYTES;
    lq_export_seal_write_record(key, clear, lq_view_of(plain, plain_bytes), file + at);
    return at + length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes < 1 || bytes > FILE_BYTES_MAX / 2) {
        return 0;
    }
    for (uint32_t index = 0; index < sizeof key; index++) {
        key[index] = (uint8_t)(7 * index + 1);
    }
    if (data[0] == 'f') {
        memcpy(file, data + 1, bytes - 1);
        read_all(bytes - 1);
    } else {
        read_all(
            seal(data + 1, bytes - 1, (int8_t)(data[0] < CUT_MAX ? data[0] - CUT_MAX / 2 : 0)));
    }
    return 0;
}
