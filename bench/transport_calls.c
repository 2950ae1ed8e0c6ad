// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* transport_calls: what one message, one wait and one hand-over cost by libzmq's calls and by
 * czmq's.
 *
 * Run it from the build: build/obj/bench/transport_calls [ROUNDS]. Each round measures all ways in
 * turn, so that a busy machine is busy for all; printed are medians, and their ratios to the first
 * way of a group. docs/decisions/0020 has a recorded run and what followed from it. */
#include "base/contract.h"

#include <czmq.h>
#include <pthread.h>
#include <sys/eventfd.h>

enum { ROUNDS_USUAL = 21, ROUNDS_MAX = 101, MESSAGES = 2000, WAITS = 5000, HANDOVERS = 2000 };

struct shape {
    const char *name;
    size_t header_bytes, body_bytes;
};

static const struct shape shapes[] = {
    {"one item: 120 + 1300 bytes", 120, 1300},
    {"a batch of 50: 3000 + 65000 bytes", 3000, 65000},
    {"a batch of 256: 16000 + 330000 bytes", 16000, 330000},
    {"receipts: 600 bytes", 600, 0},
};

static uint8_t bytes[400000];
static zsock_t *dealer, *router;

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- messages: dealer to router and back, both ends in this thread, whose CPU time counts ---- */

static void keep(void *data, void *hint)
{
    (void)data, (void)hint;
}

/* As transport/ does it: the header copied, the body lent. */
static void send_parts(void *socket, const zmq_msg_t *id, const struct shape *shape)
{
    zmq_msg_t body;
    int more = shape->body_bytes > 0 ? ZMQ_SNDMORE : 0;

    if (id != NULL) {
        zmq_send(socket, zmq_msg_data((zmq_msg_t *)(uintptr_t)id), zmq_msg_size(id), ZMQ_SNDMORE);
    }
    zmq_send(socket, bytes, shape->header_bytes, more);
    if (more != 0) {
        zmq_msg_init_data(&body, bytes, shape->body_bytes, keep, NULL);
        zmq_msg_send(&body, socket, 0);
    }
}

static void receive_parts(void *socket, zmq_msg_t *parts)
{
    uint32_t count = 0;

    do {
        zmq_msg_init(&parts[count]);
        zmq_msg_recv(&parts[count], socket, 0);
    } while (zmq_msg_more(&parts[count++]));
    while (count < 3) {
        zmq_msg_init(&parts[count++]);
    }
}

static void close_parts(zmq_msg_t *parts)
{
    for (int index = 0; index < 3; index++) {
        zmq_msg_close(&parts[index]);
    }
}

static void exchange_parts(const struct shape *shape)
{
    zmq_msg_t parts[3];

    send_parts(zsock_resolve(dealer), NULL, shape);
    receive_parts(zsock_resolve(router), parts);
    send_parts(zsock_resolve(router), &parts[0], shape);
    close_parts(parts);
    receive_parts(zsock_resolve(dealer), parts);
    close_parts(parts);
}

static void exchange_zmsg(const struct shape *shape)
{
    zmsg_t *message = zmsg_new();

    zmsg_addmem(message, bytes, shape->header_bytes);
    if (shape->body_bytes > 0) {
        zmsg_addmem(message, bytes, shape->body_bytes);
    }
    zmsg_send(&message, dealer);
    message = zmsg_recv(router);
    zframe_t *id = zmsg_pop(message);
    zmsg_destroy(&message);
    message = zmsg_new();
    zmsg_append(message, &id);
    zmsg_addmem(message, bytes, shape->header_bytes);
    if (shape->body_bytes > 0) {
        zmsg_addmem(message, bytes, shape->body_bytes);
    }
    zmsg_send(&message, router);
    message = zmsg_recv(dealer);
    zmsg_destroy(&message);
}

/* czmq's stable interface has no frame over memory that is lent: it copies. */
static void send_zframes(zsock_t *socket, const struct shape *shape)
{
    zframe_t *header = zframe_new(bytes, shape->header_bytes);

    zframe_send(&header, socket, shape->body_bytes > 0 ? ZFRAME_MORE : 0);
    if (shape->body_bytes > 0) {
        zframe_t *body = zframe_new(bytes, shape->body_bytes);
        zframe_send(&body, socket, 0);
    }
}

static void drop_zframes(zsock_t *socket)
{
    bool more = true;

    while (more) {
        zframe_t *frame = zframe_recv(socket);
        more = zframe_more(frame) != 0;
        zframe_destroy(&frame);
    }
}

static void exchange_zframes(const struct shape *shape)
{
    send_zframes(dealer, shape);
    zframe_t *id = zframe_recv(router);
    drop_zframes(router);
    zframe_send(&id, router, ZFRAME_MORE);
    send_zframes(router, shape);
    drop_zframes(dealer);
}

static double measure_exchange(void (*exchange)(const struct shape *), const struct shape *shape)
{
    uint64_t from_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);

    for (int count = 0; count < MESSAGES; count++) {
        exchange(shape);
    }
    return (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - from_ns) / MESSAGES;
}

