#include "launch.h"
#include "pool.h"
#include "table.h"
#include "walk.h"
#include "../op.h"
#include "../query.h"
#include "../rows.h"

#include <string.h>

/* Results are made a block at a time. Where stores shall pass the caches, the output has strides or is also an input of which something is done again, they are made in a buffer that
 * stays in the first-level cache, and copied from there: so the op's loops need to know nothing of either, and an input is whole until its block is
 * right. Reads and stores that pass the caches must alternate finely: with blocks of 1 KiB and more the memory was measured to be a fifth slower. Then
 * the processor's own prefetching may fail where two inputs take turns (EPYC: half the speed, at some addresses): each block asks for what lies ahead. */
enum {
    block_bytes = 2048,
    fine_block_bytes = 512,
    direct_block_bytes = 8192,
    ahead_bytes = 2048,
    most_grain_bytes = 1 << 18,
    grain_bytes = 1 << 15,       /* pieces of these sizes take 1 to 5 us */
    half_grain_bytes = 1 << 14,  /* of a 16-bit type */
    heavy_grain_bytes = 1 << 13, /* of a heavy op, whatever the type */
    pieces_a_thread = 8,
    line_bytes = 64,
    tile = 64
};

typedef struct work {
    const cpu_loops *loops; /* of the compute type */
    const cpu_op_loops *op;
    cpu_forward_loop *short_forward; /* in place of the op's; NULL: there is none */
    cpu_forward_loop *pair_forward;  /* from memory to memory; likewise */
    cpu_backward_loop *pair_backward;
    const cpu_storage *storage; /* NULL: elements are of the compute type */
    cpu_table table;            /* what is looked up, if anything */
    const ramp_job *job;
    size_t size, real_size; /* bytes an element, in memory and in the compute type */
    const char *x, *dy;     /* of a flat job, as y */
    char *y;
    unsigned char *mask; /* NULL: none; its bits count in the job's order */
    size_t block;        /* bytes of the output at a time */
    int is_flat, streams;
    int has_rest;  /* the quick loops may leave an element for the full ones */
    int is_direct; /* results are made where they belong */
} work;

/* A block's operands: pointers to n elements of the compute type, next to each other. */
typedef struct block_operands {
    const char *x, *dy;
    unsigned char *mask;
} block_operands;

/* NULL stands for an operand that the job does not have, and stays NULL. */
static const char *after(const char *operand, size_t bytes) { return operand == NULL ? NULL : operand + bytes; }

static void apply(const work *w, int in_full, const block_operands *b, char *y, size_t n) {
    const double *param = w->job->param;
    if (w->short_forward != NULL)
        w->short_forward(b->x, y, n, param, w->job->variant);
    else if (w->job->pass == RAMP_FORWARD)
        (in_full ? w->op->forward_in_full : w->op->forward)(b->x, y, n, param, w->job->variant);
    else
        (in_full ? w->op->backward_in_full : w->op->backward)(b->x, b->dy, y, n, param);
}

/* One real of either size, which a call of memcpy takes longer for. */
static void copy_real(void *to, const void *from, size_t size) {
    if (size == sizeof(double))
        memcpy(to, from, sizeof(double));
    else
        memcpy(to, from, sizeof(float));
}

/* Elements that are NaN are done again in full: those that the quick loops, or a table, leave so. Most tensors have few, but one may be full of them: so they
 * are put next to each other first. A NaN of a NaN x is true. */
static void complete(const work *w, const block_operands *b, char *y, size_t n) {
    enum { most = 64 };
    const size_t size = w->real_size;
    size_t at[most], i = w->loops->next_nan(y, 0, n);
    _Alignas(sizeof(double)) char x[most * sizeof(double)], dy[sizeof x], again[sizeof x];
    const block_operands left = {.x = x, .dy = b->dy == NULL ? NULL : dy};
    while (i < n) {
        size_t count = 0;
        for (; i < n && count < most; i = w->loops->next_nan(y, i + 1, n)) {
            if (w->loops->has_nan(b->x + i * size, 1)) continue;
            copy_real(x + count * size, b->x + i * size, size);
            if (b->dy != NULL) copy_real(dy + count * size, b->dy + i * size, size);
            at[count++] = i;
        }
        apply(w, 1, &left, again, count);
        for (size_t k = 0; k < count; k++) copy_real(y + at[k] * size, again + k * size, size);
    }
}

