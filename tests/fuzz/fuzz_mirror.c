// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a table may say: keys, headers, bodies of segments, bases; and texts that stages put into
 * events. The first byte of an input chooses. */
#include "base/little_endian.h"
#include "logger/json_object.h"
#include "mirror/domain/base_reader.h"
#include "mirror/domain/base_slots.h"
#include "mirror/domain/cloud_event.h"
#include "mirror/domain/key_item.h"
#include "mirror/domain/partition_item.h"
#include "mirror/domain/segment_expiry.h"
#include "mirror/domain/segment_reader.h"
#include "store/core/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { LENT = 65536, SEGMENTS_MAX = 16 };

static uint8_t lent[LENT];

/* In place of BLAKE2b, which this program does without. Never zeros. */
static void add_up(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    memset(digest, 1, LQ_HASH_BYTES);
    for (size_t at = 0; at < message.bytes; at++) {
        digest[at % LQ_HASH_BYTES] = (uint8_t)(digest[at % LQ_HASH_BYTES] * 3 + message.data[at]);
    }
}

/* No fuzzer finds a digest: the header that comes is given its own, and then read. */
static void try_segment_header(struct lq_view from)
{
    struct lq_segment_header header;
    uint8_t bytes[LQ_SEGMENT_HEADER_BYTES];

    if (lq_segment_decode_header(from, add_up, &header) == LQ_OK) {
        LQ_ASSERT(from.bytes == sizeof bytes);
    }
    if (from.bytes != sizeof bytes) {
        return;
    }
    memcpy(bytes, from.data, sizeof bytes);
    add_up(bytes + LQ_SEGMENT_DIGEST_AT, lq_view_of(bytes, LQ_SEGMENT_DIGEST_AT));
    if (lq_segment_decode_header(lq_view_of(bytes, sizeof bytes), add_up, &header) == LQ_OK) {
        LQ_ASSERT(header.number > 0);
        LQ_ASSERT((header.kind == LQ_SEGMENT_CLAIM) == (header.piece_count == 0));
        LQ_ASSERT(lq_segment_same_step(&header, &header));
        (void)lq_segment_check_body(&header, add_up, lq_view_of(bytes, sizeof bytes));
    }
}

/* A header that says of a body what is in it, as far as it can be read. */
static void describe(struct lq_segment_header *header, struct lq_view body)
{
    struct lq_segment_piece piece;
    struct lq_view rest = body;

    header->body_bytes = (uint32_t)body.bytes;
    header->piece_count = 0;
    while (lq_segment_next_piece(&rest, &piece) == LQ_OK) {
        header->piece_count++;
        if (piece.last) {
            uint8_t *identity = header->after.identity[piece.kind - 1];
            header->after.sequence[piece.kind - 1] = piece.sequence;
            if (!lq_segment_record_identity(piece.bytes, identity)) {
                memset(identity, 7, LQ_HASH_BYTES);
            }
        }
    }
}

static void read_entries(struct lq_segment_reader *reader, uint64_t *covered)
{
    struct lq_segment_entry entry;

    while (lq_segment_reader_next(reader, &entry) == LQ_OK) {
        LQ_ASSERT(entry.bytes.bytes > 0);
        LQ_ASSERT(entry.sequence > covered[entry.kind - 1]);
        covered[entry.kind - 1] = entry.sequence;
    }
}

/* A claim, and behind it the bodies that the input has, each behind its length. */
static void try_stream(struct lq_view from)
{
    struct lq_segment_reader reader;
    struct lq_segment_header header = {.kind = LQ_SEGMENT_CLAIM, .tenant_number = 1, .claim = 1};
    struct lq_segment_expiry expiry;
    uint8_t bytes[LQ_SEGMENT_HEADER_BYTES];
    uint64_t covered[LQ_SEGMENT_SOURCES] = {0};

    lq_segment_reader_start(&reader, add_up, 0, 1, lent, sizeof lent);
    for (int count = 0; count < SEGMENTS_MAX; count++) {
        struct lq_view body = lq_view_of(from.data, 0);
        header.number++;
        if (count > 0) {
            if (from.bytes < 2) {
                return;
            }
            size_t wanted = lq_get_u16(from.data);
            size_t room = from.bytes - 2;
            body = lq_view_of(from.data + 2, wanted < room ? wanted : room);
            from = lq_view_of(body.data + body.bytes, room - body.bytes);
            header.kind = LQ_SEGMENT_DATA;
            describe(&header, body);
            if (header.piece_count == 0) {
                return;
            }
        }
        lq_segment_encode(&header, add_up, body, bytes);
        LQ_ASSERT(lq_segment_expiry_read(&header, add_up, body, &expiry) != LQ_OK ||
                  expiry.highest[0] >= header.after.sequence[0] || count == 0 ||
                  header.after.sequence[0] == header.before[0]);
        if (lq_segment_reader_take(&reader, lq_view_of(bytes, sizeof bytes), body) != LQ_OK) {
            return;
        }
        read_entries(&reader, covered);
        if (reader.rest.bytes > 0) {
            return; /* a record that does not fit */
        }
        memcpy(header.before, header.after.sequence, sizeof header.before);
        memcpy(header.previous, header.digest, LQ_HASH_BYTES);
    }
}

