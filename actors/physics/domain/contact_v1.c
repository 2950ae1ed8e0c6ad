// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/contact_v1.h"

#include <math.h>
#include <string.h>

#define ROW_WORDS (LQ_BODIES_MAX / 64)

/* More than rounding can move an edge: places lie within 1e9 m (an ulp there is 1.2e-7 m), radii
 * within 1e6 m. The sweep must not miss a pair that the test of circles accepts. */
#define SWEEP_SLACK 1.0e-6

/* Where the bodies are before any pair is resolved, and for a body the higher bodies it overlaps:
 * bit j of the row stands for body j. */
struct search {
    uint32_t count;
    double x[LQ_BODIES_MAX];
    double y[LQ_BODIES_MAX];
    const double *radius;
    struct lq_collisions *collisions;
    uint64_t row[ROW_WORDS];
};

/* The bodies by ascending left edge. */
struct sweep {
    uint16_t order[LQ_BODIES_MAX]; /* body at each rank */
    uint16_t rank[LQ_BODIES_MAX];
    uint16_t scratch[LQ_BODIES_MAX];
    double left[LQ_BODIES_MAX];
    double width_max; /* of any body */
};

static inline bool overlaps(const struct search *search, uint32_t a, uint32_t b)
{
    double dx = search->x[b] - search->x[a];
    double dy = search->y[b] - search->y[a];
    double reach = search->radius[a] + search->radius[b];

    return dx * dx + dy * dy < reach * reach;
}

static void resolve_pair(struct lq_motion_v1 *motion, uint32_t a, uint32_t b, double restitution,
                         struct lq_collisions *collisions)
{
    double dx = motion->x[b] - motion->x[a];
    double dy = motion->y[b] - motion->y[a];
    double reach = motion->radius[a] + motion->radius[b];
    double square = dx * dx + dy * dy;

    if (!(square < reach * reach)) {
        return; /* pairs before this one have parted them */
    }
    double distance = sqrt(square);
    double nx = distance > 0.0 ? dx / distance : 1.0;
    double ny = distance > 0.0 ? dy / distance : 0.0;
    double mass_a = motion->radius[a] * motion->radius[a];
    double mass_b = motion->radius[b] * motion->radius[b];
    double share_a = mass_b / (mass_a + mass_b);
    double share_b = mass_a / (mass_a + mass_b);
    double depth = reach - distance;
    double approach = (motion->vx[b] - motion->vx[a]) * nx + (motion->vy[b] - motion->vy[a]) * ny;

    if (approach < 0.0 && collisions != NULL) {
        const struct lq_collision collision = {.a = a,
                                               .b = b,
                                               .nx = nx,
                                               .ny = ny,
                                               .x = motion->x[a] + nx * motion->radius[a],
                                               .y = motion->y[a] + ny * motion->radius[a],
                                               .impulse = -(1.0 + restitution) * approach *
                                                          share_a * mass_a};
        lq_collisions_add(collisions, &collision);
    }
    motion->x[a] -= nx * depth * share_a;
    motion->y[a] -= ny * depth * share_a;
    motion->x[b] += nx * depth * share_b;
    motion->y[b] += ny * depth * share_b;
    if (approach < 0.0) {
        double kick = -(1.0 + restitution) * approach;

        motion->vx[a] -= nx * kick * share_a;
        motion->vy[a] -= ny * kick * share_a;
        motion->vx[b] += nx * kick * share_b;
        motion->vy[b] += ny * kick * share_b;
    }
}

/* Resolve body `a` with every body of the row, and leave the row empty. */
static void resolve_row(struct search *search, struct lq_motion_v1 *motion, uint32_t a,
                        double restitution)
{
    for (uint32_t word = a / 64; word <= (search->count - 1) / 64; word++) {
        uint64_t bits = search->row[word];

        search->row[word] = 0;
        while (bits != 0) {
            uint32_t b = word * 64 + (uint32_t)__builtin_ctzll(bits);

            bits &= bits - 1;
            resolve_pair(motion, a, b, restitution, search->collisions);
        }
    }
}

/* Which of the bodies from `start` up to `end`, all of one word of the row, body `a` overlaps.
 * Counting down puts the lowest body into the lowest bit by shifts of one. */
static inline uint64_t hits_in_word(const struct search *search, uint32_t a, uint32_t start,
                                    uint32_t end)
{
    uint64_t hits = 0;

    for (uint32_t b = end; b-- > start;) {
        hits = hits << 1 | (uint64_t)overlaps(search, a, b);
    }
    return hits << (start % 64);
}

