#include "launch.h"
#include "pool.h"

#include <string.h>

/* Results are made a block at a time in a buffer that stays in the first-level cache, and copied to the output from there: so the op's
 * loops need to know nothing of stores that pass the caches, and an output that is also an input is whole until its block is right. Reads
 * and such stores must alternate finely: with blocks of 1 KiB and more the memory was measured to be a fifth slower. */
enum { block_bytes = 512, grain_bytes = 1 << 18, line_bytes = 64 };

typedef struct work {
    const cpu_loops *loops; /* of the compute type */
    const cpu_op_loops *op;
    const cpu_storage *storage; /* NULL: elements are of the compute type */
    const ramp_job *job;
    size_t size, real_size; /* bytes an element, in memory and in the compute type */
    const char *x, *dy;
    char *y;
    int streams;
} work;

static void apply(const work *w, int in_full, const char *x, const char *dy, char *y, size_t n) {
    if (w->job->pass == RAMP_FORWARD)
        (in_full ? w->op->forward_in_full : w->op->forward)(x, y, n, w->job->param, w->job->variant);
    else
        (in_full ? w->op->backward_in_full : w->op->backward)(x, dy, y, n, w->job->param);
}

/* In the compute type. What the quick loops leave NaN, and true NaNs with it, is done again in full: both are rare. */
static void compute(const work *w, const char *x, const char *dy, char *y, size_t n) {
    apply(w, 0, x, dy, y, n);
    if (!w->loops->has_nan(y, n)) return;
    for (size_t i = w->loops->next_nan(y, 0, n); i < n; i = w->loops->next_nan(y, i + 1, n))
        apply(w, 1, x + i * w->real_size, dy + i * w->real_size, y + i * w->real_size, 1);
}

/* The operands of a backward pass are brought into the cache one after the other: with both read at once, it was measured to be half as
 * fast. */
static void do_block(const work *w, size_t begin, char *block, size_t n) {
    const char *x = w->x + begin * w->size, *dy = w->dy + begin * w->size;
    const int backward = w->job->pass == RAMP_BACKWARD;
    _Alignas(64) float near[3][block_bytes / 2]; /* x, dy, y; in the compute type: twice as wide at most */
    if (w->storage != NULL) {
        w->storage->load(x, near[0], n);
        if (backward) w->storage->load(dy, near[1], n);
        compute(w, (const char *)near[0], (const char *)near[1], (char *)near[2], n);
        w->storage->store(near[2], block, n);
    } else if (backward) {
        memcpy(near[0], x, n * w->size);
        memcpy(near[1], dy, n * w->size);
        compute(w, (const char *)near[0], (const char *)near[1], block, n);
    } else {
        compute(w, x, dy, block, n);
    }
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
    const cpu_isa *isa = device->isa;
    const cpu_loops *loops = isa->loops[job->dtype == RAMP_F64];
    size_t real_size = job->dtype == RAMP_F64 ? sizeof(double) : sizeof(float);
    const cpu_storage *storage = job->dtype == RAMP_F16 ? isa->storage[0] : job->dtype == RAMP_BF16 ? isa->storage[1] : NULL;
    work w = {.loops = loops,
              .op = &loops->op[job->op],
              .storage = storage,
              .job = job,
              .size = storage != NULL ? sizeof(uint16_t) : real_size,
              .real_size = real_size,
              .x = (const char *)job->x.data + job->x.byte_offset,
              .dy = (const char *)job->dy.data + job->dy.byte_offset,
              .y = (char *)job->y.data + job->y.byte_offset};
    w.streams = job->count * w.size * (job->pass == RAMP_FORWARD ? 2 : 3) > device->cache_bytes;
    cpu_pool_run(do_piece, &w, (size_t)job->count, grain_bytes / w.size);
    return RAMP_OK;
}
