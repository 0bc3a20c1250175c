/*
 * functions.h: exp, expm1, log1p, tanh and the normal distribution's tail, each to a few bits more than the type has, so that what an op
 * makes of them is rounded once. Include dialect.h, emulation.h and arithmetic.h first.
 *
 * The polynomials come from coefficients.sollya; each states its degree and its error relative to the function that it is a part of.
 */

/* x + ROUNDER has x rounded to a whole number in its lowest bits: for |x| < 2^22 (2^51). */
#if RAMP_BITS == 64
#define RAMP_ROUNDER     0x1.8p52
#define RAMP_MANTISSA    52
#define RAMP_LEAST_POWER -960.0 /* 2^-960 of 1 matters in no sum, and a product with it is still normal */
#define RAMP_FARTHEST    1475.0 /* exp(-FARTHEST) is 0 whatever number multiplies it */
#define RAMP_FAR         1060.0 /* exp(-0.96 FAR) times FAR_SCALE is 0 */
#define RAMP_FAR_SCALE   0x1p200
#define RAMP_FAR_BELOW_1 60.0 /* 1 - exp(-FAR_BELOW_1) is 1 */
#else
#define RAMP_ROUNDER     0x1.8p23f
#define RAMP_MANTISSA    23
#define RAMP_LEAST_POWER -100.0f
#define RAMP_FARTHEST    205.0f
#define RAMP_FAR         131.0f
#define RAMP_FAR_SCALE   0x1p30f
#define RAMP_FAR_BELOW_1 30.0f
#endif

/* Stands for (hi + lo) * 2^n: a number that may be too small for the type. */
typedef struct scaled {
    real hi, lo;   /* hi within 1/8 to 8 in size */
    real exponent; /* ROUNDER + n, as the rounding of n left it: its bits are what a power of two is made of */
} scaled;

/* exp(x) = 1 + x + x^2 exp_rest(x), |x| <= 0.354 */
RAMP_FN real exp_rest(real x) {
#if RAMP_BITS == 64 /* degree 10, error 2^-61.5 */
    real p = K(0x1.1f89e8ba10502p-29);
    p = real_fma(p, x, K(0x1.af55b3b620dd3p-26));
    p = real_fma(p, x, K(0x1.27e4ce2d7558cp-22));
    p = real_fma(p, x, K(0x1.71ddfe91cd099p-19));
    p = real_fma(p, x, K(0x1.a01a01ac1464p-16));
    p = real_fma(p, x, K(0x1.a01a01acf9485p-13));
    p = real_fma(p, x, K(0x1.6c16c16c155dfp-10));
    p = real_fma(p, x, K(0x1.111111110ff32p-7));
    p = real_fma(p, x, K(0x1.5555555555557p-5));
    p = real_fma(p, x, K(0x1.5555555555557p-3));
    p = real_fma(p, x, K(0x1p-1));
#else /* degree 5, error 2^-31.4 */
    real p = K(0x1.a2c23ap-13);
    p = real_fma(p, x, K(0x1.6d3a9ap-10));
    p = real_fma(p, x, K(0x1.110fcap-7));
    p = real_fma(p, x, K(0x1.5554fap-5));
    p = real_fma(p, x, K(0x1.555556p-3));
    p = real_fma(p, x, K(0x1p-1));
#endif
    return p;
}

