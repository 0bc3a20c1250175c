/*
 * table.h: heavy ops of 16-bit types, looked up (kernels/table.cuh). A table is made when a job that is large enough first asks for it, in some tenths of
 * a millisecond, and kept as long as the program. Where none can be had, or more sets of parameters are in use than an op has room for, the op's own
 * kernels give the same bits.
 */
#ifndef RAMP_CUDA_TABLE_H
#define RAMP_CUDA_TABLE_H

#include "launch.h"

/* Are large jobs of this kind looked up? */
int cuda_table_serves(const cuda_program *program, ramp_op_id op, ramp_dtype dtype, ramp_kind kind);

/* The job's table, which may have to be made; 0: it has none. */
CUdeviceptr cuda_table_for(cuda_program *program, const ramp_job *job, const cuda_arguments *a);

/* Make the arguments those of the op `table`. */
void cuda_table_use(cuda_arguments *a, CUdeviceptr table);

/* To the stream, if it is a job for one of the kernels that read a table and are no form of `table`: in shared memory, or mixed. */
ramp_status cuda_table_launch(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a, CUdeviceptr table,
                              int *is_done);

/* Load the code of what makes an op's tables, and of those kernels. */
ramp_status cuda_table_prepare(cuda_program *program, ramp_op_id op, ramp_dtype dtype);

/* has_context: the program's context is current; else its memory is gone with it. */
void cuda_tables_free(cuda_program *program, int has_context);

#endif
