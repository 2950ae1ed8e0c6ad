# SPDX-License-Identifier: MPL-2.0
# mirror/handler/: what others than lq-mirror need of it, the section of the configuration.
noinst_LIBRARIES += mirror/handler/libmirrorconfig.a
mirror_handler_libmirrorconfig_a_SOURCES = %D%/mirror_config.c %D%/mirror_config.h
