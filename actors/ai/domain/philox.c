// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/domain/philox.h"

enum { ROUNDS = 10 };

struct lq_philox_words lq_philox_draw(uint64_t key, struct lq_philox_words counter)
{
    uint32_t key_low = (uint32_t)key;
    uint32_t key_high = (uint32_t)(key >> 32);

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t first = UINT64_C(0xd2511f53) * counter.word[0];
        uint64_t second = UINT64_C(0xcd9e8d57) * counter.word[2];

        counter = (struct lq_philox_words){
            {(uint32_t)(second >> 32) ^ counter.word[1] ^ key_low, (uint32_t)second,
             (uint32_t)(first >> 32) ^ counter.word[3] ^ key_high, (uint32_t)first}};
        key_low += 0x9e3779b9u;
        key_high += 0xbb67ae85u;
    }
    return counter;
}
