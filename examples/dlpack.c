/* dlpack: a tensor of another library's, as a DLTensor, through an activation in place; and one of ours, handed to the other library. */
#include <ramp/dlpack.h>

#include <stdio.h>
#include <stdlib.h>

static void check(ramp_status status) {
    if (status == RAMP_OK) return;
    fprintf(stderr, "%s: %s\n", ramp_status_name(status), ramp_last_error());
    exit(1);
}

/* The other library: it knows DLPack, and nothing of ramp. */
static void print(const DLTensor *t) {
    const char *first = (const char *)t->data + t->byte_offset;
    for (int64_t i = 0; i < t->shape[0]; i++)
        for (int64_t k = 0; k < t->shape[1]; k++)
            printf("%6.2f%s", ((const float *)(const void *)first)[i * t->strides[0] + k * t->strides[1]], k + 1 < t->shape[1] ? "" : "\n");
}

int main(void) {
    /* A 2 x 3 view of float16 memory would be {kDLFloat, 16, 1}; on CUDA its device {kDLCUDA, 0}, and data the address there. */
    float memory[2][4] = {{-4, -1, 0, 99}, {1, 4, 9, 99}};
    int64_t shape[] = {2, 3}, strides[] = {4, 1};
    DLTensor theirs = {
        .data = memory, .device = {kDLCPU, 0}, .ndim = 2, .dtype = {kDLFloat, 32, 1}, .shape = shape, .strides = strides, .byte_offset = 0};

    /* Take it: a view, nothing is copied. It must fit the device that works on it. */
    ramp_device *device;
    ramp_tensor x;
    check(ramp_device_open(&device, "cpu"));
    check(ramp_tensor_from_dlpack(device, &theirs, &x));
    const ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    check(ramp_forward(device, &op, &x, &x, NULL));
    puts("theirs, after softsign in place:");
    print(&theirs);

    /* Hand one over: the DLTensor points to the shape and strides in y, so it lives as long as y does. */
    float result[6];
    ramp_tensor y = ramp_tensor_like(&x, result, RAMP_F32);
    DLTensor ours;
    check(ramp_forward(device, &op, &x, &y, NULL));
    check(ramp_tensor_to_dlpack(device, &y, &ours));
    puts("ours, softsign once more:");
    print(&ours);

    /* What does not fit is refused, and the sentence says why. */
    theirs.device.device_type = kDLCUDA;
    if (ramp_tensor_from_dlpack(device, &theirs, &x) != RAMP_OK) printf("refused: %s\n", ramp_last_error());
    ramp_device_close(device);
    return 0;
}
