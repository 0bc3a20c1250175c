/* broken_backend.c: the right answer from the CPU backend, then damage. Host memory, done when the call returns. */
#include "broken_backend.h"
#include "bits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum fault {
    FAULT_NONE,
    FAULT_TAIL,     /* the last n % 4 elements are not written */
    FAULT_TAIL_ULP, /* the last n % 4 elements are one ulp off: a tail with a formula of its own */
    FAULT_TWO_ULP,  /* one element in 97 is two ulp off */
    FAULT_NAN,      /* NaN comes out as 0 */
    FAULT_KNEE,     /* zero at a knee's neighbour */
    FAULT_OVERRUN,  /* one element too many is written */
    FAULT_UNDERRUN, /* one element before the first is written */
    FAULT_OFFSET,   /* byte_offset is not read */
    FAULT_FLUSH,    /* subnormal results become 0 */
    FAULT_INPUT,    /* an input is written */
    FAULT_GAP,      /* what lies after the first element of a strided output is written */
    FAULT_ROW,      /* the last row has the results of the one before it */
    FAULT_SPREAD,   /* of a broadcast dy only the first element counts */
    FAULT_TWICE,    /* in place, what was just written is read again */
    FAULT_MASK,     /* one bit in 64 of a mask is wrong */
    FAULT_MASK_END, /* a mask's last byte is all ones */
    FAULT_OUTPUT    /* a saved output is taken for the input */
} fault;

static const char *const fault_names[] = {"none",  "tail",  "tail_ulp", "two_ulp", "nan",    "knee",  "overrun", "underrun", "offset",
                                          "flush", "input", "gap",      "row",     "spread", "twice", "mask",    "mask_end", "output"};
static const char all_names[] =
    "none tail tail_ulp two_ulp nan knee overrun underrun offset flush input gap row spread twice mask mask_end output";
static fault the_fault;

static ramp_status broken_list(ramp_device_info *list, size_t capacity, size_t *count) {
    if (capacity > 0) {
        memset(&list[0], 0, sizeof list[0]);
        strcpy(list[0].name, "wrong on purpose");
        list[0].type = RAMP_DEVICE_CPU;
        list[0].dtypes = 1u << RAMP_F32 | 1u << RAMP_F64 | 1u << RAMP_F16 | 1u << RAMP_BF16;
    }
    *count = 1;
    return RAMP_OK;
}

static ramp_status broken_open(int ordinal, void **self) {
    (void)ordinal;
    return ramp_device_open((ramp_device **)self, "cpu");
}

static void broken_close(void *self) { ramp_device_close(self); }

static void broken_describe(void *self, ramp_device_info *info) {
    size_t count;
    (void)self;
    broken_list(info, 1, &count);
}

static ramp_status broken_supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    ramp_op any = ramp_op_default(op);
    return ramp_device_supports(self, &any, dtype);
}

static ramp_status broken_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    ramp_op any = ramp_op_default(op);
    return ramp_prepare(self, &any, dtype);
}

static char *address(const ramp_operand *o) {
    return (char *)((uintptr_t)o->data + (uintptr_t)(the_fault == FAULT_OFFSET ? 0 : o->byte_offset));
}

/* Element number i of the job's dimensions. */
static char *element(const ramp_job *job, const ramp_operand *o, uint64_t i) {
    uint64_t elements = 0;
    for (int d = job->ndim - 1; d >= 0; d--) {
        elements += i % (uint64_t)job->shape[d] * (uint64_t)o->strides[d];
        i /= (uint64_t)job->shape[d];
    }
    return (char *)((uintptr_t)address(o) + (uintptr_t)(elements * bits_size(job->dtype)));
}

static int is_knee_neighbour(const ramp_job *job, uint64_t x) {
    uint64_t lo = bits_of(job->dtype, job->param[0]), hi = bits_of(job->dtype, job->param[1]);
    return x == bits_step(job->dtype, lo, 1) || x == bits_step(job->dtype, hi, -1);
}

