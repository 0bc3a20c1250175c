/* source.c: the kernels' text: embedded, or, for who works on it, the files of the folder that RAMP_OPENCL_KERNELS names. */
#include "opencl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMBEDDED(symbol) extern const unsigned char symbol[], symbol##_end[];
EMBEDDED(ramp_cl_dialect)
EMBEDDED(ramp_cl_emulation)
EMBEDDED(ramp_cl_storage)
EMBEDDED(ramp_cl_arithmetic)
EMBEDDED(ramp_cl_functions)
EMBEDDED(ramp_cl_activations)
EMBEDDED(ramp_cl_rows)
EMBEDDED(ramp_cl_smooth)
EMBEDDED(ramp_cl_gelu)
EMBEDDED(ramp_cl_layout)
EMBEDDED(ramp_cl_table_h)
EMBEDDED(ramp_cl_table)
EMBEDDED(ramp_cl_apply)
EMBEDDED(ramp_cl_elementwise)
EMBEDDED(ramp_cl_strided)
EMBEDDED(ramp_cl_tiled)
EMBEDDED(ramp_cl_slopes)
EMBEDDED(ramp_cl_local_table)
EMBEDDED(ramp_cl_roof)

/* The #line makes the compiler's messages name the file, whose text is one of several. */
typedef struct source_file {
    const char *name, *line;
    const unsigned char *begin, *end;
} source_file;

#define FILE_ROW(name, symbol)                                                                                                             \
    { name, "#line 1 \"" name "\"\n", symbol, symbol##_end }
static const source_file shared_files[] = {
    FILE_ROW("dialect.h", ramp_cl_dialect),     FILE_ROW("emulation.h", ramp_cl_emulation),
    FILE_ROW("storage.h", ramp_cl_storage),     FILE_ROW("arithmetic.h", ramp_cl_arithmetic),
    FILE_ROW("functions.h", ramp_cl_functions), FILE_ROW("activations.h", ramp_cl_activations),
    FILE_ROW("rows.h", ramp_cl_rows),           FILE_ROW("smooth.h", ramp_cl_smooth),
    FILE_ROW("gelu.h", ramp_cl_gelu),           FILE_ROW("layout.h", ramp_cl_layout),
    FILE_ROW("table.h", ramp_cl_table_h),       FILE_ROW("table.cl", ramp_cl_table),
    FILE_ROW("apply.cl", ramp_cl_apply),
};
static const source_file kernel_files[] = {
    FILE_ROW("elementwise.cl", ramp_cl_elementwise), FILE_ROW("strided.cl", ramp_cl_strided),         FILE_ROW("tiled.cl", ramp_cl_tiled),
    FILE_ROW("slopes.cl", ramp_cl_slopes),           FILE_ROW("local_table.cl", ramp_cl_local_table), FILE_ROW("roof.cl", ramp_cl_roof),
};

_Static_assert(sizeof shared_files / sizeof *shared_files + form_count <= max_source_files, "opencl_sources has no room for another file");

static const char *kernel_folder(void) {
    const char *folder = os_getenv_secure("RAMP_OPENCL_KERNELS");
    return folder != NULL && folder[0] != '\0' ? folder : NULL;
}

int opencl_sources_are_files(void) { return kernel_folder() != NULL; }

static ramp_status refuse(const char *path, const char *why) {
    return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "RAMP_OPENCL_KERNELS: %s cannot be read: %s", path, why);
}

static ramp_status read_file(const char *folder, const char *name, char **text, size_t *length) {
    enum { max_bytes = 1 << 20 };
    char path[4096];
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (written < 0 || (size_t)written >= sizeof path) return refuse(name, "the folder's name is too long");
    FILE *file = fopen(path, "rb");
    if (file == NULL) return refuse(path, strerror(errno));
    ramp_status status = RAMP_OK;
    char *bytes = malloc(max_bytes);
    if (bytes == NULL) {
        status = ramp_error_set(RAMP_ERROR_MEMORY, "no memory to read %s", path);
    } else {
        errno = 0;
        *length = fread(bytes, 1, max_bytes, file);
        if (ferror(file))
            status = refuse(path, strerror(errno));
        else if (*length == max_bytes)
            status = refuse(path, "it is larger than any of ramp's kernels");
    }
    fclose(file);
    if (status == RAMP_OK)
        *text = bytes;
    else
        free(bytes);
    return status;
}

static ramp_status add_file(opencl_sources *sources, const source_file *file) {
    const char *folder = kernel_folder(), *text = (const char *)file->begin;
    size_t length = (size_t)(file->end - file->begin);
    if (folder != NULL) {
        char **owned = &sources->owned[sources->count / 2];
        ramp_status status = read_file(folder, file->name, owned, &length);
        if (status != RAMP_OK) return status;
        text = *owned;
    }
    sources->text[sources->count] = file->line;
    sources->length[sources->count++] = strlen(file->line);
    sources->text[sources->count] = text;
    sources->length[sources->count++] = length;
    return RAMP_OK;
}

/* A kernel's file; there is one. */
static const source_file *file_of(const char *name) {
    const source_file *file = kernel_files;
    while (strcmp(file->name, name) != 0) file++;
    return file;
}

/* The roofs need none of the functions. */
ramp_status opencl_sources_collect(opencl_sources *sources, const opencl_recipe *r) {
    const size_t shared = strcmp(r->part[0].file, "roof.cl") == 0 ? 0 : sizeof shared_files / sizeof *shared_files;
    ramp_status status = RAMP_OK;
    memset(sources, 0, sizeof *sources);
    for (size_t i = 0; i < shared && status == RAMP_OK; i++) status = add_file(sources, &shared_files[i]);
    for (int i = 0; i < r->parts && status == RAMP_OK; i++)
        if (i == 0 || strcmp(r->part[i].file, r->part[i - 1].file) != 0) status = add_file(sources, file_of(r->part[i].file));
    if (status != RAMP_OK) opencl_sources_free(sources);
    return status;
}

void opencl_sources_free(opencl_sources *sources) {
    for (int i = 0; i < max_source_files; i++) free(sources->owned[i]);
}
