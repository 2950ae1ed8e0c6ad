# SPDX-License-Identifier: MPL-2.0
# actors/load/domain/: PURE. Which commands of a tick are executed; uses world/ and base/ only.
noinst_LIBRARIES += actors/load/domain/libloaddomain.a
actors_load_domain_libloaddomain_a_SOURCES = %D%/admission.c %D%/admission.h
