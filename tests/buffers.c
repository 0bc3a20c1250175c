#include "buffers.h"
#include "forbid.h"

#include <stdlib.h>
#include <string.h>

/* Depends on the place, so that a shifted copy of poison is damage too. As floats they are ordinary numbers: no test expects them. */
static unsigned char poison(size_t at) { return (unsigned char)(0xa5 ^ (at * 7 & 0x1f)); }

ramp_status guarded_create(guarded *g, ramp_device *device, size_t bytes) {
    *g = (guarded){.device = device, .capacity = bytes + 2 * guard_bytes + 64};
    g->image = malloc(g->capacity);
    g->after = malloc(g->capacity);
    if (g->image == NULL || g->after == NULL) return RAMP_ERROR_MEMORY;
    g->is_host = strcmp(ramp_device_backend(device), "cpu") == 0;
    return ramp_memory_alloc(device, g->capacity, &g->memory);
}

/* Not all of the memory, a call's part of which is small: the sanitizer takes longer for that than the call does. */
static void permit_all(guarded *g) {
    permit(g->memory, g->fenced);
    g->fenced = 0;
}

void guarded_destroy(guarded *g) {
    permit_all(g);
    ramp_memory_free(g->device, g->memory);
    free(g->image);
    free(g->after);
    *g = (guarded){.device = NULL};
}

void *guarded_layout(guarded *g, size_t offset, size_t bytes) {
    g->start = guard_bytes + offset;
    g->bytes = bytes;
    g->used = g->start + bytes + guard_bytes;
    for (size_t i = 0; i < g->start; i++) g->image[i] = poison(i);
    memset(g->image + g->start, 0xa5, bytes);
    for (size_t i = g->start + bytes; i < g->used; i++) g->image[i] = poison(i);
    return g->image + g->start;
}

ramp_status guarded_upload(guarded *g) {
    permit_all(g);
    ramp_status status = ramp_memory_upload(g->device, g->memory, 0, g->image, g->used);
    const size_t end = g->start + g->bytes;
    if (g->is_host) {
        forbid(g->memory, g->start);
        forbid((char *)g->memory + end, g->used - end);
        g->fenced = g->used;
    }
    return status;
}

ramp_status guarded_download(guarded *g) {
    permit_all(g);
    return ramp_memory_download(g->device, g->after, g->memory, 0, g->used);
}

ramp_tensor guarded_tensor(const guarded *g, ramp_dtype dtype, size_t n, int by_pointer) {
    int64_t shape = (int64_t)n;
    ramp_tensor t = ramp_tensor_dense(g->memory, dtype, 1, &shape);
    if (by_pointer)
        t.data = (char *)g->memory + g->start;
    else
        t.byte_offset = g->start;
    return t;
}

const void *guarded_elements(const guarded *g) { return g->after + g->start; }

static long long first_difference(const guarded *g, size_t from, size_t to, int *found) {
    if (memcmp(g->image + from, g->after + from, to - from) == 0) return 0;
    *found = 1;
    while (g->image[from] == g->after[from]) from++;
    return (long long)from - (long long)g->start;
}

long long guarded_damage(const guarded *g, int elements_too, int *found) {
    *found = 0;
    if (elements_too) return first_difference(g, 0, g->used, found);
    long long before = first_difference(g, 0, g->start, found);
    return *found ? before : first_difference(g, g->start + g->bytes, g->used, found);
}
