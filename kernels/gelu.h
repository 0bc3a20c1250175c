/*
 * gelu.h: gelu and gelu_tanh, most of them by rows (rows.h): what activations.h says of an op holds here. Include smooth.h first.
 */

#if RAMP_STORED_BITS == 64 /* see smooth.h */
#define RAMP_IS_LONG_gelu_gradient      1
#define RAMP_IS_LONG_gelu_value         1
#define RAMP_IS_LONG_gelu_tanh_value    1
#define RAMP_IS_LONG_gelu_tanh_gradient 1
#endif

/* ---- gelu and gelu_tanh: by rows (rows.h) ----
 * In float they fall the faster the further x is below 0: so rows are 1 / 64 wide, and half, a quarter and an eighth of that below these, where a row ends. */
#define RAMP_GELU_STEEP               -4.0078125f
#define RAMP_GELU_STEEPER             -10.0f
#define RAMP_GELU_SLOPE_STEEP         -5.5078125f
#define RAMP_GELU_SLOPE_STEEPER       -11.5f
#define RAMP_GELU_TANH_STEEPER        -6.5f
#define RAMP_GELU_TANH_STEEPEST       -9.0f
#define RAMP_GELU_TANH_SLOPE_STEEP    -4.7109375f
#define RAMP_GELU_TANH_SLOPE_STEEPER  -7.25f
#define RAMP_GELU_TANH_SLOPE_STEEPEST -10.5f
#define RAMP_GELU_HIGHEST             5.484375f  /* from there on the value rounds to x, and gelu_tanh's slope to 1 */
#define RAMP_GELU_SLOPE_HIGHEST       6.25f      /* and gelu's */
#define RAMP_GELU_NEAR                0.0703125f /* so near 0 rows have what the value is more than x / 2, which is exact */

#if RAMP_BITS == 32

/* How far x is below `bound`: exact. 0 for NaN. */
RAMP_FN real depth_below(real bound, real x) { return bound - (x < bound ? x : bound); }

RAMP_FN real place_within(real place, real highest) {
    place =
        place > RAMP_ROWS_LOWEST ? place : RAMP_ROWS_LOWEST; /* of NaN too: x is -14.36, or -10.8, from where on the value rounds to -0 */
    return place < highest ? place : highest;
}

/* Whole multiples of x less numbers of few bits: exact, and -0 for -0. */
RAMP_FN real gelu_place_of(real x, real steep, real steeper, real highest) {
    return place_within(real_fma(-2.0f, depth_below(steeper, x), x - depth_below(steep, x)), highest);
}

RAMP_FN real gelu_tanh_place_of(real x, real steep, real steeper, real steepest) {
    real place = real_fma(-2.0f, depth_below(steeper, x), x - depth_below(steep, x));
    return place_within(real_fma(-4.0f, depth_below(steepest, x), place), RAMP_GELU_HIGHEST);
}

/* Rows hold SHIFT times the value: so one that is subnormal is rounded once. */
RAMP_FN real gelu_of_row(real x, real place, ramp_row row) {
    real lift = size_of(x) <= RAMP_GELU_NEAR ? RAMP_SHIFT * 0.5f : 0.0f;
    real y = real_fma(lift, place, row_value(row, place)) * (1.0f / RAMP_SHIFT);
    return x < RAMP_GELU_HIGHEST ? y : x;
}

/* Rows hold SHIFT times the slope. Where the slope would be subnormal g is brought down in its place, so that only the product rounds. Below -15.49, of
 * gelu_tanh -11.8, rows hold 0: the product is 0 there, but for a huge g, which is left. */
RAMP_FN real gelu_gradient_of_row(real x, real g, real place, ramp_row row) {
    const real down = 1.0f / RAMP_SHIFT;
    real slope = row_value(row, place);
    int is_tiny = size_of(slope) < 0x1p-62f;
    int is_there = x > -11.5f || (x > -RAMP_INFINITY && size_of(g) < 0x1p20f);
    real product = (is_tiny ? g * down : g) * (is_tiny ? slope : slope * down);
    return is_there ? product : RAMP_NAN;
}

#else

/* Of NaN too. */
RAMP_FN real gelu_place(real x) {
    real size = size_of(x);
    return size < RAMP_ROWS_HIGHEST ? size : RAMP_ROWS_HIGHEST;
}

/* x times what is 1 - s above 0 and s below; place is |x|. Beside x the lower part of s would be rounded as much as it is. */
RAMP_FN real gelu_of_share(real x, real place, real_pair s) {
    real y = real_fma(-place, s.hi, x < K(0.0) ? -place * s.lo : x), bounded = x < RAMP_ROWS_HIGHEST ? y : x;
    return x > -RAMP_ROWS_HIGHEST ? bounded : RAMP_NAN;
}

