// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/attendance.h"

#include "tests/support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TCase *lq_test_attendance(void);

#define GRACE_MS 1000u

static char folder[64];
static const uint8_t ada[8] = {1};
static const uint8_t bob[8] = {2};

static lq_attendance_t *open_as(const char *instance, uint32_t slots)
{
    const struct lq_attendance_options options = {folder, instance, slots, GRACE_MS};
    lq_attendance_t *attendance = NULL;
    struct lq_error_message message;

    ck_assert_msg(lq_attendance_open(&options, &attendance, &message) == LQ_OK, "%s", message.text);
    return attendance;
}

static uint32_t attach(lq_attendance_t *attendance, const uint8_t *player)
{
    const struct lq_attendance_who who = {"demo", "arena", player, 7};

    return lq_attendance_attach(attendance, &who);
}

static uint32_t files(void)
{
    uint32_t count = 0;
    DIR *listed = opendir(folder);
    const struct dirent *entry;

    while ((entry = readdir(listed)) != NULL) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    closedir(listed);
    return count;
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/lq-attendance-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(test_seen_by_others)
{
    lq_attendance_t *one = open_as("gateway-1", 8);
    lq_attendance_t *two = open_as("gateway-2", 8);

    uint32_t place = attach(one, ada);
    ck_assert(lq_attendance_knows(one, "demo", "arena", ada));
    ck_assert(!lq_attendance_knows(two, "demo", "arena", ada));
    ck_assert(lq_attendance_look(two, 1));
    ck_assert(lq_attendance_knows(two, "demo", "arena", ada));
    ck_assert(!lq_attendance_knows(two, "demo", "arena", bob));
    ck_assert(!lq_attendance_knows(two, "demo", "aren", ada));
    ck_assert(!lq_attendance_look(two, 1)); /* nothing new */
    lq_attendance_cut(one, place, 100);
    ck_assert(lq_attendance_look(two, 1));
    ck_assert(!lq_attendance_knows(two, "demo", "arena", ada));
    lq_attendance_close(&one);
    lq_attendance_close(&two);
    ck_assert_uint_eq(files(), 1); /* a cut player stands in it */
}
END_TEST

START_TEST(test_due)
{
    lq_attendance_t *one = open_as("gateway-1", 8);
    struct lq_attendance_slot slot;
    uint32_t place = attach(one, ada);

    ck_assert_uint_eq(lq_attendance_due(one, 0, UINT64_MAX, &slot), LQ_ATTENDANCE_NONE);
    lq_attendance_cut(one, place, 100);
    ck_assert_uint_eq(lq_attendance_due(one, 0, 99 + GRACE_MS, &slot), LQ_ATTENDANCE_NONE);
    ck_assert_uint_eq(lq_attendance_due(one, 0, 100 + GRACE_MS, &slot), place);
    ck_assert_uint_eq(slot.incarnation, 7);
    lq_attendance_postpone(one, place, 5000);
    ck_assert_uint_eq(lq_attendance_due(one, 0, 4999, &slot), LQ_ATTENDANCE_NONE);
    lq_attendance_forget(one, place);
    ck_assert_uint_eq(lq_attendance_due(one, 0, UINT64_MAX, &slot), LQ_ATTENDANCE_NONE);
    lq_attendance_close(&one);
    ck_assert_uint_eq(files(), 0); /* nobody stands in it */
}
END_TEST

/* A process is killed: whoever looks first takes its players over, as cut. */
START_TEST(test_taken_over)
{
    struct lq_attendance_slot slot;
    lq_attendance_t *two = open_as("gateway-2", 8);
    pid_t child = fork();

    if (child == 0) {
        lq_attendance_t *one = open_as("gateway-1", 8);
        attach(one, ada);
        lq_attendance_cut(one, attach(one, bob), 1);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_uint_eq(files(), 2);
    ck_assert(lq_attendance_look(two, 10000));
    ck_assert_uint_eq(files(), 1);
    ck_assert(!lq_attendance_knows(two, "demo", "arena", ada));
    ck_assert_uint_ne(lq_attendance_due(two, 0, 10000, &slot), LQ_ATTENDANCE_NONE);
    ck_assert_int_eq(memcmp(slot.player, bob, sizeof bob), 0); /* its time was over */
    uint32_t later = lq_attendance_due(two, 0, 10000 + GRACE_MS, &slot);
    ck_assert_uint_ne(later, LQ_ATTENDANCE_NONE);
    ck_assert_int_eq(memcmp(slot.player, ada, sizeof ada), 0);
    lq_attendance_close(&two);
}
END_TEST

START_TEST(test_full)
{
    lq_attendance_t *one = open_as("gateway-1", 2);

    ck_assert_uint_eq(attach(one, ada), 0);
    ck_assert_uint_eq(attach(one, bob), 1);
    ck_assert_uint_eq(attach(one, bob), LQ_ATTENDANCE_NONE);
    lq_attendance_forget(one, 0);
    ck_assert_uint_eq(attach(one, bob), 0);
    lq_attendance_close(&one);
}
END_TEST

/* What others left there that is no such file does no harm. */
START_TEST(test_strange_files)
{
    char path[128];
    lq_attendance_t *one = open_as("gateway-1", 4);

    snprintf(path, sizeof path, "%s/strange", folder);
    FILE *file = fopen(path, "w");
    for (int at = 0; at < 400; at++) {
        fputs("strange", file);
    }
    fclose(file);
    lq_attendance_look(one, 1);
    ck_assert_uint_eq(files(), 1);
    lq_attendance_close(&one);
}
END_TEST

TCase *lq_test_attendance(void)
{
    TCase *tests = tcase_create("attendance");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_seen_by_others);
    tcase_add_test(tests, test_due);
    tcase_add_test(tests, test_taken_over);
    tcase_add_test(tests, test_full);
    tcase_add_test(tests, test_strange_files);
    return tests;
}
