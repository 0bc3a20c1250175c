/*
 * oracle.c: what is made of the rows. For floats a double settles nearly everything, as its error is known (reference.c); what it does not
 * settle, and all of f64, a quad does; and where that is a tie or nearly one, fraction.c.
 */
#include "bits.h"
#include "oracle.h"
#include "reference.h"

#include <string.h>

/* ---- An op and its parameters ---- */

/* The op is defined on parameters that are rounded to the compute type first. Not by (double)(float)value: gcc 12 drops that from a loop
 * over two. */
static double rounded(ramp_dtype dtype, double value) { return bits_value(dtype, bits_of(dtype, value)); }

static int is_listed(const prepared *c) {
    ramp_op listed;
    for (size_t i = 0; reference_set(c->op.id, i, &listed); i++)
        if (rounded(c->dtype, listed.param[0]) == c->p[0] && rounded(c->dtype, listed.param[1]) == c->p[1]) return 1;
    return 0;
}

static double forward_limit(const prepared *c) {
    if (c->fast->promise & ROW_EXACT) return 0.5;
    return c->dtype != RAMP_F64 && is_listed(c) ? 1.0 : 2.0;
}

double oracle_backward_limit(const prepared *c) {
    if (c->fast->promise & ROW_SHARP_SLOPE) return 1.0;
    return c->dtype == RAMP_F64 && !c->by_output ? 4.0 : 2.0;
}

/* Roots of slopes are roots of x. */
static void tell_slope(prepared *c) {
    const saved_double *fast = reference_saved_double(c->op.id);
    const saved_quad *slow = reference_saved_quad(c->op.id);
    c->slope = c->fast->slope;
    c->quad_slope = c->slow->slope;
    if (!c->by_output && c->fast->root != NULL) c->fast->root(c->p, &c->root, &c->reach);
    if (!c->by_output) return;
    c->slope = fast != NULL ? fast->slope : NULL;
    c->quad_slope = slow != NULL ? slow->slope : NULL;
}

static const prepared *prepare(const ramp_op *op, ramp_dtype type, int by_output) {
    static _Thread_local prepared last[2];
    prepared *c = &last[by_output];
    ramp_dtype dtype = type == RAMP_F64 ? RAMP_F64 : RAMP_F32;
    if (c->slope != NULL && c->dtype == dtype && memcmp(&c->op, op, sizeof *op) == 0) return c;
    *c = (prepared){
        .op = *op, .dtype = dtype, .fast = reference_row_double(op->id), .slow = reference_row_quad(op->id), .by_output = by_output};
    if (c->fast == NULL || c->slow == NULL) return NULL;
    for (uint32_t i = 0; i < 2; i++) {
        c->p[i] = rounded(dtype, i < op->count ? op->param[i] : c->fast->param[i]);
        c->q[i] = (quad)c->p[i];
    }
    c->forward_limit = forward_limit(c);
    tell_slope(c);
    return c->slope != NULL ? c : NULL;
}

const prepared *oracle_prepare(const ramp_op *op, ramp_dtype type) { return prepare(op, type, 0); }
const prepared *oracle_prepare_output(const ramp_op *op, ramp_dtype type) { return prepare(op, type, 1); }

int reference_has(ramp_op_id id) { return reference_row_double(id) != NULL && reference_row_quad(id) != NULL; }

int reference_is_exact(ramp_op_id id) {
    const row_double *row = reference_row_double(id);
    return row != NULL && (row->promise & ROW_EXACT) != 0;
}

int reference_set(ramp_op_id id, size_t index, ramp_op *op) {
    const row_double *row = reference_row_double(id);
    if (row == NULL || index > row->set_count) return 0;
    const double *param = index == 0 ? row->param : row->set[index - 1];
    *op = (ramp_op){id, row->count, {param[0], param[1]}};
    return 1;
}

int reference_bounds(const ramp_op *op, double *low, double *high) {
    const prepared *c = oracle_prepare(op, RAMP_F64);
    quad bottom = -(quad)INFINITY, top = (quad)INFINITY;
    if (c == NULL) return 0;
    if (c->slow->range != NULL) c->slow->range(c->q, &bottom, &top);
    *low = (double)bottom;
    *high = (double)top;
    return 1;
}

int reference_root(const ramp_op *op, double *x) {
    const prepared *c = oracle_prepare(op, RAMP_F64);
    if (c == NULL || c->fast->root == NULL) return 0;
    *x = c->root;
    return 1;
}

double reference_forward_limit(const ramp_op *op, ramp_dtype dtype) {
    const prepared *c = oracle_prepare(op, dtype);
    return c == NULL ? 0.0 : c->forward_limit;
}

double reference_backward_limit(const ramp_op *op, ramp_dtype dtype) {
    const prepared *c = oracle_prepare(op, dtype);
    return c == NULL ? 0.0 : oracle_backward_limit(c);
}

double reference_output_backward_limit(const ramp_op *op, ramp_dtype dtype) {
    const prepared *c = oracle_prepare_output(op, dtype);
    return c == NULL ? 0.0 : oracle_backward_limit(c);
}

/* ---- Exact results ---- */

