/* inputs.h: what the ops are timed and verified on. One tile of host memory is made and uploaded again and again, so that the host needs
 * little. */
#ifndef BENCH_INPUTS_H
#define BENCH_INPUTS_H

#include "bench.h"

enum { inputs_seed = 20261120, inputs_special_every = 1024, inputs_poison = 0xa5 /* each byte of it */ };

/* Element i of a buffer's memory is element i % count of its tile (x: i % x_count). */
typedef struct bench_tile {
    ramp_dtype dtype;
    uint64_t count, x_count;
    void *x;  /* spread like a normal distribution with deviation 4, past every knee, with special values between */
    void *dy; /* the same with deviation 1 */
} bench_tile;

/* For tensors of `count` elements: 16 MiB, or less where that covers them. Where `has_gaps`, x has a poison after each element, twice as many in all: who
 * reads the columns between sees them. */
bench_tile inputs_tile(ramp_dtype dtype, uint64_t count, int has_gaps);
void inputs_free(bench_tile *tile);

double inputs_value(ramp_dtype dtype, const void *array, uint64_t index);

#endif
