// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Frames from outside, through wslay and the rules of messages: in pieces of two sizes they make
 * the same events and the same end, and never more than a message may have. The first byte is a
 * size. */
#include "base/contract.h"
#include "gateway/infrastructure/websocket_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct wire {
    const uint8_t *data;
    size_t bytes, at, piece;
};

/* What came of it, by digest. */
struct outcome {
    uint64_t digest;
    uint64_t events;
    uint16_t code;
};

static uint8_t scratch[LQ_WEBSOCKET_LINK_SCRATCH_BYTES];

static long read_wire(void *context, uint8_t *to, size_t bytes_max)
{
    struct wire *wire = context;
    size_t bytes = wire->bytes - wire->at;

    bytes = bytes < wire->piece ? bytes : wire->piece;
    bytes = bytes < bytes_max ? bytes : bytes_max;
    if (bytes > 0) {
        memcpy(to, wire->data + wire->at, bytes);
        wire->at += bytes;
    }
    return (long)bytes;
}

static void mix(struct outcome *outcome, const struct lq_websocket_event *event)
{
    outcome->events++;
    outcome->digest = outcome->digest * 31 + event->opcode + event->close_code;
    for (size_t index = 0; index < event->payload.bytes; index++) {
        outcome->digest = outcome->digest * 1099511628211u + event->payload.data[index];
    }
}

static struct outcome run(const uint8_t *data, size_t size, size_t piece)
{
    struct wire wire = {data, size, 0, piece};
    struct outcome outcome = {0};
    lq_websocket_link_t *link = lq_websocket_link_new(read_wire, &wire);
    bool ended = false;

    while (!ended) {
        struct lq_websocket_event event;
        size_t before = wire.at;
        switch (lq_websocket_link_read(link, scratch, &event, &outcome.code)) {
        case LQ_WEBSOCKET_AGAIN:
            ended = wire.at == size && wire.at == before;
            break;
        case LQ_WEBSOCKET_EVENT:
            LQ_ASSERT(event.payload.bytes <= LQ_WEBSOCKET_MESSAGE_BYTES_MAX);
            mix(&outcome, &event);
            ended = event.opcode == LQ_WEBSOCKET_CLOSE;
            break;
        case LQ_WEBSOCKET_FAILED:
            LQ_ASSERT(lq_websocket_message_code_valid(outcome.code));
            ended = true;
            break;
        case LQ_WEBSOCKET_ENDED:
            ended = true;
        }
    }
    lq_websocket_link_destroy(&link);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct outcome whole = run(data + 1, size - 1, SIZE_MAX);
    struct outcome pieces = run(data + 1, size - 1, 1u + data[0] % 32);
    LQ_ASSERT(whole.events == pieces.events);
    LQ_ASSERT(whole.digest == pieces.digest);
    LQ_ASSERT(whole.code == pieces.code);
    return 0;
}
