// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* fake_table.h - a table in memory in the place of mirror/infrastructure/dynamodb_gateway.h, so
 * that a test decides when a question is carried out, and how its answer gets lost. */
#ifndef LQ_FAKE_TABLE_H
#define LQ_FAKE_TABLE_H

#include "mirror/infrastructure/dynamodb_gateway.h"

enum { LQ_FAKE_ITEMS = 64, LQ_FAKE_QUESTIONS = 16, LQ_FAKE_BYTES = 4096, LQ_FAKE_PAGE = 3 };

/* Numbers of one letter: n, and those of the partition's state. */
#define LQ_FAKE_NUMBERS "nuloqsefa"

struct lq_fake_numbers {
    bool has[sizeof LQ_FAKE_NUMBERS - 1];
    uint64_t value[sizeof LQ_FAKE_NUMBERS - 1];
};

/* Attributes h and b, numbers and ttl. */
struct lq_fake_item {
    char pk[64], sk[64];
    uint8_t h[512], b[LQ_FAKE_BYTES];
    size_t h_bytes, b_bytes;
    bool has_b, has_n, has_ttl;
    uint64_t n, ttl;
    struct lq_fake_numbers numbers; /* n among them */
};

struct lq_fake_question {
    enum lq_table_call call;
    struct lq_fake_item item; /* what is put, updated, or asked for */
    char sk_to[64], after_sk[64];
    struct lq_table_condition condition;
    uint64_t tag;
};

struct lq_fake_table {
    struct lq_fake_item items[LQ_FAKE_ITEMS]; /* in no order */
    uint32_t item_count;
    struct lq_fake_question questions[LQ_FAKE_QUESTIONS];
    uint32_t question_count;
    bool hides_items; /* CONDITION_FAILED does not show what is there */
    bool is_full;     /* no question is taken */
    uint64_t writes, reads, conflicts;
};

extern struct lq_fake_table lq_fake_table;

enum lq_fake_fate {
    LQ_FAKE_DONE = 1,
    LQ_FAKE_NOT_DONE, /* given up */
    LQ_FAKE_LOST      /* done, and the answer is that it was given up */
};

typedef void (*lq_fake_hear_fn)(const struct lq_dynamodb_answer *answer);

void lq_fake_table_clear(void);

/* The oldest question meets its fate, and its answer is heard. False: nothing was asked. */
bool lq_fake_table_step(enum lq_fake_fate fate, lq_fake_hear_fn hear);

/* NULL: it is not there. */
struct lq_fake_item *lq_fake_table_find(const char *pk, const char *sk);
void lq_fake_table_remove(const char *pk, const char *sk);

/* A number that the item has. */
uint64_t lq_fake_table_number(const struct lq_fake_item *item, char name);

/* Put an item by hand. */
struct lq_fake_item *lq_fake_table_add(const char *pk, const char *sk);

#endif
