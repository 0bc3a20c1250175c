/* tensor.h: what a tensor's shape and strides come to. */
#ifndef RAMP_TENSOR_H
#define RAMP_TENSOR_H

#include <ramp/backend.h>

/* How many elements a tensor has, and how far the first and the last byte that they occupy in memory lie from data (not counting byte_offset):
 * low <= 0 < high unless it is empty. is_run: they are one run, in the order of its dimensions, and not empty; most tensors are, and take less to check. */
typedef struct tensor_reach {
    uint64_t count;
    int64_t low, high;
    int is_run;
} tensor_reach;

/* Check everything that a tensor alone can have wrong, but a mask's strides, and say how far it reaches. `role` ("x", "dy") begins the sentence; is_mask: a mask
 * is wanted. first: NULL, or a tensor that was checked and reaches as far as *known: one like it need not be measured. ARGUMENT. */
ramp_status tensor_check(const ramp_tensor *t, const char *role, int is_mask, const ramp_tensor *first, const tensor_reach *known,
                         tensor_reach *reach);

/* A mask is written by whole bytes: its bits must be those of one run. Of a tensor that was checked and is not empty. ARGUMENT. */
ramp_status tensor_check_mask(const ramp_tensor *t, const char *role);

/* Fill in the job's ndim and shape and the operands' strides and offsets from `count` tensors of one shape, and what tensor_check found of each: sizes of
 * 1 dropped, dimensions put in the order of tensor number `leader` in memory and run through in its direction, neighbours merged where they are contiguous
 * in every operand. */
void tensor_canonicalise(const ramp_tensor *const *tensors, const tensor_reach *reach, ramp_operand *const *operands, int count, int leader,
                         ramp_job *job);

#endif
