#include "bits.h"

#include <math.h>
#include <string.h>

static int is_short(ramp_dtype dtype) { return dtype == RAMP_F16 || dtype == RAMP_BF16; }

const char *bits_name(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F64: return "f64";
    case RAMP_F16: return "f16";
    case RAMP_BF16: return "bf16";
    default: return "f32";
    }
}

size_t bits_size(ramp_dtype dtype) { return dtype == RAMP_F64 ? 8 : is_short(dtype) ? 2 : 4; }
int bits_mantissa(ramp_dtype dtype) { return dtype == RAMP_F64 ? 52 : dtype == RAMP_F16 ? 10 : dtype == RAMP_BF16 ? 7 : 23; }

/* The exponent of the smallest normal number; the exponent's field. */
static int least_exponent(ramp_dtype dtype) { return dtype == RAMP_F64 ? -1022 : dtype == RAMP_F16 ? -14 : -126; }
static uint64_t exponent_mask(ramp_dtype dtype) { return dtype == RAMP_F64 ? 0x7ff : dtype == RAMP_F16 ? 0x1f : 0xff; }

uint64_t bits_infinity(ramp_dtype dtype) { return exponent_mask(dtype) << bits_mantissa(dtype); }

static uint64_t sign_bit(ramp_dtype dtype) { return UINT64_C(1) << (8 * bits_size(dtype) - 1); }

uint64_t bits_load(ramp_dtype dtype, const void *array, size_t index) {
    uint64_t wide;
    uint32_t narrow;
    uint16_t low;
    switch (bits_size(dtype)) {
    case 8: memcpy(&wide, (const char *)array + 8 * index, 8); return wide;
    case 4: memcpy(&narrow, (const char *)array + 4 * index, 4); return narrow;
    default: memcpy(&low, (const char *)array + 2 * index, 2); return low;
    }
}

void bits_store(ramp_dtype dtype, void *array, size_t index, uint64_t pattern) {
    uint32_t narrow = (uint32_t)pattern;
    uint16_t low = (uint16_t)pattern;
    switch (bits_size(dtype)) {
    case 8: memcpy((char *)array + 8 * index, &pattern, 8); break;
    case 4: memcpy((char *)array + 4 * index, &narrow, 4); break;
    default: memcpy((char *)array + 2 * index, &low, 2); break;
    }
}

/* ---- 16 bits: by arithmetic on the fields and in units of the last place, not on a float's bits as the backends do it ---- */

static double power_of_two(int exponent) {
    uint64_t pattern = (uint64_t)(1023 + exponent) << 52;
    double power;
    memcpy(&power, &pattern, sizeof power);
    return power;
}

static double short_value(ramp_dtype dtype, uint64_t pattern) {
    uint64_t sign = pattern & sign_bit(dtype), field = pattern >> bits_mantissa(dtype) & exponent_mask(dtype);
    uint64_t fraction = pattern & ((UINT64_C(1) << bits_mantissa(dtype)) - 1), normal = UINT64_C(1) << bits_mantissa(dtype);
    int exponent = least_exponent(dtype) - bits_mantissa(dtype) + (field == 0 ? 0 : (int)field - 1);
    double size = (double)(field == 0 ? fraction : normal | fraction) * power_of_two(exponent);
    if (field == exponent_mask(dtype)) size = (double)(fraction == 0 ? INFINITY : NAN);
    return sign ? -size : size;
}

static uint64_t short_of(ramp_dtype dtype, double value) {
    uint64_t sign = signbit(value) ? sign_bit(dtype) : 0, infinity = bits_infinity(dtype), wide;
    if (isnan(value)) return sign | infinity | UINT64_C(1) << (bits_mantissa(dtype) - 1);
    if (isinf(value)) return sign | infinity;
    memcpy(&wide, &value, sizeof wide);
    int above =
        (int)(wide >> 52 & 0x7ff) - 1023 - least_exponent(dtype); /* binades above the lowest; a float is normal as a double, or 0 */
    if (above < 0) above = 0;
    /* A carry moves into the exponent, and from the last one to infinity. */
    uint64_t units = (uint64_t)nearbyint(fabs(value) * power_of_two(bits_mantissa(dtype) - least_exponent(dtype) - above));
    uint64_t pattern = ((uint64_t)above << bits_mantissa(dtype)) + units;
    return sign | (pattern < infinity ? pattern : infinity);
}

double bits_value(ramp_dtype dtype, uint64_t pattern) {
    double wide;
    float narrow;
    uint32_t low = (uint32_t)pattern;
    if (is_short(dtype)) return short_value(dtype, pattern);
    if (dtype == RAMP_F64) {
        memcpy(&wide, &pattern, 8);
        return wide;
    }
    memcpy(&narrow, &low, 4);
    return (double)narrow;
}

uint64_t bits_of(ramp_dtype dtype, double value) {
    float narrow = (float)value;
    if (is_short(dtype)) return short_of(dtype, (double)narrow);
    return dtype == RAMP_F64 ? bits_load(dtype, &value, 0) : bits_load(dtype, &narrow, 0);
}

int bits_is_nan(ramp_dtype dtype, uint64_t pattern) { return (pattern & ~sign_bit(dtype)) > bits_infinity(dtype); }

int bits_same(ramp_dtype dtype, uint64_t a, uint64_t b) { return a == b || (bits_is_nan(dtype, a) && bits_is_nan(dtype, b)); }

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
