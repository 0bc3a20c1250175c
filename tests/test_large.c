/*
 * test_large.c: more than 2^32 bytes, 2^31 elements and, where memory allows, 2^32 elements. On one backend.
 *
 *   test_large [SELECTOR] [--brief | --whole]      --brief: the CPU alone, and not 2^31 elements and more at once; --whole: the CPU has 2^32 elements of f32 too
 *   test_large [SELECTOR] --elements N [--brief]   views alone, of about N elements, in f16; --brief: those of few elements that lie far apart
 *
 * In f32, and in f16 where 2^32 elements are twice that of bytes. A device has one tensor, in place, filled with a pattern whose length (a prime) divides no power of two, and softsign, which done twice
 * or not at all shows. The CPU has tensors that are one small file mapped over and over: only strata of the output are memory of their own,
 * and checked. Then views and masks: large_views.c; on the CPU only those of few elements, and `--elements 4294967299`, half an hour, has the others.
 */
#include "arguments.h"
#include "bits.h"
#include "check.h"
#include "inputs.h"
#include "large.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ramp_op the_op;

static ramp_status run(ramp_device *dev, int backward, ramp_tensor *x, ramp_tensor *y) {
    return backward ? ramp_backward(dev, &the_op, RAMP_SAVED_INPUT, x, x, y) : ramp_forward(dev, &the_op, x, y, NULL);
}

/* ---- On a device ---- */

enum { period = 16777213 }; /* elements of the pattern */

typedef struct large {
    ramp_dtype dtype;
    uint64_t count;
} large;

/* The pattern of one dtype, what the CPU makes of it in either pass, and room for what comes back. */
typedef struct patterns {
    ramp_dtype dtype;
    char *x, *want[2], *got;
} patterns;

static void whole_on_device(ramp_device *dev, uint64_t count, int backward, const patterns *p) {
    void *data = NULL;
    int64_t shape = (int64_t)count;
    const size_t size = bits_size(p->dtype);
    const char *want = p->want[backward];
    ramp_status status = ramp_memory_alloc(dev, count * size, &data);
    if (status == RAMP_ERROR_MEMORY) {
        printf("SKIPPED in part: %llu elements of %s: %s\n", (unsigned long long)count, bits_name(p->dtype), ramp_last_error());
        return;
    }
    if (!CHECK_STATUS(status, RAMP_OK)) return;
    for (uint64_t at = 0; at < count && status == RAMP_OK; at += period)
        status = ramp_memory_upload(dev, data, at * size, p->x, size * (size_t)(count - at < period ? count - at : period));
    CHECK_STATUS(status, RAMP_OK);
    ramp_tensor t = ramp_tensor_dense(data, p->dtype, 1, &shape);
    CHECK_STATUS(run(dev, backward, &t, &t), RAMP_OK);
    unsigned long long wrong = 0, first = 0;
    for (uint64_t at = 0; at < count && status == RAMP_OK; at += period) {
        size_t part = (size_t)(count - at < period ? count - at : period);
        status = ramp_memory_download(dev, p->got, data, at * size, part * size);
        if (memcmp(p->got, want, part * size) == 0) continue;
        for (size_t i = 0; i < part; i++)
            if (!bits_same(p->dtype, bits_load(p->dtype, p->got, i), bits_load(p->dtype, want, i)) && wrong++ == 0) first = at + i;
    }
    CHECK_STATUS(status, RAMP_OK);
    CHECK(wrong == 0, "%llu elements of %s, pass %d: %llu are wrong, the first is number %llu", (unsigned long long)count,
          bits_name(p->dtype), backward, wrong, first);
    printf("%llu elements of %s, pass %d: checked\n", (unsigned long long)count, bits_name(p->dtype), backward);
    ramp_memory_free(dev, data);
}

static void make_patterns(ramp_device *cpu, ramp_dtype dtype, patterns *p) {
    static const int64_t shape[] = {period};
    p->dtype = dtype;
    inputs_fill(INPUT_STRIDE, &the_op, dtype, 17, 257, p->x, period);
    ramp_tensor x = ramp_tensor_dense(p->x, dtype, 1, shape);
    for (int pass = 0; pass < 2; pass++) {
        ramp_tensor y = ramp_tensor_dense(p->want[pass], dtype, 1, shape);
        CHECK_STATUS(run(cpu, pass, &x, &y), RAMP_OK);
    }
}