/* exp(-d) - 1, |d| < 0.05: error 2^-57 */
RAMP_FN real near_fall(real d) {
    real p = K(1.0) / K(40320.0);
    p = real_fma(p, d, K(-1.0) / K(5040.0));
    p = real_fma(p, d, K(1.0) / K(720.0));
    p = real_fma(p, d, K(-1.0) / K(120.0));
    p = real_fma(p, d, K(1.0) / K(24.0));
    p = real_fma(p, d, K(-1.0) / K(6.0));
    p = real_fma(p, d, K(0.5));
    return real_fma(p * d, d, -d);
}

/* g times the slope, which is 1 less above 0 than what it is below. */
RAMP_FN real gelu_gradient_of_slope(real x, real g, real below) {
    real slope = x > K(0.0) ? K(1.0) - below : below;
    return x > -RAMP_ROWS_HIGHEST ? g * slope : RAMP_NAN;
}

#endif

/* ---- gelu_tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2; source: PyTorch's GELU, approximate='tanh' ----
 * It is x times the sigmoid of u = 2 sqrt(2 / pi) (x + 0.044715 x^3) = x (LINEAR + CUBIC x^2). */

#if RAMP_BITS == 64
#define RAMP_LINEAR        0x1.9884533d4366p0 /* of so few bits that it is exact in sums with CUBIC x^2 */
#define RAMP_LINEAR_LO     -0x1.ee5e069875fe9p-49
#define RAMP_CUBIC         0x1.2444f2a4d8b4bp-4
#define RAMP_CUBIC_LO      -0x1.6c843a29d1c7p-61
#define RAMP_CUBIC_3       0x1.b6676bf7450fp-3 /* 3 CUBIC */
#define RAMP_CUBIC_3_LO    0x1.bba7351828aabp-57
#define RAMP_GELU_FAR      24.0 /* u is nearly FAR */
#define RAMP_GELU_FARTHEST 27.3
#else
#define RAMP_LINEAR     0x1.98844p0f
#define RAMP_LINEAR_LO  0x1.33d436p-20f
#define RAMP_CUBIC      0x1.2444f2p-4f
#define RAMP_CUBIC_LO   0x1.49b16ap-29f
#define RAMP_CUBIC_3    0x1.b6676cp-3f
#define RAMP_CUBIC_3_LO -0x1.175e2p-32f
#if defined(RAMP_DTYPE_F16)
#define RAMP_GELU_FARTHEST 8.4f
#else
#define RAMP_GELU_FARTHEST 13.8f
#endif
#endif

/* x (LINEAR + cubic x^2), x within GELU_FARTHEST. */
RAMP_FN real_pair gelu_tanh_exponent(real x, real cubic, real cubic_lo) {
    real_pair square = product_of(x, x), w, u;
    w.hi = real_fma(cubic, square.hi, RAMP_LINEAR);
    w.lo = real_fma(cubic, square.lo, real_fma(cubic, square.hi, RAMP_LINEAR - w.hi));
    w.lo += real_fma(cubic_lo, square.hi, RAMP_LINEAR_LO);
    u = product_of(x, w.hi);
    u.lo = real_fma(x, w.lo, u.lo);
    return u;
}

#define RAMP_HAS_ROWS_gelu_tanh_value 1

#if RAMP_BITS == 64

RAMP_FN real gelu_tanh_value_far(real x) {
    real size = size_of(x), a = size < RAMP_GELU_FAR ? size : RAMP_GELU_FAR;
    real y = gated_value(x, a, exp_of_size(gelu_tanh_exponent(a, RAMP_CUBIC, RAMP_CUBIC_LO), 1));
    return with_sign_of(!(x <= RAMP_GELU_FAR) ? x : y, x);
}

#define RAMP_HAS_REST_gelu_tanh_value_0 1
#define gelu_tanh_place                 gelu_place

/* (a^3 - b^3) / (a - b) */
RAMP_FN real cubic_rise(real a, real b) {
    real sum = a + b;
    return real_fma(sum, sum, -(a * b));
}

/* What 1 / (1 + exp(u)) is more than s where u is more by d: s (1 - s) e / (1 + s e), e = exp(-d) - 1. */
RAMP_FN real sigmoid_change(real s, real d) {
    real e = s * near_fall(d), square = e * e, first = K(1.0) - e;
    return e * (K(1.0) - s) * real_fma(real_fma(square, square, square), first, first);
}

