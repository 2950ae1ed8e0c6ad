# SPDX-License-Identifier: MPL-2.0
# web/: pages that the gateway serves as they are. arena/ is /play.
lqplaydir = $(pkgdatadir)/web/play
dist_lqplay_DATA = \
	%D%/arena/arena.css \
	%D%/arena/arena.js \
	%D%/arena/helm.js \
	%D%/arena/icon.svg \
	%D%/arena/index.html \
	%D%/arena/kept_sign_in.js \
	%D%/arena/other_bodies.js \
	%D%/arena/own_body.js \
	%D%/arena/painter.js \
	%D%/arena/panels.js \
	%D%/arena/prediction.js
EXTRA_DIST += %D%/arena/package.json
