/* entry.c: the door. Every argument of a forward or backward call is checked here, once; behind it a job is right. */
#include "device.h"
#include "environment.h"
#include "op.h"
#include "overlap.h"
#include "query.h"
#include "tensor.h"

enum { max_operands = 3 };

/* The tensors of a call, in the order of its arguments; those from `outputs` on are written. */
typedef struct call {
    int count, outputs;
    int data;    /* one that is no mask: its dtype is the job's */
    int mask;    /* which one is a mask; -1: none */
    int is_host; /* the tensors are arrays of the host's */
    const ramp_tensor *tensor[max_operands];
    ramp_operand *operand[max_operands];
    const char *role[max_operands];
    tensor_reach *reach; /* of each */
} call;

static ramp_status check_dtype(const call *c, int i) {
    const ramp_dtype dtype = c->tensor[c->data]->dtype;
    if (i == c->mask && c->tensor[i]->dtype != RAMP_BIT)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is of dtype %s: a mask is of dtype bit, RAMP_BIT", c->role[i],
                              dtype_name(c->tensor[i]->dtype));
    if (i != c->mask && c->tensor[i]->dtype == RAMP_BIT)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is of dtype bit: only a mask is", c->role[i]);
    if (i != c->mask && c->tensor[i]->dtype != dtype)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is %s and %s is %s: they must be of one dtype", c->role[c->data], dtype_name(dtype),
                              c->role[i], dtype_name(c->tensor[i]->dtype));
    return RAMP_OK;
}

static ramp_status check_shape(const call *c, int i) {
    const ramp_tensor *t = c->tensor[i], *first = c->tensor[0];
    if (t->ndim != first->ndim)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has %d dimensions and %s has %d: they must be of one shape", c->role[0],
                              (int)first->ndim, c->role[i], (int)t->ndim);
    for (int d = 0; d < first->ndim; d++)
        if (t->shape[d] != first->shape[d])
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has shape[%d] = %lld and %s has %lld: they must be of one shape", c->role[0], d,
                                  (long long)first->shape[d], c->role[i], (long long)t->shape[d]);
    return RAMP_OK;
}

static ramp_status check_svm(const ramp_device *dev, const call *c, int i) {
    if (!c->is_host) return device_check_svm(dev, c->role[i]);
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is an array of the host's: its memory is RAMP_MEMORY_NATIVE", c->role[i]);
}

static ramp_status check_tensors(const ramp_device *dev, call *c) {
    for (int i = 0; i < c->count; i++) {
        ramp_status status = tensor_check(c->tensor[i], c->role[i], i == c->mask, i > 0 ? c->tensor[0] : NULL, &c->reach[0], &c->reach[i]);
        if (status != RAMP_OK) return status;
    }
    for (int i = 0; i < c->count; i++) {
        ramp_status status = check_dtype(c, i);
        if (status == RAMP_OK) status = check_shape(c, i); /* before a mask's strides: those of another shape are wrong too */
        if (status == RAMP_OK && i == c->mask && c->reach[i].count > 0 && !c->reach[i].is_run)
            status = tensor_check_mask(c->tensor[i], c->role[i]);
        if (status == RAMP_OK && c->tensor[i]->memory == RAMP_MEMORY_SVM) status = check_svm(dev, c, i);
        if (status != RAMP_OK) return status;
    }
    return RAMP_OK;
}

/* What the backward pass is to be given, or the forward pass to save. */
static ramp_status check_saved(const call *c, const ramp_job *job) {
    static const char *const names[] = {"input", "output", "mask"};
    ramp_saved what = c->mask >= 0 ? RAMP_SAVED_MASK : job->saved;
    /* A mask without op_saves, which asks what the output tells: that takes longer than a small call does. */
    if (what == RAMP_SAVED_MASK && op_find(job->op)->saves == RAMP_SAVES_MASK) return RAMP_OK;
    if (what == RAMP_SAVED_INPUT) return RAMP_OK;
    const unsigned saves = op_saves(job->op, job->dtype, job->param);
    if ((saves & 1u << what) != 0) return RAMP_OK;
    const op_row *row = op_find(job->op);
    const int depends = what == RAMP_SAVED_OUTPUT && row->saves != RAMP_SAVES_INPUT; /* else it is so at any parameters, in any dtype */
    return ramp_error_set(
        RAMP_ERROR_ARGUMENT, "%s saves no %s%s%s%s: it saves its input, RAMP_SAVED_INPUT%s%s; ramp_op_saves tells what an op accepts",
        row->name, names[what], depends ? " in " : "", depends ? dtype_name(job->dtype) : "", depends ? " at these parameters" : "",
        saves & 1u << RAMP_SAVED_OUTPUT ? ", or its output, RAMP_SAVED_OUTPUT" : "",
        saves & 1u << RAMP_SAVED_MASK ? ", or a mask, RAMP_SAVED_MASK" : "");
}

