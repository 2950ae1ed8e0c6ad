// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/partition_mark.h"

#include "base/clock.h"
#include "mirror/domain/partition_item.h"
#include "mirror/handler/table_tag.h"
#include "store/seal/digest.h"

#define RETRY_NS (5 * LQ_NS_PER_S)
#define LEFT_NS (2 * LQ_NS_PER_S) /* longer than between two checkpoints: one update has both */

static void be_over(struct lq_partition_mark *mark, const char *why)
{
    if (mark->over == NULL) {
        mark->over = why;
    }
}

static const struct lq_stream_log *control_of(const struct lq_partition_mark *mark)
{
    return &mark->streams->set.streams[LQ_STREAM_SET_CONTROL];
}

static uint64_t tag(void)
{
    return lq_table_tag_make(LQ_TABLE_TAG_MARK, 0, 0);
}

/* ---- asking ---- */

static void name_item(const struct lq_partition_mark *mark, struct lq_segment_key *key,
                      struct lq_table_item *item)
{
    lq_segment_key_of_state(mark->streams->partition, key);
    *item = (struct lq_table_item){.pk = lq_view_text(key->pk), .sk = lq_view_text(key->sk)};
}

static void add_positions(const struct lq_mark_positions *positions, struct lq_table_item *item)
{
    lq_table_item_add_number(item, "l", positions->feed.ledger_sequence);
    lq_table_item_add_number(item, "o", positions->feed.outbox_sequence);
    lq_table_item_add_number(item, "q", positions->broker);
    lq_table_item_add_number(item, "s", positions->based);
    if (positions->left.is_there) {
        lq_table_item_add_number(item, "e", positions->left.outbox);
        lq_table_item_add_number(item, "f", positions->left.broker);
        lq_table_item_add_number(item, "a", positions->left.audited);
    }
}

static void ask(struct lq_partition_mark *mark)
{
    struct lq_segment_key key;
    struct lq_table_item item;

    name_item(mark, &key, &item);
    if (lq_dynamodb_gateway_get(mark->gateway, item.pk, item.sk, tag()) == LQ_OK) {
        mark->state = LQ_MARK_READING;
    }
}

static void put(struct lq_partition_mark *mark)
{
    const struct lq_stream_log *control = control_of(mark);
    const struct lq_table_condition below = {
        .requirement = LQ_TABLE_ABSENT_OR_BELOW, .name = "n", .number = control->claim};
    struct lq_partition_item partition = {.partition = mark->streams->partition,
                                          .ledger_format = LQ_PARTITION_FORMAT,
                                          .claim = control->claim,
                                          .segment = control->table.number,
                                          .wall_ns = lq_clock_wall_ns()};
    uint8_t bytes[LQ_PARTITION_ITEM_BYTES];
    struct lq_segment_key key;
    struct lq_table_item item;

    memcpy(partition.writer, mark->streams->writer, sizeof partition.writer);
    memcpy(partition.history, mark->store->history, sizeof partition.history);
    memcpy(partition.master_digest, mark->store->master_digest, sizeof partition.master_digest);
    lq_partition_item_encode(&partition, lq_digest, bytes);
    name_item(mark, &key, &item);
    lq_table_item_add_number(&item, "n", control->claim);
    lq_table_item_add_bytes(&item, "h", lq_view_of(bytes, sizeof bytes));
    lq_table_item_add_number(&item, "u", 0);
    add_positions(&mark->says, &item);
    if (lq_dynamodb_gateway_put(mark->gateway, &item, &below, tag()) == LQ_OK) {
        mark->state = LQ_MARK_PUTTING;
        mark->requests++;
    }
}

static void move(struct lq_partition_mark *mark, uint64_t now_ns)
{
    const struct lq_table_condition next = {.requirement = LQ_TABLE_EQUAL_AND_BELOW,
                                            .name = "n",
                                            .number = control_of(mark)->claim,
                                            .below_name = "u",
                                            .below = ++mark->updates};
    struct lq_segment_key key;
    struct lq_table_item item;

    name_item(mark, &key, &item);
    lq_table_item_add_number(&item, "u", mark->updates);
    add_positions(&mark->wants, &item);
    mark->left_ns = now_ns + LEFT_NS;
    if (lq_dynamodb_gateway_update(mark->gateway, &item, &next, tag()) == LQ_OK) {
        mark->asked = mark->wants; /* which may move on until the answer */
        mark->state = LQ_MARK_MOVING;
        mark->requests++;
    }
}

/* It should say something else. Events alone are not worth an update each time. */
static bool is_due(const struct lq_partition_mark *mark, uint64_t now_ns, bool ends)
{
    const struct lq_mark_positions *says = &mark->says;
    const struct lq_mark_positions *wants = &mark->wants;

    return wants->feed.ledger_sequence != says->feed.ledger_sequence ||
           wants->feed.outbox_sequence != says->feed.outbox_sequence ||
           wants->broker != says->broker || wants->based != says->based ||
           (!lq_event_marks_equal(&says->left, &wants->left) && (ends || now_ns >= mark->left_ns));
}

