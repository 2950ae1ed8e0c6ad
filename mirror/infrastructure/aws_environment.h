// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_environment.h - what the environment variables of AWS's tools say, but for secrets, and the
 * region, which a profile may name too.
 *
 * Plain data, so that a program may put options of its own in a field's place before it is used.
 */
#ifndef LQ_AWS_ENVIRONMENT_H
#define LQ_AWS_ENVIRONMENT_H

#include "mirror/infrastructure/aws_endpoint.h"

#define LQ_AWS_PATH_BYTES_MAX 1024
#define LQ_AWS_PROFILE_BYTES_MAX 128

struct lq_aws_environment {
    char profile[LQ_AWS_PROFILE_BYTES_MAX];       /* AWS_PROFILE, else "default" */
    bool has_profile;                             /* AWS_PROFILE is set: then it has to exist */
    char config_file[LQ_AWS_PATH_BYTES_MAX];      /* AWS_CONFIG_FILE, else ~/.aws/config */
    char credentials_file[LQ_AWS_PATH_BYTES_MAX]; /* AWS_SHARED_CREDENTIALS_FILE, else
                                                   * ~/.aws/credentials. Both "": no home */
    char region[LQ_AWS_REGION_BYTES_MAX + 1];     /* AWS_REGION, else AWS_DEFAULT_REGION, else the
                                                   * profile's. "": none */
    char ca_bundle[LQ_AWS_PATH_BYTES_MAX];        /* AWS_CA_BUNDLE */
    char endpoint_url[LQ_AWS_ENDPOINT_BYTES_MAX]; /* AWS_ENDPOINT_URL */
    char endpoint_url_dynamodb[LQ_AWS_ENDPOINT_BYTES_MAX];    /* AWS_ENDPOINT_URL_DYNAMODB */
    char endpoint_url_eventbridge[LQ_AWS_ENDPOINT_BYTES_MAX]; /* AWS_ENDPOINT_URL_EVENTBRIDGE */

    char container_relative_uri[LQ_AWS_ENDPOINT_BYTES_MAX]; /* AWS_CONTAINER_CREDENTIALS_... */
    char container_full_uri[LQ_AWS_ENDPOINT_BYTES_MAX];
    char container_token_file[LQ_AWS_PATH_BYTES_MAX];  /* AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE */
    char metadata_endpoint[LQ_AWS_ENDPOINT_BYTES_MAX]; /* AWS_EC2_METADATA_SERVICE_ENDPOINT */
    bool is_metadata_disabled;                         /* AWS_EC2_METADATA_DISABLED is "true" */
    bool has_web_identity; /* AWS_WEB_IDENTITY_TOKEN_FILE is set: not read here */
};

/* From the environment, and the region from the profile's files. LQ_ERR_LIMIT: a value is too long;
 * LQ_ERR_INVALID: a file has a line that is none, or the region is no region's name; LQ_ERR_IO: a
 * file cannot be read; each with `message`. Reads files. */
LQ_MUST_CHECK enum lq_result lq_aws_environment_read(struct lq_aws_environment *environment,
                                                     struct lq_error_message *message);

enum lq_aws_service_name { LQ_AWS_DYNAMODB = 1, LQ_AWS_EVENTBRIDGE };

/* Where the service is asked: its own variable, else AWS_ENDPOINT_URL, else AWS's own address in
 * the region. LQ_ERR_INVALID, LQ_ERR_PERMISSION: `message` says what is wrong with which. */
LQ_MUST_CHECK enum lq_result
lq_aws_environment_endpoint(const struct lq_aws_environment *environment,
                            enum lq_aws_service_name service, struct lq_aws_endpoint *endpoint,
                            struct lq_error_message *message);

#endif
