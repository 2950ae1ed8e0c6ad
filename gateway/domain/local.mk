# SPDX-License-Identifier: MPL-2.0
# gateway/domain/: PURE. Requests, messages and tokens judged; bounds and deadlines; no socket, clock, disk, heap or randomness of its own.
noinst_LIBRARIES += gateway/domain/libgatewaydomain.a
gateway_domain_libgatewaydomain_a_SOURCES = \
	%D%/address_count.c %D%/address_count.h \
	%D%/base64url.c %D%/base64url.h \
	%D%/compact_jws.c %D%/compact_jws.h \
	%D%/deadline_wheel.c %D%/deadline_wheel.h \
	%D%/http_answer.c %D%/http_answer.h \
	%D%/http_reader.c %D%/http_reader.h \
	%D%/http_request.c %D%/http_request.h \
	%D%/token_claims.c %D%/token_claims.h \
	%D%/utf8_check.c %D%/utf8_check.h \
	%D%/websocket_message.c %D%/websocket_message.h
