// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "client/client_record.h"
#include "client/id_randomness.h"
#include "proto/tick_codec.h"

#include <stdio.h>
#include <stdlib.h>

static enum lq_result check_options(const struct lq_link *link,
                                    const struct lq_client_options *options,
                                    struct lq_error_message *message)
{
    if (options->tenant == NULL) {
        lq_error_message_set(message, "tenant is not set");
        return LQ_ERR_INVALID;
    }
    if (!lq_tenant_name_valid(lq_view_text(options->tenant))) {
        lq_error_message_set(message, "%s is no name of a tenant", options->tenant);
        return LQ_ERR_INVALID;
    }
    if (options->sessions_max > LQ_CLIENT_SESSIONS_MAX) {
        lq_error_message_set(message, "at most %u sessions", LQ_CLIENT_SESSIONS_MAX);
        return LQ_ERR_LIMIT;
    }
    if (link->client_count == link->clients_max) {
        lq_error_message_set(message, "%u clients are on the link, as many as may be",
                             link->client_count);
        return LQ_ERR_FULL;
    }
    return LQ_OK;
}

static uint32_t outstanding_max(const struct lq_client_options *options)
{
    uint64_t windows = (uint64_t)options->sessions_max * LQ_CLIENT_WINDOW;

    if (options->outstanding_max != 0) {
        return options->outstanding_max;
    }
    return windows < UINT32_MAX ? (uint32_t)windows : UINT32_MAX;
}

enum lq_result lq_client_new(lq_link_t *link, const struct lq_client_options *options,
                             lq_client_t **client, struct lq_error_message *message)
{
    uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES] = {0};
    enum lq_result rc = check_options(link, options, message);

    if (rc == LQ_OK && options->id == NULL) {
        rc = lq_id_randomness_take(random, sizeof random);
    }
    if (rc != LQ_OK) {
        return rc;
    }
    struct lq_client *made = lq_alloc(1, sizeof *made);
    made->link = link;
    made->id = options->id != NULL ? *options->id : lq_client_id_fresh(random, lq_clock_wall_ns());
    made->on_receipt = options->on_receipt;
    made->context = options->context;
    made->outstanding_max = outstanding_max(options);
    made->own_numbers = options->own_numbers;
    lq_outstanding_list_init(&made->outstanding);
    lq_session_table_init(&made->sessions, options->sessions_max);
    made->lane = lq_lane_table_enter(&link->lanes, options->tenant, options->hears_quota);
    lq_client_list_append(&link->clients, made);
    link->client_count++;
    if (options->history != NULL) {
        memcpy(made->history.bytes, options->history, sizeof made->history.bytes);
        made->history.is_known = true;
    }
    if (link->broker.has_history) {
        lq_client_history_meet(made, link->broker.history);
    }
    *client = made;
    return LQ_OK;
}

void lq_client_destroy(lq_client_t **client)
{
    struct lq_client *gone = *client;

    if (gone == NULL) {
        return;
    }
    struct lq_link *link = gone->link;
    while (gone->outstanding.count > 0) {
        lq_outstanding_remove(&link->outstanding, &gone->outstanding, gone->outstanding.first);
    }
    lq_client_settle(gone);
    lq_lane_table_leave(&link->lanes, gone->lane);
    lq_client_list_remove(&link->clients, gone);
    link->client_count--;
    if (link->answered == gone) {
        link->answered = NULL;
    }
    lq_session_table_release(&gone->sessions);
    free(gone);
    *client = NULL;
}

const struct lq_client_id *lq_client_identity(const lq_client_t *client)
{
    return &client->id;
}

uint32_t lq_client_outstanding(const lq_client_t *client)
{
    return client->outstanding.count;
}

void lq_client_quota(const lq_client_t *client, struct lq_client_quota *quota)
{
    const struct lq_quota_wait *wait = &client->lane->wait;

    *quota = (struct lq_client_quota){
        .refusals = wait->refusals,
        .waits = wait->waits,
        .until_ns = wait->until_ns,
        .reason = wait->reason,
    };
}

enum lq_result lq_client_session(lq_client_t *client, const char *session, uint64_t next_sequence,
                                 uint32_t *handle)
{
    if (!lq_session_name_valid(lq_view_text(session)) || next_sequence == 0) {
        return LQ_ERR_INVALID;
    }
    return lq_session_table_handle(&client->sessions, session,
                                   client->history.has_changed ? 1 : next_sequence, handle);
}

uint64_t lq_client_next_sequence(const lq_client_t *client, uint32_t handle)
{
    LQ_ASSERT(!client->own_numbers);
    LQ_ASSERT(handle < client->sessions.row_count);
    return client->sessions.rows[handle].numbers.next;
}

