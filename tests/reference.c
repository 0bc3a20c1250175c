/*
 * reference.c: the oracle's rows. Each op's value, slope and metadata, from the published definition, in a form that is stable in floating
 * point, and sharing no formula with kernels/: all that a new op needs here. `number` is a double or a quad (number.h): the error of a double
 * is at most 2^-42 of the value (of x f'(x)'s terms near a root), for f32 arguments; that of a quad 2^-100. test_oracle holds both to that. An op
 * that saves its output or a mask has a second row, for these.
 */
#include "row.h"

#define SETS(list) (list), sizeof(list) / sizeof(list)[0]
#define NO_SETS    NULL, 0

/* ---- What several ops are made of ---- */

static number sigmoid(number x) {
    number t = EXP(-ABS(x));
    return (x < 0 ? t : 1) / (1 + t);
}

/* log(1 + exp(x)) */
static number log_of_one_and_exp(number x) { return (x > 0 ? x : 0) + LOG1P(EXP(-ABS(x))); }

/* x * sigmoid(z) for a z that rises with x; its limits at the infinities. */
static number gated(number x, number z) { return x * 0 == 0 ? x * sigmoid(z) : x > 0 ? x : -(number)0; }

/* d/dx of that: sigmoid(z) + x * sigmoid(z) * sigmoid(-z) * dz/dx; rise is x * dz/dx. */
static number gated_slope(number x, number z, number rise) {
    if (x != x) return x;
    return x * 0 == 0 ? sigmoid(z) * (1 + rise * sigmoid(-z)) : x > 0;
}

static void range_above_zero(const number *p, number *low, number *high) {
    (void)p;
    *low = 0;
    *high = (number)INFINITY;
}

static void range_zero_to_one(const number *p, number *low, number *high) {
    (void)p;
    *low = 0;
    *high = 1;
}

static void range_one(const number *p, number *low, number *high) {
    (void)p;
    *low = -1;
    *high = 1;
}

static number slope_between(number x, number lo, number hi) { return x <= lo || x >= hi ? 0 : 1; }

/* ---- hardsigmoid: clamp((x - lo) / (hi - lo), 0, 1): torch.nn.Hardsigmoid is 0 if x <= -3, 1 if x >= 3, x/6 + 1/2 otherwise; ONNX's
 * alpha and beta move the knees ---- */

static number hardsigmoid_value(const number *p, number x) { return x <= p[0] ? 0 : x >= p[1] ? 1 : (x - p[0]) / (p[1] - p[0]); }

static number hardsigmoid_slope(const number *p, number x, int *select) {
    *select = !(x > p[0] && x < p[1]);
    return *select ? 0 : 1 / (p[1] - p[0]);
}

static int hardsigmoid_quotient(const number *p, number x, fraction *f) {
    *f = (fraction){{x, -p[0]}, {p[1], -p[0]}};
    return x > p[0] && x < p[1];
}

static const double hardsigmoid_sets[][2] = {
    {-0.5 / 0.2, (1.0 - 0.5) / 0.2}, /* ONNX and Keras 2 */
    {-2.7, 1.3},
    {0.1, 0.3},
    {0.0, 6.0},
    {-6.0, -0.0},
    {-1e-3, 7e4},
    {1e10, 1.5e10},
    {-1e30, 2e30},
    {1e-30, 1e30},
    {-0x1p-149, 0x1p100}, /* lo moves a tie by far less than 113 bits see */
    {-3e-40, 1e-39},
    {-1.7e38, 1.7e38},
    {0.0, 1e-42},
    {0.0, 0x1p-149},
    {1.0, 1.0 + 0x1p-52}, /* f64 only, from here on */
    {1e300, 1.5e300},
    {-1e300, 1e308},
    {1e-300, 1e300},
    {-3e-310, 1e-309},
    {-8.9e307, 8.9e307},
    {0.0, 1e-320},
};

/* ---- softsign: x / (1 + |x|): torch.nn.Softsign, ONNX Softsign; its limits at the infinities ---- */

static number softsign_value(const number *p, number x) {
    (void)p;
    return x * 0 == 0 ? x / (1 + ABS(x)) : x > 0 ? 1 : -1;
}

static number softsign_slope(const number *p, number x, int *select) {
    number d = 1 + ABS(x);
    (void)p, (void)select;
    return 1 / (d * d);
}

