/* prepare.c: all kernels of an op and dtype, built before the first call. */
#include "opencl.h"
#include "query.h"

/* Drivers finish a kernel when it is first queued: queue it over no elements. */
static ramp_status warm(opencl_device *dev, opencl_kernel *kernel, const opencl_which *which) {
    static const opencl_plan nothing = {.layout = {.dims = 1}};
    static const ramp_operand none;
    static const double param[RAMP_MAX_PARAMS];
    void *table = NULL; /* of whatever entries: the op `table` looks up even where there is no element */
    opencl_arguments a = {.count = 0};
    if (opencl_form_is_flat(which->form)) {
        opencl_push_flat(&a, &none, &none, &none, 0, which->kind >= RAMP_KIND_BACKWARD);
    } else {
        for (int i = 0; i < 4; i++) opencl_push_operand(&a, &none);
        opencl_push(&a, &nothing.layout, sizeof nothing.layout);
    }
    if (opencl_forms[which->form].is_tile) opencl_push(&a, &nothing.tile, sizeof nothing.tile);
    opencl_push_parameters(&a, which->dtype, param);
    if (which->op == RAMP_OP_NONE) {
        ramp_status status = opencl_alloc(dev, table_bytes, &table);
        if (status != RAMP_OK) return status;
        opencl_push_buffer(&a, &table);
    }
    cl_mem rows;
    ramp_status status = opencl_rows_find(dev, which, &rows);
    if (rows != NULL) opencl_push_buffer(&a, &rows);
    if (status == RAMP_OK) status = opencl_run(dev, kernel, &a, 1);
    if (table != NULL) opencl_release(dev, table);
    return status;
}

static ramp_status prepare(opencl_device *dev, const opencl_which *which) {
    opencl_kernel *kernel;
    ramp_status status = opencl_kernel_get(dev, which, &kernel);
    if (status != RAMP_OK || atomic_load(&kernel->is_warm)) return status;
    status = warm(dev, kernel, which);
    if (status == RAMP_OK) atomic_store(&kernel->is_warm, 1);
    return status;
}

/* What serves jobs of f16 that are looked up in local memory. */
static ramp_status prepare_local(opencl_device *dev, ramp_op_id op) {
    ramp_status status = RAMP_OK;
    for (ramp_kind kind = RAMP_KIND_FORWARD; kind <= RAMP_KIND_FORWARD_MASK && status == RAMP_OK; kind = (ramp_kind)(kind + 1)) {
        const opencl_which which = {RAMP_OP_NONE, RAMP_F16, kind, 0, FORM_LOCAL_TABLE};
        if (opencl_op_has(op, kind) && opencl_table_serves(dev, op, RAMP_F16, kind)) status = prepare(dev, &which);
    }
    return status;
}

static ramp_status prepare_form(opencl_device *dev, ramp_op_id op, ramp_dtype dtype, opencl_form form) {
    ramp_status status = RAMP_OK;
    if (form == (op_query_of(dtype)->is_brief(op) ? FORM_VECTOR : FORM_BRIEF)) return RAMP_OK; /* launch.c asks for the other */
    for (int kind = 0; kind < RAMP_KINDS; kind++) {
        if (!opencl_op_has(op, (ramp_kind)kind)) continue;
        if (opencl_form_is_flat(form) && (kind == RAMP_KIND_FORWARD_MASK || kind == RAMP_KIND_BACKWARD_MASK)) continue;
        const int variants = kind == RAMP_KIND_FORWARD || kind == RAMP_KIND_FORWARD_MASK ? opencl_op_variants(op) : 1;
        for (int i = 0; i < variants && status == RAMP_OK; i++) {
            const opencl_which which = {op, dtype, (ramp_kind)kind, i, form};
            status = prepare(dev, &which);
        }
        if (status == RAMP_OK && opencl_table_serves(dev, op, dtype, (ramp_kind)kind)) {
            const opencl_which table = {RAMP_OP_NONE, dtype, (ramp_kind)kind, 0, form};
            status = prepare(dev, &table);
        }
    }
    return status;
}

ramp_status opencl_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    opencl_device *dev = self;
    ramp_status status = RAMP_OK;
    for (int form = 0; form < form_count && status == RAMP_OK; form++)
        if (opencl_forms[form].is_cpu == dev->is_cpu && form != FORM_SLOPES && form != FORM_LOCAL_TABLE &&
            (form != FORM_TILE || dev->has_tiles))
            status = prepare_form(dev, op, dtype, (opencl_form)form);
    if (status == RAMP_OK && dtype == RAMP_F16 && dev->near_items > 0) status = prepare_local(dev, op);
    return status == RAMP_OK ? opencl_table_prepare(dev, op, dtype) : status;
}
