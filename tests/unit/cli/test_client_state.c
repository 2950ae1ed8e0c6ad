// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/client_state.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct lq_cluster_config cluster = {.name = "test", .data_dir = "/nowhere"};
static struct lq_error_message message;

static void begin(void)
{
    lq_cli_folder_make();
    ck_assert_int_eq(setenv("XDG_STATE_HOME", lq_cli_folder, 1), 0);
}

static void open_state(struct lq_client_state *state)
{
    ck_assert_msg(lq_client_state_open(&cluster, "default", 0, state, &message) == LQ_OK, "%s",
                  message.text);
}

START_TEST(numbers_and_id_survive)
{
    struct lq_client_state state;
    struct lq_client_id id;

    open_state(&state);
    id = state.id;
    ck_assert_uint_eq(lq_client_state_next(&state, lq_session_names_of("demo", "s1")), 1);
    lq_client_state_set(&state, lq_session_names_of("demo", "s1"), 33);
    lq_client_state_set(&state, lq_session_names_of("demo", "s2"), 2);
    ck_assert_int_eq(lq_client_state_save(&state, &message), LQ_OK);
    lq_client_state_close(&state);
    open_state(&state);
    ck_assert(lq_client_id_equal(&state.id, &id));
    ck_assert_uint_eq(lq_client_state_next(&state, lq_session_names_of("demo", "s1")), 33);
    ck_assert_uint_eq(lq_client_state_next(&state, lq_session_names_of("demo", "s2")), 2);
    ck_assert_uint_eq(lq_client_state_next(&state, lq_session_names_of("other", "s1")), 1);
    lq_client_state_close(&state);
    lq_client_state_close(&state); /* twice is fine */
}
END_TEST

/* Another id begins anew; a history alone changes no number. */
START_TEST(an_id_has_its_history)
{
    static const uint8_t one[] = "one history id..";
    static const uint8_t other[] = "another history.";
    const struct lq_client_id new_id = {"sixteen bytes..."};
    struct lq_client_state state;

    open_state(&state);
    ck_assert(!state.has_history);
    lq_client_state_set(&state, lq_session_names_of("demo", "s1"), 33);
    ck_assert(lq_client_state_renew(&state, &state.id, one));
    ck_assert(!lq_client_state_renew(&state, &state.id, one));
    ck_assert(!lq_client_state_renew(&state, &state.id, NULL));
    ck_assert_int_eq(lq_client_state_save(&state, &message), LQ_OK);
    lq_client_state_close(&state);
    open_state(&state);
    ck_assert(state.has_history);
    ck_assert_mem_eq(state.history, one, sizeof state.history);
    ck_assert_uint_eq(lq_client_state_next(&state, lq_session_names_of("demo", "s1")), 33);
    ck_assert(lq_client_state_renew(&state, &new_id, other));
    ck_assert_uint_eq(lq_client_state_next(&state, lq_session_names_of("demo", "s1")), 1);
    ck_assert_int_eq(lq_client_state_save(&state, &message), LQ_OK);
    lq_client_state_close(&state);
    open_state(&state);
    ck_assert(lq_client_id_equal(&state.id, &new_id));
    ck_assert_mem_eq(state.history, other, sizeof state.history);
    lq_client_state_close(&state);
}
END_TEST

START_TEST(what_was_not_saved_is_not_there)
{
    struct lq_client_state state;

    open_state(&state);
    lq_client_state_set(&state, lq_session_names_of("demo", "s1"), 33);
    ck_assert_int_eq(access(state.path, F_OK), -1);
    lq_client_state_close(&state);
}
END_TEST

START_TEST(one_process_at_a_time)
{
    struct lq_client_state first;
    struct lq_client_state second;

    open_state(&first);
    ck_assert_int_eq(lq_client_state_open(&cluster, "default", 0, &second, &message), LQ_ERR_BUSY);
    lq_client_state_close(&second);
    ck_assert_int_eq(lq_client_state_open(&cluster, "another", 0, &second, &message), LQ_OK);
    lq_client_state_close(&second);
    lq_client_state_close(&first);
    open_state(&first);
    lq_client_state_close(&first);
}
END_TEST

START_TEST(clusters_do_not_share_numbers)
{
    struct lq_cluster_config other = cluster;
    struct lq_client_state first;
    struct lq_client_state second;

    strcpy(other.data_dir, "/elsewhere");
    open_state(&first);
    ck_assert_int_eq(lq_client_state_open(&other, "default", 0, &second, &message), LQ_OK);
    ck_assert_str_ne(first.path, second.path);
    lq_client_state_close(&first);
    lq_client_state_close(&second);
}
END_TEST

static const char *const damaged[] = {
    "",
    "{}",
    "{\"client\":\"00\",\"next\":{}}",
    "{\"client\":\"000102030405060708090a0b0c0d0e0f\"}",
    "{\"client\":\"000102030405060708090a0b0c0d0e0f\",\"next\":{\"a/b\":0}}",
    "{\"client\":\"000102030405060708090a0b0c0d0e0f\",\"next\":{\"a/b\":\"1\"}}",
    "{\"client\":\"000102030405060708090a0b0c0d0e0z\",\"next\":{}}",
};

START_TEST(a_damaged_file_is_refused)
{
    struct lq_client_state state;

    open_state(&state);
    FILE *file = fopen(state.path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(damaged[_i], file);
    fclose(file);
    lq_client_state_close(&state);
    ck_assert_int_eq(lq_client_state_open(&cluster, "default", 0, &state, &message),
                     LQ_ERR_MALFORMED);
    lq_client_state_close(&state);
}
END_TEST

START_TEST(files_are_private)
{
    struct lq_client_state state;
    struct stat status;

    open_state(&state);
    ck_assert_int_eq(lq_client_state_save(&state, &message), LQ_OK);
    ck_assert_int_eq(stat(state.path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    lq_client_state_close(&state);
}
END_TEST

START_TEST(names_are_checked)
{
    struct lq_client_state state;

    ck_assert_int_eq(lq_client_state_open(&cluster, "../x", 0, &state, &message), LQ_ERR_INVALID);
    lq_client_state_close(&state);
}
END_TEST

TCase *lq_test_client_state(void)
{
    TCase *tests = tcase_create("client_state");

    tcase_add_checked_fixture(tests, begin, lq_cli_folder_remove);
    tcase_add_test(tests, numbers_and_id_survive);
    tcase_add_test(tests, an_id_has_its_history);
    tcase_add_test(tests, what_was_not_saved_is_not_there);
    tcase_add_test(tests, one_process_at_a_time);
    tcase_add_test(tests, clusters_do_not_share_numbers);
    tcase_add_loop_test(tests, a_damaged_file_is_refused, 0, sizeof damaged / sizeof damaged[0]);
    tcase_add_test(tests, files_are_private);
    tcase_add_test(tests, names_are_checked);
    return tests;
}
