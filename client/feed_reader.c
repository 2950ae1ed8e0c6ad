// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/feed_reader.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "client/administration.h"
#include "client/feed_reader_record.h"
#include "client/link_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 200, HISTORY_BYTES = 16 };

enum phase { FINDING, SETTING, READING, ENDED };

struct lq_feed_reader {
    struct lq_link *link;
    struct lq_feed_reader *next; /* on the link */
    char cursor[LQ_TENANT_NAME_BYTES_MAX + 1];
    enum phase phase;
    bool has_place, has_history, is_at_end;
    struct lq_feed_place at;      /* behind what was handed out */
    struct lq_feed_place to_pass; /* what is dealt with */
    struct lq_feed_place passing; /* of it, what the cluster is being told */
    struct lq_feed_place passed;  /* what it has heard */
    uint8_t history[HISTORY_BYTES];
    uint64_t idle_ns, due_ns; /* when to ask next; UINT64_MAX: an answer is awaited, or never */
    bool handing;
    bool asked, told; /* `question`, `setting` are under way */
    struct lq_admin_request question, setting;
    lq_feed_item_fn on_item;
    lq_feed_end_fn on_end;
    void *context;
};

static void ask(struct lq_feed_reader *reader, uint64_t now_ns);
static void tell(struct lq_feed_reader *reader);

static bool is_before(struct lq_feed_place a, struct lq_feed_place b)
{
    return a.ledger_sequence < b.ledger_sequence || a.outbox_sequence < b.outbox_sequence;
}

static void end(struct lq_feed_reader *reader, enum lq_result result, struct lq_view why)
{
    char text[256];
    const struct lq_feed_end told = {result, text};

    snprintf(text, sizeof text, "%.*s", (int)why.bytes, (const char *)why.data);
    reader->phase = ENDED;
    reader->due_ns = UINT64_MAX;
    reader->handing = true;
    reader->on_end(reader->context, &told);
    reader->handing = false;
}

/* What ends a reader for good; anything else passes. */
static bool is_final(enum lq_result result)
{
    return result == LQ_ERR_STALE || result == LQ_ERR_CONFLICT || result == LQ_ERR_FULL ||
           result == LQ_ERR_CORRUPT || result == LQ_ERR_INVALID;
}

/* False: it is another one than before, and the reader has ended. */
static bool meet_history(struct lq_feed_reader *reader, const struct lq_feed_report *feed)
{
    if (reader->has_history && memcmp(reader->history, feed->history, HISTORY_BYTES) != 0) {
        end(reader, LQ_ERR_CONFLICT,
            lq_view_text("the ledger was restored: its feed is of another history"));
        return false;
    }
    memcpy(reader->history, feed->history, HISTORY_BYTES);
    reader->has_history = true;
    return true;
}

/* Again in a while. */
static void wait(struct lq_feed_reader *reader)
{
    reader->due_ns = lq_clock_monotonic_ns() + reader->idle_ns;
}

/* ---- finding a place ---- */

static const struct lq_cursor_entry *find_cursor(const struct lq_feed_reader *reader,
                                                 const struct lq_feed_report *feed)
{
    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        if (lq_view_equal(feed->cursors[index].name, lq_view_text(reader->cursor))) {
            return &feed->cursors[index];
        }
    }
    return NULL;
}

static void found(struct lq_feed_reader *reader, const struct lq_feed_report *feed)
{
    const struct lq_cursor_entry *cursor = find_cursor(reader, feed);

    if (cursor != NULL) {
        reader->passed = (struct lq_feed_place){cursor->ledger_sequence, cursor->outbox_sequence};
    }
    if (!reader->has_place) {
        reader->at = cursor != NULL
                         ? reader->passed
                         : (struct lq_feed_place){feed->ledger_sequence, feed->outbox_sequence};
        reader->has_place = true;
    }
    if (cursor == NULL) {
        reader->passed = reader->at;
    }
    reader->to_pass = reader->passed;
    reader->phase = cursor == NULL && reader->cursor[0] != '\0' ? SETTING : READING;
    ask(reader, 0);
}

