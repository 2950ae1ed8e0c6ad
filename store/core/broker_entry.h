// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_entry.h - one entry of the broker's outbox: what its store was told, in the order of its
 * transactions. Whoever applies all of them to empty tables has the tables. Little endian:
 *
 *     offset  bytes  what
 *          0      2  version: 1; 2 where the value is sealed under a key of its tenant
 *          2      1  kind
 *          3      1  table; 0: of none. Bit 7: it is quiet: no event leaves of it, because its
 *                    tenant does not subscribe to that
 *          4      4  body bytes, of version 1
 *          8      8  sequence, from 1, without gaps
 *         16      8  epoch of the broker that wrote it
 *         24      8  wall time in nanoseconds since 1970; data only
 *
 *     kind        body
 *     1  epoch    nothing: a broker began
 *     2  put      text key, then the value: that is now in the table
 *     3  delete   text key: that is no longer in it
 *     4  action   texts tenant, session, action, operator, detail; and reason, if there is one
 *     5  quota    texts tenant, quota; u64 limit; u64 refused since the entry before of its kind
 *     6  again    nothing: whatever the tables hold is told again from here on. A reader who missed
 *                 entries goes on from here, and from here on none is missing
 *     7  told     texts after, key, then the value: that is in the table, and nothing else between
 *                 `after` and the key. Without a key: nothing is behind `after`
 *
 * A text is a u16 length and as many bytes. Where an entry leaves the broker's store, its header
 * stays in clear and its body is sealed (store/seal/broker_seal.h). A letter's value, what players
 * sent, is first sealed under a key of its tenant (store/seal/letter_seal.h). Then the entry is of
 * version 2, and has in place of the value:
 *
 *     u64 tenant number; u32 key generation; then the sealed value to the end. Generation 0: the
 *     tenant's keys were destroyed before it was sealed, or (number 0) nobody knows whose it is,
 *     and nothing follows
 *
 * To change it, go through the list in record.h.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_BROKER_ENTRY_H
#define LQ_BROKER_ENTRY_H

#include "base/result.h"
#include "base/view.h"

#define LQ_BROKER_ENTRY_VERSION 1u
#define LQ_BROKER_ENTRY_VERSION_SEALED 2u

/* The tables of the broker's store; their numbers stand in it. Entries tell of all but the outbox
 * itself and the cursors of its readers. */
enum lq_broker_table {
    LQ_BROKER_TABLE_LIVE = 1, /* tenant NUL session -> encoded live session */
    LQ_BROKER_TABLE_PARKED,   /* tenant NUL session -> encoded parking */
    LQ_BROKER_TABLE_LETTERS,  /* letter id, big endian -> encoded dead letter */
    LQ_BROKER_TABLE_QUOTAS,   /* tenant -> encoded quotas of its own; '/' tenant -> its durability;
                               '+' tenant -> the events that it subscribes to */
    LQ_BROKER_TABLE_OUTBOX,   /* sequence, big endian -> entry */
    LQ_BROKER_TABLE_CURSORS,  /* name -> u64 sequence */
    LQ_BROKER_TABLE_LAST = LQ_BROKER_TABLE_CURSORS
};

static inline bool lq_broker_table_is_told_of(uint32_t table)
{
    return table >= LQ_BROKER_TABLE_LIVE && table <= LQ_BROKER_TABLE_LAST &&
           table != LQ_BROKER_TABLE_OUTBOX && table != LQ_BROKER_TABLE_CURSORS;
}

enum lq_broker_entry_kind {
    LQ_BROKER_ENTRY_EPOCH = 1,
    LQ_BROKER_ENTRY_PUT,
    LQ_BROKER_ENTRY_DELETE,
    LQ_BROKER_ENTRY_ACTION,
    LQ_BROKER_ENTRY_QUOTA,
    LQ_BROKER_ENTRY_AGAIN,
    LQ_BROKER_ENTRY_TOLD,
    LQ_BROKER_ENTRY_KIND_LAST = LQ_BROKER_ENTRY_TOLD
};

