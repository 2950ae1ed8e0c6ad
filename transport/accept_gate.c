// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/accept_gate.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define DOORS_MAX 8u
#define DESCRIPTORS_MAX 1048576u
#define SWEEP_EVERY_NS (UINT64_C(50) * LQ_NS_PER_MS)

struct door {
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    uint32_t connections_max;
    struct lq_accept_patience patience;
    uint32_t count;
    uint64_t swept_ns;
};

/* By descriptor. */
struct connection {
    uint64_t inode;
    uint32_t accepted_ms;
    _Atomic uint32_t heard_ms; /* 0: never */
    _Atomic uint8_t door;      /* number plus one; 0: none of ours */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct door doors[DOORS_MAX];
static struct connection *connections;
static int connection_top; /* one above the highest descriptor of ours so far */
static int connection_max;
static _Atomic uint64_t refused;

/* Never 0; only differences count. */
static uint32_t now_ms(void)
{
    return (uint32_t)(lq_clock_monotonic_ns() / LQ_NS_PER_MS) | 1;
}

static int descriptors_max(void)
{
    struct rlimit limit = {.rlim_cur = 1024};

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < DESCRIPTORS_MAX ? (int)limit.rlim_cur : (int)DESCRIPTORS_MAX;
}

/* Under the lock; an empty path finds room for another. */
static struct door *find_door(const char *path)
{
    for (uint32_t index = 0; index < DOORS_MAX; index++) {
        if (strncmp(doors[index].path, path, sizeof doors->path) == 0) {
            return &doors[index];
        }
    }
    return NULL;
}

void lq_accept_gate_add(const char *path, uint32_t connections_max,
                        struct lq_accept_patience patience)
{
    pthread_mutex_lock(&lock);
    struct door *door = find_door("");
    LQ_ASSERT(door != NULL);
    LQ_ASSERT(strlen(path) < sizeof door->path);
    memset(door, 0, sizeof *door);
    memcpy(door->path, path, strlen(path) + 1);
    door->connections_max = connections_max;
    door->patience = patience;
    if (connections == NULL) {
        /* Of the size of the limit; pages that no descriptor reaches are never touched. */
        connection_max = descriptors_max();
        connections = lq_alloc((size_t)connection_max, sizeof *connections);
    }
    pthread_mutex_unlock(&lock);
}

void lq_accept_gate_heard(int descriptor)
{
    if (descriptor >= 0 && descriptor < connection_max) {
        atomic_store(&connections[descriptor].heard_ms, now_ms());
    }
}

uint64_t lq_accept_gate_refused(void)
{
    return atomic_load(&refused);
}

/* ---- under the lock ---- */

static struct door *door_of_listener(int listener)
{
    struct sockaddr_un address;
    socklen_t bytes = sizeof address;

    memset(&address, 0, sizeof address);
    if (connections == NULL || getsockname(listener, (struct sockaddr *)&address, &bytes) != 0 ||
        address.sun_family != AF_UNIX || address.sun_path[0] == '\0') {
        return NULL;
    }
    return find_door(address.sun_path);
}

static uint64_t inode_of(int descriptor)
{
    struct stat found;

    return fstat(descriptor, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

static void strike_off(int descriptor)
{
    uint8_t number = atomic_load(&connections[descriptor].door);

    if (number != 0) {
        LQ_ASSERT(doors[number - 1].count > 0);
        doors[number - 1].count--;
        atomic_store(&connections[descriptor].door, 0);
    }
}

static void enter(struct door *door, int descriptor)
{
    strike_off(descriptor); /* who had it before has closed it */
    connections[descriptor].inode = inode_of(descriptor);
    connections[descriptor].accepted_ms = now_ms();
    atomic_store(&connections[descriptor].heard_ms, 0);
    atomic_store(&connections[descriptor].door, (uint8_t)(door - doors + 1));
    door->count++;
    if (descriptor >= connection_top) {
        connection_top = descriptor + 1;
    }
}

static bool may_have_to_go(const struct door *door, const struct connection *connection)
{
    uint32_t heard_ms = atomic_load(&connection->heard_ms);

    return heard_ms == 0 ? now_ms() - connection->accepted_ms >= door->patience.mute_ms
                         : now_ms() - heard_ms >= door->patience.silence_ms;
}

/* Strike off what has ended, and send the silent away. The thread that accepts is the one that
 * closes, so a descriptor that is ours by its inode stays so meanwhile. */
static void sweep(struct door *door)
{
    uint8_t number = (uint8_t)(door - doors + 1);
    uint32_t evicted_max = door->connections_max / LQ_ACCEPT_GATE_EVICTED_SHARE + 1;
    uint32_t evicted = 0;

    for (int descriptor = 0; descriptor < connection_top; descriptor++) {
        struct connection *connection = &connections[descriptor];
        if (atomic_load(&connection->door) != number) {
            continue;
        }
        if (inode_of(descriptor) != connection->inode) {
            strike_off(descriptor);
        } else if (evicted < evicted_max && may_have_to_go(door, connection)) {
            (void)shutdown(descriptor, SHUT_RDWR);
            strike_off(descriptor);
            evicted++;
        }
    }
    atomic_fetch_add(&refused, evicted);
}

/* Looking through all of them takes its time: not for each of a crowd that knocks. */
static bool admit(struct door *door, int descriptor)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    if (descriptor >= connection_max) {
        return false;
    }
    if (door->count >= door->connections_max && now_ns - door->swept_ns >= SWEEP_EVERY_NS) {
        door->swept_ns = now_ns;
        sweep(door);
    }
    if (door->count >= door->connections_max) {
        return false;
    }
    enter(door, descriptor);
    return true;
}

uint32_t lq_accept_gate_connections(void)
{
    uint32_t sum = 0;

    pthread_mutex_lock(&lock);
    for (int descriptor = 0; descriptor < connection_top; descriptor++) {
        if (atomic_load(&connections[descriptor].door) != 0 &&
            inode_of(descriptor) != connections[descriptor].inode) {
            strike_off(descriptor);
        }
    }
    for (uint32_t index = 0; index < DOORS_MAX; index++) {
        sum += doors[index].count;
    }
    pthread_mutex_unlock(&lock);
    return sum;
}

void lq_accept_gate_remove(const char *path)
{
    pthread_mutex_lock(&lock);
    struct door *door = find_door(path);
    LQ_ASSERT(door != NULL);
    for (int descriptor = 0; descriptor < connection_top; descriptor++) {
        if (atomic_load(&connections[descriptor].door) == (uint8_t)(door - doors + 1)) {
            strike_off(descriptor);
        }
    }
    door->path[0] = '\0';
    pthread_mutex_unlock(&lock);
}

/* ---- in the place of the system's ---- */

int accept4(int listener, struct sockaddr *address, socklen_t *bytes, int flags)
{
    int accepted = (int)syscall(SYS_accept4, listener, address, bytes, flags);

    if (accepted < 0) {
        if (errno == EMFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* Who knocks goes on waiting; libzmq knows what to make of this one. */
            (void)poll(NULL, 0, 1);
            errno = EAGAIN;
        }
        return -1;
    }
    pthread_mutex_lock(&lock);
    struct door *door = door_of_listener(listener);
    bool admitted = door == NULL || admit(door, accepted);
    pthread_mutex_unlock(&lock);
    if (!admitted) {
        close(accepted);
        atomic_fetch_add(&refused, 1);
        errno = ECONNABORTED;
        return -1;
    }
    return accepted;
}

int accept(int listener, struct sockaddr *address, socklen_t *bytes)
{
    return accept4(listener, address, bytes, 0);
}
