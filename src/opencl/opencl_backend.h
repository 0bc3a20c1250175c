/* opencl_backend.h: the OpenCL backend's table, for src/registry.c. */
#ifndef RAMP_OPENCL_BACKEND_H
#define RAMP_OPENCL_BACKEND_H

#include <ramp/backend.h>

extern const ramp_backend ramp_backend_opencl;

#endif
