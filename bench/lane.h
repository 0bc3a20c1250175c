/* lane.h: one device in the comparison: opening it, its buffers, and the clock that times what it does. */
#ifndef BENCH_LANE_H
#define BENCH_LANE_H

#include "bench.h"
#include "inputs.h"

/* Open `selector` as the session's next lane. The library's error otherwise. */
ramp_status lane_open(bench_session *s, const char *selector);

/* Buffers for the shape, filled from the tile; dy only where asked for. Sets `absent` where they cannot be had. */
void lane_fill(bench_session *s, size_t index, const bench_shape *shape, const bench_tile *tile, int need_dy);
void lane_empty(bench_lane *lane);
void lane_close(bench_lane *lane);

/* Queue the case's op. */
ramp_status lane_run(const bench_lane *lane, const bench_case *c);

/* Device milliseconds for one thing: bench_op, or bench_first_roof + a ramp_roof over `roof_bytes` of the same buffers. */
ramp_status lane_time(const bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes, double *ms);

#endif