/* log(1 + x) = x + x^2 log1p_rest(x), 0 <= x <= 1 */
RAMP_FN real log1p_rest(real x) {
#if RAMP_BITS == 64 /* degree 20, error 2^-56.9 */
    real p = K(-0x1.9a06d6fcbcde7p-16);
    p = real_fma(p, x, K(0x1.25ff87594a469p-12));
    p = real_fma(p, x, K(-0x1.904fab7572dcep-10));
    p = real_fma(p, x, K(0x1.5a1e2479a78c9p-8));
    p = real_fma(p, x, K(-0x1.ae12b6e45c614p-7));
    p = real_fma(p, x, K(0x1.9d9699378223bp-6));
    p = real_fma(p, x, K(-0x1.45727b93f3ed9p-5));
    p = real_fma(p, x, K(0x1.b814c101b1f83p-5));
    p = real_fma(p, x, K(-0x1.0bb5ddd15f0cap-4));
    p = real_fma(p, x, K(0x1.3197ddb59f3a2p-4));
    p = real_fma(p, x, K(-0x1.526da57833c5dp-4));
    p = real_fma(p, x, K(0x1.73a8d378b1d03p-4));
    p = real_fma(p, x, K(-0x1.9977a27675fd9p-4));
    p = real_fma(p, x, K(0x1.c717950b79b0ap-4));
    p = real_fma(p, x, K(-0x1.ffff7cadb0246p-4));
    p = real_fma(p, x, K(0x1.2492443f5809bp-3));
    p = real_fma(p, x, K(-0x1.5555551731b9p-3));
    p = real_fma(p, x, K(0x1.99999997bc35bp-3));
    p = real_fma(p, x, K(-0x1.fffffffff8a53p-3));
    p = real_fma(p, x, K(0x1.5555555555503p-2));
    p = real_fma(p, x, K(-0x1p-1));
#else /* degree 9, error 2^-28.0 */
    real p = K(0x1.88c46p-9);
    p = real_fma(p, x, K(-0x1.2828dap-6));
    p = real_fma(p, x, K(0x1.a1ed8p-5));
    p = real_fma(p, x, K(-0x1.7d99d4p-4));
    p = real_fma(p, x, K(0x1.0d21acp-3));
    p = real_fma(p, x, K(-0x1.4ff538p-3));
    p = real_fma(p, x, K(0x1.98e11cp-3));
    p = real_fma(p, x, K(-0x1.fff39cp-3));
    p = real_fma(p, x, K(0x1.55553p-2));
    p = real_fma(p, x, K(-0x1p-1));
#endif
    return p;
}

/* log(1 + exp(u)) = log(2) + u / 2 + x log_cosh_rest(x), x = u^2 <= 1 */
RAMP_FN real log_cosh_rest(real x) {
#if RAMP_BITS == 64 /* degree 9, error 2^-58.9 */
    real p = K(-0x1.021115999c106p-37);
    p = real_fma(p, x, K(0x1.01b812c8f77b5p-33));
    p = real_fma(p, x, K(-0x1.7b3c4eba2b1a9p-30));
    p = real_fma(p, x, K(0x1.0cf10bb671299p-26));
    p = real_fma(p, x, K(-0x1.833c371989d19p-23));
    p = real_fma(p, x, K(0x1.1ea5cdd7a8c4ep-19));
    p = real_fma(p, x, K(-0x1.ba1ba19f0c7bcp-16));
    p = real_fma(p, x, K(0x1.6c16c16bf77e8p-12));
    p = real_fma(p, x, K(-0x1.555555555548dp-8));
    p = real_fma(p, x, K(0x1p-3));
#else /* degree 4, error 2^-31.1 */
    real p = K(0x1.d636fp-20);
    p = real_fma(p, x, K(-0x1.b4f1d2p-16));
    p = real_fma(p, x, K(0x1.6bfc0ep-12));
    p = real_fma(p, x, K(-0x1.55552ap-8));
    p = real_fma(p, x, K(0x1p-3));
#endif
    return p;
}

/* u - tanh(u) = u^3 (1/3 + x tanh_rest(x)), x = u^2 <= 1 */
RAMP_FN real tanh_rest(real x) {
#if RAMP_BITS == 64 /* degree 15, error 2^-57.0 */
    real p = K(0x1.631c043d29666p-27);
    p = real_fma(p, x, K(-0x1.ced8bfd02fa5ep-24));
    p = real_fma(p, x, K(0x1.2dfdf0806b27ep-21));
    p = real_fma(p, x, K(-0x1.1044f320f37edp-19));
    p = real_fma(p, x, K(0x1.8de46443211d4p-18));
    p = real_fma(p, x, K(-0x1.052d80c457062p-16));
    p = real_fma(p, x, K(0x1.47ffeb2e5ad2dp-15));
    p = real_fma(p, x, K(-0x1.963621106989bp-14));
    p = real_fma(p, x, K(0x1.f5737bcf3e9d7p-13));
    p = real_fma(p, x, K(-0x1.3557a50f96d65p-11));
    p = real_fma(p, x, K(0x1.7da35b7e01867p-10));
    p = real_fma(p, x, K(-0x1.d6d3d07a10e08p-9));
    p = real_fma(p, x, K(0x1.226e355cfd7d2p-7));
    p = real_fma(p, x, K(-0x1.664f4882bbb19p-6));
    p = real_fma(p, x, K(0x1.ba1ba1ba1b99bp-5));
    p = real_fma(p, x, K(-0x1.1111111111111p-3));
#else /* degree 7, error 2^-30.3 */
    real p = K(0x1.a807eap-15);
    p = real_fma(p, x, K(-0x1.6b7d96p-12));
    p = real_fma(p, x, K(0x1.49c27p-10));
    p = real_fma(p, x, K(-0x1.c9d41p-9));
    p = real_fma(p, x, K(0x1.217704p-7));
    p = real_fma(p, x, K(-0x1.663b38p-6));
    p = real_fma(p, x, K(0x1.ba1ae2p-5));
    p = real_fma(p, x, K(-0x1.11111p-3));
#endif
    return p;
}

