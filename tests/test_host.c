/*
 * test_host.c: ramp_forward_host and ramp_backward_host give what ramp_forward and ramp_backward do, at sizes round the chunk; and do no more than they say.
 * `staged` is a backend of this file's own: its queues do nothing until they are waited for, its page-locked memory is counted, and it fails when told to.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* setenv */
#endif
#include "check.h"

#include <ramp/backend.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { chunk_bytes = 1024, most_elements = 20 * chunk_bytes, guard = 64, poison = 0xa5 };

/* ---- A backend whose queues wait ---- */

typedef struct command {
    int is_launch;
    ramp_job job;
    void *to;
    const void *from;
    size_t bytes;
} command;

typedef struct queue {
    command list[16];
    int count;
} queue;

static struct {
    ramp_device *cpu;
    atomic_int queues, buffers, pinned, uploads;
    int fail_at;                /* the upload that fails; 0: none */
    const char *watched;        /* an array */
    atomic_size_t from_watched; /* bytes that were uploaded straight from it */
    struct {
        atomic_uintptr_t begin, end;
    } locked[64]; /* page-locked memory */
} staged;

static ramp_status staged_list(ramp_device_info *list, size_t capacity, size_t *count) {
    if (capacity > 0) {
        list[0] = (ramp_device_info){.type = RAMP_DEVICE_ACCELERATOR, .memory = 1 << 30, .max_alloc = 1 << 30, .dtypes = 0x1e};
        strcpy(list[0].name, "Staged");
    }
    *count = 1;
    return RAMP_OK;
}

static ramp_status staged_open(int ordinal, void **self) {
    (void)ordinal;
    *self = &staged;
    return ramp_device_open(&staged.cpu, "cpu");
}

static void staged_close(void *self) {
    (void)self;
    ramp_device_close(staged.cpu);
}

static void staged_describe(void *self, ramp_device_info *info) {
    size_t count;
    (void)self;
    (void)staged_list(info, 1, &count);
}

static ramp_status staged_supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)self, (void)op, (void)dtype;
    return RAMP_OK;
}

static ramp_status run_job(const ramp_job *job) {
    ramp_op op = ramp_op_default(job->op);
    ramp_op_info info;
    const ramp_operand *from[] = {&job->x, &job->dy, &job->y, &job->mask};
    ramp_tensor t[4];
    CHECK(job->ndim <= 1 && ramp_job_is_flat(job), "a job of %d dimensions", (int)job->ndim);
    for (size_t i = 0; i < ramp_op_count(); i++)
        if (ramp_op_describe(i, &info) == RAMP_OK && info.id == job->op) op.count = info.param_count;
    memcpy(op.param, job->param, sizeof op.param);
    for (int i = 0; i < 4; i++) {
        const int64_t count[] = {(int64_t)job->count};
        t[i] = ramp_tensor_dense(from[i]->data, i == 3 ? RAMP_BIT : job->dtype, 1, count);
        t[i].byte_offset = from[i]->byte_offset;
    }
    if (job->pass == RAMP_FORWARD) return ramp_forward(staged.cpu, &op, &t[0], &t[2], job->mask.data != NULL ? &t[3] : NULL);
    return ramp_backward(staged.cpu, &op, job->saved, job->saved == RAMP_SAVED_MASK ? &t[3] : &t[0], &t[1], &t[2]);
}

static ramp_status staged_prepare(void *self, ramp_op_id op, ramp_dtype dtype) { return staged_supports(self, op, dtype); }

static command *add(queue *q) {
    CHECK(q->count < 16, "too many commands in a queue");
    return &q->list[q->count++];
}

static ramp_status staged_launch(void *self, const ramp_job *job) {
    (void)self;
    if (job->own_queue) return run_job(job);
    *add(job->on.queue) = (command){.is_launch = 1, .job = *job};
    return RAMP_OK;
}

static ramp_status staged_synchronize(void *self) {
    (void)self;
    return RAMP_OK;
}

static ramp_status staged_alloc(void *self, size_t bytes, void **data) {
    (void)self;
    atomic_fetch_add(&staged.buffers, 1);
    *data = aligned_alloc(64, (bytes + 63) / 64 * 64);
    return RAMP_OK;
}

