/* launch.c: jobs and roofs, queued. */
#include "opencl.h"

#include <assert.h>

/* Where a command goes, what it waits for, what it signals; in OpenCL's types. */
typedef struct place {
    cl_command_queue queue;
    cl_uint wait_count;
    const cl_event *wait;
    cl_event *done;
} place;

static place place_of(const opencl_device *dev, const ramp_submit *on) {
    return (place){
        .queue = on->queue != NULL ? on->queue : dev->queue,
        .wait_count = on->wait_count,
        .wait = on->wait_count > 0 ? (const cl_event *)on->wait : NULL,
        .done = (cl_event *)on->done,
    };
}

ramp_status opencl_order(const opencl_device *dev, int own_queue) {
    if (own_queue && dev->is_unordered) CL_TRY(clEnqueueBarrierWithWaitList(dev->queue, 0, NULL, NULL));
    return RAMP_OK;
}

/* One kernel's arguments: set in order. */
typedef struct arguments {
    const void *value[8];
    size_t size[8];
    cl_uint count;
} arguments;

static void push(arguments *a, const void *value, size_t size) {
    assert(a->count < 8);
    a->value[a->count] = value;
    a->size[a->count++] = size;
}

static ramp_status enqueue_locked(cl_kernel kernel, const place *at, const arguments *a, size_t global, size_t local) {
    for (cl_uint i = 0; i < a->count; i++) CL_TRY(clSetKernelArg(kernel, i, a->size[i], a->value[i]));
    CL_TRY(clEnqueueNDRangeKernel(at->queue, kernel, 1, NULL, &global, &local, at->wait_count, at->wait, at->done));
    return RAMP_OK;
}

static ramp_status enqueue(opencl_kernel *kernel, const place *at, const arguments *a, uint64_t items) {
    cl_kernel handle;
    size_t local = kernel->local, global = ((size_t)items + local - 1) / local * local;
    void *lock = opencl_kernel_lock(kernel, &handle);
    ramp_status status = enqueue_locked(handle, at, a, global, local);
    opencl_kernel_unlock(lock);
    return status;
}

/* The work-items that a form needs for `count` elements, before rounding up to whole groups. */
static uint64_t items_of(const opencl_kernel *kernel, opencl_form form, uint64_t count, uint64_t width) {
    uint64_t items = count, each = cpu_run;
    if (form == FORM_RUN) return (count + cpu_run - 1) / cpu_run;
    /* Vectors, and the single elements at either end, which have places of their own after the vectors'. */
    if (form == FORM_VECTOR) items = count / width + 2 * (width - 1);
    each = (uint64_t)(form == FORM_VECTOR ? gpu_vectors : gpu_scalars) * kernel->local;
    return (items + each - 1) / each * kernel->local;
}

static size_t dtype_bytes(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F32: return sizeof(cl_float);
    case RAMP_F64: return sizeof(cl_double);
    case RAMP_F16:
    case RAMP_BF16: return sizeof(cl_ushort);
    case RAMP_BIT: break;
    }
    return 0;
}

static ramp_status check_offset(const ramp_operand *operand, const char *role, size_t size) {
    if (operand->byte_offset % size == 0) return RAMP_OK;
    return ramp_error_set(
        RAMP_ERROR_ARGUMENT,
        "%s: byte offset %llu is not a multiple of its %zu-byte elements: on OpenCL they must be aligned in their buffer too, which a "
        "device may hold at another address than the host pointer's",
        role, (unsigned long long)operand->byte_offset, size);
}

/* Buffers start on boundaries of 16 bytes and more, so the offsets tell the form; the vector form looks at the real addresses again. */
static opencl_form form_of(const opencl_device *dev, uint64_t differences) {
    if (dev->is_cpu) return FORM_RUN;
    return differences % 16 == 0 ? FORM_VECTOR : FORM_SCALAR;
}

/* Arguments in the order of kernels/elementwise.cl. The parameters are rounded to the compute type already, so p32 changes no value. */
static ramp_status launch_elements(opencl_device *dev, const ramp_job *job, const place *at) {
    const size_t size = dtype_bytes(job->dtype);
    const int is_backward = job->pass == RAMP_BACKWARD;
    const ramp_operand *operands[] = {&job->x, is_backward ? &job->dy : &job->x, &job->y};
    const char *const roles[] = {is_backward ? "saved" : "x", is_backward ? "dy" : "x", is_backward ? "dx" : "y"};
    opencl_kernel *kernel;
    cl_mem buffer[3];
    cl_ulong offset[3], count = job->count, differences = 0;
    arguments a = {.count = 0};
    for (int i = 0; i < 3; i++) {
        ramp_status status = check_offset(operands[i], roles[i], size);
        if (status != RAMP_OK) return status;
        buffer[i] = operands[i]->data;
        offset[i] = operands[i]->byte_offset;
        differences |= offset[i] ^ job->y.byte_offset;
        push(&a, &buffer[i], sizeof buffer[i]);
        push(&a, &offset[i], sizeof offset[i]);
    }
    cl_float4 p32 = {{(float)job->param[0], (float)job->param[1], (float)job->param[2], (float)job->param[3]}};
    cl_double4 p64 = {{job->param[0], job->param[1], job->param[2], job->param[3]}};
    push(&a, &count, sizeof count);
    if (job->dtype == RAMP_F64)
        push(&a, &p64, sizeof p64);
    else
        push(&a, &p32, sizeof p32);
    opencl_which which = {job->op, job->dtype, job->pass, job->variant, form_of(dev, differences)};
    ramp_status status = opencl_kernel_get(dev, &which, &kernel);
    if (status != RAMP_OK) return status;
    return enqueue(kernel, at, &a, items_of(kernel, which.form, count, 16 / size));
}