/* (a + TAIL_POLE) exp(a^2 / 2) Phi(-a) = TAIL_AT_MIDDLE + x tail_inner(x), x = m - TAIL_MIDDLE, m = a / (a + TAIL_POLE), where Phi is the normal distribution
 * and 0 <= a <= 40 (f32: 14.5). In its middle it is nearly a number of the type. */
#if RAMP_BITS == 64
#define RAMP_TAIL_POLE      3.0
#define RAMP_TAIL_MIDDLE    0x1.b9p-2
#define RAMP_TAIL_AT_MIDDLE 0x1.9bc7cd41f38fp-1
#else
#define RAMP_TAIL_POLE      1.5f
#define RAMP_TAIL_MIDDLE    0x1.09p-1f
#define RAMP_TAIL_AT_MIDDLE 0x1.388806p-1f
#endif
RAMP_FN real tail_inner(real x) {
#if RAMP_BITS == 64 /* degree 26, error 2^-59.9 */
    real p = K(0x1.a49e17432eda7p-5);
    p = real_fma(p, x, K(-0x1.1bca0ba51ba7fp-6));
    p = real_fma(p, x, K(-0x1.76d26eb1df7e5p-4));
    p = real_fma(p, x, K(-0x1.2a8bc3b656055p-10));
    p = real_fma(p, x, K(0x1.283b4ffea161dp-4));
    p = real_fma(p, x, K(0x1.415d92ee24d19p-5));
    p = real_fma(p, x, K(-0x1.91371cab674fbp-7));
    p = real_fma(p, x, K(-0x1.4a66dbadb5f28p-5));
    p = real_fma(p, x, K(-0x1.30ea3ae621088p-5));
    p = real_fma(p, x, K(0x1.bb54d7fcf51e5p-21));
    p = real_fma(p, x, K(0x1.4f49d13384eap-5));
    p = real_fma(p, x, K(0x1.58639c3631e54p-5));
    p = real_fma(p, x, K(-0x1.1edf0adf61c17p-8));
    p = real_fma(p, x, K(-0x1.b0571ea5434fdp-5));
    p = real_fma(p, x, K(-0x1.62599d397ce49p-5));
    p = real_fma(p, x, K(0x1.c3dfb350c978bp-6));
    p = real_fma(p, x, K(0x1.40aaf9d3a4ee5p-4));
    p = real_fma(p, x, K(0x1.605f24e69191cp-6));
    p = real_fma(p, x, K(-0x1.8d208053ebcefp-4));
    p = real_fma(p, x, K(-0x1.64b3d7c44011bp-4));
    p = real_fma(p, x, K(0x1.ebdfeb7298d04p-4));
    p = real_fma(p, x, K(0x1.7829316a7ff46p-3));
    p = real_fma(p, x, K(-0x1.e899b33944f4cp-3));
    p = real_fma(p, x, K(-0x1.49345a8d6cb32p-2));
    p = real_fma(p, x, K(0x1.fc814f3ac7affp-1));
    p = real_fma(p, x, K(-0x1.26c5e00ebc23p0));
#else /* degree 11, error 2^-26.6 */
    real p = K(0x1.3389d6p-2);
    p = real_fma(p, x, K(0x1.0ed50ap-1));
    p = real_fma(p, x, K(0x1.c41182p-3));
    p = real_fma(p, x, K(-0x1.e3b8cap-3));
    p = real_fma(p, x, K(-0x1.884d08p-2));
    p = real_fma(p, x, K(-0x1.9c16cep-3));
    p = real_fma(p, x, K(0x1.bdf654p-4));
    p = real_fma(p, x, K(0x1.2bba78p-2));
    p = real_fma(p, x, K(0x1.4ea152p-3));
    p = real_fma(p, x, K(-0x1.c674c4p-3));
    p = real_fma(p, x, K(-0x1.97b36ap-2));
#endif
    return p;
}

