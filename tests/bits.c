#include "bits.h"

#include <string.h>

size_t bits_size(ramp_dtype dtype) { return dtype == RAMP_F64 ? 8 : 4; }
int bits_mantissa(ramp_dtype dtype) { return dtype == RAMP_F64 ? 52 : 23; }
uint64_t bits_infinity(ramp_dtype dtype) { return dtype == RAMP_F64 ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23; }

static uint64_t sign_bit(ramp_dtype dtype) { return UINT64_C(1) << (8 * bits_size(dtype) - 1); }

uint64_t bits_load(ramp_dtype dtype, const void *array, size_t index) {
    uint64_t wide;
    uint32_t narrow;
    if (dtype == RAMP_F64) {
        memcpy(&wide, (const char *)array + 8 * index, 8);
        return wide;
    }
    memcpy(&narrow, (const char *)array + 4 * index, 4);
    return narrow;
}

void bits_store(ramp_dtype dtype, void *array, size_t index, uint64_t pattern) {
    uint32_t narrow = (uint32_t)pattern;
    if (dtype == RAMP_F64)
        memcpy((char *)array + 8 * index, &pattern, 8);
    else
        memcpy((char *)array + 4 * index, &narrow, 4);
}

double bits_value(ramp_dtype dtype, uint64_t pattern) {
    double wide;
    float narrow;
    uint32_t low = (uint32_t)pattern;
    if (dtype == RAMP_F64) {
        memcpy(&wide, &pattern, 8);
        return wide;
    }
    memcpy(&narrow, &low, 4);
    return (double)narrow;
}

uint64_t bits_of(ramp_dtype dtype, double value) {
    float narrow = (float)value;
    return dtype == RAMP_F64 ? bits_load(dtype, &value, 0) : bits_load(dtype, &narrow, 0);
}

static int is_nan(ramp_dtype dtype, uint64_t a) { return (a & ~sign_bit(dtype)) > bits_infinity(dtype); }

int bits_same(ramp_dtype dtype, uint64_t a, uint64_t b) { return a == b || (is_nan(dtype, a) && is_nan(dtype, b)); }

uint64_t bits_step(ramp_dtype dtype, uint64_t pattern, int steps) {
    uint64_t sign = sign_bit(dtype);
    int64_t limit = (int64_t)bits_infinity(dtype), size = (int64_t)(pattern & ~sign);
    int64_t at = (pattern & sign ? -size : size) + steps; /* ordered as the numbers are; the two zeros are one */
    if (at > limit) at = limit;
    if (at < -limit) at = -limit;
    return at < 0 ? sign | (uint64_t)-at : (uint64_t)at;
}

uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

double random_unit(uint64_t *state) { return (double)(random_next(state) >> 11) * 0x1p-53; }
