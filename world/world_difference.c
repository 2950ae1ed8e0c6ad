// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world_difference.h"

#include <string.h>

struct place {
    const char *field; /* NULL: no difference so far */
    uint32_t row;
};

/* The first of `rows` entries that differs, if it lies before the place found so far. */
static void look_at(struct place *place, const char *field, const void *a, const void *b,
                    uint32_t rows, size_t width)
{
    uint32_t end = place->field == NULL ? rows : place->row;

    end = end < rows ? end : rows;
    for (uint32_t row = 0; row < end; row++) {
        if (memcmp((const uint8_t *)a + row * width, (const uint8_t *)b + row * width, width) !=
            0) {
            *place = (struct place){field, row};
            return;
        }
    }
}

static void look_at_counts(struct place *place, const char *field, uint32_t a, uint32_t b)
{
    if (place->field == NULL && a != b) {
        *place = (struct place){field, a < b ? a : b};
    }
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t id_at(const uint32_t *ids, uint32_t count, const uint32_t *more,
                      uint32_t more_count, uint32_t row)
{
    if (row < count) {
        return ids[row];
    }
    return row < more_count ? more[row] : 0;
}

bool lq_world_difference_find(const struct lq_world *a, const struct lq_world *b,
                              struct lq_world_difference *first)
{
    struct place body = {NULL, 0};
    struct place agent = {NULL, 0};
    struct place player = {NULL, 0};
    struct place tenant_bytes = {NULL, 0};

#define LQ_COLUMN(group, name, ...)                                                                \
    look_at(&group, #name, a->name, b->name, smaller(a->group##_count, b->group##_count),          \
            sizeof a->name[0]);
#include "world/columns.def"
    look_at_counts(&body, "body_count", a->body_count, b->body_count);
    look_at_counts(&agent, "agent_count", a->agent_count, b->agent_count);
    look_at_counts(&player, "player_count", a->player_count, b->player_count);
    look_at_counts(&tenant_bytes, "tenant_bytes", a->tenant_bytes_count, b->tenant_bytes_count);
    *first = (struct lq_world_difference){0};
    if (body.field != NULL) {
        *first = (struct lq_world_difference){
            body.field, id_at(a->body_id, a->body_count, b->body_id, b->body_count, body.row)};
    } else if (agent.field != NULL) {
        *first = (struct lq_world_difference){
            agent.field,
            id_at(a->agent_body, a->agent_count, b->agent_body, b->agent_count, agent.row)};
    } else if (player.field != NULL) {
        *first = (struct lq_world_difference){
            player.field,
            id_at(a->player_body, a->player_count, b->player_body, b->player_count, player.row)};
    } else if (tenant_bytes.field != NULL) {
        first->field = tenant_bytes.field;
    } else if (a->next_body_id != b->next_body_id) {
        first->field = "next_body_id";
    }
    return first->field != NULL;
}