/* The derivative of m (TAIL_AT_MIDDLE + x tail_inner(x)) by m, to 7 % of what m is multiplied by there. */
RAMP_FN real tail_steepness(real m) {
#if RAMP_BITS == 64
    real p = K(-0x1.77p0);
    p = real_fma(p, m, K(0x1.15p2));
    p = real_fma(p, m, K(-0x1.17p2));
    p = real_fma(p, m, K(0x1.81p0));
#else
    real p = K(-0x1.9fp-1);
    p = real_fma(p, m, K(0x1.99p-1));
#endif
    return p;
}

/* Phi(-a) - a Phi'(a) is exp(-a^2 / 2) (SLOPE_ROOT - a) (SLOPE_AT_0 + x slope_inner(x)), x = a / (a + SLOPE_POLE), 0 <= a <= 54.3 (f32: 20.2). */
#if RAMP_BITS == 64
#define RAMP_SLOPE_POLE    3.0
#define RAMP_SLOPE_ROOT    0x1.80ead197f00b4p-1
#define RAMP_SLOPE_ROOT_LO -0x1.13e74c58cada8p-56
#define RAMP_SLOPE_AT_0    0x1.54851a5cc1ec8p-1
#else
#define RAMP_SLOPE_POLE    2.5f
#define RAMP_SLOPE_ROOT    0x1.80ead2p-1f
#define RAMP_SLOPE_ROOT_LO -0x1.a03fd4p-27f
#define RAMP_SLOPE_AT_0    0x1.54851ap-1f
#endif
RAMP_FN real slope_inner(real x) {
#if RAMP_BITS == 64 /* degree 22, error 2^-54.4 */
    real p = K(-0x1.0650fc9ee91aep-9);
    p = real_fma(p, x, K(0x1.47235feb88c89p-6));
    p = real_fma(p, x, K(-0x1.7586afb6fb8e3p-4));
    p = real_fma(p, x, K(0x1.03cc7ecc05c66p-2));
    p = real_fma(p, x, K(-0x1.eefba6eafcd08p-2));
    p = real_fma(p, x, K(0x1.583f44d67e605p-1));
    p = real_fma(p, x, K(-0x1.6b3015a10d569p-1));
    p = real_fma(p, x, K(0x1.294be43fabae4p-1));
    p = real_fma(p, x, K(-0x1.7f616b70a802fp-2));
    p = real_fma(p, x, K(0x1.891532bf34342p-3));
    p = real_fma(p, x, K(-0x1.3d8aeda351609p-4));
    p = real_fma(p, x, K(0x1.a13313e820f55p-6));
    p = real_fma(p, x, K(-0x1.e8c9a41ff40aap-8));
    p = real_fma(p, x, K(-0x1.37d61a7b2e919p-10));
    p = real_fma(p, x, K(-0x1.d7f8b27dc9085p-10));
    p = real_fma(p, x, K(0x1.4737435b5c247p-8));
    p = real_fma(p, x, K(0x1.b8717e9193daep-7));
    p = real_fma(p, x, K(0x1.4b1b67e1e200cp-10));
    p = real_fma(p, x, K(-0x1.b9990bdd9dfa8p-5));
    p = real_fma(p, x, K(-0x1.77b3c7ccbcdebp-5));
    p = real_fma(p, x, K(0x1.64748c18b7979p-2));
    p = real_fma(p, x, K(-0x1.0f56f669d6cb3p-1));
#else /* degree 9, error 2^-25.9 */
    real p = K(-0x1.4d75f6p-8);
    p = real_fma(p, x, K(0x1.4d8b1cp-7));
    p = real_fma(p, x, K(0x1.eff6e8p-9));
    p = real_fma(p, x, K(-0x1.0108dcp-7));
    p = real_fma(p, x, K(-0x1.ab35ccp-7));
    p = real_fma(p, x, K(-0x1.7342f8p-6));
    p = real_fma(p, x, K(0x1.588c02p-5));
    p = real_fma(p, x, K(0x1.584684p-3));
    p = real_fma(p, x, K(-0x1.c43b5p-2));
#endif
    return p;
}

/* ---- Powers of two ---- */

/* base * 2^n, base a power of two, where that is normal. */
RAMP_FN real raised(real base, real exponent) { return as_real((as_bits(exponent) << RAMP_MANTISSA) + as_bits(base)); }

/* v * 2^n, log2(exp(-FAR)) <= n <= 0, v up to FAR_SCALE: only the last product rounds. */
RAMP_FN real scale_down(real v, real exponent) { return v * raised(RAMP_SHIFT, exponent) * (K(1.0) / RAMP_SHIFT); }

