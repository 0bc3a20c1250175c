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

#if defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(RAMP_DTYPE_F16) && defined(__F16C__)
/* The processor's own instructions, eight at a time: twice as fast as the loop. */
enum { load_width = 8, store_width = 8 };
#define LOAD_SOME(from, to)  _mm256_storeu_ps((to), _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(from))))
#define STORE_SOME(from, to) _mm_storeu_si128((__m128i *)(void *)(to), _mm256_cvtps_ph(_mm256_loadu_ps(from), _MM_FROUND_TO_NEAREST_INT))
#elif defined(RAMP_DTYPE_BF16) && defined(__AVX2__) && !defined(__AVX512F__)
/* store_real, sixteen at a time: compilers mask what is to lose its upper half though that is 0, and take a third longer. */
enum { store_width = 16 };
#define STORE_SOME(from, to)                                                                                                               \
    _mm256_storeu_si256((__m256i *)(void *)(to), stored_sixteen(_mm256_loadu_ps(from), _mm256_loadu_ps((from) + 8)))

static __m256i rounded_halves(__m256 x) {
    const __m256i u = _mm256_castps_si256(x), upper = _mm256_srli_epi32(u, 16);
    const __m256i half = _mm256_add_epi32(_mm256_and_si256(upper, _mm256_set1_epi32(1)), _mm256_set1_epi32(0x7fff));
    return _mm256_srli_epi32(_mm256_add_epi32(u, half), 16);
}

static __m256i stored_sixteen(__m256 a, __m256 b) {
    const __m256i is_nan =
        _mm256_packs_epi32(_mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)), _mm256_castps_si256(_mm256_cmp_ps(b, b, _CMP_UNORD_Q)));
    const __m256i rounded = _mm256_packus_epi32(rounded_halves(a), rounded_halves(b));
    return _mm256_permute4x64_epi64(_mm256_blendv_epi8(rounded, _mm256_set1_epi16(0x7fc0), is_nan), 0xd8);
}
#endif

static void load(const void *restrict from, float *restrict to, size_t n) {
    const stored *in = from;
    size_t i = 0;
#if defined(LOAD_SOME)
    for (; n - i >= load_width; i += load_width) LOAD_SOME(in + i, to + i);
#endif
    for (; i < n; i++) to[i] = load_stored(in[i]);
}

static void store(const float *restrict from, void *restrict to, size_t n) {
    stored *out = to;
    size_t i = 0;
#if defined(STORE_SOME)
    for (; n - i >= store_width; i += store_width) STORE_SOME(from + i, out + i);
#endif
    for (; i < n; i++) out[i] = store_real(from[i]);
}

/* What compilers make of these loops gathers more elements at a time than there are registers for, and reads each index by itself: half the speed. */
#if defined(__AVX__)
static uint64_t four_elements(const stored *x) {
    uint64_t four;
    memcpy(&four, x, sizeof four);
    return four;
}

static __m128i four_values(const uint16_t *values, uint64_t at) {
    __m128i four = _mm_cvtsi32_si128(values[at & 0xffff]);
    four = _mm_insert_epi16(four, values[at >> 16 & 0xffff], 1);
    four = _mm_insert_epi16(four, values[at >> 32 & 0xffff], 2);
    return _mm_insert_epi16(four, values[at >> 48], 3);
}

static __m128i eight_values(const uint16_t *values, const stored *x) {
    return _mm_unpacklo_epi64(four_values(values, four_elements(x)), four_values(values, four_elements(x + 4)));
}

static __m128 four_slopes(const float *slopes, uint64_t at) {
    return _mm_setr_ps(slopes[at & 0xffff], slopes[at >> 16 & 0xffff], slopes[at >> 32 & 0xffff], slopes[at >> 48]);
}

static __m256 eight_slopes(const float *slopes, const stored *x) {
    const __m256 low = _mm256_castps128_ps256(four_slopes(slopes, four_elements(x)));
    return _mm256_insertf128_ps(low, four_slopes(slopes, four_elements(x + 4)), 1);
}
#endif

static void look_up(const uint16_t *values, const void *x, void *y, size_t n) {
    const stored *in = x;
    stored *out = y;
    size_t i = 0;
#if defined(__AVX__)
    for (; n - i >= 8; i += 8) _mm_storeu_si128((__m128i *)(void *)(out + i), eight_values(values, in + i));
#endif
    for (; i < n; i++) out[i] = values[in[i]];
}

static int multiply(const float *slopes, const void *x, const float *dy, float *dx, size_t n) {
    const stored *in = x;
    int nans = 0;
    size_t i = 0;
#if defined(__AVX__)
    __m256 unordered = _mm256_setzero_ps();
    for (; n - i >= 8; i += 8) {
        const __m256 product = _mm256_mul_ps(_mm256_loadu_ps(dy + i), eight_slopes(slopes, in + i));
        _mm256_storeu_ps(dx + i, product);
        unordered = _mm256_or_ps(unordered, _mm256_cmp_ps(product, product, _CMP_UNORD_Q));
    }
    nans = _mm256_movemask_ps(unordered) != 0;
#endif
    for (; i < n; i++) {
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
