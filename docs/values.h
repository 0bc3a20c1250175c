/* values.h: what the CPU backend makes of a float, and how a float is written. */
#ifndef DOCS_VALUES_H
#define DOCS_VALUES_H

#include <ramp/ramp.h>

/* f(x), and the gradient for dy = 1. Ends the program where the library refuses. */
float values_forward(ramp_device *cpu, const ramp_op *op, float x);
float values_backward(ramp_device *cpu, const ramp_op *op, float x);

/* The fewest digits that give this float again: "0.1", "-0", "NaN", "3.4028235e+38". */
const char *values_text(char text[32], float x);

/* Where an op at these parameters changes its rule; in order, each once. */
enum { values_most_knees = 4 };
size_t values_knees(const ramp_op *op, float knee[values_most_knees]);

#endif