enum {
    LQ_BROKER_KEY_BYTES_MAX = 200,
    LQ_BROKER_VALUE_BYTES_MAX = 4 * 1024 * 1024,
    LQ_BROKER_ENTRY_HEADER_BYTES = 32,
    LQ_BROKER_ENTRY_TEXT_BYTES_MAX = 512, /* of an action's and a quota's texts */
    LQ_BROKER_ENTRY_OWNER_BYTES = 12,     /* version 2: tenant number and key generation */
    LQ_BROKER_ENTRY_BOX_EXTRA_BYTES = 40, /* version 2: of a sealed value, beside the value */
    LQ_BROKER_ENTRY_BYTES_MAX = LQ_BROKER_ENTRY_HEADER_BYTES + 2 * (2 + LQ_BROKER_KEY_BYTES_MAX) +
                                LQ_BROKER_ENTRY_OWNER_BYTES + LQ_BROKER_VALUE_BYTES_MAX +
                                LQ_BROKER_ENTRY_BOX_EXTRA_BYTES
};

struct lq_broker_entry {
    enum lq_broker_entry_kind kind;
    uint32_t table; /* put, delete, told: an lq_broker_table that is told of; else 0 */
    uint32_t body_bytes;
    uint64_t sequence;
    uint64_t epoch;
    uint64_t wall_ns;
    bool is_sealed; /* version 2: the value is, under a key of its tenant */
    bool is_quiet;  /* put, delete, action, quota */
};

/* What a body says; what its kind has not is empty, or 0. */
struct lq_broker_entry_body {
    struct lq_view key;   /* put, delete, told: 1 to LQ_BROKER_KEY_BYTES_MAX; told: or none */
    struct lq_view value; /* put, told: up to LQ_BROKER_VALUE_BYTES_MAX; version 2: sealed */
    struct lq_view after; /* told: the key before, empty for the first */
    struct lq_view tenant;
    struct lq_view session; /* action */
    struct lq_view action, operator_name, detail;
    struct lq_view reason; /* action; empty: none was given */
    struct lq_view quota;
    uint64_t limit, refused;
    uint64_t tenant_number;  /* version 2: whose value it is */
    uint32_t key_generation; /* likewise; 0: there is no value any more */
};

/* Whether it holds a letter: what a tenant's players sent. */
static inline bool lq_broker_entry_has_letter(const struct lq_broker_entry *entry,
                                              const struct lq_broker_entry_body *body)
{
    return entry->table == LQ_BROKER_TABLE_LETTERS && (entry->is_sealed || body->value.bytes > 0);
}

/* Length of the whole entry, of version 1. */
size_t lq_broker_entry_bytes(enum lq_broker_entry_kind kind,
                             const struct lq_broker_entry_body *body);

/* Write the whole entry, of version 1, to `to`, lq_broker_entry_bytes() of it, and its body_bytes
 * into `entry`. */
void lq_broker_entry_write(struct lq_broker_entry *entry, const struct lq_broker_entry_body *body,
                           uint8_t *to);

/* Of a whole entry whose kind may be: no event leaves of it. */
void lq_broker_entry_set_quiet(uint8_t *entry);

/* Of an entry's header, whatever stands behind it. LQ_ERR_VERSION; LQ_ERR_CORRUPT: too short, a
 * kind or table that there is not, a field that its kind has not. */
LQ_MUST_CHECK enum lq_result lq_broker_entry_read_header(struct lq_view from,
                                                         struct lq_broker_entry *entry);

/* Of a whole entry in clear. The views point into `from`. LQ_ERR_CORRUPT: also a body that is not
 * what its kind has. */
LQ_MUST_CHECK enum lq_result lq_broker_entry_read(struct lq_view from,
                                                  struct lq_broker_entry *entry,
                                                  struct lq_broker_entry_body *body);

#endif
