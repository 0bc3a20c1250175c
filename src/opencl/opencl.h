/* opencl.h: an opened OpenCL device, and what the files of this folder do with it. */
#ifndef RAMP_OPENCL_OPENCL_H
#define RAMP_OPENCL_OPENCL_H

#include "../../kernels/layout.h"
#include "../../kernels/variants.h"
#include "driver.h"
#include "lookup.h"
#include "os.h"
#include "rows.h"

#include <stdatomic.h>

enum {
    dtype_slots = RAMP_BF16 + 1,
    formula_slots = 2 * RAMP_MAX_VARIANTS + 3, /* an op's variants, forward and forward with the mask; its three gradients */
    kernel_copies = 4,                         /* of each kernel: so many threads set arguments at once without waiting */
    svm_copies = 2,                            /* and so many where some are pointers to shared virtual memory */
    most_arguments = 12,
    kept_bytes = 32, /* of an argument that is set only when it changes: an op's parameters, a flat job */
    max_watched = 4096,
    table_bytes = 8 * lookup_entries, /* of the larger kind, the backward table: two floats an entry */
    near_bytes = 44 * 1024,           /* of a table, in local memory: kernels/local_table.cl */
    near_threads = 2048               /* that a compute unit holds at once, or a little more or fewer */
};

/* How a kernel moves memory. A GPU: by vectors where the operands' addresses agree modulo 16, else by elements; a CPU: by runs. What is
 * flat and has no mask by kernels/elementwise.cl; what is turned by kernels/tiled.cl; the rest by kernels/strided.cl. kernels/slopes.cl serves no
 * job, but makes what large ones look up; where it suits them by kernels/local_table.cl. */
typedef enum opencl_form {
    FORM_VECTOR,
    FORM_BRIEF, /* FORM_VECTOR for brief ops (kernels/variants.h) */
    FORM_SCALAR,
    FORM_STRIDED_VECTOR,
    FORM_STRIDED_SCALAR,
    FORM_STRIDED_WIDE, /* elements, further apart than 32 bits can say */
    FORM_TILE,
    FORM_SLOPES,      /* an op's backward table */
    FORM_LOCAL_TABLE, /* serves f16's large forward jobs, looked up in local memory */
    FORM_RUN,
    FORM_STRIDED_RUN,
    FORM_TILE_RUN,
    form_count
} opencl_form;

/* forms.c. A work-item has so many elements, or 16-byte vectors, a local size apart; or neighbours, in a run. */
typedef struct opencl_form_info {
    const char *file, *kernel; /* of kernels/, and its kernel */
    int is_cpu, is_tile, is_wide;
    int local_size, run, vectors, scalars;
    int program; /* forms of one number are built together */
} opencl_form_info;
extern const opencl_form_info opencl_forms[form_count];

/* Arguments belong to the kernel object, and clSetKernelArg is not safe on one object from two threads: a lock each, held until it is
 * queued. */
typedef struct opencl_kernel_copy {
    os_mutex lock;
    cl_kernel handle; /* NULL: not made yet */
    unsigned svm;     /* bit i: argument i was an SVM pointer */
    unsigned kept;    /* bit i: argument i is value[i] */
    unsigned char value[most_arguments][kept_bytes];
} opencl_kernel_copy;

typedef struct opencl_kernel {
    cl_program program;
    const char *name;
    size_t local;
    int times;              /* the recipe's */
    uint64_t streams_above; /* likewise */
    atomic_int is_warm;
    opencl_kernel_copy copy[kernel_copies + svm_copies];
} opencl_kernel;

/* Which kernel. op RAMP_OP_NONE: of the op `table` (kernels/table.cl). `variant` counts forward alone: a gradient has one formula. */
typedef struct opencl_which {
    ramp_op_id op;
    ramp_dtype dtype;
    ramp_kind kind;
    int variant;
    opencl_form form;
} opencl_which;

int opencl_form_is_flat(opencl_form form);                              /* it serves neither strides nor masks */
int opencl_form_is_beside(opencl_form form, const opencl_which *which); /* in one program */

/* Commands that wait for events of the caller's, until they are over. */
typedef struct opencl_watch {
    os_mutex lock;
    cl_event event[max_watched];
    unsigned count, next;
    cl_int failure; /* the first since the last report; 0: none */
} opencl_watch;