/* Index i of some dimension, of which dy has only one, is not 0. */
static int is_spread(const ramp_job *job, uint64_t i) {
    int spread = 0;
    for (int d = job->ndim - 1; d >= 0; d--) {
        spread |= job->dy.data != NULL && job->dy.strides[d] == 0 && i % (uint64_t)job->shape[d] != 0;
        i /= (uint64_t)job->shape[d];
    }
    return spread;
}

static void damage_results(const ramp_job *job, const void *x) {
    const uint64_t zero = 0, tail = job->count - job->count % 4, row = job->ndim > 1 ? job->count / (uint64_t)job->shape[0] : 0;
    for (uint64_t i = 0; i < job->count; i++) {
        char *y = element(job, &job->y, i);
        uint64_t got = bits_load(job->dtype, y, 0);
        double value = bits_value(job->dtype, got);
        int plain = isfinite(value) && value != 0.0;
        if (the_fault == FAULT_TWO_ULP && i % 97 == 0 && plain) bits_store(job->dtype, y, 0, got ^ 2);
        if (the_fault == FAULT_TAIL_ULP && i >= tail && plain) bits_store(job->dtype, y, 0, got ^ 1);
        if (the_fault == FAULT_NAN && isnan(value)) bits_store(job->dtype, y, 0, zero);
        if (the_fault == FAULT_KNEE && is_knee_neighbour(job, bits_load(job->dtype, x, i))) bits_store(job->dtype, y, 0, zero);
        if (the_fault == FAULT_FLUSH && plain && bits_of(job->dtype, fabs(value)) < UINT64_C(1) << bits_mantissa(job->dtype))
            bits_store(job->dtype, y, 0, zero);
        if (the_fault == FAULT_ROW && i + row >= job->count && i >= row && row > 0)
            bits_store(job->dtype, y, 0, bits_load(job->dtype, element(job, &job->y, i - row), 0));
        if (the_fault == FAULT_SPREAD && is_spread(job, i)) bits_store(job->dtype, y, 0, zero);
    }
}

static void damage_mask(const ramp_job *job) {
    unsigned char *bytes = (unsigned char *)address(&job->mask);
    if (job->pass != RAMP_FORWARD || job->mask.data == NULL) return;
    for (uint64_t i = 63; i < job->count && the_fault == FAULT_MASK; i += 64) bytes[i / 8] ^= 0x80;
    if (the_fault == FAULT_MASK_END) bytes[(job->count - 1) / 8] |= (unsigned char)(0xff << (job->count - 1) % 8);
}

static void damage(const ramp_job *job, const void *x) {
    const uint64_t zero = 0;
    char *y = address(&job->y);
    const int64_t along = job->ndim > 0 ? job->y.strides[job->ndim - 1] : 1;
    damage_results(job, x);
    damage_mask(job);
    if (the_fault == FAULT_OVERRUN) bits_store(job->dtype, element(job, &job->y, job->count - 1) + bits_size(job->dtype), 0, zero);
    if (the_fault == FAULT_UNDERRUN) bits_store(job->dtype, y - bits_size(job->dtype), 0, zero);
    if (the_fault == FAULT_GAP && along != 1 && along != -1) bits_store(job->dtype, y, 1, zero);
    if (the_fault == FAULT_INPUT && job->x.data != NULL && address(&job->x) != y)
        bits_store(job->dtype, element(job, &job->x, job->count / 2), 0, zero);
}

static ramp_tensor tensor_of(const ramp_job *job, const ramp_operand *o) {
    ramp_tensor t = {.data = address(o), .dtype = job->dtype, .ndim = job->ndim};
    memcpy(t.shape, job->shape, sizeof t.shape);
    memcpy(t.strides, o->strides, sizeof t.strides);
    if (the_fault == FAULT_TAIL && t.ndim > 0) t.shape[t.ndim - 1] -= t.shape[t.ndim - 1] % 4;
    if (o != &job->mask) return t;
    return ramp_tensor_dense(t.data, RAMP_BIT, t.ndim, t.shape);
}

