/* opset.h: the parameter sets that the tests run each op at. */
#ifndef RAMP_TESTS_OPSET_H
#define RAMP_TESTS_OPSET_H

#include <ramp/ramp.h>

enum { opset_capacity = 256 };

/* Every op at each of its listed sets (reference_set) that is valid in dtype, its default first. At most opset_capacity; the number there
 * are. */
size_t opset_fill(ramp_dtype dtype, ramp_op *list);

/* "all", an op's name (all its sets), or one op with its parameters, "hardtanh:-1,1", in the list or not. 0: it does not parse. */
size_t opset_select(const char *text, ramp_dtype dtype, ramp_op *list);

/* An op that has parameters, and these drawn from the whole range of the type, within its limit; near to each other, to zero and to the ends of the
 * range rather often. The same state gives the same op. */
ramp_op opset_random(ramp_dtype dtype, uint64_t *state);

/* ramp_op_format, into a buffer of at least 160 characters; returns it. */
const char *opset_text(const ramp_op *op, char *text);

#endif
