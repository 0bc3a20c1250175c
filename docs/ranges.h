/* ranges.h: where an op overflows and underflows in f32, in words. */
#ifndef DOCS_RANGES_H
#define DOCS_RANGES_H

#include <stdio.h>

#include <ramp/ramp.h>

/* A sentence about f (or f' where `backward`), with a full stop; "" where there is nothing to say. */
const char *ranges_text(ramp_device *cpu, const ramp_op *op, int backward, char *text, size_t capacity);

#endif
