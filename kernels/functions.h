/*
 * functions.h: exp, expm1, log1p, tanh and the normal distribution's tail, each to a few bits more than the type has, so that what an op
 * makes of them is rounded once; and x times a sigmoid, which several ops are. Include dialect.h, emulation.h and arithmetic.h first.
 *
 * The polynomials come from coefficients.sollya; each states its degree and its error relative to the function that it is a part of.
 */

/* x + ROUNDER has x rounded to a whole number in its lowest bits: for |x| < 2^22 (2^51). */
#if RAMP_BITS == 64
#define RAMP_ROUNDER     0x1.8p52
#define RAMP_MANTISSA    52
#define RAMP_LEAST_POWER -960.0 /* 2^-960 of 1 matters in no sum, and a product with it is still normal */
#define RAMP_FARTHEST    1475.0 /* exp(-FARTHEST) is 0 whatever number multiplies it */
#define RAMP_MODEST      665.0  /* exp(-MODEST) is above 2^LEAST_POWER */
#define RAMP_FAR         1060.0 /* exp(-0.96 FAR) times FAR_SCALE is 0 */
#define RAMP_FAR_SCALE   0x1p200
#define RAMP_FAR_BELOW_1 60.0 /* 1 - exp(-FAR_BELOW_1) is 1 */
#define RAMP_EXPM1_FAR   39.0 /* exp(-EXPM1_FAR) - 1 rounds to -1, and the square of tanh(EXPM1_FAR / 2) to 1 */
#else
#define RAMP_ROUNDER     0x1.8p23f
#define RAMP_MANTISSA    23
#define RAMP_LEAST_POWER -100.0f
#define RAMP_FARTHEST    205.0f
#define RAMP_MODEST      69.0f
#define RAMP_FAR         131.0f
#define RAMP_FAR_SCALE   0x1p30f
#define RAMP_FAR_BELOW_1 30.0f
#define RAMP_EXPM1_FAR   18.875f
#endif

/* The same of an x and a dy of the op's type: for gradients. f16's times exp(-SLOPE_FARTHEST) is 0 in f16, and times 2^20 too. */
#if defined(RAMP_DTYPE_F16)
#define RAMP_SLOPE_FARTHEST 56.0f
#else
#define RAMP_SLOPE_FARTHEST RAMP_FARTHEST
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

/* log(1 + x) = x + x^2 log1p_rest(x), -1/4 <= x <= 1/2 */
RAMP_FN real log1p_rest(real x) {
#if RAMP_BITS == 64 /* degree 20, error 2^-57.5 */
    real p = K(-0x1.040a91e763d74p-7);
    p = real_fma(p, x, K(0x1.d4ae44710457p-6));
    p = real_fma(p, x, K(-0x1.9034f057df86bp-5));
    p = real_fma(p, x, K(0x1.d1d865eee98f9p-5));
    p = real_fma(p, x, K(-0x1.d6911d8e27d6ap-5));
    p = real_fma(p, x, K(0x1.e146b2f27fc5fp-5));
    p = real_fma(p, x, K(-0x1.fe06cce11f6e2p-5));
    p = real_fma(p, x, K(0x1.10eabdbc11ef1p-4));
    p = real_fma(p, x, K(-0x1.249fd27c03a4p-4));
    p = real_fma(p, x, K(0x1.3b177ecbe82b7p-4));
    p = real_fma(p, x, K(-0x1.5555049dcd14p-4));
    p = real_fma(p, x, K(0x1.745ced243b19bp-4));
    p = real_fma(p, x, K(-0x1.999999d3cf455p-4));
    p = real_fma(p, x, K(0x1.c71c72be1ea67p-4));
    p = real_fma(p, x, K(-0x1.00000002dac8cp-3));
    p = real_fma(p, x, K(0x1.249249231577bp-3));
    p = real_fma(p, x, K(-0x1.555555554ab83p-3));
    p = real_fma(p, x, K(0x1.999999999bb5fp-3));
    p = real_fma(p, x, K(-0x1.000000000004dp-2));
    p = real_fma(p, x, K(0x1.555555555554ep-2));
    p = real_fma(p, x, K(-0x1p-1));
#else /* degree 9, error 2^-28.5 */
    real p = K(0x1.5924d6p-5);
    p = real_fma(p, x, K(-0x1.8833cap-4));
    p = real_fma(p, x, K(0x1.e1a294p-4));
    p = real_fma(p, x, K(-0x1.03532ap-3));
    p = real_fma(p, x, K(0x1.2414a2p-3));
    p = real_fma(p, x, K(-0x1.552a58p-3));
    p = real_fma(p, x, K(0x1.999b3ep-3));
    p = real_fma(p, x, K(-0x1.00004ap-2));
    p = real_fma(p, x, K(0x1.555554p-2));
    p = real_fma(p, x, K(-0x1p-1));
#endif
    return p;
}

