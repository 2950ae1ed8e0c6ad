// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/state_text.h"

bool lq_state_text_same_view(const struct lq_view_rectangle *a, const struct lq_view_rectangle *b)
{
    if (a->all || b->all) {
        return a->all == b->all;
    }
    return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static double distance_outside(double at, double from, double length)
{
    return at < from ? from - at : at > from + length ? at - from - length : 0;
}

static bool is_seen(const struct lq_world_snapshot *snapshot, uint32_t body,
                    const struct lq_view_rectangle *view)
{
    if (view->all) {
        return true;
    }
    double dx = distance_outside(snapshot->x[body], view->x, view->width);
    double dy = distance_outside(snapshot->y[body], view->y, view->height);
    double radius = (double)snapshot->radius[body];

    return dx * dx + dy * dy <= radius * radius;
}

/* Bit by bit, as the client is to have it. */
#define DIFFERS(column) (memcmp(&base->column[was], &now->column[is], sizeof now->column[is]) != 0)

/* What the columns of one VIEW of columns.def say. */
#define DIFFERS_IF_MOVES_MOVES(name) DIFFERS(name)
#define DIFFERS_IF_MOVES_STAYS(name) false
#define DIFFERS_IF_MOVES_KEY(name) false
#define DIFFERS_IF_STAYS_MOVES(name) false
#define DIFFERS_IF_STAYS_STAYS(name) DIFFERS(name)
#define DIFFERS_IF_STAYS_KEY(name) false

static bool has_moved(const struct lq_world_snapshot *base, uint32_t was,
                      const struct lq_world_snapshot *now, uint32_t is)
{
    bool differs = false;

#define LQ_BODY_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, ...)   \
    differs = differs || DIFFERS_IF_MOVES_##view(name);
#include "world/columns.def"
    return differs;
}

static bool has_changed(const struct lq_world_snapshot *base, uint32_t was,
                        const struct lq_world_snapshot *now, uint32_t is)
{
    bool differs = false;

#define LQ_BODY_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, ...)   \
    differs = differs || DIFFERS_IF_STAYS_##view(name);
#include "world/columns.def"
    return differs;
}

/* A body of both snapshots. */
static void sort_body(const struct lq_state_change *change, uint32_t was, uint32_t is,
                      struct lq_state_scratch *scratch)
{
    bool was_seen = is_seen(change->base, was, &change->base_view);

    if (!is_seen(change->now, is, &change->view)) {
        if (was_seen) {
            scratch->gone_bodies[scratch->gone_count++] = (uint16_t)was;
        }
    } else if (!was_seen || has_changed(change->base, was, change->now, is)) {
        scratch->new_bodies[scratch->new_count++] = (uint16_t)is;
    } else if (has_moved(change->base, was, change->now, is)) {
        scratch->moved_bodies[scratch->moved_count++] = (uint16_t)is;
    }
}

/* Both are ordered by id. */
static void sort_bodies(const struct lq_state_change *change, struct lq_state_scratch *scratch)
{
    const struct lq_world_snapshot *base = change->base;
    const struct lq_world_snapshot *now = change->now;
    uint32_t base_count = base == NULL ? 0 : base->body_count;
    uint32_t was = 0;
    uint32_t is = 0;

    scratch->new_count = scratch->moved_count = scratch->gone_count = 0;
    while (was < base_count || is < now->body_count) {
        bool only_now =
            was == base_count || (is < now->body_count && now->body_id[is] < base->body_id[was]);
        bool only_base =
            !only_now && (is == now->body_count || base->body_id[was] < now->body_id[is]);
        if (only_now) {
            if (is_seen(now, is, &change->view)) {
                scratch->new_bodies[scratch->new_count++] = (uint16_t)is;
            }
            is++;
        } else if (only_base) {
            if (is_seen(base, was, &change->base_view)) {
                scratch->gone_bodies[scratch->gone_count++] = (uint16_t)was;
            }
            was++;
        } else {
            sort_body(change, was++, is++, scratch);
        }
    }
}

static void write_behavior(struct lq_json_writer *writer, uint8_t behavior)
{
    static const char *const names[] = {"?", "Idle", "Seek", "Flee", "Wander"};

    LQ_ASSERT(behavior >= LQ_BEHAVIOR_IDLE);
    LQ_ASSERT(behavior <= LQ_BEHAVIOR_LAST);
    lq_json_writer_text(writer, lq_view_text(names[behavior]));
}

static void write_player(struct lq_json_writer *writer, struct lq_client_id id)
{
    lq_json_writer_hex(writer, lq_view_of(id.bytes, LQ_CLIENT_ID_BYTES / 2));
}

/* An entry of each type of columns.def. */
#define WRITE_U8 lq_json_writer_number
#define WRITE_U32 lq_json_writer_number
#define WRITE_I32 lq_json_writer_signed
#define WRITE_F32 lq_json_writer_float
#define WRITE_F64 lq_json_writer_double
#define WRITE_BEHAVIOR write_behavior
#define WRITE_CLIENT write_player

#define WRITE_COLUMN(json, write, column)                                                          \
    do {                                                                                           \
        lq_json_writer_key(writer, json);                                                          \
        lq_json_writer_begin_array(writer);                                                        \
        for (uint32_t at = 0; at < count; at++) {                                                  \
            write(writer, now->column[rows == NULL ? at : rows[at]]);                              \
        }                                                                                          \
        lq_json_writer_end_array(writer);                                                          \
    } while (0)

static void write_bodies(struct lq_json_writer *writer, const struct lq_world_snapshot *now,
                         const uint16_t *rows, uint32_t count)
{
    lq_json_writer_key(writer, "bodies");
    lq_json_writer_begin_object(writer);
#define LQ_BODY_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, json,  \
                       text)                                                                       \
    WRITE_COLUMN(json, WRITE_##type, name);
#include "world/columns.def"
    lq_json_writer_end_object(writer);
}

#define IF_MOVED_KEY(...) __VA_ARGS__
#define IF_MOVED_MOVES(...) __VA_ARGS__
#define IF_MOVED_STAYS(...)

static void write_moved(struct lq_json_writer *writer, const struct lq_world_snapshot *now,
                        const uint16_t *rows, uint32_t count)
{
    lq_json_writer_key(writer, "moved");
    lq_json_writer_begin_object(writer);
#define LQ_BODY_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, json,  \
                       text)                                                                       \
    IF_MOVED_##view(WRITE_COLUMN(json, WRITE_##type, name);)
#include "world/columns.def"
    lq_json_writer_end_object(writer);
}

