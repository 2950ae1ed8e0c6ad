// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/standard_output.h"

#include "base/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char program_name[64] = "ledgerquest";
static FILE *stream;   /* what stdout is while the program runs */
static FILE *original; /* what stdout was */
static int first_reason;

static void note_failure(int reason)
{
    if (first_reason == 0) {
        first_reason = reason;
    }
}

/* Once a write failed nothing more is tried: what came behind the gap would look whole. stdio wants
 * to hear 0, not -1, of a write that failed. */
static ssize_t write_bytes(void *cookie, const char *bytes, size_t count)
{
    size_t done = 0;

    (void)cookie;
    while (done < count && first_reason == 0) {
        ssize_t written = write(STDOUT_FILENO, bytes + done, count - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
            (void)poll(&room, 1, -1);
        } else if (errno != EINTR) {
            note_failure(errno);
        }
    }
    return first_reason == 0 ? (ssize_t)count : 0;
}

/* Reading the one and writing the other is an error as it was while they were closed. */
static void fill_closed_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            int opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
            LQ_ASSERT(opened == fd || opened < 0);
        }
    }
}

static void close_stream(void)
{
    bool arrived = lq_standard_output_flush();

    stdout = original;
    if (fclose(stream) != 0) {
        note_failure(errno);
    }
    if (close(STDOUT_FILENO) != 0 && errno != EBADF) {
        note_failure(errno); /* a network's disk may say only now that it is full */
    }
    if (arrived && first_reason == 0) {
        return;
    }
    fprintf(stderr, "%s: standard output: %s\n", program_name,
            strerror(first_reason != 0 ? first_reason : EIO));
    _exit(EXIT_FAILURE);
}

void lq_standard_output_open(const char *program)
{
    const cookie_io_functions_t functions = {.write = write_bytes};

    LQ_ASSERT(stream == NULL);
    snprintf(program_name, sizeof program_name, "%s", program);
    fill_closed_descriptors();
    (void)signal(SIGXFSZ, SIG_IGN);
    original = stdout;
    stream = fopencookie(NULL, "w", functions);
    LQ_ASSERT(stream != NULL);
    if (isatty(STDOUT_FILENO)) {
        (void)setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    }
    stdout = stream;
    int registered = atexit(close_stream);
    LQ_ASSERT(registered == 0);
}

bool lq_standard_output_flush(void)
{
    int rc = fflush(stdout);

    if (rc != 0 && (stream == NULL || stdout != stream)) {
        note_failure(errno);
    }
    return rc == 0 && ferror(stdout) == 0 && first_reason == 0;
}

FILE *lq_standard_output_terminal(void)
{
    return original != NULL ? original : stdout;
}

int lq_standard_output_reason(void)
{
    return first_reason;
}
