// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/gateway_options.h"

#include "base/contract.h"
#include "gateway/domain/http_request.h"

#include <string.h>

#define FIELD(name) offsetof(struct lq_gateway_options, name)

static const struct lq_option table[LQ_GATEWAY_OPTION_COUNT] = {
    {"gateway/address", LQ_OPTION_TEXT, FIELD(address), "", 0, 0, "127.0.0.1",
     "where players are served, an IPv4 or IPv6 address; :: is every one"},
    {"gateway/port", LQ_OPTION_NUMBER, FIELD(port), "", 0, 65535, "8080",
     "port without TLS, for this machine or a proxy before it; 0: none"},
    {"gateway/tls_port", LQ_OPTION_NUMBER, FIELD(tls_port), "", 0, 65535, "0",
     "port with TLS; 0: none"},
    {"gateway/certificate_file", LQ_OPTION_TEXT, FIELD(certificate_file), "", 0, 0, "",
     "the certificate and those that it hangs on, PEM; read again when it changes"},
    {"gateway/key_file", LQ_OPTION_TEXT, FIELD(key_file), "", 0, 0, "", "its key, PEM"},
    {"gateway/hosts", LQ_OPTION_TEXT, FIELD(hosts), "", 0, 0, "localhost 127.0.0.1 [::1]",
     "names that clients may call the gateway, blanks between; *: any"},
    {"gateway/origins", LQ_OPTION_TEXT, FIELD(origins), "", 0, 0, "self",
     "pages that may connect, as https://play.example, blanks between; self: its own"},
    {"gateway/connections_max", LQ_OPTION_NUMBER, FIELD(connections_max), "", 1, 1000000, "10000",
     "connections of one process"},
    {"gateway/connections_per_address_max", LQ_OPTION_NUMBER, FIELD(connections_per_address_max),
     "", 0, 1000000, "200", "of one address (IPv6: one /64); 0: no bound, behind a proxy"},
    {"gateway/pending_max", LQ_OPTION_NUMBER, FIELD(pending_max), "", 1, 1000000, "1000",
     "connections that have not sent their request; the oldest makes room"},
    {"gateway/pending_per_address_max", LQ_OPTION_NUMBER, FIELD(pending_per_address_max), "", 0,
     1000000, "50", "of one address; its oldest makes room; 0: no bound"},
    {"gateway/output_bytes_max", LQ_OPTION_NUMBER, FIELD(output_bytes_max), "bytes", 65536,
     UINT64_C(1) << 30, "1M", "bytes that may wait for one client"},
    {"gateway/handshake_ms", LQ_OPTION_NUMBER, FIELD(handshake_ms), "ms", 100, 60000, "5000",
     "from the connection to the end of the first message"},
    {"gateway/ping_ms", LQ_OPTION_NUMBER, FIELD(ping_ms), "ms", 100, 60000, "25000",
     "silence after which a client is asked, and half of it to answer"},
    {"gateway/ticket_s", LQ_OPTION_NUMBER, FIELD(ticket_s), "s", 1, 3600, "30",
     "how long a ticket is good that a player asks for"},
    {"gateway/tickets_max", LQ_OPTION_NUMBER, FIELD(tickets_max), "", 1, 1000000, "10000",
     "tickets that are open"},
};

void lq_gateway_options_rows(size_t offset, struct lq_option rows[LQ_GATEWAY_OPTION_COUNT])
{
    memcpy(rows, table, sizeof table);
    for (size_t index = 0; index < LQ_GATEWAY_OPTION_COUNT; index++) {
        rows[index].offset += offset;
    }
}

/* A name that no request can have would keep its players out without a word. */
static enum lq_result check_names(const struct lq_gateway_options *options,
                                  struct lq_error_message *message)
{
    struct lq_view wrong = lq_http_request_hosts_wrong(options->hosts);

    if (options->hosts[0] == '\0') {
        lq_error_message_set(message, "gateway: hosts is empty, so that nobody would be served");
        return LQ_ERR_INVALID;
    }
    if (wrong.data != NULL) {
        lq_error_message_set(message,
                             "gateway/hosts: %.*s is no name of a host (play.example, [::1] or *; "
                             "no scheme and no port; blanks between)",
                             (int)wrong.bytes, (const char *)wrong.data);
        return LQ_ERR_INVALID;
    }
    wrong = lq_http_request_origins_wrong(options->origins);
    if (wrong.data != NULL) {
        lq_error_message_set(message,
                             "gateway/origins: %.*s is no origin (https://play.example, with its "
                             "port if it has one and without a path, or self; blanks between)",
                             (int)wrong.bytes, (const char *)wrong.data);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

enum lq_result lq_gateway_options_check(const struct lq_gateway_options *options,
                                        struct lq_error_message *message)
{
    if (options->port == 0 && options->tls_port == 0) {
        lq_error_message_set(message, "gateway: port and tls_port are both 0");
        return LQ_ERR_INVALID;
    }
    if (options->tls_port != 0 &&
        (options->certificate_file[0] == '\0' || options->key_file[0] == '\0')) {
        lq_error_message_set(message, "gateway: tls_port needs certificate_file and key_file");
        return LQ_ERR_INVALID;
    }
    if (options->port == options->tls_port && options->port < LQ_GATEWAY_PORT_ANY) {
        lq_error_message_set(message, "gateway: port and tls_port are both %u",
                             (unsigned)options->port);
        return LQ_ERR_INVALID;
    }
    return check_names(options, message);
}
