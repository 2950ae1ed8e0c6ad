// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/canonical.h"

#include "tests/support/suite.h"

static struct lq_tick tick;
static struct lq_tick back;
static uint8_t content[LQ_TICK_BYTES_MAX];
static uint8_t again[LQ_TICK_BYTES_MAX];

/* One body, agent and player, each command kind, a window. */
static void fill(void)
{
    lq_tick_clear(&tick);
    strcpy(tick.tenant, "acme");
    strcpy(tick.session, "s1");
    tick.frame = 9;
    tick.steps = 1;
    tick.step_count = 8;
    tick.missed_count = 2;
    tick.wall_time_ns = 77;
    memset(tick.pipeline_hash, 0xab, sizeof tick.pipeline_hash);
    tick.config = (struct lq_session_config){42, 10, 1, 1, 100.0, 50.0, 0.5f, false};
    ck_assert_int_eq(lq_tick_add_stage(&tick, "physics", 1), LQ_OK);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 3, 1.5, 2.5, 0.5f), 0);
    ck_assert_int_eq(lq_world_set_agent(&tick.world, 1, LQ_BEHAVIOR_WANDER, 0, 2.0f), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&tick.world, &(struct lq_client_id){{1}}, 1), LQ_OK);
    tick.world.tenant_bytes_count = 3;
    memcpy(tick.world.tenant_bytes, "xyz", 3);
    lq_client_windows_use(&tick.windows, &(struct lq_client_id){{1}}, 4, 9);
    tick.command_count = LQ_COMMAND_KIND_LAST + 1;
    for (uint32_t kind = 0; kind <= LQ_COMMAND_KIND_LAST; kind++) {
        tick.commands[kind] = (struct lq_command){.client = {{1}},
                                                  .sequence = kind + 1,
                                                  .kind = (uint8_t)kind,
                                                  .outcome = LQ_OUTCOME_APPLIED,
                                                  .body_kind = 1,
                                                  .behavior = 2,
                                                  .body_id = 3,
                                                  .target_id = 4,
                                                  .x = 5.0,
                                                  .y = 6.0,
                                                  .radius = 7.0f,
                                                  .vx = 8.0f,
                                                  .vy = 9.0f,
                                                  .strength = 10.0f};
    }
    lq_command_refuse(&tick.commands[0], "body: unreadable");
    tick.commands[LQ_COMMAND_CUSTOM].custom = lq_view_text("hello");
    tick.commands[LQ_COMMAND_LEAVE].letter_id = 77;
}

static size_t encode(void)
{
    size_t bytes = 0;

    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_OK);
    return bytes;
}

static enum lq_result decode(size_t bytes, const char **where)
{
    *where = "";
    return lq_canonical_decode(lq_view_of(content, bytes), &back, where);
}

START_TEST(test_round_trip)
{
    const char *where;
    size_t again_bytes = 0;

    fill();
    size_t bytes = encode();
    ck_assert_msg(decode(bytes, &where) == LQ_OK, "%s", where);
    ck_assert_str_eq(back.tenant, "acme");
    ck_assert_str_eq(back.session, "s1");
    ck_assert_uint_eq(back.frame, 9);
    ck_assert_uint_eq(back.missed_count, 2);
    ck_assert_uint_eq(back.config.seed, 42);
    ck_assert_str_eq(back.stages[0].name, "physics");
    ck_assert_uint_eq(back.command_count, 9);
    ck_assert_str_eq(back.commands[0].reason, "body: unreadable");
    ck_assert_double_eq(back.commands[LQ_COMMAND_JOIN].y, 6.0);
    ck_assert_float_eq(back.commands[LQ_COMMAND_JOIN].vx, 0.0f); /* not a field of Join */
    ck_assert_float_eq(back.commands[LQ_COMMAND_SPAWN].vx, 8.0f);
    ck_assert_uint_eq(back.commands[LQ_COMMAND_SET_BEHAVIOR].target_id, 4);
    ck_assert_uint_eq(back.commands[LQ_COMMAND_CUSTOM].custom.bytes, 5);
    ck_assert_uint_eq(back.commands[LQ_COMMAND_LEAVE].kind, LQ_COMMAND_LEAVE);
    ck_assert_uint_eq(back.commands[LQ_COMMAND_LEAVE].letter_id, 77);
    ck_assert_uint_eq(back.commands[LQ_COMMAND_JOIN].letter_id, 0);
    ck_assert_uint_eq(back.windows.entries[0].highest, 4);
    ck_assert_double_eq(back.world.x[0], 1.5);
    ck_assert_uint_eq(back.world.player_body[0], 1);
    ck_assert_int_eq(lq_canonical_encode(&back, again, sizeof again, &again_bytes), LQ_OK);
    ck_assert_uint_eq(again_bytes, bytes);
    ck_assert_int_eq(memcmp(content, again, bytes), 0);
}
END_TEST

