// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/credential_process.h"

#include "base/clock.h"
#include "mirror/infrastructure/credential_document.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "credential_process"
#define EXIT_POLL_MS 20

/* 0, or an errno. Its stdout is `out`; signals are as a program expects them, whatever this thread
 * holds back. */
static int spawn_shell(const char *command, int out, pid_t *pid)
{
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0) {
        return error;
    }
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    if ((error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, out, 1)) == 0 &&
        (error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)) == 0) {
        error = posix_spawn(pid, "/bin/sh", &actions, &attributes, arguments, environ);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int left_ms(uint64_t deadline_ns)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    return now_ns >= deadline_ns ? 0 : (int)((deadline_ns - now_ns) / LQ_NS_PER_MS) + 1;
}

/* Until the end of what it prints. LQ_ERR_STATE: cancelled. */
static enum lq_result read_output(int in, int cancel, uint64_t deadline_ns, uint8_t *text,
                                  size_t *bytes)
{
    *bytes = 0;
    for (;;) {
        struct pollfd ready[] = {{.fd = in, .events = POLLIN}, {.fd = cancel, .events = POLLIN}};
        int count = poll(ready, 2, left_ms(deadline_ns));
        if (count < 0 && errno != EINTR) {
            return LQ_ERR_IO;
        }
        if (count > 0 && ready[1].revents != 0) {
            return LQ_ERR_STATE;
        }
        if (count <= 0) {
            if (left_ms(deadline_ns) == 0) {
                return LQ_ERR_TIMEOUT;
            }
            continue;
        }
        ssize_t got = read(in, text + *bytes, LQ_CREDENTIAL_DOCUMENT_BYTES_MAX + 1 - *bytes);
        if (got < 0 && errno != EINTR) {
            return LQ_ERR_IO;
        }
        if (got == 0) {
            return LQ_OK;
        }
        *bytes += got > 0 ? (size_t)got : 0;
        if (*bytes > LQ_CREDENTIAL_DOCUMENT_BYTES_MAX) {
            return LQ_ERR_LIMIT;
        }
    }
}

/* Its exit, after its output has ended. Kills what is left of its group. */
static enum lq_result reap(pid_t pid, int cancel, uint64_t deadline_ns, int *status)
{
    enum lq_result result = LQ_OK;
    pid_t ended;

    while ((ended = waitpid(pid, status, WNOHANG)) == 0) {
        struct pollfd ready = {.fd = cancel, .events = POLLIN};
        if (left_ms(deadline_ns) == 0) {
            result = LQ_ERR_TIMEOUT;
            break;
        }
        if (poll(&ready, 1, EXIT_POLL_MS) > 0) {
            result = LQ_ERR_STATE;
            break;
        }
    }
    if (ended == 0) {
        (void)kill(-pid, SIGKILL);
        while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
        }
    }
    return ended < 0 ? LQ_ERR_IO : result;
}

static enum lq_result explain(enum lq_result result, int status, uint32_t timeout_ms,
                              struct lq_error_message *message)
{
    switch (result) {
    case LQ_OK:
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            return LQ_OK;
        }
        if (WIFEXITED(status)) {
            lq_error_message_set(message, NAME ": exited with code %d; run it by hand to see why",
                                 WEXITSTATUS(status));
        } else {
            lq_error_message_set(message, NAME ": ended by signal %d", WTERMSIG(status));
        }
        return LQ_ERR_IO;
    case LQ_ERR_TIMEOUT:
        lq_error_message_set(message, NAME ": did not end within %u ms, killed", timeout_ms);
        break;
    case LQ_ERR_LIMIT:
        lq_error_message_set(message, NAME ": printed more than %zu bytes, killed",
                             LQ_CREDENTIAL_DOCUMENT_BYTES_MAX);
        break;
    case LQ_ERR_STATE:
        lq_error_message_set(message, NAME ": no longer wanted, killed");
        break;
    default:
        lq_error_message_set(message, NAME ": its output cannot be read");
        break;
    }
    return result;
}

enum lq_result lq_credential_process_run(const char *command, uint32_t timeout_ms, int cancel,
                                         struct lq_aws_keys *keys, struct lq_error_message *message)
{
    uint8_t text[LQ_CREDENTIAL_DOCUMENT_BYTES_MAX + 1];
    uint64_t deadline_ns = lq_clock_monotonic_ns() + timeout_ms * LQ_NS_PER_MS;
    size_t bytes = 0;
    int ends[2], status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        lq_error_message_set(message, NAME ": no pipe: %s", strerror(errno));
        return LQ_ERR_IO;
    }
    int error = spawn_shell(command, ends[1], &pid);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        lq_error_message_set(message, NAME ": cannot be run: %s", strerror(error));
        return LQ_ERR_IO;
    }
    enum lq_result result = read_output(ends[0], cancel, deadline_ns, text, &bytes);
    close(ends[0]);
    if (result != LQ_OK) {
        (void)kill(-pid, SIGKILL);
    }
    enum lq_result end = reap(pid, cancel, result == LQ_OK ? deadline_ns : UINT64_MAX, &status);
    result = explain(result != LQ_OK ? result : end, status, timeout_ms, message);
    if (result == LQ_OK) {
        result =
            lq_credential_document_parse(lq_view_of(text, bytes), NAME, LQ_CREDENTIALS_OF_PROCESS,
                                         lq_clock_wall_ns() / LQ_NS_PER_S, keys, message);
    }
    explicit_bzero(text, sizeof text);
    return result;
}
