/*
 * activations.h: each op's value and gradient, once, for C, CUDA and OpenCL alike; of those that are made of exp and its kin, in smooth.h and gelu.h. Include
 * dialect.h, arithmetic.h and functions.h first.
 *
 *   real <op>_value(real x, ramp_params p, int variant, int quick)          f(x)
 *   real <op>_gradient(real x, real g, ramp_params p, int quick)            g * f'(x), from the saved input x
 *
 * An op whose row says RAMP_SAVES_OUTPUT has its gradient from the stored output as well, and says for which parameters the output tells it:
 *
 *   real <op>_output_gradient(real y, real g, ramp_params p, int quick)
 *   int  <op>_output_tells(ramp_params p)
 *
 * One whose row says RAMP_SAVES_MASK, whose slope takes two values, has these instead of its gradients, which RAMP_TWO_SLOPES makes of them:
 *
 *   int  <op>_mask(real x, ramp_params p)                which of the two, from the input: the bit that a mask holds
 *   int  <op>_output_mask(real y, ramp_params p)         the same from the output
 *   real <op>_slope(int bit, real g, ramp_params p)      g times the slope
 *
 * A function that leaves a rest when `quick`, as RAMP_RETURN_IF does, says so: RAMP_HAS_REST_<op>_gradient or RAMP_HAS_REST_<op>_value_<variant> is 1. Where none says so no rest is looked
 * for.
 *
 * Of 16-bit types the result's 16 bits are all that counts, and a shorter formula may give them: it is right where it was tried on all inputs, or proven.
 * RAMP_IS_SHORT_<op>_value_<variant> or RAMP_IS_SHORT_<op>_gradient is 1 where it is so short that a GPU takes no longer by it than by a table, and need not look
 * it up. RAMP_ASKS_<function> is 1 where a function asks something of its parameters alone: <function>_asks is the answer, for which OpenCL's loops on a CPU are
 * made apart. RAMP_SELECTS_<op>_value or RAMP_SELECTS_<op>_gradient is 1 where the result is x, or g, or one of the parameters, or a number that every type has: in
 * 16 bits a CPU need not round it then. RAMP_IS_LONG_<op>_value or RAMP_IS_LONG_<op>_gradient is 1 where a GPU is busier with the formula than with memory, and RAMP_IS_LONGER_... besides where it is so by far (smooth.h).
 *
 * A function that is made of an exp and what follows it is written as these two halves, and RAMP_HAS_EXP_<op>_value or RAMP_HAS_EXP_<op>_gradient is 1 where loops
 * on a CPU run one after the other (functions.h).
 *
 * `variant` (variants.h) and `quick` (RAMP_RETURN_IF in dialect.h) are constants where a function is used.
 *
 * The subset: + - * / and real_fma, comparisons, ?:, integer operations and bit casts. `x < lo ? lo : x` and not fmin: it keeps NaN.
 */

#define RAMP_TWO_SLOPES(op)                                                                                                                \
    RAMP_FN real op##_gradient(real x, real g, ramp_params p, int quick) {                                                                 \
        (void)quick;                                                                                                                       \
        return op##_slope(op##_mask(x, p), g, p);                                                                                          \
    }                                                                                                                                      \
    RAMP_FN real op##_output_gradient(real y, real g, ramp_params p, int quick) {                                                          \
        (void)quick;                                                                                                                       \
        return op##_slope(op##_output_mask(y, p), g, p);                                                                                   \
    }

/* The slopes 1 and 0: what is selected is so whatever g is. */
#define RAMP_SLOPES_1_0(op)                                                                                                                \
    RAMP_FN real op##_slope(int bit, real g, ramp_params p) {                                                                              \
        (void)p;                                                                                                                           \
        return bit ? g : K(0.0);                                                                                                           \
    }                                                                                                                                      \
    RAMP_TWO_SLOPES(op)

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
    real direct = real_divide(s.hi, span.hi);
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

/* The variants of an op over a span, chosen by the span's ends. SIMPLE: |x| <= |lo| between the knees; of 16-bit types, lo is -hi as well, and hi has 16 bits
 * at most (below). A CPU without fma has f32's formula for what is SIMPLE here: so none may be that is not there. */
enum { SPAN_FROM_ZERO, SPAN_FAR, SPAN_INEXACT, SPAN_SIMPLE, SPAN_PLAIN };

#if RAMP_STORED_BITS == 16
#define RAMP_SPAN_IS_SIMPLE(lo, hi) ((lo) == -(hi) && (as_bits(hi) & 0xffu) == 0)
#else
#define RAMP_SPAN_IS_SIMPLE(lo, hi) (-(lo) >= (hi))
#endif

