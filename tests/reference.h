/*
 * reference.h: the oracle. Every op's value and gradient from the published definitions (PyTorch's documentation, ONNX, docs and ramp.h's
 * "At the edges"), in 113-bit floats, rounded once. It shares nothing with kernels/: the two agree because both are right.
 *
 * dtype is RAMP_F32 or RAMP_F64; x and dy are numbers of that type.
 */
#ifndef RAMP_TESTS_REFERENCE_H
#define RAMP_TESTS_REFERENCE_H

#include <ramp/ramp.h>

/* Whether the op has its row here. */
int reference_has(ramp_op_id id);

/* f(x), correctly rounded to dtype. NaN for an op that has no row. */
double reference_forward(const ramp_op *op, ramp_dtype dtype, double x);

/* dy * f'(x), correctly rounded to dtype. */
double reference_backward(const ramp_op *op, ramp_dtype dtype, double x, double dy);

/* Whether `got` is within the promise for dy * f'(x): exactly the right number where the definition selects (a knee, slope 0 or 1, NaN,
 * infinity, dy zero), and otherwise within 1 ulp of f'(x) where |dy| is 1, and within 2 ulp(f'(x)) |dy| + 1/2 ulp(dx) for any dy, with the
 * sign of dy. The ulp of f'(x) is that of an unbounded exponent: an f' too small for the type must still be right once dy has lifted it. */
int reference_backward_holds(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got);

/* |got - want| in ulps of want's binade, the smallest subnormal at least. 0 if equal as numbers, or both NaN; INFINITY if one alone is NaN
 * or infinite. */
double reference_ulps(ramp_dtype dtype, double got, double want);

#endif
