/* onednn_engine.h: oneDNN's eltwise primitives on the CPU, where cpu-turns was built with oneDNN. */
#ifndef BENCH_ONEDNN_ENGINE_H
#define BENCH_ONEDNN_ENGINE_H

#include <ramp/ramp.h>

/* "2.6.3"; NULL: built without. */
const char *onednn_version(void);

/* The primitive for an op's pass over n elements; dy is NULL for a forward pass, and x the output where the gradient is told from that. NULL where the
 * reason says why there is none. */
typedef struct onednn_work onednn_work;
onednn_work *onednn_new(const ramp_op *op, ramp_dtype dtype, int from_output, void *x, void *dy, void *y, int64_t n, const char **reason);

/* Run it and wait; 0 where oneDNN fails. */
int onednn_run(const onednn_work *work);
void onednn_free(onednn_work *work);

#endif
