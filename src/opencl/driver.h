/* driver.h: libOpenCL, opened by soname into one table of functions; and the one way in which a call's failure becomes a status and a
 * sentence. */
#ifndef RAMP_OPENCL_DRIVER_H
#define RAMP_OPENCL_DRIVER_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <ramp/backend.h>

/* All that this backend needs. Entry points of OpenCL 1.2 only: every loader and driver has them. */
#define OPENCL_FUNCTIONS(F)                                                                                                                \
    F(clBuildProgram)                                                                                                                      \
    F(clCreateBuffer)                                                                                                                      \
    F(clCreateCommandQueue)                                                                                                                \
    F(clCreateContext)                                                                                                                     \
    F(clCreateKernel)                                                                                                                      \
    F(clCreateProgramWithSource)                                                                                                           \
    F(clEnqueueBarrierWithWaitList)                                                                                                        \
    F(clEnqueueCopyBuffer)                                                                                                                 \
    F(clEnqueueMarkerWithWaitList)                                                                                                         \
    F(clEnqueueNDRangeKernel)                                                                                                              \
    F(clEnqueueReadBuffer)                                                                                                                 \
    F(clEnqueueWriteBuffer)                                                                                                                \
    F(clFinish)                                                                                                                            \
    F(clGetCommandQueueInfo)                                                                                                               \
    F(clGetDeviceIDs)                                                                                                                      \
    F(clGetDeviceInfo)                                                                                                                     \
    F(clGetEventInfo)                                                                                                                      \
    F(clGetEventProfilingInfo)                                                                                                             \
    F(clGetKernelWorkGroupInfo)                                                                                                            \
    F(clGetMemObjectInfo)                                                                                                                  \
    F(clGetPlatformIDs)                                                                                                                    \
    F(clGetProgramBuildInfo)                                                                                                               \
    F(clReleaseCommandQueue)                                                                                                               \
    F(clReleaseContext)                                                                                                                    \
    F(clReleaseEvent)                                                                                                                      \
    F(clReleaseKernel)                                                                                                                     \
    F(clReleaseMemObject)                                                                                                                  \
    F(clReleaseProgram)                                                                                                                    \
    F(clRetainCommandQueue)                                                                                                                \
    F(clRetainContext)                                                                                                                     \
    F(clRetainEvent)                                                                                                                       \
    F(clRetainProgram)                                                                                                                     \
    F(clSetKernelArg)                                                                                                                      \
    F(clWaitForEvents)

typedef struct opencl_functions {
#define F(name) __typeof__(name) *name;
    OPENCL_FUNCTIONS(F)
#undef F
    /* Of OpenCL 2.0: NULL where the loader lacks it. */
    cl_int(CL_API_CALL *clSetKernelArgSVMPointer)(cl_kernel kernel, cl_uint index, const void *pointer);
} opencl_functions;

extern opencl_functions ramp_cl; /* filled by opencl_driver_open */

/* Open the loader, once a process. UNAVAILABLE with the loader's words. */
ramp_status opencl_driver_open(void);

/* "CL_OUT_OF_RESOURCES" and so on; never NULL. */
const char *opencl_code_name(cl_int code);

/* Set the error: the call's name (what stands before a bracket), the code's name and number. MEMORY where the code says so, ARGUMENT where
 * it blames a handle that only the caller gives, else DEVICE. */
__attribute__((cold)) ramp_status opencl_fail(cl_int code, const char *call);

static inline ramp_status opencl_check(cl_int code, const char *call) { return code == CL_SUCCESS ? RAMP_OK : opencl_fail(code, call); }

/* Every OpenCL call goes through one of these: return from the function on failure; the status as a value; a call that returns a handle,
 * and its error in `code`. */
#define CL_TRY(call)                                                                                                                       \
    do {                                                                                                                                   \
        ramp_status cl_status = opencl_check(ramp_cl.call, #call);                                                                         \
        if (cl_status != RAMP_OK) return cl_status;                                                                                        \
    } while (0)
#define CL_STATUS(call)               opencl_check(ramp_cl.call, #call)
#define CL_CREATE(handle, code, call) ((handle) = ramp_cl.call, opencl_check((code), #call))

#endif
