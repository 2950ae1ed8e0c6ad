// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/space_text.h"

#include "cli/status_text.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdlib.h>
#include <string.h>

#define GB UINT64_C(1000000000)
#define HOUR_NS UINT64_C(3600000000000)

static struct lq_partition_spaces spaces;
static struct lq_space_page page;

/* An hour's window in which the partition grew by `grown` GB, to 100 GB. */
static void make(uint64_t grown, uint64_t map_max, uint64_t disk_free)
{
    memset(&spaces, 0, sizeof spaces);
    spaces.count = 1;
    spaces.spaces[0] = (struct lq_partition_space){
        .map_bytes_max = map_max * GB,
        .reserve_s = 24 * 3600,
        .verdict = LQ_SPACE_ENOUGH,
        .found = {.used_bytes = 100 * GB, .map_bytes = 120 * GB, .disk_free_bytes = disk_free * GB},
    };
    memset(&page, 0, sizeof page);
    strcpy(page.boot, "this");
    lq_space_history_begin(&page.history, HOUR_NS);
    lq_space_history_add(&page.history, (struct lq_space_sample){HOUR_NS, (100 - grown) * GB, 0});
    lq_space_history_add(&page.history, (struct lq_space_sample){2 * HOUR_NS, 100 * GB, 0});
}

static char *text_of(const struct lq_partition_spaces *of)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&text, &bytes);

    lq_space_text_print_short(of, to);
    lq_space_text_print(of, to);
    fclose(to);
    return text;
}

static const struct {
    const char *name;
    uint64_t grown, map_max, disk_free, now_hours; /* now: by the monotonic clock */
    const char *boot;
    enum lq_space_verdict verdict;
    const char *shown, *short_of;
} rows[] = {
    {"enough", 1, 4000, 4000, 2, "this", LQ_SPACE_ENOUGH, "1.0 GB", NULL},
    {"the disk", 10, 4000, 100, 2, "this", LQ_SPACE_DISK_SHORT,
     "partition 0: the disk is full in 10h00m at 10.0 GB an hour, the reserve is 24h: free space",
     "disk"},
    {"the map", 10, 200, 4000, 2, "this", LQ_SPACE_MAP_SHORT,
     "partition 0: the map is full in 10h00m at 10.0 GB an hour, the reserve is 24h: raise "
     "store/map_bytes_max",
     "map"},
    {"what the map has grown to counts, when the bound is lower", 1, 10, 4000, 2, "this",
     LQ_SPACE_MAP_SHORT, "the map is full in 20h00m", "map"},
    {"a writer that has stood for ten hours", 10, 4000, 100, 12, "this", LQ_SPACE_ENOUGH, "10h00m",
     NULL},
    {"of another boot: what it measured stands", 10, 4000, 100, 12, "that", LQ_SPACE_DISK_SHORT,
     "the disk is full in 10h00m", "disk"},
    {"of another boot, and a clock that began anew", 10, 4000, 100, 0, "that", LQ_SPACE_DISK_SHORT,
     "the disk is full in 10h00m", "disk"},
    {"a boot that nobody knows", 10, 4000, 100, 12, "", LQ_SPACE_DISK_SHORT,
     "the disk is full in 10h00m", "disk"},
};

START_TEST(test_partition_space)
{
    make(rows[_i].grown, rows[_i].map_max, rows[_i].disk_free);
    lq_partition_space_judge(&spaces.spaces[0], &page, rows[_i].boot, rows[_i].now_hours * HOUR_NS);
    ck_assert_msg(spaces.spaces[0].verdict == rows[_i].verdict, "%s: verdict %d", rows[_i].name,
                  (int)spaces.spaces[0].verdict);
    ck_assert(lq_partition_space_enough(&spaces) == (rows[_i].verdict == LQ_SPACE_ENOUGH));
    char *text = text_of(&spaces);
    ck_assert_msg(strstr(text, rows[_i].shown) != NULL, "%s: %s", rows[_i].name, text);
    free(text);
    json_t *partitions = lq_space_text_json(&spaces);
    const char *short_of =
        json_string_value(json_object_get(json_array_get(partitions, 0), "short_of"));
    ck_assert_msg(rows[_i].short_of == NULL ? short_of == NULL
                                            : strcmp(short_of, rows[_i].short_of) == 0,
                  "%s", rows[_i].name);
    json_decref(partitions);
}
END_TEST

/* No writer has measured anything: what is there is shown, the rest is not known. */
START_TEST(test_partition_space_without_samples)
{
    make(10, 4000, 100);
    lq_partition_space_judge(&spaces.spaces[0], NULL, "this", HOUR_NS);
    ck_assert_int_eq(spaces.spaces[0].verdict, LQ_SPACE_ENOUGH);
    char *text = text_of(&spaces);
    ck_assert_ptr_nonnull(strstr(text, "100 GB"));
    ck_assert_ptr_nonnull(strstr(text, "?"));
    free(text);
    json_t *partitions = lq_space_text_json(&spaces);
    json_t *first = json_array_get(partitions, 0);
    ck_assert(json_is_null(json_object_get(first, "growth_bytes_per_hour")));
    ck_assert(json_is_null(json_object_get(first, "disk_full_s")));
    ck_assert_int_eq(json_integer_value(json_object_get(first, "used_bytes")), 100 * GB);
    json_decref(partitions);
}
END_TEST

