// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Whose pid is it: connections, cells, and the watch that kills. With real processes. */
#include "broker/io/instance_cells.h"
#include "broker/io/process_proof.h"
#include "broker/io/process_watch.h"
#include "proto/instance_cell.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define WAIT_MS 10000
#define SIGN_NS UINT64_C(0x0102030405060708)

/* A child that does something, says so, and lives until it is ended. */
struct child {
    pid_t pid;
    int said;
};

static struct {
    char folder[64], endpoint[96];
    struct child first, second;
    lq_process_watch_t *watch;
} test;

static void connect_and_send(void)
{
    void *context = zmq_ctx_new();
    void *dealer = zmq_socket(context, ZMQ_DEALER);

    zmq_connect(dealer, test.endpoint);
    zmq_send(dealer, "ready", 5, 0);
}

static void hold_cell(void)
{
    char path[128];
    uint64_t words[LQ_CELL_WORDS] = {0};
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    snprintf(path, sizeof path, "%s/progress/ai-1", test.folder);
    int descriptor = open(path, O_RDWR | O_CREAT, 0600);
    words[LQ_CELL_SIGN_WORD] = htole64(SIGN_NS);
    memcpy(&words[LQ_CELL_STAGE_WORD], "ai", 2);
    if (write(descriptor, words, sizeof words) != (ssize_t)sizeof words ||
        fcntl(descriptor, F_SETLK, &whole) != 0) {
        _exit(1);
    }
}

static void do_nothing(void)
{
}

static struct child spawn(void (*work)(void))
{
    int pipes[2];

    ck_assert_int_eq(pipe(pipes), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        work();
        (void)!write(pipes[1], "!", 1);
        for (;;) {
            pause();
        }
    }
    close(pipes[1]);
    return (struct child){pid, pipes[0]};
}

static void await(const struct child *child)
{
    char byte;

    ck_assert_int_eq((int)read(child->said, &byte, 1), 1);
}

static void end(struct child *child)
{
    if (child->pid != 0) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        close(child->said);
        child->pid = 0;
    }
}

