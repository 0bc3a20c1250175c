/*
 * smooth.h: the ops that are made of exp and log: what activations.h says of an op holds here; gelu and gelu_tanh are in gelu.h. Include activations.h first.
 */

/* Gradients of f16 of which CUDA computes some elements and looks the others up: kernels/table.cuh. */
#if defined(RAMP_DTYPE_F16)
#define RAMP_IS_MIXED_softplus_gradient   1
#define RAMP_IS_MIXED_elu_gradient        1
#define RAMP_IS_MIXED_sigmoid_gradient    1
#define RAMP_IS_MIXED_logsigmoid_gradient 1
#define RAMP_IS_MIXED_tanh_gradient       1
#define RAMP_IS_MIXED_tanhshrink_gradient 1
#define RAMP_IS_MIXED_silu_gradient       1
#define RAMP_IS_MIXED_quick_gelu_gradient 1
#endif

/* What a GPU is busier with than with memory: a thread that has two or three times as many vectors of it (RAMP_TIMES) spends fewer instructions beside the
 * formula. On an H200 twice takes 1 to 8 % of the time off these, and adds 1 % to shorter ones; three times 2 to 5 % more off those that are LONGER, and adds
 * up to 10 % to others. Of sigmoid, tanh, silu and selu forward in float twice takes 1 to 3 % where nothing else runs for long and the power limit slows the
 * GPU down, and adds 1 % where not: by themselves they take no longer than a copy. In f16 twice takes 2 % off tanh and the gradients of celu and selu. */
#if RAMP_STORED_BITS >= 32
#define RAMP_IS_LONG_softplus_value      1
#define RAMP_IS_LONG_softplus_gradient   1
#define RAMP_IS_LONG_logsigmoid_value    1
#define RAMP_IS_LONG_tanhshrink_value    1
#define RAMP_IS_LONG_mish_value          1
#define RAMP_IS_LONG_mish_gradient       1
#define RAMP_IS_LONG_silu_gradient       1
#define RAMP_IS_LONG_quick_gelu_gradient 1
#endif
#if RAMP_STORED_BITS == 32
#define RAMP_IS_LONGER_tanhshrink_value 1
#endif
#if defined(RAMP_DTYPE_F16)
#define RAMP_IS_LONG_tanh_value    1
#define RAMP_IS_LONG_celu_gradient 1
#define RAMP_IS_LONG_selu_gradient 1
#endif
#if RAMP_STORED_BITS == 64
#define RAMP_IS_LONGER_logsigmoid_value  1
#define RAMP_IS_LONGER_tanhshrink_value  1
#define RAMP_IS_LONGER_mish_value        1
#define RAMP_IS_LONGER_mish_gradient     1
#define RAMP_IS_LONGER_silu_value        1
#define RAMP_IS_LONGER_quick_gelu_value  1
#define RAMP_IS_LONG_celu_value          1
#define RAMP_IS_LONG_selu_value          1
#define RAMP_IS_LONG_silu_value          1
#define RAMP_IS_LONG_quick_gelu_value    1
#define RAMP_IS_LONG_sigmoid_value       1
#define RAMP_IS_LONG_tanh_value          1
#define RAMP_IS_LONG_sigmoid_gradient    1
#define RAMP_IS_LONG_tanh_gradient       1
#define RAMP_IS_LONG_tanhshrink_gradient 1
#endif

/* The variants of an op over a scale: where that is 1, as by default, it costs nothing. */
enum { SCALE_1, SCALE_ANY };

RAMP_FN int scale_variant(real scale) { return scale == K(1.0) ? SCALE_1 : SCALE_ANY; }

/* ---- sigmoid: 1 / (1 + exp(-x)); source: PyTorch's Sigmoid ---- */

#define RAMP_HAS_EXP_sigmoid_value 1
RAMP_FN scaled sigmoid_value_exp(real x, ramp_params p, int variant) {
    (void)p, (void)variant;
    return sigmoid_exp(pair_of(size_of(x), K(0.0)), RAMP_FAR);
}

RAMP_FN real sigmoid_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    sigmoid_terms s = sigmoid_of_exp(x < K(0.0), e, RAMP_FAR);
    /* Sharp: near 0 the steps of x are so small that the result would fall now and then. */
    return scale_down(rounded_quotient(s.n, s.d, near_reciprocal_1_to_2(s.d.hi, 1)), s.exponent);
}
RAMP_VALUE_BY_EXP(sigmoid)

/* g * factor * e / (1 + e)^2, e = exp(-steepness |x|): even in x. */
RAMP_FN scaled bell_exp(real x, real steepness) { return sigmoid_exp(pair_of(steepness * size_of(x), K(0.0)), RAMP_SLOPE_FARTHEST); }

