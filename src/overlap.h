/* overlap.h: do two views of memory share a byte? Exact, within a bounded amount of work. */
#ifndef RAMP_OVERLAP_H
#define RAMP_OVERLAP_H

#include <ramp/ramp.h>

/* Elements of `size` bytes. The first lies at `address`, and is aligned to its size; strides are in elements. No byte lies past 2^63 bytes from
 * the first. */
typedef struct memory_view {
    const void *space; /* views in different spaces share nothing */
    uint64_t address;
    uint32_t size;
    int32_t ndim;
    const int64_t *shape, *strides; /* sizes above 1 */
} memory_view;

typedef enum overlap { OVERLAP_NONE, OVERLAP_SOME, OVERLAP_UNKNOWN } overlap;

overlap overlap_between(const memory_view *a, const memory_view *b);
overlap overlap_within(const memory_view *a); /* of two elements of one view */

#endif
