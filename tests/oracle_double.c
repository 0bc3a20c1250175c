/* oracle_double.c: the fast path, for floats: a double row's error is known, and so is what it leaves open. */
#include "oracle.h"
#include "bits.h"
#include "reference.h"

#include <string.h>

/* The errors of a double row: relative; absolute, of a slope near its root; and relative, of an exact op's value, some roundings only. */
static const double value_error = 0x1p-42, root_error = 0x1p-46, exact_error = 0x1p-49;

/* The float that a value of this error rounds to. 0: there are two. */
static int round_double(double value, double error, double *result) {
    float low = (float)(value - error), high = (float)(value + error);
    *result = (double)low;
    return low == high;
}

static uint64_t exponent_of(double a, int bounded) {
    uint64_t pattern, least = bounded ? 1023 - 126 : 24, most = bounded ? 1023 + 127 : 2046;
    memcpy(&pattern, &a, sizeof pattern);
    pattern >>= 52;
    return pattern < least ? least : pattern > most ? most : pattern;
}

/* A float's ulp in the binade of |a|, bounded as quad_ulp's. Where |a| is so near to a power of two that it may lie in either binade: the lower
 * one's, and *sure = 0. */
static double float_ulp(double a, int bounded, int *sure) {
    uint64_t low = exponent_of(fabs(a) * (1.0 - value_error), bounded), pattern = (low - 23) << 52;
    double ulp;
    if (low != exponent_of(fabs(a) * (1.0 + value_error), bounded)) *sure = 0;
    memcpy(&ulp, &pattern, sizeof ulp);
    return ulp;
}

/* By an error that is known to 2^-16 ulps, or, if not sure, to be at most this. */
static int settle(double error, double limit, int sure) {
    if (!sure) return error <= 0.5 ? 1 : ORACLE_UNSETTLED;
    return fabs(error - limit) < 0x1p-16 ? ORACLE_UNSETTLED : error < limit;
}

int oracle_forward_by_double(const prepared *c, double x, double got, double *error) {
    double value = c->fast->value(c->p, x), want = 0.0;
    int sure = 1, exact = (c->fast->promise & ROW_EXACT) != 0, minus = !(c->fast->promise & ROW_PLUS_ZERO) && signbit(value);
    if (!(fabs(value) < 0x1p127) || !(fabs(got) <= (double)FLT_MAX)) return ORACLE_UNSETTLED;
    *error = 0.0;
    if (got == value && value != 0.0) return 1; /* a float: what is left out is far below half an ulp */
    *error = fabs(got - value) / float_ulp(value, 1, &sure);
    if (exact && !round_double(value, fabs(value) * exact_error, &want)) return ORACLE_UNSETTLED;
    if (exact) return oracle_same(got, want) ? settle(*error, 1.0, sure) : ORACLE_UNSETTLED;
    if (value == 0.0 || (got == 0.0 && (signbit(got) != 0) != minus)) return ORACLE_UNSETTLED;
    return settle(*error, c->forward_limit, sure);
}

int oracle_backward_by_double(const prepared *c, double x, double dy, double got, double *error) {
    int select = 0, sure = 1, near = fabs(x - c->root) < c->reach;
    double slope = c->slope(c->p, x, &select), want, size = fabs(dy);
    if (oracle_is_settled_product(slope, select, dy, &want)) return oracle_exactly(got, want, error);
    if (!(fabs(want) < 0x1p127) || !(fabs(got) <= (double)FLT_MAX) || (got == 0.0 && !signbit(got) != !signbit(want)))
        return ORACLE_UNSETTLED;
    double unit = float_ulp(slope, size == 1.0, &sure) * size, off = fabs(got - want);
    if (size != 1.0) off -= float_ulp(want, 1, &sure) / 2;
    *error = off <= 0.0 || (near && off <= 0x1p-24 * (1.0 - 0x1p-16) * size) ? 0.0 : off / unit;
    if (*error == 0.0) return 1;
    return near ? ORACLE_UNSETTLED : settle(*error, oracle_backward_limit(c), sure);
}

int oracle_round_forward(const prepared *c, double x, double *want) {
    double value = c->fast->value(c->p, x), error = c->fast->promise & ROW_EXACT ? exact_error : value_error;
    int settled = round_double(value, fabs(value) * error, want);
    if (value - value != 0.0) *want = value;
    if (*want == 0.0 && c->fast->promise & ROW_PLUS_ZERO) *want = 0.0;
    return settled || value - value != 0.0;
}

int oracle_round_backward(const prepared *c, double x, double dy, double *want) {
    int select = 0, near = fabs(x - c->root) < c->reach;
    double slope = c->slope(c->p, x, &select), error = fabs(slope) * value_error + (near ? root_error : 0.0);
    return oracle_is_settled_product(slope, select, dy, want) || round_double(slope * dy, error * fabs(dy), want);
}

/* ---- f16, bf16 ---- */

/* Whether got is what a float within `tolerance` of the truth rounds to. */
static int short_holds(ramp_dtype dtype, double truth, double tolerance, double got) {
    double low = truth - tolerance, high = truth + tolerance;
    if (truth > 0.0 && low < 0.0) low = 0.0;
    if (truth < 0.0 && high > 0.0) high = -0.0;
    low = bits_value(dtype, bits_of(dtype, low));
    high = bits_value(dtype, bits_of(dtype, high));
    return oracle_same(got, low) || oracle_same(got, high) || (got > low && got < high && got != 0.0);
}

int oracle_forward_short(const prepared *c, ramp_dtype dtype, double x, double got) {
    int sure = 1;
    double value = c->fast->value(c->p, x);
    if (c->fast->promise & ROW_EXACT || value == 0.0 || value - value != 0.0) return 0; /* nothing but the right number, which it is not */
    return short_holds(dtype, value, 2.0 * c->forward_limit * float_ulp(value, 1, &sure), got);
}

int oracle_backward_short(const prepared *c, ramp_dtype dtype, double x, double dy, double got) {
    int select = 0, sure = 1, near = fabs(x - c->root) < c->reach;
    double slope = c->slope(c->p, x, &select), truth, size = fabs(dy);
    if (oracle_is_settled_product(slope, select, dy, &truth)) return 0;
    double tolerance = 2.0 * oracle_backward_limit(c) * float_ulp(slope, 0, &sure) * size + float_ulp(truth, 1, &sure);
    return short_holds(dtype, truth, near ? tolerance + 0x1p-24 * size : tolerance, got);
}
