/* fraction.c: where 113 bits do not settle which way a quotient rounds, its exact distance from the rounding midpoint does. */
#include "fraction.h"
#include "bits.h"

static quad absolute(quad a) { return a < 0 ? -a : a; }

double round_quad(ramp_dtype dtype, quad q) { return dtype == RAMP_F64 ? (double)q : (double)(float)q; }

quad quad_of_fraction(const fraction *f) { return (f->top[0] + f->top[1]) / (f->bottom[0] + f->bottom[1]); }

quad quad_beyond(ramp_dtype dtype) { return dtype == RAMP_F64 ? 2 * (quad)0x1p1023 : (quad)0x1p128; }

quad quad_ulp(ramp_dtype dtype, quad a, int bounded) {
    int most = dtype == RAMP_F64 ? 1023 : dtype == RAMP_F16 ? 15 : 127, least = 1 - most, exponent = QUAD(ilogb)(a);
    if (bounded && (exponent < least || a == 0)) exponent = least;
    if (bounded && exponent > most) exponent = most;
    return QUAD(ldexp)(1, exponent - bits_mantissa(dtype));
}

/* s + e = a + b exactly, s rounded. */
static void two_sum(quad a, quad b, quad *s, quad *e) {
    quad sum = a + b, part = sum - a;
    *e = (a - (sum - part)) + (b - part);
    *s = sum;
}

/* The sign of an exact sum: two-sums until no term reaches into the next; then the largest decides. */
static int sign_of_sum(quad *t, int n) {
    for (int changed = 1; changed;) {
        changed = 0;
        for (int i = 1; i < n; i++) {
            quad s, e;
            two_sum(t[i], t[i - 1], &s, &e);
            changed |= s != t[i] || e != t[i - 1];
            t[i] = s;
            t[i - 1] = e;
        }
    }
    return t[n - 1] > 0 ? 1 : t[n - 1] < 0 ? -1 : 0;
}

/* The sign of |fraction| - m, exactly, for a rounding midpoint m of at most 54 bits: of |top| - m * bottom. */
static int compare(const fraction *f, quad m) {
    quad sign = f->top[0] + f->top[1] < 0 ? -1 : 1;
    quad t[4] = {sign * f->top[0], sign * f->top[1], -m * f->bottom[0], -m * f->bottom[1]};
    return sign_of_sum(t, 4);
}

double round_fraction(ramp_dtype dtype, const fraction *f) {
    quad q = quad_of_fraction(f), size = absolute(q), slack = size * (quad)0x1p-105;
    double low = round_quad(dtype, size - slack), high = round_quad(dtype, size + slack), value = low;
    if (low != high) {
        quad m = ((quad)low + (isinf(high) ? quad_beyond(dtype) : (quad)high)) / 2;
        int side = compare(f, m);
        value = side > 0 ? high : side < 0 ? low : round_quad(dtype, m); /* a tie: the conversion's ties-to-even */
    }
    return q < 0 ? -value : value;
}
