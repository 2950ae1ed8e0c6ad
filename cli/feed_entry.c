// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/feed_entry.h"

#include "base/contract.h"
#include "cli/event_numbers.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "store/core/retention.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const kinds[] = {
    [LQ_FEED_ITEM_RECORD] = "record",   [LQ_FEED_ITEM_EVENT] = "event",
    [LQ_FEED_ITEM_TENANT] = "tenant",   [LQ_FEED_ITEM_SESSION] = "session",
    [LQ_FEED_ITEM_KEY] = "key",         [LQ_FEED_ITEM_LETTER] = "letter",
    [LQ_FEED_ITEM_AGAIN] = "again",     [LQ_FEED_ITEM_RETENTION] = "retention",
    [LQ_FEED_ITEM_DELETED] = "deleted",
};

static bool take_number(const char **text, uint64_t *number)
{
    char *end = NULL;
    bool digit = isdigit((unsigned char)**text) != 0;

    *number = strtoull(*text, &end, 10);
    *text = end;
    return digit && *number < UINT64_MAX;
}

bool lq_feed_entry_position(const char *text, struct lq_feed_place *place)
{
    if (!take_number(&text, &place->ledger_sequence) || *text != ':') {
        return false;
    }
    text++;
    return take_number(&text, &place->outbox_sequence) && *text == '\0';
}

static uint64_t sequence_of(const struct lq_feed_item *item)
{
    return item->kind == LQ_FEED_ITEM_RECORD ? item->behind.ledger_sequence
                                             : item->behind.outbox_sequence;
}

static void put_event(json_t *document, const struct lq_tick_event *event)
{
    static const struct lq_client_id none;

    json_object_set_new(document, "type", lq_json_output_text(lq_view_text(event->type)));
    json_object_set_new(document, "body", json_integer(event->body_id));
    if (memcmp(&event->client, &none, sizeof none) != 0) {
        json_object_set_new(document, "client",
                            lq_json_output_hex(event->client.bytes, LQ_CLIENT_ID_BYTES));
    }
    lq_event_numbers_put(document, event);
}

static void put_names(json_t *document, const struct lq_feed_item *item)
{
    if (item->tenant.bytes > 0) {
        json_object_set_new(document, "tenant", lq_json_output_text(item->tenant));
        json_object_set_new(document, "session", lq_json_output_text(item->session));
    }
}

/* What its kind has besides what all have. */
static void put_subject(json_t *document, const struct lq_feed_item *item)
{
    switch (item->kind) {
    case LQ_FEED_ITEM_RECORD:
        put_names(document, item);
        json_object_set_new(document, "hash", lq_json_output_hex(item->hash, sizeof item->hash));
        json_object_set_new(document, "bytes", json_integer(item->record_bytes));
        break;
    case LQ_FEED_ITEM_EVENT:
        put_names(document, item);
        json_object_set_new(document, "index", json_integer(item->event_index));
        if (!item->closed) {
            put_event(document, &item->event);
        }
        break;
    case LQ_FEED_ITEM_TENANT:
        json_object_set_new(document, "name", lq_json_output_text(item->tenant));
        break;
    case LQ_FEED_ITEM_SESSION:
        json_object_set_new(document, "name", lq_json_output_text(item->session));
        break;
    case LQ_FEED_ITEM_KEY:
        json_object_set_new(document, "generation", json_integer(item->key_generation));
        break;
    case LQ_FEED_ITEM_LETTER:
        json_object_set_new(document, "letter", lq_json_output_letter_id(item->letter_id));
        break;
    case LQ_FEED_ITEM_RETENTION:
        json_object_set_new(document, "frames_kept_s", lq_json_output_number(item->retention_s));
        break;
    case LQ_FEED_ITEM_DELETED:
        json_object_set_new(document, "hash", lq_json_output_hex(item->hash, sizeof item->hash));
        break;
    case LQ_FEED_ITEM_AGAIN:
        break;
    }
}

