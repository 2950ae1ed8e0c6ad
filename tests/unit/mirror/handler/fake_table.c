// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/mirror/handler/fake_table.h"

#include "base/contract.h"

#include <stdio.h>

struct lq_fake_table lq_fake_table;

/* An item keeps the pointer. */
static const char *name_of(size_t index)
{
    static char names[sizeof LQ_FAKE_NUMBERS][2];

    names[index][0] = LQ_FAKE_NUMBERS[index];
    return names[index];
}

void lq_fake_table_clear(void)
{
    memset(&lq_fake_table, 0, sizeof lq_fake_table);
}

struct lq_fake_item *lq_fake_table_find(const char *pk, const char *sk)
{
    for (uint32_t index = 0; index < lq_fake_table.item_count; index++) {
        struct lq_fake_item *item = &lq_fake_table.items[index];
        if (strcmp(item->pk, pk) == 0 && strcmp(item->sk, sk) == 0) {
            return item;
        }
    }
    return NULL;
}

void lq_fake_table_remove(const char *pk, const char *sk)
{
    struct lq_fake_item *item = lq_fake_table_find(pk, sk);

    LQ_ASSERT(item != NULL);
    *item = lq_fake_table.items[--lq_fake_table.item_count];
}

struct lq_fake_item *lq_fake_table_add(const char *pk, const char *sk)
{
    struct lq_fake_item *item = lq_fake_table_find(pk, sk);

    if (item == NULL) {
        LQ_ASSERT(lq_fake_table.item_count < LQ_FAKE_ITEMS);
        item = &lq_fake_table.items[lq_fake_table.item_count++];
    }
    memset(item, 0, sizeof *item);
    (void)snprintf(item->pk, sizeof item->pk, "%s", pk);
    (void)snprintf(item->sk, sizeof item->sk, "%s", sk);
    return item;
}

/* ---- what the gateway is asked ---- */

static void copy_text(char to[64], struct lq_view text)
{
    LQ_ASSERT(text.bytes < 64);
    memcpy(to, text.data, text.bytes);
    to[text.bytes] = '\0';
}

static struct lq_fake_question *ask(enum lq_table_call call, struct lq_view pk, struct lq_view sk,
                                    uint64_t tag)
{
    if (lq_fake_table.is_full || lq_fake_table.question_count == LQ_FAKE_QUESTIONS) {
        return NULL;
    }
    struct lq_fake_question *question = &lq_fake_table.questions[lq_fake_table.question_count++];
    memset(question, 0, sizeof *question);
    question->call = call;
    question->tag = tag;
    copy_text(question->item.pk, pk);
    copy_text(question->item.sk, sk);
    return question;
}