static void apply_and_complete(const work *w, const block_operands *b, char *y, size_t n) {
    apply(w, 0, b, y, n);
    if (w->has_rest && w->loops->has_nan(y, n)) complete(w, b, y, n);
}

/* In the compute type. The mask is told from x before y is made. */
static void compute(const work *w, const block_operands *b, char *y, size_t n) {
    if (w->job->pass == RAMP_FORWARD && b->mask != NULL) w->op->mask(b->x, b->mask, n, w->job->param);
    if (w->job->pass == RAMP_BACKWARD && b->mask != NULL)
        w->op->backward_from_mask(b->mask, b->dy, y, n, w->job->param);
    else if (w->job->pass == RAMP_BACKWARD && w->job->saved == RAMP_SAVED_OUTPUT)
        w->op->backward_from_output(b->x, b->dy, y, n, w->job->param);
    else
        apply_and_complete(w, b, y, n);
}

/* From a 16-bit type, before values that may take x's place. */
static void tell_mask(const work *w, const block_operands *b, size_t n) {
    _Alignas(64) float x[block_bytes / 2]; /* twice as wide as in memory */
    if (b->mask == NULL) return;
    w->storage->load(b->x, x, n);
    w->op->mask(x, b->mask, n, w->job->param);
}

/* From elements in memory, next to each other, to `block`, likewise. A call of this function that was not inlined was measured to be half as fast (EPYC,
 * gcc 12). */
static inline __attribute__((always_inline)) void do_block(const work *w, block_operands b, char *block, size_t n) {
    const int backward = w->job->pass == RAMP_BACKWARD, has_x = w->job->x.data != NULL;
    _Alignas(64) float near[3][block_bytes / 2]; /* x, dy, y; in the compute type: twice as wide at most */
    char *y = block;
    if (w->table.values != NULL) {
        tell_mask(w, &b, n);
        w->storage->look_up(w->table.values, b.x, block, n);
        return;
    }
    if (w->table.slopes != NULL) {
        w->storage->load(b.dy, near[1], n);
        if (w->storage->multiply(w->table.slopes, b.x, near[1], near[2], n)) {
            w->storage->load(b.x, near[0], n);
            complete(w, &(block_operands){.x = (const char *)near[0], .dy = (const char *)near[1]}, (char *)near[2], n);
        }
        w->storage->store(near[2], block, n);
        return;
    }
    if (w->pair_forward != NULL) {
        tell_mask(w, &b, n);
        w->pair_forward(b.x, block, n, w->job->param, w->job->variant);
        return;
    }
    if (w->pair_backward != NULL) {
        w->pair_backward(b.x, b.dy, block, n, w->job->param);
        return;
    }
    if (w->storage != NULL) {
        if (has_x) w->storage->load(b.x, near[0], n);
        if (backward) w->storage->load(b.dy, near[1], n);
        y = (char *)near[2];
        b.x = (const char *)near[0], b.dy = (const char *)near[1];
    }
    compute(w, &b, y, n);
    if (w->storage != NULL) w->storage->store(near[2], block, n);
}

/* Ask for lines that will be read soon; the addresses may lie past the operand's end. */
static void fetch_ahead(const char *operand, size_t bytes) {
    if (operand == NULL) return;
    for (uintptr_t at = (uintptr_t)operand + ahead_bytes, end = at + bytes; at < end; at += line_bytes)
        __builtin_prefetch((const void *)at);
}

/* A mask's blocks start on a byte. */
static void do_flat_piece(const work *w, size_t begin, size_t end) {
    _Alignas(64) char block[block_bytes];
    while (begin < end) {
        char *out = w->y + begin * w->size;
        size_t skew = (size_t)((uintptr_t)out % line_bytes);
        size_t n = (w->block - skew) / w->size; /* every block after the first starts a cache line */
        if (w->mask != NULL) n = n / 8 * 8;
        if (n > end - begin) n = end - begin;
        const block_operands b = {after(w->x, begin * w->size), after(w->dy, begin * w->size),
                                  w->mask != NULL ? w->mask + begin / 8 : NULL};
        if (w->streams) fetch_ahead(b.x, n * w->size);
        if (w->streams) fetch_ahead(b.dy, n * w->size);
        do_block(w, b, w->is_direct ? out : block, n);
        if (w->streams && skew == 0)
            w->loops->stream(out, block, n * w->size);
        else if (!w->is_direct)
            memcpy(out, block, n * w->size);
        begin += n;
    }
    if (w->streams) cpu_stream_fence();
}

