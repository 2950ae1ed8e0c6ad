# SPDX-License-Identifier: MPL-2.0
# mirror/domain/: what the mirror decides, pure.
noinst_LIBRARIES += mirror/domain/libmirrordomain.a
mirror_domain_libmirrordomain_a_SOURCES = \
	%D%/circuit_breaker.c %D%/circuit_breaker.h \
	%D%/retry_rule.c %D%/retry_rule.h