typedef struct opencl_device {
    cl_device_id id;
    cl_context context;
    cl_command_queue queue; /* own or wrapped */
    int is_wrapped;
    int is_unordered;     /* a wrapped out-of-order queue: a barrier before each call keeps the device's calls in order */
    int is_cpu;           /* what chooses between the forms of the kernels: the type, never the vendor (or RAMP_OPENCL_FORM) */
    size_t most_local;    /* work-items of a group */
    int has_tiles;        /* a work-group has room for one */
    int has_ptx_80;       /* an NVIDIA of compute capability 8.0 and above: stores in bf16 */
    cl_uint lanes[2];     /* of a vector of floats, of doubles */
    uint64_t cache_bytes; /* a CPU's larger jobs are stored past it; 0: it has none, or does not say */
    uint64_t near_items;  /* work-items that go over a job with a table in local memory; 0: it has no room for one */
    unsigned lacks;       /* OPENCL_LACKS_x */
    ramp_device_info info;
    os_mutex building; /* held while a program is built; a program that is ready is found without it */
    _Atomic(opencl_kernel *) kernels[op_ids][dtype_slots][formula_slots][form_count];
    _Atomic(opencl_kernel *) roofs[2]; /* copy, add */
    lookup *tables;
    _Atomic(void *) rows[rows_tables]; /* cl_mem, by rows_number; NULL: not asked for yet */
    atomic_int is_without_tables;      /* the op `table` does not build */
    opencl_watch watch;
} opencl_device;

/* recipe.c: how a program is built. A part is a kernel and its file. */
typedef struct opencl_recipe {
    int parts;
    struct {
        const char *file, *kernel;
        opencl_form form; /* of an op's kernel */
        size_t local_size;
    } part[form_count];
    int times;              /* as many vectors a work-item as its form says: RAMP_TIMES, and two where it reads rows */
    uint64_t streams_above; /* a CPU's flat job of more elements is stored past its caches */
    char options[512];
    char what[64]; /* for people */
} opencl_recipe;
void opencl_recipe_op(const opencl_device *dev, const opencl_which *which, opencl_recipe *r);
void opencl_recipe_roofs(const opencl_device *dev, opencl_recipe *r);
int opencl_op_variants(ramp_op_id op);
int opencl_op_has(ramp_op_id op, ramp_kind kind);

/* source.c: the text that a program is made of. The pieces are those of clCreateProgramWithSource; free them with opencl_sources_free. */
enum { max_source_files = 13 + form_count }; /* those of every program, and a kernel's file for each part */
typedef struct opencl_sources {
    cl_uint count;
    const char *text[2 * max_source_files]; /* a #line, a file, and so on */
    size_t length[2 * max_source_files];
    char *owned[max_source_files]; /* what was read from RAMP_OPENCL_KERNELS */
} opencl_sources;
ramp_status opencl_sources_collect(opencl_sources *sources, const opencl_recipe *r);
void opencl_sources_free(opencl_sources *sources);
int opencl_sources_are_files(void); /* not what the library holds */

/* program.c: found, or built on first use. MEMORY, DEVICE (the message holds the build log), UNAVAILABLE (RAMP_OPENCL_KERNELS cannot be
 * read, or lacks the kernel). */
ramp_status opencl_kernel_get(opencl_device *dev, const opencl_which *which, opencl_kernel **kernel);
ramp_status opencl_kernel_roof(opencl_device *dev, int is_add, opencl_kernel **kernel);
void opencl_kernels_free(opencl_device *dev);
/* A copy that this thread alone uses until opencl_kernel_unlock; `svm`: that of the arguments it is locked for. */
opencl_kernel_copy *opencl_kernel_lock(opencl_kernel *kernel, unsigned svm);
void opencl_kernel_unlock(opencl_kernel_copy *copy);
ramp_status opencl_kernel_renew(opencl_kernel *kernel, opencl_kernel_copy *copy); /* with no argument set. MEMORY, DEVICE */

/* arguments.c: one kernel's arguments, pushed in order. What they point to stays until they are set. */
typedef struct opencl_arguments {
    cl_uint count; /* 0 to begin with, as svm; the rest is written as it is pushed: to clear it takes longer than that */
    unsigned svm;  /* bit i: argument i is an SVM pointer */
    struct {
        const void *value; /* SVM: the pointer itself */
        size_t size;       /* 0: it is SVM */
        int is_buffer;     /* a cl_mem, whose handle may be another buffer's by now: it is set anew for every call */
    } argument[most_arguments];
    ramp_flat flat;
    cl_float4 p32;
    cl_double4 p64;
} opencl_arguments;
void opencl_push(opencl_arguments *a, const void *value, size_t size);      /* no cl_mem */
void opencl_push_buffer(opencl_arguments *a, const void *buffer);           /* to a cl_mem */
void opencl_push_operand(opencl_arguments *a, const ramp_operand *operand); /* and the bytes from its start; NULL where there is none */
/* A flat job, which has a dy if `is_backward`: elementwise.cl. */
void opencl_push_flat(opencl_arguments *a, const ramp_operand *x, const ramp_operand *dy, const ramp_operand *y, uint64_t count,
                      int is_backward);
