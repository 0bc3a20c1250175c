/* developer.h: what who works on this backend may ask for by environment variables; set-uid programs do not listen. */
#ifndef RAMP_OPENCL_DEVELOPER_H
#define RAMP_OPENCL_DEVELOPER_H

#include <ramp/backend.h>

/* RAMP_OPENCL_WITHOUT, a list of fma, divide, subnormals, svm: every device is taken for one that lacks these. Adds their OPENCL_LACKS_x to
 * *lacks. UNAVAILABLE: there is another word. */
ramp_status opencl_developer_without(unsigned *lacks);

/* RAMP_OPENCL_FORM, gpu or cpu: whose form of the kernels a device runs, whatever its type. Leaves *is_cpu as it is where the variable is
 * not set. UNAVAILABLE: another word. */
ramp_status opencl_developer_form(int *is_cpu);

/* RAMP_OPENCL_CACHE, a whole number: the bytes of a device's caches, whatever it says; 0: none. UNAVAILABLE: it is no number. */
ramp_status opencl_developer_cache(uint64_t *bytes);

#endif
