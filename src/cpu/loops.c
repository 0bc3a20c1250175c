/*
 * loops.c: every op as a plain loop that the compiler vectorises. Compiled with RAMP_DTYPE_F32 or RAMP_DTYPE_F64 and RAMP_LOOPS, the name
 * of the table that comes out.
 */
#include "../../kernels/dialect.h"
#include "../../kernels/emulation.h"
#include "../../kernels/arithmetic.h"
#include "../../kernels/functions.h"
#include "../../kernels/activations.h"
#include "../../kernels/rows.h"
#include "../../kernels/smooth.h"
#include "../../kernels/gelu.h"
#include "../../kernels/variants.h"
#include "loop.h"
#include "loops.h"
#include "../rows.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* With an op's rows, which are there: see cpu_make_rows. */
static ramp_params params_with_rows(const double *param, ramp_op_id op, ramp_kind kind, bool has_rows) {
    ramp_params p = round_params(param);
    const void *rows = NULL;
    if (has_rows) (void)rows_get(op, RAMP_BITS == 64 ? RAMP_F64 : RAMP_F32, kind, &rows);
    p.rows = rows;
    return p;
}

#define VARIANT(variant, name)                                                                                                             \
    case variant:                                                                                                                          \
        WHEN(RAMP_HAS_ROWS(name##_value))                                                                                                  \
        (LOOP_BY_ROWS(name, name##_of_row(in[i], place[k], ROW(k))); break;) WHEN(RAMP_HAS_EXP(name##_value))(                             \
            LOOP_BY_EXP(name##_value_exp(in[i], p, variant), name##_value_of_exp(in[i], e, p, variant, 1)); break;)                        \
            LOOP(name##_value(in[i], p, variant, 1));                                                                                      \
        break;
/* What rows have left is for the function that takes any x: rows.h. */
#define VARIANT_IN_FULL(variant, name)                                                                                                     \
    case variant:                                                                                                                          \
        WHEN(RAMP_HAS_ROWS(name##_value))                                                                                                  \
        (AND(RAMP_LEAVES(name##_value_##variant))(LOOP(name##_value_far(in[i])); break;))                                                  \
            LOOP_IN_FULL(name##_value(in[i], p, variant, 0));                                                                              \
        break;

/* Elements a loop has done before the next one, which reads what that has made, begins. With 64, AVX-512 reads of two stores at once what is still on its way to
 * the cache: gelu takes 1.2 to 1.3 times as long. */
enum { part = 256 };

/* ---- Rows ---- */

/* A row is so many bytes from the first. */
#define ROW_AT(i) ((const char *)rows + at[i])

#if RAMP_BITS == 32

typedef bits row_words[4][part];
#define ROW(k) ((ramp_row){word[0][k], word[1][k], word[2][k], word[3][k]})

/* Whole rows, one after the other, turned into an array of each word: twice as fast as what compilers make of a row's words, which gathers each of the four
 * (EPYC). */
#define LOAD(i) _mm_loadu_ps((const float *)(const void *)ROW_AT(i))
static void fetch_rows(const ramp_row *rows, const bits *at, row_words word, size_t n) {
    size_t i = 0;
#if defined(__AVX__)
    for (; i + 8 <= n; i += 8) {
        __m256 r[4];
        for (size_t k = 0; k < 4; k++) r[k] = _mm256_insertf128_ps(_mm256_castps128_ps256(LOAD(i + k)), LOAD(i + k + 4), 1);
        const __m256 xy[2] = {_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpacklo_ps(r[2], r[3])};
        const __m256 zw[2] = {_mm256_unpackhi_ps(r[0], r[1]), _mm256_unpackhi_ps(r[2], r[3])};
        _mm256_storeu_ps((float *)(void *)&word[0][i], _mm256_shuffle_ps(xy[0], xy[1], 0x44));
        _mm256_storeu_ps((float *)(void *)&word[1][i], _mm256_shuffle_ps(xy[0], xy[1], 0xee));
        _mm256_storeu_ps((float *)(void *)&word[2][i], _mm256_shuffle_ps(zw[0], zw[1], 0x44));
        _mm256_storeu_ps((float *)(void *)&word[3][i], _mm256_shuffle_ps(zw[0], zw[1], 0xee));
    }
#elif defined(__SSE2__)
    for (; i + 4 <= n; i += 4) {
        __m128 r[4];
        for (size_t k = 0; k < 4; k++) r[k] = LOAD(i + k);
        _MM_TRANSPOSE4_PS(r[0], r[1], r[2], r[3]);
        for (size_t k = 0; k < 4; k++) _mm_storeu_ps((float *)(void *)&word[k][i], r[k]);
    }
#endif
    for (; i < n; i++) {
        ramp_row row;
        memcpy(&row, ROW_AT(i), sizeof row);
        word[0][i] = row.x, word[1][i] = row.y, word[2][i] = row.z, word[3][i] = row.w;
    }
}

#else

typedef real row_words[2][part];
#define ROW(k) ((ramp_row){word[0][k], word[1][k]})

#define LOAD(i) _mm_loadu_pd((const double *)(const void *)ROW_AT(i))
static void fetch_rows(const ramp_row *rows, const bits *at, row_words word, size_t n) {
    size_t i = 0;
#if defined(__AVX__)
    for (; i + 4 <= n; i += 4) {
        const __m256d even = _mm256_insertf128_pd(_mm256_castpd128_pd256(LOAD(i)), LOAD(i + 2), 1);
        const __m256d odd = _mm256_insertf128_pd(_mm256_castpd128_pd256(LOAD(i + 1)), LOAD(i + 3), 1);
        _mm256_storeu_pd(&word[0][i], _mm256_unpacklo_pd(even, odd));
        _mm256_storeu_pd(&word[1][i], _mm256_unpackhi_pd(even, odd));
    }
#elif defined(__SSE2__)
    for (; i + 2 <= n; i += 2) {
        const __m128d even = LOAD(i), odd = LOAD(i + 1);
        _mm_storeu_pd(&word[0][i], _mm_unpacklo_pd(even, odd));
        _mm_storeu_pd(&word[1][i], _mm_unpackhi_pd(even, odd));
    }
#endif
    for (; i < n; i++) {
        ramp_row row;
        memcpy(&row, ROW_AT(i), sizeof row);
        word[0][i] = row.x, word[1][i] = row.y;
    }
}

#endif

/* of_row: of in[i], whose place is place[k] and whose row is ROW(k). */
#define LOOP_BY_ROWS(name, of_row)                                                                                                         \
    for (size_t from = 0; from < n; from += part) {                                                                                        \
        const size_t some = n - from < part ? n - from : part;                                                                             \
        bits at[part];                                                                                                                     \
        real place[part];                                                                                                                  \
        row_words word;                                                                                                                    \
        INDEPENDENT for (size_t k = 0; k < some; k++) {                                                                                    \
            place[k] = name##_place(in[from + k]);                                                                                         \
            at[k] = (bits)(row_index(place[k]) * (int)sizeof(ramp_row));                                                                   \
        }                                                                                                                                  \
        fetch_rows(p.rows, at, word, some);                                                                                                \
        INDEPENDENT for (size_t k = 0; k < some; k++) {                                                                                    \
            const size_t i = from + k;                                                                                                     \
            out[i] = (of_row);                                                                                                             \
        }                                                                                                                                  \
    }

/* The exp of in[i] with which a function begins, and y, made of it and in[i] (functions.h). */
#define LOOP_BY_EXP(exp, y)                                                                                                                \
    for (size_t from = 0; from < n; from += part) {                                                                                        \
        const size_t some = n - from < part ? n - from : part;                                                                             \
        _Alignas(64) real hi[part], lo[part], exponent[part];                                                                              \
        INDEPENDENT for (size_t k = 0; k < some; k++) {                                                                                    \
            const size_t i = from + k;                                                                                                     \
            const scaled made = (exp);                                                                                                     \
            hi[k] = made.hi, lo[k] = made.lo, exponent[k] = made.exponent;                                                                 \
        }                                                                                                                                  \
        INDEPENDENT for (size_t k = 0; k < some; k++) {                                                                                    \
            const size_t i = from + k;                                                                                                     \
            const scaled e = {hi[k], lo[k], exponent[k]};                                                                                  \
            out[i] = (y);                                                                                                                  \
        }                                                                                                                                  \
    }

#define FROM_OUTPUT(name)                                                                                                                  \
    static void backward_from_output_##name(const void *y, const void *dy, void *dx, size_t n, const double *param) {                      \
        const real *in = y, *gradient = dy;                                                                                                \
        real *out = dx;                                                                                                                    \
        const ramp_params p = round_params(param);                                                                                         \
        LOOP(name##_output_gradient(in[i], gradient[i], p, 0));                                                                            \
    }

/* Bits as numbers of the elements' own width, a part at a time: so that these loops vectorise too. */
static void pack(const bits *bit, unsigned char *mask, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        unsigned byte = 0;
        for (size_t k = 0; k < 8 && i + k < n; k++) byte |= (unsigned)bit[i + k] << k;
        mask[i / 8] = (unsigned char)byte;
    }
}

static void unpack(const unsigned char *mask, bits *bit, size_t n) {
    for (size_t i = 0; i < n; i++) bit[i] = (unsigned)mask[i / 8] >> i % 8 & 1u;
}

#define FROM_MASK(name)                                                                                                                    \
    static void mask_##name(const void *x, unsigned char *mask, size_t count, const double *param) {                                       \
        const real *in = x;                                                                                                                \
        const ramp_params p = round_params(param);                                                                                         \
        while (count > 0) {                                                                                                                \
            bits out[part];                                                                                                                \
            const size_t n = count < part ? count : part;                                                                                  \
            LOOP((bits)name##_mask(in[i], p));                                                                                             \
            pack(out, mask, n);                                                                                                            \
            in += n, mask += part / 8, count -= n;                                                                                         \
        }                                                                                                                                  \
    }                                                                                                                                      \
    static void backward_from_mask_##name(const unsigned char *mask, const void *dy, void *dx, size_t count, const double *param) {        \
        const real *gradient = dy;                                                                                                         \
        real *out = dx;                                                                                                                    \
        const ramp_params p = round_params(param);                                                                                         \
        while (count > 0) {                                                                                                                \
            bits bit[part];                                                                                                                \
            const size_t n = count < part ? count : part;                                                                                  \
            unpack(mask, bit, n);                                                                                                          \
            LOOP(name##_slope(bit[i] != 0, gradient[i], p));                                                                               \
            gradient += n, out += n, mask += part / 8, count -= n;                                                                         \
        }                                                                                                                                  \
    }

#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    static void forward_##name(const void *x, void *y, size_t n, const double *param, int variant) {                                       \
        const real *in = x;                                                                                                                \
        real *out = y;                                                                                                                     \
        const ramp_params p = params_with_rows(param, RAMP_##NAME, RAMP_KIND_FORWARD, RAMP_HAS_ROWS(name##_value));                        \
        switch (variant) { RAMP_EACH_VARIANT_##limit(VARIANT, name) }                                                                      \
    }                                                                                                                                      \
    static void forward_in_full_##name(const void *x, void *y, size_t n, const double *param, int variant) {                               \
        const real *in = x;                                                                                                                \
        real *out = y;                                                                                                                     \
        const ramp_params p = params_with_rows(param, RAMP_##NAME, RAMP_KIND_FORWARD, RAMP_HAS_ROWS(name##_value));                        \
        switch (variant) { RAMP_EACH_VARIANT_##limit(VARIANT_IN_FULL, name) }                                                              \
    }                                                                                                                                      \
    static void backward_##name(const void *x, const void *dy, void *dx, size_t n, const double *param) {                                  \
        const real *in = x, *gradient = dy;                                                                                                \
        real *out = dx;                                                                                                                    \
        const ramp_params p = params_with_rows(param, RAMP_##NAME, RAMP_KIND_BACKWARD, RAMP_HAS_ROWS(name##_gradient));                    \
        WHEN(RAMP_HAS_ROWS(name##_gradient))                                                                                               \
        (LOOP_BY_ROWS(name##_gradient, name##_gradient_of_row(in[i], gradient[i], place[k], ROW(k))); return;) WHEN(RAMP_HAS_EXP(          \
            name##_gradient))(LOOP_BY_EXP(name##_gradient_exp(in[i], p, 1), name##_gradient_of_exp(in[i], gradient[i], e, p, 1)); return;) \
            LOOP(name##_gradient(in[i], gradient[i], p, 1));                                                                               \
    }                                                                                                                                      \
    static void backward_in_full_##name(const void *x, const void *dy, void *dx, size_t n, const double *param) {                          \
        const real *in = x, *gradient = dy;                                                                                                \
        real *out = dx;                                                                                                                    \
        const ramp_params p = params_with_rows(param, RAMP_##NAME, RAMP_KIND_BACKWARD, RAMP_HAS_ROWS(name##_gradient));                    \
        WHEN(RAMP_HAS_ROWS(name##_gradient))                                                                                               \
        (AND(RAMP_LEAVES(name##_gradient))(LOOP(name##_gradient_far(in[i], gradient[i])); return;))                                        \
            LOOP_IN_FULL(name##_gradient(in[i], gradient[i], p, 0));                                                                       \
    }                                                                                                                                      \
    RAMP_IF_OUTPUT_##saves(FROM_OUTPUT(name)) RAMP_IF_MASK_##saves(FROM_MASK(name))
#include <ramp/ops.def>
#undef RAMP_OP

#define LEAVES(variant, name) RAMP_LEAVES(name##_value_##variant),
static const cpu_op_loops ops[] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    [id] = {.forward = forward_##name,                                                                                                     \
            .forward_in_full = forward_in_full_##name,                                                                                     \
            .backward = backward_##name,                                                                                                   \
            .backward_in_full = backward_in_full_##name,                                                                                   \
            RAMP_IF_OUTPUT_##saves(.backward_from_output = backward_from_output_##name, )                                                  \
                RAMP_IF_MASK_##saves(.mask = mask_##name, .backward_from_mask = backward_from_mask_##name, )                               \
                    .has_rest = {RAMP_EACH_VARIANT_##limit(LEAVES, name)},                                                                 \
            .has_rest_gradient = RAMP_LEAVES(name##_gradient)},
#include <ramp/ops.def>
#undef RAMP_OP
};

static inline int has_nan(const void *y, size_t n) {
    const real *value = y;
    const bits infinity = as_bits((real)INFINITY);
    bits largest = 0; /* of the magnitudes, as integers: NaN is above infinity */
    for (size_t i = 0; i < n; i++) {
        bits magnitude = as_bits(value[i]) & ~RAMP_SIGN_BIT;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest > infinity;
}

/* Whole groups, which vectorise, until one has a NaN. */
static size_t next_nan(const void *y, size_t from, size_t n) {
    enum { group = 16 };
    const real *value = y;
    while (n - from >= group && !has_nan(value + from, group)) from += group;
    while (from < n && value[from] == value[from]) from++;
    return from;
}

/* The widest store that leaves the caches alone; whatever is left at the end goes through them. */
#if defined(__AVX512F__)
#define STREAM_WIDTH     64
#define STREAM(dst, src) _mm512_stream_si512((__m512i *)(void *)(dst), _mm512_loadu_si512((src)))
#elif defined(__AVX__)
#define STREAM_WIDTH     32
#define STREAM(dst, src) _mm256_stream_si256((__m256i *)(void *)(dst), _mm256_loadu_si256((const __m256i *)(const void *)(src)))
#elif defined(__SSE2__)
#define STREAM_WIDTH     16
#define STREAM(dst, src) _mm_stream_si128((__m128i *)(void *)(dst), _mm_loadu_si128((const __m128i *)(const void *)(src)))
#endif

static void stream(void *dst, const void *src, size_t bytes) {
    size_t done = 0;
#if defined(STREAM_WIDTH)
    for (; bytes - done >= STREAM_WIDTH; done += STREAM_WIDTH) STREAM((char *)dst + done, (const char *)src + done);
#endif
    memcpy((char *)dst + done, (const char *)src + done, bytes - done);
}

extern const cpu_loops RAMP_LOOPS;
const cpu_loops RAMP_LOOPS = {ops, has_nan, next_nan, stream};
