// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/standard_output.h"
#include "tests/unit/base/base_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_TOLD_WRONG = 50, MUCH = 100 * 1024 };

/* What a program does that prints. `stderr` of the child is a pipe that the parent reads. */
static int print(size_t bytes, bool flushes, int code)
{
    lq_standard_output_open("printer");
    for (size_t count = 0; count < bytes; count++) {
        putchar('x');
    }
    if (flushes && lq_standard_output_flush() != (lq_standard_output_reason() == 0)) {
        return EXIT_TOLD_WRONG;
    }
    return code;
}

struct row {
    const char *path; /* of stdout; NULL: closed; "|": a pipe without a reader, SIGPIPE ignored */
    size_t bytes;
    bool flushes;
    int code;     /* the program's own */
    int expected; /* that it ends with */
    int reason;   /* that it says, an errno; 0: nothing */
};

static const struct row rows[] = {
    {"/dev/null", MUCH, true, 0, 0, 0},
    {"/dev/null", MUCH, false, 7, 7, 0},
    {"/dev/full", 1, false, 0, 1, ENOSPC},
    {"/dev/full", 1, true, 0, 1, ENOSPC},
    {"/dev/full", 1, false, 7, 1, ENOSPC},
    {"/dev/full", MUCH, false, 0, 1, ENOSPC}, /* only early flushes fail, or the last as well */
    {"/dev/full", BUFSIZ, false, 0, 1, ENOSPC},
    {"/dev/full", 0, true, 3, 3, 0}, /* who prints nothing loses nothing */
    {NULL, 1, false, 0, 1, EBADF},
    {NULL, MUCH, true, 0, 1, EBADF},
    {NULL, 0, false, 0, 0, 0},
    {"|", MUCH, true, 0, 1, EPIPE},
};

static void become_printer(const struct row *row, int stderr_to)
{
    int ends[2] = {-1, -1};

    if (pipe(ends) != 0 || dup2(stderr_to, STDERR_FILENO) < 0) {
        _exit(EXIT_TOLD_WRONG);
    }
    close(STDOUT_FILENO);
    close(ends[0]);
    if (row->path != NULL && row->path[0] == '|') {
        signal(SIGPIPE, SIG_IGN);
        dup2(ends[1], STDOUT_FILENO);
    } else if (row->path != NULL && open(row->path, O_WRONLY) != STDOUT_FILENO) {
        _exit(EXIT_TOLD_WRONG);
    }
    exit(print(row->bytes, row->flushes, row->code));
}

START_TEST(what_does_not_arrive_is_told)
{
    const struct row *row = &rows[_i];
    char said[256] = "";
    char expected[256] = "";
    int ends[2];
    int status = 0;

    ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        become_printer(row, ends[1]);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t got = 1; got > 0 && used<sizeof said - 1; used += got> 0 ? (size_t)got : 0) {
        got = read(ends[0], said + used, sizeof said - 1 - used);
    }
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == row->expected,
                  "row %d: status %x, %s", _i, (unsigned)status, said);
    if (row->reason != 0) {
        snprintf(expected, sizeof expected, "printer: standard output: %s\n",
                 strerror(row->reason));
    }
    ck_assert_str_eq(said, expected);
}
END_TEST

TCase *lq_test_standard_output(void)
{
    TCase *tests = tcase_create("standard_output");

    tcase_add_loop_test(tests, what_does_not_arrive_is_told, 0, sizeof rows / sizeof rows[0]);
    return tests;
}
