// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/websocket_accept.h"

#include "base/contract.h"

#include <openssl/evp.h>

void lq_websocket_accept(struct lq_view key, char accept[LQ_WEBSOCKET_ACCEPT_BYTES])
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[64];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;

    LQ_ASSERT(key.bytes + sizeof magic - 1 <= sizeof text);
    memcpy(text, key.data, key.bytes);
    memcpy(text + key.bytes, magic, sizeof magic - 1);
    int done = EVP_Digest(text, key.bytes + sizeof magic - 1, digest, &bytes, EVP_sha1(), NULL);
    LQ_ASSERT(done == 1);
    int written = EVP_EncodeBlock((unsigned char *)accept, digest, (int)bytes);
    LQ_ASSERT(written == LQ_WEBSOCKET_ACCEPT_BYTES - 1);
}
