// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/outbox_note.h"

#include "tests/support/suite.h"

static size_t write_note(struct lq_outbox_entry *entry, const struct lq_outbox_note *note,
                         uint8_t bytes[LQ_OUTBOX_NOTE_BYTES_MAX])
{
    memset(bytes, 0, LQ_OUTBOX_NOTE_BYTES_MAX);
    entry->body_bytes =
        (uint32_t)lq_outbox_note_encode(entry->kind, note, bytes + LQ_OUTBOX_ENTRY_HEADER_BYTES);
    lq_outbox_entry_encode(entry, bytes);
    return LQ_OUTBOX_ENTRY_TAGGED_BYTES + entry->body_bytes;
}

START_TEST(test_outbox_note_goes_there_and_back)
{
    static struct lq_outbox_entry entries[] = {
        {LQ_OUTBOX_TENANT, 0, 0, 0, 1, 2, 0, 0, 0, false},
        {LQ_OUTBOX_SESSION, 0, 0, 0, 1, 2, 3, 0, 4, false},
        {LQ_OUTBOX_KEY, 5, 0, 0, 1, 2, 0, 0, 0, false},
        {LQ_OUTBOX_LETTER, 0, 0, 0, 1, 2, 3, 6, 4, false},
        {LQ_OUTBOX_RETENTION, 0, 0, 0, 1, 2, 0, 0, 0, false},
    };
    const struct lq_outbox_note notes[] = {
        {.execution = {7, 8}, .name = lq_view_text("demo")},
        {.name = lq_view_text("s1")},
        {.letter_id = 0},
        {.letter_id = 9},
        {.retention_s = 3600},
    };
    struct lq_outbox_entry entry;
    struct lq_outbox_note note;
    uint8_t bytes[LQ_OUTBOX_NOTE_BYTES_MAX];

    for (size_t index = 0; index < sizeof notes / sizeof notes[0]; index++) {
        size_t count = write_note(&entries[index], &notes[index], bytes);
        memset(&entry, 0, sizeof entry);
        ck_assert_int_eq(lq_outbox_entry_decode(lq_view_of(bytes, count), &entry), LQ_OK);
        ck_assert_mem_eq(&entry, &entries[index], sizeof entry);
        ck_assert_int_eq(lq_outbox_note_decode(lq_view_of(bytes, count), &entry, &note), LQ_OK);
        ck_assert_uint_eq(note.execution.epoch, notes[index].execution.epoch);
        ck_assert_uint_eq(note.execution.counter, notes[index].execution.counter);
        ck_assert(lq_view_equal(note.name, notes[index].name));
        ck_assert_uint_eq(note.letter_id, notes[index].letter_id);
        ck_assert_uint_eq(note.retention_s, notes[index].retention_s);
    }
}
END_TEST

START_TEST(test_outbox_note_refuses)
{
    static const struct {
        struct lq_outbox_entry entry;
        const char *body;
        size_t bytes;
    } bad[] = {
        {{LQ_OUTBOX_TENANT, 0, 0, 15, 1, 2, 0, 0, 0, false}, "123456789012345", 15},
        {{LQ_OUTBOX_TENANT, 0, 0, 16, 1, 2, 0, 0, 0, false}, "1234567890123456", 16},
        {{LQ_OUTBOX_TENANT, 0, 0, 18, 1, 2, 0, 0, 0, false}, "1234567890123456 b", 18},
        {{LQ_OUTBOX_SESSION, 0, 0, 0, 1, 2, 3, 0, 4, false}, "", 0},
        {{LQ_OUTBOX_SESSION, 0, 0, 2, 1, 2, 3, 0, 4, false}, ".a", 2},
        {{LQ_OUTBOX_KEY, 1, 0, 1, 1, 2, 0, 0, 0, false}, "x", 1},
        {{LQ_OUTBOX_RETENTION, 0, 0, 4, 1, 2, 0, 0, 0, false}, "1234", 4},
        {{LQ_OUTBOX_RETENTION, 0, 0, 8, 1, 2, 0, 0, 0, false}, "12345678", 8},
        {{LQ_OUTBOX_LETTER, 0, 0, 7, 1, 2, 3, 6, 4, false}, "1234567", 7},
        {{LQ_OUTBOX_LETTER, 0, 0, 8, 1, 2, 3, 6, 4, false}, "\0\0\0\0\0\0\0\0", 8},
    };
    struct lq_outbox_note note;
    uint8_t bytes[LQ_OUTBOX_NOTE_BYTES_MAX];

    for (size_t index = 0; index < sizeof bad / sizeof bad[0]; index++) {
        memset(bytes, 0, sizeof bytes);
        lq_outbox_entry_encode(&bad[index].entry, bytes);
        memcpy(bytes + LQ_OUTBOX_ENTRY_HEADER_BYTES, bad[index].body, bad[index].bytes);
        ck_assert_int_eq(lq_outbox_note_decode(
                             lq_view_of(bytes, LQ_OUTBOX_ENTRY_TAGGED_BYTES + bad[index].bytes),
                             &bad[index].entry, &note),
                         LQ_ERR_CORRUPT);
    }
}
END_TEST

TCase *lq_test_outbox_note(void);
TCase *lq_test_outbox_note(void)
{
    TCase *tc = tcase_create("outbox_note");

    tcase_add_test(tc, test_outbox_note_goes_there_and_back);
    tcase_add_test(tc, test_outbox_note_refuses);
    return tc;
}
