// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A client that takes each state as text holds, column by column and bit by bit, the world of the
 * newest snapshot cut by its view: whatever was skipped between, however views moved. */
#include "gateway/domain/state_text.h"
#include "tests/property/random_world.h"
#include "tests/support/suite.h"

#include <jansson.h>
#include <stdlib.h>

#define ROUNDS 60
#define STEPS 25

/* What a client keeps of a body. */
struct held_body {
    uint32_t id;
    uint8_t kind;
    double x, y;
    int32_t angle;
    float vx, vy, spin, radius, thrust_x, thrust_y;
};

struct client {
    uint32_t count;
    struct held_body bodies[LQ_BODIES_MAX];
    json_t *agents, *players, *world;
    struct lq_world_snapshot *base; /* NULL: holds nothing */
    struct lq_view_rectangle view;
};

static struct lq_tick tick;
static struct lq_state_scratch scratch;
static struct client client;
static char text[1024 * 1024];
static uint8_t attached[LQ_PLAYERS_MAX];

static struct held_body *find(uint32_t id)
{
    for (uint32_t at = 0; at < client.count; at++) {
        if (client.bodies[at].id == id) {
            return &client.bodies[at];
        }
    }
    return NULL;
}

static double number(const json_t *columns, const char *name, size_t row)
{
    const json_t *value = json_array_get(json_object_get(columns, name), row);

    LQ_HOLDS(json_is_number(value), "%s[%zu]", name, row);
    return json_number_value(value);
}

static void take_motion(const json_t *columns, size_t row, struct held_body *body)
{
    body->x = number(columns, "x", row);
    body->y = number(columns, "y", row);
    body->angle = (int32_t)number(columns, "angle", row);
    body->vx = (float)number(columns, "vx", row);
    body->vy = (float)number(columns, "vy", row);
    body->spin = (float)number(columns, "spin", row);
}

static void take_bodies(const json_t *columns)
{
    for (size_t row = 0; row < json_array_size(json_object_get(columns, "id")); row++) {
        uint32_t id = (uint32_t)number(columns, "id", row);
        struct held_body *body = find(id);
        if (body == NULL) {
            body = &client.bodies[client.count++];
        }
        *body = (struct held_body){.id = id, .kind = (uint8_t)number(columns, "kind", row)};
        take_motion(columns, row, body);
        body->radius = (float)number(columns, "radius", row);
        body->thrust_x = (float)number(columns, "thrust_x", row);
        body->thrust_y = (float)number(columns, "thrust_y", row);
    }
}

static void replace(json_t **held, json_t *news)
{
    if (news != NULL) {
        json_decref(*held);
        *held = json_incref(news);
    }
}

static void take_state(const json_t *state)
{
    const json_t *moved = json_object_get(state, "moved");
    const json_t *gone = json_object_get(state, "gone");

    if (client.base == NULL) {
        client.count = 0;
        ck_assert_ptr_nonnull(json_object_get(state, "bodies"));
    }
    for (size_t row = 0; row < json_array_size(gone); row++) {
        struct held_body *body = find((uint32_t)json_integer_value(json_array_get(gone, row)));
        ck_assert_ptr_nonnull(body);
        *body = client.bodies[--client.count];
    }
    take_bodies(json_object_get(state, "bodies"));
    for (size_t row = 0; row < json_array_size(json_object_get(moved, "id")); row++) {
        struct held_body *body = find((uint32_t)number(moved, "id", row));
        ck_assert_ptr_nonnull(body);
        take_motion(moved, row, body);
    }
    replace(&client.agents, json_object_get(state, "agents"));
    replace(&client.players, json_object_get(state, "players"));
    replace(&client.world, json_object_get(state, "world"));
}

static bool sees(const struct lq_view_rectangle *view, double x, double y, double radius)
{
    double nearest_x = x < view->x                 ? view->x
                       : x > view->x + view->width ? view->x + view->width
                                                   : x;
    double nearest_y = y < view->y                  ? view->y
                       : y > view->y + view->height ? view->y + view->height
                                                    : y;

    return view->all ||
           (x - nearest_x) * (x - nearest_x) + (y - nearest_y) * (y - nearest_y) <= radius * radius;
}

