# SPDX-License-Identifier: MPL-2.0
# ops/: scripts that build, check, start and watch. They belong to no library.
dist_bin_SCRIPTS = %D%/ledgerquest
dist_sysconf_DATA = %D%/ledgerquest.cfg
# What `ledgerquest` fills in for a cluster and for each of its instances.
templatesdir = $(pkgdatadir)/templates
dist_templates_DATA = \
	%D%/templates/finish \
	%D%/templates/ledgerquest.cfg \
	%D%/templates/log_run \
	%D%/templates/run
EXTRA_DIST += \
	%D%/build \
	%D%/check \
	%D%/cloud-table \
	%D%/install-packages \
	%D%/packages \
	%D%/quickstart \
	.ci/run \
	.clang-format \
	.editorconfig \
	AUTHORS \
	CHANGELOG.md \
	CONTRIBUTING.md \
	LICENSE \
	SECURITY.md \
	tests/integration/test_supervisor.sh \
	tests/architecture.py \
	tests/c_source.py \
	tests/purity.sh \
	tests/tidy.py \
	tests/tidy.sh