void lq_partition_mark_turn(struct lq_partition_mark *mark, uint64_t now_ns, bool ends)
{
    if (now_ns < mark->retry_ns) {
        return;
    }
    mark->retry_ns = 0;
    switch (mark->state) {
    case LQ_MARK_UNREAD:
        ask(mark);
        return;
    case LQ_MARK_READ:
        if (mark->streams->streams[LQ_STREAM_SET_CONTROL].is_started) {
            put(mark);
        }
        return;
    case LQ_MARK_SET:
        if (is_due(mark, now_ns, ends)) {
            move(mark, now_ns);
        }
        return;
    case LQ_MARK_READING:
    case LQ_MARK_PUTTING:
    case LQ_MARK_MOVING:
        return;
    }
}

uint64_t lq_partition_mark_next_ns(const struct lq_partition_mark *mark)
{
    if (mark->retry_ns != 0) {
        return mark->retry_ns;
    }
    return mark->state == LQ_MARK_SET && !lq_event_marks_equal(&mark->says.left, &mark->wants.left)
               ? mark->left_ns
               : UINT64_MAX;
}

/* ---- answers ---- */

static uint64_t number_of(const struct lq_table_item *item, const char *name)
{
    const struct lq_table_attribute *attribute = lq_table_item_find(item, name, LQ_TABLE_NUMBER);

    return attribute != NULL ? attribute->number : 0;
}

static void read_positions(const struct lq_table_item *item, struct lq_mark_positions *positions)
{
    bool has_left = lq_table_item_find(item, "e", LQ_TABLE_NUMBER) != NULL &&
                    lq_table_item_find(item, "f", LQ_TABLE_NUMBER) != NULL &&
                    lq_table_item_find(item, "a", LQ_TABLE_NUMBER) != NULL;

    *positions = (struct lq_mark_positions){.feed = {number_of(item, "l"), number_of(item, "o")},
                                            .broker = number_of(item, "q"),
                                            .based = number_of(item, "s")};
    if (has_left) { /* a table that has no bus has none of these */
        positions->left = (struct lq_event_marks){true, number_of(item, "e"), number_of(item, "f"),
                                                  number_of(item, "a")};
    }
}

/* What the table says of the partition that it has. */
static void read(struct lq_partition_mark *mark, const struct lq_dynamodb_answer *answer)
{
    struct lq_partition_item partition;

    mark->state = LQ_MARK_READ;
    if (answer->item_count == 0) {
        return;
    }
    const struct lq_table_item *item = &answer->items[0];
    const struct lq_table_attribute *bytes = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    if (bytes == NULL || lq_table_item_find(item, "l", LQ_TABLE_NUMBER) == NULL ||
        lq_table_item_find(item, "o", LQ_TABLE_NUMBER) == NULL ||
        lq_partition_item_decode(bytes->view, lq_digest, &partition) != LQ_OK ||
        partition.partition != mark->streams->partition) {
        be_over(mark, "the table's item of the partition is damaged, or of a newer program");
        return;
    }
    if (memcmp(partition.master_digest, mark->store->master_digest,
               sizeof partition.master_digest) != 0) {
        be_over(mark, "the table was written under another master key");
        return;
    }
    if (partition.ledger_format != LQ_PARTITION_FORMAT) {
        be_over(mark, "the table has a ledger of another format: name a new table, and keep that");
        return;
    }
    if (memcmp(partition.history, mark->store->history, sizeof partition.history) != 0) {
        be_over(mark, "the table has another history: restore it into a new folder, and set this "
                      "store aside");
        return;
    }
    read_positions(item, &mark->says);
    mark->wants = mark->says;
}

/* An update whose answer was lost met itself. */
static bool is_ours(const struct lq_partition_mark *mark, const struct lq_dynamodb_answer *answer)
{
    return answer->verdict == LQ_VERDICT_CONDITION_FAILED && answer->item_count > 0 &&
           number_of(&answer->items[0], "n") == control_of(mark)->claim &&
           number_of(&answer->items[0], "u") == mark->updates;
}

void lq_partition_mark_hear(struct lq_partition_mark *mark, const struct lq_dynamodb_answer *answer,
                            uint64_t now_ns)
{
    bool done = answer->verdict == LQ_VERDICT_DONE ||
                (mark->state == LQ_MARK_MOVING && is_ours(mark, answer));
    bool is_met = answer->verdict == LQ_VERDICT_CONDITION_FAILED;

    if (is_met && !done && !answer->is_in_doubt) {
        be_over(mark, answer->item_count > 0
                          ? "another writer has claimed the table"
                          : "another writer has claimed the table, or it was emptied or made anew: "
                            "item M has not this mirror's claim");
    }
    /* Also where our own lost answer met itself: what it says is read again. */
    mark->retry_ns = done ? 0 : now_ns + RETRY_NS;
    switch (mark->state) {
    case LQ_MARK_READING:
        mark->state = LQ_MARK_UNREAD;
        if (done) {
            read(mark, answer);
        }
        return;
    case LQ_MARK_PUTTING:
        mark->state = done || is_met ? LQ_MARK_SET : LQ_MARK_READ;
        return;
    case LQ_MARK_MOVING:
        mark->state = LQ_MARK_SET;
        mark->says = done ? mark->asked : mark->says;
        return;
    case LQ_MARK_UNREAD:
    case LQ_MARK_READ:
    case LQ_MARK_SET:
        return;
    }
}
