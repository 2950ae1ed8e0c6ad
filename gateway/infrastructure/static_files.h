// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* static_files.h - the files of a folder, read once, for GET: a page of the arena, the SDK.
 *
 * What is served is what was there at the start: no request reaches the disk, so no path in it
 * can. */
#ifndef LQ_STATIC_FILES_H
#define LQ_STATIC_FILES_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"

#define LQ_STATIC_FILES_MAX 64u
#define LQ_STATIC_FILES_BYTES_MAX (4u << 20) /* of all */
#define LQ_STATIC_FILES_TAG_BYTES 35         /* of an ETag with its quotes and NUL */

struct lq_static_file {
    struct lq_view content;
    const char *type;                    /* "text/html; charset=utf-8" */
    char tag[LQ_STATIC_FILES_TAG_BYTES]; /* changes with the content */
};

typedef struct lq_static_files lq_static_files_t;

/* Files directly in `folder` and in its folders, with an ending that it knows (html, js, mjs,
 * css, json, map, svg, png, ico, txt, ts); others and hidden ones are passed over. folder "" has
 * none. LQ_ERR_LIMIT: too many or too large; LQ_ERR_IO; each with `message`. */
LQ_MUST_CHECK enum lq_result lq_static_files_open(const char *folder, lq_static_files_t **files,
                                                  struct lq_error_message *message);
void lq_static_files_close(lq_static_files_t **files);

/* The file of a path, "/play/arena.js"; of one whose last name has no dot, the index.html in it.
 * NULL: there is none. */
const struct lq_static_file *lq_static_files_find(const lq_static_files_t *files,
                                                  struct lq_view path);

#endif
