#include "devices.h"
#include "opencl.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_FROM   ((uint64_t)1 << 20) /* elements of a job that is worth a table */
#define VALUES_BYTES (table_entries * sizeof(uint16_t))

/* The trait of an op that is looked up. */
static const uint32_t heavy[RAMP_KINDS] = {
    [RAMP_KIND_FORWARD] = RAMP_TRAIT_HEAVY, [RAMP_KIND_FORWARD_MASK] = RAMP_TRAIT_HEAVY, [RAMP_KIND_BACKWARD] = RAMP_TRAIT_HEAVY_GRADIENT};
static const uint32_t traits_of[op_slots] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, traits, ...) [id] = traits,
#include <ramp/ops.def>
#undef RAMP_OP
};

static int index_of(ramp_dtype dtype) { return dtype == RAMP_F16 ? 0 : dtype == RAMP_BF16 ? 1 : -1; }

/* Not without subnormal numbers: dy times a slope would be flushed elsewhere than in the op's formula. */
int opencl_table_serves(const opencl_device *dev, ramp_op_id op, ramp_dtype dtype, ramp_kind kind) {
    return !dev->is_cpu && (dev->lacks & OPENCL_LACKS_SUBNORMALS) == 0 && index_of(dtype) >= 0 && (traits_of[op] & heavy[kind]) != 0;
}

/* ---- To make one ---- */