/* ---- Memory: sizes, alignment and overlap, of real addresses ---- */

/* Where an operand lies: all bytes from its first to its last. */
typedef struct place {
    ramp_extent extent;
    uint64_t first, end;
} place;

static ramp_status refuse_access(const char *role, int is_output) {
    return ramp_error_set(RAMP_ERROR_ARGUMENT,
                          "%s: kernels must %s it, and may only %s its memory (OpenCL: CL_MEM_%s_ONLY): create it for both", role,
                          is_output ? "write" : "read", is_output ? "read" : "write", is_output ? "READ" : "WRITE");
}

static ramp_status check_extent(const call *c, const ramp_job *job, int i, place *at) {
    const ramp_extent *extent = &at->extent;
    const ramp_tensor *t = c->tensor[i];
    const int64_t low = (int64_t)t->byte_offset + c->reach[i].low, high = (int64_t)t->byte_offset + c->reach[i].high; /* each below 2^62 */
    const uint64_t size = i == c->mask ? 1 : job->element_bytes;
    if (extent->bytes != UINT64_MAX && low < 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "%s: its negative strides reach %lld byte%s before its memory begins, from byte offset %llu", c->role[i],
                              (long long)-low, low == -1 ? "" : "s", (unsigned long long)t->byte_offset);
    if (extent->bytes != UINT64_MAX && (uint64_t)high > extent->bytes)
        return ramp_error_set(
            RAMP_ERROR_ARGUMENT, "%s: its memory has %llu byte%s, and the tensor needs %lld, its byte offset of %llu included", c->role[i],
            (unsigned long long)extent->bytes, extent->bytes == 1 ? "" : "s", (long long)high, (unsigned long long)t->byte_offset);
    if ((low < 0 && extent->address < 0 - (uint64_t)low) || extent->address + (uint64_t)high < extent->address)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: from address %#llx it reaches past the end of the address space", c->role[i],
                              (unsigned long long)extent->address);
    if (((extent->address + t->byte_offset) & (size - 1)) != 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: address %#llx is not aligned to its %llu-byte elements", c->role[i],
                              (unsigned long long)(extent->address + t->byte_offset), (unsigned long long)size);
    if ((extent->denied & (i < c->outputs ? RAMP_DENIED_READ : RAMP_DENIED_WRITE)) != 0) return refuse_access(c->role[i], i >= c->outputs);
    at->first = extent->address + (uint64_t)low;
    at->end = extent->address + (uint64_t)high;
    return RAMP_OK;
}

/* What most calls are: their outputs have no gaps, and each lies apart from every other operand, or exactly where an input does. */
static int are_apart(const call *c, const place *at) {
    for (int out = c->outputs; out < c->count; out++) {
        if (!c->reach[out].is_run) return 0;
        for (int i = 0; i < out; i++) {
            if (at[i].extent.space != at[out].extent.space || at[i].first >= at[out].end || at[out].first >= at[i].end) continue;
            const int is_mask = i == c->mask || out == c->mask;
            if (is_mask || !c->reach[i].is_run || at[i].first != at[out].first) return 0;
        }
    }
    return 1;
}

static const int64_t one = 1;

/* A mask is a run of bytes. */
static memory_view view_of(const call *c, const ramp_job *job, int i, const place *at, int64_t *mask_bytes) {
    memory_view v = {.space = at->extent.space, .address = at->extent.address + c->operand[i]->byte_offset, .size = 1};
    if (i == c->mask) {
        *mask_bytes = c->reach[i].high;
        v.ndim = *mask_bytes > 1;
        v.shape = mask_bytes;
        v.strides = &one;
    } else {
        v.size = job->element_bytes;
        v.ndim = job->ndim;
        v.shape = job->shape;
        v.strides = c->operand[i]->strides;
    }
    return v;
}

static int is_in_place(const memory_view *a, const memory_view *b) {
    if (a->space != b->space || a->address != b->address || a->size != b->size || a->ndim != b->ndim) return 0;
    for (int d = 0; d < a->ndim; d++)
        if (a->strides[d] != b->strides[d]) return 0;
    return 1;
}

