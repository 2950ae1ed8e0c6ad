// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Contents of records that load 1, physics 1 and ai 1 made, when each client id was a player of its
 * own: replay_v1.hex, "FRAME CONTENT" a line. Two ids with the same first half join, have a body
 * each and keep their hands off the other's; one number is redriven from below its window. Those
 * versions are frozen, so every frame is recomputed from the one before, byte for byte. */
#include "replay/replay.h"
#include "tests/support/suite.h"
#include "world/canonical.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 16, CONTENT_BYTES_MAX = 2048 };

static uint8_t contents[FRAMES + 1][CONTENT_BYTES_MAX];
static size_t content_bytes[FRAMES + 1];
static struct lq_tick tick;
static struct lq_tick recorded;
static uint8_t recomputed[LQ_TICK_BYTES_MAX];

static void read_contents(void)
{
    static char line[2 * CONTENT_BYTES_MAX + 16];
    char path[512];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%s/tests/golden/replay_v1.hex", source != NULL ? source : ".");
    FILE *stream = fopen(path, "r");
    ck_assert_msg(stream != NULL, "%s", path);
    for (uint32_t frame = 0; frame <= FRAMES; frame++) {
        unsigned byte;
        ck_assert_ptr_nonnull(fgets(line, sizeof line, stream));
        ck_assert_uint_eq(strtoul(line, NULL, 10), frame);
        content_bytes[frame] = 0;
        for (const char *at = strchr(line, ' ') + 1; sscanf(at, "%2x", &byte) == 1; at += 2) {
            contents[frame][content_bytes[frame]++] = (uint8_t)byte;
        }
    }
    ck_assert_ptr_null(fgets(line, sizeof line, stream));
    fclose(stream);
}

static void decode(uint32_t frame, struct lq_tick *to)
{
    const char *where = "";
    struct lq_view content = lq_view_of(contents[frame], content_bytes[frame]);

    ck_assert_msg(lq_canonical_decode(content, to, &where) == LQ_OK, "frame %u: %s", frame, where);
}

START_TEST(golden_frames_of_version_1)
{
    const struct lq_stage_version *missing = NULL;
    size_t bytes = 0;
    uint32_t players_max = 0;

    read_contents();
    for (uint32_t frame = 1; frame <= FRAMES; frame++) {
        decode(frame - 1, &tick);
        decode(frame, &recorded);
        ck_assert_uint_eq(recorded.stage_count, 4);
        ck_assert_int_eq(lq_replay_frame(&tick, &recorded, &missing), LQ_REPLAY_RECOMPUTED);
        ck_assert_int_eq(lq_canonical_encode(&tick, recomputed, sizeof recomputed, &bytes), LQ_OK);
        ck_assert_msg(bytes == content_bytes[frame] &&
                          memcmp(recomputed, contents[frame], bytes) == 0,
                      "frame %u differs", frame);
        players_max = tick.world.player_count > players_max ? tick.world.player_count : players_max;
    }
    ck_assert_uint_eq(players_max, 2); /* of one first half */
}
END_TEST

static TCase *golden_replay(void)
{
    TCase *tcase = tcase_create("replay");

    tcase_add_test(tcase, golden_frames_of_version_1);
    return tcase;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {golden_replay};

    return lq_suite_run("golden replay", cases, 1);
}
