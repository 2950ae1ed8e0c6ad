// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/mirror_chaos.h"

#include "broker/core/core_tables.h"

/* What tells of a frame of a mirrored tenant comes after the table has it. */
void lq_mirror_chaos_check(const struct lq_core_chaos *chaos, uint32_t session, uint64_t frame)
{
    uint32_t tenant = session % 2;

    if (chaos->mirrored[tenant] && frame > 0) {
        uint64_t sequence = lq_ledger_model_sequence(&chaos->fixture->ledger, session, frame);
        LQ_ASSERT(sequence != 0);
        LQ_ASSERT(sequence <= chaos->covered[tenant]);
    }
}

void lq_mirror_chaos_check_notices(struct lq_core_chaos *chaos)
{
    for (; chaos->publishes_seen < chaos->fixture->publish_count; chaos->publishes_seen++) {
        const struct lq_fixture_publish *publish =
            &chaos->fixture->publishes[chaos->publishes_seen];
        lq_mirror_chaos_check(chaos, publish->session, publish->frame);
    }
}

/* Likewise of a letter; the newest of its id, which died last, may be on its way to the disk. */
void lq_mirror_chaos_check_letter(const struct lq_core_chaos *chaos, uint32_t session, uint64_t id)
{
    const struct lq_core_fixture *fixture = chaos->fixture;
    uint64_t sequence = UINT64_MAX;

    for (uint32_t index = 0; chaos->mirrored[session % 2] && index < fixture->letter_count;
         index++) {
        const struct lq_fixture_letter *letter = &fixture->letters[index];
        if (letter->id == id && letter->stored && letter->broker_sequence < sequence) {
            sequence = letter->broker_sequence;
        }
    }
    LQ_ASSERT(!chaos->mirrored[session % 2] || sequence <= fixture->covered.broker_sequence);
}

static const char *const tenants[] = {"t0", "t1"};

static void change_durability(struct lq_core_chaos *chaos)
{
    uint32_t tenant = lq_core_chaos_choose(chaos, 2);

    chaos->mirrored[tenant] = lq_core_chaos_choose(chaos, 3) > 0;
    lq_core_fixture_durability(chaos->fixture, tenants[tenant],
                               chaos->mirrored[tenant]               ? LQ_DURABILITY_MIRRORED
                               : lq_core_chaos_choose(chaos, 2) == 0 ? LQ_DURABILITY_LOCAL
                                                                     : 0);
}

/* Some way from where it stands to the newest, or all of it. */
static uint64_t move_on(struct lq_core_chaos *chaos, uint64_t from, uint64_t to)
{
    return lq_core_chaos_choose(chaos, 2) == 0 || from >= to
               ? to
               : from + lq_core_chaos_choose(chaos, (uint32_t)(to - from));
}

static void tell_control(struct lq_core_chaos *chaos, bool anew, bool over)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    if (anew) {
        memset(&fixture->covered, 0, sizeof fixture->covered);
        memset(chaos->covered, 0, sizeof chaos->covered);
    }
    fixture->covered.outbox_sequence =
        move_on(chaos, fixture->covered.outbox_sequence, fixture->ledger.outbox_sequence);
    fixture->covered.broker_sequence =
        move_on(chaos, fixture->covered.broker_sequence, fixture->broker_sequence);
    lq_core_fixture_mirror(fixture, anew, over);
}

static void tell_stream(struct lq_core_chaos *chaos, uint32_t tenant)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    chaos->covered[tenant] =
        move_on(chaos, chaos->covered[tenant], fixture->ledger.ledger_sequence);
    lq_core_fixture_stream(fixture, tenants[tenant], chaos->covered[tenant]);
}

void lq_mirror_chaos_step(struct lq_core_chaos *chaos)
{
    uint32_t choice = lq_core_chaos_choose(chaos, 40);

    chaos->held_seen += chaos->fixture->core->held_count > 0;
    if (choice == 0) {
        change_durability(chaos);
    } else if (choice == 1) {
        tell_control(chaos, true, false);
    } else if (choice == 2) {
        tell_control(chaos, lq_core_chaos_choose(chaos, 2) == 0, true);
    } else if (choice < 15) {
        tell_control(chaos, false, false);
    } else {
        tell_stream(chaos, choice % 2);
    }
}

/* All of it is in the table. */
void lq_mirror_chaos_all(struct lq_core_chaos *chaos)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    fixture->covered.outbox_sequence = fixture->ledger.outbox_sequence;
    fixture->covered.broker_sequence = fixture->broker_sequence;
    lq_core_fixture_mirror(fixture, true, false);
    for (uint32_t tenant = 0; tenant < 2; tenant++) {
        chaos->covered[tenant] = fixture->ledger.ledger_sequence;
        lq_core_fixture_stream(fixture, tenants[tenant], chaos->covered[tenant]);
    }
}
