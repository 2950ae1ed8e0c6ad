// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The chain of every session, walked from its head back to frame 0 without any key.
 *
 * The ledger only grows, so the walk may change to a newer read transaction on its way; it does so
 * every RECORDS_PER_TRANSACTION records, because an old one keeps pages from being used again.
 */
#include "base/little_endian.h"
#include "store/lmdb/ledger_lookup.h"

enum { RECORDS_PER_TRANSACTION = 4096, NAMES_PER_PAGE = 64 };

struct verification {
    lq_ledger_t *ledger;
    lq_chain_broken_fn on_broken;
    void *context;
    struct lq_chain_totals *totals;
    uint32_t records_in_transaction;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* A session's chain, from the head down. */
struct chain {
    uint64_t session_number;
    uint64_t tenant_number;
    struct lq_head_state head;
    uint64_t rolling[LQ_HEAD_LANES];
    uint64_t record_count;
};

static void report(struct verification *verification, uint64_t frame, const char *what)
{
    verification->totals->broken++;
    if (verification->on_broken != NULL) {
        verification->on_broken(verification->context, verification->tenant, verification->session,
                                frame, what);
    }
}

/* A result that is a fault of the ledger, not of reading it. */
static bool is_fault(enum lq_result result)
{
    return result == LQ_ERR_NOT_FOUND || result == LQ_ERR_CORRUPT || result == LQ_ERR_VERSION;
}

static enum lq_result breathe(struct verification *verification)
{
    if (++verification->records_in_transaction < RECORDS_PER_TRANSACTION) {
        return LQ_OK;
    }
    verification->records_in_transaction = 0;
    lq_ledger_read_end(verification->ledger);
    return lq_ledger_read_begin(verification->ledger);
}

static void check_frame_index(struct verification *verification,
                              const struct lq_record_header *header)
{
    uint8_t name[LQ_LEDGER_KEY_FRAME_BYTES];
    MDB_val value;

    lq_ledger_key_frame(header->session_number, header->frame, name);
    MDB_val key = lq_lmdb_environment_value(name, sizeof name);
    lq_ledger_t *ledger = verification->ledger;
    int code =
        mdb_get(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_FRAMES], &key, &value);
    if (code != 0 || value.mv_size != 8 || lq_get_u64(value.mv_data) != header->ledger_sequence) {
        report(verification, header->frame, "index of frames does not lead to the record");
    }
}

/* Everything about one record that can be checked without the one before it. */
static bool check_record(struct verification *verification, const struct chain *chain,
                         uint64_t frame, struct lq_view record,
                         const struct lq_record_header *header)
{
    if (header->session_number != chain->session_number ||
        header->tenant_number != chain->tenant_number) {
        report(verification, frame, "record belongs to another session");
        return false;
    }
    if (header->frame != frame) {
        report(verification, frame, "record has another frame");
        return false;
    }
    if ((header->previous_sequence == 0) != (frame == 0)) {
        report(verification, frame, "chain ends at the wrong frame");
        return false;
    }
    if (frame == chain->head.frame &&
        (memcmp(record.data + LQ_RECORD_HASH_AT, chain->head.hash, LQ_HASH_BYTES) != 0 ||
         !lq_execution_id_equal(header->execution, chain->head.execution) ||
         header->keyframe_sequence != chain->head.keyframe_sequence)) {
        report(verification, frame, "head does not fit its record");
    }
    if (frame % LQ_FRAMES_PER_INDEX_ENTRY == 0) {
        check_frame_index(verification, header);
    }
    return true;
}

/* One step: `hash` and `claimed` belong to the record above, whose H must follow from this one's.
 */
static enum lq_result walk_chain(struct verification *verification, struct chain *chain)
{
    static const uint8_t zeroes[LQ_HASH_BYTES];
    lq_ledger_t *ledger = verification->ledger;
    uint64_t ledger_sequence = chain->head.ledger_sequence;
    uint8_t above[LQ_RECORD_CLEAR_BYTES]; /* the clear part of the record above */
    bool has_above = false;
    uint64_t frame = chain->head.frame;

    for (;; frame--) {
        struct lq_record_header header;
        struct lq_view record;
        enum lq_result result =
            lq_ledger_lookup_record(ledger, ledger->read_txn, ledger_sequence, &record, &header);
        if (is_fault(result)) {
            report(verification, frame,
                   result == LQ_ERR_NOT_FOUND ? "record is missing" : "record is unreadable");
            return LQ_OK;
        }
        if (result != LQ_OK) {
            return result;
        }
        if (!check_record(verification, chain, frame, record, &header)) {
            return LQ_OK;
        }
        if (has_above && !lq_record_seal_follows(lq_view_of(above, sizeof above),
                                                 record.data + LQ_RECORD_HASH_AT)) {
            report(verification, frame + 1, "H does not follow");
        }
        if (frame == 0 && !lq_record_seal_follows(record, zeroes)) {
            report(verification, frame, "H does not follow");
        }
        lq_head_roll(chain->rolling, record.data + LQ_RECORD_HASH_AT);
        chain->record_count++;
        verification->totals->records++;
        if (frame == 0) {
            break;
        }
        memcpy(above, record.data, sizeof above);
        has_above = true;
        ledger_sequence = header.previous_sequence;
        result = breathe(verification);
        if (result != LQ_OK) {
            return result;
        }
    }
    if (chain->record_count != chain->head.record_count) {
        report(verification, chain->head.frame, "count of records differs from the head's");
    }
    if (memcmp(chain->rolling, chain->head.rolling, sizeof chain->rolling) != 0) {
        report(verification, chain->head.frame, "rolling digest differs from the head's");
    }
    return LQ_OK;
}