RAMP_FN real bell_gradient(real x, real g, scaled e, real factor) {
    real_pair d = sum_with_scaled(K(1.0), e, power_of_scaled(e)), square = inverse_square(d, near_reciprocal_1_to_2(d.hi, 0));
    real slope = factor * rounded_product(pair_of(e.hi, e.lo), square);
    return slope_product(g, size_of(x) == RAMP_INFINITY ? K(0.0) : slope, e.exponent);
}

#define RAMP_HAS_EXP_sigmoid_gradient 1
RAMP_FN scaled sigmoid_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return bell_exp(x, K(1.0));
}

RAMP_FN real sigmoid_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    return bell_gradient(x, g, e, K(1.0));
}
RAMP_GRADIENT_BY_EXP(sigmoid)

/* y - y^2, rounded once. */
RAMP_FN real sigmoid_output_gradient(real y, real g, ramp_params p, int quick) {
    (void)p, (void)quick;
    return g * real_fma(-y, y, y);
}
RAMP_FN int sigmoid_output_tells(ramp_params p) {
    (void)p;
    return 1;
}

/* ---- silu: x / (1 + exp(-beta x)); source: PyTorch's SiLU; beta: Ramachandran et al. 2017 (swish) ---- */

/* For an x so large that its product with exp(u)'s number might overflow before the power of two brings it down, where beta is so small that u need not
 * be. */
RAMP_FAR_FN real silu_value_far(real x, real beta) {
    real_pair u = product_of(beta, x);
    sigmoid_terms s = sigmoid_of(u.hi < K(0.0), pair_size(u), RAMP_FARTHEST);
    real_pair q = quotient_of_pairs(s.n, s.d, s.inverse);
    real part = x * (K(1.0) / RAMP_SHIFT);
    real y = scaled_product(real_fma(part, q.hi, part * q.lo), K(1.0), s.exponent + (RAMP_BITS == 64 ? K(512.0) : K(64.0)));
    return with_sign_of(size_of(x) == RAMP_INFINITY ? positive_part(x) : y, x);
}

/* Where beta x is FAR. */
RAMP_FN real silu_bound(real beta) {
    real inverse = near_reciprocal(beta * K(0.0625)) * K(0.0625);
    return RAMP_FAR * inverse < RAMP_FAR_SCALE ? RAMP_FAR * inverse : RAMP_FAR_SCALE;
}

/* NaN past the bound where beta is so small that the largest numbers need silu_value_far. */
RAMP_FN real silu_open(real beta) { return beta > RAMP_FARTHEST / RAMP_FAR_SCALE ? K(0.0) : RAMP_NAN; }

/* |x|, bounded. */
RAMP_FN real silu_size(real x, real beta, int variant) {
    real size = size_of(x);
    if (variant == SCALE_1) return size < RAMP_FAR ? size : RAMP_FAR;
    /* In the other order some of CUDA's kernels are longer, by up to 4 instructions. */
    real open = silu_open(beta), bound = silu_bound(beta);
    return size >= bound ? bound + open : size;
}

#define RAMP_HAS_EXP_silu_value 1
RAMP_FN scaled silu_value_exp(real x, ramp_params p, int variant) {
    real a = silu_size(x, p.p0, variant);
    return exp_of_size(variant == SCALE_1 ? pair_of(a, K(0.0)) : product_of(p.p0, a), 1);
}

#define RAMP_HAS_REST_silu_value_1 1 /* SCALE_ANY */
RAMP_FN real silu_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    real y = gated_value(x, silu_size(x, p.p0, variant), e);
    if (variant == SCALE_1) return with_sign_of(x <= RAMP_FAR ? y : x, x);
    y = with_sign_of(x > silu_bound(p.p0) + silu_open(p.p0) ? x : y, x);
    RAMP_RETURN_IF(quick, y == y || x != x, y);
    return silu_value_far(x, p.p0);
}
RAMP_VALUE_BY_EXP(silu)

RAMP_FN real_pair silu_gradient_size(real x, ramp_params p) { return size_within(product_of(p.p0, size_of(x)), RAMP_SLOPE_FARTHEST); }

#define RAMP_HAS_EXP_silu_gradient 1
RAMP_FN scaled silu_gradient_exp(real x, ramp_params p, int quick) {
    (void)quick;
    return exp_of_size(silu_gradient_size(x, p), 0);
}

RAMP_FN real silu_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)quick;
    return gated_gradient(x, g, e, silu_gradient_size(x, p));
}
RAMP_GRADIENT_BY_EXP(silu)

/* ---- quick_gelu: x / (1 + exp(-1.702 x)); source: Hendrycks and Gimpel 2016 ---- */

#if RAMP_BITS == 64
#define RAMP_QUICK    0x1.b3b645a1cac08p0
#define RAMP_QUICK_LO 0x1.89374bc6a7efap-55
#else
#define RAMP_QUICK    0x1.b3b646p0f
#define RAMP_QUICK_LO -0x1.78d4fep-26f
#endif

