/*
 * reference.h: the oracle. Every op's value and gradient from the published definitions (PyTorch's documentation, ONNX, docs and ramp.h's
 * "At the edges"), rounded once. It shares nothing with kernels/: the two agree because both are right.
 *
 * tests/reference.c has a row per op, oracle.c and those beside it what is made of the rows. CMake: include tests/cmake/Oracle.cmake, link
 * ramp_oracle.
 *
 * dtype is RAMP_F32, RAMP_F64, RAMP_F16 or RAMP_BF16; x, dy and got are numbers of that type. f16 and bf16 are storage: their results are
 * the f32 ones, rounded once more. Any thread may call these.
 */
#ifndef RAMP_TESTS_REFERENCE_H
#define RAMP_TESTS_REFERENCE_H

#include <ramp/ramp.h>

/* Whether the op has its row here. */
int reference_has(ramp_op_id id);

/* f(x), rounded once to dtype (f16, bf16: to float, then once to dtype). NaN for an op that has no row. */
double reference_forward(const ramp_op *op, ramp_dtype dtype, double x);

/* dy * f'(x), rounded likewise. */
double reference_backward(const ramp_op *op, ramp_dtype dtype, double x, double dy);

/* Whether `got` is within the promise for f(x): the very number where it is promised correctly rounded; else so many ulps of the true value
 * (reference_forward_limit). A zero has the promised sign. f16, bf16: whether it is the rounding of a float that is within the promise. */
int reference_forward_holds(const ramp_op *op, ramp_dtype dtype, double x, double got);

/* Whether `got` is within the promise for dy * f'(x): exactly the right number where the definition selects (a knee, slope 0 or 1) and
 * where dy or f'(x) is 0, infinite or NaN. Elsewhere within L ulp (reference_backward_limit) of f'(x) where |dy| is 1, and within
 * L ulp(f'(x)) |dy| + 1/2 ulp(dx) for any dy, the ulp of f'(x) being that of an unbounded exponent: an f' too small for the type must
 * still be right once dy has lifted it. Within 1/4 of a root of f', 2^-24 |dy| (f64: 2^-52 |dy|) will do as well. A zero has the sign of
 * dy * f'(x). */
int reference_backward_holds(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got);

/* |got - the true value| in ulps of the true value's binade, the smallest subnormal at least: 0.5 at most where rounding is right. INFINITY
 * where one alone is NaN or infinite, or for a zero of the wrong sign. f16, bf16: of reference_forward, in its ulps. */
double reference_forward_error(const ramp_op *op, ramp_dtype dtype, double x, double got);

/* In ulps of f'(x) |dy|, after 1/2 ulp(dx) is taken off unless |dy| is 1; near a root, 0 where the absolute limit holds. */
double reference_backward_error(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got);

/* Both at once, for those who check billions. */
int reference_forward_check(const ramp_op *op, ramp_dtype dtype, double x, double got, double *error);
int reference_backward_check(const ramp_op *op, ramp_dtype dtype, double x, double dy, double got, double *error);

/* What the errors above may come to. Forward: 0.5 where it is promised correctly rounded; f32: 1 at listed parameters, 2 at others. */
double reference_forward_limit(const ramp_op *op, ramp_dtype dtype);
double reference_backward_limit(const ramp_op *op, ramp_dtype dtype);

/* The same of dx from the stored output y, which is a number of dtype: f' is the derivative as a function of y, exactly the slope of the inputs that
 * give y where it takes two values, else within 2 ulp. NaN, and wrong, for an op that does not save its output; for parameters at which the output
 * does not tell, what is said of a y means nothing. */
double reference_output_backward(const ramp_op *op, ramp_dtype dtype, double y, double dy);
int reference_output_backward_holds(const ramp_op *op, ramp_dtype dtype, double y, double dy, double got);
int reference_output_backward_check(const ramp_op *op, ramp_dtype dtype, double y, double dy, double got, double *error);
double reference_output_backward_limit(const ramp_op *op, ramp_dtype dtype);

/* Whether the op saves its output, at some parameters at least; and a mask. */
int reference_has_output(ramp_op_id id);
int reference_has_mask(ramp_op_id id);

/* The mask's bit at x, a number of dtype or a NaN. 0 for an op without a mask. */
int reference_mask(const ramp_op *op, ramp_dtype dtype, double x);

/* Forward is promised correctly rounded. */
int reference_is_exact(ramp_op_id id);

/* f's range at these parameters: closed, possibly infinite. 0: there is no such op. */
int reference_bounds(const ramp_op *op, double *low, double *high);

/* 1: *x is where f' is 0 in its smooth part; 0: it is so nowhere. */
int reference_root(const ramp_op *op, double *x);

/* The listed parameter sets of an op, those that the tests run it at and that the sharper forward limit holds for; its default is set 0. 0:
 * there is no set of that index. */
int reference_set(ramp_op_id id, size_t index, ramp_op *op);

/* |got - want| in ulps of want's binade, the smallest subnormal at least. 0 if equal as numbers, or both NaN; INFINITY if one alone is NaN
 * or infinite. */
double reference_ulps(ramp_dtype dtype, double got, double want);

#endif
