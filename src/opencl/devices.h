/* devices.h: which OpenCL devices there are, in ramp's order, and what each can do. */
#ifndef RAMP_OPENCL_DEVICES_H
#define RAMP_OPENCL_DEVICES_H

#include "driver.h"

/* Every platform's devices: GPUs, then accelerators, then CPUs, each in the loader's order. *ids is the caller's, to be freed. Opens the
 * loader. UNAVAILABLE: no loader, no platform, no device. MEMORY. */
ramp_status opencl_devices_find(cl_device_id **ids, size_t *count);

/* What a device lacks of what the same bits need. The first two, of float, kernels/emulation.h makes up for. Without subnormal numbers the
 * bits differ: such a device has the status UNSUPPORTED, and can be opened all the same. */
#define OPENCL_LACKS_DIVIDE     1u
#define OPENCL_LACKS_FMA        2u
#define OPENCL_LACKS_SUBNORMALS 4u
#define OPENCL_LACKS_TOO_MUCH   8u  /* or it cannot be asked: it cannot be opened */
#define OPENCL_LACKS_SVM        16u /* kernels cannot be given pointers to shared virtual memory; not worth a reason */

/* Fill in a row; gives OPENCL_LACKS_x. One that lacks anything has its reason. */
unsigned opencl_device_describe(cl_device_id id, ramp_device_info *info);

/* The slot. */
ramp_status opencl_devices_list(ramp_device_info *list, size_t capacity, size_t *count);

#endif