static int softsign_quotient(const number *p, number x, fraction *f) {
    (void)p;
    *f = (fraction){{x, 0}, {1, ABS(x)}};
    return x * 0 == 0 && x != 0;
}

/* ---- hardtanh: torch.nn.Hardtanh: max_val if x > max_val, min_val if x < min_val, x otherwise; here lo already at x = lo, which only a
 * zero's sign can tell ---- */

static number hardtanh_value(const number *p, number x) { return x <= p[0] ? p[0] : x > p[1] ? p[1] : x; }

static number hardtanh_slope(const number *p, number x, int *select) {
    *select = 1;
    return slope_between(x, p[0], p[1]);
}

static void hardtanh_range(const number *p, number *low, number *high) {
    *low = p[0];
    *high = p[1];
}

static const double hardtanh_sets[][2] = {
    {0.0, 6.0},          {-INFINITY, 1.0}, {-1.0, INFINITY}, {-INFINITY, INFINITY}, {-0.1, 0.1},   {-0.0, 1.0},       {-1.0, -0.0},
    {-1.0, 0.0},         {2.0, 3.0},       {-3e-40, 1e-39},  {-0x1p-149, 0x1p-149}, {-3e38, 3e38}, {-3e-310, 1e-309}, /* f64 only */
    {-0x1p-1074, 1e308},
};

/* ---- relu, relu6: torch.nn.ReLU, torch.nn.ReLU6; both give +0 at every x <= 0 ---- */

static number relu_value(const number *p, number x) {
    (void)p;
    return x <= 0 ? 0 : x;
}

static number relu_slope(const number *p, number x, int *select) {
    (void)p;
    *select = 1;
    return !(x <= 0);
}

static number relu6_value(const number *p, number x) {
    (void)p;
    return x <= 0 ? 0 : x > 6 ? 6 : x;
}

static number relu6_slope(const number *p, number x, int *select) {
    (void)p;
    *select = 1;
    return slope_between(x, 0, 6);
}

static void relu6_range(const number *p, number *low, number *high) {
    (void)p;
    *low = 0;
    *high = 6;
}

/* ---- leaky_relu: torch.nn.LeakyReLU: max(0, x) + negative_slope * min(0, x); slope 0 has the limit -0 at -infinity ---- */

static number leaky_relu_value(const number *p, number x) { return x > 0 ? x : x * 0 != 0 && p[0] == 0 ? -p[0] : p[0] * x; }

static number leaky_relu_slope(const number *p, number x, int *select) {
    *select = x > 0 || p[0] == 0;
    return x > 0 ? 1 : p[0];
}

static void leaky_relu_range(const number *p, number *low, number *high) {
    *low = p[0] > 0 ? -(number)INFINITY : 0;
    *high = (number)INFINITY;
}

static const double leaky_relu_sets[][2] = {{0.0}, {0.2}, {-0.5}, {1.0}, {1e-30}, {3e38}};

/* ---- threshold: torch.nn.Threshold: x if x > threshold, value otherwise ---- */

static number threshold_value(const number *p, number x) { return x > p[0] ? x : p[1]; }

static number threshold_slope(const number *p, number x, int *select) {
    *select = 1;
    return !(x <= p[0]);
}

static void threshold_range(const number *p, number *low, number *high) {
    *low = p[0] < p[1] ? p[0] : p[1];
    *high = (number)INFINITY;
}

static const double threshold_sets[][2] = {{0.0, 0.0}, {0.1, 20.0}, {-2.0, INFINITY}, {-INFINITY, 1.0}};

/* ---- hardswish: torch.nn.Hardswish: 0 if x <= -3, x if x >= 3, x * (x + 3) / 6 otherwise; the 0 is the limit of what is below it ---- */

static number hardswish_value(const number *p, number x) {
    (void)p;
    return x <= -3 ? -(number)0 : x >= 3 ? x : x * (x + 3) / 6;
}

static number hardswish_slope(const number *p, number x, int *select) {
    (void)p;
    *select = !(x > -3 && x < 3);
    return x <= -3 ? 0 : *select ? 1 : (2 * x + 3) / 6;
}

static int hardswish_quotient(const number *p, number x, fraction *f) {
    (void)p;
    *f = (fraction){{x * x, 3 * x}, {6, 0}};
    return x > -3 && x < 3 && x != 0;
}

