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
    dtype_slots = RAMP_BF16 + 1,
    formula_slots = RAMP_MAX_VARIANTS + 1, /* an op's variants, forward, and its gradient */
    kernel_copies = 4,                     /* of each kernel: so many threads set arguments at once without waiting */
    /* Measured on an H200, all dtypes. Of vectors, 2 leave hardsigmoid 2.5 % slower than CUDA, and 4 gain nothing; of single elements, 4
     * leave 16-bit operands at half the speed; larger groups lose 3 to 6 %. */
    gpu_local_size = 64,
    gpu_vectors = 3, /* 16-byte vectors of a work-item in the vector form (RAMP_VECTORS in kernels/) */
    gpu_scalars = 8, /* elements of a work-item in the scalar form (RAMP_SCALARS) */
    cpu_local_size = 8,
    cpu_run = 1024 /* elements of a work-item in the run form (RAMP_RUN): more, or larger groups, gain nothing on PoCL */
};

/* How a kernel moves memory. A GPU: by vectors where the operands' addresses agree modulo 16, else by elements. A CPU: by runs. */
typedef enum opencl_form { FORM_VECTOR, FORM_SCALAR, FORM_RUN, form_count } opencl_form;

/* A program of one kernel. Its arguments belong to the object, and clSetKernelArg is not safe on one object from two threads: a lock each,
 * held until it is queued. */
typedef struct opencl_kernel {
    cl_program program;
    size_t local;
    atomic_int is_warm;
    struct {
        os_mutex lock;
        cl_kernel handle; /* NULL: not made */
    } copy[kernel_copies];
} opencl_kernel;

/* Which of the kernels of kernels/elementwise.cl. `variant` counts forward alone: a gradient has one formula. */
typedef struct opencl_which {
    ramp_op_id op;
    ramp_dtype dtype;
    ramp_pass pass;
    int variant;
    opencl_form form;
} opencl_which;

/* Commands that wait for events of the caller's, until they are over. */
typedef struct opencl_watch {
    os_mutex lock;
    cl_event *event;
    size_t count, capacity;
    cl_int failure; /* the first since the last report; 0: none */
} opencl_watch;

typedef struct opencl_device {
    cl_device_id id;
    cl_context context;
    cl_command_queue queue; /* own or wrapped */
    int is_wrapped;
    int is_unordered; /* a wrapped out-of-order queue: a barrier before each call keeps the device's calls in order */
    int is_cpu;       /* what chooses between the forms of the kernels: the type, never the vendor (or RAMP_OPENCL_FORM) */
    unsigned lacks;   /* OPENCL_LACKS_x */
    ramp_device_info info;
    os_mutex building; /* held while a program is built; a program that is ready is found without it */
    _Atomic(opencl_kernel *) elementwise[op_slots][dtype_slots][formula_slots][form_count];
    _Atomic(opencl_kernel *) roofs[2]; /* copy, add */
    opencl_watch watch;
} opencl_device;

/* source.c: the text that a program is made of. The pieces are those of clCreateProgramWithSource; free them with opencl_sources_free. */
enum { max_source_files = 7 };
typedef struct opencl_sources {
    cl_uint count;
    const char *text[2 * max_source_files]; /* a #line, a file, and so on */
    size_t length[2 * max_source_files];
    char *owned[max_source_files]; /* what was read from RAMP_OPENCL_KERNELS */
} opencl_sources;
ramp_status opencl_sources_elementwise(opencl_sources *sources);
ramp_status opencl_sources_roof(opencl_sources *sources);
void opencl_sources_free(opencl_sources *sources);
int opencl_sources_are_files(void); /* not what the library holds */

/* program.c: found, or built on first use. MEMORY, DEVICE (the message holds the build log), UNAVAILABLE (RAMP_OPENCL_KERNELS cannot be
 * read, or lacks the kernel). */
ramp_status opencl_kernel_get(opencl_device *dev, const opencl_which *which, opencl_kernel **kernel);
ramp_status opencl_kernel_roof(opencl_device *dev, int is_add, opencl_kernel **kernel);
void opencl_kernels_free(opencl_device *dev);
int opencl_op_variants(ramp_op_id op);
void *opencl_kernel_lock(opencl_kernel *kernel, cl_kernel *handle); /* a copy that this thread alone uses until opencl_kernel_unlock */
void opencl_kernel_unlock(void *lock);

/* launch.c */
ramp_status opencl_order(const opencl_device *dev, int own_queue); /* before a command on the device's own queue */
ramp_status opencl_launch(void *self, const ramp_job *job);
ramp_status opencl_roof(void *self, ramp_roof roof, size_t bytes, void *to, const void *a, const void *b);
ramp_status opencl_prepare(void *self, ramp_op_id op, ramp_dtype dtype);

/* submit.c: what the caller's queue and wait list may be: of the device's context, and nothing that has failed already. ARGUMENT, DEVICE. */
ramp_status opencl_check_submit(const opencl_device *dev, const ramp_submit *on);

/* watch.c. The event is retained; where there is no memory for it, it is not watched. opencl_watch_report, after clFinish, gives DEVICE once
 * for what failed since it was last called. */
void opencl_watch_add(opencl_watch *watch, cl_event event);
ramp_status opencl_watch_report(opencl_watch *watch);
void opencl_watch_free(opencl_watch *watch);

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