static enum lq_result verify_session(struct verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    struct lq_session_value numbers;
    struct chain chain = {0};
    enum lq_result result =
        lq_ledger_lookup_session(ledger, ledger->read_txn, lq_view_text(verification->tenant),
                                 lq_view_text(verification->session), &numbers);

    if (result != LQ_OK) {
        return result;
    }
    verification->totals->sessions++;
    chain.session_number = numbers.number;
    chain.tenant_number = numbers.tenant_number;
    result = lq_ledger_lookup_head(ledger, ledger->read_txn, numbers.number, &chain.head);
    if (is_fault(result)) {
        report(verification, 0, "head is missing");
        return LQ_OK;
    }
    return result == LQ_OK ? walk_chain(verification, &chain) : result;
}

static enum lq_result verify_tenant(struct verification *verification)
{
    struct lq_ledger_name names[NAMES_PER_PAGE];
    uint32_t count;
    enum lq_result result;

    verification->session[0] = '\0';
    do {
        result = lq_ledger_list_sessions(verification->ledger, lq_view_text(verification->tenant),
                                         lq_view_text(verification->session), names, NAMES_PER_PAGE,
                                         &count);
        for (uint32_t index = 0; result == LQ_OK && index < count; index++) {
            memcpy(verification->session, names[index].text, sizeof verification->session);
            result = verify_session(verification);
        }
    } while (result == LQ_OK && count == NAMES_PER_PAGE);
    return result;
}

static uint64_t count_entries(lq_ledger_t *ledger, enum lq_ledger_database database)
{
    MDB_stat stat;
    int failed = mdb_stat(ledger->read_txn, ledger->environment.databases[database], &stat);

    LQ_ASSERT(failed == 0);
    return stat.ms_entries;
}

/* What no walk from names can see: a session whose name or head vanished, records of nobody. The
 * counts are those of the partition when the verification began, at least. */
static enum lq_result check_counts(struct verification *verification)
{
    lq_ledger_t *ledger = verification->ledger;
    struct lq_partition_state state;
    enum lq_result result = lq_ledger_lookup_partition(ledger, ledger->read_txn, &state);

    verification->tenant[0] = '\0';
    verification->session[0] = '\0';
    if (is_fault(result)) {
        report(verification, 0, "state of the partition is unreadable");
        return LQ_OK;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (count_entries(ledger, LQ_LEDGER_RECORDS) != state.next_ledger_sequence - 1) {
        report(verification, 0, "count of records differs from the partition's");
    }
    if (count_entries(ledger, LQ_LEDGER_HEADS) != state.next_session_number - 1) {
        report(verification, 0, "count of heads differs from the partition's");
    }
    if (count_entries(ledger, LQ_LEDGER_NAMES) !=
        state.next_session_number - 1 + state.next_tenant_number - 1) {
        report(verification, 0, "count of names differs from the partition's");
    }
    return LQ_OK;
}

static enum lq_result verify_partition(struct verification *verification)
{
    struct lq_ledger_name names[NAMES_PER_PAGE];
    uint32_t count;
    enum lq_result result = check_counts(verification);

    while (result == LQ_OK) {
        result = lq_ledger_list_tenants(verification->ledger, lq_view_text(verification->tenant),
                                        names, NAMES_PER_PAGE, &count);
        for (uint32_t index = 0; result == LQ_OK && index < count; index++) {
            memcpy(verification->tenant, names[index].text, sizeof verification->tenant);
            result = verify_tenant(verification);
        }
        if (count < NAMES_PER_PAGE) {
            break;
        }
    }
    return result;
}

enum lq_result lq_ledger_verify(lq_ledger_t *ledger, struct lq_view tenant, struct lq_view session,
                                lq_chain_broken_fn on_broken, void *context,
                                struct lq_chain_totals *totals)
{
    struct verification verification = {
        .ledger = ledger, .on_broken = on_broken, .context = context, .totals = totals};

    *totals = (struct lq_chain_totals){0};
    LQ_ASSERT(tenant.bytes > 0 || session.bytes == 0);
    if (tenant.bytes > LQ_TENANT_NAME_BYTES_MAX || session.bytes > LQ_SESSION_NAME_BYTES_MAX) {
        return LQ_ERR_NOT_FOUND;
    }
    if (tenant.bytes > 0) {
        memcpy(verification.tenant, tenant.data, tenant.bytes);
    }
    if (session.bytes > 0) {
        memcpy(verification.session, session.data, session.bytes);
    }
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return result;
    }
    if (session.bytes > 0) {
        result = verify_session(&verification);
    } else if (tenant.bytes > 0) {
        result = verify_tenant(&verification);
    } else {
        result = verify_partition(&verification);
    }
    if (ledger->reading) {
        lq_ledger_read_end(ledger);
    }
    return result;
}
