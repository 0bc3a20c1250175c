/*
 * emulation.h: division and fused multiply-add made of integers, rounded once, for devices whose own are not. Include dialect.h first.
 *
 *   real_divide(a, b)     a / b, rounded once; made of integers where the build defines RAMP_NO_DIVIDE
 *   real_fma(a, b, c)     dialect.h's; made of integers where the build defines RAMP_NO_FMA
 *
 * In float alone: a device that has double has both in double. A subnormal operand or result is a number like any other here, whatever the
 * device's own arithmetic makes of it.
 */
#if (defined(RAMP_NO_DIVIDE) || defined(RAMP_NO_FMA)) && RAMP_BITS == 64
#error "double has a correctly rounded division and fma wherever there is double"
#endif

#if defined(RAMP_NO_DIVIDE) || defined(RAMP_NO_FMA)

#if defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
typedef ulong bits64;
#else
typedef unsigned long long bits64;
#endif

/* v * 2^exponent, where the lowest bit of v also stands for all that is below it: rounding needs to know only whether there is something. */
typedef struct unrounded {
    bits64 v;
    int exponent;
} unrounded;

#define RAMP_INFINITY_BITS 0x7f800000u
#define RAMP_MAGNITUDE(x)  (as_bits(x) & ~RAMP_SIGN_BIT)
#define RAMP_IS_FINITE(x)  (RAMP_MAGNITUDE(x) < RAMP_INFINITY_BITS)

RAMP_FN unrounded unrounded_of(bits magnitude) {
    int exponent = (int)(magnitude >> 23);
    unrounded s;
    s.v = (magnitude & 0x7fffffu) | (exponent > 0 ? 0x800000u : 0u);
    s.exponent = (exponent > 0 ? exponent : 1) - 150;
    return s;
}

/* The same number with the first one of v, which is not 0 and below 2^63, at bit 62. */
RAMP_FN unrounded unrounded_raise(unrounded s) {
    for (int step = 32; step > 0; step /= 2) {
        int shift = s.v >> (63 - step) == 0 ? step : 0;
        s.v <<= shift;
        s.exponent -= shift;
    }
    return s;
}

/* v / 2^shift, the lowest bit standing for what falls off. */
RAMP_FN bits64 shift_down(bits64 v, int shift) {
    bits64 kept = shift < 64 ? v >> shift : 0;
    return kept | (bits64)(shift < 64 ? kept << shift != v : v != 0);
}

/* Rounded to nearest, ties to even; s.v is not 0. */
RAMP_FN real unrounded_round(unrounded s, bits sign) {
    s = unrounded_raise(s);
    int exponent = s.exponent + 62 + 127; /* as a float holds it, if it is normal */
    if (exponent > 254) return as_real(sign | RAMP_INFINITY_BITS);
    int below = exponent > 0 ? 0 : 1 - exponent; /* subnormal: fewer bits */
    bits64 v = shift_down(s.v, 37 + below);      /* two bits below the last one */
    bits kept = (bits)(v >> 2), rest = (bits)(v & 3u);
    kept += rest > 2u || (rest == 2u && (kept & 1u) != 0) ? 1u : 0u;
    return as_real(sign | (kept + ((bits)(exponent > 0 ? exponent - 1 : 0) << 23))); /* the first bit counts the exponent on */
}

#endif

#if defined(RAMP_NO_DIVIDE)

RAMP_FAR_FN real emulated_divide(real a, real b) {
    bits sign = (as_bits(a) ^ as_bits(b)) & RAMP_SIGN_BIT, over = RAMP_MAGNITUDE(a), under = RAMP_MAGNITUDE(b);
    int is_large = over == RAMP_INFINITY_BITS || under == 0u, is_small = over == 0u || under == RAMP_INFINITY_BITS;
    if (over > RAMP_INFINITY_BITS || under > RAMP_INFINITY_BITS || (is_large && is_small)) return RAMP_NAN;
    if (is_large) return as_real(sign | RAMP_INFINITY_BITS);
    if (is_small) return as_real(sign);
    unrounded s = unrounded_raise(unrounded_of(over)), divisor = unrounded_of(under);
    bits64 quotient = s.v / divisor.v; /* of 39 bits or more: the lowest is far below a float's last */
    s.v = quotient | (bits64)(quotient * divisor.v != s.v);
    s.exponent -= divisor.exponent;
    return unrounded_round(s, sign);
}
#define real_divide(a, b) emulated_divide((a), (b))

#else
#define real_divide(a, b) ((a) / (b))
#endif

#if defined(RAMP_NO_FMA)

RAMP_FAR_FN real emulated_fma(real a, real b, real c) {
    if (!RAMP_IS_FINITE(a) || !RAMP_IS_FINITE(b) || RAMP_MAGNITUDE(a) == 0u || RAMP_MAGNITUDE(b) == 0u) return a * b + c;
    if (!RAMP_IS_FINITE(c)) return c;
    bits sign = (as_bits(a) ^ as_bits(b)) & RAMP_SIGN_BIT, sign_c = as_bits(c) & RAMP_SIGN_BIT;
    unrounded s = unrounded_of(RAMP_MAGNITUDE(a)), t = unrounded_of(RAMP_MAGNITUDE(b));
    s.v *= t.v;
    s.exponent += t.exponent;
    if (RAMP_MAGNITUDE(c) == 0u) return unrounded_round(s, sign);
    s = unrounded_raise(s);
    t = unrounded_raise(unrounded_of(RAMP_MAGNITUDE(c)));
    int ahead = s.exponent - t.exponent;
    s.v = shift_down(s.v, 1 + (ahead < 0 ? -ahead : 0)); /* one down: room for the sum */
    t.v = shift_down(t.v, 1 + (ahead > 0 ? ahead : 0));
    s.exponent = (ahead < 0 ? t.exponent : s.exponent) + 1;
    if (sign != sign_c && s.v == t.v) return K(0.0);
    int is_c = s.v < t.v; /* has the result's sign */
    bits64 larger = is_c ? t.v : s.v, smaller = is_c ? s.v : t.v;
    s.v = sign == sign_c ? larger + smaller : larger - smaller;
    return unrounded_round(s, is_c ? sign_c : sign);
}
#undef real_fma
#define real_fma(a, b, c) emulated_fma((a), (b), (c))

#endif