/* A row has s = 1 / (1 + exp(u)) in its middle, and what s is rounded by. */
RAMP_FN real gelu_tanh_of_row(real x, real place, ramp_row row) {
    real middle = row_middle(place), rise = real_fma(RAMP_CUBIC, cubic_rise(place, middle), RAMP_LINEAR + RAMP_LINEAR_LO);
    real_pair s = two_sum_ordered(row.x, sigmoid_change(row.x, (place - middle) * rise));
    return gelu_of_share(x, place, pair_of(s.hi, s.lo + row.y));
}

#else

#define gelu_tanh_of_row gelu_of_row

RAMP_FN real gelu_tanh_place(real x) { return gelu_tanh_place_of(x, RAMP_GELU_STEEP, RAMP_GELU_TANH_STEEPER, RAMP_GELU_TANH_STEEPEST); }

#endif

RAMP_VALUE_BY_ROWS(gelu_tanh)

RAMP_FN real gelu_tanh_gradient_far(real x, real g) {
    real size = size_of(x), near = size > RAMP_GELU_FARTHEST ? RAMP_GELU_FARTHEST : size;
    real_pair u = gelu_tanh_exponent(near, RAMP_CUBIC, RAMP_CUBIC_LO), t = gelu_tanh_exponent(near, RAMP_CUBIC_3, RAMP_CUBIC_3_LO);
    return gated_gradient(x, g, exp_of_size(u, 0), t);
}

#define RAMP_HAS_ROWS_gelu_tanh_gradient 1
#define RAMP_HAS_REST_gelu_tanh_gradient 1

#if RAMP_BITS == 64

#define gelu_tanh_gradient_place gelu_place

/* A row has the slope s (1 - k (1 - s)) and s in its middle; k = a u'(a). */
RAMP_FN real gelu_tanh_gradient_of_row(real x, real g, real place, ramp_row row) {
    real middle = row_middle(place), t = place - middle, cubic = cubic_rise(place, middle), s = row.y, other = K(1.0) - s;
    real k = place * real_fma(RAMP_CUBIC_3, place * place, RAMP_LINEAR + RAMP_LINEAR_LO);
    real k_change = t * real_fma(RAMP_CUBIC_3, cubic, RAMP_LINEAR + RAMP_LINEAR_LO);
    real s_change = sigmoid_change(s, t * real_fma(RAMP_CUBIC, cubic, RAMP_LINEAR + RAMP_LINEAR_LO));
    real change = real_fma(-k_change * s, other, real_fma(-k * s_change, (other - s) - s_change, s_change));
    return gelu_gradient_of_slope(x, g, row.x + change);
}

#else

#define gelu_tanh_gradient_of_row gelu_gradient_of_row

RAMP_FN real gelu_tanh_gradient_place(real x) {
    return gelu_tanh_place_of(x, RAMP_GELU_TANH_SLOPE_STEEP, RAMP_GELU_TANH_SLOPE_STEEPER, RAMP_GELU_TANH_SLOPE_STEEPEST);
}

#endif

RAMP_GRADIENT_BY_ROWS(gelu_tanh)

/* ---- gelu: x Phi(x), Phi the normal distribution; source: PyTorch's GELU ---- */

#if RAMP_BITS == 64
#define RAMP_NORMAL_FARTHEST 54.3 /* half its square is within SLOPE_FARTHEST, and past what any number could lift */
#define RAMP_NORMAL_FAR      45.0 /* half its square is within FAR, and x Phi(-x) is 0 */
#else
#if defined(RAMP_DTYPE_F16)
#define RAMP_NORMAL_FARTHEST 10.5f
#else
#define RAMP_NORMAL_FARTHEST 20.2f
#endif
#endif

#define RAMP_HAS_ROWS_gelu_value 1

#if RAMP_BITS == 64

RAMP_FN real gelu_value_far(real x) {
    real size = size_of(x), a = size < RAMP_NORMAL_FAR ? size : RAMP_NORMAL_FAR;
    scaled e = exp_of_size(product_of(K(0.5) * a, a), 0);
    real up = raised(RAMP_SHIFT, e.exponent);
    real_pair d = two_sum_ordered(RAMP_TAIL_POLE, a); /* exact: the pole has few bits */
    real v = near_reciprocal(d.hi), m = a * v, top = m * up;
    real left = real_fma(-top, d.lo, real_fma(-top, d.hi, a * up)) * v;
    real t = m - RAMP_TAIL_MIDDLE, inner = tail_inner(t);
    real_pair tail = sum_with_product(RAMP_TAIL_AT_MIDDLE, t, inner), k;
    k.hi = top * e.hi;
    k.lo = real_fma(top, e.lo, real_fma(top, e.hi, -k.hi));
    real rest = real_fma(k.lo, tail.hi, real_fma(k.hi, tail.lo, left * tail_steepness(m) * e.hi));
    real above = positive_part(x) * RAMP_SHIFT, guess = real_fma(-k.hi, tail.hi, above), w = above - guess;
    real y = (guess - (real_fma(k.hi, tail.hi, -w) + rest)) * (K(1.0) / RAMP_SHIFT);
    return with_sign_of(!(x <= RAMP_NORMAL_FAR) ? x : y, x);
}