RAMP_FN int span_variant(real lo, real hi) {
    real size = lo < K(0.0) ? -lo : lo;
    real_pair span = two_sum(hi, -lo);
    if (lo == K(0.0)) return SPAN_FROM_ZERO;
    if (!(size > K(1.0) / RAMP_NEAR && span.hi > K(1.0) / RAMP_NEAR && span.hi < RAMP_NEAR)) return SPAN_FAR;
    if (span.lo != K(0.0)) return SPAN_INEXACT;
    return RAMP_SPAN_IS_SIMPLE(lo, hi) ? SPAN_SIMPLE : SPAN_PLAIN;
}

/* SPAN_FAR and SPAN_INEXACT leave one. GPUs are asked it of the others too: without that question between its vectors nvcc gives a kernel 44 registers for 32, and
 * on an H200 it takes 1.06 times as long as a copy for 1.00. */
#define RAMP_HAS_REST_hardsigmoid_value_1 1
#define RAMP_HAS_REST_hardsigmoid_value_2 1
#if defined(__CUDACC__) || defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
#define RAMP_HAS_REST_hardsigmoid_value_0 1
#define RAMP_HAS_REST_hardsigmoid_value_4 1
#endif
#if RAMP_STORED_BITS == 16
#define RAMP_IS_SHORT_hardsigmoid_value_3 1

/* (x - lo) / span, lo = -hi, span = 2 hi, so well that the 16 bits are those of the quotient rounded to a float and then stored.
 *
 * What is returned is the quotient t, made wrong by less than 2^-19 of a float's ulp, and rounded to a float. So it is the right float, or t lies nearly
 * midway between that and its neighbour; and what is stored differs only if one of the two is a number m midway between stored ones: if t is m plus or minus
 * half an ulp (below a power of two a quarter), but for 2^-19 ulp. Take that times span, and let u be the ulp times the last bit of span. Then m * span and
 * x - lo are multiples of u, and span times half an ulp is an odd number of u / 2 (a quarter: of u / 4). They miss each other by u / 4 or more, which is
 * 2^-18 ulp of t or more, since span has 16 bits.
 *
 * x - lo is no multiple of u, or is rounded, only where x is so small that t is within 2^-14 of 1/2 (bf16: 2^-17), and no m is nearer to 1/2 than 2^-13
 * (2^-10). */
RAMP_FN real hardsigmoid_simple(real x, real lo, real span) {
    real_pair divisor = {span, K(0.0)};
    real s = x - lo, reciprocal = near_reciprocal(span);
    return real_fma(s, reciprocal, s * reciprocal_rest(reciprocal, divisor));
}
#else
#if defined(RAMP_HAS_REST_hardsigmoid_value_4)
#define RAMP_HAS_REST_hardsigmoid_value_3 1
#endif
RAMP_FN real hardsigmoid_simple(real x, real lo, real span) { return quotient_of_sum(two_sum_ordered(-lo, x), span); }
#endif

RAMP_FN real hardsigmoid_value(real x, ramp_params p, int variant, int quick) {
    real lo = p.p0, hi = p.p1, y;
    real_pair span = two_sum(hi, -lo);
    switch (variant) {
    case SPAN_FROM_ZERO: y = real_divide(x, hi); break;
    case SPAN_FAR: y = hardsigmoid_far(two_sum(x, -lo), span, quick); break;
    case SPAN_INEXACT: y = quotient_of_sums(two_sum(x, -lo), span, quick); break;
    case SPAN_SIMPLE: y = hardsigmoid_simple(x, lo, span.hi); break;
    default: y = quotient_of_sum(two_sum(x, -lo), span.hi); break;
    }
    return x <= lo ? K(0.0) : x >= hi ? K(1.0) : y;
}

RAMP_FN int hardsigmoid_mask(real x, ramp_params p) { return x > p.p0 && x < p.p1; }
RAMP_FN int hardsigmoid_output_mask(real y, ramp_params p) {
    (void)p;
    return y > K(0.0) && y < K(1.0);
}

/* The slope is 1 / (hi - lo). The quotient g / (hi - lo) is taken at once: the slope alone may overflow or underflow where the product does
 * not. */