static ramp_status refuse_overlap(overlap found, int is_mask, const char *output, const char *other) {
    if (found == OVERLAP_NONE) return RAMP_OK;
    if (found == OVERLAP_UNKNOWN && output == other)
        return ramp_error_set(
            RAMP_ERROR_UNSUPPORTED,
            "whether %s overlaps itself cannot be told in a bounded amount of work: its strides are too many and too irregular; "
            "ramp_tensor_like makes some that are not",
            output);
    if (found == OVERLAP_UNKNOWN)
        return ramp_error_set(
            RAMP_ERROR_UNSUPPORTED,
            "whether %s overlaps %s cannot be told in a bounded amount of work: their strides are too many and too irregular; give one of "
            "them memory of its own",
            output, other);
    if (output == other) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s overlaps itself: two of its elements lie at one address", output);
    if (is_mask) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s overlaps %s: a mask must lie apart from all other operands", output, other);
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s overlaps %s in part: an output must be exactly its input, or apart from it", output,
                          other);
}

static ramp_status check_overlap(const call *c, const ramp_job *job, const place *at) {
    memory_view view[max_operands];
    int64_t mask_bytes = 0;
    for (int i = 0; i < c->count; i++) view[i] = view_of(c, job, i, &at[i], &mask_bytes);
    for (int out = c->outputs; out < c->count; out++) {
        ramp_status status = refuse_overlap(overlap_within(&view[out]), 0, c->role[out], c->role[out]);
        for (int i = 0; i < out && status == RAMP_OK; i++) {
            const int is_mask = i == c->mask || out == c->mask;
            if (i < c->outputs && !is_mask && is_in_place(&view[i], &view[out])) continue;
            status = refuse_overlap(overlap_between(&view[i], &view[out]), is_mask, c->role[out], c->role[i]);
        }
        if (status != RAMP_OK) return status;
    }
    return RAMP_OK;
}

static ramp_status check_memory(const ramp_device *dev, const call *c, const ramp_job *job) {
    place at[max_operands];
    for (int i = 0; i < c->count; i++) {
        ramp_status status = RAMP_OK;
        if (c->is_host)
            at[i].extent = (ramp_extent){.address = (uint64_t)(uintptr_t)c->tensor[i]->data, .bytes = UINT64_MAX};
        else
            status = device_locate(dev, c->tensor[i], &at[i].extent);
        if (status == RAMP_OK) status = check_extent(c, job, i, &at[i]);
        if (status != RAMP_OK) return status;
    }
    return are_apart(c, at) ? RAMP_OK : check_overlap(c, job, at);
}

/* ---- The call ---- */

static ramp_status run_host(const ramp_device *dev, const ramp_job *job) {
    if (job->count == 0) return RAMP_OK;
    if (ramp_job_is_flat(job)) return device_run_host(dev, job);
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the host's arrays are passed through the device in one run: every operand must be "
                                                  "dense, its dimensions in the same order in memory");
}

/* Dimensions are written as far as there are any: to clear the arrays takes longer than the checks of a small call. */
static void clear_operand(ramp_operand *operand) {
    operand->data = NULL;
    operand->byte_offset = 0;
    operand->memory = RAMP_MEMORY_NATIVE;
    operand->strides[0] = 0;
}

/* Of those that the job does not have. */
static void clear_strides(ramp_operand *operand, int ndim) {
    for (int d = 1; d < ndim && operand->data == NULL; d++) operand->strides[d] = 0;
}

static void clear_job(ramp_job *job, ramp_pass pass, ramp_saved what) {
    job->pass = pass;
    job->saved = what;
    clear_operand(&job->x);
    clear_operand(&job->dy);
    clear_operand(&job->y);
    clear_operand(&job->mask);
}

static ramp_status check_and_launch(const ramp_device *dev, const ramp_submit *on, const ramp_op *op, call *c, ramp_job *job) {
    ramp_status status = device_check(dev);
    if (status == RAMP_OK) status = device_check_submit(dev, on);
    if (status != RAMP_OK) return status;
    if (op == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "op is NULL");
    if (op_find(op->id) == NULL) return RAMP_ERROR_ARGUMENT;
    status = check_tensors(dev, c);
    if (status != RAMP_OK) return status;
    job->op = op->id;
    job->dtype = c->tensor[c->data]->dtype;
    job->element_bytes = (uint32_t)dtype_size(job->dtype);
    job->count = c->reach[0].count;
    status = op_resolve(op, job->dtype, job->param);
    if (status == RAMP_OK) status = check_saved(c, job);
    if (status == RAMP_OK) status = device_supports(dev, job->op, job->dtype);
    if (status != RAMP_OK) return status;
    for (int i = 0; i < c->count; i++) {
        c->operand[i]->data = c->tensor[i]->data;
        c->operand[i]->byte_offset = c->tensor[i]->byte_offset;
        c->operand[i]->memory = c->tensor[i]->memory;
    }
    tensor_canonicalise(c->tensor, c->reach, c->operand, c->count, c->mask >= 0 ? c->mask : c->outputs, job);
    clear_strides(&job->x, job->ndim);
    clear_strides(&job->dy, job->ndim);
    clear_strides(&job->mask, job->ndim);
    if (job->count > 0) status = check_memory(dev, c, job);
    if (status != RAMP_OK) return status;
    job->variant = op_query_of(job->dtype)->variant(job->op, job->param);
    job->own_queue = on == NULL;
    job->on = on != NULL ? *on : (ramp_submit){0};
    return c->is_host ? run_host(dev, job) : device_launch(dev, job);
}

