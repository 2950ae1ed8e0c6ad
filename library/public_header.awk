# SPDX-License-Identifier: MPL-2.0
# public_header.awk - a header of the tree as people outside get it, by these rules:
#   #include "folder/name.h" becomes #include <ledgerquest/name.h>: names are unique in the tree;
#   what stands behind the line "---- not installed ----" stays in the tree;
#   a table (name.def) stays as it is;
#   the declarations between the includes and the end are extern "C".
{
    line[NR] = $0
}
/^#include .*\.h[">]$/ || (/^#define LQ_[A-Z_]*_H$/ && !head) {
    head = NR
}
/^\/\* ---- not installed/ {
    hidden = NR
}
END {
    if (FILENAME ~ /\.def$/) { # a table: no declarations of its own
        for (i = 1; i <= NR; i++) {
            print line[i]
        }
        exit
    }
    last = hidden ? hidden - 1 : NR - 1
    for (i = 1; i <= last; i++) {
        if (line[i] ~ /^#include "/) {
            sub(/"[a-z_\/]*\//, "<ledgerquest/", line[i])
            sub(/"$/, ">", line[i])
        }
        print line[i]
        if (i == head) {
            print "\n#ifdef __cplusplus\nextern \"C\" {\n#endif"
        }
    }
    print "#ifdef __cplusplus\n}\n#endif\n"
    print line[NR]
}