/* The layout of docs/ledger-format.md, byte by byte. */
static const uint8_t expected[] = {
    1,  0,   0,    0,                                                    /* version */
    1,  't', 2,    's',  '1',                                            /* names */
    9,  0,   0,    0,    0,    0, 0,    0,                               /* frame */
    1,  0,   0,    0,                                                    /* steps */
    8,  0,   0,    0,    0,    0, 0,    0,                               /* step_count */
    2,  0,   0,    0,    0,    0, 0,    0,                               /* missed_count */
    7,  0,   0,    0,    0,    0, 0,    0,                               /* wall_time_ns */
    5,  5,   5,    5,    5,    5, 5,    5,    5,    5, 5, 5, 5, 5, 5, 5, /* pipeline_hash */
    5,  5,   5,    5,    5,    5, 5,    5,    5,    5, 5, 5, 5, 5, 5, 5, /* */
    42, 0,   0,    0,    0,    0, 0,    0,                               /* seed */
    10, 0,   0,    0,    1,    0, 0,    0,                               /* rate */
    1,  0,   0,    0,                                                    /* steps_per_command */
    0,  0,   0,    0,    0,    0, 0xf0, 0x3f,                            /* width 1.0 */
    0,  0,   0,    0,    0,    0, 0x00, 0x40,                            /* height 2.0 */
    0,  0,   0,    0x3f,                                                 /* restitution 0.5 */
    1,  0,                                                               /* stages */
    2,  'a', 'i',  1,    0,    0, 0,                                     /* */
    1,  0,                                                               /* commands */
    3,  0,   0,    0,    0,    0, 0,    0,    0,    0, 0, 0, 0, 0, 0, 0, /* client */
    6,  0,   0,    0,    0,    0, 0,    0,                               /* sequence */
    5,  3,                                                               /* SetThrust, refused */
    4,  0,   0,    0,                                                    /* body_id */
    0,  0,   0x80, 0x3f, 0,    0, 0,    0,                               /* vx 1.0, vy 0.0 */
    2,  'n', 'o',                                                        /* reason */
    1,  0,                                                               /* windows */
    3,  0,   0,    0,    0,    0, 0,    0,    0,    0, 0, 0, 0, 0, 0, 0, /* client */
    6,  0,   0,    0,    0,    0, 0,    0,                               /* highest */
    0,  0,   0,    0,    0,    0, 0,    0,                               /* used_map */
    9,  0,   0,    0,    0,    0, 0,    0,                               /* last_frame */
    2,  0,   0,    0,                                                    /* next_body_id */
    1,  0,                                                               /* bodies */
    1,  1,   0,    0,    0,                                              /* id */
    1,  8,                                                               /* kind */
    1,  0,   0,    0,    0,    0, 0,    0xf0, 0x3f,                      /* x 1.0 */
    1,  0,   0,    0,    0,    0, 0,    0xf0, 0x3f,                      /* y 1.0 */
    1,  0,   0,    0,    0x80,                                           /* angle: half a turn */
    1,  0,   0,    0x80, 0x3f,                                           /* vx 1.0 */
    1,  0,   0,    0,    0,                                              /* vy */
    1,  0,   0,    0,    0,                                              /* spin */
    1,  0,   0,    0,    0x3f,                                           /* radius 0.5 */
    1,  0,   0,    0,    0,                                              /* thrust x */
    1,  0,   0,    0,    0,                                              /* thrust y */
    0,  0,                                                               /* agents */
    0,  0,                                                               /* players */
    0,  0,                                                               /* tenant bytes */
};

