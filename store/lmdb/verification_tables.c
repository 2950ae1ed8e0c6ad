// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The tables beside the chains: each walked once, in runs; each entry on its own, then their count
 * and sum against the state of the partition. */
#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/outbox_entry.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/verification.h"
#include "store/seal/sealed_box.h"

#include <inttypes.h>
#include <stdio.h>

/* One walk over one table. */
struct table_walk {
    struct lq_verification *verification;
    enum lq_ledger_database database;
    uint64_t count;           /* entries that are not newer than the state */
    struct lq_digest_sum sum; /* of those */
    bool ended;               /* the rest is newer */
};

/* Check one entry, and count it with take() unless it is newer than the state. */
typedef enum lq_result (*check_entry_fn)(struct table_walk *walk,
                                         const struct lq_copied_entry *entry);

static void take(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    uint8_t digest[LQ_HASH_BYTES];

    walk->count++;
    lq_entry_proof_digest(entry->key, entry->value, digest);
    lq_digest_sum_add(&walk->sum, digest);
}

static enum lq_result walk_table(struct table_walk *walk, const struct lq_entry_range *range,
                                 check_entry_fn check)
{
    struct lq_entry_copy *copy = walk->verification->copy;
    enum lq_result result;

    lq_entry_copy_begin(copy, range);
    do {
        result = lq_entry_copy_next(copy);
        for (uint32_t index = 0; index < copy->count && !walk->ended; index++) {
            if (copy->entries[index].value.data == NULL) {
                lq_verification_fault(walk->verification, walk->database, NULL, 0,
                                      "a value of %zu bytes, longer than any may be",
                                      copy->entries[index].value.bytes);
                continue;
            }
            enum lq_result checked = check(walk, &copy->entries[index]);
            if (checked != LQ_OK) {
                return checked;
            }
        }
    } while (result == LQ_OK && copy->count > 0 && !walk->ended);
    if (result != LQ_OK) {
        lq_verification_fault(walk->verification, walk->database, NULL, 0,
                              "the database cannot be read on after %" PRIu64
                              " entries: keys that do not ascend, or a damaged page",
                              walk->count);
    }
    return lq_verification_is_damage(result) ? LQ_OK : result;
}

static void compare(struct table_walk *walk, const struct lq_digest_sum *sum)
{
    uint64_t count = lq_ledger_state_count(&walk->verification->state, walk->database);

    if (!walk->verification->is_whole) {
        return;
    }
    if (walk->count != count) {
        lq_verification_fault(walk->verification, walk->database, NULL, 0,
                              "%" PRIu64 " entries instead of %" PRIu64, walk->count, count);
    }
    if (sum != NULL && !lq_digest_sum_equal(&walk->sum, sum)) {
        lq_verification_fault(walk->verification, walk->database, NULL, 0,
                              "the sum of the entries is not the one of the state");
    }
}

static void check_found(struct table_walk *walk, const struct lq_copied_entry *entry,
                        const char *what)
{
    if (!entry->found) {
        lq_verification_fault(walk->verification, walk->database, NULL, 0,
                              "%s is not found by its key", what);
    }
}

/* Whether the tag at the end of an entry's value is one that our master key made. */
static bool tag_fits(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    const struct lq_verification *verification = walk->verification;
    const struct lq_entry_place place = {lq_ledger_databases[walk->database].name,
                                         verification->ledger->partition, entry->key};
    size_t bytes = entry->value.bytes - LQ_ENTRY_TAG_BYTES;
    uint8_t tag[LQ_HASH_BYTES];

    if (!verification->with_key) {
        return true;
    }
    LQ_ASSERT(entry->value.bytes > LQ_ENTRY_TAG_BYTES);
    lq_keyring_tag(verification->ledger->keyring, &place, lq_view_of(entry->value.data, bytes),
                   tag);
    return memcmp(tag, entry->value.data + bytes, LQ_ENTRY_TAG_BYTES) == 0;
}

static struct lq_verified_chain *chain_of(struct lq_verification *verification,
                                          uint64_t session_number)
{
    return session_number > 0 && session_number < verification->state.next_session_number
               ? &verification->chains[session_number]
               : NULL;
}

static char *copy_name(struct lq_view name)
{
    char *text = lq_alloc(name.bytes + 1, 1);

    memcpy(text, name.data, name.bytes);
    text[name.bytes] = '\0';
    return text;
}

/* ---- names ---- */

static void check_tenant(struct table_walk *walk, const struct lq_copied_entry *entry,
                         struct lq_view name)
{
    struct lq_verification *verification = walk->verification;
    struct lq_tenant_value value;