/* u - tanh(u) = u^3 (TANH_AT_MIDDLE + x tanh_inner(x)), x = u^2 - TANH_MIDDLE, 0 <= u <= TANH_NEAR. In its middle it is nearly a number of the type. */
#define RAMP_TANH_NEAR K(1.390625)
#if RAMP_BITS == 64
#define RAMP_TANH_MIDDLE    0x1.b9p-1
#define RAMP_TANH_AT_MIDDLE 0x1.fc401712b2b5cp-3
#else
#define RAMP_TANH_MIDDLE    0x1.b5p-1f
#define RAMP_TANH_AT_MIDDLE 0x1.fd6d2ap-3f
#endif
RAMP_FN real tanh_inner(real x) {
#if RAMP_BITS == 64 /* degree 20, error 2^-57.1 */
    real p = K(0x1.e208e6b801d2cp-38);
    p = real_fma(p, x, K(-0x1.51515117292e7p-35));
    p = real_fma(p, x, K(0x1.e7997becb8bdap-34));
    p = real_fma(p, x, K(-0x1.566930902fe76p-32));
    p = real_fma(p, x, K(0x1.1f5a4d356c1d1p-30));
    p = real_fma(p, x, K(-0x1.eac360e2bc0d7p-29));
    p = real_fma(p, x, K(0x1.98d9f55bd52fp-27));
    p = real_fma(p, x, K(-0x1.538dcee02586ep-25));
    p = real_fma(p, x, K(0x1.1a861b61cad35p-23));
    p = real_fma(p, x, K(-0x1.d644a9ffaef9p-22));
    p = real_fma(p, x, K(0x1.875a49c6b4ce1p-20));
    p = real_fma(p, x, K(-0x1.45ad041259b1cp-18));
    p = real_fma(p, x, K(0x1.0f058716fb252p-16));
    p = real_fma(p, x, K(-0x1.c3142ae740f51p-15));
    p = real_fma(p, x, K(0x1.77613c638a025p-13));
    p = real_fma(p, x, K(-0x1.38627cf22d74ep-11));
    p = real_fma(p, x, K(0x1.03f66c143f31ap-9));
    p = real_fma(p, x, K(-0x1.b0b0c4d199166p-8));
    p = real_fma(p, x, K(0x1.682eb677e5ffp-6));
    p = real_fma(p, x, K(-0x1.2c5e692cb8a47p-4));
#else /* degree 10, error 2^-28.9 */
    real p = K(0x1.67363cp-20);
    p = real_fma(p, x, K(-0x1.8ff122p-18));
    p = real_fma(p, x, K(0x1.1f8548p-16));
    p = real_fma(p, x, K(-0x1.c55744p-15));
    p = real_fma(p, x, K(0x1.7c9308p-13));
    p = real_fma(p, x, K(-0x1.3cf488p-11));
    p = real_fma(p, x, K(0x1.070d84p-9));
    p = real_fma(p, x, K(-0x1.b4c614p-8));
    p = real_fma(p, x, K(0x1.6abac2p-6));
    p = real_fma(p, x, K(-0x1.2dc7dep-4));
#endif
    return p;
}

#if RAMP_BITS == 64

/* (a + TAIL_POLE) exp(a^2 / 2) Phi(-a) = TAIL_AT_MIDDLE + x tail_inner(x), x = m - TAIL_MIDDLE, m = a / (a + TAIL_POLE), where Phi is the normal distribution
 * and 0 <= a <= 40. In its middle it is nearly a number of the type. */
#define RAMP_TAIL_POLE      3.0
#define RAMP_TAIL_MIDDLE    0x1.b9p-2
#define RAMP_TAIL_AT_MIDDLE 0x1.9bc7cd41f38fp-1
RAMP_FN real tail_inner(real x) {
    /* degree 26, error 2^-59.9 */
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
    return p;
}

