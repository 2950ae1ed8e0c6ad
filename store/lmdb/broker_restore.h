// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_restore.h - a new broker's store from the entries of another one's outbox, as they lie
 * outside of it (store/seal/broker_seal.h): what they put and delete, in their order. Its own
 * outbox goes on behind them, and its epoch begins above all that were seen. */
#ifndef LQ_BROKER_RESTORE_H
#define LQ_BROKER_RESTORE_H

#include "store/lmdb/broker_store.h"

typedef struct lq_broker_restore lq_broker_restore_t;

struct lq_broker_restore_options {
    struct lq_broker_store_options store; /* the folder is new */
    const char *master_key_file;
    uint64_t outbox_after; /* entries up to this one are not kept in the outbox */
    const char *tenant;    /* only what is about this one. NULL: everything */
    /* Whose a letter is that came without a key of its tenant, its key does not say; who knows
     * letters does. Only asked when there is a `tenant`; NULL: then no letter is its. */
    bool (*letter_is_of)(void *context, struct lq_view letter, const char *tenant);
    void *letter_context;
};

/* LQ_ERR_EXISTS: there is a store; else as lq_broker_store_open(). Destroyer:
 * lq_broker_restore_close(), which may be called twice. */
LQ_MUST_CHECK enum lq_result lq_broker_restore_open(const struct lq_broker_restore_options *options,
                                                    lq_broker_restore_t **restore,
                                                    struct lq_error_message *message);
void lq_broker_restore_close(lq_broker_restore_t **restore);

/* LQ_ERR_CORRUPT: `*why` says what does not fit (static). LQ_ERR_MAP_FULL, LQ_ERR_DISK_FULL,
 * LQ_ERR_IO. Then only close is left. */
LQ_MUST_CHECK enum lq_result lq_broker_restore_entry(lq_broker_restore_t *restore,
                                                     struct lq_view sealed, const char **why);

/* A key of a tenant, which is used before the next call; called once for each sealed letter that is
 * there in the end. LQ_ERR_KEY: it was destroyed; generation 0: before the letter was sealed.
 * LQ_ERR_NOT_FOUND: the tenant's keys are not there, or it is not restored. */
typedef enum lq_result (*lq_broker_restore_key_fn)(void *context, uint64_t tenant_number,
                                                   uint32_t generation, const uint8_t **key);

/* Once all has come, keys too: letters that are sealed under keys of their tenants are opened;
 * those that cannot be any more are left out. LQ_ERR_CORRUPT: one does not open under its key. */
LQ_MUST_CHECK enum lq_result lq_broker_restore_letters(lq_broker_restore_t *restore,
                                                       lq_broker_restore_key_fn find_key,
                                                       void *context);

struct lq_broker_restored {
    uint64_t live, parked, letters, quotas; /* that are there */
    uint64_t letters_left;                  /* out: nobody has the key, and it was not destroyed */
    uint64_t entries;                       /* kept in the outbox */
    uint64_t sequence;                      /* the newest that came; 0: none */
};

/* The highest epoch of the entries that came. */
uint64_t lq_broker_restore_epoch(const lq_broker_restore_t *restore);

/* The next broker's epoch is the one after `epoch`. It may open the store after close. */
LQ_MUST_CHECK enum lq_result lq_broker_restore_finish(lq_broker_restore_t *restore, uint64_t epoch,
                                                      struct lq_broker_restored *restored);

#endif
