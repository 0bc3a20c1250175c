/*
 * program.h: the embedded kernels, loaded once a context, and their function handles, looked up by name once each.
 */
#ifndef RAMP_CUDA_PROGRAM_H
#define RAMP_CUDA_PROGRAM_H

#include <stdatomic.h>

#include "driver.h"
#include "rows.h"

enum {
    CUDA_DTYPES = 4, /* f32, f64, f16, bf16: ramp_dtype counted from RAMP_F32 */
    CUDA_ROOFS = RAMP_ROOF_ADD + 1
};

/* Each op, kind and variant has a kernel for flat jobs and three for strided ones: kernels/elementwise.cu. */
typedef enum cuda_form { CUDA_FLAT, CUDA_SPREAD, CUDA_GATHER, CUDA_VECTORS, CUDA_TILE, CUDA_FORMS } cuda_form;

typedef _Atomic(CUfunction) cuda_function; /* NULL until it is first asked for */
typedef _Atomic(CUmodule) cuda_module;     /* likewise */

enum { CUDA_TABLED_DTYPES = 2 }; /* f16, bf16 */

/* The kernels that only tables need: SLOPES and BACKWARD_MIXED are an op's, the others RAMP_OP_NONE's, the op `table` in kernels/table.cuh. */
typedef enum cuda_table_kernel {
    CUDA_INPUTS,
    CUDA_FORWARD_SHARED,
    CUDA_FORWARD_MASK_SHARED,
    CUDA_SLOPES,
    CUDA_BACKWARD_MIXED,
    CUDA_TABLE_KERNELS
} cuda_table_kernel;

typedef struct cuda_program {
    struct cuda_program *next;
    CUcontext context;
    unsigned long long id; /* of the context, whose address may come back with another; 0: the driver does not tell */
    CUdevice device;
    int primary; /* 1: the context is `device`'s primary one, and the program holds a retain of it */
    unsigned users;
    cuda_module module[CUDA_DTYPES];
    cuda_function kernel[CUDA_DTYPES][op_ids][RAMP_KINDS][CUDA_FORMS]
                        [RAMP_MAX_VARIANTS]; /* as many variants as cuda_program_variants says */
    cuda_function roof[CUDA_ROOFS];
    cuda_function table_kernel[CUDA_TABLED_DTYPES][op_ids][CUDA_TABLE_KERNELS];
    struct lookup *tables;                         /* table.c */
    _Atomic(unsigned long long) rows[rows_tables]; /* rows.c: CUdeviceptr, by rows_number; 0: not asked for yet */
    atomic_int shared_blocks[2];                   /* table.c: without a mask, with one; 0: not asked yet */
} cuda_program;

/* The program of a context. primary: the caller holds a retain of it, which passes to the program, on failure too. UNAVAILABLE: no kernel
 * suits the device. MEMORY. */
ramp_status cuda_program_acquire(CUcontext context, CUdevice device, int primary, cuda_program **program);

/* Let go. may_wait: the last user unloads the program, for which the driver waits for the device's work; else it stays for the next. */
void cuda_program_release(cuda_program *program, int may_wait);

/* How many variants an op's kernels of a kind have; 0: it has no such kind. */
int cuda_program_variants(ramp_op_id op, ramp_kind kind);

/* Has it kernels of this form, if of this kind? */
int cuda_program_has(ramp_dtype dtype, ramp_op_id op, ramp_kind kind, cuda_form form);

/* A kernel's handle; op RAMP_OP_NONE: of the op `table`. The program's context is current. Only the first call for a kernel looks it up, and only the first for a dtype loads
 * that dtype's kernels. */
ramp_status cuda_program_kernel(cuda_program *program, ramp_dtype dtype, ramp_op_id op, ramp_kind kind, cuda_form form, int variant,
                                CUfunction *function);
ramp_status cuda_program_table_kernel(cuda_program *program, ramp_dtype dtype, ramp_op_id op, cuda_table_kernel kernel,
                                      CUfunction *function);
ramp_status cuda_program_roof(cuda_program *program, ramp_roof roof, CUfunction *function);

/* rows.c: kernels/rows.h. An op's rows: made by the first that asks. MEMORY, DEVICE. */
ramp_status cuda_rows_find(cuda_program *program, ramp_op_id op, ramp_dtype dtype, ramp_kind kind, CUdeviceptr *rows);
void cuda_rows_free(cuda_program *program);

#endif
