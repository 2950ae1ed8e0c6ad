// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/feed_entry.h"

#include "cli/json_output.h"
#include "cli/text_output.h"
#include "proto/tick_codec.h"
#include "store/core/retention.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const kinds[] = {"event",  "tenant", "session",   "key",
                                    "letter", "again",  "retention", "deleted"};

static bool take_number(const char **text, uint64_t *number)
{
    char *end = NULL;
    bool digit = isdigit((unsigned char)**text) != 0;

    *number = strtoull(*text, &end, 10);
    *text = end;
    return digit && *number < UINT64_MAX;
}

bool lq_feed_entry_position(const char *text, struct lq_feed_position *position)
{
    if (!take_number(&text, &position->ledger_sequence) || *text != ':') {
        return false;
    }
    text++;
    return take_number(&text, &position->outbox_sequence) && *text == '\0';
}

static json_t *begin_json(const struct lq_feed_line *line, const char *kind)
{
    char position[48];

    snprintf(position, sizeof position, "%" PRIu64 ":%" PRIu64, line->behind.ledger_sequence,
             line->behind.outbox_sequence);
    return json_pack("{s:s,s:s,s:o}", "kind", kind, "position", position, "sequence",
                     lq_json_output_number(line->entry->sequence));
}

static void put_place(json_t *document, uint64_t tenant, uint64_t session, uint64_t frame)
{
    json_object_set_new(document, "tenant_number", lq_json_output_number(tenant));
    json_object_set_new(document, "session_number", lq_json_output_number(session));
    json_object_set_new(document, "frame", lq_json_output_number(frame));
}

/* ---- records ---- */

static void record_json(const struct lq_feed_line *line, const struct lq_record_header *header)
{
    json_t *document = begin_json(line, "record");

    put_place(document, header->tenant_number, header->session_number, header->frame);
    if (line->is_open) {
        json_object_set_new(document, "tenant", lq_json_output_text(line->plain.names.tenant));
        json_object_set_new(document, "session", lq_json_output_text(line->plain.names.session));
    }
    json_object_set_new(
        document, "hash",
        lq_json_output_hex(line->entry->value.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES));
    json_object_set_new(document, "bytes", json_integer((json_int_t)line->entry->value.bytes));
    lq_json_output_print("feed.entry", document);
}

static enum lq_result print_record(const struct lq_feed_line *line, bool json)
{
    struct lq_record_header header;
    char hash[LQ_TEXT_HASH_BYTES];

