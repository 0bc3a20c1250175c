/* forms.c: the forms of the kernels, and how much of the work a work-item has in each. */
#include "opencl.h"

/* Measured on an H200, all dtypes, flat. Of vectors, 2 leave hardsigmoid 2.5 % slower than CUDA, and 4 gain nothing; of single elements, 4 leave
 * 16-bit operands at half the speed; larger groups lose 3 to 6 %. With a mask, vectors count by fours and elements by eights: then a work-item's own
 * have whole bytes of the mask in every dtype, whatever the size of a group. On PoCL, longer runs and larger groups gain nothing. */
const opencl_form_info opencl_forms[form_count] = {
    [FORM_VECTOR] = {.kernel = "elementwise", .local_size = 64, .vectors = 3},
    [FORM_SCALAR] = {.kernel = "elementwise", .local_size = 64, .scalars = 8},
    [FORM_STRIDED_VECTOR] = {.kernel = "strided", .local_size = 64, .vectors = 4},
    [FORM_STRIDED_SCALAR] = {.kernel = "strided", .local_size = 64, .scalars = 8},
    [FORM_TILE] = {.kernel = "tiled", .local_size = 256, .tile = 32, .tile_16_bit = 64},
    [FORM_RUN] = {.kernel = "elementwise", .is_cpu = 1, .local_size = 8, .run = 1024},
    [FORM_STRIDED_RUN] = {.kernel = "strided", .is_cpu = 1, .local_size = 8, .run = 1024},
    [FORM_TILE_RUN] = {.kernel = "tiled", .is_cpu = 1, .local_size = 8, .run = 1, .tile = 32, .tile_16_bit = 32},
};

int opencl_form_is_flat(opencl_form form) { return form == FORM_VECTOR || form == FORM_SCALAR || form == FORM_RUN; }
