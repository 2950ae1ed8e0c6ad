#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# test_fuzz_corpus.sh - every fuzz target over what its corpus keeps, and for a second beyond it.
#
# The targets are built by themselves, with clang and its sanitizers: one run of ops/check's two is enough.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if [ "${LQ_VARIANT:-gcc}" != gcc ]; then
    echo "nothing done: the fuzz targets are the same as in the run of variant gcc"
    exit 0
fi
code=0
output=$("$here/../fuzz/run" 1 2>&1) || code=$?
echo "$output"
[ "$code" != 77 ] || exit 77
total=$(grep -c '^fuzz_[a-z_]*: ' <<<"$output" || true)
failed=$(grep -c '^fuzz_[a-z_]*: a FINDING' <<<"$output" || true)
if [ "$code" != 0 ] && [ "$failed" = 0 ]; then
    total=$((total + 1)) failed=1 # it did not even build
fi
echo "fuzz_corpus: $total tests, $failed failed"
exit "$code"
