/*
 * test_backend.c: a backend from outside: this one file, ramp/backend.h and the library as it is. It keeps the jobs that it is given, and
 * says whether they are what backend.h promises.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* setenv */
#endif
#include "check.h"

#include <ramp/backend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- A tiny complete backend: host memory, one device, hardtanh of f32 ---- */

typedef struct tiny {
    ramp_job job; /* the last one */
    int jobs, prepared, synchronized, events;
    ramp_submit recorded;
} tiny;

static tiny the_device;
static int open_devices;
static const char *mute; /* the slot that fails and does not say why */

static int is_mute(const char *slot) { return mute != NULL && strcmp(mute, slot) == 0; }

static void tiny_row(ramp_device_info *row) {
    memset(row, 0, sizeof *row);
    strcpy(row->name, "Tiny 9000");
    strcpy(row->driver, "1.2.3");
    row->type = RAMP_DEVICE_ACCELERATOR;
    row->memory = row->max_alloc = 1 << 20;
    row->dtypes = 1u << RAMP_F32;
}

static ramp_status tiny_list(ramp_device_info *list, size_t capacity, size_t *count) {
    if (is_mute("list")) return RAMP_ERROR_UNAVAILABLE;
    if (capacity > 0) tiny_row(&list[0]);
    *count = 1;
    return RAMP_OK;
}

static ramp_status tiny_open(int ordinal, void **self) {
    if (is_mute("open")) return RAMP_ERROR_DEVICE;
    CHECK(ordinal == 0, "ordinal %d of one device", ordinal);
    open_devices++;
    memset(&the_device, 0, sizeof the_device);
    *self = &the_device;
    return RAMP_OK;
}

static ramp_status tiny_wrap(int ordinal, void *native, void **self) {
    if (is_mute("wrap")) return RAMP_ERROR_DEVICE;
    if (native == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "no such queue: %p", native);
    return tiny_open(ordinal, self);
}

static void tiny_close(void *self) {
    CHECK(self == &the_device, "closed %p", self);
    open_devices--;
}

static void tiny_describe(void *self, ramp_device_info *info) {
    CHECK(self == &the_device, "described %p", self);
    tiny_row(info);
}

static ramp_status tiny_supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)self;
    if (op == RAMP_HARDTANH && dtype == RAMP_F32) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "tiny has hardtanh of f32, nothing else");
}

static ramp_status tiny_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)op, (void)dtype;
    ((tiny *)self)->prepared++;
    return RAMP_OK;
}

static float *operand(const ramp_operand *o) { return (float *)(void *)((char *)o->data + o->byte_offset); }

static ramp_status tiny_launch(void *self, const ramp_job *job) {
    tiny *t = self;
    t->job = *job;
    t->jobs++;
    if (job->on.done != NULL) *job->on.done = t;
    float lo = (float)job->param[0], hi = (float)job->param[1];
    for (uint64_t i = 0; i < job->count; i++) {
        float x = operand(&job->x)[i];
        if (job->pass == RAMP_FORWARD)
            operand(&job->y)[i] = x <= lo ? lo : x > hi ? hi : x;
        else
            operand(&job->y)[i] = x <= lo || x >= hi ? 0.0f : operand(&job->dy)[i];
    }
    return RAMP_OK;
}

static ramp_status tiny_synchronize(void *self) {
    ((tiny *)self)->synchronized++;
    return ramp_error_set(RAMP_ERROR_DEVICE, "tiny's late error");
}

static ramp_status tiny_alloc(void *self, size_t bytes, void **data) {
    (void)self;
    *data = malloc(bytes);
    return *data != NULL ? RAMP_OK : ramp_error_set(RAMP_ERROR_MEMORY, "no memory for %zu bytes", bytes);
}

static void tiny_release(void *self, void *data) {
    (void)self;
    free(data);
}

static ramp_status tiny_upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    (void)self;
    memcpy((char *)data + offset, src, bytes);
    return RAMP_OK;
}

static ramp_status tiny_download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    (void)self;
    memcpy(dst, (const char *)data + offset, bytes);
    return RAMP_OK;
}

static ramp_status tiny_event_create(void *self, void **event) {
    ((tiny *)self)->events++;
    *event = self;
    return RAMP_OK;
}

