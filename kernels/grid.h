/* grid.h: how CUDA's kernels share out the elements: what kernels/ and src/cuda/ must agree on. */
#ifndef RAMP_GRID_H
#define RAMP_GRID_H

#define RAMP_BLOCK        64 /* threads a block; of the spread and the tile form, see below */
#define RAMP_VECTOR_BYTES 16

/* Vectors a thread: all are loaded before the first is worked on. In the flat form without a mask RAMP_TIMES as many. */
#define RAMP_VECTORS_F32  3
#define RAMP_VECTORS_F64  3
#define RAMP_VECTORS_F16  2
#define RAMP_VECTORS_BF16 2

/* The spread form, of flat jobs without a mask that are brief (variants.h), or have few vectors: one a thread; of very few elements, one of them a thread. Small
 * grids have blocks of RAMP_BLOCK threads, so that all multiprocessors have some; others larger ones, for an H200 begins a block each 0.5 ns, in which memory
 * moves 2 KB. */
#define RAMP_SPREAD_BLOCK    256
#define RAMP_SPREAD_LEAST    (512 * RAMP_BLOCK) /* threads, from which on blocks are large */
#define RAMP_SPREAD_VECTORS  (1024 * 256)       /* as many threads as an H200 holds at a time */
#define RAMP_SPREAD_ELEMENTS (256 * RAMP_BLOCK)

/* How a flat job without a mask is shared out. It stands after the addresses, x, dy and y: what a small job needs first is in the first 48 bytes of a kernel's
 * parameters, which come in one piece, and a second takes 30 ns of its time (H200). `first` blocks were launched before, for a launch may need more than
 * one grid can have; `head` elements come before the first 16-byte boundary. */
typedef struct ramp_flat {
    unsigned long long count, first, full; /* full: in the flat form blocks, in the spread form threads, that have nothing but vectors */
    unsigned head, is_single;              /* is_single: an element a thread, and no vectors */
} ramp_flat;

/* Single elements a thread, a block's width apart. Beside vectors, in a flat job without a mask, there are as many as one vector holds. Here, in
 * the gather form and beside the vectors of a job with a mask: */
#define RAMP_SINGLES_F32  8
#define RAMP_SINGLES_F64  4
#define RAMP_SINGLES_F16  8
#define RAMP_SINGLES_BF16 8

/* The tile form: a block's threads, a power of two, and the side of the square that it turns in shared memory; a tile that is not turned has
 * as many elements and any width. A column of the square begins RAMP_PITCH(side, bytes) elements after the one before: an odd number of 4-byte
 * words (of 8-byte ones for f64), so that a warp meets every bank once along rows and columns alike. */
#define RAMP_TILE_BLOCK_LOG2_F32  8
#define RAMP_TILE_BLOCK_LOG2_F64  7
#define RAMP_TILE_BLOCK_LOG2_F16  8
#define RAMP_TILE_BLOCK_LOG2_BF16 8
#define RAMP_SIDE_F32             64
#define RAMP_SIDE_F64             32
#define RAMP_SIDE_F16             64
#define RAMP_SIDE_BF16            64

/* A table in shared memory: kernels/table.cuh. */
#define RAMP_SHARED_BLOCK   768
#define RAMP_SHARED_VECTORS 2
#define RAMP_TABLE_ENTRIES  65536

#define RAMP_PITCH(side, bytes) ((side) + ((bytes) == 2 ? 2 : 1))

#endif
