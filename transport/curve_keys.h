// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* curve_keys.h - the pair of keys by which an end of a connection is known, and that encrypts it.
 *
 * CURVE alone says only that the other end has the secret of the public key it names; key_guard.h
 * says which public keys are let in. Nothing in a cluster's configuration names keys: its endpoints
 * are ipc.
 */
#ifndef LQ_CURVE_KEYS_H
#define LQ_CURVE_KEYS_H

#include "base/error_message.h"
#include "base/result.h"

typedef struct lq_curve_keys lq_curve_keys_t;

#define LQ_CURVE_KEY_TEXT_BYTES 40u /* of a public key, without the zero behind it */

lq_curve_keys_t *lq_curve_keys_new(void); /* a new pair */
void lq_curve_keys_destroy(lq_curve_keys_t **keys);

/* Write the pair into the file `path` with "_secret" behind it, of mode 0600, and the public key
 * alone into `path`, for others. LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_curve_keys_save(const lq_curve_keys_t *keys, const char *path,
                                                struct lq_error_message *message);

/* Read what lq_curve_keys_save() has written. LQ_ERR_KEY: no pair, or not the secret of it. */
LQ_MUST_CHECK enum lq_result lq_curve_keys_load(const char *path, lq_curve_keys_t **keys,
                                                struct lq_error_message *message);

/* The public key as text; lives as long as the pair. */
const char *lq_curve_keys_public(const lq_curve_keys_t *keys);

/* For the files of this folder: the socket (a zsock_t) is known by this pair. */
void lq_curve_keys_apply(const lq_curve_keys_t *keys, void *socket);

#endif
