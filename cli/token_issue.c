// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/command_table.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/token_folder.h"

#include "base/clock.h"
#include "gateway/infrastructure/ticket_store.h"

#include <assert.h>
#include <inttypes.h>

enum { TICKETS_MAX = 10000 };

#define SESSIONS_WANTED                                                                            \
    "--sessions are at most 16 names or beginnings with a star (arena-*), commas between"
static_assert(LQ_TOKEN_SESSIONS_MAX == 16, "SESSIONS_WANTED says it");

struct issue {
    const struct lq_invocation *invocation;
    struct lq_token_folder folder;
    struct lq_token_claims claims;
    struct lq_token_keys keys;
    const struct lq_token_key *key;
    int64_t life_s;
};

/* A list with commas between; false: an item is refused, and `wants` says what may stand there. */
static bool each_item(const char *list, bool (*take)(struct lq_token_claims *, struct lq_view),
                      const char *wants, struct lq_token_claims *claims)
{
    for (const char *at = list;; at++) {
        size_t bytes = strcspn(at, ",");
        if (!take(claims, lq_view_of(at, bytes))) {
            lq_text_output_error("%s, not \"%.*s\"", wants, bytes > 64 ? 64 : (int)bytes, at);
            return false;
        }
        at += bytes;
        if (*at == '\0') {
            return true;
        }
    }
}

static bool take_session(struct lq_token_claims *claims, struct lq_view pattern)
{
    if (claims->session_count == LQ_TOKEN_SESSIONS_MAX || !lq_token_claims_pattern_valid(pattern)) {
        return false;
    }
    memcpy(claims->sessions[claims->session_count], pattern.data, pattern.bytes);
    claims->session_count++;
    return true;
}

static bool take_right(struct lq_token_claims *claims, struct lq_view word)
{
    uint32_t right = lq_view_equal(word, lq_view_text("play"))    ? LQ_RIGHT_PLAY
                     : lq_view_equal(word, lq_view_text("watch")) ? LQ_RIGHT_WATCH
                                                                  : 0;

    claims->rights |= right;
    return right != 0;
}

static bool read_claims(struct issue *issue, uint32_t usual_life_ms)
{
    const struct lq_invocation *invocation = issue->invocation;
    struct lq_token_claims *claims = &issue->claims;
    const char *sessions = lq_invocation_value(invocation, "sessions");
    const char *rights = lq_invocation_value(invocation, "rights");
    const char *life = lq_invocation_value(invocation, "life");
    const char *wrong = NULL;
    uint32_t life_ms = usual_life_ms;

    if (invocation->argument_count != 2) {
        lq_text_output_error("token %s wants TENANT and SUB", invocation->command->verb);
        return false;
    }
    if (!lq_tenant_name_valid(lq_view_text(invocation->arguments[0]))) {
        lq_text_output_error("%.64s is no name of a tenant", invocation->arguments[0]);
        return false;
    }
    snprintf(claims->tenant, sizeof claims->tenant, "%s", invocation->arguments[0]);
    snprintf(claims->subject, sizeof claims->subject, "%s", invocation->arguments[1]);
    if (strcmp(claims->subject, invocation->arguments[1]) != 0) {
        lq_text_output_error("SUB is longer than %u bytes", LQ_TOKEN_SUBJECT_BYTES_MAX);
        return false;
    }
    if (!each_item(sessions == NULL ? "*" : sessions, take_session, SESSIONS_WANTED, claims) ||
        !each_item(rights == NULL ? "play,watch" : rights, take_right,
                   "--rights are play and watch, commas between", claims)) {
        return false;
    }
    if (life != NULL && (!lq_invocation_duration(life, &life_ms) || life_ms < 1000)) {
        lq_text_output_error("--life %.64s is no duration (90s, 60m; 1s to 24h)", life);
        return false;
    }
    issue->life_s = life_ms / 1000;
    claims->issued_at_s = claims->not_before_s = (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);
    claims->expires_at_s = claims->issued_at_s + issue->life_s;
    if (lq_token_claims_check(claims, &wrong) != LQ_OK) {
        lq_text_output_error("%s", wrong);
        return false;
    }
    return true;
}

/* The one that is named, or the newest that signs. */
static enum lq_exit_code choose_key(struct issue *issue)
{
    const char *wanted = lq_invocation_value(issue->invocation, "key");

