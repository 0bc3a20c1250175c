/* launch.c: jobs, queued. */
#include "opencl.h"
#include "query.h"

#include <assert.h>
#include <stdio.h>

static opencl_place place_of(const opencl_device *dev, const ramp_submit *on) {
    return (opencl_place){
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

static ramp_status enqueue_locked(cl_kernel kernel, const opencl_place *at, size_t global, size_t local) {
    CL_TRY(clEnqueueNDRangeKernel(at->queue, kernel, 1, NULL, &global, &local, at->wait_count, at->wait, at->done));
    return RAMP_OK;
}

ramp_status opencl_enqueue(opencl_kernel *kernel, const opencl_place *at, const opencl_arguments *a, uint64_t items) {
    size_t local = kernel->local, global = ((size_t)items + local - 1) / local * local;
    opencl_kernel_copy *copy = opencl_kernel_lock(kernel, a->svm);
    ramp_status status = opencl_set_arguments(kernel, copy, a);
    if (status == RAMP_OK) status = enqueue_locked(copy->handle, at, global, local);
    opencl_kernel_unlock(copy);
    return status;
}

/* On a queue of its own, for a caller's may wait for something that comes later. */
ramp_status opencl_run(const opencl_device *dev, opencl_kernel *kernel, const opencl_arguments *a, uint64_t items) {
    cl_int code;
    opencl_place at = {.queue = NULL};
    ramp_status status = CL_CREATE(at.queue, code, clCreateCommandQueue(dev->context, dev->id, 0, &code));
    if (status != RAMP_OK) return status;
    status = opencl_enqueue(kernel, &at, a, items);
    if (status == RAMP_OK) status = CL_STATUS(clFinish(at.queue));
    (void)ramp_cl.clReleaseCommandQueue(at.queue);
    return status;
}

uint64_t opencl_items(const opencl_kernel *kernel, opencl_form form, uint64_t count, uint64_t width) {
    const opencl_form_info *info = &opencl_forms[form];
    uint64_t units = count, each = (uint64_t)(info->vectors * kernel->times + info->scalars) * kernel->local;
    if (info->is_cpu) {
        const uint64_t run = (uint64_t)info->run * (form == FORM_RUN && count > kernel->streams_above ? RAMP_STREAM_RUNS : 1);
        return (count + run - 1) / run;
    }
    /* In the flat form the single elements at either end have places of their own after the vectors'. */
    if (form == FORM_VECTOR || form == FORM_BRIEF) units = count / width + 2 * (width - 1);
    if (form == FORM_STRIDED_VECTOR) units = (count + width - 1) / width;
    return (units + each - 1) / each * kernel->local;
}

/* `size`: of an element. A mask is bytes, and needs no check. */
static ramp_status check_offset(const ramp_operand *operand, const char *role, size_t size) {
    if (operand->byte_offset % size == 0 || operand->data == NULL || operand->memory == RAMP_MEMORY_SVM) return RAMP_OK;
    return ramp_error_set(
        RAMP_ERROR_ARGUMENT,
        "%s: byte offset %llu is not a multiple of its %zu-byte elements: on OpenCL they must be aligned in their buffer too, which a "
        "device may hold at another address than the host pointer's",
        role, (unsigned long long)operand->byte_offset, size);
}

static ramp_status check_offsets(const ramp_job *job) {
    const int is_backward = job->pass == RAMP_BACKWARD;
    ramp_status status = check_offset(&job->x, is_backward ? "saved" : "x", job->element_bytes);
    if (status == RAMP_OK) status = check_offset(&job->dy, "dy", job->element_bytes);
    return status == RAMP_OK ? check_offset(&job->y, is_backward ? "dx" : "y", job->element_bytes) : status;
}

/* ---- Flat, and without a mask: kernels/elementwise.cl ---- */

/* Buffers start on boundaries of 16 bytes and more, so the offsets tell the form; the vector form looks at the real addresses again. */
static uint64_t differences(const ramp_operand *a, const ramp_operand *b) {
    uint64_t at_a = a->byte_offset + (a->memory == RAMP_MEMORY_SVM ? (uint64_t)(uintptr_t)a->data : 0);
    uint64_t at_b = b->byte_offset + (b->memory == RAMP_MEMORY_SVM ? (uint64_t)(uintptr_t)b->data : 0);
    return (at_a ^ at_b) % 16;
}

static opencl_form flat_form(const opencl_device *dev, const ramp_job *job) {
    const ramp_operand *dy = job->pass == RAMP_BACKWARD ? &job->dy : &job->x;
    if (dev->is_cpu) return FORM_RUN;
    if ((differences(&job->x, &job->y) | differences(dy, &job->y)) != 0) return FORM_SCALAR;
    return op_query_of(job->dtype)->is_brief(job->op) ? FORM_BRIEF : FORM_VECTOR;
}

/* The op's own kernel, or that of the op `table`; *table: the last argument, that op's table or the rows of an op that has them; NULL: neither. */
static ramp_status find_kernel(opencl_device *dev, const ramp_job *job, opencl_form form, cl_mem *table, opencl_kernel **kernel) {
    const opencl_which which = {job->op, job->dtype, opencl_kind_of(job), job->variant, form};
    if (opencl_table_find(dev, job, form, table, kernel)) return RAMP_OK;
    ramp_status status = opencl_kernel_get(dev, &which, kernel);
    return status == RAMP_OK ? opencl_rows_find(dev, &which, table) : status;
}

static ramp_status launch_flat(opencl_device *dev, const ramp_job *job, const opencl_place *at) {
    opencl_kernel *kernel;
    opencl_arguments a;
    cl_mem table;
    const opencl_form form = flat_form(dev, job);
    ramp_status status = find_kernel(dev, job, form, &table, &kernel);
    if (status != RAMP_OK) return status;
    a.count = a.svm = 0;
    opencl_push_flat(&a, &job->x, &job->dy, &job->y, job->count, job->pass == RAMP_BACKWARD);
    opencl_push_parameters(&a, job->dtype, job->param);
    if (table != NULL) opencl_push_buffer(&a, &table);
    return opencl_enqueue(kernel, at, &a, opencl_items(kernel, form, job->count, 16 / job->element_bytes));
}

/* The first arguments of every kernel but the flat ones. */
static void push_job(opencl_arguments *a, const ramp_job *job, const ramp_layout *layout) {
    a->count = a->svm = 0;
    opencl_push_operand(a, &job->x);
    opencl_push_operand(a, &job->dy);
    opencl_push_operand(a, &job->y);
    opencl_push_operand(a, &job->mask);
    opencl_push(a, layout, sizeof *layout);
}

/* ---- Flat, of f16, and looked up: kernels/local_table.cl ---- */

/* *is_done: 0: it has no table. */
static ramp_status launch_local(opencl_device *dev, const ramp_job *job, const opencl_place *at, int *is_done) {
    const ramp_layout layout = {.count = job->count};
    opencl_kernel *kernel;
    opencl_arguments a;
    cl_mem table;
    *is_done = opencl_table_find(dev, job, FORM_LOCAL_TABLE, &table, &kernel);
    if (!*is_done) return RAMP_OK;
    push_job(&a, job, &layout);
    opencl_push_parameters(&a, job->dtype, job->param);
    opencl_push_buffer(&a, &table);
    return opencl_enqueue(kernel, at, &a, dev->near_items);
}

/* ---- The rest: kernels/strided.cl and kernels/tiled.cl ---- */

static ramp_status launch_strided(opencl_device *dev, const ramp_job *job, const opencl_place *at) {
    opencl_plan plan;
    opencl_kernel *kernel;
    opencl_arguments a;
    cl_mem table;
    opencl_plan_job(dev, job, &plan);
    const int is_tiled = opencl_forms[plan.form].is_tile;
    ramp_status status = find_kernel(dev, job, plan.form, &table, &kernel);
    if (status != RAMP_OK) return status;
    push_job(&a, job, &plan.layout);
    if (is_tiled) opencl_push(&a, &plan.tile, sizeof plan.tile);
    opencl_push_parameters(&a, job->dtype, job->param);
    if (table != NULL) opencl_push_buffer(&a, &table);
    const uint64_t items = is_tiled ? plan.tile.tiles * (dev->is_cpu ? 1 : kernel->local)
                                    : opencl_items(kernel, plan.form, job->count, 16 / job->element_bytes);
    return opencl_enqueue(kernel, at, &a, items);
}

/* ---- Either ---- */

static int is_flat(const ramp_job *job) { return job->mask.data == NULL && ramp_job_is_flat(job); }

static ramp_status launch_elements(opencl_device *dev, const ramp_job *job, const opencl_place *at) {
    ramp_status status = check_offsets(job);
    if (status == RAMP_OK) status = opencl_order(dev, at->queue == dev->queue);
    int is_done = 0;
    if (status == RAMP_OK && opencl_table_is_local(dev, job)) status = launch_local(dev, job, at, &is_done);
    if (status != RAMP_OK || is_done) return status;
    return is_flat(job) ? launch_flat(dev, job, at) : launch_strided(dev, job, at);
}

void opencl_describe_job(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait) {
    opencl_device *dev = self;
    opencl_plan plan = {.form = FORM_RUN};
    opencl_kernel *kernel;
    cl_mem table;
    (void)may_wait;
    if (job->count > 0 && is_flat(job)) plan.form = flat_form(dev, job);
    if (job->count > 0 && !is_flat(job)) opencl_plan_job(dev, job, &plan);
    if (opencl_table_is_local(dev, job) && opencl_table_find(dev, job, FORM_LOCAL_TABLE, &table, &kernel)) plan.form = FORM_LOCAL_TABLE;
    const opencl_form_info *form = &opencl_forms[plan.form];
    snprintf(text, capacity, "%s:%s%s", form->kernel,
             form->is_cpu        ? "run"
             : form->vectors > 0 ? "vector"
             : form->is_tile     ? "tile"
                                 : "scalar",
             job->count > 0 && opencl_table_find(dev, job, plan.form, &table, &kernel) ? "_table" : "");
}

/* A call that waits for the caller's events is watched, whatever its queue. */
static ramp_status launch_at(opencl_device *dev, const ramp_job *job, opencl_place at) {
    cl_event done = NULL;
    const int is_watched = at.wait_count > 0;
    if (is_watched && at.done == NULL) at.done = &done;
    ramp_status status = RAMP_OK;
    if (job->count > 0)
        status = launch_elements(dev, job, &at);
    else if (at.wait_count > 0 || at.done != NULL)
        status = CL_STATUS(clEnqueueMarkerWithWaitList(at.queue, at.wait_count, at.wait, at.done));
    if (is_watched && status == RAMP_OK) opencl_watch_add(&dev->watch, *at.done);
    if (done != NULL) (void)ramp_cl.clReleaseEvent(done);
    return status;
}

ramp_status opencl_launch(void *self, const ramp_job *job) {
    opencl_device *dev = self;
    assert(job->op > RAMP_OP_NONE && job->op < (ramp_op_id)op_ids && job->element_bytes > 0);
    ramp_status status = job->own_queue ? RAMP_OK : opencl_check_submit(dev, &job->on);
    return status == RAMP_OK ? launch_at(dev, job, place_of(dev, &job->on)) : status;
}