RAMP_FN real_pair quick_gelu_exponent(real x) {
    real_pair u = product_of(RAMP_QUICK, x);
    u.lo = real_fma(RAMP_QUICK_LO, x, u.lo);
    return u;
}

#define RAMP_QUICK_FAR (K(0.587) * RAMP_FAR)

RAMP_FN real quick_gelu_size(real x) {
    real size = size_of(x);
    return size < RAMP_QUICK_FAR ? size : RAMP_QUICK_FAR;
}

#define RAMP_HAS_EXP_quick_gelu_value 1
RAMP_FN scaled quick_gelu_value_exp(real x, ramp_params p, int variant) {
    (void)p, (void)variant;
    return exp_of_size(quick_gelu_exponent(quick_gelu_size(x)), 1);
}

RAMP_FN real quick_gelu_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real y = gated_value(x, quick_gelu_size(x), e);
    return with_sign_of(!(x <= RAMP_QUICK_FAR) ? x : y, x);
}
RAMP_VALUE_BY_EXP(quick_gelu)

RAMP_FN real_pair quick_gelu_gradient_size(real x) {
    real size = size_of(x), farthest = K(0.587) * RAMP_SLOPE_FARTHEST;
    return quick_gelu_exponent(size > farthest ? farthest : size);
}

#define RAMP_HAS_EXP_quick_gelu_gradient 1
RAMP_FN scaled quick_gelu_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return exp_of_size(quick_gelu_gradient_size(x), 0);
}

RAMP_FN real quick_gelu_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    return gated_gradient(x, g, e, quick_gelu_gradient_size(x));
}
RAMP_GRADIENT_BY_EXP(quick_gelu)

/* ---- mish: x tanh(log(1 + exp(x))); source: PyTorch's Mish ---- */

/* x n / (n + 2), n = e (e + 2), e = exp(x). Above 0 n may be far off: the quotient is near 1 then, however large it is. */
RAMP_FN real mish_bounded(real x) { return x < -RAMP_FAR ? -RAMP_FAR : x; }

#define RAMP_HAS_EXP_mish_value 1
RAMP_FN scaled mish_value_exp(real x, ramp_params p, int variant) {
    (void)p, (void)variant;
    return exp_of_size(pair_of(-mish_bounded(x), K(0.0)), 0);
}

RAMP_FN real mish_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real c = mish_bounded(x);
    real up = raised(RAMP_SHIFT, e.exponent), power = up * (K(1.0) / RAMP_SHIFT), top = e.hi * up;
    real_pair sum = sum_with_scaled(K(2.0), e, power), n = product_of(top, sum.hi);
    n.lo = real_fma(e.lo * up, sum.hi, real_fma(top, sum.lo, n.lo));
    real_pair d = sum_with_product(K(2.0), n.hi, K(1.0) / RAMP_SHIFT);
    d.lo = real_fma(n.lo, K(1.0) / RAMP_SHIFT, d.lo);
    real_pair q = quotient_of_pairs(n, d, rough_reciprocal(d.hi));
    real y = real_fma(c, q.hi, c * q.lo) * (K(1.0) / RAMP_SHIFT);
    return x <= RAMP_FAR_BELOW_1 * K(0.5) ? y : x;
}
RAMP_VALUE_BY_EXP(mish)

RAMP_FN real mish_gradient_bounded(real x, int quick) {
    const real most = RAMP_FAR_BELOW_1 * K(0.5), least = quick ? -RAMP_MODEST : -RAMP_SLOPE_FARTHEST;
    real above = x < least ? least : x;
    return above > most ? most : above;
}

#define RAMP_HAS_EXP_mish_gradient 1
RAMP_FN scaled mish_gradient_exp(real x, ramp_params p, int quick) {
    (void)p;
    return exp_of_size(pair_of(-mish_gradient_bounded(x, quick), K(0.0)), 0);
}

/* The slope is e / d (e + 2 + 4 x (1 + e) / d), d = n + 2. */
#define RAMP_HAS_REST_mish_gradient 1
RAMP_FN real mish_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p;
    real c = mish_gradient_bounded(x, quick);
    real power = quick ? raised(K(1.0), e.exponent) : power_of_scaled(e);
    real_pair small = pair_of(e.hi * power, e.lo * power), upper = sum_with_scaled(K(2.0), e, power);
    real_pair f = pair_of(upper.hi - K(1.0), upper.lo), d = sum_with_product(K(2.0), small.hi, upper.hi);
    d.lo = real_fma(small.lo, upper.hi, real_fma(small.hi, upper.lo, d.lo));
    real r = rough_reciprocal(d.hi);
    real_pair inverse = pair_of(r, reciprocal_rest(r, d));
    real_pair bell = product_of_pairs(inverse, f), part = product_of(K(4.0) * c, bell.hi);
    part.lo = real_fma(K(4.0) * c, bell.lo, part.lo);
    real m = rounded_product(product_of_pairs(inverse, pair_of(e.hi, e.lo)), pair_of(upper.hi + part.hi, upper.lo + part.lo));
    RAMP_RETURN_IF(quick, x > -RAMP_MODEST, g * (m * power));
    return slope_product(g, x == -RAMP_INFINITY ? K(0.0) : m, e.exponent);
}
RAMP_GRADIENT_BY_EXP(mish)