RAMP_FN real hardsigmoid_slope(int bit, real g, ramp_params p) {
    real_pair span = two_sum(p.p1, -p.p0);
    real dx = real_divide(g, span.hi);
    if (span.lo != K(0.0)) {
        real size = size_of(g);
        real lift = size < RAMP_STEEP_DOWN ? RAMP_SHIFT : K(1.0); /* a small g leaves remainders that would underflow */
        real quotient = real_divide(g * lift, span.hi);
        real left = real_fma(-quotient, span.lo, real_fma(-quotient, span.hi, g * lift));
        real corrected = (quotient + real_divide(left, span.hi)) * (size < RAMP_STEEP_DOWN ? K(1.0) / RAMP_SHIFT : K(1.0));
        dx = left != K(0.0) && corrected - corrected == K(0.0) ? corrected : dx; /* nothing to correct in zeros, infinities and NaN */
    }
    return bit ? dx : K(0.0);
}
RAMP_TWO_SLOPES(hardsigmoid)

#define RAMP_ASKS_hardsigmoid_gradient        1
#define RAMP_ASKS_hardsigmoid_output_gradient 1
#define RAMP_ASKS_hardsigmoid_slope           1
#define hardsigmoid_gradient_asks             hardsigmoid_slope_asks
#define hardsigmoid_output_gradient_asks      hardsigmoid_slope_asks
RAMP_FN int hardsigmoid_slope_asks(ramp_params p) { return two_sum(p.p1, -p.p0).lo != K(0.0); }

/* ---- softsign: x / (1 + |x|); source: PyTorch's Softsign ---- */

#if RAMP_STORED_BITS == 16

/* Tried on all inputs. */
#define RAMP_IS_SHORT_softsign_value_0 1
RAMP_FN real softsign_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real a = size_of(x), d = K(1.0) + a, r = as_real(RAMP_RECIPROCAL - as_bits(d)), e = real_fma(-d, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
    real q = x * r;
    return a >= K(8192.0) ? with_sign_of(K(1.0), x) : real_fma(q, real_fma(-d, r, K(1.0)), q);
}

#else

#define RAMP_HAS_REST_softsign_value_0 1
RAMP_FN real softsign_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant;
    real_pair numerator = {size_of(x), K(0.0)};
    real a = numerator.hi;
    real y = quotient_of_sums(numerator, two_sum(K(1.0), a), quick);
    y = a > K(0x1p60) ? K(1.0) : y; /* it is 1 from far below here; the quotient's terms overflow far above */
    return with_sign_of(y, x);
}

#endif

#if defined(RAMP_DTYPE_F16)

#define RAMP_IS_SHORT_softsign_gradient 1

/* The slope that f32 has, tried on all inputs. 1 + |x| is exact, or |x| is less than 1; and none but infinity is above STEEP. */
RAMP_FN real softsign_gradient(real x, real g, ramp_params p, int quick) {
    (void)p, (void)quick;
    real a = size_of(x);
    real_pair d = two_sum_ordered(K(1.0), a);
    real r = near_reciprocal(d.hi), slope = real_fma(r, r, (r + r) * reciprocal_rest(r, d));
    return g * (a == RAMP_INFINITY ? K(0.0) : slope);
}

#else

/* g / (1 + |x|)^2 for |x| above STEEP and any g. The square's inverse may be too small for any number though its product with g need not be: 1 + |x| is
 * scaled down first, to at most STEEP, and the square of that scale goes to g. It does so without rounding: where g becomes too small for it, so is dx
 * by far. So the product alone rounds, also to a subnormal number. */
RAMP_FAR_FN real softsign_gradient_far(real a, real g) {
    real once = K(1.0) / RAMP_HALF_SHIFT;
    real scale = a > RAMP_STEEP * RAMP_SHIFT ? once * once * once : a > RAMP_STEEP * RAMP_HALF_SHIFT ? once * once : once;
    real_pair d = two_sum(scale, a * scale), square = inverse_square(d, near_reciprocal(d.hi));
    real slope = square.hi + square.lo;
    slope = a - a == K(0.0) ? slope : a == a ? K(0.0) : a; /* infinity: the limit 0; NaN: NaN */
    return g * scale * scale * slope;
}

#define RAMP_HAS_REST_softsign_gradient 1
RAMP_FN real softsign_gradient(real x, real g, ramp_params p, int quick) {
    (void)p;
    real a = size_of(x);
    real_pair d = two_sum(K(1.0), a), square = inverse_square(d, near_reciprocal(d.hi));
    real dx = g * (square.hi + square.lo);
    RAMP_RETURN_IF(quick, a <= RAMP_STEEP, dx);
    return softsign_gradient_far(a, g);
}

#endif

/* ---- hardtanh: clamp(x, lo, hi), lo and hi may be infinite; source: PyTorch's Hardtanh ---- */

#define RAMP_SELECTS_hardtanh_value    1
#define RAMP_SELECTS_hardtanh_gradient 1
RAMP_FN real hardtanh_value(real x, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    real bounded = x > p.p1 ? p.p1 : x;
    return x <= p.p0 ? p.p0 : bounded;
}

