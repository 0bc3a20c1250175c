#include "bits.h"

#include <math.h>

const char *bits_name(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F64: return "f64";
    case RAMP_F16: return "f16";
    case RAMP_BF16: return "bf16";
    default: return "f32";
    }
}

/* The exponent of the smallest normal number. */
static int least_exponent(ramp_dtype dtype) { return dtype == RAMP_F64 ? -1022 : dtype == RAMP_F16 ? -14 : -126; }

/* ---- 16 bits: by arithmetic on the fields and in units of the last place, not on a float's bits as the backends do it ---- */

static double power_of_two(int exponent) {
    uint64_t pattern = (uint64_t)(1023 + exponent) << 52;
    double power;
    memcpy(&power, &pattern, sizeof power);
    return power;
}

static inline double short_value(ramp_dtype dtype, uint64_t pattern) {
    const uint64_t mask = bits_infinity(dtype) >> bits_mantissa(dtype);
    uint64_t sign = pattern & bits_sign(dtype), field = pattern >> bits_mantissa(dtype) & mask;
    uint64_t fraction = pattern & ((UINT64_C(1) << bits_mantissa(dtype)) - 1), normal = UINT64_C(1) << bits_mantissa(dtype);
    int exponent = least_exponent(dtype) - bits_mantissa(dtype) + (field == 0 ? 0 : (int)field - 1);
    double size = (double)(field == 0 ? fraction : normal | fraction) * power_of_two(exponent);
    if (field == mask) size = (double)(fraction == 0 ? INFINITY : NAN);
    return sign ? -size : size;
}

static inline uint64_t short_of(ramp_dtype dtype, double value) {
    uint64_t sign = signbit(value) ? bits_sign(dtype) : 0, infinity = bits_infinity(dtype), wide;
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

/* Each type for itself, so that the compiler knows its constants. */
double bits_short_value(ramp_dtype dtype, uint64_t pattern) {
    return dtype == RAMP_F16 ? short_value(RAMP_F16, pattern) : short_value(RAMP_BF16, pattern);
}

uint64_t bits_of(ramp_dtype dtype, double value) {
    float narrow = (float)value;
    switch (dtype) {
    case RAMP_F64: return bits_load(RAMP_F64, &value, 0);
    case RAMP_F16: return short_of(RAMP_F16, (double)narrow);
    case RAMP_BF16: return short_of(RAMP_BF16, (double)narrow);
    default: return bits_load(RAMP_F32, &narrow, 0);
    }
}

uint64_t bits_step(ramp_dtype dtype, uint64_t pattern, int steps) {
    uint64_t sign = bits_sign(dtype);
    int64_t limit = (int64_t)bits_infinity(dtype), size = (int64_t)(pattern & ~sign);
    int64_t at = (pattern & sign ? -size : size) + steps; /* ordered as the numbers are; the two zeros are one */
    if (at > limit) at = limit;
    if (at < -limit) at = -limit;
    return at < 0 ? sign | (uint64_t)-at : (uint64_t)at;
}