    if (lq_ledger_key_get_tenant(entry->value, &value) != LQ_OK) {
        take(walk, entry);
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "the value of tenant %.*s is unreadable", (int)name.bytes,
                              (const char *)name.data);
        return;
    }
    if (value.number >= verification->state.next_tenant_number) {
        return; /* newer */
    }
    take(walk, entry);
    if (!tag_fits(walk, entry)) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "tenant %.*s was not written with the master key", (int)name.bytes,
                              (const char *)name.data);
    }
    struct lq_verified_tenant *tenant = &verification->tenants[value.number];
    if (tenant->name != NULL) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "tenants %s and %.*s have the same number %" PRIu64, tenant->name,
                              (int)name.bytes, (const char *)name.data, value.number);
        return;
    }
    tenant->name = copy_name(name);
    verification->totals->tenants++;
}

static void check_session(struct table_walk *walk, const struct lq_copied_entry *entry,
                          struct lq_session_names names)
{
    struct lq_verification *verification = walk->verification;
    struct lq_session_value value;
    char text[LQ_TENANT_NAME_BYTES_MAX + LQ_SESSION_NAME_BYTES_MAX + 2];

    snprintf(text, sizeof text, "%.*s/%.*s", (int)names.tenant.bytes,
             (const char *)names.tenant.data, (int)names.session.bytes,
             (const char *)names.session.data);
    if (lq_ledger_key_get_session(entry->value, &value) != LQ_OK) {
        take(walk, entry);
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "the value of session %s is unreadable", text);
        return;
    }
    struct lq_verified_chain *chain = chain_of(verification, value.number);
    if (chain == NULL) {
        return; /* newer */
    }
    take(walk, entry);
    if (!tag_fits(walk, entry)) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "session %s was not written with the master key", text);
    }
    if (chain->name != NULL) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, chain, 0,
                              "session %s has the same number %" PRIu64, text, value.number);
        return;
    }
    chain->name = copy_name(names.session);
    verification->totals->sessions++;
    if (value.tenant_number >= verification->state.next_tenant_number ||
        verification->tenants[value.tenant_number].name == NULL ||
        !lq_view_equal(lq_view_text(verification->tenants[value.tenant_number].name),
                       names.tenant)) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "session %s is of tenant number %" PRIu64 ", which has not that name",
                              text, value.tenant_number);
        return;
    }
    chain->tenant_number = value.tenant_number;
}

static enum lq_result check_name(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    struct lq_view wanted = verification->options->names.session;
    struct lq_session_names names;

    if (lq_ledger_key_read_name(entry->key, &names) != LQ_OK) {
        take(walk, entry);
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "a key of %zu bytes that is no name", entry->key.bytes);
        return LQ_OK;
    }
    if (names.session.bytes == 0) {
        if (verification->is_whole ||
            lq_view_equal(names.tenant, verification->options->names.tenant)) {
            check_found(walk, entry, "the name of a tenant");
            check_tenant(walk, entry, names.tenant);
        }
        return LQ_OK;
    }
    if (wanted.bytes == 0 || lq_view_equal(names.session, wanted)) {
        check_found(walk, entry, "the name of a session");
        check_session(walk, entry, names);
    }
    return LQ_OK;
}

static void check_all_named(struct lq_verification *verification)
{
    for (uint64_t number = 1; number < verification->state.next_tenant_number; number++) {
        if (verification->tenants[number].name == NULL) {
            lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                                  "tenant number %" PRIu64 " has no name", number);
        }
    }
    for (uint64_t number = 1; number < verification->state.next_session_number; number++) {
        if (verification->chains[number].name == NULL) {
            lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                                  "session number %" PRIu64 " has no name", number);
        }
    }
}

/* Of a tenant or session alone: its names only, which lie behind two prefixes. */
static enum lq_result walk_part_of_names(struct table_walk *walk)
{
    const struct lq_ledger_verify_options *options = walk->verification->options;
    bool is_session = options->names.session.bytes > 0;
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    size_t bytes = lq_ledger_key_tenant(options->names.tenant, key);
    struct lq_entry_range range = {
        .database = LQ_LEDGER_NAMES, .prefix = lq_view_of(key, bytes), .reference_at = -1};

    if (bytes == 0) {
        return LQ_OK;
    }
    enum lq_result result = walk_table(walk, &range, check_name);
    bytes = lq_ledger_key_session(
        (struct lq_session_names){options->names.tenant,
                                  is_session ? options->names.session : lq_view_text("x")},
        key);
    if (bytes == 0 || result != LQ_OK) {
        return result;
    }
    range.prefix = lq_view_of(key, is_session ? bytes : bytes - 1);
    return walk_table(walk, &range, check_name);
}

enum lq_result lq_verification_names(struct lq_verification *verification)
{
    const struct lq_entry_range range = {.database = LQ_LEDGER_NAMES, .reference_at = -1};
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_NAMES};
    enum lq_result result =
        verification->is_whole ? walk_table(&walk, &range, check_name) : walk_part_of_names(&walk);

    if (result == LQ_OK && verification->is_whole) {
        compare(&walk, &verification->state.names);
        check_all_named(verification);
    }
    return result;
}

