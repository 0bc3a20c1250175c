/*
 * activations.h: each op's value and gradient, once, for C, CUDA and OpenCL alike. Include dialect.h first.
 *
 *   real <op>_value(real x, ramp_params p, int variant, int quick)    f(x)
 *   real <op>_gradient(real x, real g, ramp_params p, int quick)      g * f'(x), from the saved input x
 *
 * `variant` (variants.h) and `quick` (RAMP_RETURN_IF in dialect.h) are constants where a function is used.
 *
 * The subset: + - * / and real_fma, comparisons, ?:, integer operations and bit casts. `x < lo ? lo : x` and not fmin: it keeps NaN.
 *
 * A quotient is rounded correctly in three steps: a first guess whose residual an fma gives exactly; that residual divided by a reciprocal
 * a little too large and one a little too small, which brackets the true value between two results, nearly always one and the same; and
 * where they are two neighbours, a choice by the residual of their midpoint, which is exact.
 */

#if RAMP_BITS == 64
#define RAMP_RECIPROCAL 0x7fde000000000000u
#define RAMP_DOUBT      0x1p-50 /* above the relative error of a residual and its division, 3 / 2^54, and that of a reciprocal */
#define RAMP_NEAR       0x1p240 /* numbers from 1 / NEAR to NEAR leave a quotient's terms all the room that they need */
#define RAMP_SHIFT      0x1p512 /* a quarter of the range */
#define RAMP_HALF_SHIFT 0x1p256
#define RAMP_STEEP      0x1p384 /* softsign: above it f' is so small that it is kept scaled by the square of STEEP_DOWN */
#define RAMP_STEEP_DOWN 0x1p-768
#else
#define RAMP_RECIPROCAL 0x7ef00000u
#define RAMP_DOUBT      0x1p-21f
#define RAMP_NEAR       0x1p30f
#define RAMP_SHIFT      0x1p64f
#define RAMP_HALF_SHIFT 0x1p32f
#define RAMP_STEEP      0x1p48f
#define RAMP_STEEP_DOWN 0x1p-96f
#endif

typedef struct real_pair {
    real hi, lo; /* stands for hi + lo, unevaluated; |lo| <= ulp(hi) / 2 */
} real_pair;

/* a + b without error, in any order of size (Knuth). */
RAMP_FN real_pair two_sum(real a, real b) {
    real_pair s;
    s.hi = a + b;
    real b_part = s.hi - a;
    s.lo = (a - (s.hi - b_part)) + (b - b_part);
    return s;
}

/* The same where |a| >= |b| (Dekker). */
RAMP_FN real_pair two_sum_ordered(real a, real b) {
    real_pair s;
    s.hi = a + b;
    s.lo = b - (s.hi - a);
    return s;
}

/* 1 / b within 2 ulp, for b > 0 whose reciprocal is normal: cheaper than a division, and what is made of it is corrected anyway. Taking the
 * bits from a constant is within 7 %; each step then cubes the error. */
RAMP_FN real near_reciprocal(real b) {
    real r = as_real(RAMP_RECIPROCAL - as_bits(b));
    real e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
    e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
#if RAMP_BITS == 64
    e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
#endif
    return r;
}

/* Of two neighbours, under <= over, the one nearer to the true value: `residual` has the sign of (true value - midpoint). At the midpoint
 * the even one. */
RAMP_FN real nearer(real under, real over, real residual) {
    int up = residual == K(0.0) ? (int)(as_bits(under) & 1u) : residual > K(0.0);
    return up ? over : under;
}

/* (a.hi + a.lo) / b, correctly rounded, a.hi >= 0, b > 0, where no term below overflows or underflows. The first guess is low, so that the
 * correction is positive. No way out before the choice: where b is a small integer every tenth quotient may be a midpoint. */
RAMP_FN real quotient_of_sum(real_pair a, real b) {
    real reciprocal = near_reciprocal(b);
    real q = a.hi * (reciprocal * (K(1.0) - RAMP_DOUBT));
    real c = real_fma(-q, b, a.hi) + a.lo;
    real over = real_fma(c, reciprocal * (K(1.0) + RAMP_DOUBT), q);
    real under = real_fma(c, reciprocal * (K(1.0) - RAMP_DOUBT), q);
    real residual = real_fma(-over, b, a.hi) + real_fma(-under, b, a.hi);
    return nearer(under, over, real_fma(K(2.0), a.lo, residual));
}

