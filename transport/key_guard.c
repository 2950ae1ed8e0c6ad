// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/key_guard.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "transport/czmq_state.h"

#include <czmq.h>
#include <stdatomic.h>
#include <sys/stat.h>

struct lq_key_guard {
    zactor_t *handler;
};

static atomic_bool standing;
static atomic_uint sockets; /* that rely on it */

enum lq_result lq_key_guard_open(const char *folder, lq_key_guard_t **guard,
                                 struct lq_error_message *message)
{
    struct stat found;

    if (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode)) {
        lq_error_message_set(message, "%s: no folder of the keys that are let in", folder);
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result = lq_czmq_state_prepare(message);
    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(!atomic_load(&standing));
    *guard = lq_alloc(1, sizeof **guard);
    (*guard)->handler = zactor_new(zauth, NULL);
    LQ_ASSERT((*guard)->handler != NULL);
    int rc = zstr_sendx((*guard)->handler, "CURVE", folder, NULL);
    LQ_ASSERT(rc == 0);
    rc = zsock_wait((*guard)->handler);
    LQ_ASSERT(rc == 0);
    atomic_store(&standing, true); /* only now are strangers refused */
    return LQ_OK;
}

void lq_key_guard_close(lq_key_guard_t **guard)
{
    if (*guard != NULL) {
        LQ_ASSERT(atomic_load(&sockets) == 0);
        zactor_destroy(&(*guard)->handler);
        free(*guard);
        *guard = NULL;
        atomic_store(&standing, false);
    }
}

bool lq_key_guard_hold(void)
{
    if (!atomic_load(&standing)) {
        return false;
    }
    atomic_fetch_add(&sockets, 1);
    return true;
}

void lq_key_guard_let_go(void)
{
    LQ_ASSERT(atomic_load(&sockets) > 0);
    atomic_fetch_sub(&sockets, 1);
}