/* ---- keys ---- */

static enum lq_result check_wrapped_key(struct table_walk *walk,
                                        const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    uint64_t tenant_number;
    uint32_t generation;
    const uint8_t *key;

    if (lq_ledger_key_read_generation(entry->key, &tenant_number, &generation) != LQ_OK ||
        tenant_number == 0) {
        take(walk, entry);
        lq_verification_fault(verification, LQ_LEDGER_KEYS, NULL, 0,
                              "a key of %zu bytes that is no tenant and generation",
                              entry->key.bytes);
        return LQ_OK;
    }
    if (tenant_number >= verification->state.next_tenant_number) {
        return LQ_OK; /* newer */
    }
    take(walk, entry);
    check_found(walk, entry, "a tenant's key");
    verification->tenants[tenant_number].key_count++;
    if (!lq_keyring_belongs_to(entry->value, tenant_number, generation)) {
        lq_verification_fault(verification, LQ_LEDGER_KEYS, NULL, 0,
                              "key %" PRIu32 " of tenant number %" PRIu64 " is another one's",
                              generation, tenant_number);
    }
    if (!verification->with_key || lq_keyring_is_destroyed(entry->value)) {
        return LQ_OK;
    }
    if (lq_keyring_add(verification->ledger->keyring, entry->value, tenant_number, generation,
                       &key) != LQ_OK) {
        lq_verification_fault(verification, LQ_LEDGER_KEYS, NULL, 0,
                              "key %" PRIu32 " of tenant number %" PRIu64
                              " does not open with the master key",
                              generation, tenant_number);
    }
    return LQ_OK;
}

enum lq_result lq_verification_keys(struct lq_verification *verification)
{
    const struct lq_entry_range range = {.database = LQ_LEDGER_KEYS, .reference_at = -1};
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_KEYS};
    enum lq_result result = walk_table(&walk, &range, check_wrapped_key);

    if (result != LQ_OK) {
        return result;
    }
    compare(&walk, &verification->state.keys);
    for (uint64_t number = 1; number < verification->state.next_tenant_number; number++) {
        if (verification->tenants[number].key_count == 0) {
            lq_verification_fault(verification, LQ_LEDGER_KEYS, NULL, 0,
                                  "tenant number %" PRIu64 " has no key", number);
        }
    }
    return LQ_OK;
}

/* ---- what points at a record ---- */

/* Whether the record that an entry names is that frame of that session. */
static bool refers_to(const struct lq_copied_entry *entry, uint64_t session_number, uint64_t frame)
{
    const uint8_t *header = entry->reference.data; /* offsets: record.h */

    return entry->reference.bytes == LQ_RECORD_CLEAR_BYTES &&
           lq_get_u64(header + 24) == session_number && lq_get_u64(header + 32) == frame;
}

static enum lq_result check_frame(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    uint64_t session_number = 0;
    uint64_t frame = 0;

    if (lq_ledger_key_read_frame(entry->key, &session_number, &frame) != LQ_OK ||
        session_number == 0 || entry->value.bytes != 8) {
        walk->count++;
        lq_verification_fault(verification, LQ_LEDGER_FRAMES, NULL, 0,
                              "an entry with a key of %zu and a value of %zu bytes",
                              entry->key.bytes, entry->value.bytes);
        return LQ_OK;
    }
    struct lq_verified_chain *chain = chain_of(verification, session_number);
    if (chain == NULL || !chain->has_head || frame > chain->head.frame) {
        return LQ_OK; /* newer */
    }
    walk->count++;
    chain->index_count++;
    check_found(walk, entry, "an entry of the index of frames");
    if (frame % LQ_FRAMES_PER_INDEX_ENTRY != 0 || !refers_to(entry, session_number, frame)) {
        lq_verification_fault(verification, LQ_LEDGER_FRAMES, chain, frame,
                              "index of frames does not lead to the record");
    }
    return LQ_OK;
}

static void check_index_count(struct lq_verification *verification,
                              const struct lq_verified_chain *chain)
{
    uint64_t wanted = chain->head.frame / LQ_FRAMES_PER_INDEX_ENTRY + 1;

    if (chain->has_head && chain->index_count != wanted) {
        lq_verification_fault(verification, LQ_LEDGER_FRAMES, chain, chain->head.frame,
                              "index of frames has %" PRIu64 " entries instead of %" PRIu64,
                              chain->index_count, wanted);
    }
}

