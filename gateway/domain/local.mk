# SPDX-License-Identifier: MPL-2.0
# gateway/domain/: PURE. Requests, messages and tokens judged; bounds and deadlines; no socket, clock, disk, heap or randomness of its own.
noinst_LIBRARIES += gateway/domain/libgatewaydomain.a
gateway_domain_libgatewaydomain_a_SOURCES = \
	%D%/messages.def %D%/rate_bucket.h \
	%D%/address_count.c %D%/address_count.h \
	%D%/attendance_page.c %D%/attendance_page.h \
	%D%/base64url.c %D%/base64url.h \
	%D%/compact_jws.c %D%/compact_jws.h \
	%D%/deadline_wheel.c %D%/deadline_wheel.h \
	%D%/http_answer.c %D%/http_answer.h \
	%D%/http_reader.c %D%/http_reader.h \
	%D%/http_request.c %D%/http_request.h \
	%D%/leave_incarnation.c %D%/leave_incarnation.h \
	%D%/message_text.c %D%/message_text.h \
	%D%/player_connection.c %D%/player_connection.h \
	%D%/player_message.c %D%/player_message.h \
	%D%/player_rules.c %D%/player_rules.h \
	%D%/request_credential.c %D%/request_credential.h \
	%D%/resume_token.c %D%/resume_token.h \
	%D%/snapshot_ring.c %D%/snapshot_ring.h \
	%D%/state_text.c %D%/state_text.h \
	%D%/token_claims.c %D%/token_claims.h \
	%D%/utf8_check.c %D%/utf8_check.h \
	%D%/websocket_message.c %D%/websocket_message.h \
	%D%/world_snapshot.c %D%/world_snapshot.h
