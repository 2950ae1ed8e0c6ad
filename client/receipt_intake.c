// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/receipt_intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "client/client_record.h"
#include "client/unused_reason.h"

/* The client's function may end the client. */
static void hand_out(struct lq_link *link, uint32_t index, const struct lq_receipt_answer *answer,
                     uint64_t now_ns)
{
    const struct lq_outstanding_slot *slot = &link->outstanding.slots[index];
    struct lq_client *client = slot->client;
    struct lq_session_row *row = &client->sessions.rows[slot->session];
    struct lq_client_receipt receipt = {
        .session = row->name,
        .sequence = slot->sequence,
        .outcome = (enum lq_outcome)answer->outcome,
        .frame = answer->frame,
        .hash = answer->hash,
        .letter_id = answer->letter_id,
        .reason = answer->reason,
        .number_is_free = answer->outcome == LQ_OUTCOME_UNUSED &&
                          lq_outstanding_copies(&link->outstanding, index) <= 1,
        .context = slot->context,
        .latency_ns = now_ns - slot->submitted_ns,
    };

    bool is_old = slot->is_old;
    if (!is_old && !client->own_numbers) {
        lq_session_numbers_answer(&row->numbers, slot->sequence, receipt.number_is_free);
    }
    lq_outstanding_remove(&link->outstanding, &client->outstanding, index);
    lq_client_settle(client);
    if (is_old) {
        lq_client_history_answer(client);
    }
    link->receipts_this_turn++;
    if (client->on_receipt != NULL) {
        client->on_receipt(client->context, &receipt);
    }
}

/* A wait begins: what all clients of the lane sent behind the message of this mark is refused as
 * well, in this round. */
static void begin_wait(struct lq_link *link, struct lq_tenant_lane *lane, uint64_t mark)
{
    for (struct lq_client *client = lane->busy.first; client != NULL;
         client = client->places[LQ_CLIENT_LIST_BUSY].next) {
        lq_outstanding_rewind_behind(&link->outstanding, &client->outstanding, mark);
        lq_client_settle(client);
    }
    lq_lane_table_hold(&link->lanes, lane);
}

/* The command was refused for a quota: it stays. */
static void wait_for_quota(struct lq_link *link, uint32_t index,
                           const struct lq_receipt_answer *answer, uint64_t now_ns)
{
    const struct lq_outstanding_slot *slot = &link->outstanding.slots[index];
    struct lq_client *client = slot->client;
    struct lq_tenant_lane *lane = client->lane;
    uint32_t round = lq_outstanding_round(answer->tag);
    uint64_t mark = slot->sent_mark;

    lq_outstanding_mark_refused(&link->outstanding, index, round);
    if (!lq_quota_wait_is_round(&lane->wait, round)) {
        return;
    }
    bool begins = lq_quota_wait_refuse(&lane->wait, answer->reason, answer->again_ms, now_ns);
    lq_outstanding_rewind_to(&link->outstanding, &client->outstanding, index);
    lq_client_settle(client);
    if (begins) {
        begin_wait(link, lane, mark);
    }
}

/* One command of a list has this answer. */
static void answer_command(struct lq_link *link, uint32_t index,
                           const struct lq_receipt_answer *answer, uint64_t now_ns)
{
    const struct lq_outstanding_slot *slot = &link->outstanding.slots[index];
    struct lq_tenant_lane *lane = slot->client->lane;

    if (answer->outcome == LQ_OUTCOME_UNUSED) {
        bool of_quota = lq_unused_reason_is_quota(answer->reason);
        lane->wait.refusals += of_quota;
        if (of_quota && !lane->hears_quota) {
            wait_for_quota(link, index, answer, now_ns);
            return;
        }
        /* No copy is out: that was said before. Or an earlier copy may be in the ledger: it is said
         * again later. */
        if (slot->sent_count == 0 ||
            !lq_unused_reason_decides(answer->reason,
                                      lq_outstanding_copies(&link->outstanding, index))) {
            return;
        }
    }
    if (lq_quota_wait_is_round(&lane->wait, lq_outstanding_round(answer->tag))) {
        lq_quota_wait_accept(&lane->wait, slot->sent_mark);
        if (lane->wait.until_ns == 0) {
            lq_lane_table_wake(&link->lanes, lane);
        }
    }
    hand_out(link, index, answer, now_ns);
}

/* An answer to what is not outstanding any more, because a copy of it was answered or its client
 * ended. If it is a refusal of a round at hand, all that was sent behind it in the round is refused
 * as well, and where that begins is not known. */