static void compare_bodies(const struct lq_world *world, const struct lq_view_rectangle *view)
{
    uint32_t seen = 0;

    for (uint32_t at = 0; at < world->body_count; at++) {
        if (!sees(view, world->x[at], world->y[at], (double)world->radius[at])) {
            continue;
        }
        seen++;
        const struct held_body *body = find(world->body_id[at]);
        ck_assert_ptr_nonnull(body);
        ck_assert_uint_eq(body->kind, world->body_kind[at]);
        ck_assert(body->x == world->x[at] && body->y == world->y[at]);
        ck_assert_int_eq(body->angle, world->angle[at]);
        ck_assert(body->vx == world->vx[at] && body->vy == world->vy[at]);
        ck_assert(body->spin == world->spin[at] && body->radius == world->radius[at]);
        ck_assert(body->thrust_x == world->thrust_x[at] && body->thrust_y == world->thrust_y[at]);
    }
    ck_assert_uint_eq(client.count, seen);
}

static void compare_lists(const struct lq_world *world)
{
    char digits[17];

    ck_assert_uint_eq(json_array_size(json_object_get(client.agents, "body")), world->agent_count);
    for (uint32_t at = 0; at < world->agent_count; at++) {
        ck_assert_uint_eq((uint32_t)number(client.agents, "body", at), world->agent_body[at]);
        ck_assert_uint_eq((uint32_t)number(client.agents, "target", at), world->agent_target[at]);
        ck_assert((float)number(client.agents, "strength", at) == world->agent_strength[at]);
    }
    const json_t *players = json_object_get(client.players, "player");
    const json_t *flags = json_object_get(client.players, "attached");
    ck_assert_uint_eq(json_array_size(players), world->player_count);
    for (uint32_t at = 0; at < world->player_count; at++) {
        for (size_t byte = 0; byte < 8; byte++) {
            snprintf(digits + 2 * byte, 3, "%02x", world->player_client[at].bytes[byte]);
        }
        ck_assert_str_eq(json_string_value(json_array_get(players, at)), digits);
        ck_assert(json_is_true(json_array_get(flags, at)) == (attached[at] == 1));
    }
}

/* Some of the world changes, as ticks change it. */
static void change_world(struct lq_random_world *random, struct lq_world *world)
{
    for (uint32_t at = 0; at < world->body_count; at++) {
        switch (lq_random_world_number(random, 6)) {
        case 0:
            world->x[at] += lq_random_world_real(random, 0.01, 0.2);
            world->vx[at] = (float)lq_random_world_real(random, -3, 3);
            break;
        case 1:
            world->thrust_x[at] = (float)lq_random_world_real(random, -3, 3);
            break;
        default:
            break;
        }
    }
    if (world->body_count > 0 && lq_random_world_number(random, 3) == 0) {
        lq_world_remove_body(world, (uint32_t)lq_random_world_number(random, world->body_count));
    }
    if (lq_random_world_number(random, 3) == 0) {
        (void)lq_world_add_body(world, 3, lq_random_world_real(random, 0, 50),
                                lq_random_world_real(random, 0, 50), 0.5F);
    }
    for (uint32_t at = 0; at < world->player_count; at++) {
        attached[at] = (uint8_t)lq_random_world_number(random, 2);
    }
}

static struct lq_view_rectangle random_view(struct lq_random_world *random)
{
    struct lq_view_rectangle view = {.all = lq_random_world_number(random, 3) == 0};

    view.x = lq_random_world_real(random, -20, tick.config.width);
    view.y = lq_random_world_real(random, -20, tick.config.height);
    view.width = lq_random_world_real(random, 0, tick.config.width);
    view.height = lq_random_world_real(random, 0, tick.config.height);
    return view;
}

