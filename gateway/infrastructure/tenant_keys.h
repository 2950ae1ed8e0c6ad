// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_keys.h - the keys of tenants: FOLDER/TENANT.json, written by `lqctl token key`.
 *
 * A tenant's file is read when its first token comes, and again within half a second of a change;
 * who asks then hears of keys that are gone. The file of a tenant whose keys cannot be read
 * counts as without keys, for a key that was meant to be revoked must not live on behind a
 * damaged file.
 */
#ifndef LQ_TENANT_KEYS_H
#define LQ_TENANT_KEYS_H

#include "gateway/infrastructure/event_loop.h"
#include "gateway/infrastructure/token_document.h"

#define LQ_TENANT_KEYS_TENANTS_MAX 4096u

typedef struct lq_tenant_keys lq_tenant_keys_t;

struct lq_tenant_keys_events {
    void (*on_revoked)(void *context, const char *tenant,
                       const char *key_id); /* NULL: nobody asks */
    void *context;
};

/* The path of a tenant's file: at most LQ_PRIVATE_FILE_PATH_BYTES. */
LQ_MUST_CHECK enum lq_result lq_tenant_keys_path(const char *folder, const char *tenant, char *to,
                                                 size_t bytes_max);

/* Read a file. LQ_ERR_NOT_FOUND: none, so no keys; else as lq_private_file_read() and
 * lq_token_document_read_keys(). */
LQ_MUST_CHECK enum lq_result lq_tenant_keys_read(const char *folder, const char *tenant,
                                                 struct lq_token_keys *keys,
                                                 struct lq_error_message *message);

/* `folder` is borrowed until _close(). loop NULL: nothing is read again by itself. */
lq_tenant_keys_t *lq_tenant_keys_open(const char *folder, lq_event_loop_t *loop,
                                      const struct lq_tenant_keys_events *events);
void lq_tenant_keys_close(lq_tenant_keys_t **keys);

/* A key; NULL: the tenant has none of that id. Valid until the loop's next turn. */
const struct lq_token_key *lq_tenant_keys_find(lq_tenant_keys_t *keys, const char *tenant,
                                               const char *key_id);

#endif
