/*
 * literal.c: log(1 + exp(x)) is just that here. What cancellation costs is paid in bits: each evaluation is made at twice the precision of the
 * one before, until two of them agree and neither lost a term of a sum.
 */
#include "literal.h"

#include <mpfr.h>

enum { arena_size = 64, first_precision = 192, last_precision = 1 << 13 };

typedef mpfr_ptr real;

/* ---- Arithmetic on temporaries ---- */

static _Thread_local mpfr_t arena[arena_size];
static _Thread_local int used;
static _Thread_local int lost; /* a sum lost a term that is not 0, or all of itself */

static real fresh(void) { return arena[used++]; }

static real number_of(double value) {
    real r = fresh();
    mpfr_set_d(r, value, MPFR_RNDN);
    return r;
}

static real decimal(const char *digits) {
    real r = fresh();
    mpfr_set_str(r, digits, 10, MPFR_RNDN);
    return r;
}

static real sum(real a, real b, int (*combine)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t)) {
    real r = fresh();
    combine(r, a, b, MPFR_RNDN);
    if (!mpfr_zero_p(a) && !mpfr_zero_p(b) && mpfr_number_p(r)) lost |= mpfr_zero_p(r) || mpfr_cmpabs(r, a) == 0 || mpfr_cmpabs(r, b) == 0;
    return r;
}

static real add(real a, real b) { return sum(a, b, mpfr_add); }
static real sub(real a, real b) { return sum(a, b, mpfr_sub); }

#define UNARY(name, function)                                                                                                              \
    static real name(real a) {                                                                                                             \
        real r = fresh();                                                                                                                  \
        function(r, a, MPFR_RNDN);                                                                                                         \
        return r;                                                                                                                          \
    }
#define BINARY(name, function)                                                                                                             \
    static real name(real a, real b) {                                                                                                     \
        real r = fresh();                                                                                                                  \
        function(r, a, b, MPFR_RNDN);                                                                                                      \
        return r;                                                                                                                          \
    }
UNARY(negative, mpfr_neg)
UNARY(absolute, mpfr_abs)
UNARY(exp_of, mpfr_exp)
UNARY(log_of, mpfr_log)
UNARY(tanh_of, mpfr_tanh)
UNARY(erfc_of, mpfr_erfc)
UNARY(square, mpfr_sqr)
UNARY(root_of, mpfr_sqrt)
BINARY(mul, mpfr_mul)
BINARY(quotient, mpfr_div)

static real plus(real a, double b) { return add(a, number_of(b)); }
static real times(real a, double b) { return mul(a, number_of(b)); }
static real over(real a, double b) { return quotient(a, number_of(b)); }
static real from(double a, real b) { return sub(number_of(a), b); }
static real pi(void) {
    real r = fresh();
    mpfr_const_pi(r, MPFR_RNDN);
    return r;
}

/* ---- The definitions: f; and f' by the rules of calculus ---- */

typedef struct given {
    double at;       /* x */
    const double *p; /* lo and hi, or by whatever name */
    real x, p0, p1;
    int derivative;
} given;

/* Straight on: f is x here. */
static real straight(const given *g) { return g->derivative ? number_of(1) : g->x; }
/* Flat here. */
static real flat(const given *g, double value) { return number_of(g->derivative ? 0 : value); }

static real define_hardsigmoid(const given *g) {
    if (g->at <= g->p[0] || g->at >= g->p[1]) return flat(g, g->at >= g->p[1]);
    return quotient(g->derivative ? number_of(1) : sub(g->x, g->p0), sub(g->p1, g->p0));
}

static real define_softsign(const given *g) {
    real d = plus(absolute(g->x), 1);
    return g->derivative ? quotient(number_of(1), square(d)) : quotient(g->x, d);
}

static real define_hardtanh(const given *g) {
    if (g->at <= g->p[0] || g->at >= g->p[1]) return flat(g, g->at <= g->p[0] ? g->p[0] : g->p[1]);
    return straight(g);
}

static real define_relu(const given *g) { return g->at > 0 ? straight(g) : flat(g, 0); }
static real define_relu6(const given *g) { return g->at > 0 && g->at < 6 ? straight(g) : flat(g, g->at >= 6 ? 6 : 0); }
static real define_leaky_relu(const given *g) { return g->at > 0 ? straight(g) : g->derivative ? g->p0 : mul(g->p0, g->x); }
static real define_threshold(const given *g) { return g->at > g->p[0] ? straight(g) : flat(g, g->p[1]); }