RAMP_FN int hardtanh_mask(real x, ramp_params p) { return !(x <= p.p0 || x >= p.p1); }
RAMP_FN int hardtanh_output_mask(real y, ramp_params p) { return hardtanh_mask(y, p); }
RAMP_SLOPES_1_0(hardtanh)

/* ---- relu: max(x, 0); source: PyTorch's ReLU ---- */

#define RAMP_SELECTS_relu_value    1
#define RAMP_SELECTS_relu_gradient 1
RAMP_FN real relu_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    return x <= K(0.0) ? K(0.0) : x;
}

RAMP_FN int relu_mask(real x, ramp_params p) {
    (void)p;
    return !(x <= K(0.0));
}
RAMP_FN int relu_output_mask(real y, ramp_params p) { return relu_mask(y, p); }
RAMP_SLOPES_1_0(relu)

/* ---- relu6: clamp(x, 0, 6); source: PyTorch's ReLU6 ---- */

#define RAMP_SELECTS_relu6_value    1
#define RAMP_SELECTS_relu6_gradient 1
RAMP_FN real relu6_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real bounded = x > K(6.0) ? K(6.0) : x;
    return x <= K(0.0) ? K(0.0) : bounded;
}

RAMP_FN int relu6_mask(real x, ramp_params p) {
    (void)p;
    return !(x <= K(0.0) || x >= K(6.0));
}
RAMP_FN int relu6_output_mask(real y, ramp_params p) { return relu6_mask(y, p); }
RAMP_SLOPES_1_0(relu6)

/* ---- leaky_relu: x > 0 ? x : slope * x; source: PyTorch's LeakyReLU ---- */

/* Slope 0 has the limit -0 at -infinity, as at every x below 0. */
RAMP_FN real leaky_relu_value(real x, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    real y = p.p0 == K(0.0) && x - x != K(0.0) && x == x ? -p.p0 : p.p0 * x;
    return x > K(0.0) ? x : y;
}

#define RAMP_ASKS_leaky_relu_value 1
RAMP_FN int leaky_relu_value_asks(ramp_params p) { return p.p0 == K(0.0); }

RAMP_FN int leaky_relu_mask(real x, ramp_params p) {
    (void)p;
    return x > K(0.0);
}
RAMP_FN int leaky_relu_output_mask(real y, ramp_params p) { return leaky_relu_mask(y, p); }
RAMP_FN real leaky_relu_slope(int bit, real g, ramp_params p) { return bit ? g : p.p0 == K(0.0) ? K(0.0) : p.p0 * g; }
RAMP_TWO_SLOPES(leaky_relu)

/* ---- threshold: x > threshold ? x : value; source: PyTorch's Threshold ---- */

#define RAMP_SELECTS_threshold_value    1
#define RAMP_SELECTS_threshold_gradient 1
RAMP_FN real threshold_value(real x, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    return x <= p.p0 ? p.p1 : x;
}

RAMP_FN int threshold_mask(real x, ramp_params p) { return !(x <= p.p0); }
RAMP_FN int threshold_output_mask(real y, ramp_params p) { return threshold_mask(y, p); }
RAMP_SLOPES_1_0(threshold)

/* ---- hardshrink: |x| > lambd ? x : 0; source: PyTorch's Hardshrink ---- */

#define RAMP_SELECTS_hardshrink_value    1
#define RAMP_SELECTS_hardshrink_gradient 1
RAMP_FN real hardshrink_value(real x, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    return size_of(x) <= p.p0 ? K(0.0) : x;
}

RAMP_FN int hardshrink_mask(real x, ramp_params p) { return !(size_of(x) <= p.p0); }
RAMP_FN int hardshrink_output_mask(real y, ramp_params p) { return hardshrink_mask(y, p); }
RAMP_SLOPES_1_0(hardshrink)

/* ---- softshrink: x less lambd, towards 0; source: PyTorch's Softshrink ---- */

#define RAMP_SELECTS_softshrink_gradient 1
RAMP_FN real softshrink_value(real x, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    return size_of(x) <= p.p0 ? K(0.0) : x - with_sign_of(p.p0, x);
}

RAMP_FN int softshrink_mask(real x, ramp_params p) { return !(size_of(x) <= p.p0); }
RAMP_FN int softshrink_output_mask(real y, ramp_params p) {
    (void)p;
    return y != K(0.0);
}
RAMP_SLOPES_1_0(softshrink)

/* ---- relu_squared: max(x, 0)^2; source: So et al. 2021 ---- */

