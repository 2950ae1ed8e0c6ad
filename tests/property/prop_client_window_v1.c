// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The client windows of load 1 against a model that simply remembers every number ever used. */
#include "actors/load/domain/client_window_v1.h"
#include "tests/property/random_world.h"
#include "tests/support/suite.h"

#include <string.h>

#define CLIENTS 300u
#define SEQUENCES 2000u

static struct lq_client_windows windows;

/* The naive model: a flag for each number of each client. */
static struct {
    bool known;
    uint64_t highest;
    uint64_t last_frame;
    bool used[SEQUENCES];
} model[CLIENTS];

static uint32_t known_count(void)
{
    uint32_t count = 0;

    for (uint32_t client = 0; client < CLIENTS; client++) {
        count += model[client].known;
    }
    return count;
}

/* The client silent longest of those silent for long enough, or CLIENTS. */
static uint32_t silent_client(uint64_t frame)
{
    uint32_t silent = CLIENTS;

    for (uint32_t client = 0; client < CLIENTS; client++) {
        if (model[client].known && model[client].last_frame + LQ_CLIENT_V1_SILENT_FRAMES <= frame &&
            (silent == CLIENTS || model[client].last_frame < model[silent].last_frame)) {
            silent = client;
        }
    }
    return silent;
}

static enum lq_window_verdict model_judge(uint32_t client, uint64_t sequence, uint64_t frame)
{
    if (sequence == 0) {
        return LQ_WINDOW_ZERO;
    }
    if (!model[client].known) {
        if (sequence > 64) {
            return LQ_WINDOW_TOO_FAR;
        }
        return known_count() == LQ_CLIENTS_MAX && silent_client(frame) == CLIENTS
                   ? LQ_WINDOW_CLIENTS_FULL
                   : LQ_WINDOW_EXECUTE;
    }
    if (sequence > model[client].highest + 64) {
        return LQ_WINDOW_TOO_FAR;
    }
    if (sequence + 64 < model[client].highest) {
        return LQ_WINDOW_TOO_OLD;
    }
    return model[client].used[sequence] ? LQ_WINDOW_DUPLICATE : LQ_WINDOW_EXECUTE;
}

static void model_use(uint32_t client, uint64_t sequence, uint64_t frame)
{
    if (!model[client].known && known_count() == LQ_CLIENTS_MAX) {
        memset(&model[silent_client(frame)], 0, sizeof model[0]);
    }
    model[client].known = true;
    model[client].used[sequence] = true;
    model[client].last_frame = frame;
    if (sequence > model[client].highest) {
        model[client].highest = sequence;
    }
}

/* Client numbers are big endian in the id, so that their order is that of the ids. */
static struct lq_client_id id_of(uint32_t client)
{
    return (struct lq_client_id){{(uint8_t)(client >> 8), (uint8_t)client}};
}

/* `clients` clients take turns; the clock moves by up to `stride` frames each time. */
static void compare(uint64_t seed, uint32_t clients, uint64_t stride, int rounds)
{
    struct lq_random_world random = {lq_suite_seed(seed)};
    uint64_t frame = 1;

    windows.count = 0;
    memset(model, 0, sizeof model);
    for (int round = 0; round < rounds; round++) {
        uint32_t client = (uint32_t)lq_random_world_number(&random, clients);
        struct lq_client_id id = id_of(client);
        uint64_t highest = model[client].highest;
        uint64_t low = highest > 80 ? highest - 80 : 0;
        uint64_t sequence = low + lq_random_world_number(&random, highest - low + 80);
        uint64_t used_frame = 0;

        if (sequence >= SEQUENCES) {
            continue;
        }
        enum lq_window_verdict expected = model_judge(client, sequence, frame);
        enum lq_window_verdict verdict =
            lq_client_window_v1_judge(&windows, &id, sequence, frame, &used_frame);
        ck_assert_msg(verdict == expected, "round %d: %s, not %s", round,
                      lq_window_verdict_reason(verdict), lq_window_verdict_reason(expected));
        if (verdict == LQ_WINDOW_DUPLICATE) {
            ck_assert_uint_eq(used_frame, model[client].last_frame);
        }
        if (verdict == LQ_WINDOW_EXECUTE) {
            lq_client_window_v1_use(&windows, &id, sequence, frame);
            model_use(client, sequence, frame);
        }
        ck_assert_uint_eq(windows.count, known_count());
        ck_assert(lq_client_windows_valid(&windows));
        frame += lq_random_world_number(&random, stride);
    }
}

START_TEST(prop_few_clients)
{
    compare(5, 3, 2, 20000);
}
END_TEST

START_TEST(prop_many_clients)
{
    compare(6, CLIENTS, 60, 20000);
}
END_TEST

START_TEST(prop_no_client_goes_silent)
{
    compare(7, CLIENTS, 3, 5000);
}
END_TEST

TCase *lq_prop_client_window_v1(void);
TCase *lq_prop_client_window_v1(void)
{
    TCase *tcase = tcase_create("client_window_v1");

    tcase_add_test(tcase, prop_few_clients);
    tcase_add_test(tcase, prop_many_clients);
    tcase_add_test(tcase, prop_no_client_goes_silent);
    return tcase;
}
