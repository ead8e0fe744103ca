/* What every test file includes: cmocka with its prerequisites, and a comparison of arrays that reports the index. */
#ifndef TEST_H
#define TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* cmocka 2 defines a macro whose name tests use for functions, and renames the comparison of integers. */
#undef stop
#ifdef assert_int_in_range
#undef assert_in_range
#define assert_in_range(value, minimum, maximum) assert_int_in_range(value, minimum, maximum)
#endif

/* `scripts/test long` takes all draws and seeds, other runs a third of the draws and one seed. Sanitizers look for memory and
 * threading errors, which the first draws reveal as well as the last: under them, statistics use an eighth of their draws. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1, DRAWS_DIVISOR = 8, SEEDS = 1 };
#elif defined(BOLTZ_LONG_TESTS)
enum { SANITIZED = 0, DRAWS_DIVISOR = 1, SEEDS = 3 };
#else
enum { SANITIZED = 0, DRAWS_DIVISOR = 3, SEEDS = 1 };
#endif

/* |got - want| <= tolerance * max(1, |want|); NaN fails. */
static inline void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fmax(1.0, fabs(want))))
        fail_msg("got %.12g, want %.12g (within %g)", got, want, tolerance);
}

/* The folder of data sets, or NULL after saying that the test is skipped: then return. */
static inline const char *data_folder(void)
{
    const char *folder = getenv("BOLTZ_DATA");

    if (!folder || !*folder) {
        print_message("skipped: BOLTZ_DATA is not set\n");
        return NULL;
    }
    return folder;
}

#endif