START_TEST(test_layout)
{
    lq_tick_clear(&tick);
    strcpy(tick.tenant, "t");
    strcpy(tick.session, "s1");
    tick.frame = 9;
    tick.steps = 1;
    tick.step_count = 8;
    tick.missed_count = 2;
    tick.wall_time_ns = 7;
    memset(tick.pipeline_hash, 5, sizeof tick.pipeline_hash);
    tick.config = (struct lq_session_config){42, 10, 1, 1, 1.0, 2.0, 0.5f, false};
    ck_assert_int_eq(lq_tick_add_stage(&tick, "ai", 1), LQ_OK);
    tick.command_count = 1;
    tick.commands[0] = (struct lq_command){.client = {{3}},
                                           .sequence = 6,
                                           .kind = LQ_COMMAND_SET_THRUST,
                                           .body_id = 4,
                                           .vx = 1.0f,
                                           .x = 99.0 /* not a field of it */};
    lq_command_refuse(&tick.commands[0], "no");
    lq_client_windows_use(&tick.windows, &(struct lq_client_id){{3}}, 6, 9);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 8, 1.0, 1.0, 0.5f), 0);
    tick.world.vx[0] = 1.0f;
    tick.world.angle[0] = INT32_MIN;
    ck_assert_uint_eq(encode(), sizeof expected);
    ck_assert_int_eq(memcmp(content, expected, sizeof expected), 0);
}
END_TEST

/* Where the column of x begins in a content of `fill_alike`: behind ids and kinds. */
enum { ALIKE_BODIES = 5, ALIKE_KINDS = 2, X_BYTES = 8 };

/* Bodies of which the last ones are alike in kind, x and everything after it. */
static size_t fill_alike(void)
{
    lq_tick_clear(&tick);
    strcpy(tick.tenant, "t");
    strcpy(tick.session, "s");
    tick.config = (struct lq_session_config){42, 10, 1, 1, 100.0, 50.0, 0.5f, false};
    for (uint32_t index = 0; index < ALIKE_BODIES; index++) {
        ck_assert_uint_eq(lq_world_add_body(&tick.world, (uint8_t)(index == 0),
                                            index < 2 ? index : 9.0, 7.0, 1.0f),
                          index);
    }
    size_t bytes = encode();
    /* From the end: no agents, players and bytes; seven columns of one f32 or i32; y; x. */
    return bytes - 3 * 2 - 7 * (1 + 4) - (1 + 8) - (1 + 3 * X_BYTES);
}

/* A column ends with the entry from which on all rows are alike. */
START_TEST(test_rows_alike)
{
    const char *where;
    size_t all_alike;

    size_t x_at = fill_alike();
    ck_assert_uint_eq(content[x_at], 3); /* 0.0, 1.0, and 9.0 for three rows */
    ck_assert_uint_eq(content[x_at - ALIKE_KINDS - 1], ALIKE_KINDS);
    ck_assert_uint_eq(content[x_at - ALIKE_KINDS - 1 - 5], 1); /* ids count up: one step for all */
    all_alike = encode();
    ck_assert_int_eq(decode(all_alike, &where), LQ_OK);
    for (uint32_t index = 0; index < ALIKE_BODIES; index++) {
        ck_assert_uint_eq(back.world.body_id[index], index + 1);
        ck_assert_uint_eq(back.world.body_kind[index], index == 0);
        ck_assert_double_eq(back.world.x[index], index < 2 ? index : 9.0);
        ck_assert_double_eq(back.world.y[index], 7.0);
    }
    tick.world.x[ALIKE_BODIES - 1] = 8.0;
    ck_assert_uint_eq(encode(), all_alike + 2 * X_BYTES);
}
END_TEST