/* The derivative of m (TAIL_AT_MIDDLE + x tail_inner(x)) by m, to 7 % of what m is multiplied by there. */
RAMP_FN real tail_steepness(real m) {
    real p = K(-0x1.77p0);
    p = real_fma(p, m, K(0x1.15p2));
    p = real_fma(p, m, K(-0x1.17p2));
    p = real_fma(p, m, K(0x1.81p0));
    return p;
}

#endif

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

/* exponent, but at least `least`, both ROUNDER + n: numbers of one binade are in the order of their bits, and loops of float have one instruction for that. Not
 * NaN. */
RAMP_FN real exponent_at_least(real exponent, real least) {
#if RAMP_BITS == 64
    return exponent < least ? least : exponent;
#else
    int n = (int)as_bits(exponent), m = (int)as_bits(least);
    return as_real((bits)(n < m ? m : n));
#endif
}

/* v * 2^n, log2(exp(-FAR)) <= n <= 0, v up to FAR_SCALE: only the last product rounds. */
RAMP_FN real scale_down(real v, real exponent) { return v * raised(RAMP_SHIFT, exponent) * (K(1.0) / RAMP_SHIFT); }

/* g * m * 2^n, n <= 0, m within 2^-10 to 2^10 in size or 0, for any g: rounded as g times a number m * 2^n without limits would be. While that is a
 * normal number it is made first; what is left of the power brings g down before, half of it at a time, which rounds only where the result is 0. */
RAMP_FN real scaled_product(real g, real m, real exponent) {
    real beyond = exponent - (RAMP_ROUNDER + RAMP_LEAST_POWER);
    real halved = real_fma(beyond < K(0.0) ? beyond : K(0.0), K(0.5), RAMP_ROUNDER);
    real down = raised(K(1.0), halved);
    bits left = as_bits(exponent) - 2 * as_bits(halved); /* as raised() has it: of ROUNDER's own bits none is low */
    return g * down * down * (m * as_real((left << RAMP_MANTISSA) + as_bits(K(1.0))));
}

