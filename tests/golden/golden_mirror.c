// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The worked example of docs/cloud.md: what the table has of a stream and a base, byte by byte. The
 * same bytes are read by read_mirror.py, which knows the document and none of our code. */
#include "mirror/domain/base_reader.h"
#include "mirror/domain/key_item.h"
#include "mirror/domain/partition_item.h"
#include "mirror/domain/segment_reader.h"
#include "store/core/broker_entry.h"
#include "store/seal/broker_seal.h"
#include "store/seal/digest.h"
#include "store/seal/letter_seal.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { BODY_MAX = 400, PIECE_MAX = 150, LINE_MAX_BYTES = 4096, LINES_MAX = 64 };

/* The lines of a file of names and bytes. */
struct line {
    char name[32];
    uint8_t bytes[1024];
    size_t count;
};

static struct line lines[LINES_MAX];
static size_t line_count;

static const char *path_of(const char *name)
{
    static char path[1024];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%s/tests/golden/%s", source != NULL ? source : ".", name);
    return path;
}

static void read_lines(const char *name)
{
    static char text[LINE_MAX_BYTES];
    FILE *file = fopen(path_of(name), "r");

    ck_assert_msg(file != NULL, "%s", name);
    while (fgets(text, sizeof text, file) != NULL) {
        struct line *line = &lines[line_count];
        int at = 0;
        unsigned int byte = 0;
        if (text[0] == '#') {
            continue;
        }
        ck_assert_uint_lt(line_count, LINES_MAX);
        ck_assert_int_eq(sscanf(text, "%31s %n", line->name, &at), 1);
        for (line->count = 0; sscanf(text + at, "%2x", &byte) == 1; at += 2) {
            ck_assert_uint_lt(line->count, sizeof line->bytes);
            line->bytes[line->count++] = (uint8_t)byte;
        }
        line_count++;
    }
    fclose(file);
}

static struct lq_view golden(const char *name)
{
    for (size_t index = 0; index < line_count; index++) {
        if (strcmp(lines[index].name, name) == 0) {
            return lq_view_of(lines[index].bytes, lines[index].count);
        }
    }
    ck_abort_msg("no line %s", name);
    return lq_view_of(NULL, 0);
}

/* The bytes that were made are those of the file. */
static void compare(const char *name, struct lq_view made)
{
    if (lq_view_equal(golden(name), made)) {
        return;
    }
    printf("%s ", name);
    for (size_t at = 0; at < made.bytes; at++) {
        printf("%02x", made.data[at]);
    }
    ck_abort_msg("\n%s is another than it was", name);
}

static void setup(void)
{
    line_count = 0;
    read_lines("ledger_record_v2.hex");
    read_lines("mirror_v2.hex");
}

static struct lq_segment_header before;

static void stamp(struct lq_segment_header *header, uint8_t writer, uint64_t claim)
{
    *header = (struct lq_segment_header){
        .tenant_number = 3,
        .number = before.number + 1,
        .claim = claim,
        .wall_ns = 1795920618000000000u,
    };
    memset(header->writer, writer, sizeof header->writer);
    memcpy(header->previous, before.digest, LQ_HASH_BYTES);
}

static void make_claim(const char *name, uint8_t writer, uint64_t claim)
{
    uint8_t bytes[LQ_SEGMENT_HEADER_BYTES];
    struct lq_segment_header header;

    stamp(&header, writer, claim);
    header.kind = LQ_SEGMENT_CLAIM;
    header.after = before.after;
    memcpy(header.before, before.after.sequence, sizeof header.before);
    lq_segment_encode(&header, lq_digest, lq_view_of(bytes, 0), bytes);
    before = header;
    compare(name, lq_view_of(bytes, sizeof bytes));
}