/* Entries of any lengths, packed and read again, are what they were. */
static void try_round(struct lq_view from)
{
    static const struct lq_segment_position none;
    static uint8_t body[1024];
    struct lq_segment_packer packer;
    struct lq_segment_reader reader;
    struct lq_segment_header header = {.kind = LQ_SEGMENT_CLAIM, .tenant_number = 1, .claim = 1};
    struct lq_segment_entry entry = {.kind = LQ_SEGMENT_BROKER};
    struct lq_segment_entry read;
    uint8_t bytes[LQ_SEGMENT_HEADER_BYTES];
    uint64_t next = 1;

    if (from.bytes < 4) {
        return;
    }
    size_t body_max = 80 + (lq_get_u16(from.data) % (sizeof body - 80));
    size_t entry_bytes = 1 + lq_get_u16(from.data + 2) % from.bytes;
    lq_segment_reader_start(&reader, add_up, 0, 1, lent, sizeof lent);
    header.number = 1;
    lq_segment_encode(&header, add_up, lq_view_of(bytes, 0), bytes);
    LQ_ASSERT(lq_segment_reader_take(&reader, lq_view_of(bytes, sizeof bytes),
                                     lq_view_of(bytes, 0)) == LQ_OK);
    lq_segment_packer_start(&packer, add_up, body_max, &none);
    lq_segment_packer_begin(&packer, body);
    for (int count = 0; count < SEGMENTS_MAX * 4;) {
        entry.sequence = next;
        entry.bytes = lq_view_of(from.data, 1 + (entry_bytes * next) % from.bytes);
        lq_segment_plain_identity(add_up, entry.bytes, entry.identity);
        enum lq_result result = lq_segment_packer_add(&packer, &entry);
        next += result == LQ_OK;
        if (result == LQ_OK) {
            count++;
            continue;
        }
        header.number++;
        memcpy(header.previous, header.digest, LQ_HASH_BYTES);
        lq_segment_packer_finish(&packer, &header, bytes);
        enum lq_result taken = lq_segment_reader_take(&reader, lq_view_of(bytes, sizeof bytes),
                                                      lq_view_of(body, header.body_bytes));
        LQ_ASSERT(taken == LQ_OK);
        while (lq_segment_reader_next(&reader, &read) == LQ_OK) {
            LQ_ASSERT(read.bytes.bytes == 1 + (entry_bytes * read.sequence) % from.bytes);
            LQ_ASSERT(memcmp(read.bytes.data, from.data, read.bytes.bytes) == 0);
        }
        lq_segment_packer_begin(&packer, body);
        count++;
    }
}

static void try_base_header(struct lq_view from)
{
    struct lq_base_header header;
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];

    (void)lq_base_item_decode(from, add_up, &header);
    if (from.bytes == sizeof bytes) {
        memcpy(bytes, from.data, sizeof bytes);
        add_up(bytes + LQ_BASE_ITEM_DIGEST_AT, lq_view_of(bytes, LQ_BASE_ITEM_DIGEST_AT));
        if (lq_base_item_decode(lq_view_of(bytes, sizeof bytes), add_up, &header) == LQ_OK) {
            LQ_ASSERT(header.piece < header.piece_count);
            LQ_ASSERT(header.piece_bytes > 0);
            LQ_ASSERT(header.piece_bytes <= LQ_BASE_ITEM_PIECE_BYTES_MAX);
        }
    }
}

/* Of its pieces in a slot one may be missing, or lie under another's key: then it is not whole. */
static void try_slots(struct lq_base_header *header, struct lq_view from)
{
    struct lq_base_slots slots;
    struct lq_segment_key key = {.pk = ""};
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];
    uint32_t slot;
    uint32_t wrong = from.data[2] % 8;

    lq_base_slots_start(&slots, add_up);
    lq_base_slots_take(&slots, from, from, from);
    for (uint32_t piece = 0; piece < header->piece_count; piece++) {
        struct lq_view body = lq_base_item_piece(header, add_up, from.data, piece, bytes);
        lq_segment_key_set_base(&key, 1, from.data[3] % 2, piece == wrong ? piece + 1 : piece);
        lq_base_slots_take(&slots, lq_view_text(key.sk), lq_view_of(bytes, sizeof bytes), body);
    }
    const struct lq_base_header *newest = lq_base_slots_newest(&slots, &slot);
    LQ_ASSERT((newest != NULL) == (wrong >= header->piece_count));
    LQ_ASSERT(newest == NULL || slot == from.data[3] % 2);
}

