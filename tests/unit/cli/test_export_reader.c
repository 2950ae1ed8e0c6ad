// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The golden export is read and replayed; whatever is done to one, it is refused. What the writer
 * makes, the reader reads. */
#include "cli/export_reader.h"

#include "base/little_endian.h"
#include "cli/export_replay.h"
#include "store/seal/digest.h"
#include "store/seal/record_seal.h"
#include "tests/unit/cli/cli_cases.h"
#include "world/canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { EXPORT_BYTES_MAX = 8192, FIRST = 5, LAST = 9, RECORDS = LAST - FIRST + 1 };

static uint8_t key[LQ_SEAL_KEY_BYTES];
static uint8_t export[EXPORT_BYTES_MAX];
static size_t export_bytes;
static size_t record_at[RECORDS + 1]; /* of its length */
static struct lq_export_reader reader;
static struct lq_error_message message;

static size_t read_line(FILE *stream, uint8_t *to, size_t bytes_max)
{
    static char line[2 * EXPORT_BYTES_MAX + 2];
    size_t bytes = 0;
    unsigned byte;

    ck_assert_ptr_nonnull(fgets(line, sizeof line, stream));
    for (const char *at = line; sscanf(at, "%2x", &byte) == 1; at += 2) {
        LQ_HOLDS(bytes < bytes_max, "a line of more than %zu bytes", bytes_max);
        to[bytes++] = (uint8_t)byte;
    }
    return bytes;
}

/* The key, the header, and each record behind its length: a line each. */
static void read_golden(void)
{
    char path[512];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%s/tests/golden/export_v1.hex", source != NULL ? source : ".");
    FILE *stream = fopen(path, "r");
    ck_assert_msg(stream != NULL, "%s", path);
    ck_assert_uint_eq(read_line(stream, key, sizeof key + 1), sizeof key);
    export_bytes = read_line(stream, export, sizeof export);
    ck_assert_uint_eq(export_bytes, LQ_EXPORT_HEADER_BYTES);
    for (uint32_t record = 0; record < RECORDS; record++) {
        record_at[record] = export_bytes;
        export_bytes += read_line(stream, export + export_bytes, sizeof export - export_bytes);
    }
    record_at[RECORDS] = export_bytes;
    ck_assert_int_eq(fgetc(stream), EOF);
    (void)fclose(stream);
}

/* LQ_OK: all of it is an export under that key. *records were given out. */
static enum lq_result read_all(const uint8_t *from, size_t bytes, const uint8_t *under,
                               uint32_t *records)
{
    struct lq_record_info info;
    struct lq_view content;
    FILE *stream = fmemopen((void *)(uintptr_t)from, bytes, "rb");

    LQ_HOLDS(stream != NULL, "no stream of %zu bytes", bytes);
    *records = 0;
    message.text[0] = '\0';
    enum lq_result result = lq_export_reader_begin(&reader, stream, under, &message);
    while (result == LQ_OK) {
        result = lq_export_reader_next(&reader, &info, &content, &message);
        *records += result == LQ_OK;
    }
    (void)fclose(stream);
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static void refused(const uint8_t *from, size_t bytes, enum lq_result result, const char *says)
{
    uint32_t records = 0;

    ck_assert_int_eq(read_all(from, bytes, key, &records), result);
    ck_assert_msg(strstr(message.text, says) != NULL, "%s", message.text);
}

START_TEST(the_golden_export_is_read)
{
    uint32_t records = 0;

    ck_assert_msg(read_all(export, export_bytes, key, &records) == LQ_OK, "%s", message.text);
    ck_assert_uint_eq(records, RECORDS);
    ck_assert_uint_eq(reader.header.first, FIRST);
    ck_assert_uint_eq(reader.header.last, LAST);
}
END_TEST

static void store(const char *name, const uint8_t *from, size_t bytes, char *path)
{
    snprintf(path, 128, "%s/%s", lq_cli_folder, name);
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(from, 1, bytes, stream), bytes);
    (void)fclose(stream);
}

/* With the key beside it. */
static enum lq_result replay(struct lq_session_path *path, struct lq_frame_replay_counts *counts)
{
    static struct lq_frame_replay memory;
    char file[128];
    char key_file[136];

    store("golden.lqexport", export, export_bytes, file);
    ck_assert(lq_export_replay_is_file(file));
    snprintf(key_file, sizeof key_file, "%s.key", file);
    FILE *stream = fopen(key_file, "w");
    ck_assert_ptr_nonnull(stream);
    for (size_t index = 0; index < sizeof key; index++) {
        fprintf(stream, "%02x", key[index]);
    }
    fputc('\n', stream);
    (void)fclose(stream);
    ck_assert_int_eq(chmod(key_file, 0600), 0);
    return lq_export_replay_file(&memory, file, NULL, path, counts, &message);
}