void opencl_push_parameters(opencl_arguments *a, ramp_dtype dtype, const double *param);
ramp_status opencl_set_arguments(opencl_kernel *kernel, opencl_kernel_copy *copy, const opencl_arguments *a);

/* layout.c: the form for a strided or masked job, and what its kernel is told. */
typedef struct opencl_plan {
    opencl_form form;
    ramp_layout layout;
    ramp_tile tile; /* of the tiled forms */
} opencl_plan;
ramp_kind opencl_kind_of(const ramp_job *job);
void opencl_plan_job(const opencl_device *dev, const ramp_job *job, opencl_plan *plan);

/* launch.c. A place: where a command goes, what it waits for, what it signals; in OpenCL's types. */
typedef struct opencl_place {
    cl_command_queue queue;
    cl_uint wait_count;
    const cl_event *wait;
    cl_event *done;
} opencl_place;
ramp_status opencl_order(const opencl_device *dev, int own_queue); /* before a command on the device's own queue */
ramp_status opencl_enqueue(opencl_kernel *kernel, const opencl_place *at, const opencl_arguments *a, uint64_t items);
uint64_t opencl_items(const opencl_kernel *kernel, opencl_form form, uint64_t count, uint64_t width);
ramp_status opencl_run(const opencl_device *dev, opencl_kernel *kernel, const opencl_arguments *a, uint64_t items); /* and wait for it */
ramp_status opencl_launch(void *self, const ramp_job *job);

/* table.c: heavy ops of 16-bit types, looked up by large jobs (kernels/table.cl). A table is made when a job first asks for it, on a queue
 * of its own, and kept by the device. Where none can be had, or more sets of parameters are in use than there is room for, the op's own kernels give
 * the same bits. opencl_table_prepare: the kernel that makes an op's backward tables. */
int opencl_table_serves(const opencl_device *dev, ramp_op_id op, ramp_dtype dtype, ramp_kind kind);
int opencl_table_find(opencl_device *dev, const ramp_job *job, opencl_form form, cl_mem *table, opencl_kernel **kernel); /* 0: none */
ramp_status opencl_table_prepare(opencl_device *dev, ramp_op_id op, ramp_dtype dtype);
int opencl_table_is_local(const opencl_device *dev, const ramp_job *job); /* FORM_LOCAL_TABLE is for it */
void opencl_tables_free(opencl_device *dev);

/* rows.c: kernels/rows.h. An op's rows: made by the first that asks; NULL where the kernel reads none. MEMORY, DEVICE. */
ramp_status opencl_rows_find(opencl_device *dev, const opencl_which *which, cl_mem *rows);
void opencl_rows_free(opencl_device *dev);

/* roof.c, prepare.c */
ramp_status opencl_roof(void *self, ramp_roof roof, size_t bytes, void *to, const void *a, const void *b);
ramp_status opencl_prepare(void *self, ramp_op_id op, ramp_dtype dtype);

/* submit.c: what the caller's queue and wait list may be: of the device's context, and nothing that has failed already. ARGUMENT, DEVICE. */
ramp_status opencl_check_submit(const opencl_device *dev, const ramp_submit *on);

/* watch.c. The event is retained; one that finds max_watched unfinished ones before it is not watched. opencl_watch_report, after clFinish,
 * gives DEVICE once for what failed since it was last called. */
void opencl_watch_add(opencl_watch *watch, cl_event event);
ramp_status opencl_watch_report(opencl_watch *watch);
void opencl_watch_free(opencl_watch *watch);

/* memory.c */
ramp_status opencl_alloc(void *self, size_t bytes, void **data);
void opencl_release(void *self, void *data);
ramp_status opencl_upload(void *self, void *data, size_t offset, const void *src, size_t bytes);
ramp_status opencl_download(void *self, void *dst, const void *data, size_t offset, size_t bytes);
void opencl_describe_job(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait);
ramp_status opencl_queue_create(void *self, void **queue);
void opencl_queue_destroy(void *self, void *queue);
ramp_status opencl_queue_upload(void *self, void *queue, void *data, const void *src, size_t bytes);
ramp_status opencl_queue_download(void *self, void *queue, void *dst, const void *data, size_t bytes);
ramp_status opencl_queue_wait(void *self, void *queue);
ramp_status opencl_locate(void *self, const void *data, ramp_memory memory, ramp_extent *extent);

/* event.c */
ramp_status opencl_event_create(void *self, void **event);
ramp_status opencl_event_record(void *self, void *event, const ramp_submit *on);
ramp_status opencl_event_wait(void *self, void *event);
ramp_status opencl_event_elapsed(void *self, void *start, void *stop, double *milliseconds);
void opencl_event_destroy(void *self, void *event);

#endif
