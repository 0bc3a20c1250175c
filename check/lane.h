/* lane.h: one device: opening it, and running an op on a chunk of host memory. */
#ifndef CHECK_LANE_H
#define CHECK_LANE_H

#include "batch.h"

/* The library's error otherwise. */
ramp_status lane_open(check_lane *lane, const char *selector);
void lane_close(check_lane *lane);

/* The buffers alone, for chunks of `count`: what lane_open and lane_close do for check_chunk. */
ramp_status lane_alloc(check_lane *lane, size_t count);
void lane_release(check_lane *lane);

/* One pass over a batch: y or dx into `result`, and PASS_FORWARD_MASK's bits into `mask`. `form` chooses how far the operands lie from a 16-byte
 * boundary: 0 none of them, others each its own. What the device does not write is a poison. */
ramp_status lane_run(const check_lane *lane, const ramp_op *op, ramp_dtype dtype, check_pass pass, unsigned form, const check_batch *b,
                     void *result, void *mask);

#endif
