#include <ramp/backend.h>
#include <ramp/ramp.h>

#include <cstdio>
#include <vector>

int main() {
    ramp_device *dev = nullptr;
    if (ramp_device_open(&dev, "cpu") != RAMP_OK) return std::puts(ramp_last_error()), 1;
    std::vector<float> x{-2, 0.5f, 7}, y(3);
    const int64_t shape[] = {3};
    ramp_op op = ramp_op_default(RAMP_HARDTANH);
    ramp_tensor tx = ramp_tensor_dense(x.data(), RAMP_F32, 1, shape), ty = ramp_tensor_like(&tx, y.data(), RAMP_F32);
    if (ramp_forward(dev, &op, &tx, &ty, nullptr) != RAMP_OK) return std::puts(ramp_last_error()), 1;
    ramp_device_close(dev);
    std::printf("ramp %x: %g %g %g\n", static_cast<unsigned>(ramp_version()), y[0], y[1], y[2]);
    return !(y[0] == -1 && y[1] == 0.5f && y[2] == 1);
}
