/* submit.c: the caller's queue and wait list are looked at before anything is queued: drivers say so late, in few words, or not at all. */
#include "opencl.h"

static ramp_status check_queue(const opencl_device *dev, cl_command_queue queue) {
    cl_context context = NULL;
    cl_device_id id = NULL;
    if (ramp_cl.clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL) != CL_SUCCESS)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_submit.queue %p is not a cl_command_queue", (void *)queue);
    if (context != dev->context)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "ramp_submit.queue %p belongs to another context than the device's: create it in that context, or wrap it "
                              "with ramp_device_wrap",
                              (void *)queue);
    CL_TRY(clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof id, &id, NULL));
    if (id != dev->id)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_submit.queue %p is a queue of another device than %s", (void *)queue,
                              dev->info.name);
    return RAMP_OK;
}

static ramp_status check_event(const opencl_device *dev, cl_event event, unsigned index) {
    cl_context context = NULL;
    cl_int progress = CL_QUEUED;
    if (ramp_cl.clGetEventInfo(event, CL_EVENT_CONTEXT, sizeof context, &context, NULL) != CL_SUCCESS)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_submit.wait[%u], %p, is not a cl_event", index, (void *)event);
    if (context != dev->context)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_submit.wait[%u], %p, is an event of another context than the device's", index,
                              (void *)event);
    CL_TRY(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof progress, &progress, NULL));
    if (progress < 0) /* PoCL 3.1 would wait for it for ever */
        return ramp_error_set(RAMP_ERROR_DEVICE, "ramp_submit.wait[%u] has failed already: %s (%d)", index, opencl_code_name(progress),
                              (int)progress);
    return RAMP_OK;
}

ramp_status opencl_check_submit(const opencl_device *dev, const ramp_submit *on) {
    ramp_status status = RAMP_OK;
    if (on == NULL) return RAMP_OK;
    if (on->queue != NULL && on->queue != dev->queue) status = check_queue(dev, on->queue);
    for (uint32_t i = 0; i < on->wait_count && status == RAMP_OK; i++) status = check_event(dev, (cl_event)on->wait[i], i);
    return status;
}