static int on_device(ramp_device *dev) {
    static const large larges[] = {
        {RAMP_F32, (UINT64_C(1) << 31) + 5}, {RAMP_F32, (UINT64_C(1) << 32) + 3}, {RAMP_F16, (UINT64_C(1) << 32) + 3}};
    const size_t bytes = period * sizeof(float);
    ramp_device_info info;
    ramp_device *cpu = NULL;
    if (!CHECK_STATUS(ramp_device_describe(dev, &info), RAMP_OK)) return 1;
    uint64_t most = info.max_alloc != 0 && info.max_alloc < info.memory ? info.max_alloc : info.memory, needed = larges[0].count * 4;
    if (most < needed + needed / 8) {
        printf("SKIPPED: %s allows %llu bytes at once of %llu; this test needs %llu and some to spare\n", info.name,
               (unsigned long long)info.max_alloc, (unsigned long long)info.memory, (unsigned long long)needed);
        return check_skipped;
    }
    patterns p = {RAMP_F32, malloc(bytes), {malloc(bytes), malloc(bytes)}, malloc(bytes)};
    if (!CHECK_STATUS(ramp_device_open(&cpu, "cpu"), RAMP_OK)) return 1;
    if (!CHECK(p.x != NULL && p.want[0] != NULL && p.want[1] != NULL && p.got != NULL, "no memory for %d elements", period)) return 1;
    for (size_t i = 0; i < sizeof larges / sizeof larges[0]; i++) {
        const large *l = &larges[i];
        needed = l->count * bits_size(l->dtype);
        if ((info.dtypes & 1u << l->dtype) == 0 || most < needed + needed / 8) {
            printf("SKIPPED in part: %llu elements of %s: %s has %llu bytes\n", (unsigned long long)l->count, bits_name(l->dtype),
                   info.name, (unsigned long long)most);
            continue;
        }
        make_patterns(cpu, l->dtype, &p);
        for (int pass = 0; pass < 2; pass++) whole_on_device(dev, l->count, pass, &p);
    }
    free(p.x);
    free(p.want[0]);
    free(p.want[1]);
    free(p.got);
    ramp_device_close(cpu);
    large_views(dev, 0, 0);
    return check_finish("test_large");
}

/* ---- On the CPU ---- */

static const size_t tile = (size_t)1 << 24; /* bytes of the file: a multiple of any page, and the repetition of the input */
static const size_t window = (size_t)1 << 20;

/* Memory of its own around `at`, poisoned. */
static int open_window(char *base, size_t bytes, size_t at) {
    size_t start = at < window / 2 ? 0 : at - window / 2, size = bytes - start < window ? bytes - start : window;
    return sparse_own(base + start, size, 0xa5);
}

/* The elements begin `y_at` bytes into the output, and `x_at` into the input: byte i holds what the tile has at i - y_at + x_at. */
static void check_window(const char *base, size_t bytes, size_t used, size_t at, ramp_dtype dtype, const void *want, size_t x_at,
                         size_t y_at) {
    const size_t size = bits_size(dtype);
    size_t start = at < window / 2 ? 0 : at - window / 2, end = bytes - start < window ? bytes : start + window;
    unsigned long long wrong = 0, first = 0;
    for (size_t i = start; i < end; i += size) {
        int inside = i >= y_at && i < y_at + used;
        uint64_t expected = inside ? bits_load(dtype, want, (i - y_at + x_at) % tile / size) : size == 4 ? 0xa5a5a5a5u : 0xa5a5u;
        if (!bits_same(dtype, bits_load(dtype, base, i / size), expected) && wrong++ == 0) first = i;
    }
    CHECK(wrong == 0, "around byte %zu: %llu elements are wrong, the first at byte %llu", at, wrong, first);
}

typedef struct span {
    ramp_dtype dtype;
    uint64_t count;
    size_t x_at, y_at; /* bytes: aligned to an element, not to a vector or a cache line */
    int backward;
} span;

