/*
 * rows_f64.c: makes the rows of rows.h for double, from the ops' own functions as pairs, so that they are rounded once.
 */
#define RAMP_DTYPE_F64
#include "dialect.h"
#include "emulation.h"
#include "arithmetic.h"
#include "functions.h"
#include "activations.h"
#include "rows.h"
#include "smooth.h"
#include "gelu.h"
#include "../src/rows.h"

#include <assert.h>

_Static_assert(rows_count_f64 == RAMP_ROWS && rows_row_bytes == sizeof(ramp_row), "src/rows.h and kernels/rows.h speak of the same rows");

/* ---- Pairs; a is a row's middle, 0 to ROWS_HIGHEST ---- */

static real_pair rounded(real_pair p) { return two_sum_ordered(p.hi, p.lo); }

static real_pair difference(real_pair a, real_pair b) {
    real_pair d = two_sum(a.hi, -b.hi);
    d.lo += a.lo - b.lo;
    return rounded(d);
}

static real_pair one_less(real_pair a) { return difference(pair_of(1.0, 0.0), a); }

/* exp(-u) */
static real_pair exp_below(real_pair u) {
    const scaled e = exp_of_size(u, 0);
    const real power = power_of_scaled(e);
    return rounded(pair_of(e.hi * power, e.lo * power));
}

static real_pair half_square(real a) { return product_of(0.5 * a, a); }

/* Phi'(a) */
static real_pair bell(real a) {
    const real_pair scale = {0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56}; /* 1 / sqrt(2 pi) */
    return rounded(product_of_pairs(exp_below(half_square(a)), scale));
}

/* Phi(-a + step) of Phi(-a) */
static real_pair tail_nearer(real_pair tail, real a, real step) {
    const real_pair at = bell(a);
    const real_pair more = rounded(pair_of(at.hi * step, real_fma(at.hi * step, near_mean_rest(-a * step, step * step), at.lo * step)));
    real_pair sum = two_sum_ordered(tail.hi, more.hi);
    sum.lo += tail.lo + more.lo;
    return rounded(sum);
}

/* 1 / (1 + exp(u)), u being gelu_tanh's. */
static real_pair share(real a) {
    const real_pair e = exp_below(gelu_tanh_exponent(a, RAMP_CUBIC, RAMP_CUBIC_LO));
    const real_pair d = sum_of_pairs_ordered(pair_of(1.0, 0.0), e);
    return rounded(quotient_of_pairs(e, d, 1.0 / d.hi));
}

/* ---- What a row has, for the value and for the gradient; tail: Phi(-a) ---- */

static ramp_row gelu_value_row(real a, real_pair tail) { return (ramp_row){tail.hi, bell(a).hi}; }

static ramp_row gelu_gradient_row(real a, real_pair tail) {
    return (ramp_row){difference(tail, product_of_pairs(pair_of(a, 0.0), bell(a))).hi, bell(a).hi};
}

static ramp_row gelu_tanh_value_row(real a) {
    const real_pair s = share(a);
    return (ramp_row){s.hi, s.lo};
}

static ramp_row gelu_tanh_gradient_row(real a) {
    const real_pair k = gelu_tanh_exponent(a, RAMP_CUBIC_3, RAMP_CUBIC_3_LO), s = share(a);
    return (ramp_row){rounded(product_of_pairs(s, one_less(product_of_pairs(k, one_less(s))))).hi, s.hi};
}

/* ---- All rows, from the last to the first, in steps of a narrow one ---- */

static const real step = 0x1p-9;

static int is_middle(real a) { return a <= RAMP_ROWS_HIGHEST && row_middle(a) == a; }

/* From further on: each tail is what adds up to it, and the first one's error is nothing beside the last row's. */
static void make_gelu(ramp_row *rows, ramp_row (*row_of)(real a, real_pair tail)) {
    real a = RAMP_ROWS_HIGHEST + 1;
    for (real_pair tail = {gelu_value_far(-a) / -a, 0.0}; a >= 0; a -= step) {
        if (is_middle(a)) rows[row_index(a)] = row_of(a, tail);
        tail = tail_nearer(tail, a, step);
    }
}

static void make_gelu_tanh(ramp_row *rows, ramp_row (*row_of)(real a)) {
    for (real a = RAMP_ROWS_HIGHEST; a >= 0; a -= step)
        if (is_middle(a)) rows[row_index(a)] = row_of(a);
}

void rows_make_f64(ramp_op_id op, int is_gradient, void *rows) {
    assert(op == RAMP_GELU || op == RAMP_GELU_TANH);
    if (op == RAMP_GELU)
        make_gelu(rows, is_gradient ? gelu_gradient_row : gelu_value_row);
    else
        make_gelu_tanh(rows, is_gradient ? gelu_tanh_gradient_row : gelu_tanh_value_row);
}
