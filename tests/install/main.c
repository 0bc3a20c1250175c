#include <ramp/backend.h>
#include <ramp/ramp.h>

#include <stdio.h>

int main(void) {
    ramp_device *dev;
    if (ramp_device_open(&dev, "cpu") != RAMP_OK) return puts(ramp_last_error()), 1;
    float x[3] = {-2, 0.5f, 7}, y[3];
    const int64_t shape[] = {3};
    ramp_op op = {RAMP_HARDTANH, 2, {-1, 1}};
    ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, shape), ty = ramp_tensor_like(&tx, y, RAMP_F32);
    if (ramp_forward(dev, &op, &tx, &ty, NULL) != RAMP_OK) return puts(ramp_last_error()), 1;
    ramp_device_close(dev);
    printf("ramp %x: %g %g %g\n", (unsigned)ramp_version(), y[0], y[1], y[2]);
    return !(y[0] == -1 && y[1] == 0.5f && y[2] == 1);
}
