// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_endpoint.h - where a service is asked, and which addresses may be asked without TLS.
 *
 * Requests carry signatures and answers carry the ledger: plain http goes to this machine only.
 * Credentials are fetched over plain http only from the addresses that AWS itself set aside for it.
 */
#ifndef LQ_AWS_ENDPOINT_H
#define LQ_AWS_ENDPOINT_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>

#define LQ_AWS_ENDPOINT_BYTES_MAX 512
#define LQ_AWS_REGION_BYTES_MAX 64

struct lq_aws_endpoint {
    char url[LQ_AWS_ENDPOINT_BYTES_MAX]; /* "https://HOST[:PORT]/" */
    bool is_plain;                       /* http, so this machine */
};

/* From a URL that somebody configured: https://HOST[:PORT][/], or http:// of a loopback address
 * (127.0.0.0/8, [::1], localhost). `name` is what configures it, for messages. LQ_ERR_INVALID:
 * another scheme, a user, a path, a query; LQ_ERR_PERMISSION: http to another machine. */
LQ_MUST_CHECK enum lq_result lq_aws_endpoint_parse(const char *name, const char *url,
                                                   struct lq_aws_endpoint *endpoint,
                                                   struct lq_error_message *message);

/* AWS's own of a service ("dynamodb", "events") in a region. LQ_ERR_INVALID: no region's name. */
LQ_MUST_CHECK enum lq_result lq_aws_endpoint_of_service(const char *service, const char *region,
                                                        struct lq_aws_endpoint *endpoint,
                                                        struct lq_error_message *message);

/* Lower-case letters, digits and '-', at most LQ_AWS_REGION_BYTES_MAX: it gets into signatures and
 * host names. */
bool lq_aws_endpoint_is_region(const char *region);

/* Whether credentials may be fetched from the URL of AWS_CONTAINER_CREDENTIALS_FULL_URI: https, or
 * http to a loopback address, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]. LQ_ERR_INVALID: no
 * URL; LQ_ERR_PERMISSION: http to another host. */
LQ_MUST_CHECK enum lq_result lq_aws_endpoint_check_container(const char *url,
                                                             struct lq_error_message *message);

#endif
