/* buffers.h: device memory with guard zones: poison on both sides of the elements, checked after every call. */
#ifndef RAMP_TESTS_BUFFERS_H
#define RAMP_TESTS_BUFFERS_H

#include <ramp/ramp.h>

enum { guard_bytes = 256 };

typedef struct guarded {
    ramp_device *device;
    void *memory;         /* on the device */
    unsigned char *image; /* on the host: what the device's memory holds, or should */
    unsigned char *after; /* what it held after the call */
    size_t capacity, start, bytes, used;
    size_t fenced; /* of the memory's bytes, from its start: no other is forbidden now */
    int is_host;   /* the CPU backend's own memory: between upload and download the guard zones are forbidden (forbid.h) */
} guarded;

/* For up to `bytes` of elements at any offset. */
ramp_status guarded_create(guarded *g, ramp_device *device, size_t bytes);
void guarded_destroy(guarded *g);

/* Lay out `bytes` of elements `offset` bytes past an aligned address; all poison. The elements, for the caller to fill in the image. */
void *guarded_layout(guarded *g, size_t offset, size_t bytes);

ramp_status guarded_upload(guarded *g);
ramp_status guarded_download(guarded *g);

/* The elements as a tensor; by_pointer: the offset goes into the address, where memory has one, instead of byte_offset. */
ramp_tensor guarded_tensor(const guarded *g, ramp_dtype dtype, size_t n, int by_pointer);

/* The elements after the call. */
const void *guarded_elements(const guarded *g);

/* The first byte outside the elements (or anywhere, where elements_too) that differs from the image, relative to the first element; 0:
 * none, *found = 0. */
long long guarded_damage(const guarded *g, int elements_too, int *found);

#endif
