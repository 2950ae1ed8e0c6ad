# SPDX-License-Identifier: MPL-2.0
# mirror/infrastructure/: the services that the mirror speaks to, and credentials for them. The only
# files that include curl/curl.h.
noinst_LIBRARIES += mirror/infrastructure/libmirrorinfrastructure.a
mirror_infrastructure_libmirrorinfrastructure_a_SOURCES = \
	%D%/aws_client.c %D%/aws_client.h \
	%D%/aws_credentials.c %D%/aws_credentials.h \
	%D%/aws_endpoint.c %D%/aws_endpoint.h \
	%D%/aws_environment.c %D%/aws_environment.h \
	%D%/aws_keys.h \
	%D%/aws_service.c %D%/aws_service.h \
	%D%/container_credentials.c %D%/container_credentials.h \
	%D%/credential_chain.c %D%/credential_chain.h \
	%D%/credential_document.c %D%/credential_document.h \
	%D%/credential_http.c %D%/credential_http.h \
	%D%/credential_process.c %D%/credential_process.h \
	%D%/dynamodb_answer.c %D%/dynamodb_answer.h \
	%D%/dynamodb_gateway.c %D%/dynamodb_gateway.h \
	%D%/event_entry.c %D%/event_entry.h \
	%D%/eventbridge_answer.c %D%/eventbridge_answer.h \
	%D%/eventbridge_gateway.c %D%/eventbridge_gateway.h \
	%D%/instance_credentials.c %D%/instance_credentials.h \
	%D%/item_json.c %D%/item_json.h \
	%D%/profile_files.c %D%/profile_files.h \
	%D%/service_error.c %D%/service_error.h \
	%D%/table_item.c %D%/table_item.h
mirror_infrastructure_libmirrorinfrastructure_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(ZLIB_CFLAGS) \
	$(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
# What a program over this library links, in order.
LQ_MIRROR_INFRASTRUCTURE_LIBS = mirror/infrastructure/libmirrorinfrastructure.a \
	mirror/domain/libmirrordomain.a base/libbase.a
LQ_MIRROR_INFRASTRUCTURE_SYSTEM_LIBS = $(CURL_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
