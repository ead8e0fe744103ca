/* Half-precision numbers of model files. */
#include "safetensors.h"
#include "test.h"

#include <math.h>

static float float_of(uint16_t half)
{
    const struct bz_tensor t = {.name = "x", .type = BZ_TENSOR_F16, .count = 1, .data = (const uint8_t *)&half};
    float x;
    size_t bad;
    assert_true(bz_tensor_floats(&t, &x, &bad));
    return x;
}

static void every_half_is_kept_and_what_lies_between_goes_to_the_nearest(void **state)
{
    (void)state;
    uint16_t got;
    size_t bad;
    for (uint32_t h = 0; h < 0x7c00; h++) {
        const float x = float_of((uint16_t)h);
        assert_true(bz_floats_to_half(&x, &got, 1, &bad));
        assert_int_equal(got, h);
        if (h == 0x7bff)
            break;
        const float next = float_of((uint16_t)(h + 1)), middle = (x + next) / 2, above = nextafterf(middle, 1e9f);
        assert_true(bz_floats_to_half(&middle, &got, 1, &bad));
        assert_int_equal(got, h % 2 ? h + 1 : h); /* ties to even */
        assert_true(bz_floats_to_half(&above, &got, 1, &bad));
        assert_int_equal(got, h + 1);
        const float negative = -x;
        assert_true(bz_floats_to_half(&negative, &got, 1, &bad));
        assert_int_equal(got, 0x8000 | h);
    }
    const float large = 65520;
    assert_false(bz_floats_to_half(&large, &got, 1, &bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_kept_and_what_lies_between_goes_to_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
