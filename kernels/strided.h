/*
 * strided.h: how a strided job is told to CUDA's kernels: one struct by value for each form, gather and tile. Written by src/cuda/plan.c.
 *
 * Dimensions are counted from the last one, the fastest. Strides are in elements, a mask's in bits.
 */
#ifndef RAMP_STRIDED_H
#define RAMP_STRIDED_H

/* A dimension. n / size is (high(n * multiplier) + n) >> shift for every n below half the range of the type that is divided in: 2^31 or 2^63;
 * high is the product's upper half. */
typedef struct ramp_axis {
    unsigned long long size, multiplier;
    long long x, dy, y, mask;
    unsigned shift;
} ramp_axis;

#define RAMP_AXES 16 /* RAMP_MAX_DIMS */

/* Number i of the job, last dimension fastest, by division: an element, or a vector of neighbours along the last dimension. With vectors the last
 * dimension's size is counted in them, and so are all numbers; its strides are still in elements: an operand's are a vector's length, or 0 for one
 * that is broadcast along it. Every vector begins on its boundary. */
typedef struct ramp_gather {
    unsigned long long count;
    unsigned dims; /* 1 at least */
    int wide;      /* 0: count and what any operand's strides reach are below 2^31: indices and offsets fit in 32 bits */
    ramp_axis axis[RAMP_AXES];
} ramp_gather;

/* A grid of tiles: each lies along the last dimension, its columns, and along one other, its rows. Tiles count along the columns first, then
 * along the rows, then along the other dimensions. There are fewer than 2^31 of them. */
typedef struct ramp_tile {
    ramp_axis column, row;      /* size is in elements; multiplier and shift divide by `across` and `down` */
    unsigned across, down;      /* tiles along the columns and along the rows */
    unsigned width_log2;        /* a tile's columns; the square's side where something is turned */
    int x_turned, dy_turned;    /* read along the rows, and turned in shared memory */
    int y_turned;               /* written along the rows: only with a mask */
    unsigned others;            /* the other dimensions */
    ramp_axis other[RAMP_AXES]; /* of the last of them the size is not read */
} ramp_tile;

#endif
