// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/receipt_writer.h"

#include "base/alloc.h"
#include "base/log.h"
#include "proto/client_codec.h"

#include <stdlib.h>

#define ANSWERS_MAX 4096u

struct lq_receipt_writer {
    uint64_t epoch;
    uint32_t count;
    size_t reason_bytes;
    uint32_t peers[ANSWERS_MAX];
    struct lq_receipt_answer answers[ANSWERS_MAX];
    struct lq_receipt_answer batch[LQ_RECEIPT_ANSWERS_MAX];
    char reasons[ANSWERS_MAX * 32];
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

static struct lq_view keep_reason(lq_receipt_writer_t *writer, struct lq_view reason)
{
    char *to = writer->reasons + writer->reason_bytes;

    if (reason.bytes > 0) {
        memcpy(to, reason.data, reason.bytes);
    }
    writer->reason_bytes += reason.bytes;
    return lq_view_of(to, reason.bytes);
}

void lq_receipt_writer_add(lq_receipt_writer_t *writer, const struct lq_broker_effect *effect,
                           lq_router_socket_t *clients)
{
    struct lq_view reason = lq_view_cut(effect->answer.reason, LQ_REASON_BYTES_MAX - 1);

    if (writer->count == ANSWERS_MAX ||
        writer->reason_bytes + reason.bytes > sizeof writer->reasons) {
        lq_receipt_writer_flush(writer, clients);
    }
    struct lq_receipt_answer *answer = &writer->answers[writer->count];
    writer->peers[writer->count++] = effect->answer.peer;
    answer->tag = effect->answer.tag;
    answer->outcome = effect->answer.outcome;
    answer->frame = effect->answer.frame;
    answer->letter_id = effect->answer.letter_id;
    answer->reason = keep_reason(writer, reason);
    memcpy(answer->hash, effect->answer.hash, sizeof answer->hash);
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
        lq_log_debug("%u receipts not delivered: %s", count, lq_result_text(sent));
    }
}

void lq_receipt_writer_flush(lq_receipt_writer_t *writer, lq_router_socket_t *clients)
{
    /* A turn answers few clients: gather by walking the rest for the first one's answers. */
    for (uint32_t first = 0; first < writer->count; first++) {
        uint32_t peer = writer->peers[first];
        uint32_t count = 0;
        if (peer == 0) {
            continue;
        }
        for (uint32_t at = first; at < writer->count; at++) {
            if (writer->peers[at] != peer) {
                continue;
            }
            writer->batch[count++] = writer->answers[at];
            writer->peers[at] = 0;
            if (count == LQ_RECEIPT_ANSWERS_MAX) {
                send_batch(writer, peer, count, clients);
                count = 0;
            }
        }
        if (count > 0) {
            send_batch(writer, peer, count, clients);
        }
    }
    writer->count = 0;
    writer->reason_bytes = 0;
}
