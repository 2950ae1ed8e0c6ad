// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/handler/feed_table.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

lq_feed_table_t *lq_feed_table_open(const struct lq_feed_table_options *options)
{
    lq_feed_table_t *table = lq_alloc(1, sizeof *table);

    table->options = *options;
    table->arena.memory = lq_alloc(1, LQ_FEED_ARENA_BYTES);
    table->arena.bytes = LQ_FEED_ARENA_BYTES;
    return table;
}

void lq_feed_table_close(lq_feed_table_t **table)
{
    lq_feed_table_t *closed = *table;
    struct lq_session_feed *feed;

    if (closed == NULL) {
        return;
    }
    *table = NULL;
    while ((feed = lq_feed_table_next(closed, NULL)) != NULL) {
        lq_session_feed_end(feed);
    }
    free(closed->arena.memory);
    free(closed->text);
    free(closed);
}

static uint32_t bucket_of(const char *tenant, const char *session)
{
    uint32_t hash = 2166136261u;

    for (; *tenant != '\0'; tenant++) {
        hash = (hash ^ (uint8_t)*tenant) * 16777619u;
    }
    for (; *session != '\0'; session++) {
        hash = (hash ^ (uint8_t)*session) * 16777619u;
    }
    return (hash ^ hash >> 16) % LQ_FEED_BUCKETS;
}

struct lq_session_feed *lq_feed_table_follow(lq_feed_table_t *table, const char *tenant,
                                             const char *session,
                                             const struct lq_creation_rule *creation)
{
    struct lq_session_feed **place = &table->buckets[bucket_of(tenant, session)];
    struct lq_session_feed *feed = *place;

    while (feed != NULL &&
           (strcmp(feed->tenant, tenant) != 0 || strcmp(feed->session, session) != 0)) {
        feed = feed->next;
    }
    bool is_new = feed == NULL;
    if (is_new) {
        feed = lq_alloc(1, sizeof *feed);
        feed->table = table;
        feed->next = *place;
        feed->ring.bytes_max = table->options.ring_bytes;
        feed->due_ns = UINT64_MAX;
        snprintf(feed->tenant, sizeof feed->tenant, "%s", tenant);
        snprintf(feed->session, sizeof feed->session, "%s", session);
        *place = feed;
        table->count++;
    }
    if (creation != NULL) {
        feed->may_create = true;
        feed->creation = *creation;
    }
    /* Who comes after a failure asks again: it may be there by now, or may be made. */
    if (is_new || (feed->phase == LQ_FEED_FAILED && feed->watch == NULL)) {
        lq_session_feed_begin(feed);
    }
    return feed;
}

void lq_feed_table_take_out(struct lq_session_feed *feed)
{
    lq_feed_table_t *table = feed->table;
    struct lq_session_feed **place = &table->buckets[bucket_of(feed->tenant, feed->session)];

    while (*place != feed) {
        place = &(*place)->next;
    }
    *place = feed->next;
    table->count--;
}

struct lq_session_feed *lq_feed_table_next(lq_feed_table_t *table, struct lq_session_feed *last)
{
    uint32_t bucket = 0;

    if (last != NULL && last->next != NULL) {
        return last->next;
    }
    if (last != NULL) {
        bucket = bucket_of(last->tenant, last->session) + 1;
    }
    while (bucket < LQ_FEED_BUCKETS && table->buckets[bucket] == NULL) {
        bucket++;
    }
    return bucket < LQ_FEED_BUCKETS ? table->buckets[bucket] : NULL;
}

uint32_t lq_feed_table_count(const lq_feed_table_t *table)
{
    return table->count;
}
