// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/mirror/infrastructure/aws_folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64];

void lq_aws_folder_make(void)
{
    char path[128];

    for (char **variable = environ; variable != NULL && *variable != NULL;) {
        char name[256];
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(*variable, "="), *variable);
        if (strncmp(name, "AWS_", 4) == 0) {
            unsetenv(name);
            variable = environ;
        } else {
            variable++;
        }
    }
    (void)snprintf(home, sizeof home, "/tmp/lq-aws-folder.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(home));
    (void)snprintf(path, sizeof path, "%s/.aws", home);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    setenv("HOME", home, 1);
}

void lq_aws_folder_write(const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/.aws/%s", home, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

const char *lq_aws_folder_path(void)
{
    return home;
}

void lq_aws_folder_remove(void)
{
    static const char *const names[] = {"config", "credentials", ""};
    char path[128];

    for (int index = 0; index < 3; index++) {
        (void)snprintf(path, sizeof path, "%s/.aws/%s", home, names[index]);
        (void)remove(path);
    }
    ck_assert_int_eq(rmdir(home), 0);
}
