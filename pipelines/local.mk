# SPDX-License-Identifier: MPL-2.0
# pipelines/: state machines in Amazon States Language, each with its policy file.
dist_pkgdata_DATA = \
	%D%/game_loop.asl.json \
	%D%/game_loop.policy.json