static void hardswish_root(const number *p, number *at, number *reach) {
    (void)p;
    *at = (number)-1.5;
    *reach = (number)0.25;
}

static void hardswish_range(const number *p, number *low, number *high) {
    (void)p;
    *low = (number)-0.375;
    *high = (number)INFINITY;
}

/* ---- hardshrink, softshrink: torch.nn.Hardshrink, torch.nn.Softshrink; +0 all over the closed dead zone ---- */

static int is_dead(const number *p, number x) { return x >= -p[0] && x <= p[0]; }

static number hardshrink_value(const number *p, number x) { return is_dead(p, x) ? 0 : x; }
static number softshrink_value(const number *p, number x) { return is_dead(p, x) ? 0 : x > 0 ? x - p[0] : x + p[0]; }

static number shrink_slope(const number *p, number x, int *select) {
    *select = 1;
    return !is_dead(p, x);
}

static const double hardshrink_sets[][2] = {{0.0}, {1.0}, {INFINITY}, {1e-40}};
static const double softshrink_sets[][2] = {{0.0}, {1.0}, {1e-40}, {INFINITY}};

/* ---- softplus: torch.nn.Softplus: log(1 + exp(beta x)) / beta, and x where beta x > threshold ---- */

static number softplus_value(const number *p, number x) {
    number z = p[0] * x;
    return z > p[1] ? x : log_of_one_and_exp(z) / p[0];
}

static number softplus_slope(const number *p, number x, int *select) {
    number z = p[0] * x;
    *select = z > p[1];
    return *select ? 1 : sigmoid(z);
}

static void softplus_range(const number *p, number *low, number *high) {
    *low = p[1] < 0 ? p[1] / p[0] : 0;
    *high = (number)INFINITY;
}

static const double softplus_sets[][2] = {
    {0.5, 20.0}, {2.0, 20.0},  {1e-3, 20.0},  {100.0, 20.0},      {1.0, 0.0},          {1.0, -3.0},
    {1.0, 1e30}, {1e-30, 0.0}, {1e-300, 0.0}, {5.4e-22, 4.2e-45}, {3.5e-163, 1.5e-323}}; /* subnormal thresholds */

/* ---- elu, celu, selu: torch.nn.ELU, torch.nn.CELU, torch.nn.SELU ---- */

static number elu_value(const number *p, number x) { return x > 0 ? x : p[0] * EXPM1(x); }

static number elu_slope(const number *p, number x, int *select) {
    *select = !(x <= 0);
    return *select ? 1 : p[0] * EXP(x);
}

static void elu_range(const number *p, number *low, number *high) {
    *low = p[0] > 0 ? -p[0] : 0;
    *high = (number)INFINITY;
}

static const double elu_sets[][2] = {{0.1}, {0.0}, {-1.0}, {1e30}, {1e-30}};

static number celu_value(const number *p, number x) { return x > 0 ? x : p[0] * EXPM1(x / p[0]); }

static number celu_slope(const number *p, number x, int *select) {
    *select = !(x <= 0);
    return *select ? 1 : EXP(x / p[0]);
}

static const double celu_sets[][2] = {{0.5}, {2.0}, {1e-3}, {1e4}};

#define SELU_SCALE DECIMAL(10507009873554805, 10000000000000000)
#define SELU_ALPHA DECIMAL(16732632423543772, 10000000000000000)

static number selu_value(const number *p, number x) {
    (void)p;
    return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * EXPM1(x));
}

static number selu_slope(const number *p, number x, int *select) {
    (void)p, (void)select;
    return SELU_SCALE * (x <= 0 ? SELU_ALPHA * EXP(x) : 1);
}

static void selu_range(const number *p, number *low, number *high) {
    (void)p;
    *low = -SELU_SCALE * SELU_ALPHA;
    *high = (number)INFINITY;
}

/* ---- sigmoid, logsigmoid: torch.nn.Sigmoid: 1 / (1 + exp(-x)), and its logarithm ---- */

static number sigmoid_value(const number *p, number x) {
    (void)p;
    return sigmoid(x);
}

static number sigmoid_slope(const number *p, number x, int *select) {
    (void)p, (void)select;
    return sigmoid(x) * sigmoid(-x);
}

