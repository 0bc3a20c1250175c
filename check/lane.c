#include "lane.h"
#include "program.h"

#include <string.h>

enum { lane_slack = 8 };

ramp_status lane_alloc(check_lane *lane, size_t count) {
    size_t bytes = (count + lane_slack) * 8;
    ramp_status status = ramp_memory_alloc(lane->device, bytes, &lane->x);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, bytes, &lane->dy);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, bytes, &lane->y);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, batch_mask_bytes(count) + lane_slack, &lane->mask);
    return status;
}

void lane_release(check_lane *lane) {
    ramp_memory_free(lane->device, lane->mask);
    ramp_memory_free(lane->device, lane->y);
    ramp_memory_free(lane->device, lane->dy);
    ramp_memory_free(lane->device, lane->x);
    lane->x = lane->dy = lane->y = lane->mask = NULL;
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

ramp_status lane_run(const check_lane *lane, const ramp_op *op, ramp_dtype dtype, check_pass pass, unsigned form, const check_batch *b,
                     void *result, void *mask) {
    /* Together on a boundary, together off it, and each elsewhere: the forms that kernels have. */
    static const unsigned offset[][3] = {{0, 0, 0}, {1, 1, 1}, {0, 1, 0}, {3, 0, 1}};
    const unsigned *at = offset[form % 4];
    const int is_backward = pass_is_backward(pass), writes_mask = pass == PASS_FORWARD_MASK, reads_mask = pass == PASS_BACKWARD_MASK;
    size_t size = program_dtype_size(dtype), bytes = b->n * size, mask_bytes = batch_mask_bytes(b->n);
    int64_t shape[1] = {(int64_t)b->n};
    if (b->n == 0) return RAMP_OK;
    memset(result, 0xa5, bytes);
    if (writes_mask) memset(mask, 0xa5, mask_bytes);
    ramp_tensor saved = ramp_tensor_dense(lane->x, dtype, 1, shape), dy = ramp_tensor_like(&saved, lane->dy, dtype),
                y = ramp_tensor_like(&saved, lane->y, dtype), bits = ramp_tensor_dense(lane->mask, RAMP_BIT, 1, shape);
    saved.byte_offset = at[0] * size;
    dy.byte_offset = at[1] * size;
    y.byte_offset = at[2] * size;
    bits.byte_offset = at[0];
    ramp_status status = ramp_memory_upload(lane->device, lane->y, y.byte_offset, result, bytes);
    if (status == RAMP_OK && !reads_mask)
        status = ramp_memory_upload(lane->device, lane->x, saved.byte_offset, pass == PASS_BACKWARD_OUTPUT ? b->y : b->x, bytes);
    if (status == RAMP_OK && is_backward) status = ramp_memory_upload(lane->device, lane->dy, dy.byte_offset, b->dy, bytes);
    if (status == RAMP_OK && (reads_mask || writes_mask))
        status = ramp_memory_upload(lane->device, lane->mask, bits.byte_offset, reads_mask ? b->mask : mask, mask_bytes);
    if (status == RAMP_OK)
        status = is_backward ? ramp_backward(lane->device, op, pass_saved(pass), reads_mask ? &bits : &saved, &dy, &y)
                             : ramp_forward(lane->device, op, &saved, &y, writes_mask ? &bits : NULL);
    if (status == RAMP_OK) status = ramp_memory_download(lane->device, result, lane->y, y.byte_offset, bytes);
    if (status == RAMP_OK && writes_mask) status = ramp_memory_download(lane->device, mask, lane->mask, bits.byte_offset, mask_bytes);
    return status;
}