static void staged_release(void *self, void *data) {
    (void)self;
    atomic_fetch_sub(&staged.buffers, 1);
    free(data);
}

static ramp_status staged_upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    (void)self;
    memcpy((char *)data + offset, src, bytes);
    return RAMP_OK;
}

static ramp_status staged_download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    (void)self;
    memcpy(dst, (const char *)data + offset, bytes);
    return RAMP_OK;
}

static ramp_status staged_event(void *self, void **event) {
    *event = self;
    return RAMP_OK;
}

static ramp_status staged_record(void *self, void *event, const ramp_submit *on) {
    (void)self, (void)event, (void)on;
    return RAMP_OK;
}

static ramp_status staged_wait(void *self, void *event) {
    (void)self, (void)event;
    return RAMP_OK;
}

static ramp_status staged_elapsed(void *self, void *start, void *stop, double *ms) {
    (void)self, (void)start, (void)stop;
    *ms = 0.25;
    return RAMP_OK;
}

static void staged_destroy(void *self, void *event) { (void)self, (void)event; }

static ramp_status staged_queue_create(void *self, void **made) {
    (void)self;
    atomic_fetch_add(&staged.queues, 1);
    *made = calloc(1, sizeof(queue));
    return RAMP_OK;
}

static void staged_queue_destroy(void *self, void *q) {
    (void)self;
    atomic_fetch_sub(&staged.queues, 1);
    CHECK(((queue *)q)->count == 0, "a queue is destroyed with work in it");
    free(q);
}

static int is_locked(const void *data) {
    for (int i = 0; i < 64; i++)
        if ((uintptr_t)data >= atomic_load(&staged.locked[i].begin) && (uintptr_t)data < atomic_load(&staged.locked[i].end)) return 1;
    return 0;
}

static ramp_status staged_queue_upload(void *self, void *q, void *data, const void *src, size_t bytes) {
    (void)self;
    CHECK(is_locked(src), "an upload from memory that is not page-locked");
    if ((const char *)src >= staged.watched && (const char *)src < staged.watched + 5000 * sizeof(float))
        atomic_fetch_add(&staged.from_watched, bytes);
    if (atomic_fetch_add(&staged.uploads, 1) + 1 == staged.fail_at)
        return ramp_error_set(RAMP_ERROR_DEVICE, "upload %d fails", staged.fail_at);
    *add(q) = (command){.to = data, .from = src, .bytes = bytes};
    return RAMP_OK;
}

static ramp_status staged_queue_download(void *self, void *q, void *dst, const void *data, size_t bytes) {
    (void)self;
    CHECK(is_locked(dst), "a download to memory that is not page-locked");
    *add(q) = (command){.to = dst, .from = data, .bytes = bytes};
    return RAMP_OK;
}

static ramp_status staged_queue_wait(void *self, void *waited) {
    queue *q = waited;
    ramp_status status = RAMP_OK;
    (void)self;
    for (int i = 0; i < q->count && status == RAMP_OK; i++) {
        command *c = &q->list[i];
        if (c->is_launch)
            status = run_job(&c->job);
        else
            memcpy(c->to, c->from, c->bytes);
    }
    q->count = 0;
    return status;
}

static ramp_status staged_host_alloc(void *self, size_t bytes, void **data) {
    (void)self;
    atomic_fetch_add(&staged.pinned, 1);
    *data = aligned_alloc(64, (bytes + 63) / 64 * 64);
    for (int i = 0; i < 64; i++) {
        if (atomic_load(&staged.locked[i].begin) != 0) continue;
        atomic_store(&staged.locked[i].end, (uintptr_t)*data + bytes);
        atomic_store(&staged.locked[i].begin, (uintptr_t)*data);
        return RAMP_OK;
    }
    return ramp_error_set(RAMP_ERROR_MEMORY, "no more page-locked memory");
}

static void staged_host_release(void *self, void *data) {
    (void)self;
    atomic_fetch_sub(&staged.pinned, 1);
    for (int i = 0; i < 64; i++)
        if (atomic_load(&staged.locked[i].begin) == (uintptr_t)data) {
            atomic_store(&staged.locked[i].end, 0);
            atomic_store(&staged.locked[i].begin, 0);
        }
    free(data);
}

