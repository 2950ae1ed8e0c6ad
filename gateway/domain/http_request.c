// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/http_request.h"

#define NAMED(text) lq_view_of((text), sizeof(text) - 1)

static char lower(uint8_t byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

bool lq_http_request_words_equal(struct lq_view a, struct lq_view b)
{
    if (a.bytes != b.bytes) {
        return false;
    }
    for (size_t index = 0; index < a.bytes; index++) {
        if (lower(a.data[index]) != lower(b.data[index])) {
            return false;
        }
    }
    return true;
}

struct lq_view lq_http_request_trim(struct lq_view text)
{
    while (text.bytes > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = lq_view_of(text.data + 1, text.bytes - 1);
    }
    while (text.bytes > 0 &&
           (text.data[text.bytes - 1] == ' ' || text.data[text.bytes - 1] == '\t')) {
        text.bytes--;
    }
    return text;
}

bool lq_http_request_cut(struct lq_view *rest, char byte, struct lq_view *before)
{
    const uint8_t *found = rest->bytes == 0 ? NULL : memchr(rest->data, byte, rest->bytes);

    if (found == NULL) {
        return false;
    }
    *before = lq_view_of(rest->data, (size_t)(found - rest->data));
    *rest = lq_view_of(found + 1, rest->bytes - before->bytes - 1);
    return true;
}

struct lq_view lq_http_request_item(struct lq_view list, uint32_t index)
{
    while (list.data != NULL) {
        struct lq_view item;
        if (!lq_http_request_cut(&list, ',', &item)) {
            item = list;
            list = lq_view_of(NULL, 0);
        }
        if (index == 0) {
            return lq_http_request_trim(item);
        }
        index--;
    }
    return lq_view_of(NULL, 0);
}

bool lq_http_request_has_item(struct lq_view list, const char *item)
{
    for (uint32_t index = 0;; index++) {
        struct lq_view found = lq_http_request_item(list, index);
        if (found.data == NULL) {
            return false;
        }
        if (lq_http_request_words_equal(found, lq_view_text(item))) {
            return true;
        }
    }
}

/* The next word of a list with blanks between; data NULL: no more. */
static struct lq_view next_word(struct lq_view *words)
{
    struct lq_view word = lq_view_of(NULL, 0);

    while (words->bytes > 0 && words->data[0] == ' ') {
        *words = lq_view_of(words->data + 1, words->bytes - 1);
    }
    if (words->bytes > 0 && !lq_http_request_cut(words, ' ', &word)) {
        word = *words;
        words->bytes = 0;
    }
    return word;
}

/* Without the port: behind the last colon that is not within the brackets of an IPv6 address.
 * False: what is there is no port. */
static bool cut_port(struct lq_view *host)
{
    for (size_t at = host->bytes; at > 0; at--) {
        uint8_t byte = host->data[at - 1];
        if (byte == ':') {
            host->bytes = at - 1;
            return true;
        }
        if (byte == ']') {
            return at == host->bytes;
        }
        if (byte < '0' || byte > '9') {
            return memchr(host->data, ':', host->bytes) == NULL;
        }
    }
    return true;
}

bool lq_http_request_host_allowed(struct lq_view host, const char *hosts)
{
    struct lq_view words = lq_view_text(hosts);

    if (!cut_port(&host) || host.bytes == 0) {
        return false;
    }
    for (struct lq_view word = next_word(&words); word.data != NULL; word = next_word(&words)) {
        if (lq_http_request_words_equal(host, word) || lq_view_equal(word, NAMED("*"))) {
            return true;
        }
    }
    return false;
}

static bool is_own_origin(struct lq_view origin, struct lq_view host)
{
    const struct lq_view schemes[] = {NAMED("http://"), NAMED("https://")};

    for (size_t index = 0; index < 2; index++) {
        size_t bytes = schemes[index].bytes;
        if (origin.bytes > bytes && memcmp(origin.data, schemes[index].data, bytes) == 0 &&
            lq_http_request_words_equal(lq_view_of(origin.data + bytes, origin.bytes - bytes),
                                        host)) {
            return true;
        }
    }
    return false;
}

bool lq_http_request_origin_allowed(const struct lq_http_request *request, const char *origins)
{
    struct lq_view words = lq_view_text(origins);

    for (struct lq_view word = next_word(&words); word.data != NULL; word = next_word(&words)) {
        if (lq_view_equal(word, NAMED("self"))
                ? is_own_origin(request->origin, request->host)
                : lq_http_request_words_equal(request->origin, word)) {
            return true;
        }
    }
    return false;
}

/* Printable, without what ends a name in a list or in an address. */
static bool is_plain(struct lq_view word)
{
    for (size_t at = 0; at < word.bytes; at++) {
        if (word.data[at] <= ' ' || word.data[at] > '~' ||
            memchr(",/*@\"\\?#", word.data[at], 8) != NULL) {
            return false;
        }
    }
    return word.bytes > 0;
}

static bool host_may_be(struct lq_view word)
{
    bool is_bracketed = word.bytes > 2 && word.data[0] == '[' && word.data[word.bytes - 1] == ']';

    return lq_view_equal(word, NAMED("*")) ||
           (is_plain(word) &&
            (is_bracketed || (word.data[0] != '[' && memchr(word.data, ':', word.bytes) == NULL)));
}

/* SCHEME://HOST, of whatever scheme: apps have their own. */
static bool origin_may_be(struct lq_view word)
{
    struct lq_view scheme;

    if (lq_view_equal(word, NAMED("self")) || lq_view_equal(word, NAMED("null"))) {
        return true;
    }
    return lq_http_request_cut(&word, ':', &scheme) && is_plain(scheme) && word.bytes > 2 &&
           memcmp(word.data, "//", 2) == 0 && is_plain(lq_view_of(word.data + 2, word.bytes - 2));
}

struct lq_view lq_http_request_hosts_wrong(const char *hosts)
{
    struct lq_view words = lq_view_text(hosts);
    struct lq_view word = next_word(&words);

    while (word.data != NULL && host_may_be(word)) {
        word = next_word(&words);
    }
    return word;
}

struct lq_view lq_http_request_origins_wrong(const char *origins)
{
    struct lq_view words = lq_view_text(origins);
    struct lq_view word = next_word(&words);

    while (word.data != NULL && origin_may_be(word)) {
        word = next_word(&words);
    }
    return word;
}
