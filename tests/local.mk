# SPDX-License-Identifier: MPL-2.0
# Tests stand beside every capability; unit tests mirror the tree and link only what they test.
include tests/support/local.mk
include tests/unit/base/local.mk
include tests/unit/world/local.mk
include tests/unit/config/local.mk
include tests/unit/proto/local.mk
include tests/unit/store/local.mk
include tests/unit/actors/local.mk
include tests/unit/actors/load/local.mk
include tests/unit/replay/local.mk
include tests/unit/pipeline/local.mk
include tests/unit/broker/core/local.mk
include tests/unit/broker/io/local.mk
include tests/unit/client/local.mk
include tests/unit/logger/local.mk
include tests/unit/mirror/domain/local.mk
include tests/unit/actors/runtime/local.mk
include tests/unit/transport/local.mk
include tests/unit/cli/local.mk
include tests/unit/examples/arena/local.mk
include tests/unit/bench/local.mk
include tests/unit/gateway/domain/local.mk
include tests/unit/gateway/handler/local.mk
include tests/unit/gateway/infrastructure/local.mk
include tests/unit/mirror/handler/local.mk
include tests/unit/mirror/infrastructure/local.mk
include tests/property/local.mk
include tests/golden/local.mk
include tests/fuzz/local.mk
include tests/mutants/local.mk
include tests/stages/local.mk
include tests/switches/local.mk
include tests/gateway/local.mk
include tests/integration/local.mk
include tests/sdk/local.mk
include tests/web/local.mk

EXTRA_DIST += tests/unit/tests/test_architecture.py

check_PROGRAMS += $(UNIT_TESTS) $(PROPERTY_TESTS)
TESTS += $(UNIT_TESTS) $(PROPERTY_TESTS)
