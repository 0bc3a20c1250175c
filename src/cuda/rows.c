/* rows.c: the rows of ops that have them (kernels/rows.h), in the context's memory. */
#include "launch.h"
#include "query.h"
#include "rows.h"

int cuda_rows_are_near(ramp_op_id op, ramp_dtype dtype, ramp_kind kind, cuda_form form) {
    return dtype == RAMP_F32 && form == CUDA_FLAT && kind == RAMP_KIND_FORWARD && op_query_of(dtype)->has_rows(op, kind);
}

/* Without a lock: of two threads that both make them, one's stay. */
static ramp_status make(cuda_program *program, ramp_op_id op, CUdeviceptr *made) {
    unsigned long long none = 0;
    const void *rows;
    CUdeviceptr mine = 0;
    cuda_apart apart;
    ramp_status status = rows_get(op, &rows);
    if (status == RAMP_OK) status = cuda_apart_begin(&apart);
    if (status != RAMP_OK) return status;
    status = CU_TRY(cuMemAlloc(&mine, rows_bytes));
    if (status == RAMP_OK) status = CU_TRY(cuMemcpyHtoDAsync(mine, rows, rows_bytes, apart.stream));
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(apart.stream));
    *made = mine;
    if (status == RAMP_OK && !atomic_compare_exchange_strong(&program->rows[op], &none, mine)) *made = none;
    if (mine != 0 && (status != RAMP_OK || *made != mine)) CU_DROP(cuMemFree(mine));
    cuda_apart_end(&apart);
    return status;
}

ramp_status cuda_rows_find(cuda_program *program, ramp_op_id op, CUdeviceptr *rows) {
    *rows = atomic_load_explicit(&program->rows[op], memory_order_acquire);
    return *rows != 0 ? RAMP_OK : make(program, op, rows);
}

void cuda_rows_free(cuda_program *program) {
    for (int op = 0; op < CUDA_OPS; op++) {
        const CUdeviceptr rows = atomic_load(&program->rows[op]);
        if (rows != 0) CU_DROP(cuMemFree(rows));
    }
}
