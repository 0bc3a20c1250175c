/* layout.h: how the operands of a case lie in memory. The library's own indexing is not used: what it computes is looked up by this. */
#ifndef BENCH_LAYOUT_H
#define BENCH_LAYOUT_H

#include "bench.h"

/* INPUT is what the forward pass reads; SAVED what the backward pass is given, of the tensors' dtype; MASK, written or read; GRADIENT is dy; OUTPUT y,
 * or dx. */
typedef enum bench_operand { OPERAND_INPUT, OPERAND_SAVED, OPERAND_MASK, OPERAND_GRADIENT, OPERAND_OUTPUT } bench_operand;

extern const char *const layout_names[bench_layouts];

/* How many dimensions a shape must have at least. */
int layout_dimensions(bench_layout layout);

/* In elements (a mask's in bits), for the shape's dimensions. */
void layout_strides(const bench_case *c, bench_operand operand, int64_t strides[RAMP_MAX_DIMS]);

/* Elements of memory that the operand's buffer has, gaps between its rows or columns included. */
uint64_t layout_extent(const bench_shape *shape, bench_layout layout, bench_operand operand);

/* Elements of it that differ: fewer than the shape's where it is broadcast. */
uint64_t layout_distinct(const bench_case *c, bench_operand operand);

/* Where element number `i`, counted in row-major order, lies in the operand's memory. */
uint64_t layout_place(const bench_case *c, bench_operand operand, uint64_t i);

/* The number of the output's element at this place; UINT64_MAX in a gap. */
uint64_t layout_element(const bench_case *c, uint64_t place);

#endif
