// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/bus_port.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/seal/random_bytes.h"

#include <stdlib.h>

enum lq_result lq_bus_port_open(struct lq_bus_port *port, const struct lq_bus_port_options *options,
                                struct lq_error_message *message)
{
    const struct lq_eventbridge_gateway_options gateway = {.bus = options->bus,
                                                           .environment = options->environment,
                                                           .credentials = options->credentials,
                                                           .calls_max = options->calls_max,
                                                           .questions_max = options->calls_max};

    LQ_ASSERT(options->calls_max <= LQ_BUS_PORT_CALLS_MAX);
    *port = (struct lq_bus_port){.lanes = lq_alloc(LQ_BUS_SOURCES, sizeof *port->lanes),
                                 .call_max = options->calls_max};
    lq_random_bytes((uint8_t *)&port->random, sizeof port->random);
    return lq_eventbridge_gateway_new(&gateway, &port->gateway, message);
}

void lq_bus_port_close(struct lq_bus_port *port)
{
    lq_eventbridge_gateway_destroy(&port->gateway);
    for (int source = 0; port->lanes != NULL && source < LQ_BUS_SOURCES; source++) {
        lq_bus_lane_close(&port->lanes[source]);
    }
    free(port->lanes);
    port->lanes = NULL;
}

/* ---- answers ---- */

static void complain(const char *what, const char *code, const char *text)
{
    lq_log_rarely(LQ_LOG_WARNING, "the bus: %s: %s%s%s", what, code,
                  code[0] != '\0' && text[0] != '\0' ? ": " : "", text);
}

/* The events of a call that failed as a whole. */
static void fail(struct lq_bus_port *port, const struct lq_bus_call *call,
                 const struct lq_eventbridge_answer *answer, uint64_t now_ms)
{
    enum lq_event_fate fate =
        lq_event_fate_of_call(answer->verdict, lq_view_text(answer->error_code), call->batch.count);

    complain(fate == LQ_EVENT_REFUSED ? "it takes an event never" : "a call failed",
             answer->error_code, answer->text);
    for (uint32_t index = 0; index < call->batch.count; index++) {
        lq_bus_lane_settle(&port->lanes[call->source], call->batch.places[index], fate, now_ms,
                           &port->random);
    }
    if (fate == LQ_EVENT_AGAIN) {
        port->failures++;
        port->hold_ms = now_ms + lq_retry_rule_backoff_ms(port->failures, &port->random);
    }
}

static void settle(struct lq_bus_port *port, const struct lq_bus_call *call,
                   const struct lq_eventbridge_answer *answer, uint64_t now_ms)
{
    port->failures = 0;
    for (uint32_t index = 0; index < call->batch.count; index++) {
        const struct lq_event_outcome *outcome = &answer->entries[index];
        enum lq_event_fate fate =
            lq_event_fate_of_entry(outcome->verdict, lq_view_text(outcome->error_code));
        if (fate != LQ_EVENT_LEFT) {
            port->retried += fate != LQ_EVENT_REFUSED;
            complain(fate == LQ_EVENT_REFUSED ? "it takes an event never" : "an event failed",
                     outcome->error_code, outcome->text);
        }
        lq_bus_lane_settle(&port->lanes[call->source], call->batch.places[index], fate, now_ms,
                           &port->random);
    }
}

static void hear(struct lq_bus_port *port, uint64_t now_ms)
{
    struct lq_eventbridge_answer answer;

    while (lq_eventbridge_gateway_take(port->gateway, &answer)) {
        LQ_ASSERT(answer.tag < port->call_max);
        struct lq_bus_call *call = &port->calls[answer.tag];
        LQ_ASSERT(call->is_used);
        if (answer.verdict == LQ_VERDICT_DONE) {
            settle(port, call, &answer, now_ms);
        } else {
            fail(port, call, &answer, now_ms);
        }
        call->is_used = false;
        port->call_count--;
    }
}

/* ---- calls ---- */

/* The gateway sent none of it: the entry that it named is spoiled, or all of them have to wait. */
static void take_back(struct lq_bus_port *port, const struct lq_bus_call *call,
                      enum lq_result result, uint32_t spoiled, uint64_t now_ms)
{
    struct lq_bus_lane *lane = &port->lanes[call->source];

    if (result != LQ_ERR_FULL) {
        complain("an event cannot be put", lq_result_text(result), "");
    }
    for (uint32_t index = 0; index < call->batch.count; index++) {
        bool alone = call->batch.count == 1;
        enum lq_event_fate fate = result == LQ_ERR_FULL       ? LQ_EVENT_AGAIN
                                  : index == spoiled || alone ? LQ_EVENT_REFUSED
                                                              : LQ_EVENT_ALONE;
        lq_bus_lane_settle(lane, call->batch.places[index], fate, now_ms, &port->random);
    }
}

/* False: no event of that lane may leave now. */
static bool put(struct lq_bus_port *port, enum lq_bus_source source, uint64_t now_ms)
{
    struct lq_bus_lane *lane = &port->lanes[source];
    struct lq_event_entry entries[LQ_EVENT_BATCH_MAX];
    struct lq_bus_call *call = port->calls;
    uint32_t spoiled = 0;

    while (call->is_used) {
        call++;
    }
    call->source = source;
    lq_event_window_take(&lane->window, LQ_EVENTBRIDGE_GATEWAY_BYTES_USUAL, now_ms, &call->batch);
    if (call->batch.count == 0) {
        return false;
    }
    for (uint32_t index = 0; index < call->batch.count; index++) {
        entries[index] = lq_bus_lane_read(lane, call->batch.places[index]);
    }
    enum lq_result result = lq_eventbridge_gateway_put(port->gateway, entries, call->batch.count,
                                                       (uint64_t)(call - port->calls), &spoiled);
    if (result != LQ_OK) {
        take_back(port, call, result, spoiled, now_ms);
        return true;
    }
    call->is_used = true;
    port->call_count++;
    port->requests++;
    return true;
}

void lq_bus_port_turn(struct lq_bus_port *port, uint64_t now_ns)
{
    uint64_t now_ms = now_ns / LQ_NS_PER_MS;

    lq_eventbridge_gateway_turn(port->gateway);
    hear(port, now_ms);
    for (int source = 0; source < LQ_BUS_SOURCES; source++) {
        while (port->lanes[source].is_started && now_ms >= port->hold_ms &&
               port->call_count < port->call_max &&
               lq_eventbridge_gateway_room(port->gateway) > 0 &&
               put(port, (enum lq_bus_source)source, now_ms)) {
        }
    }
    lq_eventbridge_gateway_turn(port->gateway);
}

uint64_t lq_bus_port_next_ns(const struct lq_bus_port *port)
{
    uint64_t due_ms = UINT64_MAX;
    uint64_t gateway_ns = lq_eventbridge_gateway_next_timer_ns(port->gateway);

    for (int source = 0; source < LQ_BUS_SOURCES; source++) {
        if (port->lanes[source].is_started) {
            uint64_t lane_ms = lq_event_window_due_ms(&port->lanes[source].window);
            due_ms = lane_ms < due_ms ? lane_ms : due_ms;
        }
    }
    if (due_ms == UINT64_MAX || port->call_count == port->call_max) {
        return gateway_ns; /* an answer comes first */
    }
    due_ms = due_ms > port->hold_ms ? due_ms : port->hold_ms;
    uint64_t due_ns = due_ms * LQ_NS_PER_MS;
    return due_ns < gateway_ns ? due_ns : gateway_ns;
}
