/* loops.h: the inner loops, for one dtype and one instruction set each, and the choice among them. loops.c, the ops, is compiled for every
 * compute type and instruction set; storage.c, the way from memory and back, for every dtype that is not a compute type, short.c for f16, and pairs.c for bf16. */
#ifndef RAMP_CPU_LOOPS_H
#define RAMP_CPU_LOOPS_H

#include "../../kernels/variants.h"
#include "../op.h"
#include <ramp/backend.h>

/* n elements from the given addresses, aligned to their size; `param` and `variant` as in ramp_job. y may be x; dx may be x or dy. */
typedef void cpu_forward_loop(const void *x, void *y, size_t n, const double *param, int variant);
typedef void cpu_backward_loop(const void *x, const void *dy, void *dx, size_t n, const double *param);

/* The mask of n elements of x: bit i % 8 of byte i / 8, the last byte's other bits 0; and dx from it. */
typedef void cpu_mask_loop(const void *x, unsigned char *mask, size_t n, const double *param);
typedef void cpu_slope_loop(const unsigned char *mask, const void *dy, void *dx, size_t n, const double *param);

/* 1 if one of n elements is NaN; and the first of them from element `from` on, n if there is none. */
typedef int cpu_nan_search(const void *y, size_t n);
typedef size_t cpu_nan_next(const void *y, size_t from, size_t n);

/* Copy bytes past the caches where the processor can; dst is aligned to 64. What it wrote is seen by other threads after
 * cpu_stream_fence(). */
typedef void cpu_stream_copy(void *dst, const void *src, size_t bytes);
void cpu_stream_fence(void);

/* The loops of an op. The quick ones vectorise, and write NaN where a result takes the long way: what they leave NaN is computed again in
 * full. NULL: the op has no such pass. */
typedef struct cpu_op_loops {
    cpu_forward_loop *forward, *forward_in_full;
    cpu_backward_loop *backward, *backward_in_full;
    cpu_backward_loop *backward_from_output; /* in full: none has a rest that would keep it from being made of vectors */
    cpu_mask_loop *mask;
    cpu_slope_loop *backward_from_mask;
    int has_rest[RAMP_MAX_VARIANTS], has_rest_gradient; /* RAMP_LEAVES; 0: the quick loops leave nothing */
} cpu_op_loops;

typedef struct cpu_loops {
    const cpu_op_loops *op; /* indexed by ramp_op_id */
    cpu_nan_search *has_nan;
    cpu_nan_next *next_nan;
    cpu_stream_copy *stream;
} cpu_loops;

/* n elements to float, exactly; and back, each rounded once. The two do not overlap. */
typedef struct cpu_storage {
    void (*load)(const void *from, float *to, size_t n);
    void (*store)(const float *from, void *to, size_t n);
    /* values[x[i]]; and dy[i] * slopes[x[i]], of which 1 says that one is NaN. x and dy are elements in memory. */
    void (*look_up)(const uint16_t *values, const void *x, void *y, size_t n);
    int (*multiply)(const float *slopes, const void *x, const float *dy, float *dx, size_t n);
    /* Gradients for a dy of 1 become a table's slopes (kernels/table.h); `most`: those for an infinite one. */
    void (*settle_slopes)(const float *most, float *slopes, size_t n);
} cpu_storage;

/* Forward loops, from float to float, that serve for f16 alone; NULL: the variant has none of its own. */
typedef struct cpu_short {
    cpu_forward_loop *const (*forward)[RAMP_MAX_VARIANTS]; /* indexed by ramp_op_id */
    int are_quicker;                                       /* than a table */
} cpu_short;

/* An op's loops from bf16 to bf16, which leave nothing; NULL: its loops in float, or a table, serve. */
typedef struct cpu_op_pairs {
    cpu_forward_loop *forward[RAMP_MAX_VARIANTS];
    cpu_backward_loop *backward, *backward_from_output;
} cpu_op_pairs;

typedef struct cpu_pairs {
    const cpu_op_pairs *op; /* indexed by ramp_op_id */
    int are_quicker;        /* than a table, forward */
} cpu_pairs;

typedef struct cpu_isa {
    const char *name;
    const cpu_loops *loops[2];     /* f32, f64 */
    const cpu_storage *storage[2]; /* f16, bf16 */
    const cpu_short *shorts;       /* f16 */
    const cpu_pairs *pairs;        /* bf16 */
} cpu_isa;

/* The best instruction set that this build has and this processor runs. */
const cpu_isa *cpu_isa_best(void);

#endif
