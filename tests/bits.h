/* bits.h: numbers as bit patterns, because a zero's sign and a NaN's payload are part of a test's input. What the tests do for every element is here,
 * inline. */
#ifndef RAMP_TESTS_BITS_H
#define RAMP_TESTS_BITS_H

#include <ramp/ramp.h>
#include <string.h>

/* RAMP_F32, RAMP_F64, RAMP_F16 or RAMP_BF16: the name, bytes an element, bits of the stored significand, the pattern of +infinity, and the sign's bit. */
const char *bits_name(ramp_dtype dtype);
static inline size_t bits_size(ramp_dtype dtype) { return dtype == RAMP_F64 ? 8 : dtype == RAMP_F16 || dtype == RAMP_BF16 ? 2 : 4; }
static inline int bits_mantissa(ramp_dtype dtype) { return dtype == RAMP_F64 ? 52 : dtype == RAMP_F16 ? 10 : dtype == RAMP_BF16 ? 7 : 23; }
static inline uint64_t bits_infinity(ramp_dtype dtype) {
    return (dtype == RAMP_F64 ? UINT64_C(0x7ff) : dtype == RAMP_F16 ? UINT64_C(0x1f) : UINT64_C(0xff)) << bits_mantissa(dtype);
}
static inline uint64_t bits_sign(ramp_dtype dtype) { return UINT64_C(1) << (8 * bits_size(dtype) - 1); }

static inline uint64_t bits_load(ramp_dtype dtype, const void *array, size_t index) {
    uint64_t wide;
    uint32_t narrow;
    uint16_t low;
    switch (bits_size(dtype)) {
    case 8: memcpy(&wide, (const char *)array + 8 * index, 8); return wide;
    case 4: memcpy(&narrow, (const char *)array + 4 * index, 4); return narrow;
    default: memcpy(&low, (const char *)array + 2 * index, 2); return low;
    }
}

static inline void bits_store(ramp_dtype dtype, void *array, size_t index, uint64_t pattern) {
    uint32_t narrow = (uint32_t)pattern;
    uint16_t low = (uint16_t)pattern;
    switch (bits_size(dtype)) {
    case 8: memcpy((char *)array + 8 * index, &pattern, 8); break;
    case 4: memcpy((char *)array + 4 * index, &narrow, 4); break;
    default: memcpy((char *)array + 2 * index, &low, 2); break;
    }
}

double bits_short_value(ramp_dtype dtype, uint64_t pattern); /* bits_value of f16 and bf16 */

static inline double bits_value(ramp_dtype dtype, uint64_t pattern) {
    double wide;
    float narrow;
    uint32_t low = (uint32_t)pattern;
    if (bits_size(dtype) == 2) return bits_short_value(dtype, pattern);
    if (dtype == RAMP_F64) {
        memcpy(&wide, &pattern, 8);
        return wide;
    }
    memcpy(&narrow, &low, 4);
    return (double)narrow;
}

/* Rounded to the type; f16 and bf16: to float first. Not inline: gcc 12 may drop the rounding to float where it sees the way back. */
uint64_t bits_of(ramp_dtype dtype, double value);

static inline int bits_is_nan(ramp_dtype dtype, uint64_t pattern) { return (pattern & ~bits_sign(dtype)) > bits_infinity(dtype); }

/* Equal bit for bit; all NaNs are one. */
static inline int bits_same(ramp_dtype dtype, uint64_t a, uint64_t b) { return a == b || (bits_is_nan(dtype, a) && bits_is_nan(dtype, b)); }

/* The pattern of the number `steps` neighbours above (or below) one that is not NaN; it stops at the infinities. */
uint64_t bits_step(ramp_dtype dtype, uint64_t pattern, int steps);

/* splitmix64: every state is good, so a case's number and the seed make its stream. */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to 1. */
static inline double random_unit(uint64_t *state) { return (double)(random_next(state) >> 11) * 0x1p-53; }

#endif