static ramp_status staged_host_look(void *self, const void *data, int *is_pinned) {
    (void)self;
    *is_pinned = is_locked(data);
    return RAMP_OK;
}

#define STAGED_SLOTS                                                                                                                       \
    .abi = RAMP_BACKEND_ABI, .list = staged_list, .open = staged_open, .close = staged_close, .describe = staged_describe,                 \
    .supports = staged_supports, .prepare = staged_prepare, .launch = staged_launch, .synchronize = staged_synchronize,                    \
    .alloc = staged_alloc, .release = staged_release, .upload = staged_upload, .download = staged_download, .event_create = staged_event,  \
    .event_record = staged_record, .event_wait = staged_wait, .event_elapsed = staged_elapsed, .event_destroy = staged_destroy
static const ramp_backend with_queues = {STAGED_SLOTS,
                                         .name = "staged",
                                         .features = RAMP_FEATURE_QUEUES,
                                         .queue_create = staged_queue_create,
                                         .queue_destroy = staged_queue_destroy,
                                         .queue_upload = staged_queue_upload,
                                         .queue_download = staged_queue_download,
                                         .queue_wait = staged_queue_wait,
                                         .host_alloc = staged_host_alloc,
                                         .host_release = staged_host_release,
                                         .host_look = staged_host_look};
static const ramp_backend without_queues = {STAGED_SLOTS, .name = "plain"};
static const ramp_backend with_half = {STAGED_SLOTS, .name = "half", .queue_create = staged_queue_create};

/* ---- Arrays with guards ---- */

typedef struct array {
    unsigned char *memory, *data;
    size_t bytes;
} array;

static array new_array(size_t bytes) {
    array a = {.memory = malloc(bytes + 2 * guard), .bytes = bytes};
    a.data = a.memory + guard;
    memset(a.memory, poison, bytes + 2 * guard);
    return a;
}

static int guards_hold(const array *a) {
    for (size_t i = 0; i < guard; i++)
        if (a->memory[i] != poison || a->data[a->bytes + i] != poison) return 0;
    return 1;
}

static size_t size_of(ramp_dtype dtype) { return dtype == RAMP_F64 ? 8 : dtype == RAMP_F32 ? 4 : 2; }

/* Every pattern of bits is a number: near 1 mostly, with some of any kind. */
static void fill(array *a, ramp_dtype dtype, uint64_t seed) {
    for (size_t i = 0; i < a->bytes / size_of(dtype); i++) {
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z ^= z >> 27;
        const uint64_t one = dtype == RAMP_F64   ? UINT64_C(0x3ff) << 52
                             : dtype == RAMP_F32 ? 0x3f800000u
                             : dtype == RAMP_F16 ? 0x3c00u
                                                 : 0x3f80u;
        const uint64_t sign = UINT64_C(1) << (8 * size_of(dtype) - 1), step = one / 16;
        uint64_t bits = z % 61 == 0 ? z >> 3 : (one + z % step) | (z >> 40 & 1 ? sign : 0);
        memcpy(a->data + i * size_of(dtype), &bits, size_of(dtype));
    }
}

static int is_nan(ramp_dtype dtype, const unsigned char *at) {
    uint64_t bits = 0;
    memcpy(&bits, at, size_of(dtype));
    const uint64_t infinity = dtype == RAMP_F64   ? UINT64_C(0x7ff) << 52
                              : dtype == RAMP_F32 ? 0x7f800000u
                              : dtype == RAMP_F16 ? 0x7c00u
                                                  : 0x7f80u;
    return (bits & ~(UINT64_C(1) << (8 * size_of(dtype) - 1))) > infinity;
}

static void expect_same(ramp_dtype dtype, const array *got, const array *want, const char *what, size_t n) {
    const size_t size = size_of(dtype);
    CHECK(guards_hold(got), "%s, %zu elements: written outside", what, n);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *g = got->data + i * size, *w = want->data + i * size;
        if (memcmp(g, w, size) == 0 || (is_nan(dtype, g) && is_nan(dtype, w))) continue;
        CHECK(0, "%s: element %zu of %zu differs", what, i, n);
        return;
    }
    CHECK(1, "%s", what);
}

/* ---- The bits ---- */