static void copy_attributes(const struct lq_table_item *from, struct lq_fake_item *to)
{
    const struct lq_table_attribute *h = lq_table_item_find(from, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *b = lq_table_item_find(from, "b", LQ_TABLE_BYTES);
    const struct lq_table_attribute *n = lq_table_item_find(from, "n", LQ_TABLE_NUMBER);
    const struct lq_table_attribute *ttl = lq_table_item_find(from, "ttl", LQ_TABLE_NUMBER);

    if (h != NULL) {
        LQ_ASSERT(h->view.bytes <= sizeof to->h);
        to->h_bytes = h->view.bytes;
        memcpy(to->h, h->view.data, h->view.bytes);
    }
    if (b != NULL) {
        LQ_ASSERT(b->view.bytes <= sizeof to->b);
        to->has_b = true;
        to->b_bytes = b->view.bytes;
        memcpy(to->b, b->view.data, b->view.bytes);
    }
    for (size_t index = 0; index < sizeof LQ_FAKE_NUMBERS - 1; index++) {
        const char *name = name_of(index);
        const struct lq_table_attribute *number = lq_table_item_find(from, name, LQ_TABLE_NUMBER);
        to->numbers.has[index] = number != NULL;
        to->numbers.value[index] = number != NULL ? number->number : 0;
    }
    if (n != NULL) {
        to->has_n = true;
        to->n = n->number;
    }
    if (ttl != NULL) {
        to->has_ttl = true;
        to->ttl = ttl->number;
    }
}

static enum lq_result write(enum lq_table_call call, const struct lq_table_item *item,
                            const struct lq_table_condition *condition, uint64_t tag)
{
    struct lq_fake_question *question = ask(call, item->pk, item->sk, tag);

    if (question == NULL) {
        return LQ_ERR_FULL;
    }
    copy_attributes(item, &question->item);
    question->condition = *condition;
    return LQ_OK;
}

enum lq_result lq_dynamodb_gateway_put(lq_dynamodb_gateway_t *gateway,
                                       const struct lq_table_item *item,
                                       const struct lq_table_condition *condition, uint64_t tag)
{
    (void)gateway;
    return write(LQ_TABLE_PUT, item, condition, tag);
}

enum lq_result lq_dynamodb_gateway_update(lq_dynamodb_gateway_t *gateway,
                                          const struct lq_table_item *change,
                                          const struct lq_table_condition *condition, uint64_t tag)
{
    (void)gateway;
    return write(LQ_TABLE_UPDATE, change, condition, tag);
}

enum lq_result lq_dynamodb_gateway_get(lq_dynamodb_gateway_t *gateway, struct lq_view pk,
                                       struct lq_view sk, uint64_t tag)
{
    (void)gateway;
    return ask(LQ_TABLE_GET, pk, sk, tag) != NULL ? LQ_OK : LQ_ERR_FULL;
}

enum lq_result lq_dynamodb_gateway_query(lq_dynamodb_gateway_t *gateway,
                                         const struct lq_table_query *query, uint64_t tag)
{
    (void)gateway;
    LQ_ASSERT(!query->is_descending);
    struct lq_fake_question *question = ask(LQ_TABLE_QUERY, query->pk, query->sk_from, tag);
    if (question == NULL) {
        return LQ_ERR_FULL;
    }
    copy_text(question->sk_to, query->sk_to);
    copy_text(question->after_sk, query->after_sk);
    return LQ_OK;
}

uint32_t lq_dynamodb_gateway_room(const lq_dynamodb_gateway_t *gateway)
{
    (void)gateway;
    return lq_fake_table.is_full ? 0 : LQ_FAKE_QUESTIONS - lq_fake_table.question_count;
}

/* ---- how it is answered ---- */

static void show(const struct lq_fake_item *from, struct lq_table_item *to)
{
    *to = (struct lq_table_item){.pk = lq_view_text(from->pk), .sk = lq_view_text(from->sk)};
    lq_table_item_add_bytes(to, "h", lq_view_of(from->h, from->h_bytes));
    if (from->has_b) {
        lq_table_item_add_bytes(to, "b", lq_view_of(from->b, from->b_bytes));
    }
    if (from->has_n) {
        lq_table_item_add_number(to, "n", from->n);
    }
    for (size_t index = 1; index < sizeof LQ_FAKE_NUMBERS - 1; index++) {
        const char *name = name_of(index);
        if (from->numbers.has[index]) {
            lq_table_item_add_number(to, name, from->numbers.value[index]);
        }
    }
    if (from->has_ttl) {
        lq_table_item_add_number(to, "ttl", from->ttl);
    }
}

uint64_t lq_fake_table_number(const struct lq_fake_item *item, char name)
{
    const char *place = strchr(LQ_FAKE_NUMBERS, name);

    LQ_ASSERT(place != NULL && item->numbers.has[place - LQ_FAKE_NUMBERS]);
    return item->numbers.value[place - LQ_FAKE_NUMBERS];
}

static bool holds(const struct lq_table_condition *condition, const struct lq_fake_item *there)
{
    switch (condition->requirement) {
    case LQ_TABLE_PRESENT:
        return there != NULL;
    case LQ_TABLE_ABSENT_OR_BELOW:
        return there == NULL || (there->has_n && there->n < condition->number);
    case LQ_TABLE_EQUAL_AND_BELOW:
        return there != NULL && there->has_n && there->n == condition->number &&
               lq_fake_table_number(there, condition->below_name[0]) < condition->below;
    default:
        LQ_ASSERT(!"a condition that nothing asks for here");
        return false;
    }
}

static void carry_out_write(const struct lq_fake_question *question,
                            struct lq_dynamodb_answer *answer)
{
    struct lq_fake_item *there = lq_fake_table_find(question->item.pk, question->item.sk);

    if (!holds(&question->condition, there)) {
        lq_fake_table.conflicts++;
        answer->verdict = LQ_VERDICT_CONDITION_FAILED;
        if (there != NULL && !lq_fake_table.hides_items) {
            answer->item_count = 1;
            show(there, answer->items);
        }
        return;
    }
    lq_fake_table.writes++;
    if (question->call == LQ_TABLE_UPDATE) {
        there->has_ttl = question->item.has_ttl;
        there->ttl = question->item.ttl;
        for (size_t index = 0; index < sizeof LQ_FAKE_NUMBERS - 1; index++) {
            if (question->item.numbers.has[index]) {
                there->numbers.has[index] = true;
                there->numbers.value[index] = question->item.numbers.value[index];
            }
        }
        return;
    }
    there = lq_fake_table_add(question->item.pk, question->item.sk);
    *there = question->item;
}

/* The first item behind `after`, or from `from` on, up to `to`. */
static const struct lq_fake_item *next_item(const struct lq_fake_question *question,
                                            const char *after)
{
    const struct lq_fake_item *next = NULL;

    for (uint32_t index = 0; index < lq_fake_table.item_count; index++) {
        const struct lq_fake_item *item = &lq_fake_table.items[index];
        if (strcmp(item->pk, question->item.pk) == 0 && strcmp(item->sk, question->item.sk) >= 0 &&
            strcmp(item->sk, question->sk_to) <= 0 && strcmp(item->sk, after) > 0 &&
            (next == NULL || strcmp(item->sk, next->sk) < 0)) {
            next = item;
        }
    }
    return next;
}

static void carry_out_query(const struct lq_fake_question *question,
                            struct lq_dynamodb_answer *answer)
{
    const struct lq_fake_item *item;
    const char *after = question->after_sk;

    lq_fake_table.reads++;
    while (answer->item_count < LQ_FAKE_PAGE && (item = next_item(question, after)) != NULL) {
        show(item, &answer->items[answer->item_count++]);
        after = item->sk;
    }
    answer->has_more = answer->item_count == LQ_FAKE_PAGE;
    answer->last_sk = lq_view_text(after);
}

static void carry_out(const struct lq_fake_question *question, struct lq_dynamodb_answer *answer)
{
    const struct lq_fake_item *there;

    switch (question->call) {
    case LQ_TABLE_PUT:
    case LQ_TABLE_UPDATE:
        carry_out_write(question, answer);
        return;
    case LQ_TABLE_QUERY:
        carry_out_query(question, answer);
        return;
    case LQ_TABLE_GET:
        lq_fake_table.reads++;
        there = lq_fake_table_find(question->item.pk, question->item.sk);
        if (there != NULL) {
            answer->item_count = 1;
            show(there, answer->items);
        }
        return;
    case LQ_TABLE_EXPIRE_BY:
        LQ_ASSERT(!"nobody asks for it here");
    }
}

bool lq_fake_table_step(enum lq_fake_fate fate, lq_fake_hear_fn hear)
{
    static struct lq_fake_question question;
    static struct lq_table_item items[LQ_FAKE_PAGE];

    if (lq_fake_table.question_count == 0) {
        return false;
    }
    question = lq_fake_table.questions[0];
    lq_fake_table.question_count--;
    memmove(lq_fake_table.questions, lq_fake_table.questions + 1,
            lq_fake_table.question_count * sizeof question);
    struct lq_dynamodb_answer answer = {
        .call = question.call, .tag = question.tag, .verdict = LQ_VERDICT_DONE, .items = items};
    if (fate != LQ_FAKE_NOT_DONE) {
        carry_out(&question, &answer);
    }
    if (fate != LQ_FAKE_DONE) {
        answer.verdict = LQ_VERDICT_RETRY;
        answer.item_count = 0;
        answer.has_more = false;
    }
    answer.items = answer.item_count > 0 ? items : NULL;
    hear(&answer);
    return true;
}
