// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The bytes of every message ever shipped: "name hex" a line. With LQ_GOLDEN_WRITE=FILE the current
 * ones are written there instead; a change of a shipped line needs a new wire version. */
#include "tests/unit/proto/proto_cases.h"
#include "tests/unit/proto/wire_samples.h"

#include <stdio.h>
#include <stdlib.h>

static uint8_t encoded[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t golden[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t again[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t memory[LQ_WIRE_SAMPLE_ARENA_BYTES];

static int digit(int character)
{
    const char *digits = "0123456789abcdef";
    const char *place = character == '\0' ? NULL : strchr(digits, character);

    return place == NULL ? -1 : (int)(place - digits);
}

/* The golden bytes of `name`; 0 if the file has none. */
static size_t read_golden(const char *name)
{
    static char line[65536];
    FILE *file = fopen(LQ_GOLDEN_FILE, "r");
    size_t count = 0;

    ck_assert_ptr_nonnull(file);
    while (count == 0 && fgets(line, sizeof line, file) != NULL) {
        size_t name_bytes = strlen(name);
        if (strncmp(line, name, name_bytes) != 0 || line[name_bytes] != ' ') {
            continue;
        }
        for (const char *at = line + name_bytes + 1; digit(at[0]) >= 0; at += 2) {
            golden[count++] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
        }
    }
    (void)fclose(file);
    return count;
}

static void write_golden(const char *path)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fprintf(file, "# Wire version 2: one message of each kind, framing included, in hex.\n");
    for (size_t index = 0; index < lq_wire_sample_count; index++) {
        size_t bytes = 0;
        ck_assert_int_eq(lq_wire_samples[index].encode(encoded, sizeof encoded, &bytes), LQ_OK);
        fprintf(file, "%s ", lq_wire_samples[index].name);
        for (size_t place = 0; place < bytes; place++) {
            fprintf(file, "%02x", encoded[place]);
        }
        fprintf(file, "\n");
    }
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_golden)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    struct lq_arena arena = {memory, sizeof memory, 0};
    const char *where = "";
    size_t bytes = 0;
    size_t bytes_again = 0;

    if (getenv("LQ_GOLDEN_WRITE") != NULL) {
        write_golden(getenv("LQ_GOLDEN_WRITE"));
        return;
    }
    size_t golden_bytes = read_golden(sample->name);
    ck_assert_msg(golden_bytes > 0, "%s: not in the file", sample->name);
    ck_assert_int_eq(sample->encode(encoded, sizeof encoded, &bytes), LQ_OK);
    ck_assert_msg(bytes == golden_bytes && memcmp(encoded, golden, bytes) == 0,
                  "%s: written otherwise", sample->name);
    enum lq_result result =
        sample->again(lq_wire_sample_message(sample, lq_view_of(golden, golden_bytes)), &arena,
                      again, sizeof again, &bytes_again, &where);
    ck_assert_msg(result == LQ_OK, "%s: %s", sample->name, where);
    ck_assert_uint_eq(bytes_again, golden_bytes);
    ck_assert_mem_eq(again, golden, golden_bytes);
}
END_TEST

TCase *lq_test_wire_samples_golden(void)
{
    TCase *tc = tcase_create("wire_samples_golden");

    tcase_add_loop_test(tc, test_golden, 0, (int)lq_wire_sample_count);
    return tc;
}