/* One world, one byte string: an entry too many is refused, and so is a count out of range. */
START_TEST(test_rows_not_shortest)
{
    const char *where;
    size_t x_at = fill_alike();
    size_t bytes = encode();

    for (unsigned count = 0; count < 256; count++) {
        if (count != 3) {
            content[x_at] = (uint8_t)count;
            ck_assert_int_eq(decode(bytes, &where), LQ_ERR_MALFORMED);
        }
    }
    content[x_at] = 4; /* 9.0 said twice */
    size_t behind = x_at + 1 + 3 * X_BYTES;
    memmove(content + behind + X_BYTES, content + behind, bytes - behind);
    memcpy(content + behind, content + behind - X_BYTES, X_BYTES);
    ck_assert_int_eq(decode(bytes + X_BYTES, &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "x");
    content[behind] ^= 1;
    ck_assert_int_eq(decode(bytes + X_BYTES, &where), LQ_OK);
}
END_TEST

/* The counts of columns take two bytes in a table of more than 255 rows. Targets are rows. */
START_TEST(test_wide_tables)
{
    const char *where;
    size_t bytes_before = 0;

    for (uint32_t bodies = 255; bodies <= 256; bodies++) {
        lq_tick_clear(&tick);
        strcpy(tick.tenant, "t");
        strcpy(tick.session, "s");
        tick.config = (struct lq_session_config){42, 10, 1, 1, 100.0, 50.0, 0.5f, false};
        tick.world.next_body_id = 1000;
        for (uint32_t index = 0; index < bodies; index++) {
            ck_assert_uint_eq(lq_world_add_body(&tick.world, 1, 2.0, 3.0, 1.0f), index);
        }
        ck_assert_int_eq(lq_world_set_agent(&tick.world, 1002, LQ_BEHAVIOR_SEEK, 1200, 2.0f),
                         LQ_OK);
        ck_assert_int_eq(lq_world_set_agent(&tick.world, 1005, LQ_BEHAVIOR_IDLE, 0, 2.0f), LQ_OK);
        size_t bytes = encode();
        /* a byte more for each of the eleven columns of bodies */
        ck_assert_uint_eq(bytes - bytes_before, bodies == 255 ? bytes : 11);
        bytes_before = bytes;
        ck_assert_msg(decode(bytes, &where) == LQ_OK, "%s", where);
        ck_assert_uint_eq(back.world.body_id[bodies - 1], 1000 + bodies - 1);
        ck_assert_uint_eq(back.world.agent_target[0], 1200);
        ck_assert_uint_eq(back.world.agent_target[1], 0);
    }
    tick.world.agent_target[0] = 5; /* not there */
    ck_assert_int_eq(decode(encode(), &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "agent_target");
}
END_TEST

START_TEST(test_unrecorded_commands)
{
    const char *where;

    fill();
    tick.commands[2].outcome = LQ_OUTCOME_DUPLICATE;
    tick.commands[3].outcome = LQ_OUTCOME_UNUSED;
    ck_assert_int_eq(decode(encode(), &where), LQ_OK);
    ck_assert_uint_eq(back.command_count, 7);
    ck_assert_uint_eq(back.commands[2].sequence, 5);
}
END_TEST

START_TEST(test_not_recordable)
{
    size_t bytes = 0;

    fill();
    tick.commands[1].outcome = LQ_OUTCOME_PENDING;
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_ERR_INVALID);
    fill();
    tick.commands[1].outcome = 200;
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_ERR_INVALID);
    fill();
    tick.commands[1].kind = 200;
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_ERR_INVALID);
    fill();
    tick.commands[0].outcome = LQ_OUTCOME_APPLIED;
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_ERR_INVALID);
    fill();
    tick.commands[LQ_COMMAND_CUSTOM].custom = lq_view_of(again, LQ_CUSTOM_BYTES_MAX + 1);
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_ERR_INVALID);
    fill();
    tick.steps = LQ_STEPS_PER_TICK_MAX + 1;
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_ERR_INVALID);
}
END_TEST