static void resolve_all_pairs(struct search *search, struct lq_motion_v1 *motion,
                              double restitution)
{
    for (uint32_t a = 0; a + 1 < search->count; a++) {
        uint64_t any = 0;

        for (uint32_t start = a + 1; start < search->count; start = (start / 64 + 1) * 64) {
            uint32_t word_end = (start / 64 + 1) * 64;
            uint32_t end = word_end < search->count ? word_end : search->count;
            uint64_t hits = hits_in_word(search, a, start, end);

            search->row[start / 64] = hits;
            any |= hits;
        }
        if (any != 0) {
            resolve_row(search, motion, a, restitution);
        }
    }
}

static inline bool is_left_of(const struct sweep *sweep, uint16_t a, uint16_t b)
{
    return sweep->left[a] < sweep->left[b] || (sweep->left[a] == sweep->left[b] && a < b);
}

static void merge_runs(const struct sweep *sweep, const uint16_t *from, uint16_t *to,
                       uint32_t start, uint32_t middle, uint32_t end)
{
    uint32_t first = start;
    uint32_t second = middle;

    for (uint32_t at = start; at < end; at++) {
        bool take_first =
            second == end || (first < middle && is_left_of(sweep, from[first], from[second]));

        to[at] = take_first ? from[first++] : from[second++];
    }
}

/* Merge sort: a total order, so the result does not depend on the method; qsort() may allocate. */
static void sort_sweep(struct sweep *sweep, uint32_t count)
{
    uint16_t *from = sweep->order;
    uint16_t *to = sweep->scratch;

    for (uint32_t run = 1; run < count; run *= 2) {
        uint16_t *swapped = from;

        for (uint32_t start = 0; start < count; start += 2 * run) {
            uint32_t middle = start + run < count ? start + run : count;
            uint32_t end = start + 2 * run < count ? start + 2 * run : count;

            merge_runs(sweep, from, to, start, middle, end);
        }
        from = to;
        to = swapped;
    }
    if (from != sweep->order) {
        memcpy(sweep->order, from, count * sizeof sweep->order[0]);
    }
}

static void start_sweep(struct sweep *sweep, const struct search *search)
{
    double radius_max = 0.0;

    for (uint32_t index = 0; index < search->count; index++) {
        double radius = search->radius[index];

        sweep->left[index] = search->x[index] - radius;
        sweep->order[index] = (uint16_t)index;
        radius_max = radius > radius_max ? radius : radius_max;
    }
    sweep->width_max = 2.0 * radius_max;
    sort_sweep(sweep, search->count);
    for (uint32_t rank = 0; rank < search->count; rank++) {
        sweep->rank[sweep->order[rank]] = (uint16_t)rank;
    }
}

static inline bool mark_if_hit(struct search *search, uint32_t a, uint32_t b)
{
    if (b < a || !overlaps(search, a, b)) {
        return false;
    }
    search->row[b / 64] |= UINT64_C(1) << (b % 64);
    return true;
}

/* Fill the row of body `a`; whether it has a bit. */
static bool sweep_row(const struct sweep *sweep, struct search *search, uint32_t a)
{
    double leftmost = sweep->left[a] - sweep->width_max - SWEEP_SLACK;
    double rightmost = search->x[a] + search->radius[a] + SWEEP_SLACK;
    bool any = false;

    for (uint32_t rank = sweep->rank[a] + 1u; rank < search->count; rank++) {
        uint32_t b = sweep->order[rank];

        if (sweep->left[b] > rightmost) {
            break;
        }
        any |= mark_if_hit(search, a, b);
    }
    for (uint32_t rank = sweep->rank[a]; rank-- > 0;) {
        uint32_t b = sweep->order[rank];

        if (sweep->left[b] < leftmost) {
            break;
        }
        any |= mark_if_hit(search, a, b);
    }
    return any;
}

static void resolve_swept(struct search *search, struct lq_motion_v1 *motion, double restitution)
{
    struct sweep sweep;

    start_sweep(&sweep, search);
    for (uint32_t a = 0; a < search->count; a++) {
        if (sweep_row(&sweep, search, a)) {
            resolve_row(search, motion, a, restitution);
        }
    }
}

void lq_contact_v1_resolve(struct lq_motion_v1 *motion, double restitution,
                           enum lq_contact_v1_search search_by, struct lq_collisions *collisions)
{
    struct search search;

    LQ_ASSERT(motion->count <= LQ_BODIES_MAX);
    if (motion->count < 2) {
        return;
    }
    search.count = motion->count;
    search.radius = motion->radius;
    search.collisions = collisions;
    memcpy(search.x, motion->x, motion->count * sizeof search.x[0]);
    memcpy(search.y, motion->y, motion->count * sizeof search.y[0]);
    memset(search.row, 0, sizeof search.row);
    if (search_by == LQ_CONTACT_V1_SWEEP) {
        resolve_swept(&search, motion, restitution);
    } else {
        resolve_all_pairs(&search, motion, restitution);
    }
}
