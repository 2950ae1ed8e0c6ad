// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/stream_claim.h"

#include "base/clock.h"
#include "store/seal/digest.h"

/* Requests that a claim takes, lost ones and all; beyond that somebody is always faster. */
enum { REQUESTS_MAX = 256 };

static uint64_t wall_s(void)
{
    return lq_clock_wall_ns() / LQ_NS_PER_S;
}

static enum lq_result read_newest(struct lq_table_asker *asker,
                                  const struct lq_table_stream *stream,
                                  struct lq_error_message *message)
{
    const struct lq_table_query query = {.pk = lq_view_text(stream->key.pk),
                                         .sk_from = lq_view_text("L#00000000000000000000"),
                                         .sk_to = lq_view_text("L#99999999999999999999"),
                                         .is_descending = true,
                                         .limit = 1};

    return lq_table_asker_query(asker, &query, message);
}

static enum lq_result put_claim(struct lq_table_asker *asker, const struct lq_table_stream *stream,
                                const struct lq_stream_log *log, uint64_t number,
                                struct lq_error_message *message)
{
    const struct lq_table_condition absent = {.requirement = LQ_TABLE_ABSENT};
    struct lq_segment_key key = stream->key;
    struct lq_table_item item = {.attribute_count = 0};

    lq_segment_key_set_number(&key, number);
    item.pk = lq_view_text(key.pk);
    item.sk = lq_view_text(key.sk);
    lq_table_item_add_bytes(&item, "h", lq_view_of(log->put_header, LQ_SEGMENT_HEADER_BYTES));
    return lq_table_asker_put(asker, &item, &absent, message);
}

/* What lies in the table, as far as the answer shows it. */
static enum lq_stream_log_found find_segment(const struct lq_dynamodb_answer *answer,
                                             enum lq_result result,
                                             struct lq_segment_header *header)
{
    if (answer->item_count == 0) {
        return result == LQ_ERR_CONFLICT ? LQ_STREAM_LOG_NOT_SHOWN : LQ_STREAM_LOG_NOTHING;
    }
    const struct lq_table_attribute *bytes =
        lq_table_item_find(&answer->items[0], "h", LQ_TABLE_BYTES);
    return bytes != NULL && lq_segment_decode_header(bytes->view, lq_digest, header) == LQ_OK
               ? LQ_STREAM_LOG_A_SEGMENT
               : LQ_STREAM_LOG_UNREADABLE;
}

/* A claim under way. */
struct claiming {
    struct lq_table_asker *asker;
    const struct lq_table_stream *stream;
    struct lq_stream_log log;
    struct lq_segment_header found; /* what the event tells of */
    struct lq_error_message *message;
};

/* Carry out what the log wants; its answer becomes the next event. */
static enum lq_result carry_out(struct claiming *claiming,
                                const struct lq_stream_log_effect *effect,
                                struct lq_stream_log_event *event)
{
    enum lq_result result = LQ_OK;

    *event = (struct lq_stream_log_event){.token = effect->token, .segment = &claiming->found};
    switch (effect->kind) {
    case LQ_STREAM_LOG_COMPARE: /* all that is there is what is to be restored */
        event->kind = LQ_STREAM_LOG_ON_COMPARED;
        event->verdict = LQ_STREAM_LOG_SAME;
        break;
    case LQ_STREAM_LOG_READ_NEWEST:
        result = read_newest(claiming->asker, claiming->stream, claiming->message);
        event->kind = LQ_STREAM_LOG_ON_READ;
        break;
    case LQ_STREAM_LOG_PUT_CLAIM:
        result = put_claim(claiming->asker, claiming->stream, &claiming->log, effect->number,
                           claiming->message);
        event->kind = result == LQ_OK ? LQ_STREAM_LOG_ON_PUT : LQ_STREAM_LOG_ON_CONDITION;
        break;
    default:
        LQ_ASSERT(false);
    }
    bool has_answer = result == LQ_OK || result == LQ_ERR_CONFLICT;
    if (has_answer && event->kind != LQ_STREAM_LOG_ON_COMPARED) {
        event->found = find_segment(claiming->asker->answer, result, &claiming->found);
    }
    event->now_s = wall_s();
    return has_answer ? LQ_OK : result;
}

enum lq_result lq_stream_claim(struct lq_table_asker *asker, const struct lq_table_stream *stream,
                               struct lq_stream_claim *claim, struct lq_error_message *message)
{
    struct claiming claiming = {.asker = asker, .stream = stream, .message = message};
    struct lq_stream_log *log = &claiming.log;
    struct lq_stream_log_effects effects;
    struct lq_stream_log_event event = {.kind = LQ_STREAM_LOG_ON_LOOK, .now_s = wall_s()};

    lq_stream_log_init(log, lq_digest, claim->partition, stream->tenant_number, claim->writer);
    for (uint32_t request = 0; request < REQUESTS_MAX; request++) {
        enum lq_result result = lq_stream_log_step(log, &event, &effects);
        LQ_ASSERT(result == LQ_OK);
        LQ_ASSERT(effects.count == 1);
        switch (effects.list[0].kind) {
        case LQ_STREAM_LOG_TELL_LOOKED:
            event = (struct lq_stream_log_event){
                .kind = LQ_STREAM_LOG_ON_CLAIM, .claim = claim->claim, .now_s = wall_s()};
            continue;
        case LQ_STREAM_LOG_TELL_OPEN:
            claim->claim = log->claim;
            claim->number = log->table.number;
            claim->covers_nothing = log->table.after.sequence[LQ_SEGMENT_RECORD - 1] == 0 &&
                                    log->table.after.sequence[LQ_SEGMENT_OUTBOX - 1] == 0;
            return LQ_OK;
        case LQ_STREAM_LOG_TELL_REFUSED:
        case LQ_STREAM_LOG_TELL_ENDED:
            lq_error_message_set(message, "stream %s of the table: %s", stream->key.pk, log->why);
            return LQ_ERR_CONFLICT;
        default:
            break;
        }
        result = carry_out(&claiming, &effects.list[0], &event);
        if (result != LQ_OK) {
            return result;
        }
    }
    lq_error_message_set(message, "stream %s of the table: it cannot be claimed", stream->key.pk);
    return LQ_ERR_CONFLICT;
}
