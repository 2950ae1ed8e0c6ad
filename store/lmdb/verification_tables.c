// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The tables beside the chains: each walked once, in runs; each entry on its own, then their count
 * and sum against the state of the partition. */
#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/core/outbox_note.h"
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
    uint64_t bytes;           /* of outbox: keys and values */
    uint64_t next, missing;   /* of outbox: the sequence that comes next, and one that did not */
    uint64_t reached;         /* of outbox: the ledger sequence of the entry before */
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

static bool tag_fits(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    return lq_verification_tag_fits(walk->verification, walk->database, entry->key, entry->value);
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
    if (verification->tenant_count ==
        verification->state.name_count - verification->state.session_count) {
        return; /* said by the count */
    }
    verification->tenants[verification->tenant_count++] =
        (struct lq_verified_tenant){.number = value.number, .name = copy_name(name)};
    verification->tenants_ordered = false;
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
    if (value.number >= verification->state.next_session_number) {
        return; /* newer */
    }
    take(walk, entry);
    struct lq_verified_chain *chain = lq_verification_chain(verification, value.number);
    if (chain == NULL) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "session %s has number %" PRIu64 ", which has no head", text,
                              value.number);
        return;
    }
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
    const struct lq_verified_tenant *tenant =
        lq_verification_tenant(verification, value.tenant_number);
    if (tenant == NULL || !lq_view_equal(lq_view_text(tenant->name), names.tenant)) {
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

/* Numbers come once, and none is missing but those that a restored partition may lack. */
static void check_number(struct lq_verification *verification, const char *what, uint64_t gapless,
                         uint64_t number, uint64_t *expected)
{
    uint64_t first = *expected > gapless ? *expected : gapless;

    if (number < *expected) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "%s number %" PRIu64 " is there twice, or 0", what, number);
    } else if (first < number) {
        lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                              "%s number %" PRIu64 " has no name; %" PRIu64 " such", what, first,
                              number - first);
    }
    *expected = number + 1;
}

static void check_all_named(struct lq_verification *verification)
{
    const struct lq_partition_state *state = &verification->state;
    uint64_t tenant = 1;
    uint64_t session = 1;

    (void)lq_verification_tenant(verification, 0); /* puts them in order */
    for (uint64_t place = 0; place < verification->tenant_count; place++) {
        check_number(verification, "tenant", state->gapless_tenant,
                     verification->tenants[place].number, &tenant);
    }
    check_number(verification, "tenant", state->gapless_tenant, state->next_tenant_number, &tenant);
    for (uint64_t place = 0; place < verification->chain_count; place++) {
        if (verification->chains[place].name != NULL) {
            check_number(verification, "session", state->gapless_session,
                         verification->chains[place].number, &session);
        } else {
            lq_verification_fault(verification, LQ_LEDGER_NAMES, NULL, 0,
                                  "session number %" PRIu64 " has no name",
                                  verification->chains[place].number);
        }
    }
    check_number(verification, "session", state->gapless_session, state->next_session_number,
                 &session);
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
    struct lq_verified_tenant *tenant = lq_verification_tenant(verification, tenant_number);
    if (tenant != NULL) {
        tenant->key_count++;
    } else if (verification->is_whole) {
        lq_verification_fault(verification, LQ_LEDGER_KEYS, NULL, 0,
                              "key %" PRIu32 " is of tenant number %" PRIu64 ", which has no name",
                              generation, tenant_number);
    }
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
    for (uint64_t place = 0; place < verification->tenant_count; place++) {
        if (verification->tenants[place].key_count == 0) {
            lq_verification_fault(verification, LQ_LEDGER_KEYS, NULL, 0,
                                  "tenant number %" PRIu64 " has no key",
                                  verification->tenants[place].number);
        }
    }
    return LQ_OK;
}

/* ---- what points at a record ---- */

/* Whether the record that an entry names is that frame of that session; what it says of itself. */
static bool find_reference(const struct lq_copied_entry *entry, uint64_t session_number,
                           uint64_t frame, struct lq_record_header *header)
{
    return entry->reference.bytes == LQ_RECORD_CLEAR_BYTES &&
           lq_record_decode_clear(entry->reference.data + LQ_RECORD_HEADER_AT, header) == LQ_OK &&
           header->session_number == session_number && header->frame == frame;
}