static void send_state(uint64_t serial, const struct lq_view_rectangle *view)
{
    static const uint8_t hash[32];
    const struct lq_snapshot_label label = {serial, serial, hash, attached};
    struct lq_json_writer writer;
    json_error_t error;
    struct lq_world_snapshot *now =
        lq_world_snapshot_make(malloc(lq_world_snapshot_bytes(&tick.world)), &tick.world, &label);
    const struct lq_state_change change = {client.base, now, client.view, *view, &tick.config};

    lq_json_writer_start(&writer, text, sizeof text);
    lq_json_writer_begin_object(&writer);
    lq_state_text_write(&writer, &change, &scratch);
    lq_json_writer_end_object(&writer);
    ck_assert_uint_le(writer.bytes, lq_state_text_bytes_max(client.base, now) + 2);
    json_t *state = json_loadb(text, writer.bytes, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(state != NULL, "%s", error.text);
    take_state(state);
    json_decref(state);
    free(client.base);
    client.base = now;
    client.view = *view;
}

static void forget(void)
{
    free(client.base);
    json_decref(client.agents);
    json_decref(client.players);
    json_decref(client.world);
    client = (struct client){.base = NULL};
}

START_TEST(prop_client_holds_the_world)
{
    struct lq_random_world random = {lq_suite_seed(41)};
    struct lq_view_rectangle view = {.all = true};

    for (int round = 0; round < ROUNDS; round++) {
        lq_random_world_fill(&random, &tick, round % 5 == 0 ? 400 : 20);
        memset(attached, 0, sizeof attached);
        for (uint64_t step = 1; step <= STEPS; step++) {
            for (uint64_t skipped = lq_random_world_number(&random, 3); skipped > 0; skipped--) {
                change_world(&random, &tick.world);
            }
            if (lq_random_world_number(&random, 4) == 0) {
                view = random_view(&random);
            }
            if (lq_random_world_number(&random, 10) == 0) {
                free(client.base);
                client.base = NULL; /* refresh */
            }
            send_state(step, &view);
            compare_bodies(&tick.world, &view);
            compare_lists(&tick.world);
        }
        forget();
    }
}
END_TEST

START_TEST(prop_again_is_the_same)
{
    struct lq_random_world random = {lq_suite_seed(42)};
    static const uint8_t hash[32] = {7};
    const struct lq_snapshot_label label = {1, 9, hash, attached};

    lq_random_world_fill(&random, &tick, 60);
    memset(attached, 0, sizeof attached);
    struct lq_world_snapshot *first =
        lq_world_snapshot_make(malloc(lq_world_snapshot_bytes(&tick.world)), &tick.world, &label);
    memset(attached, 1, sizeof attached);
    struct lq_world_snapshot *again =
        lq_world_snapshot_again(malloc(first->bytes), first, 2, attached);
    const struct lq_state_change change = {
        first, again, {.all = true}, {.all = true}, &tick.config};
    struct lq_json_writer writer;

    lq_json_writer_start(&writer, text, sizeof text);
    lq_json_writer_begin_object(&writer);
    lq_state_text_write(&writer, &change, &scratch);
    lq_json_writer_end_object(&writer);
    text[writer.bytes] = '\0';
    ck_assert_uint_eq(again->frame, 9);
    if (tick.world.player_count > 0) {
        ck_assert_ptr_nonnull(strstr(text, "\"attached\":[true"));
    }
    ck_assert_ptr_null(strstr(text, "bodies"));
    ck_assert_ptr_null(strstr(text, "moved"));
    free(first);
    free(again);
}
END_TEST

static TCase *lq_test_state_text(void)
{
    TCase *tests = tcase_create("state_text");

    tcase_add_test(tests, prop_client_holds_the_world);
    tcase_add_test(tests, prop_again_is_the_same);
    return tests;
}

int main(void)
{
    return lq_suite_run("state_text", (lq_test_case_fn[]){lq_test_state_text}, 1);
}
