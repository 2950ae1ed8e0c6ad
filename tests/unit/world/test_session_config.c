// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick.h"

#include "tests/support/suite.h"

#include <math.h>

static const struct {
    struct lq_session_config config;
    const char *field; /* NULL: in range */
} rows[] = {
    {{1, 10, 1, 1, 100.0, 50.0, 0.5f, false}, NULL},
    {{0, 0, 1, 1000, 1.0e9, 1.0e-3, 0.0f, false}, NULL},
    {{0, 1000, 1, 1, 1.0, 1.0, 1.0f, false}, NULL},
    {{0, 1, 1000000, 1, 1.0, 1.0, 1.0f, false}, NULL},
    {{0, 60000, 1001, 1, 1.0, 1.0, 1.0f, false}, NULL},
    {{0, 1001, 1, 1, 1.0, 1.0, 1.0f, false}, "rate_numerator"},
    {{0, 1000001, 1000000, 1, 1.0, 1.0, 1.0f, false}, "rate_numerator"},
    {{0, 1, 0, 1, 1.0, 1.0, 1.0f, false}, "rate_denominator"},
    {{0, 1, 1000001, 1, 1.0, 1.0, 1.0f, false}, "rate_denominator"},
    {{0, 1, 1, 0, 1.0, 1.0, 1.0f, false}, "steps_per_command"},
    {{0, 1, 1, 1001, 1.0, 1.0, 1.0f, false}, "steps_per_command"},
    {{0, 1, 1, 1, 0.0, 1.0, 1.0f, false}, "width"},
    {{0, 1, 1, 1, NAN, 1.0, 1.0f, false}, "width"},
    {{0, 1, 1, 1, 1.0, 1.1e9, 1.0f, false}, "height"},
    {{0, 1, 1, 1, 1.0, -1.0, 1.0f, false}, "height"},
    {{0, 1, 1, 1, 1.0, 1.0, 1.1f, false}, "restitution"},
    {{0, 1, 1, 1, 1.0, 1.0, -0.0f, false}, "restitution"},
    {{0, 1, 1, 1, 1.0, 1.0, NAN, false}, "restitution"},
    {{0, 1, 1, 1, 1.0, 1.0, 1.0f, true}, NULL},
    {{0, 0, 1, 1, 1.0, 1.0, 1.0f, true}, "attended"},
};

START_TEST(test_check)
{
    char reason[LQ_REASON_BYTES_MAX] = "";
    enum lq_result result = lq_session_config_check(&rows[_i].config, reason);

    if (rows[_i].field == NULL) {
        ck_assert_msg(result == LQ_OK, "row %d: %s", _i, reason);
    } else {
        ck_assert_msg(result == LQ_ERR_INVALID, "row %d is not refused", _i);
        ck_assert_msg(strncmp(reason, rows[_i].field, strlen(rows[_i].field)) == 0, "row %d: %s",
                      _i, reason);
    }
}
END_TEST

TCase *lq_test_session_config(void);
TCase *lq_test_session_config(void)
{
    TCase *tcase = tcase_create("session_config");

    tcase_add_loop_test(tcase, test_check, 0, sizeof rows / sizeof rows[0]);
    return tcase;
}