int oracle_same(double a, double b) { return (isnan(a) && isnan(b)) || (a == b && (a != 0.0 || !signbit(a) == !signbit(b))); }

int oracle_exactly(double got, double want, double *error) {
    *error = oracle_same(got, want) ? 0.0 : (double)INFINITY;
    return oracle_same(got, want);
}

/* A NaN is a slope as well. */
int oracle_is_settled_product(double slope, int select, double dy, double *want) {
    *want = select ? (slope == 0.0 ? 0.0 : dy) : slope * dy;
    return select || slope == 0.0 || dy == 0.0 || slope - slope != 0.0 || dy - dy != 0.0;
}

/* ---- The interface ---- */

static double to_dtype(ramp_dtype dtype, double value) {
    return dtype == RAMP_F16 || dtype == RAMP_BF16 ? bits_value(dtype, bits_of(dtype, value)) : value;
}

double reference_forward(const ramp_op *op, ramp_dtype dtype, double x) {
    const prepared *c = oracle_prepare(op, dtype);
    double want;
    if (c == NULL || isnan(x)) return (double)NAN;
    return to_dtype(dtype, c->dtype == RAMP_F32 && oracle_round_forward(c, x, &want) ? want : oracle_forward_quad(c, x));
}

static double rounded_backward(const prepared *c, ramp_dtype dtype, double x, double dy) {
    double want;
    if (c == NULL) return (double)NAN;
    return to_dtype(dtype, c->dtype == RAMP_F32 && oracle_round_backward(c, x, dy, &want) ? want : oracle_backward_quad(c, x, dy));
}

double reference_backward(const ramp_op *op, ramp_dtype dtype, double x, double dy) {
    return rounded_backward(oracle_prepare(op, dtype), dtype, x, dy);
}

double reference_output_backward(const ramp_op *op, ramp_dtype dtype, double y, double dy) {
    return rounded_backward(oracle_prepare_output(op, dtype), dtype, y, dy);
}

int reference_forward_check(const ramp_op *op, ramp_dtype dtype, double x, double got, double *error) {
    const prepared *c = oracle_prepare(op, dtype);
    int holds = ORACLE_UNSETTLED;
    if (c == NULL || isnan(x)) return oracle_exactly(got, (double)NAN, error);
    if (dtype == RAMP_F16 || dtype == RAMP_BF16) {
        double want = reference_forward(op, dtype, x);
        *error = reference_ulps(dtype, got, want);
        return oracle_same(got, want) || oracle_forward_short(c, dtype, x, got);
    }
    if (dtype == RAMP_F32) holds = oracle_forward_by_double(c, x, got, error);
    return holds != ORACLE_UNSETTLED ? holds : oracle_forward_by_quad(c, x, got, error);
}

static int check_backward(const prepared *c, ramp_dtype dtype, double x, double dy, double got, double *error) {
    int holds = ORACLE_UNSETTLED;
    if (c == NULL) return oracle_exactly(got, (double)NAN, error);
    if (dtype == RAMP_F16 || dtype == RAMP_BF16) {
        double want = rounded_backward(c, dtype, x, dy);
        *error = reference_ulps(dtype, got, want);
        return oracle_same(got, want) || oracle_backward_short(c, dtype, x, dy, got);
    }
    if (dtype == RAMP_F32) holds = oracle_backward_by_double(c, x, dy, got, error);
    return holds != ORACLE_UNSETTLED ? holds : oracle_backward_by_quad(c, x, dy, got, error);
}

int reference_backward_check(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got, double *error) {
    return check_backward(oracle_prepare(op, dtype), dtype, x, dy, got, error);
}

int reference_output_backward_check(const ramp_op *op, ramp_dtype dtype, double y, double dy, double got, double *error) {
    return check_backward(oracle_prepare_output(op, dtype), dtype, y, dy, got, error);
}

int reference_forward_holds(const ramp_op *op, ramp_dtype dtype, double x, double got) {
    double error;
    return reference_forward_check(op, dtype, x, got, &error);
}

int reference_backward_holds(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got) {
    double error;
    return reference_backward_check(op, dtype, x, dy, got, &error);
}

double reference_forward_error(const ramp_op *op, ramp_dtype dtype, double x, double got) {
    double error;
    reference_forward_check(op, dtype, x, got, &error);
    return error;
}

double reference_backward_error(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got) {
    double error;
    reference_backward_check(op, dtype, x, dy, got, &error);
    return error;
}

/* ---- What is saved ---- */

int reference_output_backward_holds(const ramp_op *op, ramp_dtype dtype, double y, double dy, double got) {
    double error;
    return reference_output_backward_check(op, dtype, y, dy, got, &error);
}

int reference_has_output(ramp_op_id id) { return reference_saved_double(id) != NULL && reference_saved_quad(id) != NULL; }

int reference_has_mask(ramp_op_id id) { return reference_has_output(id) && reference_saved_double(id)->bit != NULL; }

int reference_mask(const ramp_op *op, ramp_dtype dtype, double x) {
    const prepared *c = oracle_prepare(op, dtype);
    return c != NULL && reference_has_mask(op->id) && reference_saved_double(op->id)->bit(c->p, x);
}
