// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/client_history.h"

#include "base/clock.h"
#include "client/client_record.h"
#include "client/id_randomness.h"

static void make_old(struct lq_client *client, struct lq_outstanding_slot *slot)
{
    slot->is_old = true;
    client->history.old_count++;
}

/* What no broker has seen yet gets a number of the new id. There are as many at most as before. */
static void number_anew(struct lq_client *client, struct lq_outstanding_slot *slot)
{
    enum lq_result taken =
        lq_session_numbers_take(&client->sessions.rows[slot->session].numbers, &slot->sequence);

    LQ_ASSERT(taken == LQ_OK);
}

static void take_new_id(struct lq_client *client)
{
    struct lq_client_history *history = &client->history;
    struct lq_outstanding *table = &client->link->outstanding;
    uint8_t random[LQ_CLIENT_ID_RANDOM_BYTES];

    if (lq_id_randomness_take(random, sizeof random) != LQ_OK) {
        return; /* with the next answer */
    }
    history->is_due = false;
    history->has_changed = true;
    history->old_id = client->id;
    client->id = lq_client_id_fresh(random, lq_clock_wall_ns());
    for (uint32_t row = 0; row < client->sessions.row_count; row++) {
        client->sessions.rows[row].numbers = (struct lq_session_numbers){.next = 1};
    }
    for (uint32_t index = client->outstanding.first; index != LQ_OUTSTANDING_NONE;
         index = table->slots[index].next) {
        struct lq_outstanding_slot *slot = &table->slots[index];
        if (slot->sent_count > 0) {
            make_old(client, slot);
        } else {
            number_anew(client, slot);
        }
    }
}

void lq_client_history_meet(struct lq_client *client, const uint8_t *bytes)
{
    struct lq_client_history *history = &client->history;
    bool other = history->is_known && memcmp(history->bytes, bytes, sizeof history->bytes) != 0;

    memcpy(history->bytes, bytes, sizeof history->bytes);
    history->is_known = true;
    history->is_due = history->is_due || (other && !client->own_numbers);
    if (history->is_due && history->old_count == 0) {
        take_new_id(client);
    }
}

void lq_client_history_answer(struct lq_client *client)
{
    struct lq_client_history *history = &client->history;

    LQ_ASSERT(history->old_count > 0);
    history->old_count--;
    if (history->is_due && history->old_count == 0) {
        take_new_id(client);
    }
}
