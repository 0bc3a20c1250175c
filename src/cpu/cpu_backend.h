/* cpu_backend.h: the backend that is always there. */
#ifndef RAMP_CPU_BACKEND_H
#define RAMP_CPU_BACKEND_H

#include <ramp/backend.h>

extern const ramp_backend ramp_backend_cpu;

#endif
