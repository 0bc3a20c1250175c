/* tensor.h: what a tensor's shape and strides come to. */
#ifndef RAMP_TENSOR_H
#define RAMP_TENSOR_H

#include <ramp/backend.h>

/* Check everything that a tensor alone can have wrong, and count its elements. `role` ("x", "dy") begins the sentence. ARGUMENT. */
ramp_status tensor_check(const ramp_tensor *t, const char *role, uint64_t *count);

/* Fill in the job's ndim and shape and the operands' strides from `operands` tensors of one shape: sizes of 1 dropped, dimensions put in
 * the first operand's order in memory, neighbours merged where they are contiguous in every operand. */
void tensor_canonicalise(const ramp_tensor *const *tensors, ramp_operand *const *operands, int count, ramp_job *job);

#endif
