/* lane.h: one device in the comparison: opening it, its buffers, and the clock that times what it does. */
#ifndef BENCH_LANE_H
#define BENCH_LANE_H

#include "bench.h"
#include "inputs.h"

/* Open `selector` as the session's next lane. The library's error otherwise. */
ramp_status lane_open(bench_session *s, const char *selector);

/* Buffers for the case and those that differ from it in the op or the pass, filled from the tile; what only the backward pass reads where asked for.
 * Sets `absent` where they cannot be had. */
void lane_fill(bench_session *s, size_t index, const bench_case *c, const bench_tile *tile, int need_backward);
void lane_empty(bench_lane *lane);
void lane_close(bench_lane *lane);

/* Make what the case's backward pass is given, where that is the output or the mask, from x as it lies in memory: element i of lane->saved is the op's
 * output, or bit, at element i of x's buffer. Overwrites y. */
ramp_status lane_save(const bench_lane *lane, const bench_case *c);

/* Queue the case's op. */
ramp_status lane_run(const bench_lane *lane, const bench_case *c);

/* Device milliseconds for one thing: bench_op, or bench_first_roof + a ramp_roof over `roof_bytes` of the same buffers. */
ramp_status lane_time(const bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes, double *ms);

#endif