typedef struct subject {
    ramp_device *dev, *cpu;
} subject;

static ramp_tensor tensor(const array *a, ramp_dtype dtype, size_t n) {
    const int64_t count[] = {(int64_t)n};
    return ramp_tensor_dense(a->data, dtype, 1, count);
}

/* in_place: y is x; dx is dy (1) or what was saved (2). */
static void test_forward(const subject *s, const ramp_op *op, ramp_dtype dtype, size_t n, int has_mask, int in_place) {
    array x = new_array(n * size_of(dtype)), y = new_array(n * size_of(dtype)), want = new_array(n * size_of(dtype));
    array mask = new_array((n + 7) / 8), want_mask = new_array((n + 7) / 8);
    fill(&x, dtype, n + 1);
    ramp_tensor tx = tensor(&x, dtype, n), ty = in_place ? tx : tensor(&y, dtype, n), tw = tensor(&want, dtype, n),
                tm = tensor(&mask, RAMP_BIT, n), twm = tensor(&want_mask, RAMP_BIT, n);
    char what[96];
    snprintf(what, sizeof what, "op %d forward dtype %d%s%s", (int)op->id, (int)dtype, has_mask ? " mask" : "",
             in_place ? " in place" : "");
    CHECK_STATUS(ramp_forward(s->cpu, op, &tx, &tw, has_mask ? &twm : NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward_host(s->dev, op, &tx, &ty, has_mask ? &tm : NULL), RAMP_OK);
    expect_same(dtype, in_place ? &x : &y, &want, what, n);
    CHECK(guards_hold(&mask) && memcmp(mask.data, want_mask.data, mask.bytes) == 0, "%s: the mask of %zu differs", what, n);
    free(x.memory), free(y.memory), free(want.memory), free(mask.memory), free(want_mask.memory);
}

static void test_backward(const subject *s, const ramp_op *op, ramp_saved what, ramp_dtype dtype, size_t n, int in_place) {
    const size_t saved_bytes = what == RAMP_SAVED_MASK ? (n + 7) / 8 : n * size_of(dtype);
    array saved = new_array(saved_bytes), dy = new_array(n * size_of(dtype)), dx = new_array(n * size_of(dtype)),
          want = new_array(n * size_of(dtype));
    if (what == RAMP_SAVED_MASK)
        for (size_t i = 0; i < saved_bytes; i++) saved.data[i] = (unsigned char)(i * 37 + n);
    else
        fill(&saved, dtype, n + 2);
    fill(&dy, dtype, n + 3);
    ramp_tensor ts = tensor(&saved, what == RAMP_SAVED_MASK ? RAMP_BIT : dtype, n), tdy = tensor(&dy, dtype, n),
                tw = tensor(&want, dtype, n);
    ramp_tensor tdx = in_place == 1 ? tdy : in_place == 2 ? ts : tensor(&dx, dtype, n);
    char text[96];
    snprintf(text, sizeof text, "op %d backward dtype %d saved %d in place %d", (int)op->id, (int)dtype, (int)what, in_place);
    CHECK_STATUS(ramp_backward(s->cpu, op, what, &ts, &tdy, &tw), RAMP_OK);
    CHECK_STATUS(ramp_backward_host(s->dev, op, what, &ts, &tdy, &tdx), RAMP_OK);
    expect_same(dtype, in_place == 1 ? &dy : in_place == 2 ? &saved : &dx, &want, text, n);
    free(saved.memory), free(dy.memory), free(dx.memory), free(want.memory);
}

static void test_bits(const subject *s) {
    static const ramp_op ops[] = {{RAMP_HARDTANH, 2, {-1.25, 1.125}}, {RAMP_TANH, 0, {0}}};
    for (int dtype = RAMP_F32; dtype <= RAMP_BF16; dtype++) {
        const size_t chunk = chunk_bytes / size_of((ramp_dtype)dtype);
        const size_t sizes[] = {0, 1, 7, 8, chunk - 1, chunk, chunk + 1, 2 * chunk - 8, 2 * chunk + 7, 4 * chunk, 9 * chunk + 5};
        for (size_t o = 0; o < 2 * (sizeof sizes / sizeof sizes[0]); o++) {
            const ramp_op *op = &ops[o % 2];
            const size_t n = sizes[o / 2];
            const unsigned saves = ramp_op_saves(op, (ramp_dtype)dtype);
            if (ramp_device_supports(s->dev, op, (ramp_dtype)dtype) != RAMP_OK) continue;
            for (int in_place = 0; in_place < 2; in_place++) {
                test_forward(s, op, (ramp_dtype)dtype, n, 0, in_place);
                if (saves >> RAMP_SAVED_MASK & 1) test_forward(s, op, (ramp_dtype)dtype, n, 1, in_place);
            }
            for (int what = RAMP_SAVED_INPUT; what <= RAMP_SAVED_MASK; what++)
                for (int in_place = 0; in_place < (what == RAMP_SAVED_MASK ? 2 : 3); in_place++)
                    if (saves >> what & 1) test_backward(s, op, (ramp_saved)what, (ramp_dtype)dtype, n, in_place);
        }
    }
}

/* ---- What is refused ---- */

static void test_refusals(const subject *s) {
    enum { n = 6000 };
    static float x[2 * n], y[2 * n], z[2 * n];
    static unsigned char bits[n];
    const int64_t flat[] = {n}, wide[] = {60, 100};
    const ramp_op op = ramp_op_default(RAMP_RELU), smooth = ramp_op_default(RAMP_TANH);
    ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, flat), ty = ramp_tensor_dense(y, RAMP_F32, 1, flat),
                tm = ramp_tensor_dense(bits, RAMP_BIT, 1, flat);
    ramp_tensor tz = ramp_tensor_dense(z, RAMP_F32, 1, flat), bad;
    memset(y, poison, sizeof y);
    CHECK_STATUS(ramp_forward_host(NULL, &op, &tx, &ty, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_forward_host(s->dev, NULL, &tx, &ty, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_forward_host(s->dev, &op, NULL, &ty, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_forward_host(s->dev, &smooth, &tx, &ty, &tm), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_backward_host(s->dev, &op, (ramp_saved)9, &tx, &ty, &tz), RAMP_ERROR_ARGUMENT);
    bad = tx, bad.data = NULL;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &bad, &ty, NULL), RAMP_ERROR_ARGUMENT);
    bad = tx, bad.byte_offset = 2;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &bad, &ty, NULL), RAMP_ERROR_ARGUMENT);
    bad = ty, bad.data = x + 8; /* in part */
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &tx, &bad, NULL), RAMP_ERROR_ARGUMENT);
    bad = tm, bad.data = y;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &tx, &ty, &bad), RAMP_ERROR_ARGUMENT);
    bad = tx, bad.memory = RAMP_MEMORY_SVM;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &bad, &ty, NULL), RAMP_ERROR_ARGUMENT);
    bad = tx, bad.strides[0] = 2;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &bad, &ty, NULL), RAMP_ERROR_UNSUPPORTED);
    bad = tx, bad.strides[0] = 0;
    CHECK_STATUS(ramp_backward_host(s->dev, &op, RAMP_SAVED_INPUT, &bad, &tz, &ty), RAMP_ERROR_UNSUPPORTED);
    ramp_tensor one = ramp_tensor_dense(x, RAMP_F32, 2, wide), other = ramp_tensor_dense(y, RAMP_F32, 2, wide);
    one.strides[0] = 1, one.strides[1] = 60;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &one, &other, NULL), RAMP_ERROR_UNSUPPORTED);
    for (size_t i = 0; i < sizeof y; i++)
        if (((unsigned char *)y)[i] != poison) {
            CHECK(0, "a call that was refused wrote byte %zu", i);
            break;
        }
    other.strides[0] = 1, other.strides[1] = 60; /* now both are in the same order */
    x[3] = 1.5f;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &one, &other, NULL), RAMP_OK);
    CHECK(y[3] == 1.5f && y[4] == 0, "dense in another order: %g, %g", (double)y[3], (double)y[4]);
    bad = tm, bad.byte_offset = 3; /* a mask may begin at any byte */
    bits[2] = poison;
    CHECK_STATUS(ramp_forward_host(s->dev, &op, &tx, &ty, &bad), RAMP_OK);
    CHECK(bits[2] == poison && bits[3] == 8 && bits[4] == 0, "a mask from byte 3 on: %#x %#x %#x", bits[2], bits[3], bits[4]);
}