/* The same for a dy and the power of a number within SLOPE_FARTHEST: of f16's m * 2^n is a normal number then. */
RAMP_FN real slope_product(real g, real m, real exponent) {
#if defined(RAMP_DTYPE_F16)
    return g * (m * raised(K(1.0), exponent));
#else
    return scaled_product(g, m, exponent);
#endif
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

/* ---- exp and expm1 of -a, where a is a size; or below 0, where it is small or nobody uses the result ---- */

#if RAMP_BITS == 64
#define RAMP_LOG2E    0x1.71547652b82fep0
#define RAMP_LN2      0x1.62e42fefa39efp-1
#define RAMP_LN2_REST 0x1.abc9e3b39803fp-56
#else
#define RAMP_LOG2E    0x1.715476p0f
#define RAMP_LN2      0x1.62e43p-1f
#define RAMP_LN2_REST -0x1.05c61p-29f
#endif

/* a, but at most `most`, where exp(-a) is nothing to what it is multiplied by or added to. */
RAMP_FN real_pair size_within(real_pair a, real most) {
    int is_more = a.hi > most;
    return pair_of(is_more ? most : a.hi, is_more ? K(0.0) : a.lo);
}

/* ROUNDER + n, n the whole number for which a + n * log(2) is nearest to 0. */
RAMP_FN real exponent_of_size(real_pair a) { return real_fma(a.hi, -RAMP_LOG2E, RAMP_ROUNDER); }

/* a + n * log(2) = hi + lo, hi up to half of log(2) and lo to 2^-17: a + n * LN2 is exact with all of LN2's bits. */
RAMP_FN scaled reduced_size(real_pair a, real exponent) {
    real n = exponent - RAMP_ROUNDER;
    scaled s = {real_fma(n, RAMP_LN2, a.hi), real_fma(n, RAMP_LN2_REST, a.lo), exponent};
    return s;
}

/* exp(r + low) as a pair, low at most 2^-17 in size: then its square is nothing. */
RAMP_FN real_pair exp_of_rest(real r, real low) {
    real square = r * r, rest = exp_rest(r);
    real_pair e;
    e.hi = K(1.0) + real_fma(square, rest, r);
    e.lo = real_fma(low, e.hi, real_fma(square, rest, r - (e.hi - K(1.0))));
    return e;
}

/* exp(a) = (hi + lo) * 2^-n where it is `rising`, a constant, and exp(-a) = (hi + lo) * 2^n where not, a <= FARTHEST; lo is up to 2^-17. */
RAMP_FN scaled exp_of_size(real_pair a, int rising) {
    scaled s = reduced_size(a, exponent_of_size(a));
    real_pair e = rising ? exp_of_rest(s.hi, s.lo) : exp_of_rest(-s.hi, -s.lo);
    s.hi = e.hi;
    s.lo = e.lo;
    return s;
}

/* 2^n for sums: what is below LEAST_POWER does not matter there. */
RAMP_FN real power_of_scaled(scaled s) { return raised(K(1.0), exponent_at_least(s.exponent, RAMP_ROUNDER + RAMP_LEAST_POWER)); }

/* a + (s.hi + s.lo) * power, a at least the product in size. */
RAMP_FN real_pair sum_with_scaled(real a, scaled s, real power) {
    real_pair sum = sum_with_product(a, s.hi, power);
    sum.lo = real_fma(s.lo, power, sum.lo);
    return sum;
}

/* exp(-a) = (1 + s) * 2^n, s a pair that is relative to its own size. n ends at -MANTISSA, so that 2^-n - 1 and 2^-n + 1 are exact: from there to EXPM1_FAR s
 * goes on to -1, and is less exact, as it matters less. */
RAMP_FN scaled exp_less_one_of_size(real_pair a) {
    const real least = RAMP_ROUNDER - RAMP_MANTISSA;
    real_pair size = size_within(a, RAMP_EXPM1_FAR);
    real nearest = exponent_of_size(size);
    scaled s = reduced_size(size, exponent_at_least(nearest, least));
    real r = -s.hi, rest = real_fma(r * r, exp_rest(r), real_fma(s.lo, s.hi, -s.lo));
    s.hi = r + rest;
    s.lo = rest - (s.hi - r);
    return s;
}

/* 2^-n */
RAMP_FN real power_below(scaled s) { return as_real(as_bits(K(1.0)) - (as_bits(s.exponent) << RAMP_MANTISSA)); }

/* whole - s, where whole is 0, or 1 at least. */
RAMP_FN real_pair less_scaled(real whole, scaled s) {
    real_pair d = two_sum_ordered(whole, -s.hi);
    d.lo -= s.lo;
    return d;
}

/* exp(-a) - 1 of what exp_less_one_of_size(a) gives. */
RAMP_FN real_pair expm1_of_scaled(scaled s) {
    real up = power_below(s), down = raised(K(-1.0), s.exponent);
    real_pair d = less_scaled(up - K(1.0), s);
    return pair_of(d.hi * down, d.lo * down);
}

/* ---- log1p ---- */

/* log(1 + v) / unit for v = (e.hi * up - away) * unit within log1p_rest's range, up and unit powers of two: e.lo adds its share along the slope, of which a
 * few bits are enough. `away` is 0, or half of 1 / unit and so near e.hi * up that their difference is exact. */
RAMP_FN real_pair log1p_of(scaled e, real up, real away, real unit) {
    real top = real_fma(e.hi, up, -away), v = top * unit, inner = v * log1p_rest(v);
    return pair_of(top, real_fma(top, inner, e.lo * up * real_fma(K(2.0), inner, K(1.0))));
}

/* ---- Functions in two halves, the first of which is an exp ---- */

/* A function that begins with an exp is RAMP_VALUE_BY_EXP(<op>) or RAMP_GRADIENT_BY_EXP(<op>), made of
 *   scaled <op>_value_exp(real x, ramp_params p, int variant), <op>_gradient_exp(real x, ramp_params p, int quick)
 *   real <op>_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick)
 *   real <op>_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick)
 * The whole is one chain of operations, each of which waits for the one before: a CPU, which looks only so far ahead, is faster at one half for many elements and
 * then the other (src/cpu/loops.c). RAMP_HAS_EXP_<op>_value or RAMP_HAS_EXP_<op>_gradient is 1 where it is. What is cheap is computed in both: on a GPU, where
 * the halves are one function, the compiler finds it once. */
#define RAMP_VALUE_BY_EXP(op)                                                                                                              \
    RAMP_FN real op##_value(real x, ramp_params p, int variant, int quick) {                                                               \
        return op##_value_of_exp(x, op##_value_exp(x, p, variant), p, variant, quick);                                                     \
    }
#define RAMP_GRADIENT_BY_EXP(op)                                                                                                           \
    RAMP_FN real op##_gradient(real x, real g, ramp_params p, int quick) {                                                                 \
        return op##_gradient_of_exp(x, g, op##_gradient_exp(x, p, quick), p, quick);                                                       \
    }