/* g * m * 2^n, n <= 0, m within 2^-10 to 2^10 in size or 0, for any g: rounded as g times a number m * 2^n without limits would be. While that is a
 * normal number it is made first; what is left of the power brings g down before, half of it at a time, which rounds only where the result is 0. */
RAMP_FN real scaled_product(real g, real m, real exponent) {
    real beyond = exponent - (RAMP_ROUNDER + RAMP_LEAST_POWER);
    real halved = real_fma(beyond < K(0.0) ? beyond : K(0.0), K(0.5), RAMP_ROUNDER);
    real down = raised(K(1.0), halved);
    return g * down * down * (m * raised(K(1.0), real_fma(K(-2.0), halved - RAMP_ROUNDER, exponent)));
}

/* v as a number of one binade, 1 <= |hi| < 2 or 0, and a power of two; v is finite. */
RAMP_FN scaled scaled_of(real v) {
    real size = size_of(v);
    int tiny = size < K(1.0) / RAMP_NEAR;
    bits u = as_bits(tiny ? v * RAMP_SHIFT : v), fraction = ((bits)1 << RAMP_MANTISSA) - 1;
    real biased = (real)(int)((u & ~RAMP_SIGN_BIT) >> RAMP_MANTISSA);
    scaled s;
    s.hi = size == K(0.0) ? v : as_real((u & (fraction | RAMP_SIGN_BIT)) | as_bits(K(1.0)));
    s.lo = K(0.0);
    s.exponent =
        biased - (RAMP_BITS == 64 ? K(1023.0) : K(127.0)) - (tiny ? (RAMP_BITS == 64 ? K(512.0) : K(64.0)) : K(0.0)) + RAMP_ROUNDER;
    return s;
}

/* scaled_product for any n below 128 (1024) and m from 1/2 to 8: a power above 1 lifts g first, m being at least 1 then, so that it overflows only
 * if the result does. */
RAMP_FN real lifted_product(real g, real m, real n) {
    real least = RAMP_BITS == 64 ? K(-2150.0) : K(-300.0); /* 0 whatever g is */
    real down = n - K(1.0);
    real lift = raised(K(1.0), (down > K(0.0) ? down : K(0.0)) + RAMP_ROUNDER);
    down = down > K(0.0) ? K(0.0) : down;
    return scaled_product(g * lift, m * K(2.0), (down < least ? least : down) + RAMP_ROUNDER);
}

/* ---- exp and expm1, of what is not above 0 ---- */

/* Where a is below -farthest it becomes that, FARTHEST or FAR: exp is 0 there to all that it is multiplied by. */
RAMP_FN real_pair exponent_within(real_pair a, real farthest) {
    real_pair c;
    c.hi = a.hi < -farthest ? -farthest : a.hi;
    c.lo = a.hi < -farthest ? K(0.0) : a.lo;
    return c;
}

/* a = n * log(2) + r, r as a pair. LN2_HI has so few bits that its products are exact. */
#if RAMP_BITS == 64
#define RAMP_LOG2E  0x1.71547652b82fep0
#define RAMP_LN2_HI 0x1.62e42fefa4p-1
#define RAMP_LN2_LO -0x1.8432a1b0e2634p-43
#else
#define RAMP_LOG2E  0x1.715476p0f
#define RAMP_LN2_HI 0x1.62e4p-1f
#define RAMP_LN2_LO 0x1.7f7d1cp-20f
#endif

/* exp(a) = (1 + s) * 2^n, -FARTHEST <= a <= 0: s as a pair, relative to its own size. */
RAMP_FN scaled exp_less_one_of(real_pair a) {
    scaled s;
    s.exponent = real_fma(a.hi, RAMP_LOG2E, RAMP_ROUNDER);
    real n = s.exponent - RAMP_ROUNDER;
    real high = real_fma(-n, RAMP_LN2_HI, a.hi);
    real low = real_fma(-n, RAMP_LN2_LO, a.lo);
    real_pair r = two_sum_ordered(high, low);
    real rest = real_fma(r.hi * r.hi, exp_rest(r.hi), real_fma(r.hi, r.lo, r.lo));
    s.hi = r.hi + rest;
    s.lo = rest - (s.hi - r.hi);
    return s;
}

RAMP_FN scaled exp_of(real_pair a) {
    scaled s = exp_less_one_of(a);
    real_pair e = two_sum_ordered(K(1.0), s.hi);
    scaled result = {e.hi, e.lo + s.lo, s.exponent};
    return result;
}

