/* entry.c: the door. Every argument of a forward or backward call is checked here, once; behind it a job is right. */
#include "device.h"
#include "environment.h"
#include "op.h"
#include "tensor.h"
#include "variant.h"

enum { max_operands = 3 };

typedef struct call {
    const ramp_tensor *tensor[max_operands]; /* the output last */
    ramp_operand *operand[max_operands];
    const char *role[max_operands];
    int count;
} call;

static ramp_status check_shapes(const call *c, uint64_t *count) {
    for (int i = 0; i < c->count; i++) {
        uint64_t elements;
        ramp_status status = tensor_check(c->tensor[i], c->role[i], &elements);
        if (status != RAMP_OK) return status;
        if (i == 0) *count = elements;
        if (c->tensor[i]->dtype != c->tensor[0]->dtype)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is %s and %s is %s: they must be of one dtype", c->role[0],
                                  dtype_name(c->tensor[0]->dtype), c->role[i], dtype_name(c->tensor[i]->dtype));
        if (c->tensor[i]->ndim != c->tensor[0]->ndim)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has %d dimensions and %s has %d: they must be of one shape", c->role[0],
                                  (int)c->tensor[0]->ndim, c->role[i], (int)c->tensor[i]->ndim);
        for (int d = 0; d < c->tensor[0]->ndim; d++)
            if (c->tensor[i]->shape[d] != c->tensor[0]->shape[d])
                return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has shape[%d] = %lld and %s has %lld: they must be of one shape", c->role[0],
                                      d, (long long)c->tensor[0]->shape[d], c->role[i], (long long)c->tensor[i]->shape[d]);
    }
    return RAMP_OK;
}

static ramp_status check_served(const call *c, const ramp_job *job) {
    for (int i = 0; i < c->count; i++)
        if (c->tensor[i]->memory == RAMP_MEMORY_SVM)
            return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "%s: SVM memory is not served in this version: use RAMP_MEMORY_NATIVE",
                                  c->role[i]);
    for (int i = 0; i < c->count; i++)
        if (job->ndim > 1 || (job->ndim == 1 && c->operand[i]->strides[0] != 1))
            return ramp_error_set(
                RAMP_ERROR_UNSUPPORTED,
                "%s is not dense in the order of %s: this version serves dense tensors, all with their dimensions in one order in "
                "memory; copy to ramp_tensor_like(&%s, ...) first",
                c->role[i], c->role[0], c->role[0]);
    return RAMP_OK;
}

/* Alignment, size and overlap, of real addresses. */
static ramp_status check_memory(const ramp_device *dev, const call *c, const ramp_job *job) {
    ramp_extent extent[max_operands];
    uint64_t size = dtype_size(job->dtype), bytes = job->count * size;
    for (int i = 0; i < c->count; i++) {
        const ramp_tensor *t = c->tensor[i];
        ramp_status status = device_locate(dev, t->data, &extent[i]);
        if (status != RAMP_OK) return status;
        if (extent[i].bytes < t->byte_offset || extent[i].bytes - t->byte_offset < bytes)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: its memory has %llu bytes, and the tensor needs %llu at byte offset %llu",
                                  c->role[i], (unsigned long long)extent[i].bytes, (unsigned long long)bytes,
                                  (unsigned long long)t->byte_offset);
        extent[i].address += t->byte_offset;
        if (extent[i].address % size != 0)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: address %#llx is not aligned to its %llu-byte elements", c->role[i],
                                  (unsigned long long)extent[i].address, (unsigned long long)size);
        if (extent[i].address + bytes < extent[i].address)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: %llu bytes from address %#llx pass the end of the address space", c->role[i],
                                  (unsigned long long)bytes, (unsigned long long)extent[i].address);
    }
    const ramp_extent *out = &extent[c->count - 1];
    for (int i = 0; i < c->count - 1; i++)
        if (extent[i].space == out->space && extent[i].address != out->address && extent[i].address < out->address + bytes &&
            out->address < extent[i].address + bytes)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s overlaps %s in part: an output must be exactly its input, or apart from it",
                                  c->role[c->count - 1], c->role[i]);
    return RAMP_OK;
}