static void write_gone(struct lq_json_writer *writer, const struct lq_world_snapshot *base,
                       const struct lq_state_scratch *scratch)
{
    lq_json_writer_key(writer, "gone");
    lq_json_writer_begin_array(writer);
    for (uint32_t at = 0; at < scratch->gone_count; at++) {
        lq_json_writer_number(writer, base->body_id[scratch->gone_bodies[at]]);
    }
    lq_json_writer_end_array(writer);
}

#define SAME(count, column)                                                                        \
    (base->count == 0 ||                                                                           \
     memcmp(base->column, now->column, base->count * sizeof base->column[0]) == 0)

static bool same_agents(const struct lq_world_snapshot *base, const struct lq_world_snapshot *now)
{
    bool same = base->agent_count == now->agent_count;

#define LQ_AGENT_COLUMN(name, ...) same = same && SAME(agent_count, name);
#include "world/columns.def"
    return same;
}

static bool same_players(const struct lq_world_snapshot *base, const struct lq_world_snapshot *now)
{
    bool same = base->player_count == now->player_count && SAME(player_count, attached);

#define LQ_PLAYER_COLUMN(name, ...) same = same && SAME(player_count, name);
#include "world/columns.def"
    return same;
}

static bool same_tenant_bytes(const struct lq_world_snapshot *base,
                              const struct lq_world_snapshot *now)
{
    return base->tenant_bytes_count == now->tenant_bytes_count &&
           SAME(tenant_bytes_count, tenant_bytes);
}

