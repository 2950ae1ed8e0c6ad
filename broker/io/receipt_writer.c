// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/receipt_writer.h"

#include "base/alloc.h"
#include "base/error_name.h"
#include "base/log.h"
#include "broker/io/answer_groups.h"
#include "proto/client_codec.h"

#include <stdlib.h>

struct lq_receipt_writer {
    uint64_t epoch;
    size_t reason_bytes;
    uint64_t quota_refusals;
    /* Of the command at hand: one more than that of the command before it in its SUBMIT, two more
     * than that of the last one of another. 0: there is none. */
    uint64_t place, last_place;
    uint64_t tag;
    struct lq_answer_groups groups; /* of answers, by peer */
    struct lq_receipt_answer answers[LQ_ANSWER_GROUPS_MEMBERS_MAX];
    uint64_t places[LQ_ANSWER_GROUPS_MEMBERS_MAX]; /* of an answer, the end of a run; or 0 */
    struct lq_receipt_answer batch[LQ_RECEIPT_ANSWERS_MAX];
    char reasons[LQ_ANSWER_GROUPS_MEMBERS_MAX * 32];
    uint8_t header[LQ_HEADER_BYTES_MAX];
};

lq_receipt_writer_t *lq_receipt_writer_new(uint64_t epoch)
{
    lq_receipt_writer_t *writer = lq_alloc(1, sizeof *writer);

    writer->epoch = epoch;
    return writer;
}

void lq_receipt_writer_destroy(lq_receipt_writer_t **writer)
{
    free(*writer);
    *writer = NULL;
}

void lq_receipt_writer_begin(lq_receipt_writer_t *writer)
{
    writer->last_place++;
}

void lq_receipt_writer_next(lq_receipt_writer_t *writer, uint64_t tag)
{
    writer->place = ++writer->last_place;
    writer->tag = tag;
}

void lq_receipt_writer_end(lq_receipt_writer_t *writer)
{
    writer->place = 0;
}

uint64_t lq_receipt_writer_quota_refusals(const lq_receipt_writer_t *writer)
{
    return writer->quota_refusals;
}

static bool begins_with(struct lq_view reason, const char *word)
{
    size_t bytes = strlen(word);

    return reason.bytes >= bytes && memcmp(reason.data, word, bytes) == 0;
}

/* What its sender waits for and sends again, in order. */
static bool names_quota(struct lq_view reason)
{
    return begins_with(reason, LQ_REASON_TENANT_QUOTA) ||
           begins_with(reason, LQ_REASON_MIRROR_BEHIND);
}

/* The answer belongs to the end of a run: nothing more is to be kept of it. */
static bool goes_on(lq_receipt_writer_t *writer, const struct lq_broker_effect *effect,
                    struct lq_view reason)
{
    uint32_t last = lq_answer_groups_last(&writer->groups, effect->answer.peer);

    if (last == LQ_ANSWER_GROUPS_NONE || writer->place == 0 || effect->answer.tag == 0 ||
        effect->answer.tag != writer->tag || writer->places[last] + 1 != writer->place) {
        return false;
    }
    struct lq_receipt_answer *answer = &writer->answers[last];
    if (answer->outcome != LQ_OUTCOME_UNUSED || answer->again_ms != effect->answer.again_ms ||
        !lq_view_equal(answer->reason, reason)) {
        return false;
    }
    answer->last_tag = effect->answer.tag;
    writer->places[last] = writer->place;
    return true;
}

static struct lq_view keep_reason(lq_receipt_writer_t *writer, struct lq_view reason)
{
    char *to = writer->reasons + writer->reason_bytes;

    if (reason.bytes > 0) {
        memcpy(to, reason.data, reason.bytes);
    }
    writer->reason_bytes += reason.bytes;
    return lq_view_of(to, reason.bytes);
}

static void keep(lq_receipt_writer_t *writer, const struct lq_broker_effect *effect,
                 struct lq_view reason)
{
    uint32_t index = lq_answer_groups_add(&writer->groups, effect->answer.peer);
    struct lq_receipt_answer *answer = &writer->answers[index];

    answer->tag = effect->answer.tag;
    answer->outcome = effect->answer.outcome;
    answer->frame = effect->answer.frame;
    answer->letter_id = effect->answer.letter_id;
    answer->reason = keep_reason(writer, reason);
    answer->last_tag = 0;
    answer->again_ms = effect->answer.again_ms;
    memcpy(answer->hash, effect->answer.hash, sizeof answer->hash);
    writer->places[index] = answer->tag == writer->tag ? writer->place : 0;
}

void lq_receipt_writer_add(lq_receipt_writer_t *writer, const struct lq_broker_effect *effect,
                           lq_router_socket_t *clients)
{
    struct lq_view reason = lq_view_cut(effect->answer.reason, LQ_REASON_BYTES_MAX - 1);

    if (effect->answer.outcome == LQ_OUTCOME_UNUSED) {
        writer->quota_refusals += names_quota(reason);
        if (goes_on(writer, effect, reason)) {
            return;
        }
    }
    if (writer->groups.member_count == LQ_ANSWER_GROUPS_MEMBERS_MAX ||
        writer->reason_bytes + reason.bytes > sizeof writer->reasons) {
        lq_receipt_writer_flush(writer, clients);
    }
    keep(writer, effect, reason);
}

static void send_batch(lq_receipt_writer_t *writer, uint32_t peer, uint32_t count,
                       lq_router_socket_t *clients)
{
    struct lq_receipt receipt = {writer->epoch, count, writer->batch};
    size_t bytes;

    if (lq_receipt_encode(&receipt, writer->header, sizeof writer->header, &bytes) != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "a receipt of %u answers does not fit its message", count);
        return;
    }
    enum lq_result sent =
        lq_router_socket_send(clients, peer, lq_view_of(writer->header, bytes), NULL);
    if (sent != LQ_OK) {
        lq_log_rarely(LQ_LOG_DEBUG, "%u receipts not delivered: %s", count, lq_result_text(sent));
    }
}

static void send_group(lq_receipt_writer_t *writer, const struct lq_answer_group *group,
                       lq_router_socket_t *clients)
{
    uint32_t count = 0;

    for (uint32_t index = group->first; index != LQ_ANSWER_GROUPS_NONE;
         index = writer->groups.next[index]) {
        if (count == LQ_RECEIPT_ANSWERS_MAX) {
            send_batch(writer, group->peer, count, clients);
            count = 0;
        }
        writer->batch[count++] = writer->answers[index];
    }
    send_batch(writer, group->peer, count, clients);
}

void lq_receipt_writer_flush(lq_receipt_writer_t *writer, lq_router_socket_t *clients)
{
    for (uint32_t index = 0; index < writer->groups.group_count; index++) {
        send_group(writer, &writer->groups.groups[index], clients);
    }
    lq_answer_groups_clear(&writer->groups);
    writer->reason_bytes = 0;
}