static void make_segment(struct lq_segment_packer *packer, const char *header_name,
                         const char *body_name)
{
    uint8_t bytes[LQ_SEGMENT_HEADER_BYTES];
    const uint8_t *body = packer->body;
    struct lq_segment_header header;

    stamp(&header, 0xa1, 1);
    lq_segment_packer_finish(packer, &header, bytes);
    before = header;
    compare(body_name, lq_view_of(body, header.body_bytes));
    compare(header_name, lq_view_of(bytes, sizeof bytes));
}

/* A claim; a note, the record of the ledger's example, the front of a longer note; its rest; a
 * claim of the next writer. */
START_TEST(test_segments_are_as_they_were)
{
    static const struct lq_segment_position none;
    uint8_t body[BODY_MAX];
    uint8_t counting[200];
    struct lq_segment_packer packer;
    struct lq_segment_entry entries[] = {
        {.kind = LQ_SEGMENT_OUTBOX, .sequence = 5, .bytes = lq_view_text("note five")},
        {.kind = LQ_SEGMENT_RECORD, .sequence = 12, .bytes = golden("record")},
        {.kind = LQ_SEGMENT_OUTBOX, .sequence = 6, .bytes = {counting, sizeof counting}},
    };

    for (size_t at = 0; at < sizeof counting; at++) {
        counting[at] = (uint8_t)at;
    }
    lq_segment_plain_identity(lq_digest, entries[0].bytes, entries[0].identity);
    ck_assert(lq_segment_record_identity(entries[1].bytes, entries[1].identity));
    lq_segment_plain_identity(lq_digest, entries[2].bytes, entries[2].identity);
    memset(&before, 0, sizeof before);
    make_claim("segment_1_h", 0xa1, 1);
    lq_segment_packer_start(&packer, lq_digest, BODY_MAX, &none);
    lq_segment_packer_begin(&packer, body);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &entries[0]), LQ_OK);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &entries[1]), LQ_OK);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &entries[2]), LQ_ERR_FULL);
    make_segment(&packer, "segment_2_h", "segment_2_b");
    lq_segment_packer_begin(&packer, body);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &entries[2]), LQ_OK);
    make_segment(&packer, "segment_3_h", "segment_3_b");
    make_claim("segment_4_h", 0xb2, 2);
}
END_TEST

START_TEST(test_segments_are_read_as_they_were)
{
    static const char *const names[][2] = {{"segment_1_h", NULL},
                                           {"segment_2_h", "segment_2_b"},
                                           {"segment_3_h", "segment_3_b"},
                                           {"segment_4_h", NULL}};
    static const int entries[] = {0, 2, 1, 0};
    struct lq_segment_reader reader;
    struct lq_segment_entry entry;
    uint8_t buffer[1024];

    lq_segment_reader_start(&reader, lq_digest, 0, 3, buffer, sizeof buffer);
    for (int index = 0; index < 4; index++) {
        int count = 0;
        struct lq_view body =
            names[index][1] != NULL ? golden(names[index][1]) : lq_view_of(NULL, 0);
        ck_assert_msg(lq_segment_reader_take(&reader, golden(names[index][0]), body) == LQ_OK,
                      "%s: %s", names[index][0], reader.why);
        while (lq_segment_reader_next(&reader, &entry) == LQ_OK) {
            count++;
        }
        ck_assert_int_eq(count, entries[index]);
    }
    ck_assert_uint_eq(entry.bytes.bytes, 200);
}
END_TEST

