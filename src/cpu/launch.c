#include "launch.h"
#include "pool.h"

#include <string.h>

/* Results are made a block at a time in a buffer that stays in the first-level cache, and copied to the output from there: so the op's
 * loops need to know nothing of stores that pass the caches, and an output that is also an input is whole until its block is right. Reads
 * and such stores must alternate finely: with blocks of 1 KiB and more the memory was measured to be a fifth slower. */
enum { block_bytes = 512, grain_bytes = 1 << 18, line_bytes = 64 };

typedef struct work {
    const cpu_loops *loops;
    const cpu_op_loops *op;
    const ramp_job *job;
    size_t size; /* bytes an element */
    const char *x, *dy;
    char *y;
    int streams;
} work;

static void apply(const work *w, int in_full, size_t begin, void *block, size_t n) {
    const char *x = w->x + begin * w->size, *dy = w->dy + begin * w->size;
    if (w->job->pass == RAMP_FORWARD)
        (in_full ? w->op->forward_in_full : w->op->forward)(x, block, n, w->job->param, w->job->variant);
    else
        (in_full ? w->op->backward_in_full : w->op->backward)(x, dy, block, n, w->job->param);
}

/* What the quick loops leave NaN, and true NaNs with it, is done again in full: both are rare. */
static void do_block(const work *w, size_t begin, char *block, size_t n) {
    apply(w, 0, begin, block, n);
    if (!w->loops->has_nan(block, n)) return;
    for (size_t i = w->loops->next_nan(block, 0, n); i < n; i = w->loops->next_nan(block, i + 1, n))
        apply(w, 1, begin + i, block + i * w->size, 1);
}

static void do_piece(const void *context, size_t begin, size_t end) {
    const work *w = context;
    _Alignas(64) char block[block_bytes];
    while (begin < end) {
        char *out = w->y + begin * w->size;
        size_t skew = (size_t)((uintptr_t)out % line_bytes);
        size_t n = (block_bytes - skew) / w->size; /* every block after the first starts a cache line */
        if (n > end - begin) n = end - begin;
        do_block(w, begin, block, n);
        if (w->streams && skew == 0)
            w->loops->stream(out, block, n * w->size);
        else
            memcpy(out, block, n * w->size);
        begin += n;
    }
    if (w->streams) cpu_stream_fence();
}

ramp_status cpu_launch(void *self, const ramp_job *job) {
    const cpu_device *device = self;
    if (job->count == 0) return RAMP_OK;
    int index = job->dtype == RAMP_F64;
    work w = {.loops = device->isa->loops[index],
              .op = &device->isa->loops[index]->op[job->op],
              .job = job,
              .size = index ? sizeof(double) : sizeof(float),
              .x = (const char *)job->x.data + job->x.byte_offset,
              .dy = (const char *)job->dy.data + job->dy.byte_offset,
              .y = (char *)job->y.data + job->y.byte_offset};
    w.streams = job->count * w.size * (job->pass == RAMP_FORWARD ? 2 : 3) > device->cache_bytes;
    cpu_pool_run(do_piece, &w, (size_t)job->count, grain_bytes / w.size);
    return RAMP_OK;
}