/* ---- Sigmoids ---- */

/* x, but at most `bound` in size. NaN stays. */
RAMP_FN real within(real x, real bound) { return size_of(x) > bound ? with_sign_of(bound, x) : x; }

/* 1 / (1 + exp(-u)) is n / d * 2^exponent: for u < 0 exp(u) / (1 + exp(u)), so that it keeps its precision where it is small. */
typedef struct sigmoid_terms {
    real_pair n, d;
    real exponent, inverse; /* near 1 / d */
} sigmoid_terms;

/* exp of less the size, which counts up to `farthest`, a constant: FAR, FARTHEST or SLOPE_FARTHEST. */
RAMP_FN scaled sigmoid_exp(real_pair size, real farthest) { return exp_of_size(size_within(size, farthest), 0); }

/* Of a number that is below 0 or not, and whose size has that exp. */
RAMP_FN sigmoid_terms sigmoid_of_exp(int negative, scaled e, real farthest) {
    sigmoid_terms s;
    s.n = pair_if(negative, pair_of(e.hi, e.lo), pair_of(K(1.0), K(0.0)));
    s.d = sum_with_scaled(K(1.0), e, farthest > RAMP_FAR ? power_of_scaled(e) : scale_down(K(1.0), e.exponent));
    s.exponent = negative ? e.exponent : RAMP_ROUNDER;
    s.inverse = near_reciprocal_1_to_2(s.d.hi, 0);
    return s;
}

RAMP_FN sigmoid_terms sigmoid_of(int negative, real_pair size, real farthest) {
    return sigmoid_of_exp(negative, sigmoid_exp(size, farthest), farthest);
}

/* exp(x) for an x from -most to 0; below it is that of -most, and where x is above 0, or NaN, nobody uses the result. */
RAMP_FN scaled decay_of(real x, real most) { return exp_of_size(pair_of(-x < most ? -x : most, K(0.0)), 0); }

RAMP_FN real positive_part(real x) { return x > K(0.0) ? x : K(0.0); }

/* x times the sigmoid of a number that is u in size, within FAR, and has the sign of x, e being exp_of_size(u, 1); a is |x|: but for the sign of a zero, and where
 * u stands for more than it is: there a positive x is the result. Below 0 it is a / (1 + exp(u)), above what x is more than that, and the quotient is
 * a 2^n / (exp(u) 2^n + 2^n), of which only the denominator is rounded. The first guess has a quotient that it stands for exactly, and is rounded once with what
 * that leaves. */
RAMP_FN real gated_value(real x, real a, scaled e) {
    real up = raised(RAMP_SHIFT, e.exponent), top = a * up;
    real_pair d = sum_with_product(e.hi, up, K(1.0) / RAMP_SHIFT);
    d.lo += e.lo;
    real r = near_reciprocal_around_1(d.hi), above = positive_part(x) * RAMP_SHIFT;
    real guess = real_fma(-top, r, above), q = above - guess;
    real left = real_fma(-q, d.lo, real_fma(-q, d.hi, top));
    return real_fma(-left, r, guess) * (K(1.0) / RAMP_SHIFT);
}

/* Its gradient, u within SLOPE_FARTHEST and e exp_of_size(u, 0); t is |x u'(x)|. With r = 1 / (1 + e) it is r (1 + t (1 - r)) for x >= 0 and e r (1 - t r) below:
 * pairs hold what cancels near the root of that. */
RAMP_FN real gated_gradient(real x, real g, scaled e, real_pair t) {
    int negative = x < K(0.0);
    real power = power_of_scaled(e);
    real_pair d = sum_with_scaled(K(1.0), e, power);
    real r = near_reciprocal_1_to_2(d.hi, 1), r_lo = reciprocal_rest(r, d);
    real other = (negative ? K(0.0) : K(1.0)) - r;
    real_pair factor = pair_of(real_fma(t.hi, other, K(1.0)), real_fma(-t.hi, r_lo, t.lo * other));
    real_pair part = product_of(factor.hi, r);
    part.lo = real_fma(factor.lo, r, real_fma(factor.hi, r_lo, part.lo));
    real slope = rounded_product(part, pair_if(negative, pair_of(e.hi, e.lo), pair_of(K(1.0), K(0.0))));
    return slope_product(g, x == -RAMP_INFINITY ? K(0.0) : slope, negative ? e.exponent : RAMP_ROUNDER);
}
