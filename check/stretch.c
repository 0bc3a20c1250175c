#include "stretch.h"
#include "bits.h"
#include "inputs.h"
#include "parallel.h"

uint64_t stretch_points_count(const stretch *s) { return s->cycle + (uint64_t)s->points * (2 * s->radius + 1); }

static uint64_t points_pattern(const stretch *s, uint64_t i) {
    if (i < s->cycle) return s->point[i % s->points];
    uint64_t width = 2 * s->radius + 1, at = (i - s->cycle) / width, step = (i - s->cycle) % width;
    uint64_t point = s->point[at];
    return bits_is_nan(s->dtype, point) ? point : bits_step(s->dtype, point, (int)step - (int)s->radius);
}

/* The first half goes up from `first`, the second down from its negative. */
static uint64_t strata_pattern(const stretch *s, uint64_t i) {
    uint64_t state = s->seed + i, half = s->count / 2, at = i < half ? i : i - half;
    uint64_t pattern = s->first + at * s->stride + random_next(&state) % s->stride;
    return i < half ? pattern : pattern | UINT64_C(1) << (8 * bits_size(s->dtype) - 1);
}

static uint64_t pattern(const stretch *s, uint64_t i) {
    switch (s->kind) {
    case STRETCH_POINTS: return points_pattern(s, i);
    case STRETCH_SWEEP: return (uint32_t)(s->first + i * s->stride);
    case STRETCH_STRATA: return strata_pattern(s, i);
    case STRETCH_ALL: break;
    }
    uint64_t round = i / stretch_all;
    return (round == 0 ? i : i * (2 * round + 1) * 40503 + round) % stretch_all; /* an odd factor meets each once */
}

typedef struct filling {
    const stretch *s;
    const ramp_op *op;
    uint64_t first;
    void *x, *dy;
} filling;

/* A piece of dy has a seed of its own. */
static void fill(void *context, unsigned worker, size_t from, size_t to) {
    const filling *f = context;
    const stretch *s = f->s;
    (void)worker;
    for (size_t i = from; i < to; i++) bits_store(s->dtype, f->x, i, pattern(s, f->first + i));
    if (f->dy != NULL)
        inputs_fill(s->is_mixed ? INPUT_MIXED : INPUT_ONE, f->op, s->dtype, s->seed + f->first + from, 1,
                    (char *)f->dy + from * bits_size(s->dtype), to - from);
}

void stretch_fill(const stretch *s, const ramp_op *op, unsigned workers, uint64_t from, size_t n, void *x, void *dy) {
    filling f = {.s = s, .op = op, .first = from, .x = x, .dy = dy};
    parallel_run(workers, n, fill, &f);
}
