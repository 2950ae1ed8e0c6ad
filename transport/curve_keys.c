// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/curve_keys.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <czmq.h>
#include <errno.h>
#include <limits.h>

#define SECRET "_secret"
#define KEY_BYTES 32

struct lq_curve_keys {
    zcert_t *pair;
};

static lq_curve_keys_t *hold(zcert_t *pair)
{
    lq_curve_keys_t *keys = lq_alloc(1, sizeof *keys);

    LQ_ASSERT(pair != NULL);
    keys->pair = pair;
    return keys;
}

lq_curve_keys_t *lq_curve_keys_new(void)
{
    return hold(zcert_new());
}

void lq_curve_keys_destroy(lq_curve_keys_t **keys)
{
    if (*keys != NULL) {
        zcert_destroy(&(*keys)->pair);
        free(*keys);
        *keys = NULL;
    }
}

enum lq_result lq_curve_keys_save(const lq_curve_keys_t *keys, const char *path,
                                  struct lq_error_message *message)
{
    char secret[PATH_MAX];

    if (strlen(path) + strlen(SECRET) >= sizeof secret) {
        lq_error_message_set(message, "%s: too long a path", path);
        return LQ_ERR_IO;
    }
    snprintf(secret, sizeof secret, "%s" SECRET, path);
    if (zcert_save_secret(keys->pair, secret) != 0 || zcert_save_public(keys->pair, path) != 0) {
        lq_error_message_set(message, "%s: keys cannot be written: %s", path, strerror(errno));
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

/* Without the secret's file czmq reads the public one and leaves the secret zero. */
static bool has_secret(zcert_t *pair)
{
    static const uint8_t none[KEY_BYTES];

    return memcmp(zcert_secret_key(pair), none, sizeof none) != 0;
}

enum lq_result lq_curve_keys_load(const char *path, lq_curve_keys_t **keys,
                                  struct lq_error_message *message)
{
    zcert_t *pair = zcert_load(path);

    if (pair == NULL || !has_secret(pair)) {
        zcert_destroy(&pair);
        lq_error_message_set(message, "%s: holds no pair of keys", path);
        return LQ_ERR_KEY;
    }
    *keys = hold(pair);
    return LQ_OK;
}

const char *lq_curve_keys_public(const lq_curve_keys_t *keys)
{
    return zcert_public_txt(keys->pair);
}

void lq_curve_keys_apply(const lq_curve_keys_t *keys, void *socket)
{
    zcert_apply(keys->pair, socket);
}