    if (lq_record_decode_header(line->entry->value, &header) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    if (json) {
        record_json(line, &header);
        return LQ_OK;
    }
    const struct lq_session_names *names = &line->plain.names;
    printf("%" PRIu64 ":%" PRIu64 "  record %" PRIu64 "  ", line->behind.ledger_sequence,
           line->behind.outbox_sequence, line->entry->sequence);
    if (line->is_open) {
        printf("%.*s/%.*s", (int)names->tenant.bytes, (const char *)names->tenant.data,
               (int)names->session.bytes, (const char *)names->session.data);
    } else {
        printf("session number %" PRIu64, header.session_number);
    }
    printf("  frame %" PRIu64 "  %s  %zu bytes\n", header.frame,
           lq_text_output_hash(line->entry->value.data + LQ_RECORD_HASH_AT, 16, hash),
           line->entry->value.bytes);
    return LQ_OK;
}

/* ---- the outbox ---- */

static void put_event(json_t *document, const struct lq_tick_event *event)
{
    static const struct lq_client_id none;

    json_object_set_new(document, "type", lq_json_output_text(lq_view_text(event->type)));
    json_object_set_new(document, "body", json_integer(event->body_id));
    if (memcmp(&event->client, &none, sizeof none) != 0) {
        json_object_set_new(document, "client",
                            lq_json_output_hex(event->client.bytes, LQ_CLIENT_ID_BYTES));
    }
}

static void outbox_json(const struct lq_feed_line *line, const struct lq_outbox_entry *entry,
                        const struct lq_outbox_note *note, const struct lq_tick_event *event)
{
    json_t *document = begin_json(line, kinds[entry->kind]);

    json_object_set_new(document, "after_record", lq_json_output_number(entry->ledger_sequence));
    put_place(document, entry->tenant_number, entry->session_number, entry->frame);
    switch (entry->kind) {
    case LQ_OUTBOX_EVENT:
        json_object_set_new(document, "index", json_integer(entry->event_index));
        if (line->is_open) {
            put_event(document, event);
        }
        break;
    case LQ_OUTBOX_TENANT:
    case LQ_OUTBOX_SESSION:
        json_object_set_new(document, "name", lq_json_output_text(note->name));
        break;
    case LQ_OUTBOX_KEY:
        json_object_set_new(document, "generation", json_integer(entry->key_generation));
        break;
    case LQ_OUTBOX_LETTER:
        json_object_set_new(document, "letter", lq_json_output_letter_id(note->letter_id));
        break;
    case LQ_OUTBOX_RETENTION:
        json_object_set_new(document, "frames_kept_s", lq_json_output_number(note->retention_s));
        break;
    case LQ_OUTBOX_DELETED:
        json_object_set_new(document, "hash", lq_json_output_hex(note->hash, LQ_HASH_BYTES));
        break;
    case LQ_OUTBOX_AGAIN:
        break;
    }
    if (lq_outbox_entry_is_again(entry)) {
        json_object_set_new(document, "again", json_true());
    }
    lq_json_output_print("feed.entry", document);
}

static void print_subject(const struct lq_feed_line *line, const struct lq_outbox_entry *entry,
                          const struct lq_outbox_note *note, const struct lq_tick_event *event)
{
    char span[LQ_RETENTION_TEXT_BYTES];

    switch (entry->kind) {
    case LQ_OUTBOX_EVENT:
        printf("session number %" PRIu64 "  frame %" PRIu64 "  %s\n", entry->session_number,
               entry->frame, line->is_open ? event->type : "sealed");
        return;
    case LQ_OUTBOX_TENANT:
        printf("%.*s  number %" PRIu64 "\n", (int)note->name.bytes, (const char *)note->name.data,
               entry->tenant_number);
        return;
    case LQ_OUTBOX_SESSION:
        printf("%.*s  number %" PRIu64 "  tenant number %" PRIu64 "\n", (int)note->name.bytes,
               (const char *)note->name.data, entry->session_number, entry->tenant_number);
        return;
    case LQ_OUTBOX_KEY:
        printf("tenant number %" PRIu64 "  generation %" PRIu32 "\n", entry->tenant_number,
               entry->key_generation);
        return;
    case LQ_OUTBOX_LETTER:
        printf("dlq_%016" PRIx64 "  session number %" PRIu64 "  frame %" PRIu64 "\n",
               note->letter_id, entry->session_number, entry->frame);
        return;
    case LQ_OUTBOX_RETENTION:
        lq_retention_text(note->retention_s, span);
        printf("tenant number %" PRIu64 "  frames are kept for %s\n", entry->tenant_number, span);
        return;
    case LQ_OUTBOX_DELETED:
        printf("session number %" PRIu64 "  at frame %" PRIu64 "\n", entry->session_number,
               entry->frame);
        return;
    case LQ_OUTBOX_AGAIN:
        printf("all is told again\n");
        return;
    }
}

static enum lq_result print_outbox(const struct lq_feed_line *line, bool json)
{
    struct lq_outbox_entry entry;
    struct lq_outbox_note note = {.letter_id = 0};
    struct lq_tick_event event = {.body_id = 0};
    enum lq_result result = lq_outbox_entry_decode(line->entry->value, &entry);

    if (result == LQ_OK && entry.kind != LQ_OUTBOX_EVENT) {
        result = lq_outbox_note_decode(line->entry->value, &entry, &note);
    } else if (result == LQ_OK && line->is_open) {
        result = lq_tick_event_decode(line->plain.content, &event);
    }
    if (result != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    if (json) {
        outbox_json(line, &entry, &note, &event);
        return LQ_OK;
    }
    printf("%" PRIu64 ":%" PRIu64 "  %s  ", line->behind.ledger_sequence,
           line->behind.outbox_sequence, kinds[entry.kind]);
    print_subject(line, &entry, &note, &event);
    return LQ_OK;
}

enum lq_result lq_feed_entry_print(const struct lq_feed_line *line, bool json)
{
    return line->entry->is_record ? print_record(line, json) : print_outbox(line, json);
}