static void print_json(const struct lq_feed_item *item)
{
    char position[48];

    snprintf(position, sizeof position, "%" PRIu64 ":%" PRIu64, item->behind.ledger_sequence,
             item->behind.outbox_sequence);
    json_t *document = json_pack("{s:s,s:s,s:o}", "kind", kinds[item->kind], "position", position,
                                 "sequence", lq_json_output_number(sequence_of(item)));
    if (item->kind != LQ_FEED_ITEM_RECORD) {
        json_object_set_new(document, "after_record", lq_json_output_number(item->record));
    }
    json_object_set_new(document, "tenant_number", lq_json_output_number(item->tenant_number));
    json_object_set_new(document, "session_number", lq_json_output_number(item->session_number));
    json_object_set_new(document, "frame", lq_json_output_number(item->frame));
    if (item->quiet) {
        json_object_set_new(document, "quiet", json_true());
    }
    put_subject(document, item);
    if (item->again) {
        json_object_set_new(document, "again", json_true());
    }
    lq_json_output_print("feed.entry", document);
}

static void print_session(const struct lq_feed_item *item)
{
    if (item->tenant.bytes > 0) {
        printf("%.*s/%.*s", (int)item->tenant.bytes, (const char *)item->tenant.data,
               (int)item->session.bytes, (const char *)item->session.data);
    } else {
        printf("session number %" PRIu64, item->session_number);
    }
    printf("  frame %" PRIu64, item->frame);
}

static void print_text(const struct lq_feed_item *item)
{
    char hash[LQ_TEXT_HASH_BYTES];
    char span[LQ_RETENTION_TEXT_BYTES];

    printf("%" PRIu64 ":%" PRIu64 "  %s%s  ", item->behind.ledger_sequence,
           item->behind.outbox_sequence, item->quiet ? "quiet " : "", kinds[item->kind]);
    switch (item->kind) {
    case LQ_FEED_ITEM_RECORD:
        print_session(item);
        printf("  %s  %" PRIu32 " bytes\n", lq_text_output_hash(item->hash, 16, hash),
               item->record_bytes);
        return;
    case LQ_FEED_ITEM_EVENT:
        print_session(item);
        printf("  %s\n", item->closed ? "sealed" : item->event.type);
        return;
    case LQ_FEED_ITEM_TENANT:
        printf("%.*s  number %" PRIu64 "\n", (int)item->tenant.bytes,
               (const char *)item->tenant.data, item->tenant_number);
        return;
    case LQ_FEED_ITEM_SESSION:
        printf("%.*s  number %" PRIu64 "  tenant number %" PRIu64 "\n", (int)item->session.bytes,
               (const char *)item->session.data, item->session_number, item->tenant_number);
        return;
    case LQ_FEED_ITEM_KEY:
        printf("tenant number %" PRIu64 "  generation %" PRIu32 "\n", item->tenant_number,
               item->key_generation);
        return;
    case LQ_FEED_ITEM_LETTER:
        printf("dlq_%016" PRIx64 "  session number %" PRIu64 "  frame %" PRIu64 "\n",
               item->letter_id, item->session_number, item->frame);
        return;
    case LQ_FEED_ITEM_RETENTION:
        lq_retention_text(item->retention_s, span);
        printf("tenant number %" PRIu64 "  frames are kept for %s\n", item->tenant_number, span);
        return;
    case LQ_FEED_ITEM_DELETED:
        print_session(item);
        printf("\n");
        return;
    case LQ_FEED_ITEM_AGAIN:
        printf("all is told again\n");
        return;
    }
}

void lq_feed_entry_print(const struct lq_feed_item *item, bool json)
{
    LQ_ASSERT(item->kind >= LQ_FEED_ITEM_RECORD && item->kind <= LQ_FEED_ITEM_KIND_LAST);
    if (json) {
        print_json(item);
    } else {
        print_text(item);
    }
}
