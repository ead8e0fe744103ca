/* The web client's files, as they are in web/. The table in assets.c names them. */
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

    asset srv_asset_index_html, "index.html"

    .section .note.GNU-stack, "", %progbits