START_TEST(test_bases_are_as_they_were)
{
    static const char *const names[][2] = {{"base_0_h", "base_0_b"}, {"base_1_h", "base_1_b"}};
    struct lq_base_header header = {
        .tenant_number = 3, .session_number = 5, .segment = 3, .wall_ns = 1795920618000000000u};
    struct lq_base_reader reader;
    struct lq_view record;
    uint8_t base[1024];
    uint8_t again[1024];
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];

    ck_assert_int_eq(lq_base_item_add(&header, golden("record"), base, sizeof base), LQ_OK);
    ck_assert_int_eq(lq_base_item_cut(&header, lq_digest, base, PIECE_MAX), LQ_OK);
    ck_assert_uint_eq(header.piece_count, 2);
    lq_base_reader_start(&reader, lq_digest, again, sizeof again);
    for (uint32_t piece = 0; piece < 2; piece++) {
        struct lq_view body = lq_base_item_piece(&header, lq_digest, base, piece, bytes);
        compare(names[piece][1], body);
        compare(names[piece][0], lq_view_of(bytes, sizeof bytes));
        ck_assert_int_eq(
            lq_base_reader_take(&reader, golden(names[piece][0]), golden(names[piece][1])),
            piece == 0 ? LQ_ERR_NOT_FOUND : LQ_OK);
    }
    ck_assert_int_eq(lq_base_reader_next(&reader, &record), LQ_OK);
    ck_assert(lq_view_equal(record, golden("record")));
    ck_assert_int_eq(lq_base_reader_next(&reader, &record), LQ_ERR_NOT_FOUND);
}
END_TEST

START_TEST(test_small_items_are_as_they_were)
{
    struct lq_partition_item partition = {
        .ledger_format = 2, .claim = 2, .segment = 4, .wall_ns = 1795920618000000000u};
    struct lq_key_item keys = {.tenant_number = 3, .counter = 5};
    uint8_t bytes[LQ_PARTITION_ITEM_BYTES];
    uint8_t body[128];

    memset(partition.writer, 0xb2, sizeof partition.writer);
    memset(partition.history, 0xc3, sizeof partition.history);
    memcpy(partition.master_digest, golden("master_digest").data, LQ_HASH_BYTES);
    lq_partition_item_encode(&partition, lq_digest, bytes);
    compare("partition_h", lq_view_of(bytes, LQ_PARTITION_ITEM_BYTES));
    ck_assert_int_eq(lq_partition_item_decode(golden("partition_h"), lq_digest, &partition), LQ_OK);
    ck_assert_int_eq(lq_key_item_add(&keys, golden("wrapped_key"), body, sizeof body), LQ_OK);
    lq_key_item_encode(&keys, lq_digest, body, bytes);
    compare("keys_b", lq_view_of(body, keys.body_bytes));
    compare("keys_h", lq_view_of(bytes, LQ_KEY_ITEM_HEADER_BYTES));
    ck_assert_int_eq(lq_key_item_decode(golden("keys_h"), golden("keys_b"), lq_digest, &keys),
                     LQ_OK);
}
END_TEST

START_TEST(test_broker_entries_are_as_they_were)
{
    struct lq_broker_seal seal;
    struct lq_broker_entry entry = {.kind = LQ_BROKER_ENTRY_PUT,
                                    .table = LQ_BROKER_TABLE_PARKED,
                                    .sequence = 7,
                                    .epoch = 2,
                                    .wall_ns = 1795920618000000000u};
    struct lq_broker_entry_body body = {.key = lq_view_of("demo\0s1", 7),
                                        .value = lq_view_text("physics")};
    uint8_t plain[256];
    uint8_t sealed[256];
    size_t bytes = lq_broker_entry_bytes(entry.kind, &body);

    lq_broker_entry_write(&entry, &body, plain);
    compare("broker_plain", lq_view_of(plain, bytes));
    compare("broker_master_key", golden("master_key"));
    lq_broker_seal_derive(golden("master_key").data, &seal);
    lq_broker_seal_write(&seal, lq_view_of(plain, bytes), sealed);
    compare("broker_sealed", lq_view_of(sealed, bytes + LQ_SEALED_BOX_EXTRA_BYTES));
    ck_assert_int_eq(lq_broker_seal_open(&seal, golden("broker_sealed"), plain), LQ_OK);
    ck_assert_int_eq(lq_broker_entry_read(golden("broker_plain"), &entry, &body), LQ_OK);
    ck_assert(lq_view_equal(golden("broker_plain"), lq_view_of(plain, bytes)));
}
END_TEST

