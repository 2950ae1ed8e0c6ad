// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_options.h - what of the configuration the server and the sign-in go by: a part of the
 * section `gateway`. The program's table has these rows and its own. */
#ifndef LQ_GATEWAY_OPTIONS_H
#define LQ_GATEWAY_OPTIONS_H

#include "base/option_table.h"

#include <stddef.h>

struct lq_gateway_options {
    char address[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t port, tls_port; /* 0: not served; LQ_GATEWAY_PORT_ANY: one that is free */
    char certificate_file[LQ_OPTION_TEXT_BYTES_MAX];
    char key_file[LQ_OPTION_TEXT_BYTES_MAX];
    char hosts[LQ_OPTION_TEXT_BYTES_MAX];
    char origins[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t connections_max;
    uint64_t connections_per_address_max; /* 0: no bound */
    uint64_t pending_max;
    uint64_t pending_per_address_max; /* 0: no bound */
    uint64_t output_bytes_max;
    uint64_t handshake_ms;
    uint64_t ping_ms;
    uint64_t ticket_s;
    uint64_t tickets_max;
    const char *ports_file; /* no option: by which processes know whose a port is (port_claim.h);
                             * NULL: it is everybody's. Borrowed as long as the server */
};

#define LQ_GATEWAY_PORT_ANY 65536u /* of tests: no option has it */

/* The rows, with offsets in a struct that has a struct lq_gateway_options at `offset`. The keys
 * begin with "gateway/". `rows` has room for LQ_GATEWAY_OPTION_COUNT. */
#define LQ_GATEWAY_OPTION_COUNT 16u
void lq_gateway_options_rows(size_t offset, struct lq_option rows[LQ_GATEWAY_OPTION_COUNT]);

/* What no row can say of itself. LQ_ERR_INVALID: with `message`. */
LQ_MUST_CHECK enum lq_result lq_gateway_options_check(const struct lq_gateway_options *options,
                                                      struct lq_error_message *message);

#endif
