// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/upkeep.h"

#include "base/clock.h"
#include "mirror/handler/table_tag.h"

#define LOOK_NS LQ_NS_PER_S

void lq_upkeep_init(struct lq_upkeep *upkeep, const struct lq_mirror_config *config,
                    lq_dynamodb_gateway_t *gateway, struct lq_ledger_source *source,
                    struct lq_mirror_streams *streams)
{
    const struct lq_base_port_options bases = {.gateway = gateway,
                                               .source = source,
                                               .streams = streams,
                                               .budget = &upkeep->budget,
                                               .session_max = (uint32_t)config->sessions_max,
                                               .quiet_ns = config->base_quiet_ms * LQ_NS_PER_MS,
                                               .every_ns = config->base_every_s * LQ_NS_PER_S,
                                               .piece_bytes_max = config->segment_bytes_max};
    const struct lq_expiry_port_options expiry = {.gateway = gateway,
                                                  .streams = streams,
                                                  .budget = &upkeep->budget,
                                                  .flight_base = LQ_BASE_PORT_FLIGHTS,
                                                  .history_days = (uint32_t)config->history_days};

    *upkeep = (struct lq_upkeep){.is_made = true};
    lq_write_budget_init(&upkeep->budget, config->write_units_per_second, lq_clock_monotonic_ns());
    lq_base_port_init(&upkeep->bases, &bases);
    lq_expiry_port_init(&upkeep->expiry, &expiry);
}

void lq_upkeep_destroy(struct lq_upkeep *upkeep)
{
    if (upkeep->is_made) {
        lq_base_port_destroy(&upkeep->bases);
        lq_expiry_port_destroy(&upkeep->expiry);
        upkeep->is_made = false;
    }
}

void lq_upkeep_begin(struct lq_upkeep *upkeep, uint64_t based)
{
    upkeep->based = based;
    lq_base_port_begin(&upkeep->bases, based);
}

/* When to look again how far all have bases. It takes a look at all that is listed, so not often;
 * UINT64_MAX: nothing has changed. */
static uint64_t look_ns(const struct lq_upkeep *upkeep)
{
    return upkeep->bases.schedule.changes != upkeep->looked_changes ? upkeep->looked_ns + LOOK_NS
                                                                    : UINT64_MAX;
}

static void look(struct lq_upkeep *upkeep, uint64_t read, uint64_t now_ns)
{
    upkeep->based = lq_base_schedule_covered(&upkeep->bases.schedule, read);
    upkeep->looked_ns = now_ns;
    upkeep->looked_changes = upkeep->bases.schedule.changes;
    lq_expiry_port_based(&upkeep->expiry, upkeep->based);
}

void lq_upkeep_turn(struct lq_upkeep *upkeep, uint64_t read, uint64_t now_ns, bool ends)
{
    if (!upkeep->bases.has_begun) {
        return;
    }
    lq_base_port_turn(&upkeep->bases, now_ns, ends);
    if (ends || now_ns >= look_ns(upkeep)) {
        look(upkeep, read, now_ns);
    }
    if (!ends) {
        lq_expiry_port_turn(&upkeep->expiry, now_ns);
    }
}

uint64_t lq_upkeep_estimated(const struct lq_upkeep *upkeep,
                             const struct lq_dynamodb_answer *answer)
{
    uint32_t flight = lq_table_tag_place(answer->tag);

    return flight < LQ_BASE_PORT_FLIGHTS
               ? upkeep->bases.flights[flight].units
               : upkeep->expiry.flights[flight - LQ_BASE_PORT_FLIGHTS].units;
}

void lq_upkeep_hear(struct lq_upkeep *upkeep, const struct lq_dynamodb_answer *answer,
                    uint64_t now_ns)
{
    uint32_t flight = lq_table_tag_place(answer->tag);
    bool is_write = answer->call == LQ_TABLE_PUT || answer->call == LQ_TABLE_UPDATE;
    double units = answer->capacity_units > 0 ? answer->capacity_units
                                              : (double)lq_upkeep_estimated(upkeep, answer);

    if (flight < LQ_BASE_PORT_FLIGHTS) {
        upkeep->bases.write_units += is_write ? units : 0;
        lq_base_port_hear(&upkeep->bases, flight, answer, now_ns);
    } else {
        upkeep->expiry.write_units += is_write ? units : 0;
        lq_expiry_port_hear(&upkeep->expiry, flight - LQ_BASE_PORT_FLIGHTS, answer, now_ns);
    }
}

uint64_t lq_upkeep_next_ns(struct lq_upkeep *upkeep, uint64_t now_ns)
{
    uint64_t bases_ns = lq_base_port_next_ns(&upkeep->bases, now_ns);
    uint64_t expiry_ns = lq_expiry_port_next_ns(&upkeep->expiry, now_ns);

    uint64_t next_ns = bases_ns < expiry_ns ? bases_ns : expiry_ns;
    return next_ns < look_ns(upkeep) ? next_ns : look_ns(upkeep);
}

bool lq_upkeep_is_done(const struct lq_upkeep *upkeep, uint64_t read)
{
    return upkeep->based == read && lq_base_port_is_idle(&upkeep->bases);
}
