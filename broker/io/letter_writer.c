// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "broker/io/letter_shelf.h"

#include <inttypes.h>
#include <string.h>

static void fill_letter(const struct lq_letter_writer *writer, uint32_t execution,
                        const struct lq_broker_item *item, const struct lq_broker_death *death,
                        struct lq_letter *letter)
{
    struct lq_broker_command command;
    uint32_t cursor = 0;

    letter->id = death->letter_id;
    letter->state = LQ_LETTER_OPEN;
    letter->tenant = item->names.tenant;
    letter->session = item->names.session;
    letter->stage = lq_view_text(death->stage);
    letter->version = death->version;
    letter->error = lq_view_text(death->error);
    letter->cause = lq_view_text(death->cause);
    letter->tries = death->tries;
    letter->last_wall_ns = lq_clock_wall_ns();
    letter->first_wall_ns = letter->last_wall_ns - death->age_ns;
    letter->steps = item->steps;
    letter->parked = death->parks;
    letter->kind = item->kind;
    while (lq_broker_core_next_command(writer->core, execution, &cursor, &command)) {
        struct lq_letter_command *entry = &letter->commands[letter->command_count++];
        entry->client = command.client;
        entry->sequence = command.sequence;
        entry->body = command.payload.buffer == 0
                          ? lq_view_of(NULL, 0)
                          : lq_payload_buffers_view(writer->buffers, &command.payload);
    }
    letter->payload = item->payload.buffer != 0
                          ? lq_payload_buffers_view(writer->buffers, &item->payload)
                          : lq_dispatch_writer_request(writer->dispatches, item);
    letter->payload_bytes = (uint32_t)letter->payload.bytes;
}

static void tell_death(const struct lq_broker_item *item, const struct lq_broker_death *death)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(100);

    lq_log_throttled(&lines, LQ_LOG_WARNING,
                     "dead letter dlq_%016" PRIx64 ": %.*s/%.*s at %s, %s: %s", death->letter_id,
                     (int)item->names.tenant.bytes, (const char *)item->names.tenant.data,
                     (int)item->names.session.bytes, (const char *)item->names.session.data,
                     death->stage, death->error, death->cause);
}

struct lq_storage_job *lq_letter_writer_write(const struct lq_letter_writer *writer,
                                              uint32_t execution, uint64_t now_ns)
{
    static struct lq_letter letter; /* one thread */
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_LETTER);
    struct lq_broker_item item;
    struct lq_broker_death death;

    memset(&letter, 0, sizeof letter);
    lq_broker_core_execution(writer->core, execution, &item);
    lq_broker_core_death(writer->core, execution, now_ns, &death);
    fill_letter(writer, execution, &item, &death, &letter);
    job->execution = execution;
    job->letter_id = death.letter_id;
    job->parks = death.parks;
    lq_storage_job_name(job, item.names);
    memcpy(job->stage, death.stage, strlen(death.stage) + 1);
    job->bytes = lq_alloc(1, LQ_LETTER_BYTES_MAX);
    enum lq_result encoded =
        lq_letter_encode(&letter, job->bytes, LQ_LETTER_BYTES_MAX, &job->byte_count);
    LQ_ASSERT(encoded == LQ_OK); /* a payload and a command are bounded far below */
    job->bytes = lq_realloc(job->bytes, 1, job->byte_count);
    tell_death(&item, &death);
    return job;
}