/* A call that waits for the caller's events is watched, whatever its queue. */
static ramp_status launch_at(opencl_device *dev, const ramp_job *job, place at) {
    cl_event done = NULL;
    const int is_watched = at.wait_count > 0;
    if (is_watched && at.done == NULL) at.done = &done;
    ramp_status status = RAMP_OK;
    if (job->count > 0) {
        status = opencl_order(dev, at.queue == dev->queue);
        if (status == RAMP_OK) status = launch_elements(dev, job, &at);
    } else if (at.wait_count > 0 || at.done != NULL)
        status = CL_STATUS(clEnqueueMarkerWithWaitList(at.queue, at.wait_count, at.wait, at.done));
    if (is_watched && status == RAMP_OK) opencl_watch_add(&dev->watch, *at.done);
    if (done != NULL) (void)ramp_cl.clReleaseEvent(done);
    return status;
}

ramp_status opencl_launch(void *self, const ramp_job *job) {
    opencl_device *dev = self;
    assert(job->op > RAMP_OP_NONE && job->op < (ramp_op_id)op_slots && dtype_bytes(job->dtype) > 0);
    ramp_status status = opencl_check_submit(dev, &job->on);
    return status == RAMP_OK ? launch_at(dev, job, place_of(dev, &job->on)) : status;
}

/* ---- Roofs ---- */

ramp_status opencl_roof(void *self, ramp_roof roof, size_t bytes, void *to, const void *a, const void *b) {
    opencl_device *dev = self;
    opencl_kernel *kernel;
    const place at = {.queue = dev->queue};
    const void *none = NULL;
    const cl_ulong count = bytes / sizeof(cl_float);
    arguments args = {.count = 0};
    ramp_status status = opencl_order(dev, 1);
    if (status != RAMP_OK || bytes == 0) return status;
    if (roof == RAMP_ROOF_VENDOR_COPY) {
        CL_TRY(clEnqueueCopyBuffer(dev->queue, (cl_mem)a, to, 0, 0, bytes, 0, NULL, NULL));
        return RAMP_OK;
    }
    status = opencl_kernel_roof(dev, roof == RAMP_ROOF_ADD, &kernel);
    if (status != RAMP_OK) return status;
    push(&args, &to, sizeof to);
    push(&args, &a, sizeof a);
    push(&args, roof == RAMP_ROOF_ADD ? &b : &none, sizeof b);
    push(&args, &count, sizeof count);
    return enqueue(kernel, &at, &args, items_of(kernel, dev->is_cpu ? FORM_RUN : FORM_VECTOR, count, 4));
}

/* ---- Preparing ---- */

/* Drivers finish a kernel when it is first queued: queue it over no elements. On a queue of its own, for a caller's may wait for something
 * that comes later. */
static ramp_status warm(const opencl_device *dev, opencl_kernel *kernel, ramp_dtype dtype) {
    cl_int code;
    place at = {.queue = NULL};
    const cl_mem none = NULL;
    const cl_ulong zero = 0;
    const cl_double4 p = {{0.0, 0.0, 0.0, 0.0}};
    arguments a = {.count = 0};
    for (int i = 0; i < 3; i++) {
        push(&a, &none, sizeof none);
        push(&a, &zero, sizeof zero);
    }
    push(&a, &zero, sizeof zero);
    push(&a, &p, dtype == RAMP_F64 ? sizeof(cl_double4) : sizeof(cl_float4));
    ramp_status status = CL_CREATE(at.queue, code, clCreateCommandQueue(dev->context, dev->id, 0, &code));
    if (status != RAMP_OK) return status;
    status = enqueue(kernel, &at, &a, 1);
    if (status == RAMP_OK) status = CL_STATUS(clFinish(at.queue));
    (void)ramp_cl.clReleaseCommandQueue(at.queue);
    return status;
}

static ramp_status prepare(opencl_device *dev, const opencl_which *which) {
    opencl_kernel *kernel;
    ramp_status status = opencl_kernel_get(dev, which, &kernel);
    if (status != RAMP_OK || atomic_load(&kernel->is_warm)) return status;
    status = warm(dev, kernel, which->dtype);
    if (status == RAMP_OK) atomic_store(&kernel->is_warm, 1);
    return status;
}

ramp_status opencl_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    opencl_device *dev = self;
    const int variants = opencl_op_variants(op);
    ramp_status status = RAMP_OK;
    for (int form = 0; form < form_count; form++) {
        if ((form == FORM_RUN) != dev->is_cpu) continue;
        for (int i = 0; i <= variants && status == RAMP_OK; i++) { /* the gradient last */
            const opencl_which which = {op, dtype, i < variants ? RAMP_FORWARD : RAMP_BACKWARD, i < variants ? i : 0, (opencl_form)form};
            status = prepare(dev, &which);
        }
    }
    return status;
}