/* ---- waiting: a loop with three sockets and two descriptors, of which some are ready ---- */

static struct {
    zsock_t *senders[3], *sockets[3];
    int descriptors[2];
    zpoller_t *poller;
} loop;

static void open_loop(void)
{
    loop.poller = zpoller_new(NULL);
    for (int index = 0; index < 3; index++) {
        loop.sockets[index] = zsock_new(ZMQ_PULL);
        loop.senders[index] = zsock_new(ZMQ_PUSH);
        zsock_bind(loop.sockets[index], "inproc://loop-%d", index);
        zsock_connect(loop.senders[index], "inproc://loop-%d", index);
        zpoller_add(loop.poller, loop.sockets[index]);
    }
    for (int index = 0; index < 2; index++) {
        loop.descriptors[index] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        zpoller_add(loop.poller, &loop.descriptors[index]);
    }
}

static void close_loop(void)
{
    zpoller_destroy(&loop.poller);
    for (int index = 0; index < 3; index++) {
        zsock_destroy(&loop.sockets[index]);
        zsock_destroy(&loop.senders[index]);
    }
    for (int index = 0; index < 2; index++) {
        close(loop.descriptors[index]);
    }
}

static void send_one(int index)
{
    zmq_send(zsock_resolve(loop.senders[index]), "x", 1, 0);
}

static void take_one(zsock_t *socket)
{
    char byte;

    zmq_recv(zsock_resolve(socket), &byte, 1, ZMQ_DONTWAIT);
}

static void wait_by_zmq_poll(int ready)
{
    zmq_pollitem_t items[5] = {{.socket = zsock_resolve(loop.sockets[0]), .events = ZMQ_POLLIN},
                               {.socket = zsock_resolve(loop.sockets[1]), .events = ZMQ_POLLIN},
                               {.socket = zsock_resolve(loop.sockets[2]), .events = ZMQ_POLLIN},
                               {.fd = loop.descriptors[0], .events = ZMQ_POLLIN},
                               {.fd = loop.descriptors[1], .events = ZMQ_POLLIN}};

    (void)ready;
    zmq_poll(items, 5, -1);
    for (int index = 0; index < 3; index++) {
        if (items[index].revents != 0) {
            take_one(loop.sockets[index]);
        }
    }
}

/* It tells of one that is ready, so it is asked until there is none: who comes first would else be
 * served alone. */
static void wait_by_zpoller(int ready)
{
    for (int served = 0; served < ready; served++) {
        take_one(zpoller_wait(loop.poller, -1));
    }
    (void)zpoller_wait(loop.poller, 0);
}

static double measure_wait(void (*wait)(int), int ready)
{
    uint64_t took_ns = 0;

    for (int count = 0; count < WAITS; count++) {
        for (int index = 0; index < ready; index++) {
            send_one(index);
        }
        uint64_t from_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
        wait(ready);
        took_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - from_ns;
    }
    return (double)took_ns / WAITS;
}

/* ---- hand-over: to another thread and back, one at a time; CPU of both threads ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int waiting; /* batches; -1: end */
    int done_descriptor;
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static void give(int count)
{
    pthread_mutex_lock(&desk.lock);
    desk.waiting = count;
    pthread_cond_signal(&desk.wake);
    pthread_mutex_unlock(&desk.lock);
}

static void *work_at_the_desk(void *argument)
{
    uint64_t one = 1;

    for (;;) {
        pthread_mutex_lock(&desk.lock);
        while (desk.waiting == 0) {
            pthread_cond_wait(&desk.wake, &desk.lock);
        }
        int taken = desk.waiting;
        desk.waiting = 0;
        pthread_mutex_unlock(&desk.lock);
        if (taken < 0 || write(desk.done_descriptor, &one, sizeof one) < 0) {
            return argument;
        }
    }
}

static void hand_over_by_condition(int count)
{
    zmq_pollitem_t item = {.fd = desk.done_descriptor, .events = ZMQ_POLLIN};
    pthread_t thread;
    uint64_t read_count;

    pthread_create(&thread, NULL, work_at_the_desk, NULL);
    for (int index = 0; index < count; index++) {
        give(1);
        zmq_poll(&item, 1, -1);
        LQ_ASSERT(read(desk.done_descriptor, &read_count, sizeof read_count) > 0);
    }
    give(-1);
    pthread_join(thread, NULL);
}

static void work_in_an_actor(zsock_t *pipe, void *argument)
{
    void *socket = zsock_resolve(pipe);
    void *batch;

    (void)argument;
    zsock_signal(pipe, 0);
    while (zmq_recv(socket, &batch, sizeof batch, 0) == (int)sizeof batch) {
        zmq_send(socket, &batch, sizeof batch, 0);
    }
}

static void hand_over_by_pipe(int count)
{
    zactor_t *actor = zactor_new(work_in_an_actor, NULL);
    void *socket = zsock_resolve(actor);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    void *batch = &desk;

    for (int index = 0; index < count; index++) {
        zmq_send(socket, &batch, sizeof batch, 0);
        zmq_poll(&item, 1, -1);
        zmq_recv(socket, &batch, sizeof batch, 0);
    }
    zactor_destroy(&actor); /* "$TERM" has not the size of a pointer */
}