static void take_state(void *context, const struct lq_admin_reply *reply)
{
    struct lq_feed_reader *reader = context;

    reader->asked = false;
    if (reply->result != LQ_OK || reply->feed == NULL) {
        wait(reader);
    } else if (meet_history(reader, reply->feed)) {
        found(reader, reply->feed);
    }
}

static void take_made(void *context, const struct lq_admin_reply *reply)
{
    struct lq_feed_reader *reader = context;

    reader->asked = false;
    if (is_final(reply->result)) {
        end(reader, reply->result, reply->message);
    } else if (reply->result != LQ_OK) {
        wait(reader);
    } else {
        reader->phase = READING;
        ask(reader, 0);
    }
}

/* ---- reading ---- */

static void hand_out(struct lq_feed_reader *reader, const struct lq_admin_reply *reply)
{
    reader->handing = true;
    for (uint32_t index = 0; index < reply->feed_item_count; index++) {
        reader->at = reply->feed_items[index].behind;
        reader->on_item(reader->context, &reply->feed_items[index]);
    }
    reader->handing = false;
}

/* A cursor that was dropped is not to be made anew: what it has missed may be gone. */
static bool has_cursor_still(const struct lq_feed_reader *reader, const struct lq_feed_report *feed)
{
    return reader->cursor[0] == '\0' || find_cursor(reader, feed) != NULL;
}

static void take_items(void *context, const struct lq_admin_reply *reply)
{
    struct lq_feed_reader *reader = context;

    reader->asked = false;
    if (is_final(reply->result)) {
        end(reader, reply->result, reply->message);
        return;
    }
    if (reply->result != LQ_OK || reply->feed == NULL) {
        wait(reader);
        return;
    }
    if (!meet_history(reader, reply->feed)) {
        return;
    }
    if (!has_cursor_still(reader, reply->feed)) {
        end(reader, LQ_ERR_STALE, lq_view_text("the cursor was dropped"));
        return;
    }
    reader->is_at_end = !reply->more;
    hand_out(reader, reply);
    if (reply->more) {
        ask(reader, 0);
    } else {
        wait(reader);
    }
}

static struct lq_admin_request cursor_request(const struct lq_feed_reader *reader,
                                              enum lq_admin_kind kind, struct lq_feed_place place)
{
    return (struct lq_admin_request){
        .kind = (uint8_t)kind,
        .has_cursor = true,
        .cursor = {lq_view_text(kind == LQ_ADMIN_SET_CURSOR ? reader->cursor : ""),
                   place.ledger_sequence, place.outbox_sequence}};
}

/* ---- asking ---- */

static void ask(struct lq_feed_reader *reader, uint64_t now_ns)
{
    lq_link_reply_fn on_reply = take_state;

    switch (reader->phase) {
    case FINDING:
        reader->question = (struct lq_admin_request){.kind = LQ_ADMIN_SHOW_FEED};
        break;
    case SETTING:
        on_reply = take_made;
        reader->question = cursor_request(reader, LQ_ADMIN_SET_CURSOR, reader->at);
        break;
    case READING:
        on_reply = take_items;
        reader->question = cursor_request(reader, LQ_ADMIN_READ_FEED, reader->at);
        break;
    case ENDED:
        return;
    }
    reader->asked = lq_link_request(reader->link, &reader->question, on_reply, reader) == LQ_OK;
    reader->due_ns = reader->asked
                         ? UINT64_MAX
                         : (now_ns > 0 ? now_ns : lq_clock_monotonic_ns()) + reader->idle_ns;
}

static void take_told(void *context, const struct lq_admin_reply *reply)
{
    struct lq_feed_reader *reader = context;

    reader->told = false;
    if (reply->result == LQ_OK) {
        reader->passed = reader->passing;
    } else if (is_final(reply->result) && reader->phase != ENDED) {
        end(reader, reply->result, reply->message);
        return;
    }
    tell(reader);
}

/* One at a time; what is passed meanwhile is in the next. */
static void tell(struct lq_feed_reader *reader)
{
    if (reader->cursor[0] == '\0' || reader->told || reader->phase != READING ||
        !is_before(reader->passed, reader->to_pass)) {
        return;
    }
    reader->passing = reader->to_pass;
    reader->setting = cursor_request(reader, LQ_ADMIN_SET_CURSOR, reader->passing);
    reader->told = lq_link_request(reader->link, &reader->setting, take_told, reader) == LQ_OK;
}

