/* inputs.h: what the ops are fed. */
#ifndef RAMP_TESTS_INPUTS_H
#define RAMP_TESTS_INPUTS_H

#include <ramp/ramp.h>

typedef enum input_kind {
    INPUT_SPECIAL, /* every special value and the neighbours of every knee, in a cycle that meets every lane */
    INPUT_STRIDE,  /* f32: a stride through all 2^32 patterns; f64: random patterns; 16 bits: every pattern */
    INPUT_RANGE, /* around and between the knees, where exp and its like are neither 0 nor 1, few-bit numbers that make ties, every magnitude */
    INPUT_BORDERS, /* any of inputs_borders, for an op that has some */
    INPUT_ONE,     /* dy: 1 */
    INPUT_MIXED    /* dy: 1, -1, random, huge, tiny, subnormal, infinite, NaN, zero */
} input_kind;

/* Prime strides, and how many steps of each go round once. */
enum { stride_fine = 4093, stride_fine_count = 1049344, stride_coarse = 16381, stride_coarse_count = 262192, special_capacity = 2048 };

/* The special values of an op in a dtype, as bit patterns; an odd number of them, so that a cycle of them meets every lane of a vector. */
size_t inputs_special(const ramp_op *op, ramp_dtype dtype, uint64_t *list);

/* Where a parameter moves the borders at which formulas of exponentials change over: ranges of the patterns of positive numbers, whose negatives count
 * too. 0: the op has no such parameter, or it is 1 and moves nothing. */
typedef struct input_border {
    uint64_t first, last;
} input_border;
enum { borders_most = 4 };
size_t inputs_borders(const ramp_op *op, ramp_dtype dtype, input_border *border);

/* Fill array[0 .. n-1]. The same arguments give the same bits. INPUT_SPECIAL: the cycle starts at `seed`, and each value comes `step` times
 * in a row. INPUT_STRIDE: it starts at `seed`, and `step` is the stride. */
void inputs_fill(input_kind kind, const ramp_op *op, ramp_dtype dtype, uint64_t seed, size_t step, void *array, size_t n);

#endif