START_TEST(test_every_length)
{
    const char *where;
    size_t written = 0;

    fill();
    size_t bytes = encode();
    for (size_t less = 0; less < bytes; less++) {
        ck_assert_int_eq(decode(less, &where), LQ_ERR_MALFORMED);
        ck_assert_str_ne(where, "");
        ck_assert_int_eq(lq_canonical_encode(&tick, again, less, &written), LQ_ERR_LIMIT);
    }
    ck_assert_int_eq(lq_canonical_encode(&tick, again, bytes, &written), LQ_OK);
    content[bytes] = 0;
    ck_assert_int_eq(decode(bytes + 1, &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "trailing bytes");
}
END_TEST

START_TEST(test_other_version)
{
    const char *where;

    fill();
    size_t bytes = encode();
    for (uint8_t version = 0; version < 4; version++) {
        if (version != LQ_CANONICAL_VERSION_WITH_FLAGS) {
            content[0] = version;
            ck_assert_int_eq(decode(bytes, &where),
                             version == LQ_CANONICAL_VERSION ? LQ_OK : LQ_ERR_VERSION);
        }
    }
}
END_TEST

enum { FLAGS_AT = 4 + 5 + 3 + 8 + 4 + 8 + 8 + 8 + 32 + 8 + 12 + 16 + 4 };

/* A session with flags has another version and a byte more; no other flags than those. */
START_TEST(test_flags)
{
    static uint8_t without[LQ_TICK_BYTES_MAX];
    const char *where;

    fill();
    size_t bytes = encode();
    memcpy(without, content, bytes);
    tick.config.attended = true;
    ck_assert_uint_eq(encode(), bytes + 1);
    ck_assert_uint_eq(content[0], LQ_CANONICAL_VERSION_WITH_FLAGS);
    ck_assert_uint_eq(content[FLAGS_AT], 1);
    ck_assert_mem_eq(content + 1, without + 1, FLAGS_AT - 1);
    ck_assert_mem_eq(content + FLAGS_AT + 1, without + FLAGS_AT, bytes - FLAGS_AT);
    ck_assert_msg(decode(bytes + 1, &where) == LQ_OK, "%s", where);
    ck_assert(back.config.attended);
    for (unsigned flags = 0; flags < 256; flags++) {
        content[FLAGS_AT] = (uint8_t)flags;
        ck_assert_int_eq(decode(bytes + 1, &where), flags == 1 ? LQ_OK : LQ_ERR_MALFORMED);
    }
}
END_TEST

START_TEST(test_bad_values)
{
    const char *where;

    fill();
    strcpy(tick.session, "a b");
    ck_assert_int_eq(decode(encode(), &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "session");
    fill();
    tick.config.width = -1.0;
    ck_assert_int_eq(decode(encode(), &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "config");
    fill();
    tick.stages[0].name[0] = '\0';
    ck_assert_int_eq(decode(encode(), &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "stage name");
    fill();
    tick.windows.entries[0].highest = 0;
    ck_assert_int_eq(decode(encode(), &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "windows");
    fill();
    tick.world.y[0] = -0.0;
    ck_assert_int_eq(decode(encode(), &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "y");
}
END_TEST

TCase *lq_test_canonical(void);
TCase *lq_test_canonical(void)
{
    TCase *tcase = tcase_create("canonical");

    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_layout);
    tcase_add_test(tcase, test_rows_alike);
    tcase_add_test(tcase, test_rows_not_shortest);
    tcase_add_test(tcase, test_wide_tables);
    tcase_add_test(tcase, test_unrecorded_commands);
    tcase_add_test(tcase, test_not_recordable);
    tcase_add_test(tcase, test_every_length);
    tcase_add_test(tcase, test_other_version);
    tcase_add_test(tcase, test_flags);
    tcase_add_test(tcase, test_bad_values);
    return tcase;
}
