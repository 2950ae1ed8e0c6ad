# SPDX-License-Identifier: MPL-2.0
# pipeline/: PURE. The plan that a pipeline's documents are compiled to: states, retriers, who goes next.
noinst_LIBRARIES += pipeline/libpipeline.a
pipeline_libpipeline_a_SOURCES = %D%/plan.c %D%/plan.h
