/* oracle.h: the oracle's parts among themselves. Others include reference.h. */
#ifndef RAMP_TESTS_ORACLE_H
#define RAMP_TESTS_ORACLE_H

#include "row.h"

/* An op at its parameters, ready for use. */
typedef struct prepared {
    ramp_op op;
    ramp_dtype dtype; /* the compute type: f32 or f64 */
    const row_double *fast;
    const row_quad *slow;
    int by_output; /* what the slopes are told: y, not x */
    double (*slope)(const double *p, double at, int *select);
    quad (*quad_slope)(const quad *p, quad at, int *select);
    double p[2], root, reach, forward_limit;
    quad q[2];
} prepared;

/* Valid until this thread's next call, for another op. NULL: there is no row. */
const prepared *oracle_prepare(const ramp_op *op, ramp_dtype type);

/* The same, with slopes by the stored output; x below is that output then. NULL: nor does the op save it. */
const prepared *oracle_prepare_output(const ramp_op *op, ramp_dtype type);

/* How far a right dx may be from the truth, in ulps of the slope. */
double oracle_backward_limit(const prepared *c);

/* Equal as numbers, in a zero's sign too, or both NaN. */
int oracle_same(double a, double b);

/* Only the very number will do: 1 and error 0, or 0 and infinite. */
int oracle_exactly(double got, double want, double *error);

/* 1: dx is *want and nothing else: the definition selects, or it is a product of zeros, infinities and NaNs. */
int oracle_is_settled_product(double slope, int select, double dy, double *want);

/* The verdict by doubles, of floats: 0, 1, or ORACLE_UNSETTLED. x is a number. */
enum { ORACLE_UNSETTLED = -1 };
int oracle_forward_by_double(const prepared *c, double x, double got, double *error);
int oracle_backward_by_double(const prepared *c, double x, double dy, double got, double *error);

/* The rounded result where doubles settle it: 1. */
int oracle_round_forward(const prepared *c, double x, double *want);
int oracle_round_backward(const prepared *c, double x, double dy, double *want);

/* The same, and always with a verdict, by quads. */
int oracle_forward_by_quad(const prepared *c, double x, double got, double *error);
int oracle_backward_by_quad(const prepared *c, double x, double dy, double got, double *error);
double oracle_forward_quad(const prepared *c, double x);
double oracle_backward_quad(const prepared *c, double x, double dy);

/* f16, bf16: whether got is the rounding of a float that is within the promise. */
int oracle_forward_short(const prepared *c, ramp_dtype dtype, double x, double got);
int oracle_backward_short(const prepared *c, ramp_dtype dtype, double x, double dy, double got);

#endif