static bool refers_to(const struct lq_copied_entry *entry, uint64_t session_number, uint64_t frame)
{
    struct lq_record_header header;

    return find_reference(entry, session_number, frame, &header);
}

static enum lq_result check_frame(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    struct lq_record_header header;
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
    struct lq_verified_chain *chain = lq_verification_chain(verification, session_number);
    if (chain == NULL || !chain->has_head || frame > chain->head.frame) {
        return LQ_OK; /* newer */
    }
    walk->count++;
    chain->index_count++;
    check_found(walk, entry, "an entry of the index of frames");
    if (!find_reference(entry, session_number, frame, &header) || !lq_record_is_indexed(&header)) {
        lq_verification_fault(verification, LQ_LEDGER_FRAMES, chain, frame,
                              "index of frames does not lead to the record");
    }
    return LQ_OK;
}

void lq_verification_index_count(struct lq_verification *verification,
                                 const struct lq_verified_chain *chain)
{
    if (chain->has_head && !chain->is_lost && chain->gone == 0 &&
        chain->index_count != chain->index_wanted) {
        lq_verification_fault(verification, LQ_LEDGER_FRAMES, chain, chain->head.frame,
                              "index of frames has %" PRIu64 " entries instead of %" PRIu64,
                              chain->index_count, chain->index_wanted);
    }
}

enum lq_result lq_verification_frames(struct lq_verification *verification,
                                      struct lq_verified_chain *of)
{
    uint8_t prefix[LQ_LEDGER_KEY_FRAME_BYTES];
    struct lq_entry_range range = {.database = LQ_LEDGER_FRAMES, .reference_at = 0};
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_FRAMES};

    if (of != NULL) {
        lq_ledger_key_frame(of->number, 0, prefix);
        range.prefix = lq_view_of(prefix, sizeof of->number);
    }
    enum lq_result result = walk_table(&walk, &range, check_frame);
    if (result != LQ_OK) {
        return result;
    }
    compare(&walk, NULL);
    if (of != NULL) {
        lq_verification_index_count(verification, of);
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
    if (result == LQ_OK && event->body_bytes <= LQ_TICK_BYTES_MAX) {
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

static void check_note(struct table_walk *walk, const struct lq_copied_entry *entry,
                       const struct lq_outbox_entry *note)
{
    struct lq_verification *verification = walk->verification;

    if (!lq_verification_note_agrees(verification, note, entry->value)) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "note %" PRIu64 " is not what the tables say", note->outbox_sequence);
    }
    if (!tag_fits(walk, entry)) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "note %" PRIu64 " was not written with the master key",
                              note->outbox_sequence);
    }
}

/* Whether the session and frame that an entry names are there, and its record that frame's; or the
 * tenant, of what is about a tenant alone. */
static bool is_placed(struct lq_verification *verification, const struct lq_copied_entry *entry,
                      const struct lq_outbox_entry *of)
{
    const struct lq_partition_state *state = &verification->state;
    struct lq_verified_chain *chain = lq_verification_chain(verification, of->session_number);

    if (of->tenant_number >= state->next_tenant_number ||
        of->ledger_sequence >= state->next_ledger_sequence) {
        return false;
    }
    if (of->session_number == 0) {
        return true;
    }
    if (chain == NULL || chain->tenant_number != of->tenant_number ||
        of->frame > chain->head.frame) {
        return false;
    }
    if (of->kind == LQ_OUTBOX_DELETED) { /* of its last frame, whichever record it comes after */
        return chain->head.life == LQ_HEAD_DELETED && of->frame == chain->head.frame;
    }
    /* Told again of a session that begins late: of a frame before, its first record is named. */
    uint64_t first_frame = lq_head_first_frame(&chain->head);
    bool is_late = lq_outbox_entry_is_again(of) && of->frame < first_frame;
    if (refers_to(entry, of->session_number, is_late ? first_frame : of->frame)) {
        return true;
    }
    if (entry->reference.bytes > 0) {
        return false;
    }
    /* Its record is not there: what was dropped is no more, the rest shows in the end. */
    if (of->frame >= first_frame || chain->proof.tenant_number == 0) {
        lq_verification_misses(chain, of->frame);
    }
    return true;
}

