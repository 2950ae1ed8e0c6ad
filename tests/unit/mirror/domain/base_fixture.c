// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/mirror/domain/base_fixture.h"

#include "tests/support/suite.h"

struct lq_base_fixture lq_base_fixture;

struct lq_view lq_base_fixture_record(int index)
{
    struct lq_record_header fields = {
        .version = LQ_RECORD_VERSION,
        .seal_version = LQ_RECORD_SEAL_VERSION,
        .form = LQ_RECORD_WHOLE,
        .kind = LQ_RECORD_KEYFRAME,
        .partition = LQ_FIXTURE_PARTITION,
        .content_bytes = LQ_FIXTURE_CONTENT,
        .ledger_sequence = 20 + 10 * (uint64_t)index,
        .tenant_number = LQ_FIXTURE_TENANT,
        .session_number = 5,
        .frame = 7 + (uint64_t)index,
        .previous_sequence = 10 + 10 * (uint64_t)index,
        .keyframe_sequence = 20,
    };

    memset(lq_base_fixture.records[index], 0x40 + index, sizeof lq_base_fixture.records[index]);
    lq_record_encode_header(&fields, lq_base_fixture.records[index]);
    return lq_view_of(lq_base_fixture.records[index], sizeof lq_base_fixture.records[index]);
}

void lq_base_fixture_begin(void)
{
    lq_base_fixture.header = (struct lq_base_header){.partition = LQ_FIXTURE_PARTITION,
                                                     .tenant_number = LQ_FIXTURE_TENANT,
                                                     .session_number = 5,
                                                     .segment = 77};
}

void lq_base_fixture_make(size_t piece_max)
{
    lq_base_fixture_begin();
    for (int index = 0; index < LQ_FIXTURE_RECORDS; index++) {
        ck_assert_int_eq(lq_base_item_add(&lq_base_fixture.header, lq_base_fixture_record(index),
                                          lq_base_fixture.base, LQ_FIXTURE_BASE_MAX),
                         LQ_OK);
    }
    ck_assert_int_eq(lq_base_item_cut(&lq_base_fixture.header, lq_fixture_digest,
                                      lq_base_fixture.base, piece_max),
                     LQ_OK);
    lq_base_reader_start(&lq_base_fixture.reader, lq_fixture_digest, lq_base_fixture.again,
                         sizeof lq_base_fixture.again);
}

enum lq_result lq_base_fixture_take(uint32_t piece)
{
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];
    struct lq_view body = lq_base_item_piece(&lq_base_fixture.header, lq_fixture_digest,
                                             lq_base_fixture.base, piece, bytes);

    return lq_base_reader_take(&lq_base_fixture.reader, lq_view_of(bytes, sizeof bytes), body);
}
