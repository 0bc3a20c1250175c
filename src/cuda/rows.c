/* rows.c: the rows of ops that have them (kernels/rows.h), in the context's memory. */
#include "launch.h"
#include "rows.h"

/* Without a lock: of two threads that both make them, one's stay. */
static ramp_status make(ramp_op_id op, ramp_dtype dtype, ramp_kind kind, _Atomic(unsigned long long) *place, CUdeviceptr *made) {
    unsigned long long none = 0;
    const void *rows;
    CUdeviceptr mine = 0;
    cuda_apart apart;
    ramp_status status = rows_get(op, dtype, kind, &rows);
    if (status == RAMP_OK) status = cuda_apart_begin(&apart);
    if (status != RAMP_OK) return status;
    status = CU_TRY(cuMemAlloc(&mine, rows_bytes(dtype)));
    if (status == RAMP_OK) status = CU_TRY(cuMemcpyHtoDAsync(mine, rows, rows_bytes(dtype), apart.stream));
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(apart.stream));
    *made = mine;
    if (status == RAMP_OK && !atomic_compare_exchange_strong(place, &none, mine)) *made = none;
    if (mine != 0 && (status != RAMP_OK || *made != mine)) CU_DROP(cuMemFree(mine));
    cuda_apart_end(&apart);
    return status;
}

ramp_status cuda_rows_find(cuda_program *program, ramp_op_id op, ramp_dtype dtype, ramp_kind kind, CUdeviceptr *rows) {
    _Atomic(unsigned long long) *place = &program->rows[rows_number(op, dtype, kind)];
    *rows = atomic_load_explicit(place, memory_order_acquire);
    return *rows != 0 ? RAMP_OK : make(op, dtype, kind, place, rows);
}

void cuda_rows_free(cuda_program *program) {
    for (int i = 0; i < rows_tables; i++) {
        const CUdeviceptr rows = atomic_load(&program->rows[i]);
        if (rows != 0) CU_DROP(cuMemFree(rows));
    }
}
