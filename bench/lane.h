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

/* Milliseconds that the link to the device needs for what a case of host memory moves, both ways at once; NaN: not known. */
double lane_link_ms(const bench_lane *lane, const bench_case *c);

/* Copy to, or from, one of the lane's buffers, wherever those are. */
ramp_status lane_write(const bench_lane *lane, void *data, size_t offset, const void *from, size_t bytes);
ramp_status lane_read(const bench_lane *lane, void *to, const void *data, size_t offset, size_t bytes);

/* The buffers whose turn it is. */
static inline const bench_set *lane_set(const bench_lane *lane) { return &lane->set[lane->at]; }

/* Make what the case's backward pass is given, where that is the output or the mask, from x as it lies in memory, in every set: element i of `saved` is the
 * op's output, or bit, at element i of x's buffer. Overwrites y. */
ramp_status lane_save(bench_lane *lane, const bench_case *c);

/* Queue the case's op. */
ramp_status lane_run(const bench_lane *lane, const bench_case *c);

/* Milliseconds, the device's (of host memory: the host's), for one thing: bench_op, or bench_first_roof + a ramp_roof over `roof_bytes` of the same
 * buffers; with the caches as the case says. */
ramp_status lane_time(bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes, double *ms);

/* How many calls of `ms` each take a twentieth of a second, 1 to 20,000; and so many of the case's op by the device's clock and by the host's, into
 * lane->check. */
int lane_clock_calls(double ms);
ramp_status lane_check_clock(bench_lane *lane, const bench_case *c, int calls);

#endif
