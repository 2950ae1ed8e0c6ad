// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/telling_port.h"

#include "base/clock.h"
#include "base/log.h"

#define RETRY_NS LQ_NS_PER_S

_Static_assert((int)LQ_TELLING_PLACE_MAX >= (int)LQ_ADMIN_PLACE_BYTES_MAX, "any place has room");

void lq_telling_port_open(struct lq_telling_port *port, lq_link_t *link)
{
    *port = (struct lq_telling_port){
        .link = link,
        .ledger = {.of = "the ledger", .request.kind = LQ_ADMIN_TELL_LEDGER_AGAIN},
        .broker = {.of = "the broker's store", .request.kind = LQ_ADMIN_TELL_BROKER_AGAIN}};
}

void lq_telling_port_close(struct lq_telling_port *port)
{
    struct lq_asked_telling *const both[] = {&port->ledger, &port->broker};

    for (size_t index = 0; index < sizeof both / sizeof both[0]; index++) {
        if (both[index]->is_asked) {
            lq_link_forget(port->link, &both[index]->request);
            both[index]->is_asked = false;
        }
    }
}

void lq_telling_port_begin(struct lq_asked_telling *asked)
{
    asked->is_outdated = asked->is_asked;
    lq_telling_begin(&asked->telling);
}

/* ---- answers ---- */

static void refuse(struct lq_asked_telling *asked, const struct lq_admin_reply *reply)
{
    lq_log_rarely(LQ_LOG_ERROR, "%s cannot be told again: %s: %.*s", asked->of,
                  lq_result_text(reply->result), (int)reply->message.bytes,
                  (const char *)reply->message.data);
    asked->retry_ns = lq_clock_monotonic_ns() + RETRY_NS;
    lq_telling_refused(&asked->telling);
    if (reply->result == LQ_ERR_INVALID) {
        lq_telling_port_begin(asked); /* of another program, or another store */
    }
}

static void on_reply(void *context, const struct lq_admin_reply *reply)
{
    struct lq_asked_telling *asked = context;
    const struct lq_telling_report *report = &reply->telling;
    bool is_outdated = asked->is_outdated;

    asked->is_asked = asked->is_outdated = false;
    if (is_outdated) {
        return;
    }
    if (reply->result != LQ_OK || !reply->has_telling) {
        refuse(asked, reply);
        return;
    }
    const struct lq_telling_step step = {report->place, report->first, report->last, report->told,
                                         report->all};
    if (lq_telling_answered(&asked->telling, &step) != LQ_OK) {
        asked->retry_ns = lq_clock_monotonic_ns() + RETRY_NS;
        lq_log_rarely(LQ_LOG_ERROR, "%s answers a step of telling again with none: begun anew",
                      asked->of);
    }
}

/* ---- asking ---- */

static bool is_due(const struct lq_asked_telling *asked)
{
    return asked->telling.state == LQ_TELLING_WANTED && !asked->is_asked;
}

static void ask(struct lq_telling_port *port, struct lq_asked_telling *asked, uint64_t now_ns)
{
    if (!is_due(asked) || now_ns < asked->retry_ns) {
        return;
    }
    asked->request.place = lq_view_of(asked->telling.place, asked->telling.place_bytes);
    if (lq_link_request(port->link, &asked->request, on_reply, asked) != LQ_OK) {
        asked->retry_ns = now_ns + RETRY_NS;
        return;
    }
    asked->is_asked = true;
    lq_telling_asked(&asked->telling);
}

void lq_telling_port_turn(struct lq_telling_port *port, uint64_t now_ns)
{
    ask(port, &port->ledger, now_ns);
    ask(port, &port->broker, now_ns);
}

uint64_t lq_telling_port_next_ns(const struct lq_telling_port *port)
{
    uint64_t ledger_ns = is_due(&port->ledger) ? port->ledger.retry_ns : UINT64_MAX;
    uint64_t broker_ns = is_due(&port->broker) ? port->broker.retry_ns : UINT64_MAX;

    return ledger_ns < broker_ns ? ledger_ns : broker_ns;
}

void lq_telling_port_count(const struct lq_telling_port *port, uint64_t *told, uint64_t *all)
{
    const struct lq_telling *const both[] = {&port->ledger.telling, &port->broker.telling};

    *told = *all = 0;
    for (size_t index = 0; index < sizeof both / sizeof both[0]; index++) {
        if (lq_telling_is_active(both[index])) {
            *told += both[index]->told;
            *all += both[index]->all > 0 ? both[index]->all : 1; /* not known yet: something */
        }
    }
}