static void write_agents(struct lq_json_writer *writer, const struct lq_world_snapshot *now)
{
    const uint16_t *rows = NULL;
    uint32_t count = now->agent_count;

    lq_json_writer_key(writer, "agents");
    lq_json_writer_begin_object(writer);
#define LQ_AGENT_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view, json, \
                        text)                                                                      \
    WRITE_COLUMN(json, WRITE_##type, name);
#include "world/columns.def"
    lq_json_writer_end_object(writer);
}

static void write_players(struct lq_json_writer *writer, const struct lq_world_snapshot *now)
{
    const uint16_t *rows = NULL;
    uint32_t count = now->player_count;

    lq_json_writer_key(writer, "players");
    lq_json_writer_begin_object(writer);
#define LQ_PLAYER_COLUMN(name, type, form, rule, limit, initial, predictor, rate, wire, view,      \
                         json, text)                                                               \
    WRITE_COLUMN(json, WRITE_##type, name);
#include "world/columns.def"
    WRITE_COLUMN("attached", lq_json_writer_boolean, attached);
    lq_json_writer_end_object(writer);
}

static void write_world(struct lq_json_writer *writer, const struct lq_state_change *change)
{
    const struct lq_session_config *config = change->config;

    lq_json_writer_key(writer, "world");
    lq_json_writer_begin_object(writer);
    lq_json_writer_key(writer, "width");
    lq_json_writer_double(writer, config->width);
    lq_json_writer_key(writer, "height");
    lq_json_writer_double(writer, config->height);
    lq_json_writer_key(writer, "restitution");
    lq_json_writer_float(writer, config->restitution);
    lq_json_writer_key(writer, "rate");
    lq_json_writer_begin_object(writer);
    lq_json_writer_key_number(writer, "numerator", config->rate_numerator);
    lq_json_writer_key_number(writer, "denominator", config->rate_denominator);
    lq_json_writer_end_object(writer);
    lq_json_writer_key(writer, "tenant_bytes");
    lq_json_writer_base64(writer,
                          lq_view_of(change->now->tenant_bytes, change->now->tenant_bytes_count));
    lq_json_writer_end_object(writer);
}

void lq_state_text_write(struct lq_json_writer *writer, const struct lq_state_change *change,
                         struct lq_state_scratch *scratch)
{
    const struct lq_world_snapshot *base = change->base;
    const struct lq_world_snapshot *now = change->now;

    sort_bodies(change, scratch);
    if (base == NULL || scratch->new_count > 0) {
        write_bodies(writer, now, scratch->new_bodies, scratch->new_count);
    }
    if (scratch->moved_count > 0) {
        write_moved(writer, now, scratch->moved_bodies, scratch->moved_count);
    }
    if (scratch->gone_count > 0) {
        write_gone(writer, base, scratch);
    }
    if (base == NULL || !same_agents(base, now)) {
        write_agents(writer, now);
    }
    if (base == NULL || !same_players(base, now)) {
        write_players(writer, now);
    }
    if (base == NULL || !same_tenant_bytes(base, now)) {
        write_world(writer, change);
    }
}

size_t lq_state_text_bytes_max(const struct lq_world_snapshot *base,
                               const struct lq_world_snapshot *now)
{
    size_t body = 11 * 32 + 8; /* eleven numbers and their commas */
    size_t bytes = 2048 + now->body_count * body + now->agent_count * 64 + now->player_count * 48 +
                   now->tenant_bytes_count / 3 * 4 + 8;

    return bytes + (base == NULL ? 0 : base->body_count * 12);
}