/* ---- tanh; source: PyTorch's Tanh ---- */

/* tanh(|x|) as (1 - exp(-2 |x|)) / (1 + exp(-2 |x|)), both divided by exp's power of two. */
RAMP_FN scaled tanh_exp(real x) { return exp_less_one_of_size(pair_of(K(2.0) * size_of(x), K(0.0))); }

RAMP_FN real_pair tanh_of_exp(scaled s) {
    real up = power_below(s);
    real_pair n = less_scaled(up - K(1.0), s), d = two_sum_ordered(up + K(1.0), s.hi);
    d.lo += s.lo;
    return quotient_of_pairs(n, d, rough_reciprocal(d.hi));
}

#if defined(RAMP_DTYPE_F16) /* bf16's table is as fast on CUDA, and faster on NVIDIA's OpenCL */
#define RAMP_IS_SHORT_tanh_value_0 1

/* x times a quotient of polynomials in x^2, fitted to tanh(x) / x by least squares whose weights grow where the error is largest: error 2^-24.2 up to 4.515625. From
 * 4.5054 on the 16 bits are those of 1. */
RAMP_FN real tanh_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real c = within(x, K(4.515625)), square = c * c;
    real over = real_fma(K(0x1.6ed434p-18), square, K(0x1.4ea206p-9));
    over = real_fma(real_fma(over, square, K(0x1.01e11ap-3)), square, K(1.0));
    real under = real_fma(K(0x1.6df22cp-13), square, K(0x1.6d6cc6p-6));
    under = real_fma(real_fma(under, square, K(0x1.d645dp-2)), square, K(1.0));
    return c * over * near_reciprocal(under);
}

#else

#define RAMP_HAS_EXP_tanh_value 1
RAMP_FN scaled tanh_value_exp(real x, ramp_params p, int variant) {
    (void)p, (void)variant;
    return tanh_exp(x);
}

RAMP_FN real tanh_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real_pair t = tanh_of_exp(e);
    return with_sign_of(t.hi + t.lo, x);
}
RAMP_VALUE_BY_EXP(tanh)

#endif

/* 1 - tanh(x)^2 is 4 e / (1 + e)^2, e = exp(-2 |x|). */
#define RAMP_HAS_EXP_tanh_gradient 1
RAMP_FN scaled tanh_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return bell_exp(x, K(2.0));
}

RAMP_FN real tanh_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    return bell_gradient(x, g, e, K(4.0));
}
RAMP_GRADIENT_BY_EXP(tanh)

RAMP_FN real tanh_output_gradient(real y, real g, ramp_params p, int quick) {
    (void)p, (void)quick;
    return g * real_fma(-y, y, K(1.0));
}
RAMP_FN int tanh_output_tells(ramp_params p) {
    (void)p;
    return 1;
}

/* ---- tanhshrink: x - tanh(x); source: PyTorch's Tanhshrink ---- */

/* Far from 0 x - tanh(x) is x - 1 and 2 e / (1 + e), e = exp(-2 x), which is 2 e (1 - e) (1 + e^2) (1 + e^4) ... */
RAMP_FN real tanhshrink_value(real x, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real a = size_of(x);
    real_pair square = product_of(a, a);
    real from_middle = square.hi - RAMP_TANH_MIDDLE, inner = tanh_inner(from_middle);
    real_pair factor = sum_with_product(RAMP_TANH_AT_MIDDLE, from_middle, inner);
    factor.lo = real_fma(square.lo, inner, factor.lo);
    real_pair ratio = product_of_pairs(square, factor);
    real lifted = a * RAMP_SHIFT; /* or the product with ratio.lo would round too */
    real near = real_fma(lifted, ratio.hi, lifted * ratio.lo) * (K(1.0) / RAMP_SHIFT);

    real_pair u = pair_of(K(2.0) * (a < RAMP_FAR_BELOW_1 * K(0.5) ? a : RAMP_FAR_BELOW_1 * K(0.5)), K(0.0));
    scaled size = reduced_size(u, exponent_of_size(u)); /* of which the lower part is nothing beside x - 1 */
    real r = -size.hi, e = real_fma(real_fma(exp_rest(r), r, K(1.0)), r, K(1.0)) * raised(K(1.0), size.exponent), power = e * e;
    real q = K(2.0) * real_fma(-e, e, e);
    q = real_fma(q, power, q);
    power = power * power;
    q = real_fma(q, power, q);
    power = power * power;
    if (RAMP_BITS == 64) q = real_fma(q, power, q);
    if (RAMP_BITS == 64) q = real_fma(q, power * power, q);
    real y = with_sign_of(a < RAMP_TANH_NEAR ? near : (a - K(1.0)) + q, x);
    return x == K(0.0) ? K(0.0) : y;
}

