// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/dispatch_writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "proto/actor_codec.h"
#include "proto/tick_codec.h"

#include <stdlib.h>

struct lq_dispatch_writer {
    uint64_t epoch;
    uint8_t pipeline_hash[32];
    const lq_broker_core_t *core;
    const lq_payload_buffers_t *buffers;
    lq_world_wanted_fn world_wanted;
    void *context;
    uint8_t *body; /* scratch of LQ_BODY_BYTES_MAX: a batch is bounded by an actor's bytes_max, or
                      is one item */
    uint8_t *header;
    struct lq_tick_request request;
    struct lq_dispatch_item items[LQ_BATCH_ITEMS_MAX];
};

lq_dispatch_writer_t *lq_dispatch_writer_new(uint64_t epoch, const uint8_t pipeline_hash[32],
                                             const lq_broker_core_t *core,
                                             const lq_payload_buffers_t *buffers,
                                             lq_world_wanted_fn world_wanted, void *context)
{
    lq_dispatch_writer_t *writer = lq_alloc(1, sizeof *writer);

    writer->epoch = epoch;
    memcpy(writer->pipeline_hash, pipeline_hash, sizeof writer->pipeline_hash);
    writer->core = core;
    writer->buffers = buffers;
    writer->world_wanted = world_wanted;
    writer->context = context;
    writer->body = lq_alloc(1, LQ_BODY_BYTES_MAX);
    writer->header = lq_alloc(1, LQ_HEADER_BYTES_MAX);
    return writer;
}

void lq_dispatch_writer_destroy(lq_dispatch_writer_t **writer)
{
    if (*writer != NULL) {
        free((*writer)->body);
        free((*writer)->header);
        free(*writer);
        *writer = NULL;
    }
}

static bool encode_request(lq_dispatch_writer_t *writer, const struct lq_broker_item *item,
                           uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_tick_request *request = &writer->request;
    struct lq_broker_command command;
    uint32_t cursor = 0;

    request->steps = item->steps;
    request->missed = item->missed;
    request->rate = item->rate;
    request->wall_time_ns = lq_clock_wall_ns();
    memcpy(request->pipeline_hash, writer->pipeline_hash, sizeof request->pipeline_hash);
    request->command_count = 0;
    while (lq_broker_core_next_command(writer->core, item->execution, &cursor, &command)) {
        uint32_t place = request->command_count++;
        request->clients[place] = command.client;
        request->sequences[place] = command.sequence;
        request->letter_ids[place] = command.letter_id;
        request->bodies[place] = command.payload.buffer == 0
                                     ? lq_view_of(NULL, 0)
                                     : lq_payload_buffers_view(writer->buffers, &command.payload);
    }
    return lq_tick_request_encode(request, to, bytes_max, written) == LQ_OK;
}

struct lq_view lq_dispatch_writer_request(lq_dispatch_writer_t *writer,
                                          const struct lq_broker_item *item)
{
    size_t bytes;

    if (!encode_request(writer, item, writer->body, LQ_BODY_BYTES_MAX, &bytes)) {
        return lq_view_of(NULL, 0);
    }
    return lq_view_of(writer->body, bytes);
}

/* The exact bytes of a batch's payloads, or SIZE_MAX when a tick request is among them: its length
 * is known only when it is encoded. */
static size_t payload_bytes(const lq_broker_core_t *core, uint32_t batch, uint32_t count)
{
    size_t bytes = 0;

    for (uint32_t index = 0; index < count; index++) {
        struct lq_broker_item item;
        lq_broker_core_batch_item(core, batch, index, &item);
        if (item.payload.buffer == 0) {
            return SIZE_MAX;
        }
        bytes += item.payload.bytes;
    }
    return bytes;
}

static size_t write_payload(lq_dispatch_writer_t *writer, const struct lq_broker_item *item,
                            uint8_t *to, size_t room)
{
    size_t bytes = 0;

    if (item->payload.buffer == 0) {
        bool fits = encode_request(writer, item, to, room, &bytes);
        LQ_ASSERT(fits); /* a mailbox's commands are bounded far below a body */
        return bytes;
    }
    struct lq_view payload = lq_payload_buffers_view(writer->buffers, &item->payload);
    LQ_ASSERT(payload.bytes <= room);
    memcpy(to, payload.data, payload.bytes);
    return payload.bytes;
}

/* Columns of the header and the payloads, one item after the other. Returns the bytes written. */
static size_t write_items(lq_dispatch_writer_t *writer, uint32_t batch, uint32_t count, uint8_t *to,
                          size_t room)
{
    size_t used = 0;

    for (uint32_t index = 0; index < count; index++) {
        struct lq_broker_item item;
        struct lq_dispatch_item *entry = &writer->items[index];
        lq_broker_core_batch_item(writer->core, batch, index, &item);
        size_t bytes = write_payload(writer, &item, to + used, room - used);
        used += bytes;
        entry->execution = item.id.counter;
        entry->lease = item.lease;
        entry->kind = item.kind;
        entry->flags = writer->world_wanted(writer->context, item.names);
        entry->payload_bytes = (uint32_t)bytes;
        entry->names = item.names;
    }
    return used;
}

void lq_dispatch_writer_write(lq_dispatch_writer_t *writer, uint32_t batch, struct lq_view *header,
                              struct lq_message_part *body)
{
    struct lq_dispatch dispatch = {.epoch = writer->epoch, .items = writer->items};
    size_t header_bytes;

    dispatch.item_count =
        lq_broker_core_batch(writer->core, batch, &dispatch.batch, &dispatch.item_timeout_ms);
    size_t exact = payload_bytes(writer->core, batch, dispatch.item_count);
    if (exact != SIZE_MAX) {
        size_t used = write_items(writer, batch, dispatch.item_count,
                                  lq_message_part_init_size(body, exact), exact);
        LQ_ASSERT(used == exact);
    } else {
        size_t used =
            write_items(writer, batch, dispatch.item_count, writer->body, LQ_BODY_BYTES_MAX);
        lq_message_part_init_copy(body, lq_view_of(writer->body, used));
    }
    enum lq_result encoded =
        lq_dispatch_encode(&dispatch, writer->header, LQ_HEADER_BYTES_MAX, &header_bytes);
    LQ_ASSERT(encoded == LQ_OK);
    *header = lq_view_of(writer->header, header_bytes);
}
