/* verify.h: is it right? A sample of what a lane computed, held against the oracle. */
#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "bench.h"
#include "inputs.h"

enum { verify_pieces = 66 };

/* What is looked at of the output's memory: the head, the tail and pieces spread between, all of a small tensor; and what each element must be. */
typedef struct verify_sample {
    uint64_t first[verify_pieces], count[verify_pieces]; /* elements of memory */
    size_t pieces, elements;
    double *want; /* not read in a gap, nor where the result depends on what a lane saved */
} verify_sample;

verify_sample verify_new(const bench_case *c, const bench_tile *tile);
void verify_free(verify_sample *sample);

/* Have the lane save what the backward pass is given, poison the output where it will be looked at, run the op, look: each element must be what
 * reference_forward_holds, reference_backward_holds or reference_output_backward_holds accepts, the promise of ramp.h; each bit of a mask that was
 * written reference_mask, and each gap as it was. MEASURED: all is right; else the row's reason says what is wrong. */
bench_state verify_lane(bench_lane *lane, const bench_case *c, const bench_tile *tile, const verify_sample *sample, char *reason,
                        size_t capacity);

#endif
