// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/space_text.h"

#include "base/clock.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>
#include <string.h>

#define MS_PER_S 1000u
#define S_PER_HOUR 3600u
#define S_PER_DAY 86400u
#define YEARS_SHOWN_S (UINT64_C(100) * 365 * S_PER_DAY) /* farther off is as good as never */

const char *lq_space_text_bytes(uint64_t bytes, char *to)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    double shown = (double)bytes;
    size_t unit = 0;

    while (shown >= 1000.0 && unit + 1 < sizeof units / sizeof units[0]) {
        shown /= 1000.0;
        unit++;
    }
    snprintf(to, 32, unit == 0 || shown >= 100.0 ? "%.0f %s" : "%.1f %s", shown, units[unit]);
    return to;
}

/* How far off: days where hours would be many. */
static const char *time_left(uint64_t seconds, char *to)
{
    if (seconds >= YEARS_SHOWN_S) {
        snprintf(to, 32, "-");
        return to;
    }
    if (seconds >= 3 * S_PER_DAY) {
        snprintf(to, 32, "%" PRIu64 "d", seconds / S_PER_DAY);
        return to;
    }
    return lq_text_output_span(seconds * MS_PER_S, to);
}

void lq_space_text_print_short(const struct lq_partition_spaces *spaces, FILE *to)
{
    char left[32];
    char growth[32];

    for (uint32_t index = 0; index < spaces->count; index++) {
        const struct lq_partition_space *space = &spaces->spaces[index];
        bool map = space->verdict == LQ_SPACE_MAP_SHORT;
        if (space->feed.drop_waits) {
            fprintf(to,
                    "partition %" PRIu32
                    ": no frames are dropped: the wall clock %s; set it right, "
                    "then: lqctl store clock accept\n",
                    space->partition,
                    space->feed.wall_verdict == LQ_WALL_FAR ? "is far past the newest commit"
                                                            : "jumped");
        }
        if (space->verdict == LQ_SPACE_ENOUGH) {
            continue;
        }
        fprintf(to,
                "partition %" PRIu32 ": the %s is full in %s at %s an hour, the reserve is %" PRIu64
                "h: %s\n",
                space->partition, map ? "map" : "disk",
                time_left(map ? space->forecast.map_full_s : space->forecast.disk_full_s, left),
                lq_space_text_bytes(space->growth.bytes_per_hour, growth),
                space->reserve_s / S_PER_HOUR,
                map ? "raise store/map_bytes_max, restart persist"
                    : "free space on it, or move the data to a larger one");
    }
}

static void print_row(struct lq_text_table *table, const struct lq_partition_space *space)
{
    const struct lq_ledger_space *found = &space->found;
    bool known = space->growth.span_ns > 0;
    char text[32];

    lq_text_table_add(table, "%" PRIu32, space->partition);
    lq_text_table_add(table, "%s", lq_space_text_bytes(found->used_bytes, text));
    lq_text_table_add(table, "%s", lq_space_text_bytes(found->free_bytes, text));
    lq_text_table_add(table, "%s", lq_space_text_bytes(found->map_bytes, text));
    lq_text_table_add(table, "%s", lq_space_text_bytes(found->disk_free_bytes, text));
    lq_text_table_add(table, "%s",
                      known ? lq_space_text_bytes(space->growth.bytes_per_hour, text) : "?");
    lq_text_table_add(
        table, "%s", known ? lq_text_output_span(space->growth.span_ns / LQ_NS_PER_MS, text) : "-");
    lq_text_table_add(table, "%s", known ? time_left(space->forecast.map_full_s, text) : "?");
    lq_text_table_add(table, "%s", known ? time_left(space->forecast.disk_full_s, text) : "?");
    if (found->reader_pid == 0) {
        lq_text_table_add(table, "-");
    } else {
        lq_text_table_add(table, "pid %" PRId64 ", %" PRIu64 " transactions behind",
                          found->reader_pid, found->reader_lag);
    }
}

static void print_cursors(const struct lq_partition_space *space, FILE *to)
{
    const struct lq_feed_state *feed = &space->feed;

    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        const struct lq_feed_position *position = &feed->cursors[index].position;
        fprintf(to,
                "cursor %s of partition %" PRIu32 ": %" PRIu64 " records and %" PRIu64
                " entries behind\n",
                feed->cursors[index].name, space->partition,
                feed->newest.ledger_sequence - position->ledger_sequence,
                feed->newest.outbox_sequence - position->outbox_sequence);
    }
}

