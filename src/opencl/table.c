#include "devices.h"
#include "opencl.h"

#include <stdlib.h>

#define VALUES_BYTES (lookup_entries * sizeof(uint16_t))

/* Not without subnormal numbers: dy times a slope would be flushed elsewhere than in the op's formula. */
static int has_tables(const opencl_device *dev) { return (dev->lacks & OPENCL_LACKS_SUBNORMALS) == 0; }

int opencl_table_serves(const opencl_device *dev, ramp_op_id op, ramp_dtype dtype, ramp_kind kind) {
    if (!has_tables(dev)) return 0;
    switch (kind) {
    case RAMP_KIND_FORWARD:
    case RAMP_KIND_FORWARD_MASK: return lookup_serves(dev->tables, op, dtype, RAMP_FORWARD, RAMP_SAVED_INPUT);
    case RAMP_KIND_BACKWARD: return lookup_serves(dev->tables, op, dtype, RAMP_BACKWARD, RAMP_SAVED_INPUT);
    default: return 0;
    }
}

/* ---- To make one ---- */

static ramp_status create_inputs(const opencl_device *dev, void **table) {
    cl_int code;
    uint16_t *inputs = malloc(VALUES_BYTES);
    if (inputs == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for the inputs of a table: %zu bytes", VALUES_BYTES);
    for (int i = 0; i < lookup_entries; i++) inputs[i] = (uint16_t)i;
    ramp_status status =
        CL_CREATE(*table, code, clCreateBuffer(dev->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, VALUES_BYTES, inputs, &code));
    free(inputs);
    return status;
}

/* A forward table, by the op's kernel for flat jobs, in place. */
static ramp_status fill_values(opencl_device *dev, const ramp_job *job, cl_mem table) {
    const opencl_form form = dev->is_cpu ? FORM_RUN : FORM_VECTOR;
    const opencl_which which = {job->op, job->dtype, RAMP_KIND_FORWARD, job->variant, form};
    const ramp_operand operand = {.data = table};
    const cl_ulong count = lookup_entries;
    opencl_kernel *kernel;
    opencl_arguments a = {.count = 0};
    cl_mem rows;
    ramp_status status = opencl_kernel_get(dev, &which, &kernel);
    if (status == RAMP_OK) status = opencl_rows_find(dev, &which, &rows);
    if (status != RAMP_OK) return status;
    opencl_push_flat(&a, &operand, NULL, &operand, count, 0);
    opencl_push_parameters(&a, job->dtype, job->param);
    if (rows != NULL) opencl_push_buffer(&a, &rows);
    return opencl_run(dev, kernel, &a, opencl_items(kernel, form, count, 16 / sizeof(uint16_t)));
}

/* A backward table; of no entries: the kernel is only made ready. */
static ramp_status fill_slopes(opencl_device *dev, ramp_op_id op, ramp_dtype dtype, const double *param, cl_mem table, cl_ulong count) {
    const opencl_which which = {op, dtype, RAMP_KIND_BACKWARD, 0, FORM_SLOPES};
    opencl_kernel *kernel;
    opencl_arguments a = {.count = 0};
    cl_mem rows;
    ramp_status status = opencl_kernel_get(dev, &which, &kernel);
    if (status == RAMP_OK) status = opencl_rows_find(dev, &which, &rows);
    if (status != RAMP_OK) return status;
    opencl_push_buffer(&a, &table);
    opencl_push(&a, &count, sizeof count);
    opencl_push_parameters(&a, dtype, param);
    if (rows != NULL) opencl_push_buffer(&a, &rows);
    return opencl_run(dev, kernel, &a, count > 0 ? count : 1);
}

/* Any queue may read it when this returns: nothing is on its way any more. Where it cannot be had the op's own kernels serve, or tell what is wrong. */
static void *make(void *context, const ramp_job *job) {
    opencl_device *dev = context;
    const int is_backward = job->pass == RAMP_BACKWARD;
    void *table;
    ramp_status status = is_backward ? opencl_alloc(dev, table_bytes, &table) : create_inputs(dev, &table);
    if (status != RAMP_OK) return NULL;
    status = is_backward ? fill_slopes(dev, job->op, job->dtype, job->param, table, lookup_entries) : fill_values(dev, job, table);
    if (status == RAMP_OK) return table;
    opencl_release(dev, table);
    return NULL;
}

/* ---- To find one ---- */

int opencl_table_find(opencl_device *dev, const ramp_job *job, opencl_form form, cl_mem *table, opencl_kernel **kernel) {
    const opencl_which which = {RAMP_OP_NONE, job->dtype, opencl_kind_of(job), 0, form};
    *table = NULL;
    if (!lookup_has(job->dtype) || !has_tables(dev) || atomic_load_explicit(&dev->is_without_tables, memory_order_relaxed)) return 0;
    *table = lookup_find(dev->tables, job, make, dev);
    if (*table != NULL && opencl_kernel_get(dev, &which, kernel) != RAMP_OK) {
        atomic_store_explicit(&dev->is_without_tables, 1, memory_order_relaxed); /* each call would build it again */
        *table = NULL;
    }
    return *table != NULL;
}

/* Vectors from the first element on, as far as the host knows; large enough for every group to copy its part of the table. */
int opencl_table_is_local(const opencl_device *dev, const ramp_job *job) {
    return dev->near_items > 0 && !dev->is_cpu && job->dtype == RAMP_F16 && job->pass == RAMP_FORWARD && job->count >= lookup_near_least &&
           ramp_job_is_flat(job) && job->x.byte_offset % 16 == 0 && job->y.byte_offset % 16 == 0;
}

/* ---- The device's ---- */

ramp_status opencl_table_prepare(opencl_device *dev, ramp_op_id op, ramp_dtype dtype) {
    static const double param[RAMP_MAX_PARAMS];
    return opencl_table_serves(dev, op, dtype, RAMP_KIND_BACKWARD) ? fill_slopes(dev, op, dtype, param, NULL, 0) : RAMP_OK;
}

void opencl_tables_free(opencl_device *dev) { lookup_free(dev->tables, opencl_release, dev); }