/* ---- Several threads ---- */

static void *call_often(void *argument) {
    const subject *s = argument;
    const ramp_op op = ramp_op_default(RAMP_RELU);
    for (size_t i = 0; i < 8; i++) test_forward(s, &op, RAMP_F32, most_elements / 4 + i, 1, 0);
    return NULL;
}

static void test_threads(subject *s) {
    pthread_t thread[3];
    for (int i = 0; i < 3; i++) CHECK(pthread_create(&thread[i], NULL, call_often, s) == 0, "no thread");
    for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
}

/* ---- The memory that it keeps, pinned arrays, and what fails ---- */

static void test_setting(const char *selector, const char *value, ramp_status want) {
    static float x[64], y[64];
    const int64_t n[] = {64};
    const ramp_op op = ramp_op_default(RAMP_RELU);
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, n), ty = ramp_tensor_dense(y, RAMP_F32, 1, n);
    ramp_device *dev;
    setenv("RAMP_HOST_CHUNK", value, 1);
    CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_OK);
    CHECK(ramp_forward_host(dev, &op, &tx, &ty, NULL) == want, "RAMP_HOST_CHUNK '%s': %s", value, ramp_last_error());
    if (want != RAMP_OK)
        CHECK(strstr(ramp_last_error(), "RAMP_HOST_CHUNK") != NULL, "it does not say what is wrong: %s", ramp_last_error());
    ramp_device_close(dev);
    setenv("RAMP_HOST_CHUNK", "1024", 1);
}

