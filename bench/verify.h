/* verify.h: is it right? A sample of what a lane computed, held against the oracle. */
#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "bench.h"
#include "inputs.h"

enum { verify_pieces = 66 };

/* What is looked at: the head, the tail and pieces spread between, all of a small tensor; and what each element must be. */
typedef struct verify_sample {
    uint64_t first[verify_pieces], count[verify_pieces]; /* elements */
    size_t pieces, elements;
    double *want;
} verify_sample;

verify_sample verify_new(const bench_case *c, const bench_tile *tile);
void verify_free(verify_sample *sample);

/* Poison the output where it will be looked at, run the op, look: it must be what reference_forward_holds or reference_backward_holds
 * accepts, the promise of ramp.h. MEASURED: all is right; else the row's reason says what is wrong. */
bench_state verify_lane(const bench_lane *lane, const bench_case *c, const bench_tile *tile, const verify_sample *sample, char *reason,
                        size_t capacity);

#endif