/* ---- submitting ---- */

void lq_client_settle(struct lq_client *client)
{
    struct lq_lane_table *lanes = &client->link->lanes;

    if (client->outstanding.unsent != LQ_OUTSTANDING_NONE) {
        lq_lane_table_want(lanes, client);
    } else {
        lq_lane_table_rest(lanes, client);
    }
    if (client->outstanding.count > 0) {
        lq_client_list_append(&client->lane->busy, client);
    } else {
        lq_client_list_remove(&client->lane->busy, client);
    }
}

void lq_client_rewind(struct lq_client *client, uint64_t now_ns)
{
    lq_outstanding_rewind(&client->outstanding);
    client->rewound_at_ns = now_ns;
    lq_client_settle(client);
}

/* What clients share is bounded for each by what is still free of it, so that nobody uses up what
 * belongs to all. */
static bool has_room(const struct lq_client *client)
{
    const struct lq_outstanding *table = &client->link->outstanding;
    uint32_t free_count = table->slot_count - table->count;

    return free_count > 0 && client->outstanding.count < client->outstanding_max &&
           (client->link->client_count == 1 || client->outstanding.count <= free_count);
}

/* What every command has to be, encoded into `body`. */
static enum lq_result prepare(const struct lq_client *client, const struct lq_command *command,
                              uint8_t *body, size_t *written, char *reason)
{
    enum lq_result rc = lq_command_check(command, reason);

    if (rc != LQ_OK) {
        return rc;
    }
    if (!has_room(client)) {
        return LQ_ERR_FULL;
    }
    rc = lq_command_encode(command, body, LQ_CLIENT_COMMAND_BYTES_MAX, written);
    if (rc != LQ_OK) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "cannot be encoded: %s", lq_result_text(rc));
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

static void queue(struct lq_client *client, const struct lq_outstanding_command *command)
{
    uint32_t index = lq_outstanding_add(&client->link->outstanding, &client->outstanding, command,
                                        lq_clock_monotonic_ns());

    LQ_ASSERT(index != LQ_OUTSTANDING_NONE);
    client->link->queued = true;
    lq_client_settle(client);
}

enum lq_result lq_client_submit(lq_client_t *client, uint32_t handle,
                                const struct lq_command *command, void *context, uint64_t *sequence,
                                char *reason)
{
    uint8_t body[LQ_CLIENT_COMMAND_BYTES_MAX];
    size_t written = 0;

    LQ_ASSERT(!client->own_numbers);
    LQ_ASSERT(handle < client->sessions.row_count);
    enum lq_result rc = prepare(client, command, body, &written, reason);
    if (rc == LQ_OK) {
        rc = lq_session_numbers_take(&client->sessions.rows[handle].numbers, sequence);
    }
    if (rc != LQ_OK) {
        return rc;
    }
    const struct lq_outstanding_command queued = {
        .client = client,
        .session = handle,
        .sequence = *sequence,
        .body = lq_view_of(body, written),
        .context = context,
    };
    queue(client, &queued);
    return LQ_OK;
}

/* A caller's numbers of one session are under way in the dozens at most. */
static bool is_outstanding(const struct lq_client *client, uint32_t handle, uint64_t sequence)
{
    const struct lq_outstanding_slot *slots = client->link->outstanding.slots;

    for (uint32_t index = client->outstanding.first; index != LQ_OUTSTANDING_NONE;
         index = slots[index].next) {
        if (slots[index].session == handle && slots[index].sequence == sequence) {
            return true;
        }
    }
    return false;
}

enum lq_result lq_client_submit_numbered(lq_client_t *client, uint32_t handle,
                                         const struct lq_command *command,
                                         const struct lq_client_number *number, void *context,
                                         char *reason)
{
    uint8_t body[LQ_CLIENT_COMMAND_BYTES_MAX];
    size_t written = 0;

    LQ_ASSERT(client->own_numbers);
    LQ_ASSERT(handle < client->sessions.row_count);
    if (is_outstanding(client, handle, number->sequence)) {
        return LQ_ERR_EXISTS;
    }
    enum lq_result rc = prepare(client, command, body, &written, reason);
    if (rc != LQ_OK) {
        return rc;
    }
    const struct lq_outstanding_command queued = {
        .client = client,
        .session = handle,
        .sequence = number->sequence,
        .sent_before = number->sent_before,
        .body = lq_view_of(body, written),
        .context = context,
    };
    queue(client, &queued);
    return LQ_OK;
}
