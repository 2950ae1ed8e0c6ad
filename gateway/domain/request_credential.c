// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/request_credential.h"

struct search {
    struct lq_request_credential found; /* the last one */
    uint32_t count;
    bool is_misplaced;
};

static void take(struct search *search, enum lq_credential_kind kind, struct lq_view text)
{
    search->found = (struct lq_request_credential){kind, text};
    search->count++;
}

static bool take_behind(struct search *search, enum lq_credential_kind kind, const char *prefix,
                        struct lq_view item)
{
    size_t bytes = strlen(prefix);
    bool is_one = item.bytes >= bytes && memcmp(item.data, prefix, bytes) == 0;

    if (is_one) {
        take(search, kind, lq_view_of(item.data + bytes, item.bytes - bytes));
    }
    return is_one;
}

static void look_at_protocols(struct search *search, struct lq_view list)
{
    struct lq_view item;

    for (uint32_t at = 0; (item = lq_http_request_item(list, at)).data != NULL; at++) {
        if (!take_behind(search, LQ_CREDENTIAL_TOKEN, "bearer.", item)) {
            (void)take_behind(search, LQ_CREDENTIAL_RESUME, "resume.", item);
        }
    }
}

static void look_at_header(struct search *search, struct lq_view value)
{
    struct lq_view scheme;

    if (value.data == NULL) {
        return;
    }
    if (lq_http_request_cut(&value, ' ', &scheme) &&
        lq_http_request_words_equal(scheme, lq_view_text("bearer"))) {
        take(search, LQ_CREDENTIAL_TOKEN, lq_http_request_trim(value));
    } else {
        search->is_misplaced = true;
    }
}

/* Each time that it stands there. */
static void look_at_query(struct search *search, struct lq_view query)
{
    static const char *const forbidden[] = {"token",  "access_token",  "id_token", "jwt",
                                            "bearer", "authorization", "resume"};
    struct lq_view pair;
    struct lq_view name;

    while (query.bytes > 0) {
        if (!lq_http_request_cut(&query, '&', &pair)) {
            pair = query;
            query.bytes = 0;
        }
        if (!lq_http_request_cut(&pair, '=', &name)) {
            continue;
        }
        for (size_t at = 0; at < sizeof forbidden / sizeof forbidden[0]; at++) {
            search->is_misplaced |= lq_view_equal(name, lq_view_text(forbidden[at]));
        }
        if (lq_view_equal(name, lq_view_text("ticket"))) {
            take(search, LQ_CREDENTIAL_TICKET, pair);
        }
    }
}

enum lq_result lq_request_credential_find(const struct lq_http_request *request,
                                          struct lq_request_credential *found)
{
    struct search search = {.count = 0};

    look_at_header(&search, request->authorization);
    look_at_protocols(&search, request->websocket_protocol);
    look_at_query(&search, request->query);
    *found = search.found;
    if (search.is_misplaced || search.count > 1) {
        return LQ_ERR_INVALID;
    }
    return search.count == 1 ? LQ_OK : LQ_ERR_NOT_FOUND;
}
