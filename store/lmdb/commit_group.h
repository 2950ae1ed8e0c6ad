// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* commit_group.h - one commit group under way, and what it writes for one item; for ledger_commit.c
 * and the files that serve it. */
#ifndef LQ_COMMIT_GROUP_H
#define LQ_COMMIT_GROUP_H

#include "store/core/outbox_note.h"
#include "store/lmdb/ledger_lookup.h"

struct lq_commit_group {
    lq_ledger_t *ledger;
    MDB_txn *txn;
    MDB_cursor *records;
    MDB_cursor *heads;
    struct lq_partition_state state;
    uint32_t slot_count;
    uint32_t secret_count; /* used so far */
    uint32_t outbox_puts;
    uint32_t appended; /* records */
    struct lq_clock_pair now;
};

/* Give an item its verdict. `hash` NULL: none. */
void lq_commit_group_decide(struct lq_commit *item, enum lq_commit_verdict verdict, uint64_t frame,
                            const uint8_t *hash);

/* The item tells of notes; the newest one is that or a later one. */
void lq_commit_group_place_note(const struct lq_commit_group *group, struct lq_commit *item);

/* After a look-up that failed for one item: if the store itself is well, only this item is broken.
 */
LQ_MUST_CHECK enum lq_result lq_commit_group_decide_broken(struct lq_commit *item,
                                                           enum lq_result result);

/* Put a new entry and add its digest to `sum`. */
LQ_MUST_CHECK enum lq_result lq_commit_group_add(struct lq_commit_group *group,
                                                 enum lq_ledger_database database,
                                                 struct lq_view key, struct lq_view value,
                                                 struct lq_digest_sum *sum);

/* Fill the tag, the last LQ_ENTRY_TAG_BYTES, of a value that lies in clear. */
void lq_commit_group_tag(struct lq_commit_group *group, enum lq_ledger_database database,
                         struct lq_view key, uint8_t *value, size_t value_bytes);

/* The newest key of header->tenant_number; sets header->key_generation. */
LQ_MUST_CHECK enum lq_result lq_commit_group_find_key(struct lq_commit_group *group,
                                                      struct lq_record_header *header,
                                                      const uint8_t **key);

/* Seal the record of `item` for header->tenant_number and session_number, append it, make it the
 * head, and put its events and letters. `head` is the one before; zeroed for a session's first
 * record. */
LQ_MUST_CHECK enum lq_result lq_commit_group_append(struct lq_commit_group *group,
                                                    struct lq_commit *item,
                                                    struct lq_record_header *header,
                                                    struct lq_head_state *head, const uint8_t *key);

/* Events of the frame that `header` describes, sealed under `key`; a note, of which `entry` has
 * what its kind has but no sequences, and comes after the newest record unless it names one. In
 * commit_outbox.c, like the rest here. */
LQ_MUST_CHECK enum lq_result lq_commit_outbox_events(struct lq_commit_group *group,
                                                     const struct lq_commit *item,
                                                     const struct lq_record_header *header,
                                                     const uint8_t *key);
LQ_MUST_CHECK enum lq_result lq_commit_outbox_note(struct lq_commit_group *group,
                                                   struct lq_outbox_entry *entry,
                                                   const struct lq_outbox_note *note);

/* At the end of a group: entries that every cursor has passed go, and the oldest when there are
 * more bytes than there may be. Some at a time: more than the group has put. */
LQ_MUST_CHECK enum lq_result lq_commit_outbox_trim(struct lq_commit_group *group);

/* SET_CURSOR and DROP_CURSOR; in commit_cursor.c. */
LQ_MUST_CHECK enum lq_result lq_commit_cursor_set(struct lq_commit_group *group,
                                                  struct lq_commit *item);
LQ_MUST_CHECK enum lq_result lq_commit_cursor_drop(struct lq_commit_group *group,
                                                   struct lq_commit *item);

/* Where the cursors stand in the outbox. */
struct lq_outbox_cursors {
    uint32_t count;
    struct {
        char name[LQ_CURSOR_NAME_BYTES_MAX + 1];
        struct lq_feed_position at;
    } list[LQ_CURSORS_MAX];
};
LQ_MUST_CHECK enum lq_result lq_commit_cursor_list(struct lq_commit_group *group,
                                                   struct lq_outbox_cursors *cursors);
LQ_MUST_CHECK enum lq_result lq_commit_cursor_remove(struct lq_commit_group *group,
                                                     struct lq_view name);

/* SHRED_TENANT; in commit_shred.c. */
LQ_MUST_CHECK enum lq_result lq_commit_shred(struct lq_commit_group *group, struct lq_commit *item);

/* DELETE_SESSION; in commit_delete.c. */
LQ_MUST_CHECK enum lq_result lq_commit_delete_session(struct lq_commit_group *group,
                                                      struct lq_commit *item);

/* After a key that was not to be had: SHREDDED where it was destroyed, else BROKEN. */
LQ_MUST_CHECK enum lq_result lq_commit_group_decide_keyless(struct lq_commit_group *group,
                                                            const struct lq_record_header *header,
                                                            struct lq_commit *item,
                                                            enum lq_result result);

/* SET_RETENTION, in commit_retention.c; and the value of a tenant under its key, changed to it.
 * `value` dies with that. */
LQ_MUST_CHECK enum lq_result lq_commit_retention_set(struct lq_commit_group *group,
                                                     struct lq_commit *item);
LQ_MUST_CHECK enum lq_result lq_commit_retention_put(struct lq_commit_group *group,
                                                     struct lq_view key, struct lq_view value,
                                                     uint64_t retention_s);

/* The clocks are looked at, at the begin of a group; ACCEPT_CLOCK. In commit_clock.c. */
void lq_commit_clock_look(struct lq_commit_group *group);
void lq_commit_clock_accept(struct lq_commit_group *group, struct lq_commit *item);

/* At the end of a group: drop some of what is too old, or of sessions that were deleted; in
 * commit_compaction.c. */
LQ_MUST_CHECK enum lq_result lq_commit_compaction_step(struct lq_commit_group *group);

/* TELL_AGAIN; in commit_telling.c. A step has LQ_COMMIT_TELLING_ENTRIES entries at most. */
enum { LQ_COMMIT_TELLING_ENTRIES = 128 };
LQ_MUST_CHECK enum lq_result lq_commit_telling_step(struct lq_commit_group *group,
                                                    struct lq_commit *item);

/* CREATE_TENANT and CREATE_SESSION; in commit_creation.c. */
LQ_MUST_CHECK enum lq_result lq_commit_creation_tenant(struct lq_commit_group *group,
                                                       struct lq_commit *item);
LQ_MUST_CHECK enum lq_result lq_commit_creation_session(struct lq_commit_group *group,
                                                        struct lq_commit *item);

#endif
