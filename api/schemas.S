/* schemas.json, the schemas of bodies and replies: component schemas of /openapi.json (openapi.c). */
    .section .rodata

    .global api_schemas_json
api_schemas_json:
    .incbin "schemas.json"
    .byte 0

    .section .note.GNU-stack, "", %progbits
