/*
 * reference.c: the oracle. An op's row says, for one input, either "exactly this number" or "this fraction"; a fraction is rounded once,
 * whatever its operands' exponents: where 113 bits do not settle which way, its exact distance from the rounding midpoint does.
 */
#include "reference.h"

#include <float.h>
#include <math.h>

#if defined(__x86_64__) && defined(__GNUC__)
__extension__ typedef __float128 quad;
#elif LDBL_MANT_DIG >= 113
typedef long double quad;
#else
#error "the oracle needs 113-bit floats: __float128 on x86-64, or a long double that has them"
#endif

/* (num[0] + num[1]) / (den[0] + den[1]) ^ power; every term is exact, num is not 0, den > 0, power is 1 or 2. */
typedef struct fraction {
    double num[2], den[2];
    int power;
} fraction;

/* ---- The rows: 1: *exact is the answer; 0: *f is ---- */

typedef struct row {
    ramp_op_id id;
    double param[2];                                                                       /* the defaults */
    int (*forward)(const double *p, double x, double *exact, fraction *f);                 /* x is a number */
    int (*backward)(const double *p, double x, double dy, double *exact, fraction *slope); /* NaNs too */
} row;

/* clamp((x - lo) / (hi - lo), 0, 1): torch.nn.Hardsigmoid is 0 if x <= -3, 1 if x >= 3, x/6 + 1/2 otherwise; ONNX's alpha and beta move the
 * knees. */
static int hardsigmoid_forward(const double *p, double x, double *exact, fraction *f) {
    *exact = x <= p[0] ? 0.0 : 1.0;
    *f = (fraction){{x, -p[0]}, {p[1], -p[0]}, 1};
    return x <= p[0] || x >= p[1];
}

static int hardsigmoid_backward(const double *p, double x, double dy, double *exact, fraction *f) {
    *exact = 0.0;
    *f = (fraction){{dy, 0.0}, {p[1], -p[0]}, 1};
    return !(x > p[0] && x < p[1]);
}

/* x / (1 + |x|): torch.nn.Softsign, ONNX Softsign; its limits at the infinities. */
static int softsign_forward(const double *p, double x, double *exact, fraction *f) {
    (void)p;
    *exact = isinf(x) ? copysign(1.0, x) : x;
    *f = (fraction){{x, 0.0}, {1.0, fabs(x)}, 1};
    return isinf(x) || x == 0.0;
}

static int softsign_backward(const double *p, double x, double dy, double *exact, fraction *f) {
    (void)p;
    *exact = isnan(x) ? x : dy * 0.0;
    *f = (fraction){{dy, 0.0}, {1.0, fabs(x)}, 2};
    return isnan(x) || isinf(x);
}

/* torch.nn.Hardtanh: max_val if x > max_val, min_val if x < min_val, x otherwise; here lo already at x = lo, which only a zero's sign can
 * tell. */
static int hardtanh_forward(const double *p, double x, double *exact, fraction *f) {
    (void)f;
    *exact = x <= p[0] ? p[0] : x > p[1] ? p[1] : x;
    return 1;
}

static int hardtanh_backward(const double *p, double x, double dy, double *exact, fraction *f) {
    (void)f;
    *exact = x <= p[0] || x >= p[1] ? 0.0 : dy;
    return 1;
}

static const row rows[] = {
    {RAMP_HARDSIGMOID, {-3.0, 3.0}, hardsigmoid_forward, hardsigmoid_backward},
    {RAMP_SOFTSIGN, {0.0, 0.0}, softsign_forward, softsign_backward},
    {RAMP_HARDTANH, {-1.0, 1.0}, hardtanh_forward, hardtanh_backward},
};

static const row *find(ramp_op_id id) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].id == id) return &rows[i];
    return NULL;
}

/* The op is defined on parameters that are rounded to the compute type first. */
static void parameters(const row *r, const ramp_op *op, ramp_dtype dtype, double *p) {
    for (uint32_t i = 0; i < 2; i++) {
        p[i] = i < op->count ? op->param[i] : r->param[i];
        if (dtype != RAMP_F64) p[i] = (double)(float)p[i];
    }
}

/* ---- Rounding a fraction once ---- */

static quad absolute(quad a) { return a < 0 ? -a : a; }

static quad quad_value(const fraction *f) {
    quad den = (quad)f->den[0] + (quad)f->den[1];
    return ((quad)f->num[0] + (quad)f->num[1]) / (f->power == 2 ? den * den : den);
}

static double round_to(ramp_dtype dtype, quad q) { return dtype == RAMP_F64 ? (double)q : (double)(float)q; }

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

/* The sign of |fraction| - m, exactly, for a rounding midpoint m of at most 54 bits: of num - m * den, every product in two exact halves.
 */