/* The same as a pair, for sums: what is below LEAST_POWER does not matter there. */
RAMP_FN real power_of_scaled(scaled s) {
    const real least = RAMP_ROUNDER + RAMP_LEAST_POWER;
    return raised(K(1.0), s.exponent < least ? least : s.exponent);
}

RAMP_FN real_pair pair_of_scaled(scaled s) {
    real power = power_of_scaled(s);
    return pair_of(s.hi * power, s.lo * power);
}

/* The same of n >= log2(exp(-FAR)). */
RAMP_FN real_pair pair_of_near(scaled s) {
    real power = scale_down(K(1.0), s.exponent);
    return pair_of(s.hi * power, s.lo * power);
}

/* exp(a) - 1, a <= 0. */
RAMP_FN real_pair expm1_of(real_pair a) {
    scaled s = exp_less_one_of(exponent_within(a, RAMP_FAR_BELOW_1));
    real power_of_s = raised(K(1.0), s.exponent);
    real_pair small = pair_of(s.hi * power_of_s, s.lo * power_of_s);
    real_pair power = two_sum_ordered(K(-1.0), power_of_s);
    real_pair sum = two_sum(power.hi, small.hi);
    sum.lo += small.lo + power.lo;
    return sum;
}

#if RAMP_BITS == 64
#define RAMP_LN2      0x1.62e42fefa39efp-1
#define RAMP_LN2_REST 0x1.abc9e3b39803fp-56
#else
#define RAMP_LN2      0x1.62e43p-1f
#define RAMP_LN2_REST -0x1.05c61p-29f
#endif

/* exp(r + low) as a pair, low at most 2^-17 in size: then its square is nothing. */
RAMP_FN real_pair exp_of_rest(real r, real low) {
    real square = r * r, rest = exp_rest(r);
    real_pair e;
    e.hi = K(1.0) + real_fma(square, rest, r);
    e.lo = real_fma(low, e.hi, real_fma(square, rest, r - (e.hi - K(1.0))));
    return e;
}

/* exp(a) = (hi + lo) * 2^-n where it is `rising`, a constant, and exp(-a) = (hi + lo) * 2^n where not; n <= 0, for 0 <= a <= FARTHEST; lo is up to 2^-17.
 * Fewer steps than exp_of's: a + n * LN2 is exact with all of LN2's bits. */
RAMP_FN scaled exp_of_size(real_pair a, int rising) {
    real exponent = real_fma(a.hi, -RAMP_LOG2E, RAMP_ROUNDER), n = exponent - RAMP_ROUNDER;
    real r = real_fma(n, RAMP_LN2, a.hi), low = real_fma(n, RAMP_LN2_REST, a.lo);
    real_pair e = rising ? exp_of_rest(r, low) : exp_of_rest(-r, -low);
    scaled s = {e.hi, e.lo, exponent};
    return s;
}

/* ---- log1p ---- */

/* log(1 + e) / e * m for e = m * 2^n in 0 .. 1: so the same exponent belongs to the result; t is e, rounded. What that lost has the slope 1 / (1 + t),
 * of which a few bits are enough. */
RAMP_FN real_pair log1p_mantissa(scaled e, real t) {
    real lost = e.lo * real_fma(t, K(-0.47), K(0.97));
    return two_sum_ordered(e.hi, real_fma(e.hi * t, log1p_rest(t), lost));
}

/* log(1 + exp(u)), |u| <= 1: in a form whose errors vanish with u, as its steps do, so that the rounded result never falls. */
RAMP_FN real_pair log1p_exp_near(real u) {
    real square = u * u, rest = log_cosh_rest(square);
    real_pair even;
    even.hi = real_fma(square, rest, RAMP_LN2);
    even.lo = real_fma(square, rest, RAMP_LN2 - even.hi) + RAMP_LN2_REST;
    real_pair sum = two_sum_ordered(even.hi, K(0.5) * u);
    sum.lo += even.lo;
    return sum;
}

/* The same of a pair: a step of u.lo along the slope, which is 1 / (1 + exp(-u)). Half of u.lo would not do: the slope is 0.27 at -1, and what is left
 * out then is a third of the result's ulp. */
RAMP_FN real_pair log1p_exp_near_pair(real_pair u) {
    real_pair log = log1p_exp_near(u.hi);
    log.lo = real_fma(u.lo, real_fma(u.hi, K(0.235), K(0.5)), log.lo);
    return log;
}
