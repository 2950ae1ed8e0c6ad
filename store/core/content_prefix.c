// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/content_prefix.h"

#include "base/little_endian.h"

/* From behind the names. */
enum { WALL_AT = 28, BYTES_TO_WALL = WALL_AT + 8 };
enum { CANONICAL_VERSION_BYTES = 4 };

/* Take a length byte and that many bytes from the front of `rest`. */
static bool take_name(struct lq_view *rest, struct lq_view *name)
{
    if (rest->bytes < 1 || rest->bytes - 1 < rest->data[0]) {
        return false;
    }
    *name = lq_view_of(rest->data + 1, rest->data[0]);
    *rest = lq_view_of(name->data + name->bytes, rest->bytes - 1 - name->bytes);
    return true;
}

static enum lq_result read_names(struct lq_view content, struct lq_session_names *names,
                                 struct lq_view *rest)
{
    if (content.bytes < CANONICAL_VERSION_BYTES) {
        return LQ_ERR_MALFORMED;
    }
    *rest =
        lq_view_of(content.data + CANONICAL_VERSION_BYTES, content.bytes - CANONICAL_VERSION_BYTES);
    return take_name(rest, &names->tenant) && take_name(rest, &names->session) ? LQ_OK
                                                                               : LQ_ERR_MALFORMED;
}

enum lq_result lq_content_prefix_read(struct lq_view content, struct lq_session_names *names)
{
    struct lq_view rest;

    return read_names(content, names, &rest);
}

enum lq_result lq_content_prefix_wall(struct lq_view content, uint64_t *wall_ns)
{
    struct lq_session_names names;
    struct lq_view rest;
    enum lq_result result = read_names(content, &names, &rest);

    if (result != LQ_OK || rest.bytes < BYTES_TO_WALL) {
        return LQ_ERR_MALFORMED;
    }
    *wall_ns = lq_get_u64(rest.data + WALL_AT);
    return LQ_OK;
}

bool lq_content_prefix_matches(struct lq_view content, struct lq_session_names names)
{
    struct lq_session_names own;

    return lq_content_prefix_read(content, &own) == LQ_OK && lq_session_names_equal(own, names);
}