/* (a.hi + a.lo) / (b.hi + b.lo), likewise. */
RAMP_FN real quotient_of_sums(real_pair a, real_pair b, int quick) {
    real reciprocal = near_reciprocal(b.hi);
    real q = a.hi * reciprocal;
    real c = real_fma(-q, b.lo, real_fma(-q, b.hi, a.hi) + a.lo);
    real y = real_fma(c, reciprocal * (K(1.0) + RAMP_DOUBT), q);
    real n = real_fma(c, reciprocal * (K(1.0) - RAMP_DOUBT), q);
    RAMP_RETURN_IF(quick, y == n, y);
    real over = y > n ? y : n;
    real under = y > n ? n : y;
    real product = under * b.lo;
    real_pair rest = two_sum(a.lo, -product);
    real residual = real_fma(K(2.0), rest.hi, real_fma(-over, b.hi, a.hi) + real_fma(-under, b.hi, a.hi));
    residual = real_fma(K(2.0), rest.lo - real_fma(under, b.lo, -product), residual);
    residual = real_fma(under - over, b.lo, residual);
    return nearer(under, over,
                  residual == K(0.0) && product == K(0.0) ? -b.lo : residual); /* a product too small for any number still has a sign */
}

/* ---- hardsigmoid: clamp((x - lo) / (hi - lo), 0, 1) with knees lo and hi; source: PyTorch's Hardsigmoid, whose knees are -3 and 3 ---- */

/* How often v >= 0 must be multiplied by SHIFT to lie in the middle of the range. */
RAMP_FN int steps_to_middle(real v) {
    return (v < K(1.0) / RAMP_HALF_SHIFT) + (v < K(1.0) / RAMP_HALF_SHIFT / RAMP_SHIFT) - (v >= RAMP_HALF_SHIFT);
}

RAMP_FN real shift(real v, int steps) {
    v *= steps < 0 ? K(1.0) / RAMP_SHIFT : steps > 0 ? RAMP_SHIFT : K(1.0);
    return steps > 1 ? v * RAMP_SHIFT : v;
}

/* The same of a rest, which may become too small for any number, but keeps its sign. */
RAMP_FN real shift_rest(real v, int steps) {
    real shifted = shift(v, steps);
    return shifted != K(0.0) || v == K(0.0) ? shifted : v;
}

/* Between the knees, where a knee or the span is so large or small that the quotient's terms would overflow or underflow: it is taken of
 * numbers from the middle of the range, and shifted back. */
RAMP_FAR_FN real hardsigmoid_far(real_pair s, real_pair span, int quick) {
    int exact = s.lo == K(0.0) && span.lo == K(0.0);
    real direct = s.hi / span.hi;
    int up = steps_to_middle(s.hi), span_up = steps_to_middle(span.hi), back = up - span_up; /* 0 to 3, since s <= span */
    s.hi = shift(s.hi, up);
    s.lo = shift_rest(s.lo, up);
    span.hi = shift(span.hi, span_up);
    span.lo = shift_rest(span.lo, span_up);
    real q = quotient_of_sums(s, span, quick);
    real down = K(1.0) / RAMP_SHIFT;
    real y = q * (back > 0 ? down : K(1.0)) * (back > 1 ? down : K(1.0)) * (back > 2 ? down : K(1.0));
    real y_up = shift(shift(y, back < 2 ? back : 2), back > 2);
    /* y may be subnormal: rounded twice. Where q lies midway between y and another number, the quotient's own remainder decides. */
    real mirror_up = q + (q - y_up);
    real mirror = mirror_up * (back > 0 ? down : K(1.0)) * (back > 1 ? down : K(1.0)) * (back > 2 ? down : K(1.0));
    int midway = shift(shift(mirror, back < 2 ? back : 2), back > 2) - q == q - y_up;
    real left = real_fma(-q, span.lo, real_fma(-q, span.hi, s.hi) + s.lo);
    real chosen = nearer(y < mirror ? y : mirror, y < mirror ? mirror : y, left == K(0.0) ? -span.lo : left);
    return exact ? direct : midway ? chosen : y;
}

/* The variants of an op over a span, chosen by the span's ends. */
enum { SPAN_FROM_ZERO, SPAN_FAR, SPAN_INEXACT, SPAN_ORDERED, SPAN_PLAIN };

RAMP_FN int span_variant(real lo, real hi) {
    real size = lo < K(0.0) ? -lo : lo;
    real_pair span = two_sum(hi, -lo);
    if (lo == K(0.0)) return SPAN_FROM_ZERO;
    if (!(size > K(1.0) / RAMP_NEAR && span.hi > K(1.0) / RAMP_NEAR && span.hi < RAMP_NEAR)) return SPAN_FAR;
    if (span.lo != K(0.0)) return SPAN_INEXACT;
    return size >= hi ? SPAN_ORDERED : SPAN_PLAIN; /* ORDERED: |x| <= |lo| between the knees */
}

