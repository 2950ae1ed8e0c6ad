// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/request_table.h"

#include "base/alloc.h"
#include "base/log.h"

#include <stdlib.h>

#define ENTRY_BITS 12 /* of a tag */
_Static_assert(LQ_LINK_REQUESTS_MAX <= 1u << ENTRY_BITS, "each entry has a tag");

void lq_request_table_init(struct lq_request_table *table, uint32_t entry_count)
{
    LQ_ASSERT(entry_count > 0);
    LQ_ASSERT(entry_count <= LQ_LINK_REQUESTS_MAX);
    *table = (struct lq_request_table){.entry_count = entry_count};
    table->entries = lq_alloc(entry_count, sizeof *table->entries);
}

void lq_request_table_release(struct lq_request_table *table)
{
    free(table->entries);
    *table = (struct lq_request_table){.entries = NULL};
}

enum lq_result lq_request_table_add(struct lq_request_table *table,
                                    const struct lq_request_entry *entry,
                                    const struct lq_client_id *client)
{
    uint32_t index = table->free - 1;

    LQ_ASSERT(entry->request != NULL);
    if (table->free != 0) {
        table->free = table->entries[index].next_free;
    } else if (table->used_count < table->entry_count) {
        index = table->used_count++;
    } else {
        return LQ_ERR_FULL;
    }
    table->entries[index] = *entry;
    table->entries[index].sent = false;
    table->entries[index].sent_before = false;
    table->entries[index].copies = 0;
    entry->request->tag = ++table->last_number << ENTRY_BITS | index;
    entry->request->client = *client;
    table->count++;
    table->unsent_count++;
    return LQ_OK;
}

/* The entry is free again. */
static void let_go(struct lq_request_table *table, struct lq_request_entry *entry)
{
    table->unsent_count -= !entry->sent;
    table->count--;
    entry->request = NULL;
    entry->next_free = table->free;
    table->free = (uint32_t)(entry - table->entries) + 1;
}

static struct lq_request_entry *find_tag(struct lq_request_table *table, uint64_t tag)
{
    uint32_t index = (uint32_t)tag & ((1u << ENTRY_BITS) - 1);
    struct lq_request_entry *entry = &table->entries[index];

    if (index >= table->used_count || entry->request == NULL || entry->request->tag != tag) {
        return NULL;
    }
    return entry;
}

void lq_request_table_remove(struct lq_request_table *table, const struct lq_admin_request *request)
{
    struct lq_request_entry *entry = find_tag(table, request->tag);

    if (entry != NULL && entry->request == request) {
        let_go(table, entry);
    }
}

static void send_again(struct lq_request_table *table, struct lq_request_entry *entry)
{
    if (entry->request != NULL && entry->sent) {
        entry->sent = false;
        table->unsent_count++;
    }
}

void lq_request_table_rewind(struct lq_request_table *table)
{
    for (uint32_t index = 0; index < table->used_count; index++) {
        send_again(table, &table->entries[index]);
    }
}

void lq_request_table_repeat(struct lq_request_table *table, uint64_t now_ns, uint64_t after_ns)
{
    if (table->count == 0) {
        return;
    }
    for (uint32_t index = 0; index < table->used_count; index++) {
        struct lq_request_entry *entry = &table->entries[index];
        uint32_t doublings = entry->copies < 3 ? entry->copies - 1 : 2;
        if (entry->request != NULL && entry->sent &&
            now_ns - entry->sent_at_ns >= after_ns << doublings) {
            send_again(table, entry);
        }
    }
}

static void answer(struct lq_request_table *table, struct lq_request_entry *entry,
                   const struct lq_admin_reply *reply)
{
    struct lq_request_entry answered = *entry;

    let_go(table, entry);
    answered.on_reply(answered.context, reply);
}