#define RAMP_HAS_REST_gelu_value_0 1

/* What the mean of exp(-(u s + v s^2 / 2)) over s from 0 to 1 is more than 1, |u| < 0.04 and v < 2^-15. Its powers of v are those of s^2, each with its own
 * in u. */
RAMP_FN real near_mean_rest(real u, real v) {
    real p = K(-1.0) / K(40320.0), q = K(-1.0) / K(960.0), r = K(1.0) / K(14.0);
    p = real_fma(p, u, K(1.0) / K(5040.0));
    p = real_fma(p, u, K(-1.0) / K(720.0));
    p = real_fma(p, u, K(1.0) / K(120.0));
    p = real_fma(p, u, K(-1.0) / K(24.0));
    p = real_fma(p, u, K(1.0) / K(6.0));
    p = real_fma(p, u, K(-0.5)); /* u is left to multiply */
    q = real_fma(q, u, K(1.0) / K(168.0));
    q = real_fma(q, u, K(-1.0) / K(36.0));
    q = real_fma(q, u, K(0.1));
    q = real_fma(q, u, K(-0.25));
    q = real_fma(q, u, K(1.0) / K(3.0));
    r = real_fma(r, u, K(-1.0) / K(6.0));
    r = real_fma(r, u, K(0.2));
    return real_fma(p, u, K(-0.5) * v * real_fma(K(-0.25) * v, r, q));
}

/* A row has Phi(-a) and Phi'(a) in its middle; t further on Phi(-a) is less by t Phi'(a) times that mean, u = a t, v = t^2. */
RAMP_FN real gelu_of_row(real x, real place, ramp_row row) {
    real middle = row_middle(place), t = place - middle, less = -row.y * t;
    return gelu_of_share(x, place, two_sum_ordered(row.x, real_fma(less, near_mean_rest(middle * t, t * t), less)));
}

#else

RAMP_FN real gelu_place(real x) { return gelu_place_of(x, RAMP_GELU_STEEP, RAMP_GELU_STEEPER, RAMP_GELU_HIGHEST); }

#endif

RAMP_VALUE_BY_ROWS(gelu)

/* The slope is Phi(x) + x Phi'(x): below 0 Phi(-a) - a Phi'(a), a = -x, and 1 less that above. */
RAMP_FN real gelu_gradient_far(real x, real g) {
    int negative = x < K(0.0);
    real size = size_of(x), a = size > RAMP_NORMAL_FARTHEST ? RAMP_NORMAL_FARTHEST : size;
    scaled e = exp_of_size(product_of(K(0.5) * a, a), 0);
    real m = near_quotient(a, a + RAMP_SLOPE_POLE), inner = slope_inner(m), side = RAMP_SLOPE_ROOT - a;
    real side_lo = (RAMP_SLOPE_ROOT - (side + a)) + RAMP_SLOPE_ROOT_LO;
    real_pair other = sum_with_product(RAMP_SLOPE_AT_0, m, inner), factor = product_of(side, other.hi);
    factor.lo = real_fma(side_lo, other.hi, real_fma(side, other.lo, factor.lo));
    real below = rounded_product(factor, pair_of(e.hi, e.lo)), slope = negative ? below : real_fma(-below, power_of_scaled(e), K(1.0));
    return slope_product(g, x == -RAMP_INFINITY ? K(0.0) : slope, negative ? e.exponent : RAMP_ROUNDER);
}

#define RAMP_HAS_ROWS_gelu_gradient 1
#define RAMP_HAS_REST_gelu_gradient 1

#if RAMP_BITS == 64

#define gelu_gradient_place gelu_place

/* A row has Phi(-a) - a Phi'(a) and Phi'(a) in its middle. */
RAMP_FN real gelu_gradient_of_row(real x, real g, real place, ramp_row row) {
    real middle = row_middle(place), t = place - middle, u = middle * t, v = t * t;
    real change = real_fma(t, near_mean_rest(u, v), real_fma(place, near_fall(real_fma(K(0.5), v, u)), K(2.0) * t));
    return gelu_gradient_of_slope(x, g, real_fma(-row.y, change, row.x));
}

#else

RAMP_FN real gelu_gradient_place(real x) {
    return gelu_place_of(x, RAMP_GELU_SLOPE_STEEP, RAMP_GELU_SLOPE_STEEPER, RAMP_GELU_SLOPE_HIGHEST);
}

#endif

RAMP_GRADIENT_BY_ROWS(gelu)