START_TEST(test_partition_that_cannot_be_looked_at)
{
    make(10, 4000, 100);
    strcpy(spaces.spaces[0].fault, "nothing there");
    char *text = text_of(&spaces);
    ck_assert_ptr_nonnull(strstr(text, "partition 0 cannot be looked at: nothing there\n"));
    free(text);
    ck_assert(lq_partition_space_enough(&spaces));
    json_t *partitions = lq_space_text_json(&spaces);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(partitions, 0), "fault")),
                     "nothing there");
    json_decref(partitions);
}
END_TEST

START_TEST(test_frames_that_wait_for_a_clock)
{
    make(1, 4000, 4000);
    spaces.spaces[0].feed.wall_verdict = LQ_WALL_JUMPED;
    ck_assert(lq_partition_space_enough(&spaces)); /* nothing is old by it */
    spaces.spaces[0].feed.drop_waits = true;
    ck_assert(!lq_partition_space_enough(&spaces));
    char *text = text_of(&spaces);
    ck_assert_ptr_nonnull(
        strstr(text, "partition 0: no frames are dropped: the wall clock jumped; set it right, "
                     "then: lqctl store clock accept\n"));
    free(text);
    json_t *partitions = lq_space_text_json(&spaces);
    ck_assert(
        json_is_true(json_object_get(json_array_get(partitions, 0), "frames_wait_for_clock")));
    json_decref(partitions);
}
END_TEST

START_TEST(test_reader_and_cursors)
{
    struct lq_partition_space *space = &spaces.spaces[0];

    make(1, 4000, 4000);
    space->found.reader_pid = 4711;
    space->found.reader_lag = 1205;
    space->feed.newest = (struct lq_feed_position){1042, 317};
    space->feed.cursor_count = 1;
    strcpy(space->feed.cursors[0].name, "mirror");
    space->feed.cursors[0].position = (struct lq_feed_position){1000, 310};
    char *text = text_of(&spaces);
    ck_assert_ptr_nonnull(strstr(text, "pid 4711, 1205 transactions behind"));
    ck_assert_ptr_nonnull(
        strstr(text, "cursor mirror of partition 0: 42 records and 7 entries behind\n"));
    free(text);
}
END_TEST

/* A cluster whose stages are all served is DEGRADED all the same. */
START_TEST(test_status_short_of_space)
{
    struct lq_status status = {.stage_count = 1};
    char *text = NULL;
    size_t bytes = 0;
    const struct lq_status_picture picture = {"test", &status, NULL, &spaces};

    status.stages[0].actors = 1;
    make(10, 4000, 4000);
    lq_partition_space_judge(&spaces.spaces[0], &page, "this", 2 * HOUR_NS);
    ck_assert(lq_status_text_healthy(&picture));
    make(10, 4000, 100);
    lq_partition_space_judge(&spaces.spaces[0], &page, "this", 2 * HOUR_NS);
    ck_assert(!lq_status_text_healthy(&picture));
    FILE *to = open_memstream(&text, &bytes);
    lq_status_text_print(&picture, to);
    fclose(to);
    ck_assert_ptr_nonnull(strstr(text, "DEGRADED\npartition 0: the disk is full in 10h00m"));
    free(text);
    json_t *document = lq_status_text_json(&picture);
    ck_assert(json_is_false(json_object_get(document, "healthy")));
    ck_assert_uint_eq(json_array_size(json_object_get(document, "partitions")), 1);
    json_decref(document);
}
END_TEST

static const struct {
    uint64_t bytes;
    const char *text;
} sizes[] = {
    {0, "0 B"},         {999, "999 B"},           {1000, "1.0 KB"},
    {123456, "123 KB"}, {68719476736, "68.7 GB"}, {UINT64_MAX, "18447 PB"},
};

START_TEST(test_bytes)
{
    char text[32];

    ck_assert_str_eq(lq_space_text_bytes(sizes[_i].bytes, text), sizes[_i].text);
}
END_TEST

TCase *lq_test_space_text(void)
{
    TCase *tc = tcase_create("space_text");

    tcase_add_loop_test(tc, test_partition_space, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_partition_space_without_samples);
    tcase_add_test(tc, test_partition_that_cannot_be_looked_at);
    tcase_add_test(tc, test_reader_and_cursors);
    tcase_add_test(tc, test_frames_that_wait_for_a_clock);
    tcase_add_test(tc, test_status_short_of_space);
    tcase_add_loop_test(tc, test_bytes, 0, (int)(sizeof sizes / sizeof sizes[0]));
    return tc;
}