/* The first one that is missing, unless it was trimmed: which is known when the walk is over. */
static void follow_sequence(struct table_walk *walk, uint64_t sequence)
{
    uint64_t gapless = walk->verification->state.gapless_outbox;
    uint64_t first = walk->next > gapless ? walk->next : gapless;

    if (first < sequence && walk->missing == 0) {
        walk->missing = first;
    }
    walk->next = sequence + 1;
}

static enum lq_result check_outbox_entry(struct table_walk *walk,
                                         const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    struct lq_outbox_entry decoded;
    uint64_t sequence;

    memcpy(&sequence, entry->key.data, sizeof sequence);
    if (sequence >= verification->state.next_outbox_sequence) {
        walk->ended = true; /* newer, and all after it */
        return LQ_OK;
    }
    take(walk, entry);
    walk->bytes += entry->key.bytes + entry->value.bytes;
    check_found(walk, entry, "an entry");
    follow_sequence(walk, sequence);
    if (lq_outbox_entry_decode(entry->value, &decoded) != LQ_OK ||
        decoded.outbox_sequence != sequence ||
        (decoded.ledger_sequence < walk->reached && !lq_outbox_entry_is_again(&decoded))) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "entry %" PRIu64 " is unreadable, or another one's", sequence);
        return LQ_OK;
    }
    if (!lq_outbox_entry_is_again(&decoded)) {
        walk->reached = decoded.ledger_sequence;
    }
    if (!is_placed(verification, entry, &decoded)) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX,
                              lq_verification_chain(verification, decoded.session_number),
                              decoded.frame, "entry %" PRIu64 " is of no frame of its session",
                              sequence);
        return LQ_OK;
    }
    if (decoded.kind != LQ_OUTBOX_EVENT) {
        check_note(walk, entry, &decoded);
        return LQ_OK;
    }
    verification->totals->events++;
    return verification->with_key ? open_event(verification, &decoded, entry->value) : LQ_OK;
}

/* What the outbox holds in all, as one transaction sees it. */
struct outbox_total {
    struct lq_partition_state state; /* of that transaction */
    uint64_t count, bytes;
    struct lq_digest_sum sum;
};

static enum lq_result add_up(lq_ledger_t *ledger, struct outbox_total *total)
{
    uint8_t digest[LQ_HASH_BYTES];
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    enum lq_result result = lq_ledger_state_get(ledger, ledger->read_txn, &total->state);
    int code =
        mdb_cursor_open(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_OUTBOX], &cursor);

    if (code != 0 || result != LQ_OK) {
        return code != 0 ? lq_lmdb_environment_result(code, "open a cursor of the outbox") : result;
    }
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0 &&
           total->count <= total->state.outbox_count) {
        total->count++;
        total->bytes += key.mv_size + value.mv_size;
        lq_entry_proof_digest(lq_lmdb_environment_view(key), lq_lmdb_environment_view(value),
                              digest);
        lq_digest_sum_add(&total->sum, digest);
    }
    mdb_cursor_close(cursor);
    return code == 0 || code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk on");
}

/* Whether a writer has trimmed the outbox since the snapshot; then `total` is what it is now. That
 * takes one transaction for all of it, since it may be trimmed faster than it is walked. */
static enum lq_result was_trimmed(struct lq_verification *verification, struct outbox_total *total,
                                  bool *trimmed)
{
    lq_ledger_t *ledger = verification->ledger;
    enum lq_result result = lq_ledger_read_begin(ledger);

    *trimmed = false;
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_state_get(ledger, ledger->read_txn, &total->state);
    if (result == LQ_OK &&
        total->state.first_outbox_sequence > verification->state.first_outbox_sequence) {
        *trimmed = true;
        result = add_up(ledger, total);
    }
    lq_ledger_read_end(ledger);
    return result;
}

