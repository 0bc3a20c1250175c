/* device.h: an opened device, as the entry points see it. */
#ifndef RAMP_DEVICE_H
#define RAMP_DEVICE_H

#include <ramp/backend.h>

/* Not NULL, and not a GPU from before a fork. ARGUMENT, FORKED. */
ramp_status device_check(const ramp_device *dev);

/* `on` (NULL is right) asks for nothing that the backend does not have. ARGUMENT. */
ramp_status device_check_submit(const ramp_device *dev, const ramp_submit *on);

/* The device's backend has SVM memory. UNSUPPORTED: `role` begins the sentence. */
ramp_status device_check_svm(const ramp_device *dev, const char *role);

/* The slots of the device's backend. */
ramp_status device_supports(const ramp_device *dev, ramp_op_id op, ramp_dtype dtype);
ramp_status device_locate(const ramp_device *dev, const ramp_tensor *t, ramp_extent *extent);
ramp_status device_launch(const ramp_device *dev, const ramp_job *job);

/* The same for a job over the host's arrays, each one run of neighbours; it waits. ARGUMENT, MEMORY, DEVICE. */
ramp_status device_run_host(const ramp_device *dev, const ramp_job *job);

#endif