START_TEST(test_letters_are_as_they_were)
{
    struct lq_broker_seal master;
    struct lq_broker_entry entry = {.kind = LQ_BROKER_ENTRY_PUT,
                                    .table = LQ_BROKER_TABLE_LETTERS,
                                    .sequence = 8,
                                    .epoch = 2,
                                    .wall_ns = 1795920618000000001u};
    struct lq_broker_entry_body body = {.key = lq_view_of("\0\0\0\2\0\0\0\1", 8),
                                        .value = lq_view_text("a letter")};
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t plain[256];
    uint8_t inner[256];
    uint8_t sealed[512];
    uint8_t identity[LQ_HASH_BYTES];
    size_t bytes = lq_broker_entry_bytes(entry.kind, &body);

    for (size_t at = 0; at < sizeof key; at++) {
        key[at] = (uint8_t)(0x60 + at);
    }
    compare("letter_tenant_key", lq_view_of(key, sizeof key));
    lq_broker_entry_write(&entry, &body, plain);
    compare("letter_plain", lq_view_of(plain, bytes));
    const struct lq_letter_seal seal = {key, 3, 1};
    bytes = lq_letter_seal_write(&seal, lq_view_of(plain, bytes), inner);
    compare("letter_inner", lq_view_of(inner, bytes));
    lq_broker_seal_derive(golden("master_key").data, &master);
    lq_broker_seal_write(&master, lq_view_of(inner, bytes), sealed);
    compare("letter_sealed", lq_view_of(sealed, bytes + LQ_SEALED_BOX_EXTRA_BYTES));
    lq_segment_broker_identity(lq_digest, golden("letter_sealed"), identity);
    compare("letter_identity", lq_view_of(identity, sizeof identity));
    ck_assert_int_eq(lq_broker_entry_read(golden("letter_inner"), &entry, &body), LQ_OK);
    ck_assert_int_eq(lq_letter_seal_open(key, golden("letter_inner"), &body, plain, &bytes), LQ_OK);
    ck_assert(lq_view_equal(lq_view_of(plain, bytes), lq_view_text("a letter")));
}
END_TEST

/* What the document says is enough to read them. */
START_TEST(test_segments_are_read_by_the_document)
{
    static const char expected[] = "claim 1\n"
                                   "note 5, 9 bytes\n"
                                   "record 12 of session 5, frame 2\n"
                                   "note 6, 200 bytes\n"
                                   "claim 2\n"
                                   "base of session 5 at frame 2, 1 record\n"
                                   "partition 0, claim 2\n"
                                   "keys of tenant 3: 1, of generation 1\n"
                                   "entry 7 of epoch 2: put into table 2\n"
                                   "entry 8 of epoch 2: a letter of tenant 3, generation 1\n";
    char command[2200];
    char output[1024];

    int at = snprintf(command, sizeof command, "/usr/bin/python3 %s ", path_of("read_mirror.py"));
    snprintf(command + at, sizeof command - (size_t)at, "%s 2>&1", path_of("mirror_v2.hex"));
    FILE *stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    size_t bytes = fread(output, 1, sizeof output - 1, stream);
    output[bytes] = '\0';
    int status = pclose(stream);
    ck_assert_str_eq(output, expected);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static TCase *mirror(void)
{
    TCase *tc = tcase_create("mirror");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, test_segments_are_as_they_were);
    tcase_add_test(tc, test_segments_are_read_as_they_were);
    tcase_add_test(tc, test_bases_are_as_they_were);
    tcase_add_test(tc, test_small_items_are_as_they_were);
    tcase_add_test(tc, test_broker_entries_are_as_they_were);
    tcase_add_test(tc, test_letters_are_as_they_were);
    tcase_add_test(tc, test_segments_are_read_by_the_document);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {mirror};

    return lq_suite_run("golden_mirror", cases, 1);
}