static void tell_missing(struct table_walk *walk)
{
    follow_sequence(walk, walk->verification->state.next_outbox_sequence);
    if (walk->missing > 0) {
        lq_verification_fault(walk->verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "entry %" PRIu64 " is missing", walk->missing);
    }
}

static void compare_total(struct lq_verification *verification, const struct outbox_total *total)
{
    const struct lq_partition_state *state = &total->state;

    if (total->count != state->outbox_count) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "%" PRIu64 " entries instead of %" PRIu64, total->count,
                              state->outbox_count);
    }
    if (total->bytes != state->outbox_bytes) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "%" PRIu64 " bytes instead of %" PRIu64, total->bytes,
                              state->outbox_bytes);
    }
    if (!lq_digest_sum_equal(&total->sum, &state->outbox)) {
        lq_verification_fault(verification, LQ_LEDGER_OUTBOX, NULL, 0,
                              "the sum of the entries is not the one of the state");
    }
}

enum lq_result lq_verification_outbox(struct lq_verification *verification)
{
    const struct lq_entry_range range = {.database = LQ_LEDGER_OUTBOX,
                                         .reference_at = 40}; /* outbox_entry.h */
    struct table_walk walk = {.verification = verification,
                              .database = LQ_LEDGER_OUTBOX,
                              .next = verification->state.first_outbox_sequence};
    struct outbox_total total = {.count = 0};
    bool trimmed = false;
    enum lq_result result = walk_table(&walk, &range, check_outbox_entry);

    if (result == LQ_OK) {
        result = was_trimmed(verification, &total, &trimmed);
    }
    if (result != LQ_OK) {
        return lq_verification_is_damage(result) ? LQ_OK : result;
    }
    if (!trimmed) {
        tell_missing(&walk);
        total = (struct outbox_total){verification->state, walk.count, walk.bytes, walk.sum};
    }
    compare_total(verification, &total);
    return LQ_OK;
}

/* ---- cursors ---- */

static enum lq_result check_cursor(struct table_walk *walk, const struct lq_copied_entry *entry)
{
    struct lq_verification *verification = walk->verification;
    struct lq_feed_position position;

    take(walk, entry);
    check_found(walk, entry, "a cursor");
    if (!lq_tenant_name_valid(entry->key) ||
        lq_ledger_key_get_cursor(entry->value, &position) != LQ_OK ||
        position.ledger_sequence >= verification->state.next_ledger_sequence ||
        position.outbox_sequence >= verification->state.next_outbox_sequence) {
        lq_verification_fault(verification, LQ_LEDGER_CURSORS, NULL, 0,
                              "cursor %.*s is unreadable, or beyond the end", (int)entry->key.bytes,
                              (const char *)entry->key.data);
        return LQ_OK;
    }
    if (!tag_fits(walk, entry)) {
        lq_verification_fault(verification, LQ_LEDGER_CURSORS, NULL, 0,
                              "cursor %.*s was not written with the master key",
                              (int)entry->key.bytes, (const char *)entry->key.data);
    }
    return LQ_OK;
}

enum lq_result lq_verification_cursors(struct lq_verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    struct table_walk walk = {.verification = verification, .database = LQ_LEDGER_CURSORS};
    MDB_dbi dbi = ledger->environment.databases[LQ_LEDGER_CURSORS];
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    MDB_val found;
    int code = mdb_cursor_open(ledger->read_txn, dbi, &cursor);

    LQ_ASSERT(ledger->reading);
    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of cursors");
    }
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0 &&
           walk.count <= verification->state.cursor_count) {
        struct lq_copied_entry entry = {.key = lq_lmdb_environment_view(key),
                                        .value = lq_lmdb_environment_view(value)};
        entry.found = mdb_get(ledger->read_txn, dbi, &key, &found) == 0;
        (void)check_cursor(&walk, &entry);
    }
    mdb_cursor_close(cursor);
    compare(&walk, &verification->state.cursors);
    return code == 0 || code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk on");
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
    const struct lq_verified_chain *chain =
        lq_verification_chain(verification, letter.session_number);
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
