// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/storage_job.h"

#include "tests/unit/broker/io/broker_io_cases.h"

START_TEST(test_job_carries_names_and_bytes)
{
    char bytes[] = "reply";
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_LIVE);

    ck_assert_int_eq(job->kind, LQ_STORAGE_PUT_LIVE);
    lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
    lq_storage_job_copy(job, lq_view_text(bytes));
    bytes[0] = 'x'; /* a copy */
    ck_assert(lq_session_names_equal(lq_storage_job_names(job), lq_session_names_of("demo", "s1")));
    ck_assert(lq_view_equal(lq_view_of(job->bytes, job->byte_count), lq_view_text("reply")));
    job->next = lq_storage_job_new(LQ_STORAGE_FORGET_LIVE);
    lq_storage_job_copy(job->next, lq_view_of(NULL, 0));
    lq_storage_job_destroy(&job); /* both; valgrind and ASan look */
    ck_assert_ptr_null(job);
}
END_TEST

TCase *lq_test_storage_job(void)
{
    TCase *tcase = tcase_create("storage_job");

    tcase_add_test(tcase, test_job_carries_names_and_bytes);
    return tcase;
}