static number logsigmoid_value(const number *p, number x) {
    (void)p;
    return -log_of_one_and_exp(-x);
}

static number logsigmoid_slope(const number *p, number x, int *select) {
    (void)p, (void)select;
    return sigmoid(-x);
}

static void logsigmoid_range(const number *p, number *low, number *high) {
    (void)p;
    *low = -(number)INFINITY;
    *high = 0;
}

/* ---- tanh, tanhshrink: torch.nn.Tanh, torch.nn.Tanhshrink ---- */

static number tanh_value(const number *p, number x) {
    (void)p;
    return TANH(x);
}

/* 1 - tanh(x)^2 is 4 sigmoid(2x) sigmoid(-2x). */
static number tanh_slope(const number *p, number x, int *select) {
    (void)p, (void)select;
    return 4 * sigmoid(2 * x) * sigmoid(-2 * x);
}

/* Near 0, where tanh(x) is nearly x: (x cosh(x) - sinh(x)) / cosh(x), whose numerator is the sum of 2k x^(2k+1) / (2k+1)!, k from 1 on: all
 * of one sign. */
static number tanhshrink_value(const number *p, number x) {
    (void)p;
    if (x * 0 != 0) return x;
    if (ABS(x) > 1) return x - TANH(x);
    number term = x, sum = 0, before = 1;
    for (int k = 2; sum != before; k += 2) {
        before = sum;
        term *= x * x / (k * (k + 1));
        sum += k * term;
    }
    return sum / COSH(x);
}

static number tanhshrink_slope(const number *p, number x, int *select) {
    number t = TANH(x);
    (void)p, (void)select;
    return t * t;
}

/* ---- silu: x / (1 + exp(-beta x)): torch.nn.SiLU; beta from Ramachandran et al., arXiv:1710.05941. quick_gelu: beta is 1.702: Hendrycks
 * and Gimpel, arXiv:1606.08415 ---- */

#define SILU_ROOT  ((number)-1.2784645427610738) /* of 1 + z sigmoid(-z) */
#define QUICK_BETA DECIMAL(1702, 1000)

static number silu_value(const number *p, number x) { return gated(x, p[0] * x); }

static number silu_slope(const number *p, number x, int *select) {
    (void)select;
    return gated_slope(x, p[0] * x, p[0] * x);
}

static void silu_root(const number *p, number *at, number *reach) {
    *at = SILU_ROOT / p[0];
    *reach = (number)0.25 / p[0];
}

static void silu_range(const number *p, number *low, number *high) {
    *low = silu_value(p, SILU_ROOT / p[0]);
    *high = (number)INFINITY;
}

static const double silu_sets[][2] = {{1.702}, {0.5}, {1e-3}, {100.0}, {0x1p-125}, {0x1p-1021}};

static number quick_gelu_value(const number *p, number x) {
    (void)p;
    return gated(x, QUICK_BETA * x);
}

static number quick_gelu_slope(const number *p, number x, int *select) {
    (void)p, (void)select;
    return gated_slope(x, QUICK_BETA * x, QUICK_BETA * x);
}

static void quick_gelu_root(const number *p, number *at, number *reach) {
    (void)p;
    *at = SILU_ROOT / QUICK_BETA;
    *reach = (number)0.25;
}

static void quick_gelu_range(const number *p, number *low, number *high) {
    *low = quick_gelu_value(p, SILU_ROOT / QUICK_BETA);
    *high = (number)INFINITY;
}

/* ---- mish: torch.nn.Mish: x tanh(softplus(x)). With e = exp(x) and n = e (e + 2), tanh(log(1 + e)) is n / (n + 2), and its derivative
 * 4 e (e + 1) / (n + 2)^2; for x > 0 all of that divided by powers of e ---- */

#define MISH_ROOT ((number)-1.1924312145154952)

static number mish_value(const number *p, number x) {
    number t = EXP(-ABS(x)), n = x > 0 ? 1 + 2 * t : t * (t + 2);
    (void)p;
    return x * 0 == 0 ? x * n / (n + 2 * (x > 0 ? t * t : 1)) : x > 0 ? x : -(number)0;
}