RAMP_FN real relu_squared_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    return x <= K(0.0) ? K(0.0) : x * x;
}

/* Twice x is exact unless it overflows, and twice g * x is unless g * x is subnormal, which it is not for a large x. */
RAMP_FN real relu_squared_gradient(real x, real g, ramp_params p, int quick) {
    (void)p, (void)quick;
    real dx = x > RAMP_SHIFT ? g * x * K(2.0) : g * (x * K(2.0));
    return x <= K(0.0) ? K(0.0) : dx;
}

/* ---- hardswish: x * clamp(x + 3, 0, 6) / 6; source: PyTorch's Hardswish ---- */

#if RAMP_STORED_BITS == 16

/* Tried on all inputs. */
#define RAMP_IS_SHORT_hardswish_value_0 1
RAMP_FN real hardswish_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real y = x * (x + K(3.0)) * RAMP_SIXTH;
    return x <= K(-3.0) ? K(-0.0) : x >= K(3.0) ? x : y;
}

#else

/* x (x + 3) / 6 where `under` and `over`, two neighbours, bracket it: the exact sign of x^2 + 3 x - 3 (under + over), its distance from their
 * midpoint, decides. Two-sums over all terms until each holds what those above it cannot: then the highest that is not 0 has the sign. */
RAMP_FAR_FN real hardswish_nearer(real x, real under, real over) {
    real_pair d = two_sum(x, -under), e = two_sum(d.hi, -over);
    real_pair triple = product_of(K(3.0), e.hi), square = product_of(x, x);
    real t0 = triple.hi, t1 = square.hi, t2 = triple.lo, t3 = square.lo, t4 = K(3.0) * e.lo, t5 = K(3.0) * d.lo;
    for (int round = 0; round < 6; round++) {
        real_pair s = two_sum(t4, t5);
        t5 = s.lo;
        s = two_sum(t3, s.hi);
        t4 = s.lo;
        s = two_sum(t2, s.hi);
        t3 = s.lo;
        s = two_sum(t1, s.hi);
        t2 = s.lo;
        s = two_sum(t0, s.hi);
        t1 = s.lo;
        t0 = s.hi;
    }
    real sign = t0 != K(0.0) ? t0 : t1 != K(0.0) ? t1 : t2 != K(0.0) ? t2 : t3 != K(0.0) ? t3 : t4 != K(0.0) ? t4 : t5;
    return nearer(under, over, sign);
}

/* Where x is so small that the square counts for nothing: it is x / 2 and something above it, and so where that lies midway between two subnormal numbers
 * the upper of them. */
RAMP_FN real hardswish_small(real x) {
    real one = x * K(0.5), other = x - one;
    return one > other ? one : other;
}

#define RAMP_HAS_REST_hardswish_value_0 1
RAMP_FN real hardswish_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant;
    int is_small = size_of(x) < (RAMP_BITS == 64 ? K(0x1p-55) : K(0x1p-26));
    real bounded = x > K(3.0) ? K(3.0) : x, within = bounded < K(-3.0) ? K(-3.0) : bounded;
    real c = is_small ? K(1.0) : within; /* 1: some processors take 40 times as long for what is subnormal */
    real_pair s = two_sum_ordered(K(3.0), c), n = product_of(c, s.hi);
    n.lo = real_fma(c, s.lo, n.lo);
    real q = n.hi * RAMP_SIXTH;
    real left = real_fma(K(-6.0), q, n.hi) + n.lo;
    real y = real_fma(left, RAMP_SIXTH * (K(1.0) + RAMP_DOUBT), q);
    real other = real_fma(left, RAMP_SIXTH * (K(1.0) - RAMP_DOUBT), q);
    real small = hardswish_small(x), inner = with_sign_of(is_small ? small : y, x), settled = x > K(3.0) ? x : inner;
    RAMP_RETURN_IF(quick, y == other, settled); /* alike where c is 1 or a knee */
    return y == y ? hardswish_nearer(x, y < other ? y : other, y < other ? other : y) : y;
}

#endif

/* (2 x + 3) / 6, the sum without error: where 2 x is larger than 3 it is less than 6, and the sum less 3 still a number of the type. */
RAMP_FN real hardswish_gradient(real x, real g, ramp_params p, int quick) {
    (void)p, (void)quick;
    real_pair n = two_sum_ordered(K(3.0), K(2.0) * x);
    real slope = real_fma(n.hi, RAMP_SIXTH, real_fma(n.hi, RAMP_SIXTH_LO, n.lo * RAMP_SIXTH));
    real dx = x < K(3.0) ? g * slope : g;
    return x <= K(-3.0) ? K(0.0) : dx;
}