static ramp_status check_and_launch(const ramp_device *dev, const ramp_submit *on, const ramp_op *op, const call *c, ramp_job *job) {
    ramp_status status = device_check(dev);
    if (status == RAMP_OK) status = device_check_submit(dev, on);
    if (status != RAMP_OK) return status;
    if (op == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "op is NULL");
    if (op_find(op->id) == NULL) return RAMP_ERROR_ARGUMENT;
    status = check_shapes(c, &job->count);
    if (status != RAMP_OK) return status;
    job->op = op->id;
    job->dtype = c->tensor[0]->dtype;
    if (job->dtype == RAMP_BIT) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is of dtype bit: only a mask is", c->role[0]);
    status = op_resolve(op, job->dtype, job->param);
    if (status != RAMP_OK) return status;
    tensor_canonicalise(c->tensor, c->operand, c->count, job);
    status = check_served(c, job);
    if (status == RAMP_OK) status = device_supports(dev, job->op, job->dtype);
    if (status == RAMP_OK && job->count > 0) status = check_memory(dev, c, job);
    if (status != RAMP_OK) return status;
    for (int i = 0; i < c->count; i++) {
        c->operand[i]->data = c->tensor[i]->data;
        c->operand[i]->byte_offset = c->tensor[i]->byte_offset;
    }
    job->variant = job->dtype == RAMP_F64 ? variant_f64(job->op, job->param) : variant_f32(job->op, job->param);
    job->own_queue = on == NULL;
    if (on != NULL) job->on = *on;
    return device_launch(dev, job);
}

/* Parameters are rounded and compared on the way, which the caller's rounding mode and flush-to-zero must not change. */
static ramp_status run(const ramp_device *dev, const ramp_submit *on, const ramp_op *op, const call *c, ramp_job *job) {
    float_environment before = float_environment_enter();
    ramp_status status = check_and_launch(dev, on, op, c, job);
    float_environment_leave(before);
    return status;
}

ramp_status ramp_forward_on(ramp_device *dev, const ramp_submit *on, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y,
                            const ramp_tensor *mask) {
    ramp_job job = {.pass = RAMP_FORWARD};
    const call c = {{x, y}, {&job.x, &job.y}, {"x", "y"}, 2};
    if (mask != NULL)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                              "a mask is not served in this version: pass NULL, and RAMP_SAVED_INPUT to ramp_backward");
    return run(dev, on, op, &c, &job);
}

ramp_status ramp_backward_on(ramp_device *dev, const ramp_submit *on, const ramp_op *op, ramp_saved what, const ramp_tensor *saved,
                             const ramp_tensor *dy, const ramp_tensor *dx) {
    ramp_job job = {.pass = RAMP_BACKWARD, .saved = what};
    const call c = {{saved, dy, dx}, {&job.x, &job.dy, &job.y}, {"saved", "dy", "dx"}, 3};
    if (what == RAMP_SAVED_OUTPUT || what == RAMP_SAVED_MASK)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "a saved %s is not served in this version: save the input, RAMP_SAVED_INPUT",
                              what == RAMP_SAVED_OUTPUT ? "output" : "mask");
    if (what != RAMP_SAVED_INPUT) return ramp_error_set(RAMP_ERROR_ARGUMENT, "there is no saved kind %d: use RAMP_SAVED_INPUT", (int)what);
    return run(dev, on, op, &c, &job);
}

ramp_status ramp_forward(ramp_device *dev, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y, const ramp_tensor *mask) {
    return ramp_forward_on(dev, NULL, op, x, y, mask);
}

ramp_status ramp_backward(ramp_device *dev, const ramp_op *op, ramp_saved what, const ramp_tensor *saved, const ramp_tensor *dy,
                          const ramp_tensor *dx) {
    return ramp_backward_on(dev, NULL, op, what, saved, dy, dx);
}