    for (uint32_t index = 0; index < issue->keys.count; index++) {
        const struct lq_token_key *key = &issue->keys.keys[index];
        if (wanted != NULL ? strcmp(key->id, wanted) == 0 : key->secret_bytes > 0) {
            issue->key = key; /* the last: they stand in the order of their coming */
        }
    }
    if (issue->key != NULL && issue->key->secret_bytes > 0) {
        return LQ_EXIT_OK;
    }
    if (wanted != NULL) {
        lq_text_output_error(issue->key == NULL
                                 ? "%s has no key %.64s; see: lqctl token key list %s"
                                 : "%s has key %.64s to verify by, not to sign; see: "
                                   "lqctl token key list %s",
                             issue->claims.tenant, wanted, issue->claims.tenant);
    } else {
        lq_text_output_error("%s has no key that signs; see: lqctl token key add %s",
                             issue->claims.tenant, issue->claims.tenant);
    }
    return LQ_EXIT_NOT_FOUND;
}

static enum lq_exit_code prepare(struct issue *issue, uint32_t usual_life_ms)
{
    if (!read_claims(issue, usual_life_ms)) {
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_token_folder_open(issue->invocation, &issue->folder);
    if (code == LQ_EXIT_OK) {
        code = lq_token_folder_read_keys(&issue->folder, issue->claims.tenant, &issue->keys);
    }
    return code == LQ_EXIT_OK ? choose_key(issue) : code;
}

/* text NULL: nothing was issued, for it is a --dry-run. */
static void print_issued(const struct issue *issue, const char *name, const char *member,
                         const char *text)
{
    if (issue->invocation->json) {
        lq_json_output_print(name, json_pack("{s:s?,s:s,s:s,s:s,s:I,s:b}", member, text, "tenant",
                                             issue->claims.tenant, "sub", issue->claims.subject,
                                             "kid", issue->key->id, "expires",
                                             (json_int_t)issue->claims.expires_at_s, "dry_run",
                                             (int)(text == NULL)));
    } else if (text == NULL) {
        printf("would issue a %s for %s of %s, good for %" PRId64 " s, by key %s\n", member,
               issue->claims.subject, issue->claims.tenant, issue->life_s, issue->key->id);
    } else {
        printf("%s\n", text);
    }
}

enum lq_exit_code lq_token_issue_run(const struct lq_invocation *invocation)
{
    struct issue issue = {.invocation = invocation};
    char token[LQ_TOKEN_BYTES_MAX + 1];
    enum lq_exit_code code = prepare(&issue, 3600 * 1000);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (lq_token_document_sign(&issue.claims, issue.folder.cluster.name, issue.key, token) !=
        LQ_OK) {
        lq_text_output_error("the token would be longer than %u bytes", LQ_TOKEN_BYTES_MAX);
        return LQ_EXIT_FAILED;
    }
    print_issued(&issue, "token.issue", "token", invocation->dry_run ? NULL : token);
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_token_issue_ticket(const struct lq_invocation *invocation)
{
    struct issue issue = {.invocation = invocation};
    struct lq_ticket_document ticket;
    struct lq_error_message message = {""};
    char text[LQ_TICKET_TEXT_BYTES] = "";
    enum lq_exit_code code = prepare(&issue, 60 * 1000);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (invocation->dry_run) {
        print_issued(&issue, "token.ticket", "ticket", NULL);
        return LQ_EXIT_OK;
    }
    ticket = (struct lq_ticket_document){.claims = issue.claims,
                                         .expires_at_s = issue.claims.expires_at_s};
    snprintf(ticket.key_id, sizeof ticket.key_id, "%s", issue.key->id);
    /* Who came in by it stays for as long as a token would let him. */
    ticket.claims.expires_at_s += 24 * 3600;
    lq_ticket_store_t *store =
        lq_ticket_store_open(issue.folder.tickets, issue.folder.cluster.name, TICKETS_MAX, NULL);
    enum lq_result result = lq_ticket_store_make(store, &ticket, text, &message);
    lq_ticket_store_close(&store);
    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return result == LQ_ERR_FULL ? LQ_EXIT_TRY_AGAIN : LQ_EXIT_FAILED;
    }
    print_issued(&issue, "token.ticket", "ticket", text);
    return LQ_EXIT_OK;
}
