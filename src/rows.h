/* rows.h: the tables of kernels/rows.h, made when they are first needed and kept as long as the process. */
#ifndef RAMP_ROWS_H
#define RAMP_ROWS_H

#include <ramp/ramp.h>

enum {
    rows_bytes = 2492 * 4 * sizeof(uint32_t),
    rows_near_least = 1 << 18 /* elements of a job from which on each of a GPU's cores copies them to its own memory first */
};

/* kernels/rows.c: into rows_bytes, in the default floating-point environment. */
void rows_make(ramp_op_id op, void *rows);

/* The rows of an op that has them (query.h), of four 32-bit words each. Any thread may ask. MEMORY. */
ramp_status rows_get(ramp_op_id op, const void **rows);

#endif