/* Encodes and sends one. False: the link has no room. */
static bool send_entry(struct lq_request_table *table, struct lq_request_entry *entry,
                       struct lq_broker_link *link, uint64_t now_ns, uint8_t *buffer,
                       size_t buffer_bytes)
{
    size_t written = 0;

    entry->request->epoch = link->epoch;
    enum lq_result rc = lq_admin_request_encode(entry->request, buffer, buffer_bytes, &written);
    if (rc != LQ_OK || written > LQ_HEADER_BYTES_MAX) {
        const struct lq_admin_reply refusal = {
            .tag = entry->request->tag,
            .result = LQ_ERR_LIMIT,
            .message = lq_view_text("the request is larger than a message may be"),
        };
        answer(table, entry, &refusal);
        return true;
    }
    if (!lq_broker_link_send(link, lq_view_of(buffer, written), (struct lq_view){NULL, 0})) {
        return false;
    }
    table->repeats += entry->sent_before;
    entry->sent = true;
    table->unsent_count--;
    entry->sent_before = true;
    entry->copies++;
    entry->sent_at_ns = now_ns;
    return true;
}

bool lq_request_table_flush(struct lq_request_table *table, struct lq_broker_link *link,
                            uint64_t now_ns, uint8_t *buffer, size_t buffer_bytes)
{
    uint32_t looked_at = 0;

    for (; table->unsent_count > 0 && looked_at < table->used_count; looked_at++) {
        table->turn = table->turn < table->used_count ? table->turn : 0;
        struct lq_request_entry *entry = &table->entries[table->turn];
        if (entry->request != NULL && !entry->sent &&
            !send_entry(table, entry, link, now_ns, buffer, buffer_bytes)) {
            return false;
        }
        table->turn++;
    }
    return true;
}

/* The tag of a reply, for choosing the memory it is decoded into: its first field, a fixed64. Only
 * a hint; the decoded tag decides. */
static struct lq_request_entry *find_receiver(struct lq_request_table *table,
                                              struct lq_view message)
{
    uint64_t tag = 0;

    for (uint32_t index = 0; index < 8 && message.bytes >= 9 && message.data[0] == 0x09; index++) {
        tag |= (uint64_t)message.data[1 + index] << (8 * index);
    }
    return find_tag(table, tag);
}

/* The body has as many bytes as the frames say; a copy of it in the arena. */
static enum lq_result take_body(struct lq_view body, struct lq_arena *arena,
                                struct lq_admin_reply *reply, const char **where)
{
    uint64_t bytes = 0;

    for (uint32_t index = 0; index < reply->frame_count; index++) {
        bytes += reply->frames[index].world_bytes;
    }
    uint8_t *copy = lq_arena_take(arena, body.bytes + 1);
    *where = "world_bytes";
    if (bytes != body.bytes || copy == NULL) {
        return copy == NULL ? LQ_ERR_LIMIT : LQ_ERR_MALFORMED;
    }
    if (bytes > 0) {
        memcpy(copy, body.data, body.bytes);
    }
    reply->body = lq_view_of(copy, body.bytes);
    return LQ_OK;
}

void lq_request_table_reply(struct lq_request_table *table, struct lq_view message,
                            struct lq_view body, struct lq_arena *own)
{
    struct lq_request_entry *entry = find_receiver(table, message);
    struct lq_arena *arena = entry != NULL && entry->arena != NULL ? entry->arena : own;
    struct lq_admin_reply reply;
    const char *where = "";

    if (entry == NULL) {
        return;
    }
    lq_arena_reset(arena);
    /* Views of the reply may point into the message, which dies before the caller's arena does. */
    uint8_t *copy = lq_arena_take(arena, message.bytes + 1);
    enum lq_result rc = LQ_ERR_LIMIT;
    if (copy != NULL) {
        memcpy(copy, message.data, message.bytes);
        rc = lq_admin_reply_decode(lq_view_of(copy, message.bytes), arena, &reply, &where);
        rc = rc == LQ_OK ? take_body(body, arena, &reply, &where) : rc;
    }
    if (rc != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "answer of the broker dropped: %s at %s", lq_result_text(rc),
                      where);
        reply = (struct lq_admin_reply){.tag = entry->request->tag,
                                        .result = rc,
                                        .message = lq_view_text("the answer cannot be read")};
    }
    if (reply.tag == entry->request->tag) {
        answer(table, entry, &reply);
    }
}