static number mish_slope(const number *p, number x, int *select) {
    number t = EXP(-ABS(x)), n = x > 0 ? 1 + 2 * t : t * (t + 2), d = n + 2 * (x > 0 ? t * t : 1);
    (void)p, (void)select;
    if (x - x != 0) return x != x ? x : x > 0;
    return n / d + x * (4 * t * (t + 1) * (x > 0 ? t : 1) / (d * d));
}

static void mish_root(const number *p, number *at, number *reach) {
    (void)p;
    *at = MISH_ROOT;
    *reach = (number)0.25;
}

static void mish_range(const number *p, number *low, number *high) {
    *low = mish_value(p, MISH_ROOT);
    *high = (number)INFINITY;
}

/* ---- gelu: torch.nn.GELU: x Phi(x), Phi the normal distribution function, erfc(-x / sqrt(2)) / 2 ---- */

#define SQRT_HALF        CONSTANT(0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55, 0x1.57d3e3adec175p-109)
#define INVERSE_SQRT_2PI CONSTANT(0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56, -0x1.c7402c7d60cfbp-112)
#define GELU_ROOT        ((number)-0.7517915246935645)

/* Further down Phi is as good as there. */
static number gelu_depth(number x) {
    int depth = DEEPEST > 1000 ? 126 : 33; /* depth^2 / 2 is less than DEEPEST */
    return x < -depth ? -depth : x;
}

static number gelu_value(const number *p, number x) {
    (void)p;
    return x * 0 == 0 ? x * (ERFC(-gelu_depth(x) * SQRT_HALF) / 2) : x > 0 ? x : -(number)0;
}

static number gelu_slope(const number *p, number x, int *select) {
    number at = gelu_depth(x);
    (void)p, (void)select;
    if (x - x != 0) return x != x ? x : x > 0;
    return ERFC(-at * SQRT_HALF) / 2 + at * EXP(-at * at / 2) * INVERSE_SQRT_2PI;
}

static void gelu_root(const number *p, number *at, number *reach) {
    (void)p;
    *at = GELU_ROOT;
    *reach = (number)0.25;
}

static void gelu_range(const number *p, number *low, number *high) {
    *low = gelu_value(p, GELU_ROOT);
    *high = (number)INFINITY;
}

/* ---- gelu_tanh: torch.nn.GELU(approximate='tanh'): x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3); that is
 * x sigmoid(2u) ---- */

#define GELU_TANH_CUBIC DECIMAL(44715, 1000000)
#define GELU_TANH_ROOT  ((number)-0.7524614220710163)

static number gelu_tanh_value(const number *p, number x) {
    (void)p;
    return gated(x, 4 * INVERSE_SQRT_2PI * x * (1 + GELU_TANH_CUBIC * (x * x)));
}

static number gelu_tanh_slope(const number *p, number x, int *select) {
    number square = GELU_TANH_CUBIC * (x * x), twice = 4 * INVERSE_SQRT_2PI * x;
    (void)p, (void)select;
    return gated_slope(x, twice * (1 + square), twice * (1 + 3 * square));
}

static void gelu_tanh_root(const number *p, number *at, number *reach) {
    (void)p;
    *at = GELU_TANH_ROOT;
    *reach = (number)0.25;
}

static void gelu_tanh_range(const number *p, number *low, number *high) {
    *low = gelu_tanh_value(p, GELU_TANH_ROOT);
    *high = (number)INFINITY;
}

/* ---- relu_squared: max(x, 0)^2: So et al., arXiv:2109.08668 ---- */

static number relu_squared_value(const number *p, number x) {
    (void)p;
    return x <= 0 ? 0 : x * x;
}

static number relu_squared_slope(const number *p, number x, int *select) {
    (void)p;
    *select = x <= 0;
    return x <= 0 ? 0 : 2 * x;
}

/* ---- What is saved for the backward pass ----
 *
 * f' by the stored y: of the smooth ops what the definition gives once x is taken out of it; of those whose slope takes two values, the slope of
 * the inputs that y can come from. And the mask's bit at x, as docs and ramp.h state it: at a NaN it is the side that has the stated
 * gradient. */

static number chosen(int steep, int *select) {
    *select = 1;
    return steep ? 1 : 0;
}

static int between_knees(number lo, number x, number hi) { return x > lo && x < hi; }

