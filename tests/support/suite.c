// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/support/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Against a test that hangs, not a judgement: no test may fail because the machine is slow.
 * libcheck's own limit is 4 s. */
#define HANG_GUARD_S 1200

int lq_suite_run(const char *name, const lq_test_case_fn *cases, size_t count)
{
    Suite *suite = suite_create(name);

    for (size_t index = 0; index < count; index++) {
        TCase *tcase = cases[index]();
        tcase_set_timeout(tcase, HANG_GUARD_S);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    printf("%s: %d tests, %d failed\n", name, srunner_ntests_run(runner), failed);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

bool lq_suite_forks(void)
{
    const char *mode = getenv("CK_FORK");

    return mode == NULL || strcmp(mode, "no") != 0;
}

uint64_t lq_suite_seed(uint64_t usual)
{
    const char *text = getenv("LQ_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : usual;

    printf("LQ_SEED=%" PRIu64 "\n", seed);
    return seed;
}
