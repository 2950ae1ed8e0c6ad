// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* service_error.h - name and words of the error that an answer of an AWS service tells. */
#ifndef LQ_SERVICE_ERROR_H
#define LQ_SERVICE_ERROR_H

#include <jansson.h>

/* The name is what stands behind '#' in "__type" (or "code", or "Code"), before a ':'. The words
 * ("message", "Message") are cut at the end of their first line: behind it a refused signature's
 * message repeats the request's headers, the session token among them. Bytes that are not printable
 * become '?'. "": the answer has none. */
void lq_service_error_read(const json_t *root, char *code, size_t code_bytes_max, char *text,
                           size_t text_bytes_max);

#endif