/* tanh(x)^2; near 0 it is x^2, which may be too small for any number though its product with g is not. */
#define RAMP_HAS_EXP_tanhshrink_gradient 1
RAMP_FN scaled tanhshrink_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return tanh_exp(x);
}

RAMP_FN real tanhshrink_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    real a = size_of(x);
    real_pair t = tanh_of_exp(e);
    real slope = real_fma(t.hi, t.hi, K(2.0) * t.hi * t.lo);
    return a < K(0x1p-40) ? g * a * a : g * slope;
}
RAMP_GRADIENT_BY_EXP(tanhshrink)

/* ---- softplus: log(1 + exp(beta x)) / beta, and x from a threshold on; source: PyTorch's Softplus ---- */

/* beta * x > threshold, exactly. Their difference may be too small for any number: so both are lifted where the threshold is tiny, by the largest power
 * where it is 0 and the sign of x is all that tells. x may then become infinite, and has its sign still. */
RAMP_FN int softplus_is_linear(real x, ramp_params p) {
    real lift = p.p1 == K(0.0) ? RAMP_LARGEST_POWER : size_of(p.p1) < RAMP_STEEP_DOWN ? RAMP_SHIFT : K(1.0);
    return real_fma(p.p0, x * lift, -p.p1 * lift) > K(0.0);
}

/* log(1 + exp(x)). Far from 0 it is what log(1 + exp(-|x|)) adds to 0 or x. Near it, where that would leave steps larger than those of x, it is
 * log(2) + log(1 + (exp(x) - 1) / 2): all of it vanishes with x but the constant. */
RAMP_FN scaled exp_of_log_one_plus(real x) {
    real size = size_of(x), bounded = size < RAMP_FAR ? size : RAMP_FAR;
    return exp_of_size(pair_of(size < RAMP_LN2 ? -x : bounded, K(0.0)), 0);
}

/* Half of SHIFT near 0, what log1p_of is to take off. */
RAMP_FN real log_away(real x) { return size_of(x) < RAMP_LN2 ? K(0.5) * RAMP_SHIFT : K(0.0); }

RAMP_FN real log_one_plus_exp(real x, scaled e, real away) {
    real_pair log = log1p_of(e, raised(RAMP_SHIFT - away, e.exponent), away, K(1.0) / RAMP_SHIFT);
    real most = x * RAMP_SHIFT, least = away * (K(2.0) * RAMP_LN2);
    real_pair sum = two_sum_ordered(most > least ? most : least, log.hi);
    if (RAMP_BITS == 64) sum.lo += away * (K(2.0) * RAMP_LN2_REST); /* f32: less than 1/30 ulp */
    return (sum.hi + (sum.lo + log.lo)) * (K(1.0) / RAMP_SHIFT);
}

/* The same of beta x, over beta. */
RAMP_FN scaled exp_of_scaled_softplus(real x, real beta) {
    real_pair z = product_of(beta, x), size = size_within(pair_size(z), RAMP_FARTHEST);
    return exp_of_size(pair_if(size_of(z.hi) < RAMP_LN2, negative_of(z), size), 0);
}

RAMP_FN real scaled_softplus(real x, scaled e, real beta) {
    real inverse = real_divide(K(1.0), beta), inverse_lo = real_fma(-inverse, beta, K(1.0)) * inverse;
    real_pair z = product_of(beta, x);
    int is_near = size_of(z.hi) < RAMP_LN2;
    real power = is_near ? K(1.0) : power_of_scaled(e), away = is_near ? K(0.5) : K(0.0);
    real_pair log = log1p_of(e, is_near ? raised(K(0.5), e.exponent) : K(1.0), away, power);
    log = sum_of_pairs_ordered(pair_of(is_near ? RAMP_LN2 : K(0.0), is_near ? RAMP_LN2_REST : K(0.0)), log);
    log = product_of_pairs(two_sum_ordered(log.hi, log.lo), pair_of(inverse, inverse_lo));
    real_pair sum = sum_of_pairs_ordered(pair_of(x, K(0.0)), pair_of(log.hi * power, log.lo * power));
    real above = sum.hi == RAMP_INFINITY ? sum.hi : sum.hi + sum.lo; /* its rest is NaN there */
    real below = scaled_product(log.hi + log.lo, K(1.0), is_near ? RAMP_ROUNDER : e.exponent);
    return z.hi < K(0.0) || is_near ? below : above;
}