/* A base of which only the header is ours: what it holds is the input, in pieces. */
static void try_base(struct lq_view from)
{
    struct lq_base_header header = {
        .tenant_number = 1, .session_number = 1, .segment = 1, .sequence = 9, .first_sequence = 1};
    struct lq_base_reader reader;
    struct lq_view record;
    uint8_t bytes[LQ_BASE_ITEM_HEADER_BYTES];

    if (from.bytes < 4 || from.bytes > LENT) {
        return;
    }
    header.record_count = 1 + from.data[0] % 4;
    header.frame = header.record_count - 1;
    header.base_bytes = from.bytes;
    if (lq_base_item_cut(&header, add_up, from.data, 1 + from.bytes / (1 + from.data[1] % 4)) !=
        LQ_OK) {
        return;
    }
    try_slots(&header, from);
    lq_base_reader_start(&reader, add_up, lent, sizeof lent);
    for (uint32_t piece = 0; piece < header.piece_count; piece++) {
        struct lq_view body = lq_base_item_piece(&header, add_up, from.data, piece, bytes);
        enum lq_result result = lq_base_reader_take(&reader, lq_view_of(bytes, sizeof bytes), body);
        LQ_ASSERT(result == (piece + 1 < header.piece_count ? LQ_ERR_NOT_FOUND : LQ_OK));
    }
    while (lq_base_reader_next(&reader, &record) == LQ_OK) {
        LQ_ASSERT(record.data >= lent);
        LQ_ASSERT(record.data + record.bytes <= lent + from.bytes);
    }
}

static void try_keys(struct lq_view from)
{
    struct lq_segment_key key = {0};
    struct lq_view tenant;
    uint64_t number = 0;
    uint32_t small = 0;
    uint32_t piece = 0;

    if (lq_segment_key_read_stream(from, &tenant, &small) == LQ_OK) {
        lq_segment_key_stream(tenant, small, &key);
        LQ_ASSERT(lq_view_equal(lq_view_text(key.pk), from));
    }
    if (lq_segment_key_read_number(from, &number) == LQ_OK) {
        lq_segment_key_set_number(&key, number);
        LQ_ASSERT(lq_view_equal(lq_view_text(key.sk), from));
    }
    if (lq_segment_key_read_base(from, &number, &small, &piece) == LQ_OK) {
        lq_segment_key_set_base(&key, number, small, piece);
        LQ_ASSERT(lq_view_equal(lq_view_text(key.sk), from));
    }
}

/* Whatever a stage has put into a text, the event is JSON. */
static void try_event(struct lq_view from)
{
    static char text[LENT * 8];
    struct lq_cloud_event_text to = {.text = text, .bytes_max = sizeof text};
    struct lq_cloud_event event = {.type = LQ_CLOUD_EVENT_TICK, .tenant = lq_view_text("demo")};

    if (from.bytes > LENT) {
        return;
    }
    event.data.tick.name = from;
    if (lq_cloud_event_write(&event, LQ_CLOUD_EVENT_PUT_BYTES_MAX, "dynamodb://t", &to) == LQ_OK) {
        LQ_ASSERT(lq_json_object_is(text, to.bytes));
    }
    event.type = LQ_CLOUD_EVENT_LETTER_STORED;
    event.session = from;
    event.data.letter.error = from;
    event.data.letter.cause = from;
    if (lq_cloud_event_write(&event, from.bytes, "dynamodb://t", &to) == LQ_OK) {
        LQ_ASSERT(lq_json_object_is(text, to.bytes));
    }
}

static void try_small_items(struct lq_view from)
{
    struct lq_partition_item partition;
    struct lq_key_item keys;
    struct lq_view rest = from;
    struct lq_view wrapped;
    uint8_t bytes[LQ_KEY_ITEM_HEADER_BYTES];

    (void)lq_partition_item_decode(from, add_up, &partition);
    keys = (struct lq_key_item){.tenant_number = 1, .counter = 1};
    while (lq_key_item_next(&rest, &wrapped) == LQ_OK) {
        keys.key_count++;
    }
    keys.body_bytes = (uint32_t)from.bytes;
    lq_key_item_encode(&keys, add_up, from.data, bytes);
    enum lq_result result =
        lq_key_item_decode(lq_view_of(bytes, sizeof bytes), from, add_up, &keys);
    LQ_ASSERT((result == LQ_OK) == (rest.bytes == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static void (*const targets[])(struct lq_view) = {try_segment_header, try_stream,     try_round,
                                                      try_base_header,    try_base,       try_keys,
                                                      try_event,          try_small_items};

    if (bytes > 0) {
        targets[data[0] % (sizeof targets / sizeof targets[0])](lq_view_of(data + 1, bytes - 1));
    }
    return 0;
}
