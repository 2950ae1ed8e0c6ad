// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A program of its own: the pure plan's tests link neither jansson nor libsodium. */
#include "tests/support/suite.h"

TCase *lq_test_pipeline_document(void);

int main(void)
{
    static const lq_test_case_fn cases[] = {lq_test_pipeline_document};

    return lq_suite_run("pipeline_document", cases, 1);
}