static ramp_status tiny_event_record(void *self, void *event, const ramp_submit *on) {
    CHECK(event == self, "not this backend's event: %p", event);
    ((tiny *)self)->recorded = on != NULL ? *on : (ramp_submit){0};
    return RAMP_OK;
}

static ramp_status tiny_event_wait(void *self, void *event) {
    CHECK(event == self, "not this backend's event: %p", event);
    return RAMP_OK;
}

static ramp_status tiny_event_elapsed(void *self, void *start, void *stop, double *milliseconds) {
    CHECK(start == self && stop == self, "not this backend's events: %p", start);
    *milliseconds = 1.5;
    return RAMP_OK;
}

static void tiny_event_destroy(void *self, void *event) {
    CHECK(event == self, "not this backend's event: %p", event);
    ((tiny *)self)->events--;
}

static const ramp_backend backend = {
    .abi = RAMP_BACKEND_ABI,
    .name = "tiny",
    .features = RAMP_FEATURE_QUEUES | RAMP_FEATURE_WAITS,
    .list = tiny_list,
    .open = tiny_open,
    .wrap = tiny_wrap,
    .close = tiny_close,
    .describe = tiny_describe,
    .supports = tiny_supports,
    .prepare = tiny_prepare,
    .launch = tiny_launch,
    .synchronize = tiny_synchronize,
    .alloc = tiny_alloc,
    .release = tiny_release,
    .upload = tiny_upload,
    .download = tiny_download,
    .event_create = tiny_event_create,
    .event_record = tiny_event_record,
    .event_wait = tiny_event_wait,
    .event_elapsed = tiny_event_elapsed,
    .event_destroy = tiny_event_destroy,
};

/* The same, but that kernels may not do everything everywhere: `locate` says that, and leaves all else as it finds it. */
static const void *unreadable, *unwritable;

static ramp_status fenced_locate(void *self, const void *data, ramp_memory memory, ramp_extent *extent) {
    CHECK(self == &the_device && memory == RAMP_MEMORY_NATIVE, "locate: %p, memory %d", self, (int)memory);
    if (data == unreadable) extent->denied |= RAMP_DENIED_READ;
    if (data == unwritable) extent->denied |= RAMP_DENIED_WRITE;
    return RAMP_OK;
}

/* ---- Registering ---- */

