/* The bytes of the web client's files (assets_list.h). */
    .section .rodata

    .macro asset symbol, file
    .global \symbol
    .global \symbol\()_end
    .balign 16
\symbol:
    .incbin "\file"
\symbol\()_end:
    .byte 0
    .endm

#define ASSET(symbol, path, file, type) asset srv_asset_##symbol, file;
#include "assets_list.h"

    .section .note.GNU-stack, "", %progbits
