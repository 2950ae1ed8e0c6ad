// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Deltas of version 1 as they were written once: "0 CONTENT", then "FRAME DELTA" a line and "FRAME
 * digest", the first 8 bytes of an FNV sum, of the content that it gives. Whatever encoders come to
 * write, these give these contents for ever: they hold the predictor, the windows that follow from
 * commands, and every form of a column to what they are. delta_v1.hex has frames that the stages
 * play with commands of all kinds, and edits; delta_edges_v1.hex those of edge_frames.h.
 *
 * LQ_GOLDEN_WRITE=FOLDER writes the files anew; only a new delta version may do that. */
#include "replay/replay.h"
#include "tests/golden/edge_frames.h"
#include "tests/property/random_world.h"
#include "tests/support/suite.h"
#include "world/canonical.h"
#include "world/tick_delta.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 40, BYTES_MAX = 16384 };

static struct lq_tick ticks[2];
static struct lq_tick inputs;
static struct lq_tick_delta_scratch scratch;
static uint8_t content[LQ_TICK_BYTES_MAX];
static uint8_t delta[BYTES_MAX];

static uint64_t content_sum(const struct lq_tick *tick)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    size_t bytes = 0;

    ck_assert_int_eq(lq_canonical_encode(tick, content, sizeof content, &bytes), LQ_OK);
    for (size_t at = 0; at < bytes; at++) {
        sum = (sum ^ content[at]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

/* ---- writing ---- */

/* Two worlds' width of things that happen: what stages do, and what a stage of one's own may. */
static void make_next(struct lq_random_world *random, uint32_t frame)
{
    static const struct lq_stage_version stages[] = {
        {"load", 2}, {"physics", 2}, {"ai", 2}, {"persist", 1}};
    const struct lq_tick *before = &ticks[(frame - 1) % 2];
    struct lq_tick *after = &ticks[frame % 2];
    const struct lq_stage_version *missing = NULL;

    inputs.steps = (uint32_t)lq_random_world_number(random, 3);
    inputs.missed_count = before->missed_count + (frame % 7 == 0);
    inputs.wall_time_ns = before->wall_time_ns + lq_random_world_number(random, 200000000);
    memcpy(inputs.pipeline_hash, before->pipeline_hash, sizeof inputs.pipeline_hash);
    inputs.pipeline_hash[3] ^= frame % 11 == 0;
    inputs.config = before->config;
    inputs.stage_count = 4;
    memcpy(inputs.stages, stages, sizeof stages);
    inputs.command_count = (uint32_t)lq_random_world_number(random, 4);
    for (uint32_t index = 0; index < inputs.command_count; index++) {
        lq_random_world_command(random, before, &inputs.commands[index]);
    }
    memcpy(after, before, sizeof *after);
    ck_assert_int_eq(lq_replay_frame(after, &inputs, &missing), LQ_REPLAY_RECOMPUTED);
    if (frame % 5 == 0) {
        after->world.tenant_bytes_count = frame;
        memset(after->world.tenant_bytes, (int)frame / 10, frame);
    }
    if (frame % 9 == 0 && after->windows.count > 0) {
        after->windows.entries[0].used_map ^= 2;
    }
    if (frame % 13 == 0 && after->world.body_count > 2) {
        lq_world_remove_body(&after->world, 1);
    }
    if (frame == 20) {
        for (uint32_t body = 0; body < after->world.body_count; body++) {
            after->world.vx[body] = after->world.vy[body] = 0.0f;
            after->world.body_kind[body]++;
        }
    }
}

static void write_hex(FILE *to, uint32_t frame, const uint8_t *bytes, size_t count)
{
    fprintf(to, "%" PRIu32 " ", frame);
    for (size_t at = 0; at < count; at++) {
        fprintf(to, "%02x", bytes[at]);
    }
    fprintf(to, "\n");
}

static struct lq_random_world played = {2045};

static void begin_played(struct lq_tick *tick)
{
    lq_random_world_fill(&played, tick, 24);
}

static void next_played(const struct lq_tick *before, uint32_t frame, struct lq_tick *after)
{
    ck_assert_ptr_ne(before, after);
    make_next(&played, frame);
}

static const struct {
    const char *name;
    uint32_t frames;
    void (*begin)(struct lq_tick *tick);
    void (*next)(const struct lq_tick *before, uint32_t frame, struct lq_tick *after);
    const char *read;
} files[] = {
    {"delta_v1.hex", FRAMES, begin_played, next_played, "40 frames\n"},
    {"delta_edges_v1.hex", LQ_EDGE_FRAMES, lq_edge_frames_begin, lq_edge_frames_next,
     "10 frames\n"},
};

static void write_golden(const char *folder, int file)
{
    char path[512];
    size_t bytes = 0;

    snprintf(path, sizeof path, "%s/%s", folder, files[file].name);
    FILE *to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    files[file].begin(&ticks[0]);
    ck_assert_int_eq(lq_canonical_encode(&ticks[0], content, sizeof content, &bytes), LQ_OK);
    write_hex(to, 0, content, bytes);
    for (uint32_t frame = 1; frame <= files[file].frames; frame++) {
        struct lq_tick_delta_room room = {delta, sizeof delta};

        files[file].next(&ticks[(frame - 1) % 2], frame, &ticks[frame % 2]);
        ck_assert_int_eq(lq_tick_delta_encode(&ticks[(frame - 1) % 2], &ticks[frame % 2], &scratch,
                                              room, &bytes),
                         LQ_OK);
        write_hex(to, frame, delta, bytes);
        fprintf(to, "%" PRIu32 " %016" PRIx64 "\n", frame, content_sum(&ticks[frame % 2]));
    }
    fclose(to);
}

/* ---- reading ---- */

static size_t read_hex(FILE *from, uint32_t frame, uint8_t *to)
{
    static char line[2 * BYTES_MAX + 16];
    size_t bytes = 0;
    unsigned byte;

    ck_assert_ptr_nonnull(fgets(line, sizeof line, from));
    ck_assert_uint_eq(strtoul(line, NULL, 10), frame);
    for (const char *at = strchr(line, ' ') + 1; sscanf(at, "%2x", &byte) == 1; at += 2) {
        ck_assert_uint_lt(bytes, BYTES_MAX);
        to[bytes++] = (uint8_t)byte;
    }
    return bytes;
}

static uint64_t read_sum(FILE *from, uint32_t frame)
{
    uint8_t bytes[BYTES_MAX];
    uint64_t sum = 0;

    ck_assert_uint_eq(read_hex(from, frame, bytes), 8);
    for (size_t at = 0; at < 8; at++) {
        sum = sum << 8 | bytes[at];
    }
    return sum;
}

/* What the encoder of today makes of the frame is not longer, and gives the same. */
static void check_encoder(const struct lq_tick *before, const struct lq_tick *after,
                          size_t golden_bytes)
{
    static struct lq_tick back;
    struct lq_tick_delta_room room = {delta, sizeof delta};
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_tick_delta_encode(before, after, &scratch, room, &bytes), LQ_OK);
    ck_assert_uint_le(bytes, golden_bytes);
    ck_assert_int_eq(
        lq_tick_delta_decode(lq_view_of(delta, bytes), before, &back, &scratch, &where), LQ_OK);
    ck_assert_uint_eq(content_sum(&back), content_sum(after));
}

static const char *path_of(const char *name)
{
    static char path[512];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%s/tests/golden/%s", source != NULL ? source : ".", name);
    return path;
}

START_TEST(golden_deltas)
{
    static uint8_t golden[BYTES_MAX];
    const char *where = "";
    const char *write_to = getenv("LQ_GOLDEN_WRITE");

    if (write_to != NULL) {
        write_golden(write_to, _i);
        return;
    }
    FILE *from = fopen(path_of(files[_i].name), "r");
    ck_assert_msg(from != NULL, "%s", path_of(files[_i].name));
    size_t bytes = read_hex(from, 0, golden);
    ck_assert_int_eq(lq_canonical_decode(lq_view_of(golden, bytes), &ticks[0], &where), LQ_OK);
    for (uint32_t frame = 1; frame <= files[_i].frames; frame++) {
        const struct lq_tick *before = &ticks[(frame - 1) % 2];
        struct lq_tick *after = &ticks[frame % 2];

        bytes = read_hex(from, frame, golden);
        enum lq_result rc =
            lq_tick_delta_decode(lq_view_of(golden, bytes), before, after, &scratch, &where);
        ck_assert_msg(rc == LQ_OK, "frame %u: %s", frame, where);
        ck_assert_msg(content_sum(after) == read_sum(from, frame), "frame %u differs", frame);
        check_encoder(before, after, bytes);
    }
    ck_assert_int_eq(fgetc(from), EOF);
    fclose(from);
}
END_TEST

/* The format's page is enough to read them: read_delta.py knows none of our code. */
START_TEST(golden_deltas_by_the_document)
{
    char command[1200];
    char output[256];

    int at = snprintf(command, sizeof command, "/usr/bin/python3 -B %s ", path_of("read_delta.py"));
    snprintf(command + at, sizeof command - (size_t)at, "%s 2>&1", path_of(files[_i].name));
    FILE *stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    size_t bytes = fread(output, 1, sizeof output - 1, stream);
    output[bytes] = '\0';
    int status = pclose(stream);
    ck_assert_str_eq(output, files[_i].read);
    ck_assert_int_eq(status, 0);
}
END_TEST

static TCase *golden_delta(void)
{
    TCase *tcase = tcase_create("delta");

    int count = (int)(sizeof files / sizeof files[0]);

    tcase_add_loop_test(tcase, golden_deltas, 0, count);
    tcase_add_loop_test(tcase, golden_deltas_by_the_document, 0, count);
    return tcase;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {golden_delta};

    return lq_suite_run("golden delta", cases, 1);
}
