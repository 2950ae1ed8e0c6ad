# SPDX-License-Identifier: MPL-2.0
# Flags of every object. Floating point is strict IEEE everywhere, so that no folder can drift.
AC_DEFUN([LQ_TRY_CFLAG], [
    lq_saved_CFLAGS="$CFLAGS"
    CFLAGS="$CFLAGS -Werror $1"
    AC_MSG_CHECKING([whether $CC accepts $1])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
        [AC_MSG_RESULT([yes]); LQ_CFLAGS="$LQ_CFLAGS $1"],
        [AC_MSG_RESULT([no])])
    CFLAGS="$lq_saved_CFLAGS"
])

AC_DEFUN([LQ_FLAGS], [
    LQ_CFLAGS=""
    LQ_LDFLAGS=""
    m4_foreach_w([flag], [-std=c17 -ffp-contract=off -fvect-cost-model=dynamic -fno-fast-math -fno-math-errno
        -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
        -Wcast-align -Wwrite-strings -Wformat=2 -Wundef -Wvla -fstack-protector-strong
        -fno-common -fno-strict-aliasing],
        [LQ_TRY_CFLAG(flag)])
    # Of the libraries that library/ cuts from: one object serves programs and shared libraries.
    lq_flags_of_all="$LQ_CFLAGS"
    LQ_CFLAGS=""
    m4_foreach_w([flag], [-fPIC -fno-semantic-interposition], [LQ_TRY_CFLAG(flag)])
    LQ_SHARED_CFLAGS="$LQ_CFLAGS"
    LQ_CFLAGS="$lq_flags_of_all"
    AC_SUBST([LQ_SHARED_CFLAGS])
    AS_IF([test "x$enable_werror" = xyes], [LQ_CFLAGS="$LQ_CFLAGS -Werror"])
    AS_IF([test "x$enable_sanitize" = xyes], [
        LQ_CFLAGS="$LQ_CFLAGS -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer"
        LQ_LDFLAGS="$LQ_LDFLAGS -fsanitize=address,undefined,float-cast-overflow"])
    AS_IF([test "x$enable_coverage" = xyes], [
        LQ_CFLAGS="$LQ_CFLAGS --coverage -O0"
        LQ_LDFLAGS="$LQ_LDFLAGS --coverage"])
    AC_SUBST([LQ_CFLAGS])
    AC_SUBST([LQ_LDFLAGS])
])
