/* rows.c: the rows of ops that have them (kernels/rows.h), on the device. */
#include "opencl.h"
#include "query.h"
#include "rows.h"

/* Without a lock: of two threads that both make the buffer, one's stays. */
static ramp_status create(opencl_device *dev, const opencl_which *which, _Atomic(void *) *place, void **made) {
    const size_t bytes = rows_bytes(which->dtype);
    cl_int code;
    const void *rows;
    cl_mem mine;
    *made = NULL;
    ramp_status status = rows_get(which->op, which->dtype, which->kind, &rows);
    if (status == RAMP_OK)
        status = CL_CREATE(mine, code,
                           clCreateBuffer(dev->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, bytes, (void *)(uintptr_t)rows, &code));
    if (status != RAMP_OK) return status;
    if (atomic_compare_exchange_strong(place, made, mine))
        *made = mine;
    else
        opencl_release(dev, mine);
    return RAMP_OK;
}

ramp_status opencl_rows_find(opencl_device *dev, const opencl_which *which, cl_mem *rows) {
    void *known = NULL;
    ramp_status status = RAMP_OK;
    if (op_query_of(which->dtype)->has_rows(which->op, which->kind)) {
        _Atomic(void *) *place = &dev->rows[rows_number(which->op, which->dtype, which->kind)];
        known = atomic_load_explicit(place, memory_order_acquire);
        if (known == NULL) status = create(dev, which, place, &known);
    }
    *rows = known;
    return status;
}

void opencl_rows_free(opencl_device *dev) {
    for (int i = 0; i < rows_tables; i++) {
        void *rows = atomic_load(&dev->rows[i]);
        if (rows != NULL) opencl_release(dev, rows);
    }
}