static ramp_status create_inputs(const opencl_device *dev, void **table) {
    cl_int code;
    uint16_t *inputs = malloc(VALUES_BYTES);
    if (inputs == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for the inputs of a table: %zu bytes", VALUES_BYTES);
    for (int i = 0; i < table_entries; i++) inputs[i] = (uint16_t)i;
    ramp_status status =
        CL_CREATE(*table, code, clCreateBuffer(dev->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, VALUES_BYTES, inputs, &code));
    free(inputs);
    return status;
}

/* A forward table, by the op's kernel for flat jobs, in place. */
static ramp_status fill_values(opencl_device *dev, const ramp_job *job, cl_mem table) {
    const opencl_which which = {job->op, job->dtype, RAMP_KIND_FORWARD, job->variant, FORM_VECTOR};
    const ramp_operand operand = {.data = table};
    const cl_ulong count = table_entries;
    opencl_kernel *kernel;
    opencl_arguments a = {.count = 0};
    ramp_status status = opencl_kernel_get(dev, &which, &kernel);
    if (status != RAMP_OK) return status;
    for (int i = 0; i < 3; i++) opencl_push_operand(&a, &operand);
    opencl_push(&a, &count, sizeof count);
    opencl_push_parameters(&a, job->dtype, job->param);
    return opencl_run(dev, kernel, &a, opencl_items(kernel, FORM_VECTOR, count, 16 / sizeof(uint16_t)));
}

/* A backward table; of no entries: the kernel is only made ready. */
static ramp_status fill_slopes(opencl_device *dev, ramp_op_id op, ramp_dtype dtype, const double *param, cl_mem table, cl_ulong count) {
    const opencl_which which = {op, dtype, RAMP_KIND_BACKWARD, 0, FORM_SLOPES};
    opencl_kernel *kernel;
    opencl_arguments a = {.count = 0};
    ramp_status status = opencl_kernel_get(dev, &which, &kernel);
    if (status != RAMP_OK) return status;
    opencl_push(&a, &table, sizeof table);
    opencl_push(&a, &count, sizeof count);
    opencl_push_parameters(&a, dtype, param);
    return opencl_run(dev, kernel, &a, count > 0 ? count : 1);
}

/* Any queue may read it when this returns: nothing is on its way any more. */
static ramp_status make(opencl_device *dev, const ramp_job *job, cl_mem *table) {
    const int is_backward = job->pass == RAMP_BACKWARD;
    void *made;
    ramp_status status = is_backward ? opencl_alloc(dev, table_bytes, &made) : create_inputs(dev, &made);
    if (status != RAMP_OK) return status;
    *table = made;
    status = is_backward ? fill_slopes(dev, job->op, job->dtype, job->param, *table, table_entries) : fill_values(dev, job, *table);
    if (status != RAMP_OK) opencl_release(dev, made);
    return status;
}

/* ---- To find one ---- */

static cl_mem entries_in(const opencl_table *slot) {
    return atomic_load_explicit(&slot->state, memory_order_acquire) == TABLE_MADE ? slot->entries : NULL;
}

/* An op's slot for these parameters: the one that has them, else the first free one, else NULL. */
static opencl_table *slot_for(opencl_table *slots, const double *param) {
    for (int i = 0; i < table_sets; i++) {
        if (atomic_load_explicit(&slots[i].state, memory_order_acquire) == TABLE_FREE) return &slots[i];
        if (memcmp(slots[i].param, param, sizeof slots[i].param) == 0) return &slots[i];
    }
    return NULL;
}

static cl_mem make_in(opencl_device *dev, opencl_table *slots, const ramp_job *job) {
    cl_mem entries = NULL;
    os_mutex_lock(&dev->tabling);
    opencl_table *slot = slot_for(slots, job->param);
    if (slot != NULL && atomic_load(&slot->state) == TABLE_FREE) {
        const ramp_status status = make(dev, job, &slot->entries); /* it cannot be had: the op's own kernels serve, or tell what is wrong */
        memcpy(slot->param, job->param, sizeof slot->param);
        atomic_store_explicit(&slot->state, status == RAMP_OK ? TABLE_MADE : TABLE_FAILED, memory_order_release);
    }
    if (slot != NULL) entries = entries_in(slot);
    os_mutex_unlock(&dev->tabling);
    return entries;
}

static cl_mem entries_for(opencl_device *dev, const ramp_job *job) {
    opencl_table *slots = dev->tables[index_of(job->dtype)][job->op][job->pass], *slot = slot_for(slots, job->param);
    if (slot == NULL) return NULL;
    return atomic_load_explicit(&slot->state, memory_order_acquire) != TABLE_FREE ? entries_in(slot) : make_in(dev, slots, job);
}

int opencl_table_find(opencl_device *dev, const ramp_job *job, opencl_form form, cl_mem *table, opencl_kernel **kernel) {
    const opencl_which which = {RAMP_OP_NONE, job->dtype, opencl_kind_of(job), 0, form};
    *table = NULL;
    if (job->count < TABLE_FROM || !opencl_table_serves(dev, job->op, job->dtype, which.kind) ||
        atomic_load_explicit(&dev->is_without_tables, memory_order_relaxed))
        return 0;
    *table = entries_for(dev, job);
    if (*table != NULL && opencl_kernel_get(dev, &which, kernel) != RAMP_OK) {
        atomic_store_explicit(&dev->is_without_tables, 1, memory_order_relaxed); /* each call would build it again */
        *table = NULL;
    }
    return *table != NULL;
}

/* ---- The device's ---- */

ramp_status opencl_table_prepare(opencl_device *dev, ramp_op_id op, ramp_dtype dtype) {
    static const double param[RAMP_MAX_PARAMS];
    return opencl_table_serves(dev, op, dtype, RAMP_KIND_BACKWARD) ? fill_slopes(dev, op, dtype, param, NULL, 0) : RAMP_OK;
}

void opencl_tables_free(opencl_device *dev) {
    for (int i = 0; i < tabled_dtypes; i++)
        for (int op = 0; op < op_slots; op++)
            for (int pass = 0; pass <= RAMP_BACKWARD; pass++)
                for (int set = 0; set < table_sets; set++) {
                    const cl_mem entries = entries_in(&dev->tables[i][op][pass][set]);
                    if (entries != NULL) opencl_release(dev, entries);
                }
}