#define RAMP_HAS_EXP_softplus_value 1
RAMP_FN scaled softplus_value_exp(real x, ramp_params p, int variant) {
    return variant == SCALE_1 ? exp_of_log_one_plus(x) : exp_of_scaled_softplus(x, p.p0);
}

RAMP_FN int softplus_is_x(real x, ramp_params p, int variant) {
    real last = p.p1 < RAMP_FAR_BELOW_1 ? p.p1 : RAMP_FAR_BELOW_1;
    return variant == SCALE_1 ? !(x <= last) : softplus_is_linear(x, p);
}

RAMP_FN real softplus_by_exp(real x, scaled e, real beta, int variant, int is_x, real away) {
    real y = variant == SCALE_1 ? log_one_plus_exp(x, e, away) : scaled_softplus(x, e, beta);
    return is_x ? x : y;
}

RAMP_FN real softplus_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    (void)quick;
    return softplus_by_exp(x, e, p.p0, variant, softplus_is_x(x, p, variant), log_away(x));
}

/* Not RAMP_VALUE_BY_EXP: where what needs no exp comes after it, CUDA's kernel takes 1.06 of a copy in float for 1.02 (H200). */
RAMP_FN real softplus_value(real x, ramp_params p, int variant, int quick) {
    int is_x = softplus_is_x(x, p, variant);
    real away = log_away(x);
    (void)quick;
    return softplus_by_exp(x, softplus_value_exp(x, p, variant), p.p0, variant, is_x, away);
}

#define RAMP_HAS_EXP_softplus_gradient 1
RAMP_FN scaled softplus_gradient_exp(real x, ramp_params p, int quick) {
    (void)quick;
    return sigmoid_exp(pair_size(product_of(p.p0, x)), RAMP_SLOPE_FARTHEST);
}

RAMP_FN real softplus_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)quick;
    sigmoid_terms s = sigmoid_of_exp(p.p0 * x < K(0.0), e, RAMP_SLOPE_FARTHEST);
    real dx = slope_product(g, x == -RAMP_INFINITY ? K(0.0) : rounded_quotient(s.n, s.d, s.inverse), s.exponent);
    return softplus_is_linear(x, p) ? g : dx;
}
RAMP_GRADIENT_BY_EXP(softplus)

/* ---- logsigmoid: log(1 / (1 + exp(-x))); source: PyTorch's LogSigmoid ---- */

#define RAMP_HAS_EXP_logsigmoid_value 1
RAMP_FN scaled logsigmoid_value_exp(real x, ramp_params p, int variant) {
    (void)p, (void)variant;
    return exp_of_log_one_plus(-x);
}

RAMP_FN real logsigmoid_value_of_exp(real x, scaled e, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real y = K(0.0) - log_one_plus_exp(-x, e, log_away(-x));
    return x >= -RAMP_FAR_BELOW_1 ? y : x;
}
RAMP_VALUE_BY_EXP(logsigmoid)

/* NVIDIA's OpenCL takes 1.08 of the time in double without: H200. */
RAMP_FN real logsigmoid_bounded(real x) { return RAMP_BITS == 64 ? within(x, RAMP_SLOPE_FARTHEST) : x; }

#define RAMP_HAS_EXP_logsigmoid_gradient 1
RAMP_FN scaled logsigmoid_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return sigmoid_exp(pair_of(size_of(logsigmoid_bounded(x)), K(0.0)), RAMP_SLOPE_FARTHEST);
}

RAMP_FN real logsigmoid_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    sigmoid_terms s = sigmoid_of_exp(logsigmoid_bounded(x) > K(0.0), e, RAMP_SLOPE_FARTHEST);
    return slope_product(g, x == RAMP_INFINITY ? K(0.0) : rounded_quotient(s.n, s.d, s.inverse), s.exponent);
}
RAMP_GRADIENT_BY_EXP(logsigmoid)

/* ---- elu: x > 0 ? x : alpha (exp(x) - 1); source: PyTorch's ELU ---- */

#define RAMP_HAS_EXP_elu_value 1
RAMP_FN scaled elu_value_exp(real x, ramp_params p, int variant) {
    (void)p, (void)variant;
    return exp_less_one_of_size(pair_of(-x, K(0.0)));
}

RAMP_FN real elu_value_of_exp(real x, scaled s, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    real_pair e = expm1_of_scaled(s);
    real y = p.p0 == K(0.0) ? p.p0 * e.hi : real_fma(p.p0, e.hi, p.p0 * e.lo); /* the sign of a zero: the sum's would be + */
    return x > K(0.0) ? x : x == K(0.0) ? p.p0 * x : y;
}
RAMP_VALUE_BY_EXP(elu)

#if defined(RAMP_DTYPE_F16)

/* A slope below 2^-42 makes 0 of any dy but infinity: an alpha that is smaller yet may be larger. And a large one, whose slope counts further down, is brought to
 * the middle of the range, and the power of two back. */
