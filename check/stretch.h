/* stretch.h: the runs of inputs that a subject is proven on. Element i of a stretch is a function of i alone, so that it comes in chunks. */
#ifndef CHECK_STRETCH_H
#define CHECK_STRETCH_H

#include <ramp/ramp.h>

enum { stretch_all = 65536 };

typedef enum stretch_kind {
    STRETCH_POINTS, /* special values, in a cycle that meets every lane of a vector, and then their neighbours on both sides */
    STRETCH_SWEEP,  /* f32: every stride-th of the 2^32 patterns; in order, so that it shows whether an op is monotone */
    STRETCH_STRATA, /* one random pattern from each of `count` equal parts of a range of patterns, in order, for either sign */
    STRETCH_ALL     /* 16-bit types: each pattern, stretch_all in a round; in order at first, then in other orders */
} stretch_kind;

typedef struct stretch {
    stretch_kind kind;
    ramp_dtype dtype;
    int is_mixed;                 /* dy: as INPUT_MIXED of the tests, else 1 */
    uint64_t count;               /* inputs */
    uint64_t first, stride;       /* SWEEP: patterns; STRATA: the first pattern, and the size of a part */
    const uint64_t *point;        /* POINTS */
    size_t points, cycle, radius; /* how many; so many elements go round them; so many neighbours follow on either side of each */
    uint64_t seed;
} stretch;

/* Inputs in a STRETCH_POINTS with these members. */
uint64_t stretch_points_count(const stretch *s);

/* Elements from .. from + n - 1; dy NULL: only x. `from` is a multiple of check_chunk. By so many threads. */
void stretch_fill(const stretch *s, const ramp_op *op, unsigned workers, uint64_t from, size_t n, void *x, void *dy);

#endif
