/* forms.c: the forms of the kernels, and how much of the work a work-item has in each. */
#include "opencl.h"

/* Measured on an H200, all dtypes, flat. Of vectors, 2 leave hardsigmoid 2.5 % slower than CUDA, and 4 gain nothing; of single elements, 4
 * leave 16-bit operands at half the speed; larger groups lose 3 to 6 %, but a brief op gains 1 % in groups of 256 with a vector each, where others lose
 * 5 to 14. With a mask, vectors count by fours and elements by eights: then a
 * work-item's own have whole bytes of the mask in every dtype, whatever the size of a group. On PoCL, longer runs and larger groups gain
 * nothing, but past the caches (RAMP_STREAM_RUNS).
 *
 * Programs: on PoCL 3.1 a program costs half a second whatever it holds, and what it holds and is never queued next to nothing: its forms
 * are together. A GPU's driver compiles all that a program holds, and what a call does not need it should not wait for. */
const opencl_form_info opencl_forms[form_count] = {
    [FORM_VECTOR] = {.file = "elementwise.cl", .kernel = "elementwise", .local_size = 64, .vectors = 3, .program = 1},
    [FORM_BRIEF] = {.file = "elementwise.cl", .kernel = "elementwise", .local_size = 256, .vectors = 1, .program = 10},
    [FORM_SCALAR] = {.file = "elementwise.cl", .kernel = "elementwise", .local_size = 64, .scalars = 8, .program = 2},
    [FORM_STRIDED_VECTOR] = {.file = "strided.cl", .kernel = "strided", .local_size = 64, .vectors = 4, .program = 3},
    [FORM_STRIDED_SCALAR] = {.file = "strided.cl", .kernel = "strided", .local_size = 64, .scalars = 8, .program = 4},
    [FORM_STRIDED_WIDE] = {.file = "strided.cl", .kernel = "strided", .local_size = 64, .scalars = 8, .is_wide = 1, .program = 5},
    [FORM_TILE] = {.file = "tiled.cl", .kernel = "tiled", .local_size = RAMP_TILE_LOCAL, .is_tile = 1, .program = 6},
    [FORM_SLOPES] = {.file = "slopes.cl", .kernel = "slopes", .local_size = 64, .scalars = 1, .program = 8},
    [FORM_LOCAL_TABLE] = {.file = "local_table.cl", .kernel = "local_table", .local_size = 512, .vectors = 4, .program = 9},
    [FORM_RUN] = {.file = "elementwise.cl", .kernel = "elementwise", .is_cpu = 1, .local_size = 8, .run = 1024, .program = 7},
    [FORM_STRIDED_RUN] = {.file = "strided.cl", .kernel = "strided", .is_cpu = 1, .local_size = 8, .run = 1024, .program = 7},
    [FORM_TILE_RUN] = {.file = "tiled.cl", .kernel = "tiled", .is_cpu = 1, .local_size = 8, .run = 1024, .is_tile = 1, .program = 7},
};

int opencl_form_is_flat(opencl_form form) { return form == FORM_VECTOR || form == FORM_BRIEF || form == FORM_SCALAR || form == FORM_RUN; }

int opencl_form_is_beside(opencl_form form, const opencl_which *which) {
    const int has_mask = which->kind == RAMP_KIND_FORWARD_MASK || which->kind == RAMP_KIND_BACKWARD_MASK;
    return opencl_forms[form].program == opencl_forms[which->form].program && !(has_mask && opencl_form_is_flat(form));
}