RAMP_FN real elu_gradient(real x, real g, ramp_params p, int quick) {
    (void)quick;
    real size = size_of(p.p0);
    int is_large = size > K(0x1p38), is_tiny = size < K(0x1p-60) && size > K(0.0);
    real alpha = is_tiny ? with_sign_of(K(0x1p-60), p.p0) : is_large ? p.p0 * (K(1.0) / RAMP_SHIFT) : p.p0;
    scaled e = decay_of(x, is_large ? K(120.0) : RAMP_SLOPE_FARTHEST);
    real m = x == -RAMP_INFINITY ? alpha * K(0.0) : alpha * (e.hi + e.lo);
    real dx = g * (m * raised(is_large ? RAMP_SHIFT : K(1.0), e.exponent));
    return x <= K(0.0) ? dx : g;
}

#else

/* g * alpha * exp(x) for an alpha of any size: its power of two joins that of exp(x), and may lift what g alone could not; so exp(x) counts
 * further down than elsewhere. */
RAMP_FAR_FN real elu_gradient_far(real x, real g, real alpha) {
    real farthest = RAMP_BITS == 64 ? K(2170.0) : K(300.0);
    scaled e = decay_of(x, farthest), a = scaled_of(alpha);
    return lifted_product(g, x == -RAMP_INFINITY ? alpha * K(0.0) : a.hi * (e.hi + e.lo),
                          (e.exponent - RAMP_ROUNDER) + (a.exponent - RAMP_ROUNDER));
}

#define RAMP_HAS_REST_elu_gradient 1
#define RAMP_HAS_EXP_elu_gradient  1
RAMP_FN scaled elu_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return decay_of(x, RAMP_SLOPE_FARTHEST);
}

RAMP_FN real elu_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    real size = size_of(p.p0), m = p.p0 * (e.hi + e.lo);
    real dx = slope_product(g, x == -RAMP_INFINITY ? p.p0 * K(0.0) : m, e.exponent);
    int is_ordinary = size == K(0.0) || (size > K(0x1p-8) && size < K(0x1p8));
    RAMP_RETURN_IF(quick, is_ordinary || !(x <= K(0.0)), x <= K(0.0) ? dx : g);
    return elu_gradient_far(x, g, p.p0);
}
RAMP_GRADIENT_BY_EXP(elu)

#endif

/* alpha exp(x) is y + alpha. For alpha below 0 a y above 0 could come from either side. */
RAMP_FN real elu_output_gradient(real y, real g, ramp_params p, int quick) {
    (void)quick;
    return y <= K(0.0) ? g * (y + p.p0) : g;
}
RAMP_FN int elu_output_tells(ramp_params p) { return p.p0 >= K(0.0); }

/* ---- celu: x > 0 ? x : alpha (exp(x / alpha) - 1); source: PyTorch's CELU ---- */

/* -x / alpha */
RAMP_FN real_pair celu_size(real x, real alpha) {
    real inverse = real_divide(K(1.0), alpha);
    real_pair z;
    z.hi = -x * inverse;
    z.lo = real_fma(-z.hi, alpha, -x) * inverse;
    return z;
}

#define RAMP_HAS_EXP_celu_value 1
RAMP_FN scaled celu_value_exp(real x, ramp_params p, int variant) {
    (void)variant;
    return exp_less_one_of_size(celu_size(x, p.p0));
}

RAMP_FN real celu_value_of_exp(real x, scaled s, ramp_params p, int variant, int quick) {
    (void)variant, (void)quick;
    real_pair z = celu_size(x, p.p0), e = expm1_of_scaled(s);
    real y = real_fma(p.p0, e.hi, p.p0 * e.lo);
    return x > K(0.0) || z.hi < K(0x1p-60) ? x : y;
}
RAMP_VALUE_BY_EXP(celu)

#if defined(RAMP_DTYPE_F16)
#define RAMP_IS_SHORT_celu_gradient 1
#endif
#define RAMP_HAS_EXP_celu_gradient 1
RAMP_FN scaled celu_gradient_exp(real x, ramp_params p, int quick) {
    (void)quick;
    return sigmoid_exp(celu_size(x, p.p0), RAMP_SLOPE_FARTHEST);
}

RAMP_FN real celu_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    real dx = slope_product(g, x == -RAMP_INFINITY ? K(0.0) : e.hi + e.lo, e.exponent);
    return x <= K(0.0) ? dx : g;
}
RAMP_GRADIENT_BY_EXP(celu)

/* exp(x / alpha) is (y + alpha) / alpha. In 16 bits a GPU divides longer than memory takes: so quick corrects a product with the reciprocal, which is the same for
 * all elements, by a little too much and by a little too little (arithmetic.h). A y of 16 bits may have been rounded to below -alpha: such a sum is no rarer than
 * others. Loops on a CPU divide in less time than that takes. */
