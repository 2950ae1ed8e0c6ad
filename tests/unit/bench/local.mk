# SPDX-License-Identifier: MPL-2.0
UNIT_TESTS += tests/unit/bench/test_bench
tests_unit_bench_test_bench_SOURCES = %D%/test_unruly_order.c bench/unruly_order.c
tests_unit_bench_test_bench_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_bench_test_bench_LDADD = base/libbase.a tests/support/libtest.a $(CHECK_LIBS)
EXTRA_DIST += %D%/test_compare.py %D%/test_item_price.py %D%/test_noisy_targets.py %D%/test_ratio_interval.py
