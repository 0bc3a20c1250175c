#include "lane.h"
#include "program.h"

#include <string.h>

enum { lane_slack = 8 };

ramp_status lane_alloc(check_lane *lane, size_t count) {
    size_t bytes = (count + lane_slack) * 8;
    ramp_status status = ramp_memory_alloc(lane->device, bytes, &lane->x);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, bytes, &lane->dy);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, bytes, &lane->y);
    return status;
}

void lane_release(check_lane *lane) {
    ramp_memory_free(lane->device, lane->y);
    ramp_memory_free(lane->device, lane->dy);
    ramp_memory_free(lane->device, lane->x);
    lane->x = lane->dy = lane->y = NULL;
}

ramp_status lane_open(check_lane *lane, const char *selector) {
    *lane = (check_lane){.device = NULL};
    ramp_status status = ramp_device_open(&lane->device, selector);
    if (status == RAMP_OK) status = ramp_device_describe(lane->device, &lane->info);
    if (status == RAMP_OK) status = lane_alloc(lane, check_chunk);
    if (status != RAMP_OK) lane_close(lane);
    return status;
}

void lane_close(check_lane *lane) {
    lane_release(lane);
    ramp_device_close(lane->device);
    *lane = (check_lane){.device = NULL};
}

ramp_status lane_run(const check_lane *lane, const ramp_op *op, ramp_dtype dtype, unsigned form, size_t n, const void *x, const void *dy,
                     void *y) {
    /* Together on a boundary, together off it, and each elsewhere: the forms that kernels have. */
    static const unsigned offset[][3] = {{0, 0, 0}, {1, 1, 1}, {0, 1, 0}, {3, 0, 1}};
    const unsigned *at = offset[form % 4];
    size_t size = program_dtype_size(dtype), bytes = n * size;
    int64_t shape[1] = {(int64_t)n};
    if (n == 0) return RAMP_OK;
    memset(y, 0xa5, bytes);
    ramp_status status = ramp_memory_upload(lane->device, lane->x, at[0] * size, x, bytes);
    if (status == RAMP_OK && dy != NULL) status = ramp_memory_upload(lane->device, lane->dy, at[1] * size, dy, bytes);
    if (status == RAMP_OK) status = ramp_memory_upload(lane->device, lane->y, at[2] * size, y, bytes);
    ramp_tensor tx = ramp_tensor_dense(lane->x, dtype, 1, shape), tdy = ramp_tensor_like(&tx, lane->dy, dtype),
                ty = ramp_tensor_like(&tx, lane->y, dtype);
    tx.byte_offset = at[0] * size;
    tdy.byte_offset = at[1] * size;
    ty.byte_offset = at[2] * size;
    if (status == RAMP_OK)
        status =
            dy == NULL ? ramp_forward(lane->device, op, &tx, &ty, NULL) : ramp_backward(lane->device, op, RAMP_SAVED_INPUT, &tx, &tdy, &ty);
    if (status == RAMP_OK) status = ramp_memory_download(lane->device, y, lane->y, at[2] * size, bytes);
    return status;
}
