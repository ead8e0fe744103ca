#include "handlers.h"
#include "v2.h"
void api_v2_infer(struct api_call *c, char *b, size_t n)
{
    (void)b;
    (void)n;
    api_refuse(c, API_NOT_IMPLEMENTED, "x");
}
void v2_encode(struct api_call *c)
{
    (void)c;
}
void v2_request_free(struct v2_request *v)
{
    (void)v;
}
void api_openapi(struct api_call *c, char *b, size_t n)
{
    (void)b;
    (void)n;
    api_refuse(c, API_NOT_IMPLEMENTED, "x");
}
