/* opencl.h: an opened OpenCL device, and what the files of this folder do with it. */
#ifndef RAMP_OPENCL_OPENCL_H
#define RAMP_OPENCL_OPENCL_H

#include "../../kernels/variants.h"
#include "driver.h"
#include "os.h"

#include <stdatomic.h>

enum {
    op_slots = 1 /* ids count from 1, without a gap */
#define RAMP_OP(...) +1
#include <ramp/ops.def>
#undef RAMP_OP
    ,
    dtype_slots = 2,   /* f32, f64 */
    kernel_copies = 4, /* of each kernel: so many threads set arguments at once without waiting */
    gpu_local_size =
        64,          /* with gpu_vectors, measured on an H200: 2 vectors leave hardsigmoid 2.5 % slower than CUDA, larger groups 3 to 6 % */
    gpu_vectors = 3, /* 16-byte vectors of a work-item in the vector form (RAMP_VECTORS in kernels/) */
    cpu_local_size = 8,
    cpu_run = 1024, /* elements of a work-item on a CPU (RAMP_RUN in kernels/): more, or larger groups, gain nothing on PoCL */
    gpu_scalars = 4 /* elements of a work-item in the scalar form (RAMP_SCALARS) */
};

/* How a kernel moves memory: by vectors where the operands' addresses agree modulo 16, else by elements. A CPU has one form for both. */
typedef enum opencl_form { FORM_VECTOR, FORM_SCALAR, form_count } opencl_form;

/* A kernel's arguments belong to the object, and clSetKernelArg is not safe on one object from two threads: a lock each, held until it is
 * queued. */
typedef struct opencl_kernel {
    size_t local;
    struct {
        os_mutex lock;
        cl_kernel handle;
    } copy[kernel_copies];
} opencl_kernel;

/* The kernels of one op, dtype and variant: [pass][form]. Of the roofs: [0][0] copy, [1][0] add. Those that there are not have no handles.
 */
typedef struct opencl_program {
    cl_program handle;
    atomic_int is_warm;
    opencl_kernel kernel[2][form_count];
} opencl_program;

typedef struct opencl_device {
    cl_device_id id;
    cl_context context;
    cl_command_queue queue; /* own or wrapped */
    int is_wrapped;
    int is_unordered; /* a wrapped out-of-order queue: a barrier before each call keeps the device's calls in order */
    int is_cpu;       /* what chooses between the forms of the kernels: the type, never the vendor */
    ramp_device_info info;
    os_mutex building; /* held while a program is built; a program that is ready is found without it */
    _Atomic(opencl_program *) programs[op_slots][dtype_slots][RAMP_MAX_VARIANTS];
    _Atomic(opencl_program *) roofs;
} opencl_device;

/* source.c: the text that a program is made of. The pieces are those of clCreateProgramWithSource; free them with opencl_sources_free. */
enum { max_source_files = 3 };
typedef struct opencl_sources {
    cl_uint count;
    const char *text[2 * max_source_files]; /* a #line, a file, and so on */
    size_t length[2 * max_source_files];
    char *owned[max_source_files]; /* what was read from RAMP_OPENCL_KERNELS */
} opencl_sources;
ramp_status opencl_sources_elementwise(opencl_sources *sources);
ramp_status opencl_sources_roof(opencl_sources *sources);
void opencl_sources_free(opencl_sources *sources);

/* program.c: found, or built on first use. MEMORY, DEVICE (the message holds the build log), UNAVAILABLE (RAMP_OPENCL_KERNELS cannot be
 * read). */
ramp_status opencl_program_get(opencl_device *dev, ramp_op_id op, ramp_dtype dtype, int variant, opencl_program **program);
int opencl_program_variants(ramp_op_id op); /* how many an op has */
ramp_status opencl_program_roofs(opencl_device *dev, opencl_program **program);
void opencl_programs_free(opencl_device *dev);
void *opencl_kernel_lock(opencl_kernel *kernel, cl_kernel *handle); /* a copy that this thread alone uses until opencl_kernel_unlock */
void opencl_kernel_unlock(void *lock);

/* launch.c */
ramp_status opencl_order(const opencl_device *dev, int own_queue); /* before a command on the device's own queue */
ramp_status opencl_launch(void *self, const ramp_job *job);
ramp_status opencl_roof(void *self, ramp_roof roof, size_t bytes, void *to, const void *a, const void *b);
ramp_status opencl_prepare(void *self, ramp_op_id op, ramp_dtype dtype);

/* memory.c */
ramp_status opencl_alloc(void *self, size_t bytes, void **data);
void opencl_release(void *self, void *data);
ramp_status opencl_upload(void *self, void *data, size_t offset, const void *src, size_t bytes);
ramp_status opencl_download(void *self, void *dst, const void *data, size_t offset, size_t bytes);
ramp_status opencl_locate(void *self, const void *data, ramp_extent *extent);

/* event.c */
ramp_status opencl_event_create(void *self, void **event);
ramp_status opencl_event_record(void *self, void *event, const ramp_submit *on);
ramp_status opencl_event_wait(void *self, void *event);
ramp_status opencl_event_elapsed(void *self, void *start, void *stop, double *milliseconds);
void opencl_event_destroy(void *self, void *event);

#endif
