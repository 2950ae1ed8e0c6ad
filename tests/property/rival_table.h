// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* rival_table.h - the model behind rival_writers.h: stores, the table, requests on their way, and
 * what is looked at whenever a put is written. One run at a time. */
#ifndef LQ_RIVAL_TABLE_H
#define LQ_RIVAL_TABLE_H

#include "store/core/record.h"
#include "tests/property/rival_writers.h"

enum {
    LQ_RIVAL_STEPS = 240,
    LQ_RIVAL_HOSTS = 3,
    LQ_RIVAL_STREAMS = 3,  /* the control stream and two tenants */
    LQ_RIVAL_ENTRIES = 64, /* of a store, at most; the end of a run adds 5 */
    LQ_RIVAL_SEQUENCES = LQ_RIVAL_ENTRIES + 1,
    LQ_RIVAL_SEGMENTS = 256, /* of a stream, at most */
    LQ_RIVAL_REQUESTS = 96,
    LQ_RIVAL_BODY_MAX = 700,
    LQ_RIVAL_MADE = LQ_RIVAL_STEPS + 32, /* entries, in all stores together */
    LQ_RIVAL_RECORD_CONTENT_MAX = 300,
    LQ_RIVAL_ENTRY_MAX = LQ_RECORD_EXTRA_BYTES + LQ_RIVAL_RECORD_CONTENT_MAX,
    LQ_RIVAL_DRAIN_STEPS = 6000,
    LQ_RIVAL_DAY_S = 86400
};

struct lq_rival_entry {
    uint32_t stream;
    enum lq_segment_entry_kind kind;
    uint64_t sequence, unique;
    uint32_t bytes;
    uint64_t names[LQ_SEGMENT_SOURCES]; /* of the control stream, before it in the feed */
    uint8_t identity[LQ_HASH_BYTES];
};

struct lq_rival_store {
    uint32_t count;
    struct lq_rival_entry entries[LQ_RIVAL_ENTRIES];
    uint64_t next[LQ_SEGMENT_SOURCES];
    uint64_t names[LQ_SEGMENT_SOURCES];
    uint8_t hash[LQ_RIVAL_STREAMS][LQ_HASH_BYTES];
};

struct lq_rival_item {
    bool there;
    uint64_t put_s;
    uint32_t body_bytes;
    uint8_t header[LQ_SEGMENT_HEADER_BYTES];
    uint8_t body[LQ_RIVAL_BODY_MAX];
};

struct lq_rival_process {
    bool up;
    uint32_t life; /* of all processes, this is the n-th */
    struct lq_stream_set set;
    struct lq_stream_log logs[LQ_RIVAL_STREAMS];
    struct lq_segment_packer packers[LQ_RIVAL_STREAMS];
    uint32_t cursor[LQ_RIVAL_STREAMS]; /* place in the store of the next entry */
    uint32_t half[LQ_RIVAL_STREAMS];   /* of bodies: which is being filled */
    uint64_t names[LQ_RIVAL_STREAMS][2][LQ_SEGMENT_SOURCES];
    uint64_t rank[LQ_RIVAL_STREAMS]; /* once it is told OPEN */
    uint32_t put_bytes[LQ_RIVAL_STREAMS];
    uint8_t put_header[LQ_RIVAL_STREAMS][LQ_SEGMENT_HEADER_BYTES];
    uint8_t bodies[LQ_RIVAL_STREAMS][2][LQ_RIVAL_BODY_MAX];
};

enum lq_rival_phase {
    LQ_RIVAL_FREE,
    LQ_RIVAL_UNSIGNED,
    LQ_RIVAL_SIGNED,
    LQ_RIVAL_HEAD_PASSED,
    LQ_RIVAL_ANSWERED
};

struct lq_rival_request {
    enum lq_rival_phase phase;
    bool given_up; /* the writer was told that there is no answer */
    uint32_t host, life, stream;
    struct lq_stream_log_effect effect;
    uint64_t signed_s, claim;
    uint64_t rank; /* of who puts, when it was sent */
    struct lq_rival_item put;
    enum lq_stream_log_event_kind answer;
    enum lq_stream_log_found found;
    struct lq_segment_header segment;
};

struct lq_rival_table {
    uint64_t newest[LQ_RIVAL_STREAMS];
    uint64_t head_claim[LQ_RIVAL_STREAMS]; /* LQ_RIVAL_FENCE_ON_HEADS */
    struct lq_rival_item items[LQ_RIVAL_STREAMS][LQ_RIVAL_SEGMENTS];
};

struct lq_rival_logged {
    uint64_t unique[LQ_SEGMENT_SOURCES][LQ_RIVAL_SEQUENCES];
    struct lq_rival_entry entries[LQ_SEGMENT_SOURCES][LQ_RIVAL_SEQUENCES];
    uint64_t newest[LQ_SEGMENT_SOURCES];
    uint64_t top_rank; /* of the writers that were told OPEN */
};

struct lq_rival_state {
    uint64_t random, seed, now_s, unique;
    enum lq_rival_fault fault;
    struct lq_rival_tally *tally;
    uint32_t lives, body_max, host_count;
    bool ending; /* nothing is lost, no more faults */
    struct lq_rival_store stores[LQ_RIVAL_HOSTS], old_copy;
    struct lq_rival_entry
        made[LQ_RIVAL_MADE]; /* by their unique number, whatever became of the store */
    struct lq_rival_process processes[LQ_RIVAL_HOSTS];
    struct lq_rival_request requests[LQ_RIVAL_REQUESTS];
    struct lq_rival_table table;
    struct lq_rival_logged logged[LQ_RIVAL_STREAMS];
    struct lq_segment_reader readers[LQ_RIVAL_STREAMS];
    uint8_t buffers[LQ_RIVAL_STREAMS][LQ_RIVAL_ENTRY_MAX];
    uint64_t opened; /* writers told OPEN, in all streams */
    char broken[256];
};

extern struct lq_rival_state lq_rival_run;

/* Chance. */
uint32_t lq_rival_below(uint32_t count);
bool lq_rival_one_in(uint32_t count);

/* In place of BLAKE2b: a million runs digest a lot. */
void lq_rival_digest(uint8_t digest[LQ_HASH_BYTES], struct lq_view message);

/* Something does not hold; the first is kept. */
void lq_rival_broken(const char *text, ...) LQ_PRINTF(1, 2);

/* The bytes of an entry, into memory with room for the longest. */
struct lq_view lq_rival_store_bytes(const struct lq_rival_entry *entry,
                                    uint8_t to[LQ_RIVAL_ENTRY_MAX]);

void lq_rival_store_append(struct lq_rival_store *store, uint32_t stream);

/* NULL: it has none of that kind and sequence, or it is another stream's. */
const struct lq_rival_entry *lq_rival_store_find(const struct lq_rival_store *store,
                                                 uint32_t stream, enum lq_segment_entry_kind kind,
                                                 uint64_t sequence);

/* All that the log has of a stream up to `upto` is in the store too. */
bool lq_rival_store_extends(const struct lq_rival_store *store, uint32_t stream,
                            const uint64_t upto[LQ_SEGMENT_SOURCES]);

/* What the log of record has, as a store: the way back. */
void lq_rival_store_restore(struct lq_rival_store *store);

bool lq_rival_table_is_put(const struct lq_rival_request *request);

/* The request arrives at the table. */
void lq_rival_table_apply(struct lq_rival_request *request);

/* Segments at least a day old go, mostly the oldest first; never the newest. */
void lq_rival_table_expire(void);

/* What is in the table is one chain from the oldest segment behind the newest gap on. */
void lq_rival_table_read(uint32_t stream);

#endif