static void test_settings(const char *selector) {
    static const char *const bad[] = {"63", "0", "-1", "x", "1k", " 64", "2000000000", "64 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) test_setting(selector, bad[i], RAMP_ERROR_ARGUMENT);
    test_setting(selector, "64", RAMP_OK);
    test_setting(selector, "", RAMP_OK);
}

static void test_pinned(const subject *s) {
    enum { n = 5000 };
    const int64_t count[] = {n};
    const ramp_op op = ramp_op_default(RAMP_RELU);
    float *x = NULL, *y = NULL, *z = malloc(n * sizeof *z);
    CHECK_STATUS(ramp_host_alloc(s->dev, 0, (void **)&x), RAMP_OK);
    CHECK(x == NULL, "0 bytes are at %p", (void *)x);
    CHECK_STATUS(ramp_host_alloc(s->dev, n * sizeof *x, (void **)&x), RAMP_OK);
    CHECK_STATUS(ramp_host_alloc(s->dev, n * sizeof *y, (void **)&y), RAMP_OK);
    if (x != NULL && y != NULL) {
        const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, count), ty = ramp_tensor_dense(y, RAMP_F32, 1, count),
                          tz = ramp_tensor_dense(z, RAMP_F32, 1, count);
        staged.watched = (const char *)x;
        for (int i = 0; i < n; i++) x[i] = (float)(i - n / 2);
        CHECK_STATUS(ramp_forward_host(s->dev, &op, &tx, &ty, NULL), RAMP_OK);
        CHECK_STATUS(ramp_forward_host(s->dev, &op, &tx, &tz, NULL), RAMP_OK);
        for (int i = 0; i < n; i++)
            if (y[i] != (i < n / 2 ? 0 : (float)(i - n / 2)) || z[i] != y[i]) {
                CHECK(0, "element %d: %g and %g", i, (double)y[i], (double)z[i]);
                break;
            }
    }
    ramp_host_free(s->dev, y);
    ramp_host_free(s->dev, x);
    ramp_host_free(s->dev, NULL);
    free(z);
}

