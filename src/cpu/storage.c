/*
 * storage.c: blocks of f16 or bf16 to float and back, and through a table, as loops that the compiler vectorises; and what a backward table has.
 * Compiled with RAMP_DTYPE_F16 or RAMP_DTYPE_BF16 and RAMP_STORAGE, the name of the table that comes out.
 */
#include "../../kernels/dialect.h"
#include "../../kernels/storage.h"
#include "../../kernels/emulation.h"
#include "../../kernels/arithmetic.h"
#include "../../kernels/table.h"
#include "loops.h"

/* The processor's own instructions for f16, eight at a time: twice as fast as the loop. */
#if defined(RAMP_DTYPE_F16) && defined(__F16C__)
#include <immintrin.h>
#define LOAD_EIGHT(from, to)  _mm256_storeu_ps((to), _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(from))))
#define STORE_EIGHT(from, to) _mm_storeu_si128((__m128i *)(void *)(to), _mm256_cvtps_ph(_mm256_loadu_ps(from), _MM_FROUND_TO_NEAREST_INT))
#endif

static void load(const void *restrict from, float *restrict to, size_t n) {
    const stored *in = from;
    size_t i = 0;
#if defined(LOAD_EIGHT)
    for (; n - i >= 8; i += 8) LOAD_EIGHT(in + i, to + i);
#endif
    for (; i < n; i++) to[i] = load_stored(in[i]);
}

static void store(const float *restrict from, void *restrict to, size_t n) {
    stored *out = to;
    size_t i = 0;
#if defined(STORE_EIGHT)
    for (; n - i >= 8; i += 8) STORE_EIGHT(from + i, out + i);
#endif
    for (; i < n; i++) out[i] = store_real(from[i]);
}

static void look_up(const uint16_t *restrict values, const void *restrict x, void *restrict y, size_t n) {
    const stored *in = x;
    stored *out = y;
    for (size_t i = 0; i < n; i++) out[i] = values[in[i]];
}

static int multiply(const float *restrict slopes, const void *restrict x, const float *restrict dy, float *restrict dx, size_t n) {
    const stored *in = x;
    int nans = 0;
    for (size_t i = 0; i < n; i++) {
        dx[i] = dy[i] * slopes[in[i]];
        nans |= dx[i] != dx[i];
    }
    return nans;
}

static void settle_slopes(const float *restrict most, float *restrict slopes, size_t n) {
    for (size_t i = 0; i < n; i++) slopes[i] = table_slope(slopes[i], table_is_small(size_of(slopes[i]), most[i]), most[i]);
}

extern const cpu_storage RAMP_STORAGE;
const cpu_storage RAMP_STORAGE = {load, store, look_up, multiply, settle_slopes};