START_TEST(the_golden_export_is_replayed)
{
    struct lq_frame_replay_counts counts;
    struct lq_session_path path;

    ck_assert_msg(replay(&path, &counts) == LQ_OK, "%s", message.text);
    ck_assert_str_eq(path.tenant, "golden");
    ck_assert_str_eq(path.session, "players");
    ck_assert_uint_eq(counts.frames, RECORDS - 1);
    ck_assert_uint_eq(counts.equal, RECORDS - 1);
    key[0] ^= 1;
    ck_assert_int_eq(replay(&path, &counts), LQ_ERR_KEY);
}
END_TEST

/* The last record with another world, sealed and chained as its writer would. */
static void rewrite_last(void (*change)(struct lq_world *world))
{
    static struct lq_tick tick;
    static uint8_t plain[EXPORT_BYTES_MAX];
    uint8_t linked[LQ_HASH_BYTES + LQ_EXPORT_DIGEST_AT + LQ_HASH_BYTES];
    uint8_t *record = export + record_at[RECORDS - 1] + LQ_EXPORT_LENGTH_BYTES;
    size_t bytes = export_bytes - record_at[RECORDS - 1] - LQ_EXPORT_LENGTH_BYTES;
    size_t content_bytes = bytes - LQ_EXPORT_RECORD_EXTRA_BYTES;
    size_t written = 0;
    const char *what = "";
    struct lq_export_header header = {.first = FIRST, .last = LAST};

    ck_assert_int_eq(
        lq_export_seal_open_record(key, lq_view_of(record, bytes), LAST, NULL, plain, &what),
        LQ_OK);
    ck_assert_int_eq(
        lq_canonical_decode(lq_view_of(plain + LQ_RECORD_SALT_BYTES, content_bytes), &tick, &what),
        LQ_OK);
    change(&tick.world);
    ck_assert_int_eq(lq_canonical_encode(&tick, plain + LQ_RECORD_SALT_BYTES,
                                         sizeof plain - LQ_RECORD_SALT_BYTES, &written),
                     LQ_OK);
    ck_assert_uint_eq(written, content_bytes);
    lq_digest_keyed(record + LQ_EXPORT_DIGEST_AT, plain,
                    lq_view_of(plain + LQ_RECORD_SALT_BYTES, content_bytes));
    memcpy(linked, export + record_at[RECORDS - 2] + LQ_EXPORT_LENGTH_BYTES + LQ_EXPORT_HASH_AT,
           LQ_HASH_BYTES);
    memcpy(linked + LQ_HASH_BYTES, record, LQ_EXPORT_DIGEST_AT + LQ_HASH_BYTES);
    lq_digest(record + LQ_EXPORT_HASH_AT, lq_view_of(linked, sizeof linked));
    lq_export_seal_write_record(key, record,
                                lq_view_of(plain, LQ_RECORD_SALT_BYTES + content_bytes), record);
    memcpy(header.hash, record + LQ_EXPORT_HASH_AT, sizeof header.hash);
    lq_export_seal_write_header(key, &header, export);
}

static void move_a_bit(struct lq_world *world)
{
    uint64_t bits;

    ck_assert_uint_ge(world->body_count, 2);
    memcpy(&bits, &world->y[1], sizeof bits);
    bits ^= 1;
    memcpy(&world->y[1], &bits, sizeof bits);
}

/* One bit that no stage has put there. */
START_TEST(a_difference_is_found)
{
    struct lq_frame_replay_counts counts;
    struct lq_session_path path;

    rewrite_last(move_a_bit);
    ck_assert_msg(replay(&path, &counts) == LQ_OK, "%s", message.text);
    ck_assert_uint_eq(counts.equal, RECORDS - 2);
    ck_assert_uint_eq(counts.differing, 1);
    ck_assert_uint_eq(counts.first.frame, LAST);
    ck_assert_mem_ne(counts.first.recorded, counts.first.recomputed, LQ_HASH_BYTES);
}
END_TEST

/* Every bit of the file counts. */
START_TEST(a_changed_export_is_refused)
{
    uint32_t records = 0;

    for (size_t at = 0; at < export_bytes; at++) {
        export[at] ^= (uint8_t)(1u << at % 8);
        enum lq_result result = read_all(export, export_bytes, key, &records);
        LQ_HOLDS(result != LQ_OK && message.text[0] != '\0', "byte %zu", at);
        export[at] ^= (uint8_t)(1u << at % 8);
    }
}
END_TEST

