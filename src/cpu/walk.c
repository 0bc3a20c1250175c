#include "walk.h"

#include <string.h>

cpu_walk cpu_walk_from(const ramp_job *job, uint64_t at) {
    cpu_walk w = {.job = job};
    for (int d = job->ndim - 1; d >= 0; d--) {
        w.index[d] = (int64_t)(at % (uint64_t)job->shape[d]);
        at /= (uint64_t)job->shape[d];
    }
    return w;
}

/* The address of the next element. Sums are taken modulo 2^64, as operands' offsets are. */
static char *address_of(const cpu_walk *w, const ramp_operand *operand, size_t size) {
    uint64_t elements = 0;
    for (int d = 0; d < w->job->ndim; d++) elements += (uint64_t)w->index[d] * (uint64_t)operand->strides[d];
    return (char *)((uintptr_t)operand->data + (uintptr_t)(operand->byte_offset + elements * size));
}

/* How many elements the last dimension has left, n at most. */
static size_t run_of(const cpu_walk *w, size_t n) {
    const int last = w->job->ndim - 1;
    const uint64_t left = (uint64_t)(w->job->shape[last] - w->index[last]);
    return left < n ? (size_t)left : n;
}

void cpu_walk_advance(cpu_walk *w, size_t n) {
    int d = w->job->ndim - 1;
    w->index[d] += (int64_t)n;
    for (; d > 0 && w->index[d] >= w->job->shape[d]; d--) {
        w->index[d - 1] += w->index[d] / w->job->shape[d];
        w->index[d] %= w->job->shape[d];
    }
}

/* n elements of one type, `from_stride` and `to_stride` of them apart. */
#define COPY(type)                                                                                                                         \
    do {                                                                                                                                   \
        const type *a = (const type *)(const void *)from;                                                                                  \
        type *b = (type *)(void *)to;                                                                                                      \
        for (size_t i = 0; i < n; i++, a += from_stride, b += to_stride) *b = *a;                                                          \
    } while (0)

static void copy(const char *from, int64_t from_stride, char *to, int64_t to_stride, size_t size, size_t n) {
    if (from_stride == 1 && to_stride == 1)
        memcpy(to, from, n * size);
    else if (size == sizeof(uint16_t))
        COPY(uint16_t);
    else if (size == sizeof(uint32_t))
        COPY(uint32_t);
    else
        COPY(uint64_t);
}

void cpu_walk_gather(const cpu_walk *w, const ramp_operand *from, size_t size, void *block, size_t n) {
    cpu_walk at = *w;
    for (char *to = block; n > 0;) {
        const size_t run = run_of(&at, n);
        copy(address_of(&at, from, size), from->strides[w->job->ndim - 1], to, 1, size, run);
        cpu_walk_advance(&at, run);
        to += run * size;
        n -= run;
    }
}

void cpu_walk_scatter(const cpu_walk *w, const ramp_operand *to, size_t size, const void *block, size_t n) {
    cpu_walk at = *w;
    for (const char *from = block; n > 0;) {
        const size_t run = run_of(&at, n);
        copy(from, 1, address_of(&at, to, size), to->strides[w->job->ndim - 1], size, run);
        cpu_walk_advance(&at, run);
        from += run * size;
        n -= run;
    }
}