static number hardsigmoid_by_output(const number *p, number y, int *select) {
    *select = !between_knees(0, y, 1);
    return *select ? 0 : 1 / (p[1] - p[0]);
}
static int hardsigmoid_bit(const number *p, number x) { return between_knees(p[0], x, p[1]); }

static number hardtanh_by_output(const number *p, number y, int *select) { return chosen(y != y || between_knees(p[0], y, p[1]), select); }
static int hardtanh_bit(const number *p, number x) { return x != x || between_knees(p[0], x, p[1]); }

static number relu_by_output(const number *p, number y, int *select) {
    (void)p;
    return chosen(y != y || y > 0, select);
}
static int relu_bit(const number *p, number x) {
    (void)p;
    return x != x || x > 0;
}

static number relu6_by_output(const number *p, number y, int *select) {
    (void)p;
    return chosen(y != y || between_knees(0, y, 6), select);
}
static int relu6_bit(const number *p, number x) {
    (void)p;
    return x != x || between_knees(0, x, 6);
}

static number leaky_relu_by_output(const number *p, number y, int *select) {
    *select = y > 0 || p[0] == 0;
    return y > 0 ? 1 : p[0];
}
static int leaky_relu_bit(const number *p, number x) {
    (void)p;
    return x > 0;
}

static number threshold_by_output(const number *p, number y, int *select) { return chosen(y != y || y > p[0], select); }
static int threshold_bit(const number *p, number x) { return x != x || x > p[0]; }

static number hardshrink_by_output(const number *p, number y, int *select) { return chosen(y != y || ABS(y) > p[0], select); }
static number softshrink_by_output(const number *p, number y, int *select) {
    (void)p;
    return chosen(y != 0, select);
}
static int shrink_bit(const number *p, number x) { return x != x || ABS(x) > p[0]; }

/* y = alpha (exp(x) - 1), so that alpha exp(x) is y + alpha; celu's exp(x / alpha) is (y + alpha) / alpha. */
static number elu_by_output(const number *p, number y, int *select) {
    *select = !(y <= 0);
    return *select ? 1 : y + p[0];
}

static number celu_by_output(const number *p, number y, int *select) {
    *select = !(y <= 0);
    return *select ? 1 : (y + p[0]) / p[0];
}

/* y + scale alpha, whose leading bits cancel where y is near its least: that product to 160 bits. */
static number selu_by_output(const number *p, number y, int *select) {
    (void)p, (void)select;
    if (!(y <= 0)) return SELU_SCALE;
    return (y + (number)0x1.c212cc640f031p+0) + ((number)-0x1.26edf569e8971p-54 + (number)0x1.7c92dd6c31d60p-110);
}

static number sigmoid_by_output(const number *p, number y, int *select) {
    (void)p, (void)select;
    return y * (1 - y);
}

static number tanh_by_output(const number *p, number y, int *select) {
    (void)p, (void)select;
    return (1 - y) * (1 + y);
}

/* ---- The table ---- */

#ifdef REFERENCE_QUAD
typedef row_quad row;
typedef saved_quad saved;
#define FIND       reference_row_quad
#define FIND_SAVED reference_saved_quad
#else
typedef row_double row;
typedef saved_double saved;
#define FIND       reference_row_double
#define FIND_SAVED reference_saved_double
#endif

