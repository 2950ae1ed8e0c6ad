// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/static_files.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TCase *lq_test_static_files(void);

static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static const struct {
    const char *path, *content; /* NULL: not served */
} rows[] = {
    {"/play", "page"},           {"/play/", "page"},         {"/play/index.html", "page"},
    {"/play/arena.js", "code"},  {"/top.css", "style"},      {"/", NULL},
    {"/play/secret", NULL},   /* no ending */
    {"/play/notes.md", NULL}, /* an ending that is not served */
    {"/play/.hidden.js", NULL},  {"/play/../top.css", NULL}, {"/play//arena.js", NULL},
    {"/play/arena.js/", "code"}, {"/play/%61rena.js", NULL}, {"", NULL},
};

START_TEST(test_find)
{
    lq_static_files_t *files = NULL;
    struct lq_error_message message = {""};
    char path[128];

    snprintf(folder, sizeof folder, "/tmp/lq-static.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/play", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    static const char *const names[] = {"play/index.html", "play/arena.js", "top.css",
                                        "play/secret",     "play/notes.md", "play/.hidden.js"};
    static const char *const texts[] = {"page", "code", "style", "s", "n", "h"};
    for (size_t index = 0; index < 6; index++) {
        write_file(names[index], texts[index]);
    }
    ck_assert_int_eq(lq_static_files_open(folder, &files, &message), LQ_OK);
    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        const struct lq_static_file *file =
            lq_static_files_find(files, lq_view_text(rows[index].path));
        ck_assert_msg((file != NULL) == (rows[index].content != NULL), "%s", rows[index].path);
        ck_assert(file == NULL || lq_view_equal(file->content, lq_view_text(rows[index].content)));
        ck_assert(file == NULL || strlen(file->tag) == LQ_STATIC_FILES_TAG_BYTES - 1);
    }
    lq_static_files_close(&files);
    for (size_t index = 0; index < 6; index++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[index]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/play", folder);
    rmdir(path);
    ck_assert_int_eq(lq_static_files_open("", &files, &message), LQ_OK);
    lq_static_files_close(&files);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(lq_static_files_open(folder, &files, &message), LQ_ERR_IO);
}
END_TEST

TCase *lq_test_static_files(void)
{
    TCase *tcase = tcase_create("static_files");

    tcase_add_test(tcase, test_find);
    return tcase;
}