static void begin_anew(struct lq_link *link, const struct lq_receipt_answer *answer,
                       uint64_t now_ns)
{
    if (answer->outcome != LQ_OUTCOME_UNUSED || !lq_unused_reason_is_quota(answer->reason)) {
        return;
    }
    struct lq_tenant_lane *lane =
        lq_lane_table_of_round(&link->lanes, lq_outstanding_round(answer->tag));
    if (lane != NULL && !lane->hears_quota &&
        lq_quota_wait_refuse(&lane->wait, answer->reason, answer->again_ms, now_ns)) {
        begin_wait(link, lane, 0);
    }
}

/* An answer to one command, or to a run of them: of one client's list, from the first to the last.
 * Without one of its ends it decides nothing: its commands are said again, at the latest when their
 * answer has been missing for two seconds. */
static void take_answer(struct lq_link *link, const struct lq_receipt_answer *answer,
                        uint64_t now_ns)
{
    uint64_t last_tag = answer->last_tag != 0 ? answer->last_tag : answer->tag;
    uint32_t index = lq_outstanding_find(&link->outstanding, answer->tag);
    uint32_t last = lq_outstanding_find(&link->outstanding, last_tag);

    if (index == LQ_OUTSTANDING_NONE || last == LQ_OUTSTANDING_NONE ||
        !lq_outstanding_in_order(&link->outstanding, index, last)) {
        begin_anew(link, answer, now_ns);
        return;
    }
    link->answered = link->outstanding.slots[index].client;
    for (;;) {
        uint32_t next = link->outstanding.slots[index].next;
        bool is_last = index == last;
        answer_command(link, index, answer, now_ns);
        if (is_last || link->answered == NULL) {
            break;
        }
        index = next;
    }
    link->answered = NULL;
}

void lq_receipt_intake_take(struct lq_link *link, struct lq_view message, uint64_t now_ns)
{
    struct lq_receipt receipt;
    const char *where = "";
    enum lq_result rc = lq_receipt_decode(message, &link->arena, &receipt, &where);

    if (rc != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "receipts dropped: %s at %s", lq_result_text(rc), where);
        return;
    }
    for (uint32_t index = 0; index < receipt.answer_count; index++) {
        /* Receipts of an older broker are as true as those of this one: what is committed stays.
         * Only its UNUSED says nothing any more: a copy is on its way to the new one. */
        if (receipt.epoch != link->broker.epoch &&
            receipt.answers[index].outcome == LQ_OUTCOME_UNUSED) {
            continue;
        }
        take_answer(link, &receipt.answers[index], now_ns);
    }
}

/* ---- no more patience ---- */

static void change_lane(struct lq_client *client)
{
    struct lq_lane_table *lanes = &client->link->lanes;
    struct lq_tenant_lane *before = client->lane;

    lq_lane_table_rest(lanes, client);
    lq_client_list_remove(&before->busy, client);
    client->lane = lq_lane_table_enter(lanes, before->tenant, true);
    memcpy(client->lane->wait.reason, before->wait.reason, sizeof before->wait.reason);
    lq_client_settle(client);
    lq_lane_table_leave(lanes, before);
}

/* What was sent in this round and is not refused yet keeps its place: its answer will tell. */
uint32_t lq_client_hear_quota(lq_client_t *client)
{
    struct lq_link *link = client->link;
    uint64_t now_ns = lq_clock_monotonic_ns();
    const struct lq_quota_wait *wait = &client->lane->wait;
    bool waiting = !client->lane->hears_quota && (wait->until_ns != 0 || wait->asked_max != 0);
    uint32_t next;

    LQ_ASSERT(!link->turning);
    if (!client->lane->hears_quota) {
        change_lane(client);
    }
    struct lq_receipt_answer answer = {.outcome = LQ_OUTCOME_UNUSED,
                                       .reason = lq_view_text(client->lane->wait.reason)};
    link->turning = true;
    link->queued = true;
    link->receipts_this_turn = 0;
    link->answered = client;
    for (uint32_t index = waiting ? client->outstanding.first : LQ_OUTSTANDING_NONE;
         index != LQ_OUTSTANDING_NONE && link->answered != NULL; index = next) {
        next = link->outstanding.slots[index].next;
        if (lq_outstanding_copies(&link->outstanding, index) == 0) {
            hand_out(link, index, &answer, now_ns);
        }
    }
    link->answered = NULL;
    link->turning = false;
    return link->receipts_this_turn;
}
