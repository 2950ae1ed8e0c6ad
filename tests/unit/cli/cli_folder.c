// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/cli/cli_cases.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

char lq_cli_folder[64];

void lq_cli_folder_make(void)
{
    snprintf(lq_cli_folder, sizeof lq_cli_folder, "/tmp/lq-cli-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(lq_cli_folder));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void lq_cli_folder_remove(void)
{
    ck_assert_int_eq(nftw(lq_cli_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