static void wait_in_an_actor(zsock_t *pipe, void *argument)
{
    zpoller_t *poller = zpoller_new(pipe, NULL);
    uint64_t one = 1;
    char byte;

    (void)argument;
    zsock_signal(pipe, 0);
    while (zpoller_wait(poller, -1) != NULL &&
           zmq_recv(zsock_resolve(pipe), &byte, 1, ZMQ_DONTWAIT) == 1) {
        LQ_ASSERT(write(desk.done_descriptor, &one, sizeof one) > 0);
    }
    zpoller_destroy(&poller);
}

/* There by the pipe, back by the descriptor, which any thread may write to. */
static void hand_over_by_both(int count)
{
    zactor_t *actor = zactor_new(wait_in_an_actor, NULL);
    zmq_pollitem_t item = {.fd = desk.done_descriptor, .events = ZMQ_POLLIN};
    uint64_t read_count;

    for (int index = 0; index < count; index++) {
        zmq_send(zsock_resolve(actor), "x", 1, 0);
        zmq_poll(&item, 1, -1);
        LQ_ASSERT(read(desk.done_descriptor, &read_count, sizeof read_count) > 0);
    }
    zactor_destroy(&actor);
}

static double measure_handover(void (*hand_over)(int))
{
    uint64_t from_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);

    hand_over(HANDOVERS);
    return (double)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - from_ns) / HANDOVERS;
}

/* ---- the table ---- */

enum { WAYS = 3 };

struct comparison {
    const char *what;
    const char *ways[WAYS];
    double ns[WAYS][ROUNDS_MAX];
};

static int compare_numbers(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;

    return a < b ? -1 : a > b;
}

static double median(double *numbers, int count)
{
    qsort(numbers, (size_t)count, sizeof *numbers, compare_numbers);
    return numbers[count / 2];
}

static void print_group(struct comparison *group, int rounds)
{
    double first = median(group->ns[0], rounds);

    for (int way = 0; way < WAYS && group->ways[way] != NULL; way++) {
        double middle = median(group->ns[way], rounds);
        printf("%-40s %-28s %10.0f %6.2f\n", way == 0 ? group->what : "", group->ways[way], middle,
               middle / first);
    }
}

static void measure_messages(int rounds)
{
    void (*const exchanges[WAYS])(const struct shape *) = {exchange_parts, exchange_zframes,
                                                           exchange_zmsg};
    static struct comparison group;

    for (size_t index = 0; index < sizeof shapes / sizeof shapes[0]; index++) {
        group = (struct comparison){shapes[index].name, {"zmq_msg, lent", "zframe", "zmsg"}, {{0}}};
        for (int round = 0; round < rounds; round++) {
            for (int way = 0; way < WAYS; way++) {
                group.ns[way][round] = measure_exchange(exchanges[way], &shapes[index]);
            }
        }
        print_group(&group, rounds);
    }
}

static void measure_waits(int rounds)
{
    static struct comparison group;

    for (int ready = 1; ready <= 3; ready += 2) {
        group = (struct comparison){ready == 1 ? "a turn with one of five ready"
                                               : "a turn with three of five ready",
                                    {"zmq_poll", "zpoller", NULL},
                                    {{0}}};
        for (int round = 0; round < rounds; round++) {
            group.ns[0][round] = measure_wait(wait_by_zmq_poll, ready);
            group.ns[1][round] = measure_wait(wait_by_zpoller, ready);
        }
        print_group(&group, rounds);
    }
}

static void measure_handovers(int rounds)
{
    void (*const ways[WAYS])(int) = {hand_over_by_condition, hand_over_by_pipe, hand_over_by_both};
    static struct comparison group = {
        "to a thread and back",
        {"condition and eventfd", "zactor's pipe", "pipe and eventfd"},
        {{0}}};

    for (int round = 0; round < rounds; round++) {
        for (int way = 0; way < WAYS; way++) {
            group.ns[way][round] = measure_handover(ways[way]);
        }
    }
    print_group(&group, rounds);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : ROUNDS_USUAL;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: transport_calls [ROUNDS, 1 to %d]\n", ROUNDS_MAX);
        return 64;
    }
    zsys_handler_set(NULL);
    desk.done_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    router = zsock_new(ZMQ_ROUTER);
    dealer = zsock_new(ZMQ_DEALER);
    if (zsock_bind(router, "ipc://@lq-transport-calls-%d", (int)getpid()) != 0 ||
        zsock_connect(dealer, "ipc://@lq-transport-calls-%d", (int)getpid()) != 0) {
        fputs("transport_calls: no socket\n", stderr);
        return 1;
    }
    open_loop();
    printf("%-40s %-28s %10s %6s\n", "CPU of one", "", "ns", "ratio");
    measure_messages((int)rounds);
    measure_waits((int)rounds);
    measure_handovers((int)rounds);
    close_loop();
    zsock_destroy(&dealer);
    zsock_destroy(&router);
    close(desk.done_descriptor);
    return 0;
}
