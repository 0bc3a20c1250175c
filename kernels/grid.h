/* grid.h: how CUDA's kernels share out the elements: what elementwise.cu and src/cuda/launch.c must agree on. */
#ifndef RAMP_GRID_H
#define RAMP_GRID_H

#define RAMP_BLOCK        64 /* threads a block */
#define RAMP_VECTOR_BYTES 16

/* Vectors a thread: all are loaded before the first is worked on. */
#define RAMP_VECTORS_F32  3
#define RAMP_VECTORS_F64  3
#define RAMP_VECTORS_F16  2
#define RAMP_VECTORS_BF16 2

/* Single elements a thread, a block's width apart, where there are no vectors: as many as one vector holds. */

#endif
