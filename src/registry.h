/* registry.h: which backends there are, and which device a selector means. */
#ifndef RAMP_REGISTRY_H
#define RAMP_REGISTRY_H

#include <ramp/backend.h>

/* Open the device that `selector` names, as ramp_device_open says, errors too. *info is the device's row. RAMP_VERBOSE is honoured here. */
ramp_status registry_open(const char *selector, const ramp_backend **backend, void **self, ramp_device_info *info);

/* Open around a caller's queue, on the backend of that name. Errors as ramp_device_wrap. */
ramp_status registry_wrap(const char *name, int ordinal, void *native, const ramp_backend **backend, void **self, ramp_device_info *info);

#endif
