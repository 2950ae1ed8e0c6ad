// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_environment.h"

#include "mirror/infrastructure/aws_keys.h"
#include "mirror/infrastructure/profile_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *read_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

struct variable {
    const char *name;
    size_t offset, bytes_max;
};

#define VARIABLE(name, field)                                                                      \
    {                                                                                              \
        name, offsetof(struct lq_aws_environment, field),                                          \
            sizeof(((struct lq_aws_environment *)0)->field)                                        \
    }

/* Of two for one field the first that is set counts. */
static const struct variable variables[] = {
    VARIABLE("AWS_PROFILE", profile),
    VARIABLE("AWS_CONFIG_FILE", config_file),
    VARIABLE("AWS_SHARED_CREDENTIALS_FILE", credentials_file),
    VARIABLE("AWS_REGION", region),
    VARIABLE("AWS_DEFAULT_REGION", region),
    VARIABLE("AWS_CA_BUNDLE", ca_bundle),
    VARIABLE("AWS_ENDPOINT_URL", endpoint_url),
    VARIABLE("AWS_ENDPOINT_URL_DYNAMODB", endpoint_url_dynamodb),
    VARIABLE("AWS_ENDPOINT_URL_EVENTBRIDGE", endpoint_url_eventbridge),
    VARIABLE("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", container_relative_uri),
    VARIABLE("AWS_CONTAINER_CREDENTIALS_FULL_URI", container_full_uri),
    VARIABLE("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", container_token_file),
    VARIABLE("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata_endpoint),
};

static enum lq_result set_field(struct lq_aws_environment *environment,
                                const struct variable *variable, const char *value,
                                struct lq_error_message *message)
{
    char *field = (char *)environment + variable->offset;

    if (field[0] != '\0') {
        return LQ_OK;
    }
    if (strlen(value) >= variable->bytes_max) {
        lq_error_message_set(message, "%s: longer than %zu bytes", variable->name,
                             variable->bytes_max - 1);
        return LQ_ERR_LIMIT;
    }
    memcpy(field, value, strlen(value) + 1);
    return LQ_OK;
}

/* A path below the home folder, where none was named. */
static void set_path(char *path, const char *name)
{
    const char *home = read_variable("HOME");

    if (path[0] == '\0' && home[0] != '\0') {
        int bytes = snprintf(path, LQ_AWS_PATH_BYTES_MAX, "%s/.aws/%s", home, name);
        if (bytes >= LQ_AWS_PATH_BYTES_MAX) {
            path[0] = '\0';
        }
    }
}

static enum lq_result read_region(struct lq_aws_environment *environment,
                                  struct lq_error_message *message)
{
    struct lq_profile *profile = lq_profile_files_new();
    enum lq_result result = LQ_OK;

    if (environment->region[0] == '\0') {
        result = lq_profile_files_read(environment->config_file, environment->credentials_file,
                                       environment->profile, profile, message);
        if (result == LQ_OK) {
            memcpy(environment->region, profile->region, sizeof environment->region);
        } else if (result == LQ_ERR_NOT_FOUND) {
            result = LQ_OK; /* whether it has to be there is for the credentials to say */
        }
    }
    if (result == LQ_OK && environment->region[0] != '\0' &&
        !lq_aws_endpoint_is_region(environment->region)) {
        lq_error_message_set(message, "%s is not the name of a region", environment->region);
        result = LQ_ERR_INVALID;
    }
    lq_profile_files_destroy(&profile);
    return result;
}

enum lq_result lq_aws_environment_read(struct lq_aws_environment *environment,
                                       struct lq_error_message *message)
{
    memset(environment, 0, sizeof *environment);
    for (size_t index = 0; index < sizeof variables / sizeof variables[0]; index++) {
        enum lq_result result = set_field(environment, &variables[index],
                                          read_variable(variables[index].name), message);
        if (result != LQ_OK) {
            return result;
        }
    }
    environment->has_profile = environment->profile[0] != '\0';
    if (!environment->has_profile) {
        (void)snprintf(environment->profile, sizeof environment->profile, "default");
    }
    set_path(environment->config_file, "config");
    set_path(environment->credentials_file, "credentials");
    environment->is_metadata_disabled =
        strcasecmp(read_variable("AWS_EC2_METADATA_DISABLED"), "true") == 0;
    environment->has_web_identity = read_variable("AWS_WEB_IDENTITY_TOKEN_FILE")[0] != '\0';
    return read_region(environment, message);
}

enum lq_result lq_aws_environment_endpoint(const struct lq_aws_environment *environment,
                                           enum lq_aws_service_name service,
                                           struct lq_aws_endpoint *endpoint,
                                           struct lq_error_message *message)
{
    bool is_dynamodb = service == LQ_AWS_DYNAMODB;
    const char *own =
        is_dynamodb ? environment->endpoint_url_dynamodb : environment->endpoint_url_eventbridge;

    if (own[0] != '\0') {
        return lq_aws_endpoint_parse(is_dynamodb ? "AWS_ENDPOINT_URL_DYNAMODB"
                                                 : "AWS_ENDPOINT_URL_EVENTBRIDGE",
                                     own, endpoint, message);
    }
    if (environment->endpoint_url[0] != '\0') {
        return lq_aws_endpoint_parse("AWS_ENDPOINT_URL", environment->endpoint_url, endpoint,
                                     message);
    }
    if (environment->region[0] == '\0') {
        lq_error_message_set(message, "no region: set AWS_REGION, or region in profile %s",
                             environment->profile);
        return LQ_ERR_INVALID;
    }
    return lq_aws_endpoint_of_service(is_dynamodb ? "dynamodb" : "events", environment->region,
                                      endpoint, message);
}