static void whole_on_cpu(ramp_device *dev, const span *s, char *x, char *y, size_t bytes, void *want) {
    const size_t size = bits_size(s->dtype), used = (size_t)s->count * size, end = used / window * window;
    const size_t strata[] = {0,
                             (size_t)1 << 31, /* bytes: 2^31 */
                             (size_t)1 << 32, /* 2^32 */
                             (size_t)1 << 33, /* elements: 2^31, of f16 2^32 */
                             (size_t)1 << 34, /* 2^32 */
                             used / 2 / window * window,
                             used / 16 * 15 / window * window,
                             end};
    int64_t shape = (int64_t)s->count, one_tile = (int64_t)(tile / size);
    inputs_fill(INPUT_STRIDE, &the_op, s->dtype, 17, 1021, x, tile / size);
    ramp_tensor tx = ramp_tensor_dense(x, s->dtype, 1, &one_tile), ty = ramp_tensor_dense(want, s->dtype, 1, &one_tile);
    CHECK_STATUS(run(dev, s->backward, &tx, &ty), RAMP_OK);
    for (size_t i = 0; i < sizeof strata / sizeof strata[0]; i++)
        if (strata[i] <= end) CHECK(open_window(y, bytes, strata[i]), "no window at %zu: %s", strata[i], strerror(errno));
    tx = ramp_tensor_dense(x, s->dtype, 1, &shape);
    ty = ramp_tensor_dense(y, s->dtype, 1, &shape);
    tx.byte_offset = s->x_at, ty.byte_offset = s->y_at;
    CHECK_STATUS(run(dev, s->backward, &tx, &ty), RAMP_OK);
    for (size_t i = 0; i < sizeof strata / sizeof strata[0]; i++)
        if (strata[i] <= end) check_window(y, bytes, used, strata[i], s->dtype, want, s->x_at, s->y_at);
    printf("%llu elements of %s, pass %d: checked\n", (unsigned long long)s->count, bits_name(s->dtype), s->backward);
}

/* All but the first also pass the caches by, where the backend does that, to an output that is not aligned as they like it. */
static const span spans[] = {{RAMP_F32, (UINT64_C(1) << 32) + 3, 0, 0, 0},
                             {RAMP_F32, (UINT64_C(1) << 31) + 5, 4, 12, 1},
                             {RAMP_F32, (UINT64_C(1) << 28) + 7, 8, 4, 0},
                             {RAMP_F16, (UINT64_C(1) << 32) + 3, 2, 6, 0}};

static int on_cpu(ramp_device *dev, int brief, int whole) {
    const size_t bytes = ((size_t)spans[0].count * 4 + 3 * window) / window * window;
    const int in = sparse_file("ramp-large-in", tile), out = sparse_file("ramp-large-out", tile);
    if (in < 0 || out < 0) return TEST_SKIP("memfd_create: %s; it needs two files of %zu bytes in memory", strerror(errno), tile);
    void *want = malloc(tile);
    char *x = sparse_map(bytes, in, tile);
    if (x == NULL || want == NULL) return TEST_SKIP("mapping 2 x %zu bytes of addresses: %s", bytes, strerror(errno));
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        const int is_whole = spans[i].dtype == RAMP_F32 && spans[i].count > UINT64_C(1) << 32;
        if ((brief && spans[i].count > UINT64_C(1) << 31) || (is_whole && !whole)) {
            printf("SKIPPED in part: %llu elements of %s: %s\n", (unsigned long long)spans[i].count, bits_name(spans[i].dtype),
                   brief ? "--brief leaves them to a build without a sanitizer" : "with --whole alone");
            continue;
        }
        char *y = sparse_map(bytes, out, tile); /* anew: the windows are where this span has them */
        if (y == NULL) return TEST_SKIP("mapping 2 x %zu bytes of addresses: %s", bytes, strerror(errno));
        whole_on_cpu(dev, &spans[i], x, y, bytes, want);
        sparse_unmap(y, bytes);
    }
    free(want);
    sparse_unmap(x, bytes);
    large_views(dev, 1, 0);
    return check_finish("test_large");
}

int main(int argc, char **argv) {
    ramp_device *dev = NULL;
    int brief = 0, whole = 0, result = 1;
    uint64_t elements = 0;
    const argument list[] = {
        {.name = "--brief", .flag = &brief}, {.name = "--whole", .flag = &whole}, {.name = "--elements", .number = &elements}};
    const int has_selector = argc > 1 && argv[1][0] != '-';
    if (!arguments_parse(argc - has_selector, argv + has_selector, list, sizeof list / sizeof list[0])) return 2;
    ramp_status status = ramp_device_open(&dev, has_selector ? argv[1] : "cpu");
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    the_op = ramp_op_default(RAMP_SOFTSIGN);
    if (CHECK_STATUS(status, RAMP_OK)) {
        if (elements > 0) {
            large_views(dev, brief, elements);
            result = check_finish("test_large");
        } else if (strcmp(ramp_device_backend(dev), "cpu") == 0)
            result = on_cpu(dev, brief, whole);
        else
            result = brief ? TEST_SKIP("--brief leaves a device's large tensors to a build without a sanitizer") : on_device(dev);
    }
    ramp_device_close(dev);
    return result;
}