enum lq_result lq_verification_frames(struct lq_verification *verification, uint64_t session_number)
{
    uint8_t prefix[LQ_LEDGER_KEY_FRAME_BYTES];
    struct lq_entry_range range = {.database = LQ_LEDGER_FRAMES, .reference_at = 0};
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_FRAMES};

    if (session_number != 0) {
        lq_ledger_key_frame(session_number, 0, prefix);
        range.prefix = lq_view_of(prefix, sizeof session_number);
    }
    enum lq_result result = walk_table(&walk, &range, check_frame);
    if (result != LQ_OK) {
        return result;
    }
    compare(&walk, NULL);
    if (session_number != 0) {
        check_index_count(verification, &verification->chains[session_number]);
        return LQ_OK;
    }
    for (uint64_t number = 1; number < verification->state.next_session_number; number++) {
        check_index_count(verification, &verification->chains[number]);
    }
    return LQ_OK;
}

/* ---- outbox ---- */

static enum lq_result open_event(struct lq_verification *verification,
                                 const struct lq_outbox_entry *event, struct lq_view value)
{
    const uint8_t *key;
    bool destroyed;
    enum lq_result result = lq_verification_key(verification, event->tenant_number,
                                                event->key_generation, &key, &destroyed);

    if (destroyed) {
        return LQ_OK;
    }
    if (result == LQ_OK && event->event_bytes <= LQ_TICK_BYTES_MAX) {
        result = lq_sealed_box_open(key, lq_view_of(value.data, LQ_OUTBOX_ENTRY_HEADER_BYTES),
                                    lq_view_of(value.data + LQ_OUTBOX_ENTRY_HEADER_BYTES,
                                               value.bytes - LQ_OUTBOX_ENTRY_HEADER_BYTES),
                                    verification->plain);
    }
    if (result != LQ_OK) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "event %" PRIu64 " does not open", event->outbox_sequence);
    }
    return lq_verification_is_damage(result) || result == LQ_ERR_KEY ? LQ_OK : result;
}

static enum lq_result check_event(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    struct lq_outbox_entry event;
    uint64_t sequence;

    memcpy(&sequence, entry->key.data, sizeof sequence);
    if (sequence >= verification->state.next_outbox_sequence) {
        walk->ended = true; /* newer, and all after it */
        return LQ_OK;
    }
    take(walk, entry);
    check_found(walk, entry, "an event");
    if (sequence != walk->count) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "event %" PRIu64 " is missing", walk->count);
        walk->count = sequence;
    }
    if (lq_outbox_entry_decode(entry->value, &event) != LQ_OK ||
        event.outbox_sequence != sequence) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "event %" PRIu64 " is unreadable, or another one's", sequence);
        return LQ_OK;
    }
    const struct lq_verified_chain *chain = chain_of(verification, event.session_number);
    if (chain == NULL || chain->tenant_number != event.tenant_number ||
        event.frame > chain->head.frame || !refers_to(entry, event.session_number, event.frame)) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, chain, event.frame,
                              "event %" PRIu64 " is of no frame of its session", sequence);
    }
    verification->totals->events++;
    return verification->with_key ? open_event(verification, &event, entry->value) : LQ_OK;
}

enum lq_result lq_verification_outbox(struct lq_verification *verification)
{
    const struct lq_entry_range range = {.database = LQ_LEDGER_OUTBOX,
                                         .reference_at = 40}; /* outbox_entry.h */
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_OUTBOX};
    enum lq_result result = walk_table(&walk, &range, check_event);

    if (result == LQ_OK) {
        compare(&walk, &verification->state.outbox);
    }
    return result;
}

/* ---- letters ---- */

static enum lq_result check_letter(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    struct lq_letter_value letter;
    uint64_t letter_id;

    memcpy(&letter_id, entry->key.data, sizeof letter_id);
    if (lq_ledger_key_get_letter(entry->value, &letter) != LQ_OK) {
        take(walk, entry);
        lq_verification_fault(verification, LQ_LEDGER_LETTERS, NULL, 0,
                              "letter %" PRIu64 " is unreadable", letter_id);
        return LQ_OK;
    }
    const struct lq_verified_chain *chain = chain_of(verification, letter.session_number);
    if (chain == NULL || letter.frame > chain->head.frame) {
        return LQ_OK; /* newer */
    }
    take(walk, entry);
    check_found(walk, entry, "a letter");
    if (!tag_fits(walk, entry)) {
        lq_verification_fault(verification, LQ_LEDGER_LETTERS, chain, letter.frame,
                              "letter %" PRIu64 " was not written with the master key", letter_id);
    }
    verification->totals->letters++;
    return LQ_OK;
}

enum lq_result lq_verification_letters(struct lq_verification *verification)
{
    const struct lq_entry_range range = {.database = LQ_LEDGER_LETTERS, .reference_at = -1};
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_LETTERS};
    enum lq_result result = walk_table(&walk, &range, check_letter);

    if (result == LQ_OK) {
        compare(&walk, &verification->state.letters);
    }
    return result;
}
