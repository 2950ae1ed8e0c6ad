// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/attendance_page.h"

void lq_attendance_page_make(void *page, uint32_t slots)
{
    struct lq_attendance_head *head = page;

    memcpy(head->magic, LQ_ATTENDANCE_MAGIC, sizeof head->magic);
    head->slots = slots;
}

enum lq_result lq_attendance_page_open(const void *page, size_t bytes, uint32_t *used)
{
    const struct lq_attendance_head *head = page;

    if (bytes < sizeof *head || memcmp(head->magic, LQ_ATTENDANCE_MAGIC, sizeof head->magic) != 0) {
        return LQ_ERR_MALFORMED;
    }
    uint64_t room = (bytes - sizeof *head) / sizeof(struct lq_attendance_slot);
    *used = __atomic_load_n(&head->used_below, __ATOMIC_ACQUIRE);
    if (*used > room) {
        *used = (uint32_t)room;
    }
    return LQ_OK;
}

bool lq_attendance_page_read(const struct lq_attendance_slot *slot, struct lq_attendance_slot *copy)
{
    uint32_t state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

    if (state != LQ_ATTENDANCE_ATTACHED && state != LQ_ATTENDANCE_CUT) {
        return false;
    }
    *copy = *slot;
    copy->state = state;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&slot->state, __ATOMIC_RELAXED) == state &&
           memchr(copy->tenant, 0, sizeof copy->tenant) != NULL &&
           memchr(copy->session, 0, sizeof copy->session) != NULL &&
           lq_tenant_name_valid(lq_view_text(copy->tenant)) &&
           lq_session_name_valid(lq_view_text(copy->session));
}

void lq_attendance_page_write(void *page, uint32_t index, const struct lq_attendance_slot *slot)
{
    struct lq_attendance_head *head = page;
    struct lq_attendance_slot *to = &lq_attendance_page_slots(page)[index];

    LQ_ASSERT(index < head->slots);
    __atomic_store_n(&to->state, LQ_ATTENDANCE_FREE, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    struct lq_attendance_slot copy = *slot;
    copy.state = LQ_ATTENDANCE_FREE;
    *to = copy;
    __atomic_store_n(&to->state, slot->state, __ATOMIC_RELEASE);
    if (index >= head->used_below) {
        __atomic_store_n(&head->used_below, index + 1, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&head->changes, head->changes + 1, __ATOMIC_RELEASE);
}