void lq_feed_reader_pass(lq_feed_reader_t *reader, struct lq_feed_place place)
{
    LQ_ASSERT(!is_before(reader->at, place)); /* nobody can have dealt with what was not told */
    if (is_before(reader->to_pass, place)) {
        reader->to_pass = place;
    }
    tell(reader);
}

void lq_feed_reader_turn_all(lq_feed_reader_t *first, uint64_t now_ns)
{
    for (struct lq_feed_reader *reader = first; reader != NULL; reader = reader->next) {
        if (reader->due_ns <= now_ns && !reader->asked) {
            ask(reader, now_ns);
        }
        tell(reader);
    }
}

uint64_t lq_feed_reader_due_ns(const lq_feed_reader_t *first)
{
    uint64_t due_ns = UINT64_MAX;

    for (const struct lq_feed_reader *reader = first; reader != NULL; reader = reader->next) {
        due_ns = reader->due_ns < due_ns ? reader->due_ns : due_ns;
    }
    return due_ns;
}

/* ---- life ---- */

static enum lq_result check_options(const struct lq_feed_reader_options *options,
                                    struct lq_error_message *message)
{
    if (options->on_item == NULL || options->on_end == NULL) {
        lq_error_message_set(message, "on_item or on_end is not set");
        return LQ_ERR_INVALID;
    }
    if (options->cursor != NULL && !lq_tenant_name_valid(lq_view_text(options->cursor))) {
        lq_error_message_set(message, "cursor %s: 1 to 32 of A-Z a-z 0-9 . _ -, no dot first",
                             options->cursor);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

enum lq_result lq_feed_reader_new(lq_link_t *link, const struct lq_feed_reader_options *options,
                                  lq_feed_reader_t **reader, struct lq_error_message *message)
{
    static const uint8_t unknown[HISTORY_BYTES];
    enum lq_result result = check_options(options, message);

    if (result != LQ_OK) {
        return result;
    }
    struct lq_feed_reader *made = lq_alloc(1, sizeof *made);
    made->link = link;
    if (options->cursor != NULL) {
        snprintf(made->cursor, sizeof made->cursor, "%s", options->cursor);
    }
    made->has_place = options->has_after;
    made->at = options->after;
    made->has_history = memcmp(options->history, unknown, HISTORY_BYTES) != 0;
    memcpy(made->history, options->history, HISTORY_BYTES);
    made->idle_ns = (options->idle_ms > 0 ? options->idle_ms : IDLE_MS) * LQ_NS_PER_MS;
    made->on_item = options->on_item;
    made->on_end = options->on_end;
    made->context = options->context;
    made->next = link->feed_readers;
    link->feed_readers = made;
    *reader = made;
    return LQ_OK;
}

void lq_feed_reader_destroy(lq_feed_reader_t **reader)
{
    struct lq_feed_reader *gone = *reader;

    if (gone == NULL) {
        return;
    }
    LQ_ASSERT(!gone->handing);
    struct lq_feed_reader **place = &gone->link->feed_readers;
    while (*place != gone) {
        place = &(*place)->next;
    }
    *place = gone->next;
    if (gone->asked) {
        lq_link_forget(gone->link, &gone->question);
    }
    if (gone->told) {
        lq_link_forget(gone->link, &gone->setting);
    }
    free(gone);
    *reader = NULL;
}

struct lq_feed_place lq_feed_reader_passed(const lq_feed_reader_t *reader)
{
    return reader->passed;
}

bool lq_feed_reader_place(const lq_feed_reader_t *reader, struct lq_feed_place *place)
{
    *place = reader->at;
    return reader->has_place;
}

bool lq_feed_reader_is_at_end(const lq_feed_reader_t *reader)
{
    return reader->is_at_end;
}

const uint8_t *lq_feed_reader_history(const lq_feed_reader_t *reader)
{
    return reader->has_history ? reader->history : NULL;
}
