/* large_views.h: what large_views.c, large_places.c and large_memory.c share. */
#ifndef RAMP_TESTS_LARGE_VIEWS_H
#define RAMP_TESTS_LARGE_VIEWS_H

#include <ramp/ramp.h>

/* ---- large_places.c ---- */

enum { dims = 3, most_views = 24 };

/* Element (i, j, k) is number at + i * stride[0] + j * stride[1] + k * stride[2] of its memory. */
typedef struct places {
    int64_t at, stride[dims];
} places;

typedef struct view {
    const char *name;
    int64_t shape[dims];
    places x, dy, y;
    int is_far; /* of few elements */
} view;

/* Elements that hold any view of about `count`. */
int64_t views_room(int64_t count);

/* Views that have `count` elements or a few more, and some that have few and fill the room. Returns how many. */
size_t views_make(int64_t count, view list[most_views]);

int64_t view_count(const view *v);
int64_t view_place(const places *p, const int64_t *index);
void view_index(const view *v, int64_t number, int64_t *index); /* of element `number`, last dimension fastest */

/* The element of y that lies at `place`; 0: none does. */
int view_find(const view *v, int64_t place, int64_t *index);

/* ---- large_memory.c ---- */

enum { stratum = 1 << 16 };                           /* elements */
static const size_t large_period = (size_t)257 << 16; /* bytes, of which a power of two is no multiple */

typedef struct session {
    ramp_device *dev, *cpu;
    ramp_dtype dtype;
    size_t size;           /* bytes an element */
    int is_sparse;         /* x's and y's memory: sparse_map */
    char *in, *out, *mask; /* the device's; strata count in whole ones */
    size_t in_bytes, out_bytes, mask_bytes;
    char *pattern, *x, *dy, *want, *got; /* the host's: a period, and a stratum each */
    unsigned char *bits;
} session;

/* For views of `count` elements in memories of `room`. dev, dtype, size and is_sparse are given. 0: it could not be had, and that was said. */
int large_create(session *s, int64_t count, int64_t room);
void large_destroy(session *s);

#endif
