// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/receipt_intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "client/client_record.h"
#include "client/unused_reason.h"

static void hand_out(struct lq_client *client, uint32_t index,
                     const struct lq_receipt_answer *answer, uint64_t now_ns)
{
    const struct lq_outstanding_slot *slot = &client->outstanding.slots[index];
    struct lq_session_row *row = &client->sessions.rows[slot->session];
    struct lq_client_receipt receipt = {
        .session = row->name,
        .sequence = slot->sequence,
        .outcome = (enum lq_outcome)answer->outcome,
        .frame = answer->frame,
        .hash = answer->hash,
        .letter_id = answer->letter_id,
        .reason = answer->reason,
        .context = slot->context,
        .latency_ns = now_ns - slot->submitted_ns,
    };

    bool is_old = slot->is_old;
    if (!is_old) {
        lq_session_numbers_answer(&row->numbers, slot->sequence,
                                  answer->outcome == LQ_OUTCOME_UNUSED && slot->sent_count <= 1);
    }
    lq_outstanding_remove(&client->outstanding, index);
    if (is_old) {
        lq_client_history_answer(client);
    }
    client->receipts_this_turn++;
    if (client->on_receipt != NULL) {
        client->on_receipt(client->context, &receipt);
    }
}

/* The command was refused for a quota: it stays, and what was sent behind it in this round is
 * refused as well. */
static void wait_for_quota(struct lq_client *client, uint32_t index,
                           const struct lq_receipt_answer *answer, uint64_t now_ns)
{
    uint32_t round = lq_outstanding_round(answer->tag);

    lq_outstanding_mark_refused(&client->outstanding, index, round);
    if (lq_quota_wait_is_round(&client->quota_wait, round) &&
        lq_quota_wait_refuse(&client->quota_wait, answer->reason, answer->again_ms, now_ns)) {
        lq_outstanding_rewind_to(&client->outstanding, index);
    }
}

/* One command of the list has this answer. */
static void answer_command(struct lq_client *client, uint32_t index,
                           const struct lq_receipt_answer *answer, uint64_t now_ns)
{
    const struct lq_outstanding_slot *slot = &client->outstanding.slots[index];

    if (answer->outcome == LQ_OUTCOME_UNUSED) {
        bool of_quota = lq_unused_reason_is_quota(answer->reason);
        client->quota_wait.refusals += of_quota;
        if (of_quota && !client->hears_quota) {
            wait_for_quota(client, index, answer, now_ns);
            return;
        }
        /* No copy is out: that was said before. Or an earlier copy may be in the ledger: it is said
         * again later. */
        if (slot->sent_count == 0 || !lq_unused_reason_decides(answer->reason, slot->sent_count)) {
            return;
        }
    }
    if (lq_quota_wait_is_round(&client->quota_wait, lq_outstanding_round(answer->tag))) {
        lq_quota_wait_accept(&client->quota_wait);
    }
    hand_out(client, index, answer, now_ns);
}

/* An answer to what is not outstanding any more, because a copy of it was answered. If it is a
 * refusal of this round, all that was sent behind it in the round is refused as well, and where
 * that begins is not known. */
static void begin_anew(struct lq_client *client, const struct lq_receipt_answer *answer,
                       uint64_t now_ns)
{
    if (answer->outcome == LQ_OUTCOME_UNUSED && lq_unused_reason_is_quota(answer->reason) &&
        !client->hears_quota &&
        lq_quota_wait_is_round(&client->quota_wait, lq_outstanding_round(answer->tag)) &&
        lq_quota_wait_refuse(&client->quota_wait, answer->reason, answer->again_ms, now_ns)) {
        lq_outstanding_rewind(&client->outstanding);
    }
}

/* An answer to one command, or to a run of them: the list's from the first to the last. Without
 * one of its ends it decides nothing: its commands are said again, at the latest when their answer
 * has been missing for two seconds. */
static void take_answer(struct lq_client *client, const struct lq_receipt_answer *answer,
                        uint64_t now_ns)
{
    uint64_t last_tag = answer->last_tag != 0 ? answer->last_tag : answer->tag;
    uint32_t index = lq_outstanding_find(&client->outstanding, answer->tag);
    uint32_t last = lq_outstanding_find(&client->outstanding, last_tag);

    if (index == LQ_OUTSTANDING_NONE || last == LQ_OUTSTANDING_NONE ||
        !lq_outstanding_in_order(&client->outstanding, index, last)) {
        begin_anew(client, answer, now_ns);
        return;
    }
    for (;;) {
        uint32_t next = client->outstanding.slots[index].next;
        bool is_last = index == last;
        answer_command(client, index, answer, now_ns);
        if (is_last) {
            return;
        }
        index = next;
    }
}

void lq_receipt_intake_take(struct lq_client *client, struct lq_view message, uint64_t now_ns)
{
    struct lq_receipt receipt;
    const char *where = "";
    enum lq_result rc = lq_receipt_decode(message, &client->arena, &receipt, &where);

    if (rc != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "receipts dropped: %s at %s", lq_result_text(rc), where);
        return;
    }
    for (uint32_t index = 0; index < receipt.answer_count; index++) {
        /* Receipts of an older broker are as true as those of this one: what is committed stays.
         * Only its UNUSED says nothing any more: a copy is on its way to the new one. */
        if (receipt.epoch != client->link.epoch &&
            receipt.answers[index].outcome == LQ_OUTCOME_UNUSED) {
            continue;
        }
        take_answer(client, &receipt.answers[index], now_ns);
    }
}

/* What was sent in this round and is not refused yet keeps its place: its answer will tell. */
uint32_t lq_client_hear_quota(lq_client_t *client)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    struct lq_receipt_answer answer = {.outcome = LQ_OUTCOME_UNUSED,
                                       .reason = lq_view_text(client->quota_wait.reason)};
    bool waiting = client->quota_wait.until_ns != 0 || client->quota_wait.message_max != 0;
    uint32_t next;

    LQ_ASSERT(!client->turning);
    client->turning = true;
    client->receipts_this_turn = 0;
    client->hears_quota = true;
    lq_quota_wait_end(&client->quota_wait);
    for (uint32_t index = waiting ? client->outstanding.first : LQ_OUTSTANDING_NONE;
         index != LQ_OUTSTANDING_NONE; index = next) {
        next = client->outstanding.slots[index].next;
        if (client->outstanding.slots[index].sent_count == 0) {
            hand_out(client, index, &answer, now_ns);
        }
    }
    client->turning = false;
    return client->receipts_this_turn;
}
