// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Who was cut and did not come back leaves: the gateway looks at the player's WINDOW, and if no
 * later incarnation than the one that was cut is there, says Leave under one that the session takes
 * in (leave_incarnation.h). Whoever came back meanwhile, here or elsewhere, has a higher one and
 * supersedes that. */
#include "gateway/handler/player_desk.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/domain/leave_incarnation.h"
#include "world/client_id.h"

#include <stdlib.h>

#define DEPARTURES_MAX 64u            /* at a time */
#define AGAIN_MS 1000u                /* where the cluster would not */
#define UNSEEN_NS LQ_NS_PER_S         /* who is attached is known sooner in all gateways */
#define GIVE_UP_NS (30 * LQ_NS_PER_S) /* then it is begun anew */

struct lq_departure {
    struct lq_departure *next;
    struct lq_player_desk *desk;
    uint32_t place;
    struct lq_attendance_slot slot;
    struct lq_admin_request window;
    bool window_pending;
    lq_client_t *client; /* of the Leave */
    uint64_t by_time;    /* below the incarnation of whoever is not seen as attached yet */
    uint64_t give_up_ns;
    bool is_done;
};

static uint64_t wall_ms(void)
{
    return lq_clock_wall_ns() / LQ_NS_PER_MS;
}

/* Removed in a turn of its own: it may be called back at this moment. */
static void finish(struct lq_departure *departure)
{
    departure->is_done = true;
    lq_attendance_forget(departure->desk->attendance, departure->place);
}

static void try_again(struct lq_departure *departure)
{
    departure->is_done = true;
    lq_attendance_postpone(departure->desk->attendance, departure->place, wall_ms() + AGAIN_MS);
}

static void take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    struct lq_departure *departure = context;

    /* INCARNATION_TOO_OLD: others came between the look and the Leave, and the body is there. */
    if (receipt->outcome == LQ_OUTCOME_UNUSED && !lq_session_feed_is_over(receipt->reason) &&
        !lq_view_equal(lq_view_cut(receipt->reason, 10), lq_view_text("SUPERSEDED"))) {
        try_again(departure);
        return;
    }
    departure->desk->counts.departed += receipt->outcome == LQ_OUTCOME_APPLIED ? 1 : 0;
    finish(departure);
}

static void say_leave(struct lq_departure *departure, uint64_t incarnation)
{
    const struct lq_command leave = {.kind = LQ_COMMAND_LEAVE, .outcome = LQ_OUTCOME_PENDING};
    struct lq_client_id id = {{0}};
    struct lq_error_message message;
    char reason[LQ_REASON_BYTES_MAX];
    uint32_t handle;
    const struct lq_client_number number = {1, false};

    memcpy(id.bytes, departure->slot.player, sizeof departure->slot.player);
    id = lq_client_id_of(lq_client_id_player(&id), incarnation);
    const struct lq_client_options options = {.tenant = departure->slot.tenant,
                                              .id = &id,
                                              .on_receipt = take_receipt,
                                              .context = departure,
                                              .sessions_max = 1,
                                              .outstanding_max = 1,
                                              .own_numbers = true,
                                              .hears_quota = false};
    if (lq_client_new(departure->desk->link, &options, &departure->client, &message) != LQ_OK ||
        lq_client_session(departure->client, departure->slot.session, 1, &handle) != LQ_OK ||
        lq_client_submit_numbered(departure->client, handle, &leave, &number, NULL, reason) !=
            LQ_OK) {
        try_again(departure);
    }
}

static void take_window(void *context, const struct lq_admin_reply *reply)
{
    struct lq_departure *departure = context;
    const struct lq_window_entry *window = reply->window;

    departure->window_pending = false;
    if (reply->result == LQ_ERR_NOT_FOUND || lq_session_feed_is_over(reply->message)) {
        finish(departure); /* the session is gone, and the body with it */
        return;
    }
    if (reply->result != LQ_OK || window == NULL) {
        try_again(departure);
        return;
    }
    const struct lq_player_memory memory = {
        .is_known = window->known,
        .is_full = window->count == LQ_CLIENTS_MAX,
        .incarnation = window->known ? lq_client_id_incarnation(&window->client) : 0,
        .lowest = window->lowest_incarnation};
    uint64_t incarnation =
        lq_leave_incarnation_choose(departure->slot.incarnation, &memory, departure->by_time);
    if (incarnation == 0) {
        finish(departure);
        return;
    }
    say_leave(departure, incarnation);
}

static uint64_t incarnation_at(uint64_t wall_ns)
{
    static const uint8_t lowest[LQ_CLIENT_ID_RANDOM_BYTES] = {0};
    const struct lq_client_id id = lq_client_id_fresh(lowest, wall_ns);

    return lq_client_id_incarnation(&id);
}

static void begin(struct lq_player_desk *desk, uint32_t place,
                  const struct lq_attendance_slot *slot, uint64_t now_ns)
{
    struct lq_departure *departure = lq_alloc(1, sizeof *departure);

    *departure = (struct lq_departure){.next = desk->departures,
                                       .desk = desk,
                                       .place = place,
                                       .slot = *slot,
                                       .by_time = incarnation_at(lq_clock_wall_ns() - UNSEEN_NS),
                                       .give_up_ns = now_ns + GIVE_UP_NS};
    desk->departures = departure;
    desk->departure_count++;
    /* Not due again until this one is over. */
    lq_attendance_postpone(desk->attendance, place, UINT64_MAX);
    departure->window = (struct lq_admin_request){.kind = LQ_ADMIN_WINDOW,
                                                  .tenant = lq_view_text(departure->slot.tenant),
                                                  .session = lq_view_text(departure->slot.session),
                                                  .has_player = true};
    memcpy(departure->window.player, slot->player, sizeof departure->window.player);
    departure->window_pending =
        lq_link_request(desk->link, &departure->window, take_window, departure) == LQ_OK;
    if (!departure->window_pending) {
        try_again(departure);
    }
}

static void drop(struct lq_departure *departure)
{
    if (departure->window_pending) {
        lq_link_forget(departure->desk->link, &departure->window);
    }
    lq_client_destroy(&departure->client);
    departure->desk->departure_count--;
    free(departure);
}

static void drop_done(struct lq_player_desk *desk, uint64_t now_ns)
{
    struct lq_departure **at = &desk->departures;

    while (*at != NULL) {
        struct lq_departure *departure = *at;
        if (!departure->is_done && departure->give_up_ns <= now_ns) {
            try_again(departure);
        }
        if (departure->is_done) {
            *at = departure->next;
            drop(departure);
        } else {
            at = &departure->next;
        }
    }
}

void lq_departures_turn(struct lq_player_desk *desk, uint64_t now_wall_ms)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    struct lq_attendance_slot slot;
    uint32_t place = 0;

    drop_done(desk, now_ns);
    while (desk->departure_count < DEPARTURES_MAX &&
           (place = lq_attendance_due(desk->attendance, place, now_wall_ms, &slot)) !=
               LQ_ATTENDANCE_NONE) {
        if (lq_attendance_knows(desk->attendance, slot.tenant, slot.session, slot.player)) {
            /* Attached again, here or elsewhere: whoever is has a place of its own. */
            lq_attendance_forget(desk->attendance, place);
        } else {
            begin(desk, place, &slot, now_ns);
        }
        place++;
    }
}

void lq_departures_close(struct lq_player_desk *desk)
{
    while (desk->departures != NULL) {
        struct lq_departure *next = desk->departures->next;
        if (!desk->departures->is_done) {
            try_again(desk->departures);
        }
        drop(desk->departures);
        desk->departures = next;
    }
}