static void open_folder(void)
{
    char path[128];

    memset(&test, 0, sizeof test);
    snprintf(test.folder, sizeof test.folder, "/tmp/lq-proof-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test.folder));
    snprintf(test.endpoint, sizeof test.endpoint, "ipc://%s/s", test.folder);
    snprintf(path, sizeof path, "%s/progress", test.folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    test.watch = lq_process_watch_new();
}

static void close_folder(void)
{
    static const char *const names[] = {"s", "progress/ai-1", "progress/..x", "progress/ai-2"};
    char path[128];

    end(&test.first);
    end(&test.second);
    lq_process_watch_destroy(&test.watch);
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        snprintf(path, sizeof path, "%s/%s", test.folder, names[index]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/progress", test.folder);
    rmdir(path);
    rmdir(test.folder);
}

static uint32_t of(const struct child *child)
{
    return (uint32_t)child->pid;
}

static bool proven(int pidfd)
{
    if (pidfd >= 0) {
        close(pidfd);
    }
    return pidfd >= 0;
}

START_TEST(test_proof_of_what_can_be_no_actor)
{
    test.first = spawn(do_nothing);
    ck_assert(proven(lq_process_proof_open(of(&test.first))));
    ck_assert(!proven(lq_process_proof_open(0)));
    ck_assert(!proven(lq_process_proof_open(1)));
    ck_assert(!proven(lq_process_proof_open((uint32_t)getpid())));
    ck_assert(!proven(lq_process_proof_open((uint32_t)getppid())));
    ck_assert(!proven(lq_process_proof_open(UINT32_C(1) << 31)));
    ck_assert(!proven(lq_process_proof_open(UINT32_MAX)));
    uint32_t gone = of(&test.first);
    end(&test.first);
    ck_assert(!proven(lq_process_proof_open(gone)));
}
END_TEST

START_TEST(test_proof_of_the_sender)
{
    test.first = spawn(do_nothing);
    test.second = spawn(connect_and_send);
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    int patience_ms = WAIT_MS;
    struct lq_message_part message;

    ck_assert_int_eq(zmq_setsockopt(router, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms), 0);
    ck_assert_int_eq(zmq_bind(router, test.endpoint), 0);
    lq_message_part_init(&message);
    ck_assert_int_gt(zmq_msg_recv((zmq_msg_t *)&message, router, 0), 0); /* the routing id */
    ck_assert_int_eq(zmq_msg_recv((zmq_msg_t *)&message, router, 0), 5);

    ck_assert(proven(lq_process_proof_of_sender(&message, of(&test.second))));
    ck_assert(!proven(lq_process_proof_of_sender(&message, of(&test.first))));
    ck_assert(!proven(lq_process_proof_of_sender(&message, (uint32_t)getpid())));
    ck_assert(!proven(lq_process_proof_of_sender(&message, 0)));
    uint32_t gone = of(&test.second);
    end(&test.second);
    ck_assert(!proven(lq_process_proof_of_sender(&message, gone)));
    lq_message_part_close(&message);
    zmq_close(router);
    zmq_ctx_term(context);
}
END_TEST

START_TEST(test_proof_of_a_message_of_no_connection)
{
    struct lq_message_part message;

    (void)lq_message_part_init_size(&message, 4);
    ck_assert(!proven(lq_process_proof_of_sender(&message, (uint32_t)getppid())));
    lq_message_part_close(&message);
}
END_TEST

START_TEST(test_proof_of_the_holder)
{
    struct lq_instance_cell cell;

    test.first = spawn(do_nothing);
    test.second = spawn(hold_cell);
    await(&test.second);
    ck_assert(proven(lq_process_proof_of_holder(test.folder, "ai-1", of(&test.second))));
    ck_assert(!proven(lq_process_proof_of_holder(test.folder, "ai-1", of(&test.first))));
    ck_assert(!proven(lq_process_proof_of_holder(test.folder, "ai-2", of(&test.second))));
    ck_assert(
        !proven(lq_process_proof_of_holder(test.folder, "../progress/ai-1", of(&test.second))));
    ck_assert(lq_instance_cells_read(test.folder, "ai-1", &cell));
    ck_assert_uint_eq(cell.pid, of(&test.second));
    ck_assert_uint_eq(cell.sign_ns, SIGN_NS);
    ck_assert_str_eq(cell.instance, "ai-1");
    ck_assert_str_eq(cell.stage, "ai");
    ck_assert(!cell.leaving);
    uint32_t gone = of(&test.second);
    end(&test.second);
    ck_assert(!proven(lq_process_proof_of_holder(test.folder, "ai-1", gone)));
    ck_assert(!lq_instance_cells_read(test.folder, "ai-1", &cell)); /* it is left, and nobody's */
}
END_TEST

START_TEST(test_proof_list_of_cells)
{
    static struct lq_instance_cell cells[LQ_INSTANCE_CELLS_MAX];
    char path[128];

    ck_assert_uint_eq(lq_instance_cells_list("/nowhere", cells), 0);
    ck_assert_uint_eq(lq_instance_cells_list(test.folder, cells), 0);
    test.first = spawn(hold_cell);
    await(&test.first);
    snprintf(path, sizeof path, "%s/progress/..x", test.folder);
    close(open(path, O_RDWR | O_CREAT, 0600));
    snprintf(path, sizeof path, "%s/progress/ai-2", test.folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_uint_eq(lq_instance_cells_list(test.folder, cells), 1);
    ck_assert_str_eq(cells[0].instance, "ai-1");
}
END_TEST

START_TEST(test_watch_of_one_process)
{
    uint32_t pid;
    struct pollfd polled = {.fd = lq_process_watch_descriptor(test.watch), .events = POLLIN};

    test.first = spawn(do_nothing);
    test.second = spawn(do_nothing);
    uint32_t first = of(&test.first);
    for (int times = 0; times < 2000; times++) { /* said again and again: one entry */
        ck_assert(lq_process_watch_add(test.watch, first, lq_process_proof_open(first)));
    }
    ck_assert(lq_process_watch_knows(test.watch, first));
    ck_assert(!lq_process_watch_knows(test.watch, of(&test.second)));
    ck_assert(!lq_process_watch_knows(test.watch, 0));
    ck_assert(!lq_process_watch_take(test.watch, &pid));
    lq_process_watch_kill(test.watch, of(&test.second)); /* nobody watches it */
    ck_assert_int_eq(kill(test.second.pid, 0), 0);
    lq_process_watch_kill(test.watch, 0);
    lq_process_watch_kill(test.watch, first);
    ck_assert_int_eq(poll(&polled, 1, WAIT_MS), 1);
    ck_assert(!lq_process_watch_knows(test.watch, first));
    /* Its end was not taken yet: whoever has its pid now must not be taken for it. */
    ck_assert(!lq_process_watch_add(test.watch, first, lq_process_proof_open(of(&test.second))));
    ck_assert(lq_process_watch_take(test.watch, &pid));
    ck_assert_uint_eq(pid, first);
    ck_assert(!lq_process_watch_take(test.watch, &pid));
}
END_TEST

/* valgrind does not know the call; every kernel that we run on does. */
static bool has_pidfds(void)
{
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    if (pidfd >= 0) {
        close(pidfd);
    }
    return pidfd >= 0;
}

TCase *lq_test_process_proof(void)
{
    TCase *tc = tcase_create("process_proof");

    tcase_add_checked_fixture(tc, open_folder, close_folder);
    tcase_add_test(tc, test_proof_list_of_cells);
    if (!has_pidfds()) {
        return tc;
    }
    tcase_add_test(tc, test_proof_of_what_can_be_no_actor);
    tcase_add_test(tc, test_proof_of_the_sender);
    tcase_add_test(tc, test_proof_of_a_message_of_no_connection);
    tcase_add_test(tc, test_proof_of_the_holder);
    tcase_add_test(tc, test_watch_of_one_process);
    return tc;
}
