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
EMBEDDED(ramp_cl_elementwise)
EMBEDDED(ramp_cl_roof)

/* The #line makes the compiler's messages name the file, whose text is one of several. */
typedef struct source_file {
    const char *name, *line;
    const unsigned char *begin, *end;
} source_file;

#define FILE_ROW(name, symbol)                                                                                                             \
    { name, "#line 1 \"" name "\"\n", symbol, symbol##_end }
static const source_file elementwise_files[] = {
    FILE_ROW("dialect.h", ramp_cl_dialect),          FILE_ROW("emulation.h", ramp_cl_emulation),
    FILE_ROW("storage.h", ramp_cl_storage),          FILE_ROW("arithmetic.h", ramp_cl_arithmetic),
    FILE_ROW("functions.h", ramp_cl_functions),      FILE_ROW("activations.h", ramp_cl_activations),
    FILE_ROW("elementwise.cl", ramp_cl_elementwise),
};
static const source_file roof_files[] = {FILE_ROW("roof.cl", ramp_cl_roof)};

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

static ramp_status collect(opencl_sources *sources, const source_file *files, size_t count) {
    const char *folder = kernel_folder();
    memset(sources, 0, sizeof *sources);
    for (size_t i = 0; i < count; i++) {
        const source_file *f = &files[i];
        const char *text = (const char *)f->begin;
        size_t length = (size_t)(f->end - f->begin);
        if (folder != NULL) {
            ramp_status status = read_file(folder, f->name, &sources->owned[i], &length);
            if (status != RAMP_OK) {
                opencl_sources_free(sources);
                return status;
            }
            text = sources->owned[i];
        }
        sources->text[2 * i] = f->line;
        sources->length[2 * i] = strlen(f->line);
        sources->text[2 * i + 1] = text;
        sources->length[2 * i + 1] = length;
        sources->count += 2;
    }
    return RAMP_OK;
}

ramp_status opencl_sources_elementwise(opencl_sources *sources) {
    return collect(sources, elementwise_files, sizeof elementwise_files / sizeof *elementwise_files);
}

ramp_status opencl_sources_roof(opencl_sources *sources) { return collect(sources, roof_files, sizeof roof_files / sizeof *roof_files); }

void opencl_sources_free(opencl_sources *sources) {
    for (int i = 0; i < max_source_files; i++) free(sources->owned[i]);
}