#if defined(RAMP_RUN)
#define RAMP_HAS_REST_celu_output_gradient 0
#else
#define RAMP_HAS_REST_celu_output_gradient 1
#endif
RAMP_FN real celu_output_gradient(real y, real g, ramp_params p, int quick) {
    real alpha = p.p0, sum = y + alpha;
    if (quick && RAMP_HAS_REST_celu_output_gradient) {
        real reciprocal = real_divide(K(1.0), alpha), q = sum * reciprocal, left = real_fma(-q, alpha, sum);
        real slope = real_fma(left, reciprocal * (K(1.0) + RAMP_DOUBT), q), other = real_fma(left, reciprocal * (K(1.0) - RAMP_DOUBT), q);
        int is_near = alpha > K(1.0) / RAMP_NEAR && alpha < RAMP_NEAR && (sum == K(0.0) || size_of(sum) > K(1.0) / RAMP_NEAR);
        return y <= K(0.0) ? (is_near && slope == other ? g * slope : RAMP_NAN) : g;
    }
    return y <= K(0.0) ? g * real_divide(sum, alpha) : g;
}
RAMP_FN int celu_output_tells(ramp_params p) {
    (void)p;
    return 1;
}

/* ---- selu: scale (x > 0 ? x : alpha (exp(x) - 1)); source: PyTorch's SELU, Klambauer et al. 2017 ---- */

#if RAMP_BITS == 64
#define RAMP_SELU_SCALE    0x1.0cfabd6a91132p0 /* 1.0507009873554805 */
#define RAMP_SELU_SCALE_LO 0x1.ac79fa5f4cebp-55
#define RAMP_SELU_ALPHA    0x1.c212cc640f031p0 /* that times 1.6732632423543772 */
#define RAMP_SELU_ALPHA_LO -0x1.26edf569e8971p-54
#else
#define RAMP_SELU_SCALE    0x1.0cfabep0f
#define RAMP_SELU_SCALE_LO -0x1.2adddap-25f
#define RAMP_SELU_ALPHA    0x1.c212ccp0f
#define RAMP_SELU_ALPHA_LO 0x1.903c0cp-26f
#endif

#define RAMP_HAS_EXP_selu_value 1
RAMP_FN scaled selu_value_exp(real x, ramp_params p, int variant) { return elu_value_exp(x, p, variant); }

RAMP_FN real selu_value_of_exp(real x, scaled s, ramp_params p, int variant, int quick) {
    (void)p, (void)variant, (void)quick;
    real_pair e = expm1_of_scaled(s);
    real below = real_fma(RAMP_SELU_ALPHA, e.hi, real_fma(RAMP_SELU_ALPHA, e.lo, RAMP_SELU_ALPHA_LO * e.hi));
    real_pair scale = pair_of(RAMP_SELU_SCALE, RAMP_SELU_SCALE_LO);
    /* Double may be 2 ulp off, and so round x * scale.lo where x is tiny. */
    real above = RAMP_BITS == 64 ? real_fma(x, scale.hi, x * scale.lo) : product_with_pair(x, scale);
    return x == RAMP_INFINITY ? x : x > K(0.0) ? above : x == K(0.0) ? x : below;
}
RAMP_VALUE_BY_EXP(selu)

#if defined(RAMP_DTYPE_F16)
#define RAMP_IS_SHORT_selu_gradient 1
#endif
#if RAMP_BITS == 64 /* in float two loops take 1.02 of the time of one with AVX-512, and 0.96 with AVX2 */
#define RAMP_HAS_EXP_selu_gradient 1
#endif
RAMP_FN scaled selu_gradient_exp(real x, ramp_params p, int quick) {
    (void)p, (void)quick;
    return decay_of(x, RAMP_SLOPE_FARTHEST);
}

RAMP_FN real selu_gradient_of_exp(real x, real g, scaled e, ramp_params p, int quick) {
    (void)p, (void)quick;
    real slope = rounded_product(pair_of(RAMP_SELU_ALPHA, RAMP_SELU_ALPHA_LO), pair_of(e.hi, e.lo));
    real dx = slope_product(g, x == -RAMP_INFINITY ? K(0.0) : slope, e.exponent);
    return x <= K(0.0) ? dx : g * RAMP_SELU_SCALE;
}
RAMP_GRADIENT_BY_EXP(selu)

/* scale alpha exp(x) is y + scale alpha. */
RAMP_FN real selu_output_gradient(real y, real g, ramp_params p, int quick) {
    (void)p, (void)quick;
    real_pair slope = two_sum(RAMP_SELU_ALPHA, y);
    return y <= K(0.0) ? g * (slope.hi + (slope.lo + RAMP_SELU_ALPHA_LO)) : g * RAMP_SELU_SCALE;
}
RAMP_FN int selu_output_tells(ramp_params p) {
    (void)p;
    return 1;
}