static real define_hardswish(const given *g) {
    if (g->at <= -3) return flat(g, 0);
    if (g->at >= 3) return straight(g);
    return over(g->derivative ? plus(times(g->x, 2), 3) : mul(g->x, plus(g->x, 3)), 6);
}

static real define_hardshrink(const given *g) { return g->at >= -g->p[0] && g->at <= g->p[0] ? flat(g, 0) : straight(g); }

static real define_softshrink(const given *g) {
    if (g->at >= -g->p[0] && g->at <= g->p[0]) return flat(g, 0);
    return g->derivative ? number_of(1) : g->at > 0 ? sub(g->x, g->p0) : add(g->x, g->p0);
}

static real define_softplus(const given *g) {
    real z = mul(g->p0, g->x), e = exp_of(z);
    if (mpfr_cmp(z, g->p1) > 0) return straight(g);
    return g->derivative ? quotient(e, plus(e, 1)) : quotient(log_of(plus(e, 1)), g->p0);
}

static real define_elu(const given *g) {
    if (g->at > 0) return straight(g);
    return mul(g->p0, g->derivative ? exp_of(g->x) : plus(exp_of(g->x), -1));
}

static real define_celu(const given *g) {
    real e = exp_of(quotient(g->x, g->p0));
    if (g->at > 0) return straight(g);
    return g->derivative ? e : mul(g->p0, plus(e, -1));
}

static real define_selu(const given *g) {
    real scale = decimal("1.0507009873554805"), alpha = decimal("1.6732632423543772");
    if (g->at > 0) return mul(scale, straight(g));
    return mul(scale, mul(alpha, g->derivative ? exp_of(g->x) : plus(exp_of(g->x), -1)));
}

static real logistic(real z) { return quotient(number_of(1), plus(exp_of(negative(z)), 1)); }

static real define_sigmoid(const given *g) {
    real s = logistic(g->x);
    return g->derivative ? mul(s, from(1, s)) : s;
}

static real define_logsigmoid(const given *g) {
    real s = logistic(g->x);
    return g->derivative ? from(1, s) : log_of(s);
}

static real define_tanh(const given *g) {
    real t = tanh_of(g->x);
    return g->derivative ? from(1, square(t)) : t;
}

static real define_tanhshrink(const given *g) {
    real t = tanh_of(g->x);
    return g->derivative ? square(t) : sub(g->x, t);
}

static real swish(const given *g, real beta) {
    real z = mul(beta, g->x), s = logistic(z);
    return g->derivative ? add(s, mul(z, mul(s, from(1, s)))) : mul(g->x, s);
}

static real define_silu(const given *g) { return swish(g, g->p0); }
static real define_quick_gelu(const given *g) { return swish(g, decimal("1.702")); }

static real define_mish(const given *g) {
    real e = exp_of(g->x), t = tanh_of(log_of(plus(e, 1)));
    if (!g->derivative) return mul(g->x, t);
    return add(t, mul(g->x, mul(from(1, square(t)), quotient(e, plus(e, 1)))));
}

/* Not by 1 + erf(x / sqrt(2)), the same number: at x = -38 that takes erf to thousands of bits, in which it is slow. */
static real define_gelu(const given *g) {
    real phi = over(erfc_of(negative(quotient(g->x, root_of(number_of(2))))), 2);
    if (!g->derivative) return mul(g->x, phi);
    return add(phi, mul(g->x, quotient(exp_of(over(square(g->x), -2)), root_of(times(pi(), 2)))));
}

static real define_gelu_tanh(const given *g) {
    real c = root_of(quotient(number_of(2), pi())), a = decimal("0.044715"), square_x = square(g->x);
    real t = tanh_of(mul(c, add(g->x, mul(a, mul(g->x, square_x))))), half = over(plus(t, 1), 2);
    if (!g->derivative) return mul(g->x, half);
    real rise = mul(c, plus(times(mul(a, square_x), 3), 1));
    return add(half, mul(over(g->x, 2), mul(from(1, square(t)), rise)));
}

static real define_relu_squared(const given *g) {
    if (g->at <= 0) return flat(g, 0);
    return g->derivative ? times(g->x, 2) : square(g->x);
}

