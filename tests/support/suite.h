// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* suite.h - the main() of a unit test program. A program per folder, a test case per file:
 *
 *     TCase *lq_test_canonical(void);               in test_canonical.c
 *     lq_suite_run("world", (lq_test_case_fn[]){lq_test_canonical, ...}, n)   in main of the folder
 */
#ifndef LQ_SUITE_H
#define LQ_SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef TCase *(*lq_test_case_fn)(void);

/* Run the cases; the exit code for main(). */
int lq_suite_run(const char *name, const lq_test_case_fn *cases, size_t count);

/* Whether tests run in processes of their own: only then may one raise a signal. Sanitizer and
 * valgrind runs set CK_FORK=no. */
bool lq_suite_forks(void);

/* The seed of a property test: LQ_SEED if set, else `usual`. Printed, so that a failure can be run
 * again. */
uint64_t lq_suite_seed(uint64_t usual);

/* ck_assert_msg() for loops: each assertion of check writes to a pipe, this one only when it does
 * not hold. */
#define LQ_HOLDS(condition, ...)                                                                   \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            ck_abort_msg(__VA_ARGS__);                                                             \
        }                                                                                          \
    } while (0)

#endif
