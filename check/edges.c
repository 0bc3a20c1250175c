#include "edges.h"
#include "bits.h"

#include <stdlib.h>

enum { grid = 65536 };

typedef struct probe {
    ramp_device *device;
    const ramp_op *op;
    ramp_dtype dtype;
    int backward;
    void *x, *dy, *y; /* the device's */
} probe;

static ramp_status look(const probe *p, size_t n, const void *x, void *y) {
    int64_t shape[1] = {(int64_t)n};
    size_t bytes = n * bits_size(p->dtype);
    ramp_tensor tx = ramp_tensor_dense(p->x, p->dtype, 1, shape), ty = ramp_tensor_like(&tx, p->y, p->dtype);
    ramp_tensor tdy = ramp_tensor_like(&tx, p->dy, p->dtype);
    ramp_status status = ramp_memory_upload(p->device, p->x, 0, x, bytes);
    if (status == RAMP_OK)
        status = p->backward ? ramp_backward(p->device, p->op, RAMP_SAVED_INPUT, &tx, &tdy, &ty)
                             : ramp_forward(p->device, p->op, &tx, &ty, NULL);
    return status == RAMP_OK ? ramp_memory_download(p->device, y, p->y, 0, bytes) : status;
}

static edge_class class_of(ramp_dtype dtype, uint64_t pattern, int *negative) {
    uint64_t sign = UINT64_C(1) << (8 * bits_size(dtype) - 1), size = pattern & ~sign, infinity = bits_infinity(dtype);
    *negative = (pattern & sign) != 0 && size != 0 && size <= infinity; /* the sign of a zero or a NaN is no change of kind */
    return size > infinity                               ? EDGE_NAN
           : size == infinity                            ? EDGE_INFINITE
           : size >= UINT64_C(1) << bits_mantissa(dtype) ? EDGE_NORMAL
           : size > 0                                    ? EDGE_SUBNORMAL
                                                         : EDGE_ZERO;
}

static int same_kind(ramp_dtype dtype, uint64_t a, uint64_t b) {
    int sign_a, sign_b;
    return class_of(dtype, a, &sign_a) == class_of(dtype, b, &sign_b) && sign_a == sign_b;
}

/* Between two inputs of one sign whose results y, z are of two kinds. */
static ramp_status bisect(const probe *p, uint64_t x, uint64_t next, uint64_t y, uint64_t z, edge *found) {
    unsigned char at[8], result[8];
    while (next - x > 1) {
        uint64_t middle = x + (next - x) / 2;
        bits_store(p->dtype, at, 0, middle);
        ramp_status status = look(p, 1, at, result);
        if (status != RAMP_OK) return status;
        uint64_t value = bits_load(p->dtype, result, 0);
        if (same_kind(p->dtype, value, y)) {
            x = middle;
            y = value;
        } else {
            next = middle;
            z = value;
        }
    }
    *found = (edge){.x = x, .next = next};
    found->at_x = class_of(p->dtype, y, &found->negative_x);
    found->at_next = class_of(p->dtype, z, &found->negative_next);
    return RAMP_OK;
}

static ramp_status search(const probe *p, void *x, void *y, edge *list, size_t *count) {
    unsigned shift = (unsigned)(8 * bits_size(p->dtype) - 16);
    for (size_t i = 0; i < grid; i++) bits_store(p->dtype, x, i, bits_of(p->dtype, 1.0));
    ramp_status status = ramp_memory_upload(p->device, p->dy, 0, x, grid * bits_size(p->dtype));
    for (size_t i = 0; i < grid; i++) bits_store(p->dtype, x, i, (uint64_t)i << shift);
    if (status == RAMP_OK) status = look(p, grid, x, y);
    for (size_t i = 0; i + 1 < grid && status == RAMP_OK && *count < edges_most; i++) {
        uint64_t a = bits_load(p->dtype, y, i), b = bits_load(p->dtype, y, i + 1);
        if (i % (grid / 2) == grid / 2 - 1 || same_kind(p->dtype, a, b)) continue; /* the two signs' halves do not touch */
        if ((i + 1) % (grid / 2) << shift > bits_infinity(p->dtype)) continue;     /* nor do infinity and NaN */
        status = bisect(p, (uint64_t)i << shift, (uint64_t)(i + 1) << shift, a, b, &list[*count]);
        if (status == RAMP_OK) ++*count;
    }
    return status;
}

ramp_status edges_find(ramp_device *device, const ramp_op *op, ramp_dtype dtype, int backward, edge *list, size_t *count) {
    size_t bytes = grid * bits_size(dtype);
    probe p = {.device = device, .op = op, .dtype = dtype, .backward = backward};
    void *x = malloc(bytes), *y = malloc(bytes);
    *count = 0;
    ramp_status status = x != NULL && y != NULL ? RAMP_OK : RAMP_ERROR_MEMORY;
    if (status == RAMP_OK) status = ramp_memory_alloc(device, bytes, &p.x);
    if (status == RAMP_OK) status = ramp_memory_alloc(device, bytes, &p.dy);
    if (status == RAMP_OK) status = ramp_memory_alloc(device, bytes, &p.y);
    if (status == RAMP_OK) status = search(&p, x, y, list, count);
    ramp_memory_free(device, p.y);
    ramp_memory_free(device, p.dy);
    ramp_memory_free(device, p.x);
    free(x);
    free(y);
    return status;
}