static int compare(const fraction *f, quad m) {
    quad d0 = f->den[0], d1 = f->den[1], sign = (quad)f->num[0] + (quad)f->num[1] < 0 ? -1 : 1;
    quad product[3] = {d0, d1, 0}, t[8] = {sign * (quad)f->num[0], sign * (quad)f->num[1]};
    if (f->power == 2) product[0] = d0 * d0, product[1] = 2 * d0 * d1, product[2] = d1 * d1; /* 106 bits each: exact */
    for (int i = 0; i < 3; i++) {
        quad c = product[i] * (quad)144115188075855873.0L, high = c - (c - product[i]); /* Veltkamp's split at 57 bits, 2^57 + 1 */
        t[2 + 2 * i] = -m * high;
        t[3 + 2 * i] = -m * (product[i] - high);
    }
    return sign_of_sum(t, 8);
}

/* The midpoint of two neighbours of the type, the upper of which may be infinity: then it stands for the power of two after the largest
 * number. */
static quad midpoint(ramp_dtype dtype, double low, double high) {
    quad top = isinf(high) ? (dtype == RAMP_F64 ? 2 * (quad)ldexp(1.0, 1023) : (quad)ldexp(1.0, 128)) : (quad)high;
    return ((quad)low + top) / 2;
}

static double round_fraction(ramp_dtype dtype, const fraction *f) {
    if (dtype != RAMP_F64) { /* in double, at most five roundings: 2^-50 is far enough from a midpoint, and nearly always there */
        double den = f->den[0] + f->den[1], q = (f->num[0] + f->num[1]) / (f->power == 2 ? den * den : den);
        float low = (float)(q * (1.0 - 0x1p-50)), high = (float)(q * (1.0 + 0x1p-50));
        if (low == high) return (double)low;
    }
    quad q = quad_value(f), size = absolute(q), slack = size * (quad)0x1p-105;
    double low = round_to(dtype, size - slack), high = round_to(dtype, size + slack), value = low;
    if (low != high) {
        quad m = midpoint(dtype, low, high);
        int side = compare(f, m);
        value = side > 0 ? high : side < 0 ? low : round_to(dtype, m); /* a tie: the conversion's ties-to-even */
    }
    return q < 0 ? -value : value;
}

/* ---- The interface ---- */

int reference_has(ramp_op_id id) { return find(id) != NULL; }

double reference_forward(const ramp_op *op, ramp_dtype dtype, double x) {
    const row *r = find(op->id);
    double p[2], exact;
    fraction f;
    if (r == NULL || isnan(x)) return (double)NAN;
    parameters(r, op, dtype, p);
    return r->forward(p, x, &exact, &f) ? exact : round_fraction(dtype, &f);
}

/* 1: dy * f'(x) is *exact; 0: it is *f, neither NaN nor infinite nor 0 by definition. */
static int backward(const ramp_op *op, ramp_dtype dtype, double x, double dy, double *exact, fraction *f) {
    const row *r = find(op->id);
    double p[2];
    *exact = (double)NAN;
    if (r == NULL) return 1;
    parameters(r, op, dtype, p);
    if (r->backward(p, x, dy, exact, f)) return 1;
    *exact = dy; /* a positive slope leaves these as they are */
    return isnan(dy) || isinf(dy) || dy == 0.0;
}

double reference_backward(const ramp_op *op, ramp_dtype dtype, double x, double dy) {
    double exact;
    fraction f;
    return backward(op, dtype, x, dy, &exact, &f) ? exact : round_fraction(dtype, &f);
}

typedef struct format {
    int digits, min_exponent; /* of the significand; of the smallest normal number */
} format;

static format format_of(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F64: return (format){53, -1022};
    case RAMP_F16: return (format){11, -14};
    case RAMP_BF16: return (format){8, -126};
    default: return (format){24, -126};
    }
}

/* The ulp of the binade that |a| lies in; bounded: at least the smallest subnormal. a is within quad's normal range. */
static quad ulp(ramp_dtype dtype, quad a, int bounded) {
    format t = format_of(dtype);
    quad u = 1, size = absolute(a);
    int exponent = 0;
    while (u <= size / 2) u *= 2, exponent++;
    while (u > size && (!bounded || exponent > t.min_exponent)) u /= 2, exponent--;
    for (int i = 1; i < t.digits; i++) u /= 2;
    return u;
}

int reference_backward_holds(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got) {
    double want;
    fraction f;
    if (backward(op, dtype, x, dy, &want, &f)) return isnan(want) ? isnan(got) : got == want && !signbit(got) == !signbit(want);
    if (isnan(got) || !signbit(got) != !signbit(dy)) return 0;
    want = round_fraction(dtype, &f);
    if (got == want) return 1;
    quad truth = quad_value(&f), value = isinf(got) ? (got > 0 ? 1 : -1) * 2 * midpoint(dtype, 0.0, (double)INFINITY) : (quad)got;
    quad error = absolute(value - truth), slope = absolute(truth / (quad)dy), unit = ulp(dtype, slope, 0);
    if (absolute((quad)dy) == 1) return error <= ulp(dtype, slope, 1);
    return error <= 2 * unit * absolute((quad)dy) + ulp(dtype, truth, 1) / 2;
}

double reference_ulps(ramp_dtype dtype, double got, double want) {
    if (got == want || (isnan(got) && isnan(want))) return 0.0;
    if (isnan(got) || isnan(want) || isinf(got) || isinf(want)) return (double)INFINITY;
    return (double)(absolute((quad)got - (quad)want) / ulp(dtype, (quad)want, 1));
}
