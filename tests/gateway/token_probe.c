// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* token_probe.c - sign-in, driven by a script: what a gateway decides of tokens and tickets.
 *
 *     lq-token-probe FOLDER AUDIENCE
 *
 * A line in, a line out:  "token TOKEN" -> "yes PLAYER KEY SUB" or "no WHY"
 *                         "make TOKEN"  -> "yes TICKET" or "no WHY"
 *                         "ticket T"    -> "yes PLAYER KEY SUB" or "no WHY"
 *                         "url QUERY"   -> the same, with no other credential
 *                         "revoked"     -> the keys that are gone since, TENANT/KEY each
 * The loop turns between lines, so that files are read again.
 */
#include "base/clock.h"
#include "base/contract.h"
#include "gateway/infrastructure/sign_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 2 << 20 };

static lq_sign_in_t *sign_in;
static lq_event_loop_t *loop;
static char revoked[1024];
static char line[LINE_BYTES_MAX];
static size_t line_bytes;
static bool ended;

static void on_revoked(void *context, const char *tenant, const char *key_id)
{
    size_t used = strlen(revoked);
    (void)context;

    snprintf(revoked + used, sizeof revoked - used, " %s/%s", tenant, key_id);
}

static void print_who(enum lq_result result, const struct lq_signed_in *who, const char *why)
{
    if (result != LQ_OK) {
        printf("no %s\n", why);
        return;
    }
    printf("yes ");
    for (size_t index = 0; index < LQ_PLAYER_BYTES; index++) {
        printf("%02x", who->player[index]);
    }
    printf(" %s %s\n", who->key_id, who->claims.subject);
}

static void answer(const char *verb, struct lq_view rest)
{
    struct lq_error_message message = {""};
    struct lq_signed_in who;
    struct lq_http_request request = {.method = LQ_HTTP_GET};
    char ticket[LQ_TICKET_TEXT_BYTES];
    char query[4300];
    int64_t now_s = (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);

    if (strcmp(verb, "token") == 0) {
        print_who(lq_sign_in_token(sign_in, rest, now_s, &who, &message), &who, message.text);
    } else if (strcmp(verb, "make") == 0) {
        enum lq_result result = lq_sign_in_token(sign_in, rest, now_s, &who, &message);
        if (result == LQ_OK) {
            result = lq_sign_in_ticket(sign_in, &who, now_s, ticket, &message);
        }
        printf("%s %s\n", result == LQ_OK ? "yes" : "no", result == LQ_OK ? ticket : message.text);
    } else if (strcmp(verb, "revoked") == 0) {
        printf("yes%s\n", revoked);
        revoked[0] = '\0';
    } else {
        snprintf(query, sizeof query, "%s%.*s", strcmp(verb, "ticket") == 0 ? "ticket=" : "",
                 (int)(rest.bytes < 4200 ? rest.bytes : 4200), (const char *)rest.data);
        request.query = lq_view_text(query);
        print_who(lq_sign_in_request(sign_in, &request, now_s, &who, &message), &who, message.text);
    }
}

static void take_line(char *text, size_t bytes)
{
    char verb[16] = "";
    char *blank = memchr(text, ' ', bytes);
    size_t verb_bytes = blank == NULL ? bytes : (size_t)(blank - text);

    LQ_ASSERT(verb_bytes < sizeof verb);
    memcpy(verb, text, verb_bytes);
    answer(verb,
           blank == NULL ? lq_view_of(text, 0) : lq_view_of(blank + 1, bytes - verb_bytes - 1));
}

static void on_input(void *context, uint32_t events)
{
    (void)context;
    (void)events;
    ssize_t got = read(STDIN_FILENO, line + line_bytes, sizeof line - line_bytes);
    char *start = line;
    char *end;

    if (got <= 0) {
        ended = true;
        return;
    }
    line_bytes += (size_t)got;
    while ((end = memchr(start, '\n', line_bytes - (size_t)(start - line))) != NULL) {
        take_line(start, (size_t)(end - start));
        start = end + 1;
    }
    line_bytes -= (size_t)(start - line);
    memmove(line, start, line_bytes);
    LQ_ASSERT(line_bytes < sizeof line);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct lq_error_message message = {""};
    struct lq_gateway_options options = {.ticket_s = 60, .tickets_max = 100000};
    struct lq_event_source source = {.fd = STDIN_FILENO, .ready = on_input};

    if (argc != 3) {
        fprintf(stderr, "usage: lq-token-probe FOLDER AUDIENCE\n");
        return 64;
    }
    struct lq_sign_in_setting setting = {
        .folder = argv[1], .audience = argv[2], .options = &options, .on_revoked = on_revoked};
    if (lq_event_loop_open(&loop, &message) != LQ_OK ||
        lq_sign_in_open(&setting, loop, &sign_in, &message) != LQ_OK) {
        fprintf(stderr, "lq-token-probe: %s\n", message.text);
        return 1;
    }
    lq_event_loop_add(loop, &source, LQ_EVENT_READ);
    while (!ended) {
        lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    }
    lq_event_loop_remove(loop, &source);
    lq_sign_in_close(&sign_in);
    lq_event_loop_close(&loop);
    return 0;
}
