// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/letter_chaos.h"

void lq_letter_chaos_store(struct lq_core_chaos *chaos)
{
    for (uint32_t index = 0; index < chaos->fixture->letter_count; index++) {
        struct lq_fixture_letter *letter = &chaos->fixture->letters[index];
        if (letter->stored || (!chaos->healthy && lq_core_chaos_choose(chaos, 3) == 0)) {
            continue;
        }
        struct lq_chaos_command *command =
            letter->has_command ? lq_core_chaos_find(chaos, letter->session, letter->command.client,
                                                     letter->command.sequence)
                                : NULL;
        lq_core_fixture_store(chaos->fixture, index);
        if (command != NULL && command->tag == 0) {
            command->state = LQ_CHAOS_DEAD; /* nobody waited for it */
        }
        lq_core_chaos_check(chaos);
    }
}

/* The newest entry of a letter that is stored and open, or NULL. */
static const struct lq_fixture_letter *choose_letter(struct lq_core_chaos *chaos)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    if (fixture->letter_count == 0) {
        return NULL;
    }
    const struct lq_fixture_letter *letter =
        &fixture->letters[lq_core_chaos_choose(chaos, fixture->letter_count)];
    if (!letter->has_command || !letter->stored) {
        return NULL;
    }
    const struct lq_chaos_command *command = lq_core_chaos_find(
        chaos, letter->session, letter->command.client, letter->command.sequence);
    return command->state == LQ_CHAOS_DEAD && command->letter_id == letter->id && command->tag == 0
               ? letter
               : NULL;
}

void lq_letter_chaos_work(struct lq_core_chaos *chaos, bool redrive)
{
    const struct lq_fixture_letter *letter = choose_letter(chaos);

    if (letter == NULL) {
        return;
    }
    struct lq_chaos_command *command = lq_core_chaos_find(
        chaos, letter->session, letter->command.client, letter->command.sequence);
    if (redrive) {
        command->state = LQ_CHAOS_PENDING;
        command->arrival = ++chaos->next_arrival;
    } else {
        command->state = LQ_CHAOS_FREE;
        command->letter_id = 0;
    }
    lq_core_fixture_letter_event(chaos->fixture, redrive ? LQ_ON_REDRIVE : LQ_ON_LETTER_GONE,
                                 letter);
}

/* Letters of ticks without commands. They are known by their ids only. */
void lq_letter_chaos_work_on_tick(struct lq_core_chaos *chaos)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    for (uint32_t index = 0; index < fixture->letter_count; index++) {
        struct lq_fixture_letter *letter = &fixture->letters[index];
        if (!letter->has_command && letter->stored && letter->id != 0) {
            lq_core_fixture_letter_event(
                fixture, lq_core_chaos_choose(chaos, 2) == 0 ? LQ_ON_REDRIVE : LQ_ON_LETTER_GONE,
                letter);
            letter->id = 0; /* once is enough */
            return;
        }
    }
}

/* The letters are full, all of them are being redriven, and what would decide them waits behind
 * executions that wait for room: the operator purges one that is being redriven. */
void lq_letter_chaos_purge_redriving(struct lq_core_chaos *chaos)
{
    for (uint32_t index = chaos->fixture->letter_count; index-- > 0;) {
        const struct lq_fixture_letter *letter = &chaos->fixture->letters[index];
        struct lq_chaos_command *command = lq_core_chaos_find(
            chaos, letter->session, letter->command.client, letter->command.sequence);
        if (letter->has_command && letter->stored && command->state == LQ_CHAOS_PENDING &&
            command->letter_id == letter->id) {
            lq_core_fixture_letter_event(chaos->fixture, LQ_ON_LETTER_GONE, letter);
        }
    }
}