static void do_strided_piece(const work *w, size_t begin, size_t end) {
    _Alignas(64) char x[fine_block_bytes], dy[fine_block_bytes], y[fine_block_bytes];
    cpu_walk at = cpu_walk_from(w->job, begin);
    while (begin < end) {
        const block_operands b = {x, dy, w->mask != NULL ? w->mask + begin / 8 : NULL};
        size_t n = w->block / w->size;
        if (n > end - begin) n = end - begin;
        if (w->job->x.data != NULL) cpu_walk_gather(&at, &w->job->x, w->size, x, n);
        if (w->job->dy.data != NULL) cpu_walk_gather(&at, &w->job->dy, w->size, dy, n);
        do_block(w, b, y, n);
        cpu_walk_scatter(&at, &w->job->y, w->size, y, n);
        cpu_walk_advance(&at, n);
        begin += n;
    }
}

static void do_piece(const void *context, size_t begin, size_t end) {
    const work *w = context;
    if (w->is_flat)
        do_flat_piece(w, begin, end);
    else
        do_strided_piece(w, begin, end);
}

/* Bytes of a piece. Small pieces share a small job out; of a large one they would only take a tenth longer than large ones. */
static size_t grain_of(const work *w) {
    const ramp_job *job = w->job;
    const int is_heavy = op_is_heavy(job->op, job->pass, job->saved);
    const size_t least = is_heavy ? heavy_grain_bytes : w->storage != NULL ? half_grain_bytes : grain_bytes;
    const uint64_t share = job->count * w->size / (pieces_a_thread * cpu_pool_threads()) / least * least;
    return share < least ? least : share < most_grain_bytes ? (size_t)share : most_grain_bytes;
}

cpu_forward_loop *cpu_short_forward(const cpu_isa *isa, const ramp_job *job) {
    return job->pass == RAMP_FORWARD && job->dtype == RAMP_F16 ? isa->shorts->forward[job->op][job->variant] : NULL;
}

cpu_forward_loop *cpu_pair_forward(const cpu_isa *isa, const ramp_job *job) {
    return job->pass == RAMP_FORWARD && job->dtype == RAMP_BF16 ? isa->pairs->op[job->op].forward[job->variant] : NULL;
}

static cpu_backward_loop *pair_backward(const cpu_isa *isa, const ramp_job *job) {
    const cpu_op_pairs *op = &isa->pairs->op[job->op];
    if (job->pass != RAMP_BACKWARD || job->dtype != RAMP_BF16 || job->mask.data != NULL) return NULL;
    return job->saved == RAMP_SAVED_OUTPUT ? op->backward_from_output : op->backward;
}

static void run(const cpu_device *device, const ramp_job *job) {
    const cpu_isa *isa = device->isa;
    const cpu_loops *loops = isa->loops[job->dtype == RAMP_F64];
    const size_t real_size = job->dtype == RAMP_F64 ? sizeof(double) : sizeof(float);
    const cpu_storage *storage = job->dtype == RAMP_F16 ? isa->storage[0] : job->dtype == RAMP_BF16 ? isa->storage[1] : NULL;
    const size_t size = storage != NULL ? sizeof(uint16_t) : real_size;
    const cpu_op_loops *op = &loops->op[job->op];
    cpu_forward_loop *short_forward = cpu_short_forward(isa, job);
    const char *x = cpu_address(&job->x), *dy = cpu_address(&job->dy);
    char *y = cpu_address(&job->y);
    const int is_flat = ramp_job_is_flat(job);
    const int streams = is_flat && job->count * size * (job->pass == RAMP_FORWARD ? 2 : 3) > device->cache_bytes;
    const int has_rest = short_forward != NULL ? 0 : job->pass == RAMP_FORWARD ? op->has_rest[job->variant] : op->has_rest_gradient;
    const int is_direct = is_flat && !streams && (storage != NULL || !has_rest || (y != x && y != dy));
    const work w = {.loops = loops,
                    .op = op,
                    .short_forward = short_forward,
                    .pair_forward = cpu_pair_forward(isa, job),
                    .pair_backward = pair_backward(isa, job),
                    .storage = storage,
                    .table = cpu_table_for(device, job),
                    .job = job,
                    .size = size,
                    .real_size = real_size,
                    .x = x,
                    .dy = dy,
                    .y = y,
                    .mask = job->mask.data != NULL ? (unsigned char *)cpu_address(&job->mask) : NULL,
                    .block = is_direct && storage == NULL ? direct_block_bytes
                             : is_flat && !streams        ? block_bytes
                                                          : fine_block_bytes,
                    .is_flat = is_flat,
                    .streams = streams,
                    .has_rest = has_rest,
                    .is_direct = is_direct};
    cpu_pool_run(do_piece, &w, (size_t)job->count, grain_of(&w) / w.size);
}

