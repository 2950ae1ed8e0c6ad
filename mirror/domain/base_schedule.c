// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/base_schedule.h"

#include "base/contract.h"

#include <stddef.h>

void lq_base_schedule_init(struct lq_base_schedule *schedule,
                           const struct lq_base_schedule_memory *memory, uint64_t quiet_ns,
                           uint64_t every_ns)
{
    LQ_ASSERT(memory->session_max >= 8);
    *schedule = (struct lq_base_schedule){.sessions = memory->sessions,
                                          .buckets = memory->buckets,
                                          .heap = memory->heap,
                                          .session_max = memory->session_max,
                                          .quiet_ns = quiet_ns,
                                          .every_ns = every_ns};
    for (uint32_t index = 0; index < schedule->session_max; index++) {
        schedule->buckets[index] = schedule->session_max;
        schedule->sessions[index].next = index + 1;
    }
}

void lq_base_schedule_begin(struct lq_base_schedule *schedule, uint64_t covered)
{
    schedule->walk = (struct lq_base_walk){.is_open = true, .from = covered};
    schedule->missed = 0;
}

static uint64_t lower(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* ---- the list by number ---- */

static uint32_t *bucket_of(struct lq_base_schedule *schedule, uint64_t number)
{
    uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15);

    return &schedule->buckets[(mixed >> 32) % schedule->session_max];
}

static struct lq_base_session *find(struct lq_base_schedule *schedule, uint64_t number)
{
    uint32_t at = *bucket_of(schedule, number);

    while (at != schedule->session_max && schedule->sessions[at].number != number) {
        at = schedule->sessions[at].next;
    }
    return at == schedule->session_max ? NULL : &schedule->sessions[at];
}

/* ---- the heap of those that wait, by key ---- */

static void set_place(struct lq_base_schedule *schedule, uint32_t place, uint32_t session)
{
    schedule->heap[place] = session;
    schedule->sessions[session].heap_at = place;
}

static uint64_t key_at(const struct lq_base_schedule *schedule, uint32_t place)
{
    return schedule->sessions[schedule->heap[place]].key_ns;
}

static void swap(struct lq_base_schedule *schedule, uint32_t one, uint32_t other)
{
    uint32_t session = schedule->heap[one];

    set_place(schedule, one, schedule->heap[other]);
    set_place(schedule, other, session);
}