static const struct {
    ramp_op_id id;
    real (*define)(const given *g);
} ops[] = {
    {RAMP_HARDSIGMOID, define_hardsigmoid},
    {RAMP_SOFTSIGN, define_softsign},
    {RAMP_HARDTANH, define_hardtanh},
    {RAMP_RELU, define_relu},
    {RAMP_RELU6, define_relu6},
    {RAMP_LEAKY_RELU, define_leaky_relu},
    {RAMP_THRESHOLD, define_threshold},
    {RAMP_HARDSWISH, define_hardswish},
    {RAMP_HARDSHRINK, define_hardshrink},
    {RAMP_SOFTSHRINK, define_softshrink},
    {RAMP_SOFTPLUS, define_softplus},
    {RAMP_ELU, define_elu},
    {RAMP_CELU, define_celu},
    {RAMP_SELU, define_selu},
    {RAMP_SIGMOID, define_sigmoid},
    {RAMP_LOGSIGMOID, define_logsigmoid},
    {RAMP_TANH, define_tanh},
    {RAMP_TANHSHRINK, define_tanhshrink},
    {RAMP_SILU, define_silu},
    {RAMP_MISH, define_mish},
    {RAMP_GELU, define_gelu},
    {RAMP_GELU_TANH, define_gelu_tanh},
    {RAMP_QUICK_GELU, define_quick_gelu},
    {RAMP_RELU_SQUARED, define_relu_squared},
};

/* ---- Evaluation ---- */

/* By its leading 159 bits, brought into the doubles' range. */
static quad quad_of(real value) {
    double part[3];
    if (!mpfr_regular_p(value)) return (quad)mpfr_get_d(value, MPFR_RNDN);
    mpfr_exp_t exponent = mpfr_get_exp(value);
    if (exponent < -16000 || exponent > 16000) return exponent < 0 ? 0 : (quad)INFINITY;
    mpfr_set_exp(value, 0);
    for (int i = 0; i < 3; i++) {
        part[i] = mpfr_get_d(value, MPFR_RNDN);
        mpfr_sub_d(value, value, part[i], MPFR_RNDN);
    }
    return QUAD(ldexp)((quad)part[0] + ((quad)part[1] + (quad)part[2]), (int)exponent);
}

typedef real (*definition)(const given *g);

static definition find(ramp_op_id id) {
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (ops[i].id == id) return ops[i].define;
    return NULL;
}

int literal_has(ramp_op_id id) { return find(id) != NULL; }

/* The result lies in the arena, for arena_close to clear. */
static real arena_open(definition define, const double *p, double x, int derivative, int precision) {
    for (int i = 0; i < arena_size; i++) mpfr_init2(arena[i], precision);
    used = lost = 0;
    given g = {x, p, number_of(x), number_of(p[0]), number_of(p[1]), derivative};
    return define(&g);
}

static void arena_close(void) {
    for (int i = 0; i < arena_size; i++) mpfr_clear(arena[i]);
}

static quad evaluate(definition define, const double *p, double x, int derivative, int precision) {
    quad result = quad_of(arena_open(define, p, x, derivative, precision));
    arena_close();
    return result;
}

/* The last precision holds any sum of two doubles; what a quotient loses is far from every midpoint that it is not. */
int literal_round(ramp_op_id id, const double *p, double x, ramp_dtype dtype, double *result) {
    definition define = find(id);
    if (define == NULL) return 0;
    real value = arena_open(define, p, x, 0, last_precision);
    *result = dtype == RAMP_F64 ? mpfr_get_d(value, MPFR_RNDN) : (double)mpfr_get_flt(value, MPFR_RNDN);
    arena_close();
    return 1;
}

int literal_evaluate(ramp_op_id id, int derivative, const double *p, double x, quad *result) {
    definition define = find(id);
    if (define == NULL) return 0;
    quad before = evaluate(define, p, x, derivative, first_precision);
    for (int precision = 2 * first_precision; precision <= last_precision; precision *= 2) {
        *result = evaluate(define, p, x, derivative, precision);
        quad off = *result - before, size = *result < 0 ? -*result : *result;
        if (!lost && (off < 0 ? -off : off) <= size * (quad)0x1p-110) break;
        before = *result;
    }
    return 1;
}