/* Parameters are rounded and compared on the way, which the caller's rounding mode and flush-to-zero must not change. */
static ramp_status run(const ramp_device *dev, const ramp_submit *on, const ramp_op *op, call *c, ramp_job *job) {
    float_environment before = float_environment_enter();
    ramp_status status = check_and_launch(dev, on, op, c, job);
    float_environment_leave(before);
    return status;
}

static ramp_status forward(const ramp_device *dev, int is_host, const ramp_submit *on, const ramp_op *op, const ramp_tensor *x,
                           const ramp_tensor *y, const ramp_tensor *mask) {
    ramp_job job;
    tensor_reach reach[max_operands];
    clear_job(&job, RAMP_FORWARD, RAMP_SAVED_INPUT);
    call c = {.is_host = is_host,
              .count = mask != NULL ? 3 : 2,
              .outputs = 1,
              .data = 0,
              .mask = mask != NULL ? 2 : -1,
              .tensor = {x, y, mask},
              .operand = {&job.x, &job.y, &job.mask},
              .role = {"x", "y", "mask"},
              .reach = reach};
    return run(dev, on, op, &c, &job);
}

static ramp_status backward(const ramp_device *dev, int is_host, const ramp_submit *on, const ramp_op *op, ramp_saved what,
                            const ramp_tensor *saved, const ramp_tensor *dy, const ramp_tensor *dx) {
    ramp_job job;
    tensor_reach reach[max_operands];
    clear_job(&job, RAMP_BACKWARD, what);
    const int is_mask = what == RAMP_SAVED_MASK;
    call c = {.is_host = is_host,
              .count = 3,
              .outputs = 2,
              .data = 1,
              .mask = is_mask ? 0 : -1,
              .tensor = {saved, dy, dx},
              .operand = {is_mask ? &job.mask : &job.x, &job.dy, &job.y},
              .role = {"saved", "dy", "dx"},
              .reach = reach};
    if (what != RAMP_SAVED_INPUT && what != RAMP_SAVED_OUTPUT && what != RAMP_SAVED_MASK)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "there is no saved kind %d: use RAMP_SAVED_INPUT, RAMP_SAVED_OUTPUT or RAMP_SAVED_MASK",
                              (int)what);
    return run(dev, on, op, &c, &job);
}

ramp_status ramp_forward_on(ramp_device *dev, const ramp_submit *on, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y,
                            const ramp_tensor *mask) {
    return forward(dev, 0, on, op, x, y, mask);
}

ramp_status ramp_backward_on(ramp_device *dev, const ramp_submit *on, const ramp_op *op, ramp_saved what, const ramp_tensor *saved,
                             const ramp_tensor *dy, const ramp_tensor *dx) {
    return backward(dev, 0, on, op, what, saved, dy, dx);
}

ramp_status ramp_forward_host(ramp_device *dev, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y, const ramp_tensor *mask) {
    return forward(dev, 1, NULL, op, x, y, mask);
}

ramp_status ramp_backward_host(ramp_device *dev, const ramp_op *op, ramp_saved what, const ramp_tensor *saved, const ramp_tensor *dy,
                               const ramp_tensor *dx) {
    return backward(dev, 1, NULL, op, what, saved, dy, dx);
}

ramp_status ramp_forward(ramp_device *dev, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y, const ramp_tensor *mask) {
    return forward(dev, 0, NULL, op, x, y, mask);
}

ramp_status ramp_backward(ramp_device *dev, const ramp_op *op, ramp_saved what, const ramp_tensor *saved, const ramp_tensor *dy,
                          const ramp_tensor *dx) {
    return backward(dev, 0, NULL, op, what, saved, dy, dx);
}
