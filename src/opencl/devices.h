/* devices.h: which OpenCL devices there are, in ramp's order, and what each can do. */
#ifndef RAMP_OPENCL_DEVICES_H
#define RAMP_OPENCL_DEVICES_H

#include "driver.h"

/* Every platform's devices: GPUs, then accelerators, then CPUs, each in the loader's order. *ids is the caller's, to be freed. Opens the
 * loader. UNAVAILABLE: no loader, no platform, no device. MEMORY. */
ramp_status opencl_devices_find(cl_device_id **ids, size_t *count);

/* Fill in a row. One that lacks what the same bits need, or cannot be asked, has its status and reason. */
void opencl_device_describe(cl_device_id id, ramp_device_info *info);

/* The slot. */
ramp_status opencl_devices_list(ramp_device_info *list, size_t capacity, size_t *count);

#endif
