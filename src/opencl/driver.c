#include "driver.h"
#include "os.h"

#include <stdio.h>
#include <string.h>

#define CL_PLATFORM_NOT_FOUND (-1001) /* CL_PLATFORM_NOT_FOUND_KHR of cl_ext.h */

opencl_functions ramp_cl;

static os_once once = OS_ONCE_INIT;
static char reason[512]; /* "": open */

static void open_loader(void) {
    static const char soname[] = "libOpenCL.so.1";
    char words[400];
    void *library = os_library_open(soname, words, sizeof words);
    if (library == NULL) {
        snprintf(reason, sizeof reason, "the OpenCL loader cannot be opened: %s", words);
        return;
    }
#define F(name)                                                                                                                            \
    if (!os_library_symbol(library, #name, &ramp_cl.name)) {                                                                               \
        snprintf(reason, sizeof reason, "%s lacks %s: a loader of OpenCL 1.2 or later is needed", soname, #name);                          \
        os_library_close(library);                                                                                                         \
        return;                                                                                                                            \
    }
    OPENCL_FUNCTIONS(F)
#undef F
    (void)os_library_symbol(library, "clSetKernelArgSVMPointer", &ramp_cl.clSetKernelArgSVMPointer);
}

ramp_status opencl_driver_open(void) {
    os_call_once(&once, open_loader);
    return reason[0] == '\0' ? RAMP_OK : ramp_error_set(RAMP_ERROR_UNAVAILABLE, "%s", reason);
}

const char *opencl_code_name(cl_int code) {
    switch (code) {
#define NAME(code)                                                                                                                         \
    case code: return #code;
        NAME(CL_DEVICE_NOT_FOUND)
        NAME(CL_DEVICE_NOT_AVAILABLE)
        NAME(CL_COMPILER_NOT_AVAILABLE)
        NAME(CL_MEM_OBJECT_ALLOCATION_FAILURE)
        NAME(CL_OUT_OF_RESOURCES)
        NAME(CL_OUT_OF_HOST_MEMORY)
        NAME(CL_PROFILING_INFO_NOT_AVAILABLE)
        NAME(CL_MEM_COPY_OVERLAP)
        NAME(CL_BUILD_PROGRAM_FAILURE)
        NAME(CL_MAP_FAILURE)
        NAME(CL_MISALIGNED_SUB_BUFFER_OFFSET)
        NAME(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
        NAME(CL_COMPILE_PROGRAM_FAILURE)
        NAME(CL_LINKER_NOT_AVAILABLE)
        NAME(CL_LINK_PROGRAM_FAILURE)
        NAME(CL_INVALID_VALUE)
        NAME(CL_INVALID_DEVICE_TYPE)
        NAME(CL_INVALID_PLATFORM)
        NAME(CL_INVALID_DEVICE)
        NAME(CL_INVALID_CONTEXT)
        NAME(CL_INVALID_QUEUE_PROPERTIES)
        NAME(CL_INVALID_COMMAND_QUEUE)
        NAME(CL_INVALID_HOST_PTR)
        NAME(CL_INVALID_MEM_OBJECT)
        NAME(CL_INVALID_BINARY)
        NAME(CL_INVALID_BUILD_OPTIONS)
        NAME(CL_INVALID_PROGRAM)
        NAME(CL_INVALID_PROGRAM_EXECUTABLE)
        NAME(CL_INVALID_KERNEL_NAME)
        NAME(CL_INVALID_KERNEL_DEFINITION)
        NAME(CL_INVALID_KERNEL)
        NAME(CL_INVALID_ARG_INDEX)
        NAME(CL_INVALID_ARG_VALUE)
        NAME(CL_INVALID_ARG_SIZE)
        NAME(CL_INVALID_KERNEL_ARGS)
        NAME(CL_INVALID_WORK_DIMENSION)
        NAME(CL_INVALID_WORK_GROUP_SIZE)
        NAME(CL_INVALID_WORK_ITEM_SIZE)
        NAME(CL_INVALID_GLOBAL_OFFSET)
        NAME(CL_INVALID_EVENT_WAIT_LIST)
        NAME(CL_INVALID_EVENT)
        NAME(CL_INVALID_OPERATION)
        NAME(CL_INVALID_BUFFER_SIZE)
        NAME(CL_INVALID_GLOBAL_WORK_SIZE)
        NAME(CL_INVALID_PROPERTY)
        NAME(CL_INVALID_COMPILER_OPTIONS)
        NAME(CL_INVALID_LINKER_OPTIONS)
        NAME(CL_PLATFORM_NOT_FOUND)
#undef NAME
    }
    return "an error that OpenCL 1.2 does not name";
}

ramp_status opencl_fail(cl_int code, const char *call) {
    ramp_status status = RAMP_ERROR_DEVICE;
    switch (code) {
    case CL_OUT_OF_HOST_MEMORY:
    case CL_MEM_OBJECT_ALLOCATION_FAILURE: status = RAMP_ERROR_MEMORY; break;
    /* Handles that come from the caller alone. CL_INVALID_COMMAND_QUEUE is not among them: NVIDIA reports a fault of earlier work with it.
     */
    case CL_INVALID_CONTEXT:
    case CL_INVALID_EVENT_WAIT_LIST:
    case CL_INVALID_MEM_OBJECT: status = RAMP_ERROR_ARGUMENT; break;
    default: break;
    }
    return ramp_error_set(status, "%.*s failed: %s (%d)", (int)strcspn(call, "("), call, opencl_code_name(code), (int)code);
}
