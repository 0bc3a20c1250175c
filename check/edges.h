/* edges.h: where a function changes its kind, found by looking: where it begins to overflow or to underflow, or takes the other sign. */
#ifndef CHECK_EDGES_H
#define CHECK_EDGES_H

#include <ramp/ramp.h>

typedef enum edge_class { EDGE_ZERO, EDGE_SUBNORMAL, EDGE_NORMAL, EDGE_INFINITE, EDGE_NAN } edge_class;

/* x and the next number after it (towards larger magnitude), as patterns, and what the function is at either. */
typedef struct edge {
    uint64_t x, next;
    edge_class at_x, at_next;
    int negative_x, negative_next; /* the function's sign */
} edge;

enum { edges_most = 256 };

/* f, or f' where `backward`, on an open device; f32 or f64. Looks at 65,536 inputs and finds every edge between two of them, if there are not two. At
 * most edges_most. */
ramp_status edges_find(ramp_device *device, const ramp_op *op, ramp_dtype dtype, int backward, edge *list, size_t *count);

#endif
