// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/map_guard.h"

#include "base/contract.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 256, MESSAGE_BYTES = 1024, STACK_BYTES = 64 * 1024 };

/* Read by a signal handler: plain arrays, each with its NUL at all times. */
static struct {
    const char *program; /* NULL: not armed */
    int exit_code;
    volatile sig_atomic_t depth;
    char file[TEXT_BYTES];
    char what[TEXT_BYTES];
} guard;

static char handler_stack[STACK_BYTES]; /* the fault may have used up the other one */
static stack_t stack_before;            /* of the thread that armed */

static void copy_text(char to[TEXT_BYTES], const char *from)
{
    size_t bytes = strnlen(from, TEXT_BYTES - 1);

    memcpy(to, from, bytes);
    to[bytes] = '\0';
}

/* Only calls that a signal handler may make. */
static void append(char *message, size_t *at, const char *text)
{
    while (*text != '\0' && *at < MESSAGE_BYTES) {
        message[(*at)++] = *text++;
    }
}

void lq_map_guard_fail(const char *why)
{
    char message[MESSAGE_BYTES];
    size_t at = 0;

    if (guard.program == NULL || guard.depth == 0) {
        return;
    }
    append(message, &at, guard.program);
    append(message, &at, ": ");
    append(message, &at, guard.file);
    append(message, &at, " is damaged: reading ");
    append(message, &at, guard.what);
    append(message, &at, " ended with: ");
    append(message, &at, why);
    append(message, &at, "\n");
    (void)!write(STDERR_FILENO, message, at);
    _exit(guard.exit_code);
}

static void on_fault(int signal_number)
{
    lq_map_guard_fail(signal_number == SIGBUS   ? "a page outside of the file"
                      : signal_number == SIGFPE ? "a page size of zero"
                                                : "an address outside of the map");
    signal(signal_number, SIG_DFL); /* not ours: the same instruction runs again and dies of it */
}

void lq_map_guard_arm(const char *program, int exit_code)
{
    static const int signals[] = {SIGBUS, SIGSEGV, SIGFPE};
    const stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
    int failed = sigaltstack(&stack, &stack_before);

    LQ_ASSERT(failed == 0);
    guard.program = program;
    guard.exit_code = exit_code;
    for (size_t index = 0; index < sizeof signals / sizeof signals[0]; index++) {
        failed = sigaction(signals[index], &action, NULL);
        LQ_ASSERT(failed == 0);
    }
}

void lq_map_guard_disarm(void)
{
    guard.program = NULL;
    (void)sigaltstack(&stack_before, NULL);
}

void lq_map_guard_enter(const char *file, const char *what)
{
    copy_text(guard.file, file);
    copy_text(guard.what, what);
    guard.depth++;
}

void lq_map_guard_leave(void)
{
    LQ_ASSERT(guard.depth > 0);
    guard.depth--;
}

void lq_map_guard_note(const char *what)
{
    copy_text(guard.what, what);
}