static void test_refusals(void) {
    static ramp_backend bad; /* a refused table need not outlive the call, but an accepted one would */
    CHECK_STATUS(ramp_backend_register(NULL), RAMP_ERROR_ARGUMENT);
    static const uint32_t abi[] = {0, RAMP_BACKEND_ABI + 1, 0xffffffffu};
    for (size_t i = 0; i < sizeof abi / sizeof abi[0]; i++) {
        bad = backend;
        bad.abi = abi[i];
        CHECK_STATUS(ramp_backend_register(&bad), RAMP_ERROR_ARGUMENT);
    }
    static const char *const names[] = {NULL,   "",      "auto", "cpu", "cuda",        "opencl",
                                        "Tiny", "ti ny", "a,b",  "a:1", "t\xc3\xaeny", "sixteencharacter"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bad = backend;
        bad.name = names[i];
        ramp_status status = ramp_backend_register(&bad);
        CHECK(status == RAMP_ERROR_ARGUMENT && ramp_last_error()[0] != '\0', "the name '%s' was taken",
              names[i] != NULL ? names[i] : "(NULL)");
    }
#define MISSING(slot)                                                                                                                      \
    bad = backend;                                                                                                                         \
    bad.slot = NULL;                                                                                                                       \
    CHECK(ramp_backend_register(&bad) == RAMP_ERROR_ARGUMENT && ramp_last_error()[0] != '\0', "registered without " #slot)
    MISSING(list);
    MISSING(open);
    MISSING(close);
    MISSING(describe);
    MISSING(supports);
    MISSING(prepare);
    MISSING(launch);
    MISSING(synchronize);
    MISSING(alloc);
    MISSING(release);
    MISSING(upload);
    MISSING(download);
    MISSING(event_create);
    MISSING(event_record);
    MISSING(event_wait);
    MISSING(event_elapsed);
    MISSING(event_destroy);
}

/* ---- The jobs ---- */

static void check_flat(const ramp_job *job, uint64_t count) {
    CHECK(job->count == count, "count %llu, not %llu", (unsigned long long)job->count, (unsigned long long)count);
    CHECK(job->ndim == (count > 1), "ndim %d of %llu elements", (int)job->ndim, (unsigned long long)count);
    if (job->ndim == 1)
        CHECK(job->shape[0] == (int64_t)count && job->x.strides[0] == 1 && job->y.strides[0] == 1, "shape %lld, strides %lld and %lld",
              (long long)job->shape[0], (long long)job->x.strides[0], (long long)job->y.strides[0]);
}

static void test_jobs(ramp_device *dev) {
    const ramp_job *job = &the_device.job;
    float x[24], y[24], dy[24];
    for (int i = 0; i < 24; i++) x[i] = (float)i - 12, dy[i] = (float)i;
    ramp_op op = {RAMP_HARDTANH, 1, {-0.1, 99, 99, 99}}; /* hi is past count: the default */
    ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 5, (const int64_t[]){1, 4, 1, 6, 1});
    ramp_tensor ty = ramp_tensor_like(&tx, y, RAMP_F32), tdy = ramp_tensor_like(&tx, dy, RAMP_F32);
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(job->op == RAMP_HARDTANH && job->pass == RAMP_FORWARD && job->dtype == RAMP_F32, "op %d, pass %d, dtype %d", job->op, job->pass,
          job->dtype);
    CHECK(job->param[0] == (double)-0.1f && job->param[1] == 1.0, "params %a, %a: rounded to the compute type, defaults filled in",
          job->param[0], job->param[1]);
    CHECK(job->param[2] == 0.0 && job->param[3] == 0.0, "params that the op does not have: %g, %g", job->param[2], job->param[3]);
    CHECK(job->x.data == x && job->y.data == y && job->x.byte_offset == 0, "operands %p, %p", job->x.data, job->y.data);
    CHECK(job->own_queue == 1 && job->on.queue == NULL && job->on.wait_count == 0 && job->on.wait == NULL && job->on.done == NULL,
          "own_queue %d with something on it", job->own_queue);
    check_flat(job, 24);
    CHECK(y[0] == -0.1f && y[12] == 0.0f && y[23] == 1.0f, "%g %g %g", (double)y[0], (double)y[12], (double)y[23]);

    const void *wait[2] = {x, y};
    void *done = NULL;
    const ramp_submit on = {&op, 2, wait, &done};
    tx = ramp_tensor_dense(x, RAMP_F32, 1, (const int64_t[]){20}), tx.byte_offset = 8;
    ty = ramp_tensor_like(&tx, y, RAMP_F32), tdy = ramp_tensor_like(&tx, dy, RAMP_F32), tdy.byte_offset = 12;
    CHECK_STATUS(ramp_backward_on(dev, &on, &op, RAMP_SAVED_INPUT, &tx, &tdy, &ty), RAMP_OK);
    CHECK(job->pass == RAMP_BACKWARD && job->saved == RAMP_SAVED_INPUT, "pass %d, saved %d", job->pass, job->saved);
    CHECK(job->x.byte_offset == 8 && job->dy.byte_offset == 12 && job->dy.data == dy && job->y.byte_offset == 0,
          "byte offsets %llu and %llu", (unsigned long long)job->x.byte_offset, (unsigned long long)job->dy.byte_offset);
    CHECK(job->own_queue == 0 && job->on.queue == &op && job->on.wait_count == 2 && job->on.wait == wait && job->on.done == &done,
          "`on` did not arrive as it was: own_queue %d, %u waits", job->own_queue, (unsigned)job->on.wait_count);
    CHECK(done == &the_device, "done was not the caller's to read: %p", done);
    CHECK(y[10] == 13.0f && y[0] == 0.0f, "dx %g, %g", (double)y[10], (double)y[0]);
    check_flat(job, 20);

    const ramp_submit null_queue = {NULL, 0, NULL, NULL}; /* not the device's own: queue 0, verbatim */
    CHECK_STATUS(ramp_forward_on(dev, &null_queue, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(job->own_queue == 0 && job->on.queue == NULL, "queue 0 became own_queue %d", job->own_queue);

    static const int64_t permuted[] = {1, 6}; /* column-major 6 x 4 */
    tx = ramp_tensor_dense(x, RAMP_F32, 2, (const int64_t[]){6, 4});
    memcpy(tx.strides, permuted, sizeof permuted);
    ty = ramp_tensor_like(&tx, y, RAMP_F32);
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    check_flat(job, 24);
    tx = ramp_tensor_dense(x, RAMP_F32, 0, NULL), ty = ramp_tensor_dense(y, RAMP_F32, 0, NULL);
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    check_flat(job, 1);
    tx = ramp_tensor_dense(NULL, RAMP_F32, 2, (const int64_t[]){3, 0}), ty = tx;
    CHECK_STATUS(ramp_forward_on(dev, &on, &op, &tx, &ty, NULL), RAMP_OK); /* an empty one arrives too: it waits and signals */
    check_flat(job, 0);
    CHECK(job->on.done == &done && the_device.jobs == 6, "%d jobs", the_device.jobs);
}

/* The strides of an operand that a job does not have are 0, whatever an older job's were. */
static void test_absent(ramp_device *dev) {
    static float x[24], dy[24], y[24];
    const ramp_op op = ramp_op_default(RAMP_HARDTANH);
    ramp_tensor t[3] = {ramp_tensor_dense(x, RAMP_F32, 2, (const int64_t[]){2, 3})};
    t[0].strides[0] = 14, t[0].strides[1] = 4; /* no two neighbours */
    t[1] = t[2] = t[0];
    t[1].data = dy, t[2].data = y;
    for (int turn = 0; turn < 2; turn++) {
        const ramp_operand *dy_of = &the_device.job.dy, *mask_of = &the_device.job.mask;
        CHECK_STATUS(ramp_backward(dev, &op, RAMP_SAVED_INPUT, &t[0], &t[1], &t[2]), RAMP_OK);
        CHECK(dy_of->strides[0] == 14 && dy_of->strides[1] == 4, "strides %lld, %lld", (long long)dy_of->strides[0],
              (long long)dy_of->strides[1]);
        CHECK_STATUS(ramp_forward(dev, &op, &t[0], &t[2], NULL), RAMP_OK);
        CHECK(the_device.job.ndim == 2, "ndim %d", (int)the_device.job.ndim);
        for (int d = 0; d < 2; d++)
            CHECK(dy_of->strides[d] == 0 && mask_of->strides[d] == 0, "absent, with strides[%d] %lld and %lld", d,
                  (long long)dy_of->strides[d], (long long)mask_of->strides[d]);
    }
}

static void refused(ramp_status status, const char *words) {
    CHECK(status == RAMP_ERROR_ARGUMENT && strstr(ramp_last_error(), words) != NULL, "'%s' wanted, and %s: '%s'", words,
          ramp_status_name(status), ramp_last_error());
}

/* Both of its ends, below and above where it begins: {2, 2} elements at 2^64 - 16. */
static void test_end_of_memory(ramp_device *dev) {
    static float y[4];
    const ramp_op op = ramp_op_default(RAMP_HARDTANH);
    const int64_t shape[] = {2, 2};
    ramp_tensor x = ramp_tensor_dense((void *)(UINTPTR_MAX - 15), RAMP_F32, 2, shape), ty = ramp_tensor_dense(y, RAMP_F32, 2, shape);
    refused(ramp_forward(dev, &op, &x, &ty, NULL), "past the end of the address space");
    x.strides[0] = -4, x.strides[1] = 8;
    refused(ramp_forward(dev, &op, &x, &ty, NULL), "past the end of the address space");
    x.data = (void *)(uintptr_t)8;
    refused(ramp_forward(dev, &op, &x, &ty, NULL), "past the end of the address space");
}

static void test_denied(void) {
    static float x[8], dy[8], y[8];
    const int64_t count[] = {8};
    const ramp_op op = ramp_op_default(RAMP_HARDTANH);
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, count), tdy = ramp_tensor_like(&tx, dy, RAMP_F32);
    const ramp_tensor ty = ramp_tensor_like(&tx, y, RAMP_F32);
    ramp_device *dev = NULL;
    if (!CHECK_STATUS(ramp_device_open(&dev, "fenced"), RAMP_OK)) return;
    unreadable = y, unwritable = x;
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK_STATUS(ramp_backward(dev, &op, RAMP_SAVED_INPUT, &tx, &tdy, &ty), RAMP_OK);
    refused(ramp_forward(dev, &op, &ty, &tdy, NULL), "x: kernels must read it, and may only write");
    refused(ramp_backward(dev, &op, RAMP_SAVED_INPUT, &tx, &ty, &tdy), "dy: kernels must read it, and may only write");
    refused(ramp_forward(dev, &op, &tdy, &tx, NULL), "y: kernels must write it, and may only read");
    refused(ramp_forward(dev, &op, &tx, &tx, NULL), "y: kernels must write it, and may only read");
    CHECK(the_device.jobs == 2, "%d jobs", the_device.jobs);
    unreadable = unwritable = NULL;
    ramp_device_close(dev);
}

static void test_device(void) {
    ramp_device *dev = NULL, *wrapped = NULL;
    ramp_device_info info;
    ramp_event *event = NULL;
    ramp_op op = ramp_op_default(RAMP_HARDTANH), other = ramp_op_default(RAMP_SOFTSIGN);
    double ms = 0.0;
    void *data = NULL;
    CHECK_STATUS(ramp_device_open(&dev, "tiny:5"), RAMP_ERROR_UNAVAILABLE);
    if (!CHECK_STATUS(ramp_device_open(&dev, "TINY:y 90"), RAMP_OK)) return;
    CHECK_STATUS(ramp_device_describe(dev, &info), RAMP_OK);
    CHECK(strcmp(info.backend, "tiny") == 0 && strcmp(info.selector, "tiny:0") == 0 && strcmp(info.driver, "1.2.3") == 0, "%s",
          info.selector);
    CHECK(strcmp(ramp_device_backend(dev), "tiny") == 0 && strcmp(ramp_device_name(dev), "Tiny 9000") == 0, "%s", ramp_device_name(dev));
    CHECK_STATUS(ramp_device_supports(dev, &other, RAMP_F32), RAMP_ERROR_UNSUPPORTED);
    CHECK_STATUS(ramp_prepare(dev, &other, RAMP_F32), RAMP_ERROR_UNSUPPORTED);
    CHECK_STATUS(ramp_prepare(dev, &op, RAMP_F32), RAMP_OK);
    CHECK(the_device.prepared == 1, "prepared %d times", the_device.prepared);
    CHECK_STATUS(ramp_device_synchronize(dev), RAMP_ERROR_DEVICE);
    CHECK(strcmp(ramp_last_error(), "tiny's late error") == 0, "the backend's words became '%s'", ramp_last_error());
    test_jobs(dev);
    test_absent(dev);
    test_end_of_memory(dev);
    CHECK_STATUS(ramp_memory_alloc(dev, 64, &data), RAMP_OK);
    CHECK_STATUS(ramp_roof_run(dev, RAMP_ROOF_COPY, 16, data, data, NULL), RAMP_ERROR_UNSUPPORTED); /* no slot */
    ramp_memory_free(dev, data);
    CHECK_STATUS(ramp_event_create(dev, &event), RAMP_OK);
    CHECK_STATUS(ramp_event_record(event, &(const ramp_submit){&op, 0, NULL, NULL}), RAMP_OK);
    CHECK(the_device.recorded.queue == &op, "the event went to queue %p", the_device.recorded.queue);
    CHECK_STATUS(ramp_event_elapsed(event, event, &ms), RAMP_OK);
    CHECK(ms == 1.5, "%g ms", ms);
    ramp_event_destroy(event);
    CHECK(the_device.events == 0, "%d events left", the_device.events);
    ramp_device_close(dev);
    CHECK_STATUS(ramp_device_wrap(&wrapped, "tiny", 0, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_wrap(&wrapped, "tiny", 0, &op), RAMP_OK);
    ramp_device_close(wrapped);
    CHECK(open_devices == 0, "%d devices left open", open_devices);
}

/* The sentence is of this failure, not of an older one. */
static void check_words(const char *slot, const char *words) {
    CHECK(strstr(words, "tiny") != NULL && strstr(words, slot) != NULL && strstr(words, "no reason") != NULL,
          "a %s that fails without a word: '%s'", slot, words);
}

static void test_mute(void) {
    ramp_device *dev = NULL;
    ramp_device_info row;
    size_t count = 0;
    CHECK_STATUS(ramp_device_open(&dev, "cpu:77"), RAMP_ERROR_UNAVAILABLE); /* an older sentence */
    mute = "list";
    CHECK_STATUS(ramp_device_list("tiny", &row, 1, &count), RAMP_OK);
    CHECK(count == 1 && row.status == RAMP_ERROR_UNAVAILABLE, "%zu rows, the first with status %d", count, (int)row.status);
    check_words("list", row.reason);
    CHECK_STATUS(ramp_device_open(&dev, "cpu:77"), RAMP_ERROR_UNAVAILABLE);
    mute = "open";
    CHECK_STATUS(ramp_device_open(&dev, "tiny"), RAMP_ERROR_DEVICE);
    check_words("open", ramp_last_error());
    CHECK_STATUS(ramp_device_open(&dev, "cpu:77"), RAMP_ERROR_UNAVAILABLE);
    mute = "wrap";
    CHECK_STATUS(ramp_device_wrap(&dev, "tiny", 0, &count), RAMP_ERROR_DEVICE);
    check_words("wrap", ramp_last_error());
    mute = NULL;
}

/* What is refused for its selector has used no backend: it is not too late. */
static void test_before(void) {
    ramp_device *dev = NULL;
    size_t count;
    CHECK_STATUS(ramp_device_open(&dev, "nosuch"), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_open(&dev, "cpu,,"), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_list("cpu:", NULL, 0, &count), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_wrap(&dev, "nosuch", 0, &count), RAMP_ERROR_ARGUMENT);
}

/* RAMP_VERBOSE=2: a call on a queue is timed on that queue; one that waits for the caller's events is not waited for. */
static void test_verbose(void) {
    static float x[8], y[8];
    static char text[4096];
    const int64_t count[] = {8};
    const ramp_op op = ramp_op_default(RAMP_HARDTANH);
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, count), ty = ramp_tensor_dense(y, RAMP_F32, 1, count);
    int queue, event;
    const void *const wait[] = {&event};
    const ramp_submit on = {.queue = &queue}, after = {.queue = &queue, .wait_count = 1, .wait = wait};
    ramp_device *dev = NULL;
    FILE *err = tmpfile();
    fflush(stderr);
    const int before = dup(STDERR_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    setenv("RAMP_VERBOSE", "2", 1);
    CHECK_STATUS(ramp_device_open(&dev, "tiny"), RAMP_OK);
    CHECK_STATUS(ramp_forward_on(dev, &on, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(the_device.recorded.queue == &queue && the_device.recorded.done == NULL, "timed on queue %p", the_device.recorded.queue);
    CHECK_STATUS(ramp_forward_on(dev, &after, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(the_device.events == 0, "%d events left", the_device.events);
    ramp_device_close(dev);
    unsetenv("RAMP_VERBOSE");
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(err);
    text[fread(text, 1, sizeof text - 1, err)] = '\0';
    fclose(err);
    CHECK(strstr(text, "exec,tiny:0,hardtanh,unknown,forward,x_f32:flat y_f32:flat,lo:-1 hi:1,8,1500.000\n") != NULL, "no time: %s", text);
    CHECK(strstr(text, "exec,tiny:0,hardtanh,unknown,forward,x_f32:flat y_f32:flat,lo:-1 hi:1,8,-\n") != NULL,
          "a time that cannot be told: %s", text);
}

int main(void) {
    test_refusals();
    test_before();
    CHECK_STATUS(ramp_backend_register(&backend), RAMP_OK);
    CHECK_STATUS(ramp_backend_register(&backend), RAMP_ERROR_ARGUMENT); /* the name is taken */
    static ramp_backend fenced;
    fenced = backend;
    fenced.name = "fenced", fenced.locate = fenced_locate;
    CHECK_STATUS(ramp_backend_register(&fenced), RAMP_OK);
    ramp_device *chosen = NULL;
    if (CHECK_STATUS(ramp_device_open(&chosen, "auto"), RAMP_OK)) CHECK(strcmp(ramp_device_backend(chosen), "tiny") != 0, "auto took tiny");
    ramp_device_close(chosen);
    test_device();
    test_denied();
    test_mute();
    test_verbose();
    static ramp_backend late;
    late = backend;
    late.name = "late";
    CHECK_STATUS(ramp_backend_register(&late), RAMP_ERROR_ARGUMENT);
    return check_finish("test_backend");
}
