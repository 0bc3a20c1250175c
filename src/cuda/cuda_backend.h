/*
 * cuda_backend.h: the CUDA backend's table, for src/registry.c. No vendor header.
 */
#ifndef RAMP_CUDA_BACKEND_H
#define RAMP_CUDA_BACKEND_H

#include "ramp/backend.h"

extern const ramp_backend ramp_backend_cuda;

#endif