RAMP_FN real hardsigmoid_value(real x, ramp_params p, int variant, int quick) {
    real lo = p.p0, hi = p.p1, y;
    real_pair span = two_sum(hi, -lo);
    switch (variant) {
    case SPAN_FROM_ZERO: y = x / hi; break;
    case SPAN_FAR: y = hardsigmoid_far(two_sum(x, -lo), span, quick); break;
    case SPAN_INEXACT: y = quotient_of_sums(two_sum(x, -lo), span, quick); break;
    case SPAN_ORDERED: y = quotient_of_sum(two_sum_ordered(-lo, x), span.hi); break;
    default: y = quotient_of_sum(two_sum(x, -lo), span.hi); break;
    }
    return x <= lo ? K(0.0) : x >= hi ? K(1.0) : y;
}

/* The slope is 1 / (hi - lo). The quotient g / (hi - lo) is taken at once: the slope alone may overflow or underflow where the product does
 * not. */
RAMP_FN real hardsigmoid_gradient(real x, real g, ramp_params p, int quick) {
    (void)quick;
    real lo = p.p0, hi = p.p1;
    real_pair span = two_sum(hi, -lo);
    real dx = g / span.hi;
    if (span.lo != K(0.0)) {
        real size = g < K(0.0) ? -g : g;
        real lift = size < RAMP_STEEP_DOWN ? RAMP_SHIFT : K(1.0); /* a small g leaves remainders that would underflow */
        real quotient = g * lift / span.hi;
        real left = real_fma(-quotient, span.lo, real_fma(-quotient, span.hi, g * lift));
        real corrected = (quotient + left / span.hi) / lift;
        dx = left != K(0.0) && corrected - corrected == K(0.0) ? corrected : dx; /* nothing to correct in zeros, infinities and NaN */
    }
    return x > lo && x < hi ? dx : K(0.0);
}

/* ---- softsign: x / (1 + |x|); source: PyTorch's Softsign ---- */

/* 1 / (d.hi + d.lo)^2: squared from a reciprocal that carries its error. */
RAMP_FN real inverse_square(real_pair d) {
    real r = near_reciprocal(d.hi);
    real r_lo = r * real_fma(-r, d.lo, real_fma(-r, d.hi, K(1.0)));
    real square = r * r;
    return square + real_fma(K(2.0) * r, r_lo, real_fma(r, r, -square));
}

RAMP_FN real softsign_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant;
    real_pair numerator = {as_real(as_bits(x) & ~RAMP_SIGN_BIT), K(0.0)};
    real a = numerator.hi;
    real y = quotient_of_sums(numerator, two_sum(K(1.0), a), quick);
    y = a > K(0x1p60) ? K(1.0) : y; /* it is 1 from far below here; the quotient's terms overflow far above */
    return as_real(as_bits(y) | (as_bits(x) & RAMP_SIGN_BIT));
}

/* g / (1 + |x|)^2 for any |x| and g. Where |x| is huge the square would underflow though the product with g need not: there 1 + |x| is
 * scaled down, and the square's excess is taken out of the product, half before and half after. */
RAMP_FAR_FN real softsign_gradient_far(real a, real g) {
    real scale = a > RAMP_STEEP ? RAMP_STEEP_DOWN : K(1.0);
    real_pair d = two_sum(scale, a * scale);
    real slope = inverse_square(d);
    slope = a - a == K(0.0) ? slope : a == a ? K(0.0) : a; /* infinity: the limit 0; NaN: NaN */
    int large = g > K(1.0) || g < K(-1.0);
    return g * (large ? scale : K(1.0)) * slope * (large ? K(1.0) : scale) * scale;
}

RAMP_FN real softsign_gradient(real x, real g, ramp_params p, int quick) {
    (void)p;
    real a = as_real(as_bits(x) & ~RAMP_SIGN_BIT);
    real dx = g * inverse_square(two_sum(K(1.0), a));
    RAMP_RETURN_IF(quick, a <= RAMP_STEEP, dx);
    return softsign_gradient_far(a, g);
}

/* ---- hardtanh: clamp(x, lo, hi), lo and hi may be infinite; source: PyTorch's Hardtanh ---- */

RAMP_FN real hardtanh_value(real x, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    return x <= p.p0 ? p.p0 : x > p.p1 ? p.p1 : x;
}

RAMP_FN real hardtanh_gradient(real x, real g, ramp_params p, int quick) {
    (void)quick;
    return x <= p.p0 || x >= p.p1 ? K(0.0) : g;
}
