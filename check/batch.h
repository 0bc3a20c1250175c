/* batch.h: what a chunk's elements are given. */
#ifndef CHECK_BATCH_H
#define CHECK_BATCH_H

#include "session.h"
#include "stretch.h"

/* n elements of host memory, at most check_chunk; members that a pass does not read may be NULL. */
typedef struct check_batch {
    size_t n;
    unsigned char *x, *dy, *y; /* y: f(x), as it was stored */
    unsigned char *mask;       /* the oracle's bit of each x; the last byte's others are 0 */
} check_batch;

static inline size_t batch_mask_bytes(size_t n) { return (n + 7) / 8; }

/* Elements from .. from + n - 1 of a stretch, all that the subject's pass reads; y is the CPU lane's. The library's error otherwise. */
ramp_status batch_fill(const check_session *s, const check_subject *what, const stretch *st, uint64_t from, check_batch *b);

#endif
