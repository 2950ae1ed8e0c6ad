// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_endpoint.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define HOST_BYTES_MAX 256

/* The parts of a URL that the rules look at. */
struct url_parts {
    char host[HOST_BYTES_MAX]; /* an IPv6 address without its brackets */
    char port[8];              /* "": the scheme's own */
    bool is_https, is_http;
    bool has_user, has_path, has_query;
};

static void take_part(CURLU *url, CURLUPart what, char *to, size_t bytes_max)
{
    char *part = NULL;

    to[0] = '\0';
    if (curl_url_get(url, what, &part, 0) == CURLUE_OK) {
        (void)snprintf(to, bytes_max, "%s", part);
    }
    curl_free(part);
}

static bool has_part(CURLU *url, CURLUPart what, const char *usual)
{
    char *part = NULL;
    bool has = curl_url_get(url, what, &part, 0) == CURLUE_OK && strcmp(part, usual) != 0;

    curl_free(part);
    return has;
}

/* Without the brackets of an IPv6 address and its zone. */
static void strip_brackets(char *host)
{
    size_t bytes = strlen(host);

    if (bytes >= 2 && host[0] == '[' && host[bytes - 1] == ']') {
        host[bytes - 1] = '\0';
        memmove(host, host + 1, bytes - 1);
    }
}

static bool split_url(const char *text, struct url_parts *parts)
{
    char scheme[8];
    CURLU *url = curl_url();
    bool valid = url != NULL && strlen(text) < LQ_AWS_ENDPOINT_BYTES_MAX &&
                 curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;

    memset(parts, 0, sizeof *parts);
    if (valid) {
        take_part(url, CURLUPART_SCHEME, scheme, sizeof scheme);
        take_part(url, CURLUPART_HOST, parts->host, sizeof parts->host);
        take_part(url, CURLUPART_PORT, parts->port, sizeof parts->port);
        strip_brackets(parts->host);
        parts->is_https = strcmp(scheme, "https") == 0;
        parts->is_http = strcmp(scheme, "http") == 0;
        parts->has_user =
            has_part(url, CURLUPART_USER, "") || has_part(url, CURLUPART_PASSWORD, "");
        parts->has_path = has_part(url, CURLUPART_PATH, "/");
        parts->has_query =
            has_part(url, CURLUPART_QUERY, "") || has_part(url, CURLUPART_FRAGMENT, "");
    }
    curl_url_cleanup(url);
    return valid && parts->host[0] != '\0' && strlen(parts->host) < sizeof parts->host - 1;
}

/* An address as written, never a name that a resolver would have to be believed about; "localhost"
 * is one that libcurl itself answers. */
static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, host, &four) == 1) {
        return (ntohl(four.s_addr) >> 24) == 127;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&six);
    }
    return strcmp(host, "localhost") == 0;
}

static bool is_container_host(const char *host)
{
    struct in6_addr six, pod;

    if (inet_pton(AF_INET6, host, &six) == 1) {
        return inet_pton(AF_INET6, "fd00:ec2::23", &pod) == 1 &&
               memcmp(&six, &pod, sizeof six) == 0;
    }
    return strcmp(host, "169.254.170.2") == 0 || strcmp(host, "169.254.170.23") == 0;
}

enum lq_result lq_aws_endpoint_parse(const char *name, const char *url,
                                     struct lq_aws_endpoint *endpoint,
                                     struct lq_error_message *message)
{
    struct url_parts parts;

    if (!split_url(url, &parts) || (!parts.is_https && !parts.is_http)) {
        lq_error_message_set(message, "%s: not an https:// or http:// URL", name);
        return LQ_ERR_INVALID;
    }
    if (parts.has_user || parts.has_path || parts.has_query) {
        lq_error_message_set(message, "%s: only scheme, host and port may stand in the URL", name);
        return LQ_ERR_INVALID;
    }
    if (parts.is_http && !is_loopback(parts.host)) {
        lq_error_message_set(message,
                             "%s: http:// is for a loopback address, and %s is none; use "
                             "https://",
                             name, parts.host);
        return LQ_ERR_PERMISSION;
    }
    bool six = strchr(parts.host, ':') != NULL;
    (void)snprintf(endpoint->url, sizeof endpoint->url, "%s://%s%s%s%s%s/",
                   parts.is_https ? "https" : "http", six ? "[" : "", parts.host, six ? "]" : "",
                   parts.port[0] != '\0' ? ":" : "", parts.port);
    endpoint->is_plain = parts.is_http;
    return LQ_OK;
}

bool lq_aws_endpoint_is_region(const char *region)
{
    size_t bytes = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return bytes > 0 && bytes <= LQ_AWS_REGION_BYTES_MAX && region[bytes] == '\0';
}

enum lq_result lq_aws_endpoint_of_service(const char *service, const char *region,
                                          struct lq_aws_endpoint *endpoint,
                                          struct lq_error_message *message)
{
    if (!lq_aws_endpoint_is_region(region)) {
        lq_error_message_set(message, "%s is not the name of a region", region);
        return LQ_ERR_INVALID;
    }
    (void)snprintf(endpoint->url, sizeof endpoint->url, "https://%s.%s.amazonaws.com%s/", service,
                   region, strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    endpoint->is_plain = false;
    return LQ_OK;
}

enum lq_result lq_aws_endpoint_check_container(const char *url, struct lq_error_message *message)
{
    struct url_parts parts;

    if (!split_url(url, &parts) || (!parts.is_https && !parts.is_http) || parts.has_user) {
        lq_error_message_set(message, "AWS_CONTAINER_CREDENTIALS_FULL_URI: not an https:// or "
                                      "http:// URL");
        return LQ_ERR_INVALID;
    }
    if (parts.is_http && !is_loopback(parts.host) && !is_container_host(parts.host)) {
        lq_error_message_set(
            message,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI: refused, %s is a foreign host: plain http is for "
            "loopback addresses, 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]",
            parts.host);
        return LQ_ERR_PERMISSION;
    }
    return LQ_OK;
}