void lq_space_text_print(const struct lq_partition_spaces *spaces, FILE *to)
{
    struct lq_text_table table = {.column_count = 10};
    static const char *const headings[] = {">PARTITION", ">IN USE",      ">FREE", ">MAP",
                                           ">DISK FREE", ">GROWTH/h",    ">OVER", ">MAP FULL",
                                           ">DISK FULL", "OLDEST READER"};

    for (uint32_t column = 0; column < table.column_count; column++) {
        lq_text_table_add(&table, "%s", headings[column]);
    }
    for (uint32_t index = 0; index < spaces->count; index++) {
        const struct lq_partition_space *space = &spaces->spaces[index];
        if (space->fault[0] == '\0') {
            print_row(&table, space);
        }
    }
    lq_text_table_print(&table, to);
    for (uint32_t index = 0; index < spaces->count; index++) {
        const struct lq_partition_space *space = &spaces->spaces[index];
        if (space->fault[0] == '\0') {
            print_cursors(space, to);
        } else {
            fprintf(to, "partition %" PRIu32 " cannot be looked at: %s\n", space->partition,
                    space->fault);
        }
    }
}

static json_t *seconds_json(uint64_t seconds)
{
    return seconds == LQ_SPACE_NEVER ? json_null() : lq_json_output_number(seconds);
}

static json_t *cursors_json(const struct lq_feed_state *feed)
{
    json_t *cursors = json_array();

    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        const struct lq_feed_position *position = &feed->cursors[index].position;
        json_array_append_new(
            cursors,
            json_pack(
                "{s:s,s:o,s:o}", "cursor", feed->cursors[index].name, "records_behind",
                lq_json_output_number(feed->newest.ledger_sequence - position->ledger_sequence),
                "entries_behind",
                lq_json_output_number(feed->newest.outbox_sequence - position->outbox_sequence)));
    }
    return cursors;
}

static json_t *reader_json(const struct lq_ledger_space *found)
{
    return found->reader_pid == 0
               ? json_null()
               : json_pack("{s:I,s:o}", "pid", (json_int_t)found->reader_pid, "transactions_behind",
                           lq_json_output_number(found->reader_lag));
}

static json_t *space_json(const struct lq_partition_space *space)
{
    static const char *const shorts[] = {NULL, NULL, "map", "disk"};
    const struct lq_ledger_space *found = &space->found;
    json_t *growth = space->growth.span_ns > 0 ? lq_json_output_number(space->growth.bytes_per_hour)
                                               : json_null();

    return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s?,s:o,s:o,s:b}", "partition",
                     (json_int_t)space->partition, "used_bytes",
                     lq_json_output_number(found->used_bytes), "free_bytes",
                     lq_json_output_number(found->free_bytes), "map_bytes",
                     lq_json_output_number(found->map_bytes), "map_bytes_max",
                     lq_json_output_number(space->map_bytes_max), "disk_free_bytes",
                     lq_json_output_number(found->disk_free_bytes), "growth_bytes_per_hour", growth,
                     "growth_span_ms", lq_json_output_number(space->growth.span_ns / LQ_NS_PER_MS),
                     "map_full_s", seconds_json(space->forecast.map_full_s), "disk_full_s",
                     seconds_json(space->forecast.disk_full_s), "short_of", shorts[space->verdict],
                     "oldest_reader", reader_json(found), "cursors", cursors_json(&space->feed),
                     "frames_wait_for_clock", (int)space->feed.drop_waits);
}

json_t *lq_space_text_json(const struct lq_partition_spaces *spaces)
{
    json_t *partitions = json_array();

    for (uint32_t index = 0; index < spaces->count; index++) {
        const struct lq_partition_space *space = &spaces->spaces[index];
        json_array_append_new(
            partitions, space->fault[0] == '\0'
                            ? space_json(space)
                            : json_pack("{s:I,s:o}", "partition", (json_int_t)space->partition,
                                        "fault", lq_json_output_text(lq_view_text(space->fault))));
    }
    return partitions;
}
