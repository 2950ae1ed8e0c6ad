# SPDX-License-Identifier: MPL-2.0
# Stages that are added to a copy of the tree, to see that CONTRIBUTING.md says how.
EXTRA_DIST += %D%/gravity.patch %D%/run
