// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/address_count.h"

#include "base/contract.h"
#include "base/little_endian.h"

void lq_address_count_begin(struct lq_address_count *count, struct lq_address_entry *entries,
                            size_t capacity, uint64_t seed)
{
    LQ_ASSERT(capacity > 0);
    LQ_ASSERT((capacity & (capacity - 1)) == 0);
    *count = (struct lq_address_count){entries, capacity, seed};
}

struct lq_address lq_address_count_key(struct lq_address address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(address.bytes, mapped, sizeof mapped) != 0) {
        memset(address.bytes + 8, 0, 8);
    }
    return address;
}

static size_t home_of(const struct lq_address_count *count, struct lq_address address)
{
    uint64_t low = lq_get_u64(address.bytes) ^ count->seed;
    uint64_t high = lq_get_u64(address.bytes + 8) + count->seed;

    low = (low ^ low >> 32) * UINT64_C(0xd6e8feb86659fd93);
    high = (high ^ high >> 32 ^ low) * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(high ^ high >> 32) & (count->capacity - 1);
}

/* Where an address is, or would be. */
static size_t place_of(const struct lq_address_count *count, struct lq_address address)
{
    size_t place = home_of(count, address);

    for (size_t step = 0; step < count->capacity; step++) {
        const struct lq_address_entry *entry = &count->entries[place];
        if (entry->connections == 0 ||
            memcmp(entry->address.bytes, address.bytes, LQ_ADDRESS_BYTES) == 0) {
            return place;
        }
        place = (place + 1) & (count->capacity - 1);
    }
    LQ_ASSERT(!"a table that is at most half full has room");
    return 0;
}

struct lq_address_entry lq_address_count_find(const struct lq_address_count *count,
                                              struct lq_address address)
{
    return count->entries[place_of(count, address)];
}

void lq_address_count_add(struct lq_address_count *count, struct lq_address address)
{
    struct lq_address_entry *entry = &count->entries[place_of(count, address)];

    if (entry->connections == 0) {
        *entry = (struct lq_address_entry){.address = address};
    }
    entry->connections++;
    entry->pending++;
}

void lq_address_count_settle(struct lq_address_count *count, struct lq_address address)
{
    struct lq_address_entry *entry = &count->entries[place_of(count, address)];

    LQ_ASSERT(entry->pending > 0);
    entry->pending--;
}

/* Entries behind a hole that would not be found beyond it move into it. */
static void close_hole(struct lq_address_count *count, size_t hole)
{
    size_t mask = count->capacity - 1;
    size_t place = hole;

    for (size_t step = 0; step < count->capacity; step++) {
        place = (place + 1) & mask;
        if (count->entries[place].connections == 0) {
            break;
        }
        size_t home = home_of(count, count->entries[place].address);
        if (((place - home) & mask) >= ((place - hole) & mask)) {
            count->entries[hole] = count->entries[place];
            hole = place;
        }
    }
    count->entries[hole] = (struct lq_address_entry){.connections = 0};
}

void lq_address_count_remove(struct lq_address_count *count, struct lq_address address,
                             bool was_pending)
{
    size_t place = place_of(count, address);
    struct lq_address_entry *entry = &count->entries[place];

    LQ_ASSERT(entry->connections > 0);
    entry->connections--;
    if (was_pending) {
        LQ_ASSERT(entry->pending > 0);
        entry->pending--;
    }
    if (entry->connections == 0) {
        close_hole(count, place);
    }
}
