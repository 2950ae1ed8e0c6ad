// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_bases.h"

#include "store/lmdb/ledger_lookup.h"

static enum lq_result list(MDB_cursor *cursor, uint64_t after, struct lq_ledger_newest *sessions,
                           uint32_t count_max, uint32_t *count)
{
    uint64_t first = after + 1;
    MDB_val key = lq_lmdb_environment_value(&first, sizeof first);
    MDB_val value = {0, NULL};
    struct lq_head_state head;
    enum lq_result result = LQ_OK;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

    while (result == LQ_OK && code == 0 && *count < count_max) {
        struct lq_ledger_newest *session = &sessions[*count];
        result = key.mv_size == sizeof session->session_number
                     ? lq_head_decode(lq_lmdb_environment_view(value), &head)
                     : LQ_ERR_CORRUPT;
        if (result == LQ_OK) {
            memcpy(&session->session_number, key.mv_data, sizeof session->session_number);
            session->ledger_sequence = head.ledger_sequence;
            *count += head.record_count > 0; /* of a deleted one nothing may be left */
            code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    return result == LQ_OK && code != 0 && code != MDB_NOTFOUND
               ? lq_lmdb_environment_result(code, "walk the heads")
               : result;
}

enum lq_result lq_ledger_bases_list(lq_ledger_t *ledger, uint64_t after,
                                    struct lq_ledger_newest *sessions, uint32_t count_max,
                                    uint32_t *count)
{
    MDB_cursor *cursor;
    enum lq_result result = lq_ledger_read_begin(ledger);

    *count = 0;
    if (result != LQ_OK) {
        return result;
    }
    int code =
        mdb_cursor_open(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_HEADS], &cursor);
    result = lq_lmdb_environment_result(code, "open a cursor of heads");
    if (result == LQ_OK) {
        result = list(cursor, after, sessions, count_max, count);
        mdb_cursor_close(cursor);
    }
    lq_ledger_read_end(ledger);
    return result;
}

/* A record of the session; that it is another one's is damage. */
static enum lq_result find_record(lq_ledger_t *ledger, uint64_t session_number, uint64_t sequence,
                                  struct lq_view *record, struct lq_record_header *header)
{
    enum lq_result result =
        lq_ledger_lookup_record(ledger, ledger->read_txn, sequence, record, header);

    if (result == LQ_ERR_NOT_FOUND ||
        (result == LQ_OK && header->session_number != session_number)) {
        return LQ_ERR_CORRUPT;
    }
    return result;
}

enum lq_result lq_ledger_bases_tenant(lq_ledger_t *ledger, uint64_t session_number,
                                      uint64_t *tenant_number)
{
    struct lq_head_state head;
    struct lq_record_header header;
    struct lq_view record;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_head(ledger, ledger->read_txn, session_number, &head);
    if (result == LQ_OK) {
        result = find_record(ledger, session_number, head.ledger_sequence, &record, &header);
    }
    if (result == LQ_OK) {
        *tenant_number = header.tenant_number;
    }
    lq_ledger_read_end(ledger);
    return result;
}

/* The newest record at or below `up_to`. */
static enum lq_result find_newest(lq_ledger_t *ledger, uint64_t session_number, uint64_t up_to,
                                  struct lq_record_header *header)
{
    struct lq_head_state head;
    struct lq_view record;
    enum lq_result result = lq_ledger_lookup_head(ledger, ledger->read_txn, session_number, &head);

    if (result != LQ_OK) {
        return result;
    }
    uint64_t sequence = head.ledger_sequence;
    for (uint32_t steps = 0; steps <= LQ_LEDGER_BASES_STEPS_MAX; steps++) {
        if (sequence == 0) {
            return LQ_ERR_NOT_FOUND;
        }
        result = find_record(ledger, session_number, sequence, &record, header);
        if (result != LQ_OK || sequence <= up_to) {
            return result;
        }
        sequence = header->previous_sequence;
    }
    return LQ_ERR_LIMIT;
}

/* Their sequences, the newest first. */
static enum lq_result find_back_to_keyframe(lq_ledger_t *ledger, struct lq_record_header header,
                                            uint64_t sequences[LQ_LEDGER_BASES_RECORDS_MAX],
                                            uint32_t *count)
{
    uint64_t keyframe = header.keyframe_sequence;
    struct lq_view record;
    enum lq_result result = LQ_OK;

    *count = 0;
    while (result == LQ_OK) {
        if (*count == LQ_LEDGER_BASES_RECORDS_MAX) {
            return LQ_ERR_LIMIT;
        }
        sequences[(*count)++] = header.ledger_sequence;
        if (header.ledger_sequence <= keyframe) {
            return header.ledger_sequence == keyframe ? LQ_OK : LQ_ERR_CORRUPT;
        }
        result =
            find_record(ledger, header.session_number, header.previous_sequence, &record, &header);
    }
    return result;
}

static enum lq_result tell_each(lq_ledger_t *ledger, uint64_t session_number, uint64_t up_to,
                                lq_ledger_bases_fn each, void *context)
{
    uint64_t sequences[LQ_LEDGER_BASES_RECORDS_MAX];
    struct lq_record_header header;
    struct lq_view record;
    uint32_t count;
    enum lq_result result = find_newest(ledger, session_number, up_to, &header);

    if (result == LQ_OK) {
        result = find_back_to_keyframe(ledger, header, sequences, &count);
    }
    while (result == LQ_OK && count > 0) {
        result = find_record(ledger, session_number, sequences[--count], &record, &header);
        if (result == LQ_OK) {
            result = each(context, record);
        }
    }
    return result;
}

enum lq_result lq_ledger_bases_each(lq_ledger_t *ledger, uint64_t session_number, uint64_t up_to,
                                    lq_ledger_bases_fn each, void *context)
{
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = tell_each(ledger, session_number, up_to, each, context);
    lq_ledger_read_end(ledger);
    return result;
}
