/* oracle_quad.c: the slow path, for all that the doubles leave open, and f64. */
#include "bits.h"
#include "fraction.h"
#include "oracle.h"
#include "reference.h"

static quad size_of(quad a) { return a < 0 ? -a : a; }

/* A slope that a double may not hold, as its sign; zeros, infinities and NaN as they are. */
static double sign_of(quad slope) { return slope == 0 || slope - slope != 0 ? (double)slope : slope < 0 ? -1.0 : 1.0; }

/* f(x), and what it rounds to. */
static quad quad_value(const prepared *c, double x, double *want) {
    fraction f;
    int quotient = c->slow->quotient != NULL && c->slow->quotient(c->q, (quad)x, &f);
    quad value = quotient ? quad_of_fraction(&f) : c->slow->value(c->q, (quad)x);
    *want = quotient ? round_fraction(c->dtype, &f) : round_quad(c->dtype, value);
    if (*want == 0.0 && c->slow->promise & ROW_PLUS_ZERO) *want = 0.0;
    return value;
}

/* |got - truth|, where an infinity stands for the power of two after the largest number; 0 where that is what the truth rounds to. */
static quad distance(ramp_dtype dtype, double got, double want, quad truth) {
    if (isinf(got) && got == want) return 0;
    return size_of((isinf(got) ? (got > 0 ? 1 : -1) * quad_beyond(dtype) : (quad)got) - truth);
}

int oracle_forward_by_quad(const prepared *c, double x, double got, double *error) {
    double want;
    quad value = quad_value(c, x, &want);
    if (value == 0 || value - value != 0) return oracle_exactly(got, want, error);
    int minus = value < 0 && !(c->slow->promise & ROW_PLUS_ZERO);
    *error = (double)INFINITY;
    if (isnan(got) || (got == 0.0 && (signbit(got) != 0) != minus)) return 0;
    *error = (double)(distance(c->dtype, got, want, value) / quad_ulp(c->dtype, value, 1));
    return c->slow->promise & ROW_EXACT ? oracle_same(got, want) : *error <= c->forward_limit;
}

int oracle_backward_by_quad(const prepared *c, double x, double dy, double got, double *error) {
    int select = 0;
    quad slope = c->quad_slope(c->q, (quad)x, &select), truth = slope * (quad)dy, size = size_of((quad)dy);
    double want;
    if (oracle_is_settled_product(sign_of(slope), select, dy, &want)) return oracle_exactly(got, want, error);
    want = round_quad(c->dtype, truth);
    *error = (double)INFINITY;
    if (isnan(got) || (got == 0.0 && !signbit(got) != !signbit(want))) return 0;
    quad unit = quad_ulp(c->dtype, slope, size == 1) * size, off = distance(c->dtype, got, want, truth);
    if (size != 1) off -= quad_ulp(c->dtype, truth, 1) / 2;
    int near = fabs(x - c->root) < c->reach && off <= (quad)(c->dtype == RAMP_F64 ? 0x1p-52 : 0x1p-24) * size;
    *error = off <= 0 || near ? 0.0 : (double)(off / unit);
    return *error <= oracle_backward_limit(c);
}

double oracle_forward_quad(const prepared *c, double x) {
    double want;
    quad_value(c, x, &want);
    return want;
}

double oracle_backward_quad(const prepared *c, double x, double dy) {
    int select = 0;
    quad slope = c->quad_slope(c->q, (quad)x, &select);
    double want;
    return oracle_is_settled_product(sign_of(slope), select, dy, &want) ? want : round_quad(c->dtype, slope * (quad)dy);
}

double reference_ulps(ramp_dtype dtype, double got, double want) {
    if (got == want || (isnan(got) && isnan(want))) return 0.0;
    if (isnan(got) || isnan(want) || isinf(got) || isinf(want)) return (double)INFINITY;
    return (double)(size_of((quad)got - (quad)want) / quad_ulp(dtype, (quad)want, 1));
}
