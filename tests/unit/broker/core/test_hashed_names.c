// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/hashed_names.h"

#include "tests/support/suite.h"

static struct lq_hashed_names key_of(const char *tenant, const char *session)
{
    return lq_hashed_names_of(lq_session_names_of(tenant, session));
}

START_TEST(test_hashed_names_tells_sessions_apart)
{
    ck_assert_uint_ne(key_of("ab", "c").hash, key_of("a", "bc").hash);
    ck_assert_uint_eq(key_of("ab", "c").hash, key_of("ab", "c").hash);
}
END_TEST

START_TEST(test_hashed_names_has_its_tenants_hash)
{
    ck_assert_uint_eq(key_of("a", "b").tenant_hash, key_of("a", "c").tenant_hash);
    ck_assert_uint_eq(key_of("a", "b").tenant_hash, key_of("a", "").hash);
    ck_assert_uint_ne(key_of("a", "b").tenant_hash, key_of("b", "b").tenant_hash);
}
END_TEST

/* Sessions that are numbered must not tick together: their phases are spread over the period. */
START_TEST(test_hashed_names_spreads_numbered_names)
{
    bool used[16] = {false};
    uint32_t distinct = 0;
    char name[8] = "room-0";

    for (uint32_t number = 0; number < 10; number++) {
        name[5] = (char)('0' + number);
        uint32_t sixteenth = lq_hashed_names_mix(key_of("t", name).hash) >> 28;
        distinct += !used[sixteenth];
        used[sixteenth] = true;
    }
    ck_assert_uint_ge(distinct, 5);
}
END_TEST

TCase *lq_test_hashed_names(void);
TCase *lq_test_hashed_names(void)
{
    TCase *tc = tcase_create("hashed_names");

    tcase_add_test(tc, test_hashed_names_tells_sessions_apart);
    tcase_add_test(tc, test_hashed_names_has_its_tenants_hash);
    tcase_add_test(tc, test_hashed_names_spreads_numbered_names);
    return tc;
}