/* clang-format off */
static const row rows[] = {
    {RAMP_HARDSIGMOID, ROW_EXACT | ROW_SHARP_SLOPE, hardsigmoid_value, hardsigmoid_slope, range_zero_to_one, NULL, hardsigmoid_quotient, SETS(hardsigmoid_sets), 2, {-3.0, 3.0}},
    {RAMP_SOFTSIGN, ROW_EXACT | ROW_SHARP_SLOPE, softsign_value, softsign_slope, range_one, NULL, softsign_quotient, NO_SETS, 0, {0.0}},
    {RAMP_HARDTANH, ROW_EXACT | ROW_SHARP_SLOPE, hardtanh_value, hardtanh_slope, hardtanh_range, NULL, NULL, SETS(hardtanh_sets), 2, {-1.0, 1.0}},
    {RAMP_RELU, ROW_EXACT, relu_value, relu_slope, range_above_zero, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_RELU6, ROW_EXACT, relu6_value, relu6_slope, relu6_range, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_LEAKY_RELU, ROW_EXACT, leaky_relu_value, leaky_relu_slope, leaky_relu_range, NULL, NULL, SETS(leaky_relu_sets), 1, {0.01}},
    {RAMP_THRESHOLD, ROW_EXACT, threshold_value, threshold_slope, threshold_range, NULL, NULL, SETS(threshold_sets), 2, {1.0, 0.0}},
    {RAMP_HARDSWISH, ROW_EXACT, hardswish_value, hardswish_slope, hardswish_range, hardswish_root, hardswish_quotient, NO_SETS, 0, {0.0}},
    {RAMP_HARDSHRINK, ROW_EXACT, hardshrink_value, shrink_slope, NULL, NULL, NULL, SETS(hardshrink_sets), 1, {0.5}},
    {RAMP_SOFTSHRINK, ROW_EXACT, softshrink_value, shrink_slope, NULL, NULL, NULL, SETS(softshrink_sets), 1, {0.5}},
    {RAMP_SOFTPLUS, 0, softplus_value, softplus_slope, softplus_range, NULL, NULL, SETS(softplus_sets), 2, {1.0, 20.0}},
    {RAMP_ELU, 0, elu_value, elu_slope, elu_range, NULL, NULL, SETS(elu_sets), 1, {1.0}},
    {RAMP_CELU, 0, celu_value, celu_slope, elu_range, NULL, NULL, SETS(celu_sets), 1, {1.0}},
    {RAMP_SELU, 0, selu_value, selu_slope, selu_range, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_SIGMOID, 0, sigmoid_value, sigmoid_slope, range_zero_to_one, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_LOGSIGMOID, ROW_PLUS_ZERO, logsigmoid_value, logsigmoid_slope, logsigmoid_range, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_TANH, 0, tanh_value, tanh_slope, range_one, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_TANHSHRINK, 0, tanhshrink_value, tanhshrink_slope, NULL, NULL, NULL, NO_SETS, 0, {0.0}},
    {RAMP_SILU, 0, silu_value, silu_slope, silu_range, silu_root, NULL, SETS(silu_sets), 1, {1.0}},
    {RAMP_MISH, 0, mish_value, mish_slope, mish_range, mish_root, NULL, NO_SETS, 0, {0.0}},
    {RAMP_GELU, 0, gelu_value, gelu_slope, gelu_range, gelu_root, NULL, NO_SETS, 0, {0.0}},
    {RAMP_GELU_TANH, 0, gelu_tanh_value, gelu_tanh_slope, gelu_tanh_range, gelu_tanh_root, NULL, NO_SETS, 0, {0.0}},
    {RAMP_QUICK_GELU, 0, quick_gelu_value, quick_gelu_slope, quick_gelu_range, quick_gelu_root, NULL, NO_SETS, 0, {0.0}},
    {RAMP_RELU_SQUARED, ROW_EXACT, relu_squared_value, relu_squared_slope, range_above_zero, NULL, NULL, NO_SETS, 0, {0.0}},
};
/* clang-format on */

const row *FIND(ramp_op_id id) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].id == id) return &rows[i];
    return NULL;
}

/* The ops that save more than their input. */
static const saved saved_rows[] = {
    {RAMP_HARDSIGMOID, hardsigmoid_by_output, hardsigmoid_bit},
    {RAMP_HARDTANH, hardtanh_by_output, hardtanh_bit},
    {RAMP_RELU, relu_by_output, relu_bit},
    {RAMP_RELU6, relu6_by_output, relu6_bit},
    {RAMP_LEAKY_RELU, leaky_relu_by_output, leaky_relu_bit},
    {RAMP_THRESHOLD, threshold_by_output, threshold_bit},
    {RAMP_HARDSHRINK, hardshrink_by_output, shrink_bit},
    {RAMP_SOFTSHRINK, softshrink_by_output, shrink_bit},
    {RAMP_ELU, elu_by_output, NULL},
    {RAMP_CELU, celu_by_output, NULL},
    {RAMP_SELU, selu_by_output, NULL},
    {RAMP_SIGMOID, sigmoid_by_output, NULL},
    {RAMP_TANH, tanh_by_output, NULL},
};

const saved *FIND_SAVED(ramp_op_id id) {
    for (size_t i = 0; i < sizeof saved_rows / sizeof saved_rows[0]; i++)
        if (saved_rows[i].id == id) return &saved_rows[i];
    return NULL;
}