static void test_staged(void) {
    subject s = {NULL, NULL};
    CHECK_STATUS(ramp_device_open(&s.cpu, "cpu"), RAMP_OK);
    CHECK_STATUS(ramp_device_open(&s.dev, "staged"), RAMP_OK);
    CHECK(staged.queues == 0 && staged.buffers == 0 && staged.pinned == 0, "it holds memory before the first call");
    test_bits(&s);
    test_refusals(&s);
    test_threads(&s);
    CHECK(staged.queues > 1 && staged.queues <= 8, "%d queues", staged.queues);
    CHECK(staged.buffers <= 24 && staged.pinned <= 24, "%d buffers of the device, %d of the host", staged.buffers, staged.pinned);
    const int pinned = staged.pinned;
    test_pinned(&s);
    CHECK(staged.pinned == pinned, "pinned arrays were not freed: %d, then %d", pinned, staged.pinned);
    CHECK(staged.from_watched == 2 * 5000 * sizeof(float), "of two pinned arrays of 20,000 bytes %zu were uploaded without staging",
          staged.from_watched);
    /* The third upload fails: the call says so in its words, and the next one works. */
    static float x[most_elements], y[most_elements];
    const int64_t n[] = {most_elements};
    const ramp_op op = ramp_op_default(RAMP_RELU);
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, n), ty = ramp_tensor_dense(y, RAMP_F32, 1, n);
    for (int at = 1; at <= 40; at += 13) {
        staged.uploads = 0;
        staged.fail_at = at;
        char words[32];
        snprintf(words, sizeof words, "upload %d fails", at);
        CHECK_STATUS(ramp_forward_host(s.dev, &op, &tx, &ty, NULL), RAMP_ERROR_DEVICE);
        CHECK(strcmp(ramp_last_error(), words) == 0, "the error is '%s'", ramp_last_error());
        CHECK(staged.uploads <= at + 8, "%d uploads after one had failed", staged.uploads - at);
        staged.fail_at = 0;
        test_forward(&s, &op, RAMP_F32, most_elements, 1, 0);
    }
    ramp_device_close(s.dev);
    ramp_device_close(s.cpu);
    CHECK(staged.queues == 0 && staged.buffers == 0 && staged.pinned == 0, "left after the close: %d queues, %d and %d buffers",
          staged.queues, staged.buffers, staged.pinned);
    test_settings("staged");
}

int main(int argc, char **argv) {
    const char *selector = argc > 1 ? argv[1] : "cpu";
    subject s = {NULL, NULL};
    setenv("RAMP_HOST_CHUNK", "1024", 1);
    if (strcmp(selector, "staged") == 0) {
        CHECK_STATUS(ramp_backend_register(&with_half), RAMP_ERROR_ARGUMENT);
        CHECK_STATUS(ramp_backend_register(&with_queues), RAMP_OK);
        test_staged();
        return check_finish("test_host staged");
    }
    if (strcmp(selector, "plain") == 0) CHECK_STATUS(ramp_backend_register(&without_queues), RAMP_OK);
    const ramp_status status = ramp_device_open(&s.dev, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    CHECK_STATUS(status, RAMP_OK);
    CHECK_STATUS(ramp_device_open(&s.cpu, "cpu"), RAMP_OK);
    test_bits(&s);
    test_refusals(&s);
    test_threads(&s);
    if (strcmp(selector, "cpu") == 0) test_settings(selector);
    if (strcmp(selector, "cuda") == 0) {
        void *memory = NULL;
        const int64_t n[] = {64};
        const ramp_op op = ramp_op_default(RAMP_RELU);
        static float y[64];
        test_pinned(&s);
        CHECK_STATUS(ramp_memory_alloc(s.dev, 256, &memory), RAMP_OK);
        const ramp_tensor tx = ramp_tensor_dense(memory, RAMP_F32, 1, n), ty = ramp_tensor_dense(y, RAMP_F32, 1, n);
        CHECK_STATUS(ramp_forward_host(s.dev, &op, &tx, &ty, NULL), RAMP_ERROR_ARGUMENT); /* the device's */
        ramp_memory_free(s.dev, memory);
    } else {
        void *data = s.dev;
        CHECK_STATUS(ramp_host_alloc(s.dev, 64, &data), RAMP_ERROR_UNSUPPORTED);
        CHECK(data == NULL, "what failed gave %p", data);
        data = s.dev;
        CHECK_STATUS(ramp_host_alloc(s.dev, 0, &data), RAMP_OK);
        CHECK(data == NULL, "0 bytes are at %p", data);
    }
    CHECK_STATUS(ramp_host_alloc(s.dev, 64, NULL), RAMP_ERROR_ARGUMENT);
    ramp_device_close(s.dev);
    ramp_device_close(s.cpu);
    return check_finish("test_host");
}