START_TEST(a_part_of_an_export_is_refused)
{
    uint32_t records = 0;

    for (size_t bytes = 1; bytes < export_bytes; bytes++) {
        enum lq_result result = read_all(export, bytes, key, &records);
        LQ_HOLDS(result == LQ_ERR_CORRUPT, "the first %zu bytes: %d", bytes, (int)result);
    }
    export[export_bytes] = 0;
    refused(export, export_bytes + 1, LQ_ERR_CORRUPT, "something follows the last frame");
}
END_TEST

START_TEST(what_is_no_export_is_refused)
{
    static uint8_t zeroes[EXPORT_BYTES_MAX];
    uint8_t other_key[LQ_SEAL_KEY_BYTES] = {1};
    uint32_t records = 0;

    refused(zeroes, sizeof zeroes, LQ_ERR_MALFORMED, "not an export");
    ck_assert_int_eq(read_all(export, export_bytes, other_key, &records), LQ_ERR_KEY);
    export[8] = 2;
    refused(export, export_bytes, LQ_ERR_VERSION, "another format version");
}
END_TEST

START_TEST(hostile_lengths_are_refused)
{
    static const uint32_t lengths[] = {0, 1, LQ_EXPORT_RECORD_EXTRA_BYTES - 1,
                                       LQ_EXPORT_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX + 1,
                                       UINT32_MAX};

    lq_put_u32(export + record_at[1], lengths[_i]);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "frame 6: no record is that long");
}
END_TEST

/* Sealed as it should be, by whoever has the key: of other frames, or not of one chain. */
static void seal_header(uint64_t first, uint64_t last, uint32_t record)
{
    struct lq_export_header header = {.first = first, .last = last};

    memcpy(header.hash, export + record_at[record] + LQ_EXPORT_LENGTH_BYTES + LQ_EXPORT_HASH_AT,
           sizeof header.hash);
    lq_export_seal_write_header(key, &header, export);
}

START_TEST(frames_have_their_places)
{
    uint32_t records = 0;

    seal_header(FIRST, LAST, RECORDS - 1);
    ck_assert_int_eq(read_all(export, export_bytes, key, &records), LQ_OK);
    seal_header(FIRST + 1, LAST + 1, RECORDS - 1);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "frame 6: number of the frame");
    seal_header(FIRST, LAST - 1, RECORDS - 2);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "something follows the last frame");
    seal_header(FIRST, LAST + 1, RECORDS - 1);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "frame 10: the file ends before it");
    seal_header(FIRST, UINT64_MAX, RECORDS - 1);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "frame 10: the file ends before it");
    seal_header(FIRST, LAST, RECORDS - 2);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "not the one that the header vouches for");
}
END_TEST

/* A record that is sealed anew with another H. */
START_TEST(a_chain_has_no_other_link)
{
    static uint8_t plain[EXPORT_BYTES_MAX];
    uint8_t *record = export + record_at[2] + LQ_EXPORT_LENGTH_BYTES;
    size_t bytes = record_at[3] - record_at[2] - LQ_EXPORT_LENGTH_BYTES;
    const char *what = "";

    ck_assert_int_eq(
        lq_export_seal_open_record(key, lq_view_of(record, bytes), FIRST + 2, NULL, plain, &what),
        LQ_OK);
    const struct lq_view opened =
        lq_view_of(plain, bytes - LQ_EXPORT_RECORD_EXTRA_BYTES + LQ_RECORD_SALT_BYTES);
    record[LQ_EXPORT_HASH_AT] ^= 1;
    lq_export_seal_write_record(key, record, opened, record);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "frame 7: chain");
    record[LQ_EXPORT_HASH_AT] ^= 1;
    plain[LQ_RECORD_SALT_BYTES + 9] ^= 1;
    lq_export_seal_write_record(key, record, opened, record);
    refused(export, export_bytes, LQ_ERR_CORRUPT, "frame 7: digest of the content");
}
END_TEST

static void prepare(void)
{
    lq_cli_folder_make();
    read_golden();
}

TCase *lq_test_export_reader(void)
{
    TCase *tc = tcase_create("export_reader");

    tcase_add_checked_fixture(tc, prepare, lq_cli_folder_remove);
    tcase_add_test(tc, the_golden_export_is_read);
    tcase_add_test(tc, the_golden_export_is_replayed);
    tcase_add_test(tc, a_difference_is_found);
    tcase_add_test(tc, a_changed_export_is_refused);
    tcase_add_test(tc, a_part_of_an_export_is_refused);
    tcase_add_test(tc, what_is_no_export_is_refused);
    tcase_add_loop_test(tc, hostile_lengths_are_refused, 0, 5);
    tcase_add_test(tc, frames_have_their_places);
    tcase_add_test(tc, a_chain_has_no_other_link);
    return tc;
}