/* ---- Transposed inputs ---- */

/* The dimension, other than the last, along which an input's neighbours lie; -1: none. To walk along the last one would touch a cache line for
 * every element. A mask's bits fix the order. */
static int neighbours_of(const ramp_job *job) {
    const ramp_operand *inputs[] = {&job->x, &job->dy};
    const int last = job->ndim - 1;
    if (job->mask.data != NULL || job->ndim < 2 || job->ndim == RAMP_MAX_DIMS) return -1; /* strips need a dimension */
    for (int i = 0; i < 2; i++)
        for (int d = 0; d < last; d++) {
            const int64_t along = inputs[i]->strides[d], other = inputs[i]->strides[last];
            if (inputs[i]->data != NULL && (along == 1 || along == -1) && (other >= tile / 4 || other <= -tile / 4)) return d;
        }
    return -1;
}

/* Move dimension `from` to place `to`, with what every operand has of it. */
static void move_dimension(ramp_job *job, int from, int to) {
    int64_t *rows[] = {job->shape, job->x.strides, job->dy.strides, job->y.strides};
    for (int k = 0; k < 4; k++) {
        const int64_t moved = rows[k][from];
        for (int d = from; d < to; d++) rows[k][d] = rows[k][d + 1];
        rows[k][to] = moved;
    }
}

/* Begin `skipped` elements further along the last dimension, which then has `size`. */
static void narrow(ramp_job *job, int64_t skipped, int64_t size) {
    ramp_operand *operands[] = {&job->x, &job->dy, &job->y};
    const int last = job->ndim - 1;
    for (int k = 0; k < 3; k++) operands[k]->byte_offset += (uint64_t)skipped * (uint64_t)operands[k]->strides[last] * job->element_bytes;
    job->count = job->count / (uint64_t)job->shape[last] * (uint64_t)size;
    job->shape[last] = size;
}

/* Divide the last dimension by `tile`, and put the quotient before the dimension that precedes it. */
static void divide_last(ramp_job *job) {
    int64_t *strides[] = {job->x.strides, job->dy.strides, job->y.strides};
    const int last = job->ndim++ - 1;
    job->shape[last + 1] = tile;
    job->shape[last] /= tile;
    move_dimension(job, last - 1, last);
    for (int k = 0; k < 3; k++) {
        int64_t *s = strides[k], inner = s[last - 1];
        s[last + 1] = inner;
        s[last - 1] = (int64_t)((uint64_t)inner * tile);
    }
}

/* Walk in strips of `tile` elements of the last dimension, so that an input's cache lines are used up before they leave the cache: dimension d
 * goes just before the last, whose strips go before that; and a narrower strip for what is left. */
static void run_in_strips(const cpu_device *device, const ramp_job *job, int d) {
    ramp_job strips = *job;
    const int last = job->ndim - 1;
    move_dimension(&strips, d, last - 1);
    ramp_job rest = strips;
    const int64_t left = job->shape[last] % tile, whole = job->shape[last] - left;
    if (left > 0) {
        narrow(&rest, whole, left);
        run(device, &rest);
    }
    if (whole == 0) return;
    narrow(&strips, 0, whole);
    divide_last(&strips);
    run(device, &strips);
}

ramp_status cpu_make_rows(ramp_op_id op, ramp_dtype dtype, ramp_pass pass) {
    const ramp_kind kind = pass == RAMP_FORWARD ? RAMP_KIND_FORWARD : RAMP_KIND_BACKWARD;
    const void *rows;
    return op_query_of(dtype)->has_rows(op, kind) ? rows_get(op, dtype, kind, &rows) : RAMP_OK;
}

ramp_status cpu_launch(void *self, const ramp_job *job) {
    const int d = job->count > 0 ? neighbours_of(job) : -1;
    if (job->count == 0) return RAMP_OK;
    ramp_status status = cpu_make_rows(job->op, job->dtype, job->pass);
    if (status != RAMP_OK) return status;
    if (d >= 0)
        run_in_strips(self, job, d);
    else
        run(self, job);
    return RAMP_OK;
}