static ramp_status call(void *self, const ramp_job *job, const ramp_op *op) {
    const ramp_tensor x = tensor_of(job, &job->x), dy = tensor_of(job, &job->dy), y = tensor_of(job, &job->y),
                      mask = tensor_of(job, &job->mask);
    const ramp_saved saved = the_fault == FAULT_OUTPUT && job->saved == RAMP_SAVED_OUTPUT ? RAMP_SAVED_INPUT : job->saved;
    if (job->pass == RAMP_FORWARD) return ramp_forward(self, op, &x, &y, job->mask.data != NULL ? &mask : NULL);
    return ramp_backward(self, op, saved, saved == RAMP_SAVED_MASK ? &mask : &x, &dy, &y);
}

static ramp_status broken_launch(void *self, const ramp_job *job) {
    const size_t size = bits_size(job->dtype);
    ramp_op op = {job->op, 0, {0.0}};
    ramp_op any = ramp_op_default(job->op);
    op.count = any.count;
    memcpy(op.param, job->param, sizeof op.param);
    void *x = malloc((size_t)job->count * size + 1); /* what is damaged depends on x, which an in-place call has overwritten by then */
    if (x == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a copy of x");
    for (uint64_t i = 0; i < job->count && job->x.data != NULL; i++) memcpy((char *)x + i * size, element(job, &job->x, i), size);
    ramp_status status = job->count > 0 ? call(self, job, &op) : RAMP_OK;
    const int in_place = job->x.data != NULL && address(&job->x) == address(&job->y);
    if (status == RAMP_OK && job->count > 0 && the_fault == FAULT_TWICE && in_place) status = call(self, job, &op);
    if (status == RAMP_OK && job->count > 0) damage(job, x);
    free(x);
    return status;
}

static ramp_status broken_synchronize(void *self) { return ramp_device_synchronize(self); }
static ramp_status broken_alloc(void *self, size_t bytes, void **data) { return ramp_memory_alloc(self, bytes, data); }
static void broken_release(void *self, void *data) { ramp_memory_free(self, data); }
static ramp_status broken_upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    return ramp_memory_upload(self, data, offset, src, bytes);
}
static ramp_status broken_download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    return ramp_memory_download(self, dst, data, offset, bytes);
}
static ramp_status broken_event_create(void *self, void **event) { return ramp_event_create(self, (ramp_event **)event); }
static ramp_status broken_event_record(void *self, void *event, const ramp_submit *on) {
    (void)self;
    return ramp_event_record(event, on);
}
static ramp_status broken_event_wait(void *self, void *event) {
    (void)self;
    return ramp_event_wait(event);
}
static ramp_status broken_event_elapsed(void *self, void *start, void *stop, double *milliseconds) {
    (void)self;
    return ramp_event_elapsed(start, stop, milliseconds);
}
static void broken_event_destroy(void *self, void *event) {
    (void)self;
    ramp_event_destroy(event);
}

static const ramp_backend broken = {
    .abi = RAMP_BACKEND_ABI,
    .name = "broken",
    .list = broken_list,
    .open = broken_open,
    .close = broken_close,
    .describe = broken_describe,
    .supports = broken_supports,
    .prepare = broken_prepare,
    .launch = broken_launch,
    .synchronize = broken_synchronize,
    .alloc = broken_alloc,
    .release = broken_release,
    .upload = broken_upload,
    .download = broken_download,
    .event_create = broken_event_create,
    .event_record = broken_event_record,
    .event_wait = broken_event_wait,
    .event_elapsed = broken_event_elapsed,
    .event_destroy = broken_event_destroy,
};

const char *broken_backend_choose(const char *selector, const char *name) {
    if (name == NULL && selector == NULL) fputs("--backend is missing\n", stderr);
    if (name == NULL) return selector;
    for (size_t i = 0; i < sizeof fault_names / sizeof fault_names[0]; i++)
        if (strcmp(fault_names[i], name) == 0) {
            the_fault = (fault)i;
            return ramp_backend_register(&broken) == RAMP_OK ? broken.name : NULL;
        }
    fprintf(stderr, "--break %s: %s\n", name, all_names);
    return NULL;
}