static void rise(struct lq_base_schedule *schedule, uint32_t place)
{
    while (place > 0 && key_at(schedule, place) < key_at(schedule, (place - 1) / 2)) {
        swap(schedule, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
}

static void sink(struct lq_base_schedule *schedule, uint32_t place)
{
    for (;;) {
        uint32_t least = place;
        for (uint32_t child = 2 * place + 1; child <= 2 * place + 2; child++) {
            if (child < schedule->heap_count && key_at(schedule, child) < key_at(schedule, least)) {
                least = child;
            }
        }
        if (least == place) {
            return;
        }
        swap(schedule, place, least);
        place = least;
    }
}

static uint64_t due_of(const struct lq_base_schedule *schedule,
                       const struct lq_base_session *session)
{
    uint64_t quiet_ns = session->seen_ns + schedule->quiet_ns;
    uint64_t every_ns = session->since_ns + schedule->every_ns;
    uint64_t due_ns = quiet_ns < every_ns ? quiet_ns : every_ns;

    due_ns = schedule->hurries ? 0 : due_ns;
    return due_ns > session->retry_ns ? due_ns : session->retry_ns;
}

static void wait(struct lq_base_schedule *schedule, struct lq_base_session *session)
{
    session->is_under_way = false;
    session->key_ns = due_of(schedule, session);
    set_place(schedule, schedule->heap_count, (uint32_t)(session - schedule->sessions));
    rise(schedule, schedule->heap_count++);
}

static void leave_heap(struct lq_base_schedule *schedule, const struct lq_base_session *session)
{
    uint32_t place = session->heap_at;

    schedule->heap_count--;
    if (place != schedule->heap_count) {
        set_place(schedule, place, schedule->heap[schedule->heap_count]);
        rise(schedule, place);
        sink(schedule, place);
    }
}

/* ---- what is listed ---- */

/* NULL: there is no room. */
static struct lq_base_session *add(struct lq_base_schedule *schedule, uint64_t number)
{
    uint32_t *bucket = bucket_of(schedule, number);
    uint32_t at = schedule->free;

    if (at == schedule->session_max) {
        return NULL;
    }
    struct lq_base_session *session = &schedule->sessions[at];
    schedule->free = session->next;
    *session = (struct lq_base_session){.number = number, .next = *bucket};
    *bucket = at;
    schedule->session_count++;
    return session;
}

/* One that is under way. */
static void forget(struct lq_base_schedule *schedule, struct lq_base_session *session)
{
    uint32_t *link = bucket_of(schedule, session->number);
    uint32_t at = (uint32_t)(session - schedule->sessions);

    LQ_ASSERT(session->is_under_way);
    while (*link != at) {
        link = &schedule->sessions[*link].next;
    }
    *link = session->next;
    session->next = schedule->free;
    schedule->free = at;
    schedule->session_count--;
}

/* A walk finds it; if the one that is open has passed it already, another one. */
static void miss(struct lq_base_schedule *schedule, uint64_t session_number, uint64_t sequence)
{
    if (!schedule->walk.is_open) {
        lq_base_schedule_begin(schedule, sequence - 1);
    } else if (session_number > schedule->walk.after) {
        schedule->walk.from = lower(schedule->walk.from, sequence - 1);
    } else {
        schedule->missed = schedule->missed == 0 ? sequence : lower(schedule->missed, sequence);
    }
}

void lq_base_schedule_saw(struct lq_base_schedule *schedule, uint64_t session_number,
                          uint64_t sequence, uint64_t now_ns)
{
    struct lq_base_session *session = find(schedule, session_number);

    if (session == NULL) {
        session = add(schedule, session_number);
        if (session == NULL) {
            miss(schedule, session_number, sequence);
            return;
        }
        *session = (struct lq_base_session){.number = session_number,
                                            .first = sequence,
                                            .newest = sequence,
                                            .seen_ns = now_ns,
                                            .since_ns = now_ns,
                                            .next = session->next};
        wait(schedule, session);
        return;
    }
    session->newest = sequence > session->newest ? sequence : session->newest;
    session->seen_ns = now_ns;
}

enum lq_result lq_base_schedule_found(struct lq_base_schedule *schedule, uint64_t session_number,
                                      uint64_t sequence, uint64_t now_ns, uint64_t spread)
{
    struct lq_base_session *session = find(schedule, session_number);
    uint64_t first = schedule->walk.from + 1;

    LQ_ASSERT(schedule->walk.is_open);
    LQ_ASSERT(session_number > schedule->walk.after);
    if (sequence >= first && session == NULL) {
        session = add(schedule, session_number);
        if (session == NULL) {
            return LQ_ERR_FULL;
        }
        /* It may have waited for long: its turn comes within the time, not after it. */
        uint64_t waited_ns = spread % schedule->every_ns;
        session->first = first;
        session->newest = sequence;
        session->seen_ns = now_ns;
        session->since_ns = now_ns > waited_ns ? now_ns - waited_ns : 0;
        wait(schedule, session);
    } else if (session != NULL && sequence >= first && first < session->first) {
        session->first = first;
    }
    schedule->walk.after = session_number;
    return LQ_OK;
}

static bool is_short(const struct lq_base_schedule *schedule)
{
    return schedule->session_count >= schedule->session_max - schedule->session_max / 8;
}

bool lq_base_schedule_should_walk(const struct lq_base_schedule *schedule)
{
    return schedule->walk.is_open && !is_short(schedule);
}

void lq_base_schedule_walked(struct lq_base_schedule *schedule)
{
    LQ_ASSERT(schedule->walk.is_open);
    schedule->walk.is_open = false;
    schedule->changes++;
    if (schedule->missed != 0) {
        lq_base_schedule_begin(schedule, schedule->missed - 1);
    }
}

/* ---- taking and giving back ---- */

bool lq_base_schedule_take(struct lq_base_schedule *schedule, uint64_t now_ns,
                           uint64_t *session_number, uint64_t *first)
{
    while (schedule->heap_count > 0 && key_at(schedule, 0) <= now_ns) {
        struct lq_base_session *session = &schedule->sessions[schedule->heap[0]];
        uint64_t due_ns = due_of(schedule, session);
        if (due_ns <= now_ns) {
            leave_heap(schedule, session);
            session->is_under_way = true;
            *session_number = session->number;
            *first = session->first;
            return true;
        }
        session->key_ns = due_ns; /* it has made frames since */
        sink(schedule, 0);
    }
    return false;
}

void lq_base_schedule_postpone(struct lq_base_schedule *schedule, uint64_t session_number,
                               uint64_t until_ns)
{
    struct lq_base_session *session = find(schedule, session_number);

    LQ_ASSERT(session != NULL && session->is_under_way);
    session->retry_ns = until_ns;
    wait(schedule, session);
}

void lq_base_schedule_based(struct lq_base_schedule *schedule, uint64_t session_number,
                            uint64_t sequence, uint64_t now_ns)
{
    struct lq_base_session *session = find(schedule, session_number);

    LQ_ASSERT(session != NULL && session->is_under_way);
    schedule->changes++;
    if (sequence >= session->newest) {
        forget(schedule, session);
        return;
    }
    session->first = sequence >= session->first ? sequence + 1 : session->first;
    if (schedule->walk.is_open && is_short(schedule)) {
        miss(schedule, session_number, session->first); /* others wait for its room */
        forget(schedule, session);
        return;
    }
    session->since_ns = now_ns;
    session->retry_ns = schedule->hurries ? now_ns + LQ_BASE_SCHEDULE_AGAIN_NS : 0;
    wait(schedule, session);
}

void lq_base_schedule_hurry(struct lq_base_schedule *schedule)
{
    if (schedule->hurries) {
        return;
    }
    schedule->hurries = true;
    for (uint32_t place = 0; place < schedule->heap_count; place++) {
        struct lq_base_session *session = &schedule->sessions[schedule->heap[place]];
        session->key_ns = due_of(schedule, session);
        rise(schedule, place);
    }
}

/* ---- what follows ---- */

uint64_t lq_base_schedule_covered(const struct lq_base_schedule *schedule, uint64_t read)
{
    uint64_t covered = read;

    if (schedule->walk.is_open) { /* what was missed since is above it */
        covered = lower(covered, schedule->walk.from);
    }
    for (uint32_t bucket = 0; bucket < schedule->session_max; bucket++) {
        for (uint32_t at = schedule->buckets[bucket]; at != schedule->session_max;
             at = schedule->sessions[at].next) {
            covered = lower(covered, schedule->sessions[at].first - 1);
        }
    }
    return covered;
}

uint64_t lq_base_schedule_next_ns(const struct lq_base_schedule *schedule)
{
    return schedule->heap_count > 0 ? key_at(schedule, 0) : UINT64_MAX;
}

bool lq_base_schedule_is_empty(const struct lq_base_schedule *schedule)
{
    return schedule->session_count == 0 && !schedule->walk.is_open;
}
